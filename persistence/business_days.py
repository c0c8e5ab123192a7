"""The company's own holidays and make-up days (P6)."""

import datetime as dt

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.tables import BusinessDayRow
from persistence.unit_of_work import UnitOfWork


async def own_days(session: AsyncSession) -> dict[dt.date, bool]:
    """Day -> whether people work on it, where the company differs from its country."""
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


async def keep_day(uow: UnitOfWork, day: dt.date, is_working: bool, name: str) -> None:
    """Enter a day, or change its entry."""
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


async def remove_day(session: AsyncSession, day: dt.date) -> None:
    """Let the country's calendar decide about a day again."""
    await session.execute(delete(BusinessDayRow).where(BusinessDayRow.day == day))
