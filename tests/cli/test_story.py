"""One order's story on paper: what is overdue is marked, what comes is counted in days."""

import datetime as dt
from io import StringIO
from zoneinfo import ZoneInfo

from rich.console import Console

from cli.language import LanguageCode, Speaker
from cli.story import story
from domain.timeline import TimelineKind
from services.timeline.reading import TimelineEntry

SHANGHAI = ZoneInfo("Asia/Shanghai")


def entry(kind: str, day: dt.date, title: tuple[str, str], **details: str) -> TimelineEntry:
    at = dt.datetime.combine(day, dt.time(), SHANGHAI).astimezone(dt.UTC)
    return TimelineEntry(f"{kind}:{day}", at, kind, title, details=details, is_all_day=True)


ENTRIES = [
    TimelineEntry(
        "placed",
        dt.datetime(2026, 9, 30, 16, tzinfo=dt.UTC),
        TimelineKind.PLACED,
        ("Order placed", "已下单"),
    ),
    entry(
        TimelineKind.MILESTONE_EXPECTED,
        dt.date(2026, 11, 29),
        ("Goods dispatched", "货物发出"),
        daysLate="1",
    ),
    entry(
        TimelineKind.MILESTONE_PASSED, dt.date(2026, 11, 30), ("Production completion", "生产完成")
    ),
    entry(
        TimelineKind.MILESTONE_EXPECTED, dt.date(2026, 12, 2), ("Arrival", "货物到达"), daysLeft="2"
    ),
]


def story_lines(language: LanguageCode, width: int = 80) -> list[str]:
    out = Console(file=StringIO(), width=width, highlight=False)
    story(out, "O1", ENTRIES, SHANGHAI, Speaker(language))
    assert isinstance(out.file, StringIO)
    return [line.rstrip() for line in out.file.getvalue().splitlines()]


def test_overdue_steps_are_marked() -> None:
    """M7: an imported order's first instant is a day of the company's, not an hour."""
    assert story_lines("en")[1:] == [
        "The story of order O1",
        "when        what                                details  who",
        "2026-10-01  Order placed",
        "2026-11-29  OVERDUE by 1 day: Goods dispatched",
        "2026-11-30  day passed: Production completion",
        "2026-12-02  expected in 2 days: Arrival",
    ]


def test_in_chinese_as_well() -> None:
    assert story_lines("zh")[1:] == [
        "订单O1全过程",
        "时间        事项                     说明  操作人",
        "2026-10-01  已下单",
        "2026-11-29  逾期1天：货物发出",
        "2026-11-30  日期已过：生产完成",
        "2026-12-02  预计（2天后）：货物到达",
    ]


def test_nothing_is_cut_where_it_is_narrow() -> None:
    """What has no room goes on below."""
    words = " ".join(story_lines("en", width=40)).split()
    assert [
        word for word in words if word in {"OVERDUE", "by", "1", "day:", "Goods", "dispatched"}
    ] == ["OVERDUE", "by", "1", "day:", "Goods", "dispatched"]
