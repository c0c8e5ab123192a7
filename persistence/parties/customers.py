"""Customers' own files: who they are, whom to talk to, what they traded (P2)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.funding import FundsAccount, FundsTransactionKind
from domain.orders.vocabularies import OrderStatus
from persistence.lookups import lists_by
from persistence.tables import (
    CustomerContactRow,
    CustomerRow,
    LedgerPostingRow,
    LedgerTransactionRow,
    OrderLineRow,
    OrderRow,
    PricePlanRow,
)

# New customers stand behind all ranked ones; CHANNEL gives them their own place.
FIRST_RANK = 1


@dataclass(frozen=True, slots=True)
class TradingHistory:
    """What a customer has traded so far; cancelled orders don't count."""

    orders: int
    open_orders: int
    units_ordered: int
    units_shipped: int
    value: Decimal
    paid: Decimal
    first_order_at: dt.datetime | None
    last_order_at: dt.datetime | None


async def currencies(session: AsyncSession, codes: Sequence[str]) -> dict[str, str]:
    """The currency of each of these customers' accounts, by code; unknown ones are left out."""
    rows = await session.execute(
        select(CustomerRow.code, CustomerRow.currency).where(CustomerRow.code.in_(codes))
    )
    return {row.code: row.currency for row in rows}


async def customer_for_update(session: AsyncSession, code: str) -> CustomerRow | None:
    """The customer of that code, locked until the transaction ends."""
    return await session.scalar(
        select(CustomerRow)
        .where(CustomerRow.code == code)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


async def last_rank(session: AsyncSession) -> int:
    """The rank behind all that are entered."""
    found = await session.scalar(select(func.max(CustomerRow.rank)))
    return FIRST_RANK if found is None else int(found) + 1


async def add_customer(session: AsyncSession, customer: CustomerRow) -> int:
    """A new customer."""
    session.add(customer)
    await session.flush()
    return customer.id


async def price_plan(session: AsyncSession, code: str) -> tuple[int, str] | None:
    """The key and the currency of a price plan."""
    row = (
        await session.execute(
            select(PricePlanRow.id, PricePlanRow.currency).where(PricePlanRow.code == code)
        )
    ).first()
    return None if row is None else (row.id, row.currency)


async def no_main_contact(session: AsyncSession, customer_id: int) -> None:
    """Let no contact be the main one any more: another is about to be."""
    await session.execute(
        update(CustomerContactRow)
        .where(CustomerContactRow.customer_id == customer_id, CustomerContactRow.is_main)
        .values(is_main=False, version=CustomerContactRow.version + 1)
    )


async def contacts_for_update(
    session: AsyncSession, ids: Sequence[int]
) -> dict[int, CustomerContactRow]:
    """These contacts, locked in the order of their keys until the transaction ends."""
    if not ids:
        return {}
    rows = await session.scalars(
        select(CustomerContactRow)
        .where(CustomerContactRow.id.in_(ids))
        .order_by(CustomerContactRow.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


async def contacts_by_customer(
    session: AsyncSession, customer_ids: Sequence[int]
) -> dict[int, list[CustomerContactRow]]:
    """Whom to talk to at each customer, the main contact first; erased ones are left out."""
    found: dict[int, list[CustomerContactRow]] = await lists_by(
        session,
        select(CustomerContactRow).where(CustomerContactRow.erased_at.is_(None)),
        CustomerContactRow.customer_id,
        customer_ids,
        CustomerContactRow.is_main.desc(),
        CustomerContactRow.id,
    )
    return found


async def contacts_by_id(
    session: AsyncSession, ids: Sequence[int]
) -> dict[int, CustomerContactRow]:
    """These contacts, where they may be seen."""
    rows = await session.scalars(select(CustomerContactRow).where(CustomerContactRow.id.in_(ids)))
    return {row.id: row for row in rows}


async def trading_by_customer(
    session: AsyncSession, customer_ids: Sequence[int]
) -> dict[int, TradingHistory]:
    """What each customer has traded so far."""
    counted = OrderRow.status != OrderStatus.CANCELLED
    orders = await session.execute(
        select(
            OrderRow.customer_id,
            func.count().label("orders"),
            func.count()
            .filter(OrderRow.status.not_in((OrderStatus.CLOSED, OrderStatus.DELIVERED)))
            .label("open"),
            func.sum(OrderRow.total).label("value"),
            func.min(OrderRow.placed_at).label("first"),
            func.max(OrderRow.placed_at).label("last"),
        )
        .where(OrderRow.customer_id.in_(customer_ids), counted)
        .group_by(OrderRow.customer_id)
    )
    units = await session.execute(
        select(
            OrderLineRow.customer_id,
            # An order that is not checked yet may not say how many.
            func.coalesce(func.sum(OrderLineRow.units_ordered), 0).label("ordered"),
            func.sum(OrderLineRow.units_shipped).label("shipped"),
        )
        .join(OrderRow, OrderRow.id == OrderLineRow.order_id)
        .where(OrderLineRow.customer_id.in_(customer_ids), counted)
        .group_by(OrderLineRow.customer_id)
    )
    paid = await session.execute(
        select(LedgerPostingRow.customer_id, func.sum(LedgerPostingRow.amount).label("paid"))
        .join(LedgerTransactionRow, LedgerTransactionRow.id == LedgerPostingRow.transaction_id)
        .where(
            LedgerPostingRow.customer_id.in_(customer_ids),
            LedgerPostingRow.account == FundsAccount.CUSTOMER_FUNDS,
            LedgerTransactionRow.kind.in_(
                (FundsTransactionKind.RECEIPT, FundsTransactionKind.DEPOSIT)
            ),
        )
        .group_by(LedgerPostingRow.customer_id)
    )
    by_orders = {row.customer_id: row for row in orders}
    by_units = {row.customer_id: row for row in units}
    by_paid = {row.customer_id: row.paid for row in paid}
    found = {}
    for key in customer_ids:
        order, unit = by_orders.get(key), by_units.get(key)
        found[key] = TradingHistory(
            orders=order.orders if order else 0,
            open_orders=order.open if order else 0,
            units_ordered=int(unit.ordered) if unit else 0,
            units_shipped=int(unit.shipped) if unit else 0,
            value=order.value if order else Decimal(0),
            paid=by_paid.get(key, Decimal(0)),
            first_order_at=order.first if order else None,
            last_order_at=order.last if order else None,
        )
    return found


async def currency_of(session: AsyncSession, customer_id: int) -> str:
    """The currency that a customer's account is in."""
    return str(
        await session.scalar(select(CustomerRow.currency).where(CustomerRow.id == customer_id))
    )
