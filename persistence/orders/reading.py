"""Orders as facts: their head, lines, process and everything that belongs to them.

The number of statements does not depend on the number of orders.
"""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, get_args, get_type_hints

from sqlalchemy import select, text, union
from sqlalchemy.ext.asyncio import AsyncSession

from domain.orders.context import Goods
from domain.orders.entries import Line
from domain.orders.history import PROCESS_EVENTS, Event, collections, from_json
from domain.orders.order import Order, already_bound
from domain.orders.vocabularies import OrderChannel, OrderFulfilment, OrderStatus
from persistence.tables import (
    Base,
    CustomerRow,
    OrderChangeRow,
    OrderComplaintRow,
    OrderDoubtRow,
    OrderEventRow,
    OrderGateEntryRow,
    OrderLineRow,
    OrderOfferRow,
    OrderOpinionRow,
    OrderPickupRow,
    OrderProcessRow,
    OrderReviewRow,
    OrderRow,
    OrderSignatureRow,
    RegionRow,
    SkuRow,
)

# The table of each numbered collection of the facts.
TABLES: Mapping[str, type[Base]] = {
    "offers": OrderOfferRow,
    "doubts": OrderDoubtRow,
    "reviews": OrderReviewRow,
    "opinions": OrderOpinionRow,
    "signatures": OrderSignatureRow,
    "changes": OrderChangeRow,
    "gate_entries": OrderGateEntryRow,
    "pickups": OrderPickupRow,
    "complaints": OrderComplaintRow,
}
if set(TABLES) != collections():
    raise LookupError(f"collections without a table: {collections() ^ set(TABLES)}")

_TYPES = get_type_hints(Order)
# Facts that are a column of the same name, of an order's head and of its process.
HEAD_COLUMNS, PROCESS_COLUMNS = (
    tuple(item.name for item in fields(Order) if item.name in table.__table__.c)
    for table in (OrderRow, OrderProcessRow)
)


@dataclass(frozen=True, slots=True)
class LoadedOrder:
    """An order as it is now: its facts, what became of its goods, and its keys."""

    order_id: int
    customer_id: int
    version: int
    facts: Order
    goods: Mapping[int, Goods]
    # False until the first command on an order that an import brought.
    has_process: bool
    # The currency in which the customer's account is kept.
    account_currency: str


async def orders_due_from(session: AsyncSession, day: dt.date) -> set[int]:
    """Orders with an open review or complaint whose last day is that day or later."""
    found = await session.scalars(
        union(
            select(OrderReviewRow.order_id).where(
                OrderReviewRow.outcome.is_(None), OrderReviewRow.due_on >= day
            ),
            select(OrderComplaintRow.order_id).where(
                OrderComplaintRow.closed_on.is_(None), OrderComplaintRow.due_on >= day
            ),
        )
    )
    return set(found)


async def lock_order(session: AsyncSession, order_id: int, *, lapsed_too: bool = False) -> bool:
    """Lock an order and its lines, as every writer does; False when there is none to be seen.

    lapsed_too: and its customer's lines whose reservation lapsed, which money that comes in lets
    reserve again: lines are locked in the order of their keys, whosever they are.
    """
    key = {"order_id": order_id}
    if await session.scalar(_LOCK_ORDER, key) is None:
        return False
    await session.execute(_LOCK_LINES_AND_LAPSED if lapsed_too else _LOCK_LINES, key)
    return True


_LOCK_LINES = text(
    "SELECT 1 FROM order_lines WHERE order_id = :order_id ORDER BY id FOR NO KEY UPDATE"
)
_LOCK_LINES_AND_LAPSED = text(
    """
    SELECT 1 FROM order_lines
    WHERE order_id = :order_id OR id IN (
      SELECT lapsed.id FROM orders JOIN order_lines AS lapsed
        ON lapsed.customer_id = orders.customer_id
      WHERE orders.id = :order_id AND NOT lapsed.may_reserve)
    ORDER BY id FOR NO KEY UPDATE
    """
)
_LOCK_ORDER = text("SELECT 1 FROM orders WHERE id = :order_id FOR NO KEY UPDATE")


async def load_orders(
    session: AsyncSession, order_ids: Sequence[int], time_zone: dt.tzinfo
) -> dict[int, LoadedOrder]:
    """These orders as they are now, where they may be seen."""
    heads = await session.execute(
        select(OrderRow, OrderProcessRow, CustomerRow)
        .join(CustomerRow, CustomerRow.id == OrderRow.customer_id)
        .outerjoin(OrderProcessRow, OrderProcessRow.__table__.c.order_id == OrderRow.id)
        .where(OrderRow.id.in_(order_ids))
    )
    lines, goods = await _lines(session, order_ids)
    entries = await _entries(session, order_ids)
    return {
        order.id: LoadedOrder(
            order.id,
            order.customer_id,
            order.version,
            _facts(order, customer, process, lines[order.id], entries[order.id], time_zone),
            goods[order.id],
            process is not None,
            customer.currency,
        )
        for order, process, customer in heads
    }


def _facts(
    order: OrderRow,
    customer: CustomerRow,
    process: OrderProcessRow | None,
    lines: tuple[Line, ...],
    entries: Mapping[str, tuple[Any, ...]],
    time_zone: dt.tzinfo,
) -> Order:
    values: dict[str, Any] = {
        **{name: entries.get(name, ()) for name in TABLES},
        **{name: getattr(order, name) for name in HEAD_COLUMNS},
        "number": order.order_number,
        "customer": customer.code,
        "placed_on": order.placed_at.astimezone(time_zone).date(),
        "lines": lines,
    }
    if process is None:
        return already_bound(
            Order(
                **values,
                customer_kind=customer.kind,
                payment_terms=customer.payment_terms,
                channel=OrderChannel.TAKEN_OVER,
                fulfilment=OrderFulfilment.FROM_STOCK,
            )
        )
    for name in PROCESS_COLUMNS:
        value = getattr(process, name)
        values[name] = from_json(_TYPES[name], value) if isinstance(value, list) else value
    return Order(**values)


async def _lines(
    session: AsyncSession, order_ids: Sequence[int]
) -> tuple[dict[int, tuple[Line, ...]], dict[int, dict[int, Goods]]]:
    rows = await session.execute(
        select(OrderLineRow, SkuRow.code)
        .outerjoin(SkuRow, SkuRow.id == OrderLineRow.sku_id)
        .where(OrderLineRow.order_id.in_(order_ids))
        .order_by(OrderLineRow.order_id, OrderLineRow.line_no)
    )
    lines: dict[int, tuple[Line, ...]] = defaultdict(tuple)
    goods: dict[int, dict[int, Goods]] = defaultdict(dict)
    for row, sku in rows:
        line = Line(
            row.line_no,
            sku or row.stated_sku,
            row.units_ordered,
            row.unit_price,
            row.specification,
            row.dropped_by,
        )
        lines[row.order_id] = (*lines[row.order_id], line)
        goods[row.order_id][row.line_no] = Goods(
            row.units_shipped, row.units_held, row.units_reserved
        )
    return lines, goods


def _as_json(name: str, table: str) -> str:
    return (
        f"SELECT '{name}' AS name, order_id, no, to_jsonb({table})::text AS entry FROM {table}"  # noqa: S608  # names of our own
        " WHERE order_id = ANY(:keys)"
    )


# All numbered entries in one statement, each as JSON: nine tables that hold few rows of an order.
_ENTRIES = text(
    " UNION ALL ".join(_as_json(name, table.__tablename__) for name, table in TABLES.items())
    + " ORDER BY order_id, no"
)


async def _entries(
    session: AsyncSession, order_ids: Sequence[int]
) -> dict[int, dict[str, tuple[Any, ...]]]:
    """By order and collection, the entries in the order of their numbers."""
    found: dict[int, dict[str, tuple[Any, ...]]] = defaultdict(dict)
    for row in await session.execute(_ENTRIES, {"keys": list(order_ids)}):
        kind = get_args(_TYPES[row.name])[0]
        # Never as floats: 0.1 is a tenth of a coin.
        stored = json.loads(row.entry, parse_float=Decimal)
        entry = from_json(kind, {each.name: stored[each.name] for each in fields(kind)})
        found[row.order_id][row.name] = (*found[row.order_id].get(row.name, ()), entry)
    return found


async def orders_awaiting_pickup(
    session: AsyncSession, today: dt.date, late_pickup_days: int
) -> list[int]:
    """Special orders in the warehouse for longer than this, whose deposit is not settled (O7).

    Only those that stand: what was called off or closed is picked up by nobody.
    """
    process = OrderProcessRow.__table__.c
    rows = await session.scalars(
        select(process.order_id)
        .join(OrderRow, OrderRow.id == process.order_id)
        .where(
            OrderRow.status.in_(
                (OrderStatus.CONFIRMED, OrderStatus.SHIPPED, OrderStatus.DELIVERED)
            ),
            process.special,
            process.deposit_settled_on.is_(None),
            process.stock_in_on < today - dt.timedelta(days=late_pickup_days),
        )
        .order_by(process.order_id)
    )
    return list(rows)


async def process_events(session: AsyncSession, order_id: int) -> list[Event]:
    """The events of an order's process, the oldest first; its first one holds all of it."""
    rows = await session.scalars(
        select(OrderEventRow)
        .where(OrderEventRow.order_id == order_id, OrderEventRow.kind.in_(PROCESS_EVENTS))
        .order_by(OrderEventRow.id)
    )
    # An import's PLACED says no more than that.
    return [Event(row.kind, row.before, row.after) for row in rows if row.after is not None]


async def customer_by_code(
    session: AsyncSession, code: str, *, keeps_currency: bool = False
) -> CustomerRow | None:
    """The customer of that code.

    keeps_currency: its account's currency stays what it is until the transaction ends.
    """
    statement = select(CustomerRow).where(CustomerRow.code == code)
    if keeps_currency:
        statement = statement.with_for_update(read=True, key_share=False)
    return await session.scalar(statement)


async def region_of(session: AsyncSession, customer_id: int) -> str | None:
    """The code of a customer's region, where it belongs to one."""
    return await session.scalar(
        select(RegionRow.code)
        .join(CustomerRow, CustomerRow.region_id == RegionRow.id)
        .where(CustomerRow.id == customer_id)
    )
