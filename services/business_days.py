"""The company's calendar: its country's, with its own holidays and make-up days (P6)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from domain import limits
from domain.calendar import BusinessCalendar
from domain.errors import InvalidInput, NotFound
from domain.policy import Policy
from domain.roles import Action
from domain.working_time import WorkCalendar
from persistence import business_days
from persistence.audit import record
from persistence.master_data import CALENDAR, count_change
from persistence.unit_of_work import UnitOfWork
from services.permissions import require

# Both make a slip of the pen: a clock never looks so far.
EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2100, 12, 31)


@dataclass(frozen=True)
class SetBusinessDay:
    """A company holiday, or a make-up day on which people work."""

    day: dt.date
    is_working: bool
    name: str


async def business_calendar(uow: UnitOfWork, policy: Policy) -> BusinessCalendar:
    """The calendar that clocks and due days follow; everybody may read it."""
    own = await business_days.own_days(uow.session)
    return BusinessCalendar(policy.calendar_country, own)


async def work_calendar(uow: UnitOfWork, policy: Policy) -> WorkCalendar:
    """The same with the company's time zone and working hours, for what is due within hours."""
    return work_calendar_of(policy, await business_days.own_days(uow.session))


def work_calendar_of(policy: Policy, own_days: Mapping[dt.date, bool]) -> WorkCalendar:
    """The working calendar that a policy and the company's own days make."""
    days = BusinessCalendar(policy.calendar_country, own_days)
    return WorkCalendar(days, policy.zone, policy.schedule.working_hours)


async def set_business_day(command: SetBusinessDay, uow: UnitOfWork) -> None:
    """Enter a day on which the company differs from its country, or change it."""
    require(uow.principal, Action.KEEP_CALENDAR)
    if not EARLIEST <= command.day <= LATEST:
        raise InvalidInput(f"A day lies from {EARLIEST} to {LATEST}.", field="day")
    if not 1 <= len(command.name.strip()) <= limits.NAME:
        raise InvalidInput("A day's name has 1 to 200 characters.", field="name")
    await count_change(uow, CALENDAR)
    before = await _seen(uow, command.day)
    await business_days.keep_day(uow, command.day, command.is_working, command.name.strip())
    await record(
        uow,
        "businessDaySet",
        "BusinessDay",
        command.day.isoformat(),
        before=before,
        after={"isWorking": command.is_working, "name": command.name.strip()},
    )


async def remove_business_day(day: dt.date, uow: UnitOfWork) -> None:
    """Let the country's calendar decide about a day again. Raises NotFound."""
    require(uow.principal, Action.KEEP_CALENDAR)
    await count_change(uow, CALENDAR)
    before = await _seen(uow, day)
    if before is None:
        raise NotFound("business day", day.isoformat(), field="day")
    await business_days.remove_day(uow.session, day)
    await record(uow, "businessDayRemove", "BusinessDay", day.isoformat(), before=before)


async def _seen(uow: UnitOfWork, day: dt.date) -> dict[str, object] | None:
    row = await business_days.day_of(uow.session, day)
    return None if row is None else {"isWorking": row.is_working, "name": row.name}
