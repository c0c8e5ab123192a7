"""What this database is for."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.tables import InstallationRow


async def set_purpose(session: AsyncSession, purpose: str) -> None:
    """Say once what this database is for; a purpose already set stays."""
    await session.execute(
        insert(InstallationRow).values(id=1, purpose=purpose).on_conflict_do_nothing()
    )
