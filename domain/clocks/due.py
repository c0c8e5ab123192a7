"""When a clock reminds and is breached, also after pauses and changes of the calendar (O16)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from domain.clocks.definitions import (
    CALENDAR_DAYS,
    MINUTES,
    WORKING_DAYS,
    WORKING_MINUTES,
    ClockDefinition,
)
from domain.working_time import WorkCalendar

# From when to when a clock stood still.
Pause = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True, slots=True)
class Due:
    """When a clock reminds, where it does, and when it is breached."""

    breach_at: dt.datetime
    remind_at: dt.datetime | None


def due_times(
    definition: ClockDefinition, variant: str, started_at: dt.datetime, calendar: WorkCalendar
) -> Due:
    """When a clock that starts now reminds and is breached.

    Days end at midnight; the day a clock starts on does not count.
    """
    limit = definition.limit(variant)
    remind = limit.remind
    return Due(
        _after(definition.unit, limit.breach, started_at, calendar),
        None if remind is None else _after(definition.unit, remind, started_at, calendar),
    )


def _after(unit: str, amount: int, at: dt.datetime, calendar: WorkCalendar) -> dt.datetime:
    if unit == WORKING_DAYS:
        return calendar.end_of_day(calendar.day_after(calendar.local_date(at), amount))
    if unit == CALENDAR_DAYS:
        return calendar.end_of_day(calendar.local_date(at) + dt.timedelta(days=amount))
    if unit == WORKING_MINUTES:
        return calendar.instant_after(at, dt.timedelta(minutes=amount))
    return at + dt.timedelta(minutes=amount)


def resumed(
    unit: str,
    due_at: dt.datetime,
    paused_at: dt.datetime,
    resumed_at: dt.datetime,
    calendar: WorkCalendar,
) -> dt.datetime:
    """The due time of a clock that stood still from `paused_at` to `resumed_at`.

    What was left then is left now, counted as the clock counts: in working days, days, working
    time or time. A clock already over when it was paused stays over.
    """
    if resumed_at <= paused_at or due_at <= paused_at:
        return due_at
    if unit == WORKING_MINUTES:
        return calendar.instant_after(resumed_at, calendar.worked_between(paused_at, due_at))
    if unit == MINUTES:
        return due_at + (resumed_at - paused_at)
    paused, again = calendar.local_date(paused_at), calendar.local_date(resumed_at)
    # A due time is the midnight after its day.
    due_day = calendar.local_date(due_at - dt.timedelta(microseconds=1))
    if unit == CALENDAR_DAYS:
        return calendar.end_of_day(due_day + (again - paused))
    left = calendar.working_days_between(paused, due_day)
    return calendar.end_of_day(calendar.day_after(again, left))


def moved_due(
    unit: str,
    started_at: dt.datetime,
    due_at: dt.datetime,
    pauses: Sequence[Pause],
    before: WorkCalendar,
    after: WorkCalendar,
) -> dt.datetime:
    """The due time of a running clock once the calendar has changed.

    It is as long as before, counted by the new calendar, and so are the times it stood still. A
    clock that does not count working days or working time does not move.
    """
    if unit not in (WORKING_DAYS, WORKING_MINUTES):
        return due_at
    if unit == WORKING_MINUTES:
        worked = before.worked_between(started_at, due_at) - sum(
            (before.worked_between(*pause) for pause in pauses), dt.timedelta()
        )
        again = after.instant_after(started_at, worked)
    else:

        def days(start: dt.datetime, end: dt.datetime) -> int:
            return before.working_days_between(before.local_date(start), before.local_date(end))

        # A due time is the midnight after its day.
        last = due_at - dt.timedelta(microseconds=1)
        left = days(started_at, last) - sum(days(*pause) for pause in pauses)
        again = after.end_of_day(after.day_after(after.local_date(started_at), left))
    for paused_at, resumed_at in pauses:
        again = resumed(unit, again, paused_at, resumed_at, after)
    return again
