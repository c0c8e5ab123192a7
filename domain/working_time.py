"""Counting in working days and working hours of a company's calendar (P6, O16)."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from zoneinfo import ZoneInfo

from domain.calendar import LONGEST_BREAK_DAYS, BusinessCalendar
from domain.errors import InvalidInput
from domain.messages import msg

# Mornings and afternoons of eight hours, as most offices in China keep them.
OFFICE_HOURS = ((dt.time(9), dt.time(12)), (dt.time(13), dt.time(18)))

Hours = tuple[tuple[dt.time, dt.time], ...]


@dataclass(frozen=True)
class WorkCalendar:
    """When the company works: on which days, in which time zone, and from when to when."""

    days: BusinessCalendar = field(default_factory=BusinessCalendar)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    hours: Hours = OFFICE_HOURS

    def __post_init__(self) -> None:
        if not self.hours or any(start >= end for start, end in self.hours):
            raise InvalidInput(
                msg("calendar.HOURS_SPAN"),
                field="working_hours",
            )
        if any(before[1] > after[0] for before, after in pairwise(self.hours)):
            raise InvalidInput(msg("calendar.HOURS_OVERLAP"), field="working_hours")

    def works_on(self, day: dt.date) -> bool:
        """Whether people work on that day."""
        return self.days.is_working_day(day)

    def day_after(self, day: dt.date, working_days: int) -> dt.date:
        """The day this many working days after a day, which itself does not count.

        A negative number counts back; 0 is the day itself, or the next working day after it.
        """
        step = dt.timedelta(days=1 if working_days >= 0 else -1)
        left = abs(working_days)
        if left == 0:
            while not self.works_on(day):
                day = self._next(day, step)
            return day
        while left:
            day = self._next(day, step)
            while not self.works_on(day):
                day = self._next(day, step)
            left -= 1
        return day

    def working_days_between(self, start: dt.date, end: dt.date) -> int:
        """How many working days lie after `start`, up to and with `end`."""
        days = (end - start).days
        return sum(self.works_on(start + dt.timedelta(days=n)) for n in range(1, days + 1))

    def end_of_day(self, day: dt.date) -> dt.datetime:
        """The instant at which a day is over."""
        following = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), self.zone)
        return following.astimezone(dt.UTC)

    def local_date(self, at: dt.datetime) -> dt.date:
        """The calendar day at an instant."""
        return at.astimezone(self.zone).date()

    def instant_after(self, at: dt.datetime, worked: dt.timedelta) -> dt.datetime:
        """When so much working time has passed since an instant."""
        left = worked
        last = at
        for start, end in self._spans(at):
            if left <= end - start:
                return start + left
            left -= end - start
            last = end
        raise InvalidInput(msg("calendar.NOBODY_WORKS", day=last.date()), field="day")

    def worked_between(self, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
        """How much working time lies between two instants."""
        total = dt.timedelta()
        if end <= start:
            return total
        for begins, ends in self._spans(start):
            if begins >= end:
                break
            total += min(ends, end) - begins
        return total

    def _spans(self, at: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        """The working spans from an instant on, for a bit more than a year without a break."""
        day = self.local_date(at)
        idle = 0
        while idle <= LONGEST_BREAK_DAYS:
            if self.works_on(day):
                idle = 0
                for begins, ends in self.hours:
                    start = dt.datetime.combine(day, begins, self.zone).astimezone(dt.UTC)
                    end = dt.datetime.combine(day, ends, self.zone).astimezone(dt.UTC)
                    if end > at:
                        yield max(start, at), end
            else:
                idle += 1
            day += dt.timedelta(days=1)

    def _next(self, day: dt.date, step: dt.timedelta) -> dt.date:
        if not dt.date(1000, 1, 1) < day < dt.date(9000, 1, 1):
            raise InvalidInput(msg("calendar.BEYOND"), field="days")
        return day + step
