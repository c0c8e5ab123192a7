"""What is known of customers' money?"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    and_,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from domain.funding import FundsAccount, FundsTransactionKind
from domain.orders.vocabularies import OrderStatus
from persistence.lookups import newest_by_order
from persistence.tables import (
    CustomerFundsRow,
    CustomerRow,
    GuaranteeRow,
    LedgerPostingRow,
    LedgerTransactionRow,
    OrderLineRow,
    OrderRow,
    PaymentExtensionRow,
    ShipmentRow,
)

# What the ledger enters under a shipment's number and under an order's, with the account whose
# posting has the amount with the sign that clients see.
_OF_SHIPMENTS = (
    (FundsTransactionKind.HOLD, FundsAccount.CUSTOMER_HOLDS),
    (FundsTransactionKind.HOLD_RELEASE, FundsAccount.CUSTOMER_FUNDS),
    (FundsTransactionKind.GOODS_ISSUE, FundsAccount.SALES),
)
_OF_ORDERS = (
    (FundsTransactionKind.DEPOSIT_RELEASE, FundsAccount.CUSTOMER_FUNDS),
    (FundsTransactionKind.FORFEIT, FundsAccount.FORFEITS),
)


@dataclass(frozen=True, slots=True)
class FundsView:
    """The figures of one customer, in its currency."""

    customer_id: int
    currency: str
    payment_terms: str
    credit_limit: Decimal | None
    balance: Decimal
    held: Decimal
    blocked: bool
    confirmed_on: dt.date | None
    guarantees: Decimal
    extensions: Decimal
    open_order_value: Decimal
    version: int


async def funds_by_customer(
    session: AsyncSession, customers: Sequence[int], today: dt.date
) -> dict[int, FundsView]:
    """Each customer's figures; one without a ledger yet has nothing."""
    guarantees = _sum_of(
        GuaranteeRow.amount,
        GuaranteeRow.customer_id == CustomerRow.id,
        GuaranteeRow.ended_at.is_(None),
    )
    extensions = _sum_of(
        PaymentExtensionRow.amount,
        PaymentExtensionRow.customer_id == CustomerRow.id,
        or_(PaymentExtensionRow.ends_on.is_(None), PaymentExtensionRow.ends_on >= today),
    )
    given = OrderLineRow.units_shipped + OrderLineRow.units_held + OrderLineRow.units_reserved
    open_value = _sum_of(
        func.rounded_amount(
            OrderLineRow.unit_price * (OrderLineRow.units_ordered - given), CustomerRow.currency
        ),
        OrderLineRow.customer_id == CustomerRow.id,
        given < OrderLineRow.units_ordered,
        OrderLineRow.order_id.in_(
            select(OrderRow.id).where(
                OrderRow.customer_id == CustomerRow.id, OrderRow.status == OrderStatus.CONFIRMED
            )
        ),
    )
    statement = (
        select(
            CustomerRow.id,
            CustomerRow.currency,
            CustomerRow.payment_terms,
            CustomerRow.credit_limit,
            func.coalesce(CustomerFundsRow.balance, 0),
            func.coalesce(CustomerFundsRow.held, 0),
            func.coalesce(CustomerFundsRow.blocked, False),
            CustomerFundsRow.confirmed_on,
            guarantees,
            extensions,
            open_value,
            func.coalesce(CustomerFundsRow.version, 0),
        )
        .outerjoin(CustomerFundsRow, CustomerFundsRow.customer_id == CustomerRow.id)
        .where(CustomerRow.id.in_(customers))
    )
    return {row[0]: FundsView(*row) for row in await session.execute(statement)}


async def movements_by_order(session: AsyncSession, orders: Sequence[int]) -> dict[int, list[Any]]:
    """What the ledger has under each order's number or under its shipments', the oldest first.

    Rows of id, order_id, at, kind, actor, amount, currency, shipment_id and shipment_number.
    """
    of_shipments = _movements(
        _OF_SHIPMENTS, ShipmentRow.order_id, ShipmentRow.id, ShipmentRow.shipment_number
    ).join(
        ShipmentRow,
        and_(
            ShipmentRow.customer_id == LedgerTransactionRow.customer_id,
            ShipmentRow.shipment_number == LedgerTransactionRow.reference,
        ),
    )
    of_orders = _movements(
        _OF_ORDERS, OrderRow.id, literal(None, BigInteger), literal(None, String)
    ).join(
        OrderRow,
        and_(
            OrderRow.customer_id == LedgerTransactionRow.customer_id,
            OrderRow.order_number == LedgerTransactionRow.reference,
        ),
    )
    both = union_all(
        of_shipments.where(ShipmentRow.order_id.in_(orders)),
        of_orders.where(OrderRow.id.in_(orders)),
    ).subquery()
    return await newest_by_order(session, select(both), orders)


def _movements(
    kinds: Sequence[tuple[str, str]], order_id: Any, shipment_id: Any, number: Any
) -> Select[Any]:
    entry, side = LedgerTransactionRow, LedgerPostingRow
    return (
        select(
            entry.id,
            order_id.label("order_id"),
            entry.at,
            entry.kind,
            entry.actor,
            side.amount,
            side.currency,
            shipment_id.label("shipment_id"),
            number.label("shipment_number"),
        )
        .join_from(entry, side, side.transaction_id == entry.id)
        # Said twice, for the index over an entry's customer, kind and reference.
        .where(
            entry.kind.in_([kind for kind, _ in kinds]), tuple_(entry.kind, side.account).in_(kinds)
        )
    )


def _sum_of(amount: Any, *conditions: ColumnElement[bool]) -> Any:
    return select(func.coalesce(func.sum(amount), 0)).where(*conditions).scalar_subquery()
