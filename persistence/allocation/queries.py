"""Which runs were there, which receipts did each share out, and what is reserved?"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from domain.allocation import AllocationRunStatus
from persistence.filters import among, asked, before, equals, refers_to, since
from persistence.lookups import LONGEST_LIST, lists_by, newest_by_order, rows_by
from persistence.paging import (
    Key,
    Page,
    PageRequest,
    Sorting,
    count_by_parent,
    count_rows,
    fetch_page,
    fetch_pages,
)
from persistence.tables import (
    AllocationRunReceiptRow,
    AllocationRunRow,
    GoodsReceiptRow,
    OrderLineRow,
    ReservationRow,
)

NEWEST_FIRST = Sorting(
    "requested_at_desc",
    (
        Key(AllocationRunRow.requested_at, descending=True),
        Key(AllocationRunRow.id, descending=True),
    ),
)
_FIRST_RECORDED = Sorting("id", (Key(GoodsReceiptRow.id),))
NEWEST_RESERVATION_FIRST = Sorting("id_desc", (Key(ReservationRow.id, descending=True),))


@dataclass(frozen=True)
class RunQuestion:
    """Which runs are asked for; what is None or empty does not narrow."""

    statuses: Sequence[str] = ()
    triggers: Sequence[str] = ()
    requested_from: dt.datetime | None = None
    requested_before: dt.datetime | None = None


@dataclass(frozen=True)
class ReservationQuestion:
    """Which reservations are asked for; what is None or empty does not narrow."""

    statuses: Sequence[str] = ()
    customer_id: int | None = None
    order_id: int | None = None
    run_id: int | None = None
    expires_before: dt.datetime | None = None


async def allocation_runs(
    session: AsyncSession, question: RunQuestion, page: PageRequest
) -> Page[AllocationRunRow]:
    """One page of the runs asked for, the newest first."""
    return await fetch_page(session, _asked_runs(question), NEWEST_FIRST, page)


async def count_allocation_runs(session: AsyncSession, question: RunQuestion) -> int:
    """How many runs are asked for."""
    return await count_rows(session, _asked_runs(question).with_only_columns(AllocationRunRow.id))


async def runs_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, AllocationRunRow]:
    """These runs, where they may be seen."""
    return await rows_by(session, _runs(), AllocationRunRow.id, ids)


async def runs_by_receipt(
    session: AsyncSession, receipts: Sequence[int]
) -> dict[int, AllocationRunRow]:
    """The run that shares out each goods receipt."""
    statement = _runs().join(
        AllocationRunReceiptRow, AllocationRunReceiptRow.run_id == AllocationRunRow.id
    )
    return await rows_by(session, statement, AllocationRunReceiptRow.goods_receipt_id, receipts)


async def receipts_by_run(
    session: AsyncSession, runs: Sequence[int], page: PageRequest
) -> dict[int, Page[GoodsReceiptRow]]:
    """The same page of the goods receipts that each run shares out, the first recorded first."""
    statement = select(GoodsReceiptRow).join(
        AllocationRunReceiptRow, AllocationRunReceiptRow.goods_receipt_id == GoodsReceiptRow.id
    )
    return await fetch_pages(
        session, statement, AllocationRunReceiptRow.run_id, runs, _FIRST_RECORDED, page
    )


async def count_receipts_by_run(session: AsyncSession, runs: Sequence[int]) -> dict[int, int]:
    """How many goods receipts each run shares out."""
    return await count_by_parent(session, AllocationRunReceiptRow.run_id, runs)


@dataclass(frozen=True)
class RunFigures:
    """Runs by status, of those that are not well ended, and the phases of the last committed."""

    by_status: dict[AllocationRunStatus, int]
    phases: dict[str, dict[str, float]]


async def run_figures(session: AsyncSession) -> RunFigures:
    """How many runs wait, are made or have failed, and how long the last one's phases took."""
    row = AllocationRunRow
    watched = (
        AllocationRunStatus.QUEUED,
        AllocationRunStatus.CLAIMED,
        AllocationRunStatus.SOLVING,
        AllocationRunStatus.FAILED,
    )
    counted = await session.execute(
        select(row.status, func.count()).where(row.status.in_(watched)).group_by(row.status)
    )
    last: dict[str, Any] | None = await session.scalar(
        select(row.summary)
        .where(row.status == AllocationRunStatus.COMMITTED)
        .order_by(row.requested_at.desc(), row.id.desc())
        .limit(1)
    )
    by_status = dict.fromkeys(watched, 0) | {status: int(count) for status, count in counted}
    return RunFigures(by_status, (last or {}).get("phases", {}))


async def reservations(
    session: AsyncSession, question: ReservationQuestion, page: PageRequest
) -> Page[ReservationRow]:
    """One page of the reservations asked for, the newest first."""
    return await fetch_page(session, _asked_reservations(question), NEWEST_RESERVATION_FIRST, page)


async def count_reservations(session: AsyncSession, question: ReservationQuestion) -> int:
    """How many reservations are asked for."""
    statement = _asked_reservations(question).with_only_columns(ReservationRow.id)
    return await count_rows(session, statement)


async def reservations_by_id(
    session: AsyncSession, ids: Sequence[int]
) -> dict[int, ReservationRow]:
    """These reservations, where they may be seen."""
    return await rows_by(session, select(ReservationRow), ReservationRow.id, ids)


async def reservations_by_run(
    session: AsyncSession, runs: Sequence[int], page: PageRequest
) -> dict[int, Page[ReservationRow]]:
    """The same page of what each run reserved, the newest first."""
    return await fetch_pages(
        session,
        select(ReservationRow),
        ReservationRow.run_id,
        runs,
        NEWEST_RESERVATION_FIRST,
        page,
    )


async def count_reservations_by_run(session: AsyncSession, runs: Sequence[int]) -> dict[int, int]:
    """How many reservations each run made."""
    return await count_by_parent(session, ReservationRow.run_id, runs)


async def reservations_by_order(
    session: AsyncSession, orders: Sequence[int]
) -> dict[int, list[ReservationRow]]:
    """What is or was reserved for each order, the oldest first."""
    statement = select(ReservationRow).join(
        OrderLineRow, OrderLineRow.id == ReservationRow.order_line_id
    )
    return await lists_by(
        session,
        statement,
        OrderLineRow.order_id,
        orders,
        ReservationRow.created_at,
        ReservationRow.id,
        most=LONGEST_LIST,
    )


async def reserved_by_order(session: AsyncSession, orders: Sequence[int]) -> dict[int, list[Any]]:
    """What each run reserved for each order until the same instant, the oldest first.

    Rows of id, order_id, at, run_id, expires_at and units.
    """
    row = ReservationRow
    return await newest_by_order(
        session,
        _summed(orders, row.created_at, row.run_id, row.expires_at),
        orders,
    )


async def ended_reservations_by_order(
    session: AsyncSession, orders: Sequence[int]
) -> dict[int, list[Any]]:
    """What was reserved for each order and ended at the same instant in the same way.

    Rows of id, order_id, at, status and units.
    """
    row = ReservationRow
    ended = _summed(orders, row.ended_at, row.status).where(row.ended_at.is_not(None))
    return await newest_by_order(session, ended, orders)


def _summed(orders: Sequence[int], at: Any, *more: Any) -> Select[Any]:
    return (
        select(
            func.min(ReservationRow.id).label("id"),
            OrderLineRow.order_id,
            at.label("at"),
            *more,
            func.sum(ReservationRow.units).label("units"),
        )
        .join(OrderLineRow, OrderLineRow.id == ReservationRow.order_line_id)
        .where(OrderLineRow.order_id.in_(orders))
        .group_by(OrderLineRow.order_id, at, *more)
    )


def _runs() -> Select[AllocationRunRow]:
    # The snapshot can be megabytes, and no client reads it.
    return select(AllocationRunRow).options(defer(AllocationRunRow.snapshot, raiseload=True))


def _asked_runs(question: RunQuestion) -> Select[AllocationRunRow]:
    row = AllocationRunRow
    return _runs().where(
        *asked(
            among(row.status, question.statuses),
            among(row.trigger, question.triggers),
            since(row.requested_at, question.requested_from),
            before(row.requested_at, question.requested_before),
        )
    )


def _asked_reservations(question: ReservationQuestion) -> Select[ReservationRow]:
    row, line = ReservationRow, OrderLineRow
    return select(row).where(
        *asked(
            among(row.status, question.statuses),
            equals(row.customer_id, question.customer_id),
            equals(row.run_id, question.run_id),
            refers_to(row.order_line_id, line, line.order_id, question.order_id),
            before(row.expires_at, question.expires_before),
        )
    )
