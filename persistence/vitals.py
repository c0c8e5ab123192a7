"""What the database says of itself: its version, its clock, the work that waits."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Vitals:
    """The database at one instant. `workers` counts those heard of in the last half minute."""

    version: str
    role: str
    now: dt.datetime
    unsent_jobs: int
    oldest_unsent_s: float
    queued_messages: int
    given_up_messages: int
    workers: int


async def read_vitals(session: AsyncSession) -> Vitals:
    """All in one statement."""
    row = (await session.execute(_VITALS)).one()
    return Vitals(*row)


_VITALS = text(
    """
    SELECT current_setting('server_version'),
           current_user::text,
           clock_timestamp(),
           (SELECT count(*) FROM outbox WHERE sent_at IS NULL),
           (SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8
              FROM outbox WHERE sent_at IS NULL),
           (SELECT count(*) FROM dramatiq.queue
             WHERE state = 'queued' AND available_at <= now()),
           (SELECT count(*) FROM dramatiq.queue WHERE state = 'rejected'),
           (SELECT count(*) FROM dramatiq.worker WHERE heartbeat_at > now() - interval '30 s')
    """
)
