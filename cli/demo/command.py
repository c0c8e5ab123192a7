"""`apportion demo`: import, goods receipt, job, plan, timeline, key figures; and the replay."""

import asyncio
import datetime as dt
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.database import name_database
from cli.demo import show
from cli.demo.replay import replay
from cli.demo.steps import DemoFailed, example, record_arrivals, wait_for, worker
from cli.faults import BAD_INPUT, FAILED, tell_faults
from domain.policy import Policy
from domain.principals import SYSTEM
from persistence.embedded import InUse
from persistence.queries.orders import orders_by_id
from services import kpis
from services.allocation.report import report_run
from services.bootstrap import Dependencies, begin_afresh, open_databases, open_dependencies
from services.imports import BadInput, Examined, Reader, import_data
from services.policies import current_policy, install
from services.settings import Settings
from services.timelines import TimelineReader, timelines_by_order


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
) -> None:
    """Goods arrive and are shared out: the whole job, on the shipped example or on your data."""
    settings = Settings() if home is None else Settings(home=home)
    if home is not None and settings.database_url is not None:
        raise typer.BadParameter(
            "APPORTION_DATABASE_URL names another database; unset it, or leave --home out.",
            param_hint="--home",
        )
    out = show.console()
    try:
        parameters = {} if wave is None else {"wave": dt.date.fromisoformat(wave)}
    except ValueError:
        raise typer.BadParameter(
            f"{wave!r} is no date like 2013-11-29.", param_hint="--wave"
        ) from None
    try:
        reader = Reader.open(data or example("footwear"), map_file)
        # A fault in the data must not cost the database that the last demonstration left.
        examined = None if replay_waves else reader.examine(parameters)
        if examined is not None:
            examined.alone()
        with open_databases(name_database(settings), create=True) as databases:
            begin_afresh(databases)
            if examined is None:
                asyncio.run(replay(settings, databases, reader, out))
            else:
                asyncio.run(_demonstrate(settings, examined, out))
    except BadInput as bad:
        tell_faults(bad.faults, as_json=False)
        raise typer.Exit(BAD_INPUT) from None
    except (DemoFailed, InUse) as failed:
        typer.echo(str(failed), err=True)
        raise typer.Exit(FAILED) from None


async def _demonstrate(settings: Settings, examined: Examined, out: Console) -> None:
    began = time.monotonic()
    data = examined.dataset
    out.print(f"[bold]Apportion[/bold]: {data.title}")
    async with open_dependencies(settings, purpose="command") as deps, worker(settings) as process:
        async with deps.unit_of_work(SYSTEM) as uow:
            await install(uow, "DEMO", data.policy or Policy())
        async with deps.unit_of_work(SYSTEM) as uow:
            report = await import_data(examined, uow)
        counts = ", ".join(f"{count:,} {name}" for name, count in data.counts.items())
        out.print(f"Imported: {counts.replace('_', ' ')}.")
        for sentence in report.said:
            out.print(f"  {sentence}")
        imported = time.monotonic()
        runs = await record_arrivals(deps, data.arrivals)
        if not runs:
            raise DemoFailed("The data announces no goods that arrive at a central warehouse.")
        with out.status("Goods received; the worker allocates ..."):
            for run_id in runs:
                await wait_for(deps, run_id, process)
        allocated = time.monotonic()
        for run_id in runs:
            await _tell(deps, run_id, out)
    show.heading(out, "How to go on")
    out.print(
        f"Import took {imported - began:.1f} s, receipt to committed plan"
        f" {allocated - imported:.1f} s."
    )
    for line in _next_steps(settings):
        out.print(line)


async def _tell(deps: Dependencies, run_id: int, out: Console) -> None:
    async with deps.unit_of_work(SYSTEM) as uow:
        report = await report_run(run_id, uow)
        show.run_report(out, report)
        _, policy = await current_policy(uow)
        order_id = report.telling_order_id
        if order_id is not None:
            [order] = (await orders_by_id(uow.session, [order_id])).values()
            reader = TimelineReader(policy.zone, is_staff=True, sees_money=True)
            stories = await timelines_by_order(uow.session, [order_id], reader)
            show.timeline(out, order.order_number, stories[order_id], policy.zone)
        show.key_figures(
            out,
            await kpis.fill_rates(uow, "MONTH"),
            await kpis.cycle_times(uow),
            await kpis.milestones_on_time(uow),
        )


def _next_steps(settings: Settings) -> list[str]:
    place = "" if settings.database_url else f"APPORTION_HOME={settings.home} "
    return [
        "  make serve                                GraphiQL on http://127.0.0.1:8000/graphql",
        f"  {place}apportion token --role ADMIN",
        "                                            a token for its Authorization header",
        "  { orders(first: 5) { nodes { orderNumber status total { amount } } } }",
        "                                            a first query",
    ]
