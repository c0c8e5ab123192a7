"""Policy versions, idempotency keys, and what this database is for."""

import datetime as dt
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.tables import (
    IdempotencyKeyRow,
    InstallationRow,
    PolicyRow,
)


async def set_purpose(session: AsyncSession, purpose: str) -> None:
    """Say once what this database is for; a purpose already set stays."""
    await session.execute(
        insert(InstallationRow).values(id=1, purpose=purpose).on_conflict_do_nothing()
    )


async def policy_at(session: AsyncSession, now: dt.datetime) -> tuple[int, dict[str, Any]] | None:
    """The version and body of the policy in force at an instant."""
    found = (
        await session.execute(
            select(PolicyRow.version, PolicyRow.body)
            .where(PolicyRow.effective_from <= now)
            .order_by(PolicyRow.effective_from.desc(), PolicyRow.version.desc())
            .limit(1)
        )
    ).first()
    return None if found is None else (found.version, found.body)


async def policy_body(session: AsyncSession, version: int) -> dict[str, Any] | None:
    """The body of one version."""
    return await session.scalar(select(PolicyRow.body).where(PolicyRow.version == version))


async def policies_after(session: AsyncSession, instant: dt.datetime) -> list[PolicyRow]:
    """The versions planned for later, one per instant: the one that will be in force from it."""
    rows = await session.scalars(
        select(PolicyRow)
        .ext(distinct_on(PolicyRow.effective_from))
        .where(PolicyRow.effective_from > instant)
        .order_by(PolicyRow.effective_from, PolicyRow.version.desc())
    )
    return list(rows)


async def policies_until(session: AsyncSession, instant: dt.datetime) -> list[PolicyRow]:
    """Every version that is effective by an instant, in the order in which they count."""
    rows = await session.scalars(
        select(PolicyRow)
        .where(PolicyRow.effective_from <= instant)
        .order_by(PolicyRow.effective_from, PolicyRow.version)
    )
    return list(rows)


async def policy_of_version(session: AsyncSession, version: int) -> PolicyRow | None:
    """A version of the policy."""
    return await session.get(PolicyRow, version)


async def add_policy(
    session: AsyncSession,
    body: dict[str, Any],
    effective_from: dt.datetime,
    actor: str,
    reason: str | None = None,
) -> int:
    """Add the next version; two at once cannot both get it, the key forbids it."""
    latest = await session.scalar(select(func.coalesce(func.max(PolicyRow.version), 0)))
    version = int(latest or 0) + 1
    session.add(
        PolicyRow(
            version=version,
            effective_from=effective_from,
            body=body,
            created_by=actor,
            reason=reason,
        )
    )
    await session.flush()
    return version


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


async def keep_outcome(
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


async def forget_keys(session: AsyncSession, before: dt.datetime, limit: int) -> int:
    """Remove the oldest keys first used before an instant, so many at most; how many."""
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
