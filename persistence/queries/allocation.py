"""Which runs were there, what did each give to whom and why, and what is reserved?"""

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

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
from persistence.queries.loading import LONGEST_LIST, lists_by, newest_by_order, rows_by
from persistence.tables import (
    AllocationLevelRow,
    AllocationLineRow,
    AllocationRunRow,
    OrderLineRow,
    ReservationRow,
)

Row = TypeVar("Row")
PagesByRun: TypeAlias = Callable[
    [AsyncSession, Sequence[int], PageRequest], Awaitable[dict[int, Page[Row]]]
]
CountsByRun: TypeAlias = Callable[[AsyncSession, Sequence[int]], Awaitable[dict[int, int]]]

NEWEST_FIRST = Sorting(
    "requested_at_desc",
    (
        Key(AllocationRunRow.requested_at, descending=True),
        Key(AllocationRunRow.id, descending=True),
    ),
)
NEWEST_RESERVATION_FIRST = Sorting("id_desc", (Key(ReservationRow.id, descending=True),))
# The plan's own order; unique within a run.
_PLAN_ORDER = Sorting("seq", (Key(AllocationLineRow.seq), Key(AllocationLineRow.id)))


@dataclass(frozen=True)
class RunQuestion:
    """Which runs are asked for; what is None or empty does not narrow."""

    statuses: Sequence[str] = ()
    triggers: Sequence[str] = ()
    requested_from: dt.datetime | None = None
    requested_before: dt.datetime | None = None


@dataclass(frozen=True)
class LineQuestion:
    """Which lines of a run are asked for; what is None does not narrow."""

    stage: int | None = None
    sku_id: int | None = None
    customer_id: int | None = None
    only_given: bool = False
    only_short: bool = False


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
    """The run that each goods receipt triggered."""
    return await rows_by(session, _runs(), AllocationRunRow.goods_receipt_id, receipts)


async def levels_by_run(
    session: AsyncSession, runs: Sequence[int], page: PageRequest
) -> dict[int, Page[AllocationLevelRow]]:
    """The same page of each run's levels, the first decided first."""
    sorting = Sorting("position", (Key(AllocationLevelRow.position),))
    return await fetch_pages(
        session, select(AllocationLevelRow), AllocationLevelRow.run_id, runs, sorting, page
    )


async def count_levels_by_run(session: AsyncSession, runs: Sequence[int]) -> dict[int, int]:
    """How many levels each run has."""
    return await count_by_parent(session, AllocationLevelRow.run_id, runs)


def lines_by_run(question: LineQuestion) -> PagesByRun[AllocationLineRow]:
    """Asks for the same page of each run's lines, in the plan's order."""

    async def ask(
        session: AsyncSession, runs: Sequence[int], page: PageRequest
    ) -> dict[int, Page[AllocationLineRow]]:
        statement = select(AllocationLineRow).where(*_of_lines(question))
        return await fetch_pages(
            session, statement, AllocationLineRow.run_id, runs, _PLAN_ORDER, page
        )

    ask.__name__ = f"lines_by_run {question}"
    return ask


def count_lines_by_run(question: LineQuestion) -> CountsByRun:
    """Asks how many such lines each run has."""

    async def ask(session: AsyncSession, runs: Sequence[int]) -> dict[int, int]:
        return await count_by_parent(session, AllocationLineRow.run_id, runs, *_of_lines(question))

    ask.__name__ = f"count_lines_by_run {question}"
    return ask


async def allocation_lines_by_id(
    session: AsyncSession, ids: Sequence[int]
) -> dict[int, AllocationLineRow]:
    """These lines of plans, where they may be seen."""
    return await rows_by(session, select(AllocationLineRow), AllocationLineRow.id, ids)


async def given_to_claim(session: AsyncSession, run_id: int, claim: str) -> int | None:
    """Units that a run gave a claim from all warehouses; None for one that may not be seen."""
    line = AllocationLineRow
    total = await session.scalar(
        select(func.sum(line.units)).where(line.run_id == run_id, line.claim == claim)
    )
    return None if total is None else int(total)


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
    statement = _runs()
    if question.statuses:
        statement = statement.where(AllocationRunRow.status.in_(question.statuses))
    if question.triggers:
        statement = statement.where(AllocationRunRow.trigger.in_(question.triggers))
    if question.requested_from is not None:
        statement = statement.where(AllocationRunRow.requested_at >= question.requested_from)
    if question.requested_before is not None:
        statement = statement.where(AllocationRunRow.requested_at < question.requested_before)
    return statement


def _of_lines(question: LineQuestion) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if question.stage is not None:
        found.append(AllocationLineRow.stage == question.stage)
    if question.sku_id is not None:
        found.append(AllocationLineRow.sku_id == question.sku_id)
    if question.customer_id is not None:
        found.append(AllocationLineRow.customer_id == question.customer_id)
    if question.only_given:
        found.append(AllocationLineRow.units > 0)
    if question.only_short:
        found.append(AllocationLineRow.reasons != [])
    return found


def _asked_reservations(question: ReservationQuestion) -> Select[ReservationRow]:
    statement = select(ReservationRow)
    if question.statuses:
        statement = statement.where(ReservationRow.status.in_(question.statuses))
    if question.customer_id is not None:
        statement = statement.where(ReservationRow.customer_id == question.customer_id)
    if question.run_id is not None:
        statement = statement.where(ReservationRow.run_id == question.run_id)
    if question.order_id is not None:
        of_order = select(OrderLineRow.id).where(OrderLineRow.order_id == question.order_id)
        statement = statement.where(ReservationRow.order_line_id.in_(of_order))
    if question.expires_before is not None:
        statement = statement.where(ReservationRow.expires_at < question.expires_before)
    return statement
