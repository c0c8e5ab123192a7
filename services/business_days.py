"""The company's calendar: its country's, with its own holidays and make-up days (P6)."""

import datetime as dt
from collections.abc import Mapping

from domain.calendar import BusinessCalendar
from domain.policy import Policy
from domain.working_time import WorkCalendar
from persistence import business_days
from persistence.unit_of_work import UnitOfWork

# Both make a slip of the pen: a clock never looks so far.
EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2100, 12, 31)


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
