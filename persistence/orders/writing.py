"""Writing an order back: only what a command has changed, with its event in the history (O15)."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import case, delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.messages import Message
from domain.orders.history import changes_between, to_json
from domain.orders.order import Order
from persistence.orders.reading import HEAD_COLUMNS, PROCESS_COLUMNS, TABLES
from persistence.tables import (
    CustomerContactRow,
    OrderEventRow,
    OrderLineRow,
    OrderProcessRow,
    OrderRow,
    SkuRow,
)
from persistence.unit_of_work import UnitOfWork


async def next_order_id(session: AsyncSession) -> int:
    """The key of an order to be; its number may be made from it."""
    key = await session.scalar(text("SELECT nextval(pg_get_serial_sequence('orders', 'id'))"))
    if key is None:
        raise LookupError("orders have no sequence")
    return int(key)


async def add_order(uow: UnitOfWork, order_id: int, customer_id: int, facts: Order) -> bool:
    """Write a new order with its lines and its process; False when its number is taken."""
    added = await uow.session.scalar(
        upsert(OrderRow)
        .values(
            id=order_id,
            order_number=facts.number,
            customer_id=customer_id,
            placed_at=uow.now,
            total=facts.total,
            **{name: getattr(facts, name) for name in HEAD_COLUMNS},
        )
        # By either of its two keys: the number as written, and what all its spellings share.
        .on_conflict_do_nothing()
        .returning(OrderRow.id)
    )
    if added is None:
        return False
    await add_process(uow.session, order_id, customer_id, facts)
    await _write_lines(uow.session, order_id, customer_id, facts)
    return True


async def add_process(session: AsyncSession, order_id: int, customer_id: int, facts: Order) -> None:
    """Write the first state of an order's process."""
    await session.execute(
        insert(OrderProcessRow).values(
            order_id=order_id,
            customer_id=customer_id,
            **{name: _column(getattr(facts, name)) for name in PROCESS_COLUMNS},
        )
    )


async def save(
    uow: UnitOfWork, order_id: int, customer_id: int, before: Order, after: Order
) -> None:
    """Write what has changed, and count the order's version up."""
    session = uow.session
    head = (
        update(OrderRow)
        .where(OrderRow.id == order_id)
        .values(
            total=after.total,
            version=OrderRow.version + 1,
            **{name: getattr(after, name) for name in HEAD_COLUMNS},
        )
        .execution_options(synchronize_session=False)
    )
    changed = {
        name: _column(getattr(after, name))
        for name in PROCESS_COLUMNS
        if getattr(before, name) != getattr(after, name)
    }
    if changed:
        # Head and process are one fact to everybody else, and one statement here.
        key = OrderProcessRow.__table__.c.order_id
        process = update(OrderProcessRow).where(key == order_id).values(changed)
        returned = process.returning(key)
        head = head.add_cte(returned.cte("process"))
    await session.execute(head)
    if (before.lines, before.currency) != (after.lines, after.currency):
        await _write_lines(session, order_id, customer_id, after)
    for name, table in TABLES.items():
        known = {entry.no: entry for entry in getattr(before, name)}
        entries = [e for e in getattr(after, name) if known.get(e.no) != e]
        await _write_entries(session, table, order_id, customer_id, entries)


def _column(value: Any) -> Any:
    """A fact as its column takes it: texts and entries as JSON, all else as it is."""
    return to_json(value) if isinstance(value, tuple | Message) else value


async def _write_entries(
    session: AsyncSession, table: type[Any], order_id: int, customer_id: int, entries: Sequence[Any]
) -> None:
    if not entries:
        return
    rows = [
        {
            "order_id": order_id,
            "customer_id": customer_id,
            **{item.name: _column(getattr(entry, item.name)) for item in fields(entry)},
        }
        for entry in entries
    ]
    statement = upsert(table).values(rows)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["order_id", "no"],
            set_={item.name: statement.excluded[item.name] for item in fields(entries[0])},
        )
    )


async def _write_lines(
    session: AsyncSession, order_id: int, customer_id: int, facts: Order
) -> None:
    """Make the order's lines these, complete or not; units given out stay given."""
    lines = facts.lines
    await session.execute(
        delete(OrderLineRow)
        .where(
            OrderLineRow.order_id == order_id,
            OrderLineRow.line_no.not_in([line.no for line in lines]),
        )
        .execution_options(synchronize_session=False)
    )
    if not lines:
        return
    found = await session.execute(
        select(SkuRow.code, SkuRow.id).where(SkuRow.code.in_({line.sku for line in lines}))
    )
    sku_ids = {row.code: row.id for row in found}
    rows = [
        {
            "order_id": order_id,
            "customer_id": customer_id,
            "line_no": line.no,
            "sku_id": sku_ids.get(line.sku),
            "stated_sku": None if line.sku in sku_ids else line.sku,
            "units_ordered": line.units,
            "unit_price": line.unit_price,
            "amount": line.amount(facts.currency),
            "specification": line.specification,
            "dropped_by": line.dropped_by,
        }
        for line in lines
    ]
    statement = upsert(OrderLineRow).values(rows)
    columns = (
        "sku_id",
        "stated_sku",
        "units_ordered",
        "unit_price",
        "amount",
        "specification",
        "dropped_by",
    )
    new: dict[str, Any] = {name: statement.excluded[name] for name in columns}
    # A pack of the line's own was of its former SKU.
    new["pack"] = case(
        (OrderLineRow.sku_id == statement.excluded.sku_id, OrderLineRow.pack), else_=None
    )
    await session.execute(
        statement.on_conflict_do_update(index_elements=["order_id", "line_no"], set_=new)
    )


async def append_event(
    uow: UnitOfWork,
    order_id: int,
    customer_id: int,
    kind: str,
    before: Order | None,
    after: Order,
    reason: str | None = None,
) -> None:
    """Write the event of a command: who, when, why, before and after (O15)."""
    was, now = changes_between(before, after)
    await uow.session.execute(
        insert(OrderEventRow).values(
            order_id=order_id,
            customer_id=customer_id,
            at=uow.now,
            kind=kind,
            actor=uow.actor,
            reason=reason,
            before=was,
            after=now,
        )
    )


async def has_file(session: AsyncSession, customer_id: int) -> bool:
    """Whether a customer's file names a person to talk to (P2)."""
    found = await session.scalar(
        select(CustomerContactRow.id)
        .where(
            CustomerContactRow.customer_id == customer_id,
            CustomerContactRow.erased_at.is_(None),
        )
        .limit(1)
    )
    return found is not None


async def past_orders(session: AsyncSession, customer_id: int) -> int:
    """How many orders a customer has placed, one being as good as many (P2)."""
    found = await session.scalar(
        select(OrderRow.id).where(OrderRow.customer_id == customer_id).limit(1)
    )
    return 0 if found is None else 1
