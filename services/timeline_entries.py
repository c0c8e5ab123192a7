"""One entry of an order's timeline, and how days and words are written in it."""

import datetime as dt
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TimelineChange:
    """One thing that an act changed: its value before and after, as text; None is nothing."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened or is expected; `title` in English and Chinese.

    A milestone has a day and no hour: it stands at the beginning of its day in UTC.
    """

    at: dt.datetime
    kind: str
    title: tuple[str, str]
    actor: str | None = None
    details: dict[str, str] = field(default_factory=dict)
    milestone_id: int | None = None
    shipment_id: int | None = None
    changes: tuple[TimelineChange, ...] = ()


def start_of(day: dt.date) -> dt.datetime:
    """Where a day without an hour stands in the timeline."""
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def instant(at: dt.datetime) -> str:
    """An instant as text, in UTC."""
    return at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def words(code: str) -> str:
    """`OUT_FOR_DELIVERY` as "Out for delivery"."""
    return code.replace("_", " ").capitalize()
