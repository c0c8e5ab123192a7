"""Allocation runs: asked for, claimed by one worker, and brought to an end.

One run at most waits. Whatever asks for a run while one waits is shared out with it.
"""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, cast, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from domain.allocation import AllocationRunStatus, AllocationTrigger
from persistence.locks import AdvisoryLock
from persistence.tables import AllocationRunReceiptRow, AllocationRunRow

OPEN_STATUSES = (
    AllocationRunStatus.QUEUED,
    AllocationRunStatus.CLAIMED,
    AllocationRunStatus.SOLVING,
)

# The second of the run lock's two keys is a 32-bit number.
_LOW_BITS = 0x7FFFFFFF


@dataclass(frozen=True, slots=True)
class WaitingRun:
    """The run that waits; is_new: whether it was asked for just now."""

    id: int
    is_new: bool


async def waiting_run(
    session: AsyncSession, trigger: AllocationTrigger, actor: str, *, for_all: bool
) -> WaitingRun:
    """The run that waits, or a new one; it stays waiting until the caller's transaction ends.

    The last thing that a transaction locks: who claims the run waits for it.
    for_all: it will share out all free goods, whatever else it was asked for.
    """
    row = AllocationRunRow
    while True:
        found = await session.scalar(
            select(row.id)
            .where(row.status == AllocationRunStatus.QUEUED)
            # Many may ask side by side; who changes the row must have it alone from the start.
            .with_for_update(read=not for_all, key_share=for_all)
        )
        if found is not None and for_all:
            await session.execute(
                update(row)
                .where(row.id == found)
                .values(asks_for_all=True)
                .execution_options(synchronize_session=False)
            )
        if found is not None:
            return WaitingRun(found, is_new=False)
        # Two that find none wait for each other here, and the second finds the first's.
        added = await session.scalar(
            upsert(AllocationRunRow)
            .values(trigger=trigger, requested_by=actor, asks_for_all=for_all)
            .on_conflict_do_nothing()
            .returning(AllocationRunRow.id)
        )
        if added is not None:
            return WaitingRun(added, is_new=True)


async def name_receipt(session: AsyncSession, run_id: int, goods_receipt_id: int) -> None:
    """Note that a run shares out the goods of a receipt."""
    await session.execute(
        insert(AllocationRunReceiptRow).values(run_id=run_id, goods_receipt_id=goods_receipt_id)
    )


@asynccontextmanager
async def hold_run(engine: AsyncEngine, run_id: int) -> AsyncIterator[bool]:
    """Hold a run while the block lasts; False when another worker holds it.

    A lock of the connection: PostgreSQL lets go of it the moment a killed worker's socket closes,
    so no lease has to run out before the next worker may take over.
    """
    keys = (AdvisoryLock.RUN.value, run_id & _LOW_BITS)
    async with engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
        held = bool(await connection.scalar(select(func.pg_try_advisory_lock(*keys))))
        try:
            yield held
        finally:
            if held:
                await connection.execute(select(func.pg_advisory_unlock(*keys)))


@dataclass(frozen=True, slots=True)
class ClaimedRun:
    """A run that this worker has; taken_over: from a worker that had begun it."""

    attempt: int
    asks_for_all: bool
    taken_over: bool


async def claim_run(
    session: AsyncSession, run_id: int, worker: str, now: dt.datetime
) -> ClaimedRun | None:
    """Take an open run and count this attempt; None when it has ended.

    The caller holds the run's lock, so a run found CLAIMED or SOLVING lost its worker.
    """
    row = (
        await session.execute(
            update(AllocationRunRow)
            .where(AllocationRunRow.id == run_id, AllocationRunRow.status.in_(OPEN_STATUSES))
            .values(
                status=AllocationRunStatus.CLAIMED,
                claimed_by=worker,
                claimed_at=now,
                attempts=AllocationRunRow.attempts + 1,
            )
            .returning(AllocationRunRow.attempts, AllocationRunRow.asks_for_all)
        )
    ).first()
    return None if row is None else ClaimedRun(row.attempts, row.asks_for_all, row.attempts > 1)


async def start_solving(
    session: AsyncSession,
    run_id: int,
    attempt: int,
    *,
    fingerprint: str,
    snapshot: bytes,
    policy_version: int,
    versions: dict[str, int],
    options: dict[str, Any],
    warnings: list[dict[str, Any]],
) -> bool:
    """Keep what the run is about to solve; False when another attempt has taken over."""
    return await _update(
        session,
        run_id,
        attempt,
        status=AllocationRunStatus.SOLVING,
        fingerprint=fingerprint,
        snapshot=snapshot,
        policy_version=policy_version,
        versions=versions,
        options=options,
        warnings=warnings,
    )


async def is_ours(session: AsyncSession, run_id: int, attempt: int) -> bool:
    """Whether the run is open and still this attempt's."""
    found = await session.scalar(select(AllocationRunRow.id).where(*_open(run_id, attempt)))
    return found is not None


async def lock_for_commit(session: AsyncSession, run_id: int, attempt: int) -> bool:
    """Lock the run's row if it is still this attempt's to commit."""
    found = await session.scalar(
        select(AllocationRunRow.id)
        .where(
            AllocationRunRow.id == run_id,
            AllocationRunRow.status == AllocationRunStatus.SOLVING,
            AllocationRunRow.attempts == attempt,
        )
        .with_for_update(key_share=True)
    )
    return found is not None


async def finish_run(
    session: AsyncSession,
    run_id: int,
    attempt: int,
    now: dt.datetime,
    summary: dict[str, Any],
    warnings: list[dict[str, Any]],
) -> bool:
    """Mark the run committed."""
    return await _update(
        session,
        run_id,
        attempt,
        status=AllocationRunStatus.COMMITTED,
        committed_at=now,
        summary=summary,
        warnings=warnings,
        error=None,
    )


async def save_phases(session: AsyncSession, run_id: int, phases: dict[str, Any]) -> None:
    """Add to a committed run's summary how long its phases took."""
    row = AllocationRunRow
    await session.execute(
        update(row)
        .where(row.id == run_id)
        .values(summary=row.summary.op("||")(cast({"phases": phases}, JSONB)))
        .execution_options(synchronize_session=False)
    )


async def restart_run(session: AsyncSession, run_id: int, attempt: int) -> int | None:
    """Count a fresh start after the snapshot went stale; the number of fresh starts so far.

    None when another attempt has taken over, or the run was called off.
    """
    return await session.scalar(
        update(AllocationRunRow)
        .where(*_open(run_id, attempt))
        .values(status=AllocationRunStatus.CLAIMED, fresh_starts=AllocationRunRow.fresh_starts + 1)
        .returning(AllocationRunRow.fresh_starts)
    )


async def fail_run(session: AsyncSession, run_id: int, attempt: int, error: str) -> bool:
    """Mark the run failed, with a sentence for people."""
    return await _update(session, run_id, attempt, status=AllocationRunStatus.FAILED, error=error)


async def cancel_run(session: AsyncSession, run_id: int) -> bool:
    """Cancel a run that has not come to an end; whoever solves it finds out."""
    found = await session.scalar(
        update(AllocationRunRow)
        .where(AllocationRunRow.id == run_id, AllocationRunRow.status.in_(OPEN_STATUSES))
        .values(status=AllocationRunStatus.CANCELLED)
        .returning(AllocationRunRow.id)
    )
    return found is not None


async def run_by_id(session: AsyncSession, run_id: int) -> AllocationRunRow | None:
    """The run as it stands now."""
    return await session.scalar(
        select(AllocationRunRow)
        .where(AllocationRunRow.id == run_id)
        .execution_options(populate_existing=True)
    )


async def run_of_receipt(session: AsyncSession, goods_receipt_id: int) -> int | None:
    """The run that shares out a goods receipt."""
    return await session.scalar(
        select(AllocationRunReceiptRow.run_id).where(
            AllocationRunReceiptRow.goods_receipt_id == goods_receipt_id
        )
    )


async def queued_run(session: AsyncSession) -> int | None:
    """The run that waits, if one does."""
    return await session.scalar(
        select(AllocationRunRow.id).where(AllocationRunRow.status == AllocationRunStatus.QUEUED)
    )


@dataclass(frozen=True, slots=True)
class AbandonedRun:
    """A run that nobody works on; claimed_at: by a worker that is gone, None while queued."""

    id: int
    claimed_at: dt.datetime | None

    @property
    def was_claimed(self) -> bool:
        """Whether a worker had begun it."""
        return self.claimed_at is not None


async def stale_runs(
    session: AsyncSession, now: dt.datetime, patience: dt.timedelta
) -> list[AbandonedRun]:
    """Runs nobody works on: their worker is gone, or they are queued beyond `patience`."""
    unheld = text(
        "NOT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
        " AND classid = :kind AND objid = allocation_runs.id & :low)"
    ).bindparams(kind=AdvisoryLock.RUN.value, low=_LOW_BITS)
    queued = AllocationRunRow.status == AllocationRunStatus.QUEUED
    rows = await session.execute(
        select(AllocationRunRow.id, case((queued, None), else_=AllocationRunRow.claimed_at))
        .where(
            AllocationRunRow.status.in_(OPEN_STATUSES),
            or_(
                ~queued,
                AllocationRunRow.requested_at < now - patience,
            ),
            unheld,
        )
        .order_by(AllocationRunRow.id)
    )
    return [AbandonedRun(*row) for row in rows]


def _open(run_id: int, attempt: int) -> tuple[ColumnElement[bool], ...]:
    return (
        AllocationRunRow.id == run_id,
        AllocationRunRow.attempts == attempt,
        AllocationRunRow.status.in_(OPEN_STATUSES),
    )


async def _update(session: AsyncSession, run_id: int, attempt: int, **values: Any) -> bool:
    found = await session.scalar(
        update(AllocationRunRow)
        .where(*_open(run_id, attempt))
        .values(**values)
        .returning(AllocationRunRow.id)
    )
    return found is not None
