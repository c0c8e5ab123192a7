"""Clocks in the database: one of a kind runs per case, and each breach is noted once."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy import insert as insert_rows
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.clocks.definitions import WORKING_DAYS, WORKING_MINUTES
from domain.tasks.vocabularies import ClockChangeKind
from persistence.tables import ClockEventRow, ClockRow, CustomerRow, OrderRow
from persistence.unit_of_work import UnitOfWork


async def add_clock(uow: UnitOfWork, values: dict[str, Any]) -> int | None:
    """Start a clock; None when one of that kind runs for the same case already."""
    return await uow.session.scalar(
        insert(ClockRow)
        .values(**values, started_at=uow.now)
        .on_conflict_do_nothing(
            index_elements=[ClockRow.code, ClockRow.subject_type, ClockRow.subject_id],
            index_where=ClockRow.stopped_at.is_(None),
        )
        .returning(ClockRow.id)
    )


async def running_clock(
    session: AsyncSession, code: str, subject_type: str, subject_id: str
) -> ClockRow | None:
    """The clock of a kind that runs for a case, locked."""
    return await session.scalar(
        select(ClockRow)
        .where(
            ClockRow.code == code,
            ClockRow.subject_type == subject_type,
            ClockRow.subject_id == subject_id,
            ClockRow.stopped_at.is_(None),
        )
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


async def clock_for_update(session: AsyncSession, clock_id: int) -> ClockRow | None:
    """A clock, locked until the transaction ends."""
    return await session.scalar(
        select(ClockRow)
        .where(ClockRow.id == clock_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


async def running_clocks_of_order(session: AsyncSession, order_id: int) -> Sequence[ClockRow]:
    """An order's running clocks, locked."""
    statement = (
        select(ClockRow)
        .where(ClockRow.order_id == order_id, ClockRow.stopped_at.is_(None))
        .order_by(ClockRow.id)
        .with_for_update(key_share=True)
    )
    return (await session.scalars(statement)).all()


def _runs_over(since: dt.datetime, until: dt.datetime) -> ColumnElement[bool]:
    """Clocks that count working time over a span and whose time was not over before it."""
    return and_(
        ClockRow.stopped_at.is_(None),
        ClockRow.breached_at.is_(None),
        ClockRow.unit.in_((WORKING_DAYS, WORKING_MINUTES)),
        ClockRow.started_at < until,
        ClockRow.due_at >= since,
    )


async def orders_with_clocks_over(
    session: AsyncSession, since: dt.datetime, until: dt.datetime
) -> set[int]:
    """The orders of running clocks that count working time over a span."""
    found = await session.scalars(
        select(ClockRow.order_id)
        .where(_runs_over(since, until), ClockRow.order_id.is_not(None))
        .distinct()
    )
    return {key for key in found if key is not None}


async def running_clocks_over(
    session: AsyncSession, since: dt.datetime, until: dt.datetime
) -> Sequence[ClockRow]:
    """The running clocks that count working time over a span, locked."""
    statement = select(ClockRow).where(_runs_over(since, until)).order_by(ClockRow.id)
    return (
        await session.scalars(
            statement.with_for_update(key_share=True).execution_options(populate_existing=True)
        )
    ).all()


async def pauses_of(
    session: AsyncSession, clock_ids: Sequence[int]
) -> dict[int, list[tuple[dt.datetime, dt.datetime]]]:
    """From when to when each of these clocks stood still; a pause that still lasts is left out."""
    events = await session.execute(
        select(ClockEventRow.clock_id, ClockEventRow.kind, ClockEventRow.at)
        .where(
            ClockEventRow.clock_id.in_(clock_ids),
            ClockEventRow.kind.in_((ClockChangeKind.PAUSED, ClockChangeKind.RESUMED)),
        )
        .order_by(ClockEventRow.clock_id, ClockEventRow.id)
    )
    found: dict[int, list[tuple[dt.datetime, dt.datetime]]] = {key: [] for key in clock_ids}
    since: dict[int, dt.datetime] = {}
    for event in events:
        if event.kind == ClockChangeKind.PAUSED:
            since[event.clock_id] = event.at
        elif event.clock_id in since:
            found[event.clock_id].append((since.pop(event.clock_id), event.at))
    return found


async def take_breached(session: AsyncSession, now: dt.datetime, limit: int) -> list[ClockRow]:
    """Note the breach of clocks whose time is over; each is given to one caller, once."""
    over = (ClockRow.breached_at.is_(None), ClockRow.due_at <= now)
    return await _take(session, over, ClockRow.due_at, limit, breached_at=ClockRow.due_at)


async def take_to_remind(session: AsyncSession, now: dt.datetime, limit: int) -> list[ClockRow]:
    """Note the reminder of clocks whose time for it has come; each is given once."""
    due = (
        ClockRow.reminded_at.is_(None),
        ClockRow.remind_at.is_not(None),
        ClockRow.remind_at <= now,
    )
    return await _take(session, due, ClockRow.remind_at, limit, reminded_at=now)


async def _take(
    session: AsyncSession,
    condition: tuple[ColumnElement[bool], ...],
    first: Any,
    limit: int,
    **values: Any,
) -> list[ClockRow]:
    """Change running clocks for which this holds, the first ones first; nobody waits for anybody.

    A clock that another transaction holds is left to the next call, and so is one whose order is
    held: the tasks and events that follow refer to the order, and its holder may come for the
    clock.
    """
    due = (ClockRow.stopped_at.is_(None), ClockRow.paused_at.is_(None), *condition)
    seen = (
        await session.execute(
            select(ClockRow.id, ClockRow.order_id)
            .where(*due)
            .order_by(first, ClockRow.id)
            .limit(limit)
        )
    ).all()
    if not seen:
        return []
    held = await session.scalars(
        select(OrderRow.id)
        .where(OrderRow.id.in_({order_id for _, order_id in seen if order_id is not None}))
        .order_by(OrderRow.id)
        .with_for_update(read=True, key_share=True, skip_locked=True)
    )
    free = {None, *held}
    chosen = (
        select(ClockRow.id)
        .where(ClockRow.id.in_([key for key, order_id in seen if order_id in free]), *due)
        .order_by(ClockRow.id)
        .with_for_update(skip_locked=True, key_share=True)
    )
    found = await session.scalars(
        update(ClockRow)
        .where(ClockRow.id.in_(chosen))
        .values(**values, version=ClockRow.version + 1)
        .returning(ClockRow)
        .execution_options(populate_existing=True)
    )
    return sorted(found.all(), key=lambda row: row.id)


async def add_events(
    uow: UnitOfWork,
    rows: Sequence[ClockRow | int],
    kind: ClockChangeKind,
    *,
    reason: str | None = None,
) -> None:
    """One line of history for each of these clocks; a breach is dated when the time was over."""
    values = [
        {
            "clock_id": row if isinstance(row, int) else row.id,
            "at": row.due_at
            if kind == ClockChangeKind.BREACHED and isinstance(row, ClockRow)
            else uow.now,
            "kind": kind,
            "actor": uow.actor,
            "reason": reason,
        }
        for row in rows
    ]
    if values:
        await uow.session.execute(insert_rows(ClockEventRow), values)


@dataclass(frozen=True, slots=True)
class OrderCase:
    """What a task says of an order whose time is over: its number, and who sold it."""

    number: str
    salesperson_id: int | None


async def cases_of(session: AsyncSession, ids: Sequence[int]) -> dict[int, OrderCase]:
    """These orders, in one statement."""
    if not ids:
        return {}
    found = await session.execute(
        select(OrderRow.id, OrderRow.order_number, CustomerRow.salesperson_id)
        .join(CustomerRow, CustomerRow.id == OrderRow.customer_id)
        .where(OrderRow.id.in_(ids))
    )
    return {key: OrderCase(number, salesperson) for key, number, salesperson in found}
