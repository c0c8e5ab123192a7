"""Jobs asked for by a transaction; they are sent only if it commits."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.tables import OutboxRow

# A trigger tells it with the transaction that asks for a job.
CHANNEL = "apportion_outbox"


@dataclass(frozen=True, slots=True)
class Asked:
    """One job that was asked for and not yet sent."""

    id: int
    topic: str
    payload: dict[str, Any]
    attempts: int


async def add_to_outbox(session: AsyncSession, topic: str, payload: dict[str, Any]) -> None:
    """Ask for a job; the relay is told when the transaction commits."""
    # Without RETURNING: a customer's transaction may add a row here but not see it.
    await session.execute(insert(OutboxRow).values(topic=topic, payload=payload).inline())


async def take_unsent(session: AsyncSession, limit: int) -> list[Asked]:
    """Lock the oldest unsent jobs that no other relay has; those that failed before come last."""
    rows = await session.execute(
        select(OutboxRow.id, OutboxRow.topic, OutboxRow.payload, OutboxRow.attempts)
        .where(OutboxRow.sent_at.is_(None))
        .order_by(OutboxRow.attempts, OutboxRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return [Asked(*row) for row in rows]


async def mark_sent(session: AsyncSession, ids: Sequence[int], at: dt.datetime) -> None:
    """Note that the broker has these jobs."""
    await session.execute(
        update(OutboxRow)
        .where(OutboxRow.id.in_(ids))
        .values(sent_at=at, attempts=OutboxRow.attempts + 1)
    )


async def count_failure(session: AsyncSession, ids: Sequence[int]) -> None:
    """Note that these jobs could not be handed over; they stay to be sent."""
    await session.execute(
        update(OutboxRow).where(OutboxRow.id.in_(ids)).values(attempts=OutboxRow.attempts + 1)
    )


async def was_asked_within(
    session: AsyncSession, topic: str, payload: dict[str, Any], patience: dt.timedelta
) -> bool:
    """Whether the same job was asked for so lately that asking again would only double it."""
    found = await session.scalar(
        select(OutboxRow.id)
        .where(
            OutboxRow.topic == topic,
            OutboxRow.payload == payload,
            # The database's clock on both sides: created_at is its own.
            OutboxRow.created_at > func.now() - patience,
        )
        .limit(1)
    )
    return found is not None


@dataclass(frozen=True, slots=True)
class Asks:
    """How often a job was asked for, how long ago last, and whether a request is still unsent."""

    count: int
    age: dt.timedelta | None
    is_unsent: bool


async def asks_of(
    session: AsyncSession, topic: str, payload: dict[str, Any], since: dt.datetime | None
) -> Asks:
    """The requests for a job; those before `since` do not count."""
    statement = select(
        func.count(),
        # The database's clock on both sides: created_at is its own.
        func.now() - func.max(OutboxRow.created_at),
        func.coalesce(func.bool_or(OutboxRow.sent_at.is_(None)), False),
    ).where(OutboxRow.topic == topic, OutboxRow.payload == payload)
    if since is not None:
        statement = statement.where(OutboxRow.created_at > since)
    count, age, is_unsent = (await session.execute(statement)).one()
    return Asks(count, age, is_unsent)


async def forget_sent(session: AsyncSession, before: dt.datetime) -> int:
    """Remove what was sent before an instant; how many rows."""
    result = await session.scalars(
        delete(OutboxRow).where(OutboxRow.sent_at < before).returning(OutboxRow.id)
    )
    return len(result.all())
