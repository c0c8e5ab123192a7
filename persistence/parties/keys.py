"""Keys of customers, regions and people by the codes and logins that people call them by."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.tables import CustomerRow, PersonRow, RegionRow


async def customer_key(session: AsyncSession, code: str) -> int | None:
    """The key of the customer of that code."""
    return await session.scalar(select(CustomerRow.id).where(CustomerRow.code == code))


async def region_key(session: AsyncSession, code: str) -> int | None:
    """The key of the region of that code."""
    return await session.scalar(select(RegionRow.id).where(RegionRow.code == code))


async def person_key(session: AsyncSession, subject: str) -> int | None:
    """The key of the person of that login; None for a service."""
    return await session.scalar(select(PersonRow.id).where(PersonRow.subject == subject))


async def employee_key(session: AsyncSession, subject: str) -> int | None:
    """The same of a person of ours; a customer's login is none."""
    return await session.scalar(
        select(PersonRow.id).where(PersonRow.subject == subject, PersonRow.customer_id.is_(None))
    )
