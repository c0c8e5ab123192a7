"""One entry of an order's timeline, who reads it, and how days and words are written in it."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

from domain.timeline import TimelineKind


@dataclass(frozen=True)
class TimelineReader:
    """Who reads a timeline, and from where.

    zone: the company's, in which its days begin. today: what is expected then says how many days
    are left. is_staff: our people read all; a customer what is listed for it and nothing else.
    sees_money: whether payments are shown too.
    """

    zone: ZoneInfo
    today: dt.date | None = None
    is_staff: bool = False
    sees_money: bool = False

    def start_of(self, day: dt.date) -> dt.datetime:
        """Where a day without an hour stands in the timeline."""
        return dt.datetime.combine(day, dt.time(), self.zone).astimezone(dt.UTC)

    def moment(self, day: dt.date, recorded_at: dt.datetime | None) -> tuple[dt.datetime, bool]:
        """When something of that day happened, and whether only the day is known.

        What was recorded on the day itself is taken to have happened when it was recorded.
        """
        if recorded_at is not None and recorded_at.astimezone(self.zone).date() == day:
            return recorded_at, False
        return self.start_of(day), True


@dataclass(frozen=True)
class TimelineChange:
    """One thing that a command changed: its value before and after, as text; None is nothing."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened or is expected; `title` in English and Chinese.

    key: what makes it this entry of its order and no other, also when read again.
    is_all_day: it has a day and no hour, and stands at the beginning of that day.
    amount: money that it is about, with its currency. texts: details whose words come with them.
    """

    key: str
    at: dt.datetime
    kind: TimelineKind
    title: tuple[str, str]
    actor: str | None = None
    details: dict[str, str] = field(default_factory=dict)
    milestone_id: int | None = None
    shipment_id: int | None = None
    changes: tuple[TimelineChange, ...] = ()
    is_all_day: bool = False
    amount: tuple[Decimal, str] | None = None
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)


def instant(at: dt.datetime) -> str:
    """An instant as text, in UTC."""
    return at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def words(code: str) -> str:
    """`OUT_FOR_DELIVERY` as "Out for delivery"."""
    return code.replace("_", " ").capitalize()
