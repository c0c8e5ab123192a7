"""Jobs asked for by a transaction; they are sent only if it commits."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, column, delete, exists, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.filters import asked, equals, whether
from persistence.paging import Key, Page, PageRequest, Sorting, count_rows, fetch_page
from persistence.tables import OutboxRow

NEWEST_JOB_FIRST = Sorting("id_desc", (Key(OutboxRow.id, descending=True),))

# A trigger notifies it with the transaction that asks for a job.
CHANNEL = "apportion_outbox"


@dataclass(frozen=True, slots=True)
class Asked:
    """One job that was asked for and not yet sent."""

    id: int
    topic: str
    payload: dict[str, Any]
    attempts: int


async def add_to_outbox(session: AsyncSession, topic: str, payload: dict[str, Any]) -> None:
    """Ask for a job; the relay is notified when the transaction commits."""
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


async def ask_again(
    session: AsyncSession, topic: str, payloads: Sequence[dict[str, Any]], patience: dt.timedelta
) -> int:
    """Ask for these jobs, but not for those asked for within `patience`; how many."""
    job = (
        func.jsonb_array_elements(literal(list(payloads), JSONB))
        .table_valued(column("payload", JSONB), with_ordinality="place")
        .render_derived()
    )
    lately = exists().where(
        OutboxRow.topic == topic,
        OutboxRow.payload == job.c.payload,
        # The database's clock on both sides: created_at is its own.
        OutboxRow.created_at > func.now() - patience,
    )
    asked = select(literal(topic), job.c.payload).where(~lately).order_by(job.c.place)
    added = await session.scalars(
        insert(OutboxRow).from_select(["topic", "payload"], asked).returning(OutboxRow.id)
    )
    return len(added.all())


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


async def prune_sent(session: AsyncSession, before: dt.datetime, limit: int) -> int:
    """Remove the oldest that were sent before an instant, at most `limit`; how many."""
    oldest = (
        select(OutboxRow.id).where(OutboxRow.sent_at < before).order_by(OutboxRow.id).limit(limit)
    )
    result = await session.scalars(
        delete(OutboxRow).where(OutboxRow.id.in_(oldest)).returning(OutboxRow.id)
    )
    return len(result.all())


@dataclass(frozen=True)
class JobQuestion:
    """Which jobs are asked for; what is None does not narrow."""

    topic: str | None = None
    is_sent: bool | None = None


async def jobs(session: AsyncSession, question: JobQuestion, page: PageRequest) -> Page[OutboxRow]:
    """One page of the jobs asked for, the newest first."""
    return await fetch_page(session, _jobs(question), NEWEST_JOB_FIRST, page)


async def count_jobs(session: AsyncSession, question: JobQuestion) -> int:
    """How many jobs are asked for."""
    return await count_rows(session, _jobs(question).with_only_columns(OutboxRow.id))


def _jobs(question: JobQuestion) -> Select[OutboxRow]:
    row = OutboxRow
    return select(row).where(
        *asked(
            equals(row.topic, question.topic), whether(row.sent_at.is_not(None), question.is_sent)
        )
    )
