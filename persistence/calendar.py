"""The company's own holidays and make-up days (P6)."""

import datetime as dt

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.limits import LAST_DAY
from persistence.tables import BusinessDayRow, ClockRow, MilestoneRow
from persistence.unit_of_work import UnitOfWork

# The question of the company's own days, see `UnitOfWork.once`.
OWN_DAYS = "own days"


async def own_days(uow: UnitOfWork) -> dict[dt.date, bool]:
    """Day -> whether people work on it, where the company differs from its country."""
    return await uow.once(OWN_DAYS, lambda: _read_own_days(uow.session))


async def _read_own_days(session: AsyncSession) -> dict[dt.date, bool]:
    """The same, as it is now."""
    rows = await session.execute(select(BusinessDayRow.day, BusinessDayRow.is_working))
    return {row.day: row.is_working for row in rows}


async def day_of(session: AsyncSession, day: dt.date) -> BusinessDayRow | None:
    """The company's own entry for a day."""
    return await session.scalar(
        select(BusinessDayRow)
        .where(BusinessDayRow.day == day)
        .execution_options(populate_existing=True)
    )


async def days_between(
    session: AsyncSession, first: dt.date, last: dt.date
) -> dict[dt.date, BusinessDayRow]:
    """The company's own entries of a span, both ends included."""
    rows = await session.scalars(
        select(BusinessDayRow).where(BusinessDayRow.day.between(first, last))
    )
    return {row.day: row for row in rows}


async def save_day(uow: UnitOfWork, day: dt.date, is_working: bool, name: str) -> None:
    """Enter a day, or change its entry."""
    uow.ask_again(OWN_DAYS)
    values = {
        "is_working": is_working,
        "name": name,
        "entered_by": uow.actor,
        "entered_at": uow.now,
    }
    await uow.session.execute(
        insert(BusinessDayRow)
        .values(day=day, **values)
        .on_conflict_do_update(index_elements=["day"], set_=values)
    )


async def remove_day(uow: UnitOfWork, day: dt.date) -> None:
    """Let the country's calendar decide about a day again."""
    uow.ask_again(OWN_DAYS)
    await uow.session.execute(delete(BusinessDayRow).where(BusinessDayRow.day == day))


async def last_day_in_use(session: AsyncSession, zone: dt.tzinfo) -> dt.date | None:
    """The last day that an open milestone or a running time limit reaches; None without any."""
    step = await session.scalar(
        select(func.max(MilestoneRow.due_on)).where(
            MilestoneRow.is_open, MilestoneRow.due_on <= LAST_DAY
        )
    )
    due_at = await session.scalar(
        select(func.max(ClockRow.due_at)).where(ClockRow.stopped_at.is_(None))
    )
    # A due time may be the midnight after its day.
    limit = None if due_at is None else (due_at - _INSTANT).astimezone(zone).date()
    return max((day for day in (step, limit) if day is not None), default=None)


_INSTANT = dt.timedelta(microseconds=1)
