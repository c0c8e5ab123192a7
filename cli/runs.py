"""`apportion runs`: a short list of allocation runs, the newest first."""

import asyncio
import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from cli.database import open_named
from cli.faults import print_json
from cli.language import LanguageOption, Speaker
from cli.tables import Column, console, figures, print_table, sentence
from domain.messages import Message
from domain.principals import SYSTEM
from persistence.allocation import queries as allocation
from persistence.paging import PageRequest
from persistence.tables import AllocationRunRow
from services.policy import current_policy
from services.settings import Settings

MOST_RUNS = 200

# A run may name a great many receipts; a list has room for a few of each.
MOST_RECEIPTS = 5


@dataclass(frozen=True)
class _Found:
    rows: list[AllocationRunRow]
    total: int
    # By run, the numbers of the goods receipts that it shares out.
    receipts: dict[int, list[str]]
    zone: dt.tzinfo


def runs(
    first: Annotated[int, typer.Option(min=1, max=MOST_RUNS, help="How many at most.")] = 20,
    lang: LanguageOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """List allocation runs, the newest first: what asked for each, and what it gave."""
    say = Speaker(lang)
    found = asyncio.run(_read(first, say))
    if as_json:
        print_json(_body(found, say))
    else:
        _show(found, say)


async def _read(first: int, say: Speaker) -> _Found:
    async with (
        open_named(Settings(), say) as deps,
        deps.unit_of_work(SYSTEM) as uow,
    ):
        session, question = uow.session, allocation.RunQuestion()
        _, policy = await current_policy(uow)
        page = await allocation.allocation_runs(session, question, PageRequest(first))
        rows = list(page.rows)
        receipts = await allocation.receipts_by_run(
            session, [row.id for row in rows], PageRequest(MOST_RECEIPTS)
        )
        return _Found(
            rows,
            await allocation.count_allocation_runs(session, question),
            {
                run_id: [receipt.receipt_number for receipt in of_run.rows]
                for run_id, of_run in receipts.items()
            },
            policy.zone,
        )


def _show(found: _Found, say: Speaker) -> None:
    columns = (
        figures(say("run", "批次")),
        Column(say("asked for at", "发起时间")),
        Column(say("by", "来源")),
        Column(say("status", "状态")),
        figures(say("claims", "需求行")),
        figures(say("pieces given", "分出件数")),
        figures(say("levels", "层级")),
        figures(say("not proven", "未证明")),
    )
    rows = [
        (
            str(row.id),
            row.requested_at.astimezone(found.zone).strftime("%Y-%m-%d %H:%M"),
            _trigger(found, row, say),
            say(*row.status.labels),
            *(_figure(row, name) for name in ("claims", "pieces", "levels", "unprovenLevels")),
        )
        for row in found.rows
    ]
    out = console()
    print_table(out, columns, rows)
    for row in found.rows:
        warnings = (say.text(Message.from_json(each)) for each in row.warnings)
        failure = None if row.error is None else say.text(Message.from_kept(row.error))
        for remark in filter(None, (failure, *warnings)):
            sentence(out, say(f"Run {row.id}: {remark}", f"批次{row.id}：{remark}"))
    if found.total > len(rows):
        sentence(
            out,
            say(
                f"{len(rows):,} of {found.total:,} runs; --first lists more.",
                f"共{found.total:,}个批次，列出{len(rows):,}个；可用 --first 增加。",
            ),
        )


def _trigger(found: _Found, row: AllocationRunRow, say: Speaker) -> str:
    return " ".join([say(*row.trigger.labels), ", ".join(found.receipts[row.id])]).rstrip()


def _figure(row: AllocationRunRow, name: str) -> str:
    value = row.summary.get(name)
    return "" if value is None else f"{value:,}"


def _body(found: _Found, say: Speaker) -> dict[str, Any]:
    """As the API names it."""
    return {
        "totalCount": found.total,
        "nodes": [
            {
                "run": row.id,
                "status": row.status,
                "trigger": row.trigger,
                "goodsReceipts": found.receipts[row.id],
                "requestedAt": row.requested_at.isoformat(),
                "summary": row.summary,
                "warnings": [say.text(Message.from_json(each)) for each in row.warnings],
                "error": None if row.error is None else say.text(Message.from_kept(row.error)),
            }
            for row in found.rows
        ],
    }
