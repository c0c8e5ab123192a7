"""The company's calendar: its country's, with its own holidays and make-up days (P6)."""

import datetime as dt
from collections.abc import Mapping

from domain.calendar import BusinessCalendar, announced_until, unannounced_years
from domain.messages import Message, msg
from domain.policy import Policy
from domain.working_time import WorkCalendar
from persistence.calendar import last_day_in_use, own_days
from persistence.unit_of_work import UnitOfWork

# Both make a slip of the pen: a clock never looks so far.
EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2100, 12, 31)


async def business_calendar(uow: UnitOfWork, policy: Policy) -> BusinessCalendar:
    """The calendar that clocks and due days follow; everybody may read it."""
    return BusinessCalendar(policy.calendar_country, await own_days(uow))


async def work_calendar(uow: UnitOfWork, policy: Policy) -> WorkCalendar:
    """The same with the company's time zone and working hours, for what is due within hours."""
    return work_calendar_of(policy, await own_days(uow))


def work_calendar_of(policy: Policy, own: Mapping[dt.date, bool]) -> WorkCalendar:
    """The working calendar that a policy and the company's own days make."""
    days = BusinessCalendar(policy.calendar_country, own)
    return WorkCalendar(days, policy.zone, policy.schedule.working_hours)


async def calendar_warnings(uow: UnitOfWork, policy: Policy) -> list[Message]:
    """What is not known of the calendar though dates in use reach there; empty where all is.

    In use are today, the days of open milestones and the time limits that run.
    """
    calendar = await business_calendar(uow, policy)
    today = policy.local_date(uow.now)
    horizon = max(today, await last_day_in_use(uow.session, policy.zone) or today)
    years = unannounced_years(calendar, horizon)
    if not years:
        return []
    first, last = str(years[0]), str(years[-1])
    return [
        msg(
            "calendar.ENDS_EARLY",
            country=calendar.country,
            last=announced_until(calendar.country),
            horizon=horizon,
            years=first if first == last else msg("calendar.YEARS", first=first, last=last),
        )
    ]
