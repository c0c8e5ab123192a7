"""Working days: weekdays that are no public holiday, and make-up days at weekends (P6).

A company's own holidays and make-up days come on top of its country's and win over them.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import holidays

from domain.commands import command, described
from domain.limits import NAME, Text
from domain.roles import Action


@command(
    "businessDaySet",
    Action.KEEP_CALENDAR,
    title=("Enter a holiday or make-up day", "登记节假日或补班日"),
    history=("Day of the calendar entered", "已登记节假日或补班日"),
    input_description="A day on which the company differs from its country.",
)
class SetBusinessDay:
    """Enter a company holiday or a make-up day (P6)."""

    day: dt.date = described("Which day.")
    is_working: bool = described("True: a make-up day. False: a holiday.")
    name: str = described("What it is called.", limit=Text(NAME))


@command(
    "businessDayRemove",
    Action.KEEP_CALENDAR,
    title=("Take a day out of the calendar", "取消节假日或补班日"),
    history=("Day of the calendar taken out", "已取消节假日或补班日"),
    input_description="A day about which the country's calendar decides again.",
)
class RemoveBusinessDay:
    """Let the country's calendar decide about a day again (P6)."""

    day: dt.date = described("Which day.")


# No calendar is without a working day for so long; a search that finds none is a mistake in data.
LONGEST_BREAK_DAYS = 366


@lru_cache(maxsize=8)
def _calendar(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country)


@dataclass(frozen=True)
class BusinessCalendar:
    """A country's working days with a company's own changes to them.

    own_days: day -> whether people work on it, whatever the country's calendar says.
    """

    country: str = "CN"
    own_days: Mapping[dt.date, bool] = field(default_factory=dict)

    def is_working_day(self, day: dt.date) -> bool:
        """Whether people work on that day."""
        own = self.own_days.get(day)
        return is_working_day(day, self.country) if own is None else own

    def working_days_after(self, start: dt.date, end: dt.date) -> int:
        """How many working days lie after `start`, up to and with `end`; 0 when none do."""
        days = (end - start).days
        return sum(
            self.is_working_day(start + dt.timedelta(days=offset)) for offset in range(1, days + 1)
        )

    def add_working_days(self, start: dt.date, days: int) -> dt.date:
        """The day this many working days after `start`; `start` itself for 0."""
        day = start
        for _ in range(days):
            day = self.next_working_day(day + dt.timedelta(days=1))
        return day

    def next_working_day(self, day: dt.date) -> dt.date:
        """That day if people work on it, else the first one after it."""
        for offset in range(LONGEST_BREAK_DAYS):
            found = day + dt.timedelta(days=offset)
            if self.is_working_day(found):
                return found
        raise LookupError(f"the calendar has no working day within a year of {day.isoformat()}")


@lru_cache(maxsize=8)
def announced_until(country: str) -> dt.date | None:
    """The last day for which the country's make-up days are known; None where it has none.

    China announces each autumn which weekends of the next year are worked; until the source of the
    calendar has them, holidays that move with them are missing too.
    """
    source = _calendar(country)
    years = [
        year
        for year, days in getattr(source, "special_public_holidays", {}).items()
        # A weekday that is free in exchange for a weekend: two months with a day each.
        if any(len(each) >= 4 for each in (days if isinstance(days[0], tuple) else (days,)))
    ]
    return dt.date(max(years), 12, 31) if years else None


def unannounced_years(calendar: BusinessCalendar, until: dt.date) -> list[int]:
    """Years up to and with that of a day whose make-up days neither source nor company knows.

    A company that has entered a make-up day of a year has looked at that year.
    """
    last = announced_until(calendar.country)
    if last is None:
        return []
    entered = {day.year for day, is_working in calendar.own_days.items() if is_working}
    return [year for year in range(last.year + 1, until.year + 1) if year not in entered]


def knows_country(country: str) -> bool:
    """Whether there is a calendar of that country."""
    return country in holidays.list_supported_countries(include_aliases=False)


def is_working_day(day: dt.date, country: str) -> bool:
    """Whether people work on that day; China's make-up weekends count as working days."""
    return _calendar(country).is_working_day(day)


def working_days_after(start: dt.date, end: dt.date, country: str) -> int:
    """How many working days lie after `start`, up to and with `end`; 0 when `end` is not later."""
    return BusinessCalendar(country).working_days_after(start, end)
