"""One order's story on paper: what happened, what is expected, and what is overdue."""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from cli.faults import counted
from cli.language import Speaker
from cli.tables import Column, heading, print_table, sentence
from domain.money import written
from domain.sentences import Money
from domain.timeline import TimelineKind
from services.timeline.entries import TimelineEntry
from services.timeline.words import label_of, text_of

MOST_ENTRIES = 60
# Shown in front of the title already.
_SHOWN = ("daysLate", "daysLeft")
DAY_ONLY = (TimelineKind.PLACED, TimelineKind.SHIPPED, TimelineKind.DELIVERED)


def story(
    out: Console, order_number: str, entries: Sequence[TimelineEntry], zone: ZoneInfo, say: Speaker
) -> None:
    """One order's story, the oldest first; entries read for today say what is overdue."""
    heading(out, say(f"The story of order {order_number}", f"订单{order_number}全过程"))
    columns = (
        Column(say("when", "时间")),
        Column(say("what", "事项")),
        Column(say("details", "说明")),
        Column(say("who", "操作人")),
    )
    rows = [
        (_moment(entry, zone), _what(entry, say), _details(entry, zone, say), _who(entry, say))
        for entry in entries[-MOST_ENTRIES:]
    ]
    print_table(out, columns, rows)
    earlier = len(entries) - MOST_ENTRIES
    if earlier > 0:
        sentence(
            out,
            say(
                f"({earlier} earlier entries left out; the API's `timeline` has them)",
                f"（此前{earlier}条未列出，可用接口 `timeline` 查询）",
            ),
        )


def _what(entry: TimelineEntry, say: Speaker) -> Text:
    title = say(*entry.title)
    if entry.kind == TimelineKind.MILESTONE_PASSED:
        return Text.assemble((say("day passed: ", "日期已过："), "dim"), title)
    if entry.kind != TimelineKind.MILESTONE_EXPECTED:
        return Text(title)
    late = entry.details.get("daysLate")
    if late is not None:
        overdue = say(f"OVERDUE by {counted(int(late), 'day')}: ", f"逾期{late}天：")
        return Text.assemble((overdue, "bold red"), title)
    left = entry.details.get("daysLeft")
    when = "" if left is None else say(f" in {counted(int(left), 'day')}", f"（{left}天后）")
    return Text.assemble((say(f"expected{when}: ", f"预计{when}："), "dim"), title)


def _who(entry: TimelineEntry, say: Speaker) -> str:
    return say("SYSTEM", "系统") if entry.actor == "SYSTEM" else entry.actor or ""


def _details(entry: TimelineEntry, zone: ZoneInfo, say: Speaker) -> str:
    details = []
    if entry.amount is not None:
        amount, currency = entry.amount
        details.append(Money(written(amount, currency), currency).text(say.language))
    for name, value in entry.details.items():
        if name in _SHOWN:
            continue
        label = say(*label_of(name))
        words = entry.texts.get(name) or text_of(name, value)
        value = _local(say(*words), zone)
        details.append(say(f"{label.lower()} {value}", f"{label}：{value}"))
    return say(", ", "，").join(details)


def _moment(entry: TimelineEntry, zone: ZoneInfo) -> str:
    at = entry.at.astimezone(zone)
    # Imported orders and shipments often have a day and no more, shown as its first instant.
    midnight = dt.time() in (entry.at.time(), at.time())
    if entry.is_all_day or (midnight and entry.kind in DAY_ONLY):
        # One of a day in UTC is that day, wherever the company is.
        return (entry.at if entry.at.time() == dt.time() else at).date().isoformat()
    return at.strftime("%Y-%m-%d %H:%M")


def _local(value: str, zone: ZoneInfo) -> str:
    """An instant as the company's clock shows it; anything else as it is."""
    try:
        instant = dt.datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    except ValueError:
        return value
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M")
