"""`apportion demo`: import, goods receipt, job, plan, timeline, key figures; and the replay."""

import asyncio
import datetime as dt
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.database import name_database
from cli.demo import show
from cli.demo.dates import STORY_DAY, moved_to
from cli.demo.next_steps import next_steps
from cli.demo.replay import replay
from cli.demo.steps import DemoFailed, example, record_arrivals, wait_for, worker
from cli.faults import BAD_INPUT, FAILED, print_faults
from cli.language import LanguageOption, Speaker
from cli.story import story
from cli.tables import console, heading, sentence
from domain.messages import msg
from domain.policy import Policy
from domain.principals import SYSTEM
from persistence.allocation.queries import ReservationQuestion, reservations
from persistence.embedded.errors import InUse
from persistence.orders.queries import orders_by_id
from persistence.paging import PageRequest
from services import kpis
from services.allocation.report import report_run
from services.bootstrap import Dependencies, open_databases, open_dependencies, reset_database
from services.imports import BadInput, Examined, Reader, import_data
from services.policy import current_policy, install
from services.settings import Settings
from services.stock import free_goods
from services.timeline.entries import TimelineReader
from services.timeline.reading import timelines_by_order

# SKUs with free goods that are listed by name.
MOST_FREE = 20


def demo(
    data: Annotated[
        Path | None, typer.Option(help="Folder or workbook; default: the shipped example.")
    ] = None,
    map_file: Annotated[
        Path | None, typer.Option("--map", help="Mapping file for a company's own headings.")
    ] = None,
    home: Annotated[Path | None, typer.Option(help="Where the embedded database lives.")] = None,
    wave: Annotated[str | None, typer.Option(help="The day of another wave, YYYY-MM-DD.")] = None,
    replay_waves: Annotated[
        bool, typer.Option("--replay", help="Run every wave of the data and print fill by wave.")
    ] = False,
    lang: LanguageOption = None,
) -> None:
    """Goods arrive and are shared out: the whole job, on the shipped example or on your data."""
    settings = Settings() if home is None else Settings(home=home)
    if home is not None and settings.database_url is not None:
        raise typer.BadParameter(
            Speaker().text(msg("cli.UNSET_URL")),
            param_hint="--home",
        )
    out, say = console(), Speaker(lang)
    try:
        parameters = {} if wave is None else {"wave": dt.date.fromisoformat(wave)}
    except ValueError:
        raise typer.BadParameter(
            Speaker().text(msg("cli.NO_DATE", wave=wave)), param_hint="--wave"
        ) from None
    try:
        with tempfile.TemporaryDirectory() as folder:
            source = data or moved_to(example("footwear"), Path(folder), _today())
            reader = Reader.open(source, map_file)
            # A fault in the data must not cost the database that the last demonstration left.
            examined = None if replay_waves else reader.examine(parameters)
            if examined is not None:
                examined.alone()
            named_by = "APPORTION_HOME" if home is None else "--home"
            name_database(settings, say, named_by=named_by)
            with open_databases(settings, create=True) as databases:
                reset_database(databases)
                if examined is None:
                    asyncio.run(replay(settings, databases, reader, out, say))
                else:
                    asyncio.run(_demonstrate(settings, examined, out, say, moved=data is None))
    except BadInput as bad:
        print_faults(bad.faults, as_json=False)
        raise typer.Exit(BAD_INPUT) from None
    except (DemoFailed, InUse) as failed:
        typer.echo(str(failed), err=True)
        raise typer.Exit(FAILED) from None


async def _demonstrate(
    settings: Settings, examined: Examined, out: Console, say: Speaker, *, moved: bool
) -> None:
    began = time.monotonic()
    data = examined.dataset
    heading(out, f"Apportion: {data.title}")
    if moved and _today() != STORY_DAY:
        sentence(
            out,
            say(
                f"Its dates are moved by {(_today() - STORY_DAY).days} days: its story stands at"
                f" today, {_today()}.",
                f"示例日期已平移{(_today() - STORY_DAY).days}天，截至今天（{_today()}）。",
            ),
        )
    async with open_dependencies(settings, purpose="command") as deps, worker(settings) as process:
        async with deps.unit_of_work(SYSTEM) as uow:
            await install(uow, "DEMO", data.policy or Policy())
        async with deps.unit_of_work(SYSTEM) as uow:
            report = await import_data(examined, uow)
        counts = [
            say(f"{count:,} {named}", f"{named}{count:,}")
            for name, count in data.counts.items()
            for named in [say.text(msg(f"tables.{name}"))]
        ]
        sentence(out, say(f"Imported: {', '.join(counts)}.", f"已导入：{'，'.join(counts)}。"))
        for said in report.said:
            sentence(out, f"  {say.text(said)}")
        imported = time.monotonic()
        runs = await record_arrivals(deps, data.arrivals)
        if not runs:
            raise DemoFailed(say.text(msg("cli.NO_ARRIVAL")))
        waiting = say("Goods received; the worker allocates ...", "已收货，正在分货……")
        with out.status(waiting):
            for run_id in runs:
                await wait_for(deps, run_id, process)
        allocated = time.monotonic()
        order_number = None
        for run_id in runs:
            order_number = await _show(deps, run_id, out, say) or order_number
    heading(out, say("How to go on", "接下来"))
    sentence(
        out,
        say(
            f"Import took {imported - began:.1f} s, receipt to committed plan"
            f" {allocated - imported:.1f} s.",
            f"导入用时{imported - began:.1f}秒，从收货到分货方案提交用时"
            f"{allocated - imported:.1f}秒。",
        ),
    )
    for line in next_steps(settings, order_number, say):
        # A command that is folded can't be pasted.
        out.print(line, markup=False, soft_wrap=True)


async def _show(deps: Dependencies, run_id: int, out: Console, say: Speaker) -> str | None:
    """Print a run's report with an order's story; that order's number."""
    order_number = None
    async with deps.unit_of_work(SYSTEM) as uow:
        report = await report_run(run_id, uow)
        free = await free_goods(uow, most=MOST_FREE)
        _, policy = await current_policy(uow)
        question = ReservationQuestion(run_id=run_id)
        reserved = (await reservations(uow.session, question, PageRequest(1))).rows
        until = reserved[0].expires_at.astimezone(policy.zone) if reserved else None
        show.run_report(out, report, free, until, say)
        order_id = report.example_order_id
        if order_id is not None:
            [order] = (await orders_by_id(uow.session, [order_id])).values()
            order_number = order.order_number
            today = uow.now.astimezone(policy.zone).date()
            reader = TimelineReader(policy.zone, today, is_staff=True, sees_money=True)
            stories = await timelines_by_order(uow.session, [order_id], reader)
            story(out, order_number, stories[order_id], policy.zone, say)
        show.key_figures(
            out,
            (await kpis.key_figures(uow)).rows,
            say,
        )
    return order_number


def _today() -> dt.date:
    """Today where the example's company is."""
    return dt.datetime.now(Policy().zone).date()
