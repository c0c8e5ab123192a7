"""Writing an order back: only what an act has changed, with its event in the history (O15)."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.orders.facts import NEEDS_INFO, RECEIVED, OrderFacts
from domain.orders.history import changes_between, told
from persistence.orders.reading import LIFE_COLUMNS, TABLES
from persistence.tables import (
    CustomerContactRow,
    OrderEventRow,
    OrderLifeRow,
    OrderLineRow,
    OrderRow,
    SkuRow,
)
from persistence.unit_of_work import UnitOfWork

# The facts that are columns of an order's head.
_HEAD = ("status", "required_on", "promised_on")


async def next_order_id(session: AsyncSession) -> int:
    """The key of an order to be; its number may be made from it."""
    key = await session.scalar(text("SELECT nextval(pg_get_serial_sequence('orders', 'id'))"))
    if key is None:
        raise LookupError("orders have no sequence")
    return int(key)


async def add_order(
    uow: UnitOfWork, order_id: int, customer_id: int, facts: OrderFacts, details: Mapping[str, Any]
) -> bool:
    """Write a new order with its life; False when its number is taken.

    details: what the rules don't ask about, such as ship_complete and the customer's own number.
    """
    added = await uow.session.scalar(
        upsert(OrderRow)
        .values(
            id=order_id,
            order_number=facts.number,
            customer_id=customer_id,
            placed_at=uow.now,
            currency=facts.currency,
            total=facts.total,
            **{name: getattr(facts, name) for name in _HEAD},
            **details,
        )
        # By either of its two keys: the number as written, and what all its spellings share.
        .on_conflict_do_nothing()
        .returning(OrderRow.id)
    )
    if added is None:
        return False
    await add_life(uow.session, order_id, customer_id, facts)
    return True


async def add_life(
    session: AsyncSession, order_id: int, customer_id: int, facts: OrderFacts
) -> None:
    """Begin to keep an order's life."""
    await session.execute(
        insert(OrderLifeRow).values(
            order_id=order_id,
            customer_id=customer_id,
            stated_lines=told(facts.lines),
            **{name: _column(getattr(facts, name)) for name in LIFE_COLUMNS},
        )
    )


async def save(
    uow: UnitOfWork, order_id: int, customer_id: int, before: OrderFacts, after: OrderFacts
) -> None:
    """Write what has changed, and count the order's version up."""
    session = uow.session
    await session.execute(
        update(OrderRow)
        .where(OrderRow.id == order_id)
        .values(
            total=after.total,
            version=OrderRow.version + 1,
            **{name: getattr(after, name) for name in _HEAD},
        )
        .execution_options(synchronize_session=False)
    )
    changed = {
        name: _column(getattr(after, name))
        for name in LIFE_COLUMNS
        if getattr(before, name) != getattr(after, name)
    }
    if before.lines != after.lines:
        changed["stated_lines"] = told(after.lines)
    if changed:
        await session.execute(
            update(OrderLifeRow)
            .where(OrderLifeRow.order_id == order_id)
            .values(changed)
            .execution_options(synchronize_session=False)
        )
    begins = before.status in (RECEIVED, NEEDS_INFO)
    if after.status not in (RECEIVED, NEEDS_INFO) and (begins or before.lines != after.lines):
        await _write_lines(session, order_id, customer_id, after)
    for name, table in TABLES.items():
        known = {entry.no: entry for entry in getattr(before, name)}
        entries = [e for e in getattr(after, name) if known.get(e.no) != e]
        await _write_entries(session, table, order_id, customer_id, entries)


def _column(value: Any) -> Any:
    """A fact as its column takes it: texts and entries as JSON, all else as it is."""
    return told(value) if isinstance(value, tuple) else value


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
    session: AsyncSession, order_id: int, customer_id: int, facts: OrderFacts
) -> None:
    """Make the order's lines those that were checked or changed; units given out stay given."""
    lines = facts.lines
    found = await session.execute(
        select(SkuRow.code, SkuRow.id).where(SkuRow.code.in_({line.sku for line in lines}))
    )
    sku_ids = {row.code: row.id for row in found}
    await session.execute(
        delete(OrderLineRow)
        .where(
            OrderLineRow.order_id == order_id,
            OrderLineRow.line_no.not_in([line.no for line in lines]),
        )
        .execution_options(synchronize_session=False)
    )
    rows = [
        {
            "order_id": order_id,
            "customer_id": customer_id,
            "line_no": line.no,
            "sku_id": sku_ids[str(line.sku)],
            "units_ordered": line.units,
            "unit_price": line.unit_price,
            "amount": line.amount(facts.currency),
            "specification": line.specification,
        }
        for line in lines
    ]
    statement = upsert(OrderLineRow).values(rows)
    columns = ("sku_id", "units_ordered", "unit_price", "amount", "specification")
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["order_id", "line_no"],
            set_={name: statement.excluded[name] for name in columns},
        )
    )


async def tell(
    uow: UnitOfWork,
    order_id: int,
    customer_id: int,
    kind: str,
    before: OrderFacts | None,
    after: OrderFacts,
    reason: str | None = None,
) -> None:
    """Write the event of an act: who, when, why, before and after (O15)."""
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
    """Whether a customer's file names somebody to talk to (P2)."""
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
