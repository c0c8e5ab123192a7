"""The company's language, read without the tables: a command says its first sentence soon."""

import datetime as dt

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_IN_FORCE = text("""
    SELECT body ->> 'language' FROM policies WHERE effective_from <= :now
    ORDER BY effective_from DESC, version DESC LIMIT 1
""")


async def language_at(session: AsyncSession, now: dt.datetime) -> str | None:
    """What language the policy in force at an instant names."""
    named: str | None = await session.scalar(_IN_FORCE, {"now": now})
    return named
