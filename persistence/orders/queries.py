"""Which orders, lines and payments are there, and what happened to them?"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.documents import document_key
from persistence.filters import among, asked, before, equals, since
from persistence.lookups import (
    LONGEST_LIST,
    containing,
    lists_by,
    rows_by,
    rows_by_number,
)
from persistence.milestones.queries import is_overdue
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
from persistence.parties.queries import name_contains
from persistence.tables import (
    CustomerRow,
    FundHoldRow,
    MilestoneRow,
    OrderEventRow,
    OrderLineRow,
    OrderRow,
    RegionRow,
    ShipmentRow,
)

NEWEST_FIRST = Sorting(
    "placed_at_desc", (Key(OrderRow.placed_at, descending=True), Key(OrderRow.id, descending=True))
)
_SORTABLE = {
    "PLACED_AT": OrderRow.placed_at,
    "ORDER_NUMBER": OrderRow.order_number,
    "STATUS": OrderRow.status,
}
_LINES_IN_ORDER = Sorting("line_no", (Key(OrderLineRow.line_no), Key(OrderLineRow.id)))


@dataclass(frozen=True)
class OrderQuestion:
    """Which orders are asked for; what is None or empty does not narrow."""

    statuses: Sequence[str] = ()
    customer_id: int | None = None
    region: str | None = None
    placed_from: dt.datetime | None = None
    placed_before: dt.datetime | None = None
    overdue_on: dt.date | None = None
    is_overdue: bool | None = None
    search: str | None = None


async def orders(
    session: AsyncSession, question: OrderQuestion, sorted_by: Sorting, page: PageRequest
) -> Page[OrderRow]:
    """One page of the orders asked for."""
    return await fetch_page(session, _asked(question), sorted_by, page)


def sorting(words: Sequence[str]) -> Sorting:
    """What words such as PLACED_AT_DESC mean; the id breaks ties in the last direction."""
    keys = []
    for word in words:
        column, _, direction = word.rpartition("_")
        keys.append(Key(_SORTABLE[column], descending=direction == "DESC"))
    keys.append(Key(OrderRow.id, descending=keys[-1].descending))
    return Sorting("+".join(words).lower(), tuple(keys))


async def count_orders(session: AsyncSession, question: OrderQuestion) -> int:
    """How many orders are asked for."""
    return await count_rows(session, _asked(question).with_only_columns(OrderRow.id))


async def orders_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, OrderRow]:
    """These orders, where they may be seen."""
    return await rows_by(session, select(OrderRow), OrderRow.id, ids)


async def orders_by_number(session: AsyncSession, numbers: Sequence[str]) -> dict[str, OrderRow]:
    """The orders of these numbers, where they may be seen."""
    return await rows_by_number(session, select(OrderRow), OrderRow.order_number_key, numbers)


async def orders_by_customer(
    session: AsyncSession, customers: Sequence[int], page: PageRequest
) -> dict[int, Page[OrderRow]]:
    """The same page of each customer's orders, the newest first."""
    return await fetch_pages(
        session, select(OrderRow), OrderRow.customer_id, customers, NEWEST_FIRST, page
    )


async def count_orders_by_customer(
    session: AsyncSession, customers: Sequence[int]
) -> dict[int, int]:
    """How many orders each customer has."""
    return await count_by_parent(session, OrderRow.customer_id, customers)


async def order_lines_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, OrderLineRow]:
    """These order lines, where they may be seen."""
    return await rows_by(session, select(OrderLineRow), OrderLineRow.id, ids)


async def lines_by_order(
    session: AsyncSession, orders: Sequence[int], page: PageRequest
) -> dict[int, Page[OrderLineRow]]:
    """The same page of each order's lines."""
    return await fetch_pages(
        session, select(OrderLineRow), OrderLineRow.order_id, orders, _LINES_IN_ORDER, page
    )


async def count_lines_by_order(session: AsyncSession, orders: Sequence[int]) -> dict[int, int]:
    """How many lines each order has."""
    return await count_by_parent(session, OrderLineRow.order_id, orders)


async def events_by_order(
    session: AsyncSession, orders: Sequence[int]
) -> dict[int, list[OrderEventRow]]:
    """Each order's history, the oldest first."""
    return await lists_by(
        session,
        select(OrderEventRow),
        OrderEventRow.order_id,
        orders,
        OrderEventRow.at,
        OrderEventRow.id,
        most=LONGEST_LIST,
    )


async def payments_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, FundHoldRow]:
    """These payments, where they may be seen."""
    return await rows_by(session, select(FundHoldRow), FundHoldRow.id, ids)


async def payments_by_order(
    session: AsyncSession, orders: Sequence[int]
) -> dict[int, list[FundHoldRow]]:
    """The money set aside or taken for each order's shipments, the oldest first."""
    statement = select(FundHoldRow).join(ShipmentRow, ShipmentRow.id == FundHoldRow.shipment_id)
    return await lists_by(
        session,
        statement,
        ShipmentRow.order_id,
        orders,
        FundHoldRow.created_at,
        FundHoldRow.id,
        most=LONGEST_LIST,
    )


def _asked(question: OrderQuestion) -> Select[OrderRow]:
    row = OrderRow
    statement = select(row).where(
        *asked(
            among(row.status, question.statuses),
            equals(row.customer_id, question.customer_id),
            since(row.placed_at, question.placed_from),
            before(row.placed_at, question.placed_before),
        )
    )
    if question.region is not None:
        of_region = (
            select(CustomerRow.id)
            .join(RegionRow, RegionRow.id == CustomerRow.region_id)
            .where(RegionRow.code == question.region)
        )
        statement = statement.where(row.customer_id.in_(of_region))
    if question.is_overdue is not None and question.overdue_on is not None:
        late = exists().where(MilestoneRow.order_id == row.id, is_overdue(question.overdue_on))
        statement = statement.where(late if question.is_overdue else ~late)
    if question.search:
        named = select(CustomerRow.id).where(name_contains(question.search))
        found: list[ColumnElement[bool]] = [row.customer_id.in_(named)]
        key = document_key(question.search)
        if key:
            found.append(row.order_number_key.like(containing(key), escape="\\"))
        statement = statement.where(or_(*found))
    return statement
