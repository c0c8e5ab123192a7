"""The job queue of dramatiq-postgres, where its own upkeep falls short."""

import datetime as dt

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# The library returns the messages of a process whose heartbeat has stopped. A message that a living
# process has lost from its buffer (a broken connection) stays `consumed` for ever.
_RETURN_STUCK = text(
    """
    UPDATE dramatiq.queue
       SET state = 'queued', worker_id = NULL, consumed_at = NULL, mtime = now()
     WHERE state = 'consumed' AND consumed_at < now() - CAST(:patience AS interval)
    RETURNING message_id
    """
)


async def return_stuck_messages(session: AsyncSession, patience: dt.timedelta) -> int:
    """Queue again what was taken longer ago than any job may last; how many messages."""
    return len((await session.execute(_RETURN_STUCK, {"patience": patience})).all())


async def queued_messages(session: AsyncSession) -> int:
    """How many messages wait to be taken."""
    found = await session.scalar(
        text("SELECT count(*) FROM dramatiq.queue WHERE state = 'queued' AND available_at <= now()")
    )
    return int(found or 0)
