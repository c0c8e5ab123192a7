"""Keys under which clients send a request again, with the first outcome of each."""

import datetime as dt
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.tables import IdempotencyKeyRow


async def reserve_key(
    session: AsyncSession, principal: str, mutation: str, key: str, input_hash: str
) -> IdempotencyKeyRow | None:
    """Take a key for this transaction; None when it is ours, else what was kept under it.

    While another transaction holds the same key in flight this waits for its end.
    """
    taken = await session.scalar(
        insert(IdempotencyKeyRow)
        .values(principal=principal, mutation=mutation, key=key, input_hash=input_hash, outcome={})
        .on_conflict_do_nothing()
        .returning(IdempotencyKeyRow.id)
    )
    if taken is not None:
        return None
    return await session.scalar(
        select(IdempotencyKeyRow).where(
            IdempotencyKeyRow.principal == principal,
            IdempotencyKeyRow.mutation == mutation,
            IdempotencyKeyRow.key == key,
        )
    )


async def save_outcome(
    session: AsyncSession, principal: str, mutation: str, key: str, outcome: dict[str, Any]
) -> None:
    """Keep what came out under a key, for whoever sends it again."""
    row = await session.scalar(
        select(IdempotencyKeyRow).where(
            IdempotencyKeyRow.principal == principal,
            IdempotencyKeyRow.mutation == mutation,
            IdempotencyKeyRow.key == key,
        )
    )
    if row is None:
        raise LookupError(f"the key {key!r} was not reserved in this transaction")
    row.outcome = outcome
    await session.flush()


async def prune_keys(session: AsyncSession, before: dt.datetime, limit: int) -> int:
    """Remove the oldest keys first used before an instant, at most `limit`; how many."""
    oldest = (
        select(IdempotencyKeyRow.id)
        .where(IdempotencyKeyRow.created_at < before)
        .order_by(IdempotencyKeyRow.id)
        .limit(limit)
    )
    gone = await session.scalars(
        delete(IdempotencyKeyRow)
        .where(IdempotencyKeyRow.id.in_(oldest))
        .returning(IdempotencyKeyRow.id)
    )
    return len(gone.all())
