"""What the database says of itself: its version, its clock, the work that waits."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """The database at one instant. `workers` counts those heard of in the last half minute."""

    version: str
    role: str
    now: dt.datetime
    unsent_jobs: int
    oldest_unsent_s: float
    queued_messages: int
    given_up_messages: int
    workers: int


@dataclass(frozen=True, slots=True)
class FailedRun:
    """An allocation run that failed after the last one whose plan was committed had begun."""

    id: int
    error: str | None


async def unresolved_failure(session: AsyncSession) -> FailedRun | None:
    """The newest run that failed, unless a later one was committed and so shared the goods out."""
    row = (await session.execute(_UNRESOLVED_FAILURE)).first()
    return None if row is None else FailedRun(*row)


async def write_a_little(session: AsyncSession) -> None:
    """Write a MiB that is gone with the transaction; fails as every write does on a full disk."""
    await session.execute(_WRITE_A_LITTLE)


async def read_server_status(session: AsyncSession) -> ServerStatus:
    """All in one statement."""
    row = (await session.execute(_SERVER_STATUS)).one()
    return ServerStatus(*row)


# Each by the index on status and time: a probe asks every few seconds.
_UNRESOLVED_FAILURE = text(
    """
    WITH failed AS (
      SELECT id, error, coalesce(claimed_at, requested_at) AS begun FROM allocation_runs
       WHERE status = 'FAILED' ORDER BY requested_at DESC, id DESC LIMIT 1),
    committed AS (
      SELECT coalesce(claimed_at, requested_at) AS begun FROM allocation_runs
       WHERE status = 'COMMITTED' ORDER BY requested_at DESC, id DESC LIMIT 1)
    SELECT failed.id, failed.error FROM failed
     WHERE failed.begun > coalesce((SELECT begun FROM committed), '-infinity')
    """
)

_WRITE_A_LITTLE = text(
    """
    CREATE TEMP TABLE room_for_a_little ON COMMIT DROP AS
      SELECT repeat(md5(n::text), 32) AS line FROM generate_series(1, 1024) AS n
    """
)

_SERVER_STATUS = text(
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
