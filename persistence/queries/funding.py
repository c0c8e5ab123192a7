"""What is known of customers' money?"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Numeric, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.tables import (
    CustomerFundsRow,
    CustomerRow,
    GuaranteeRow,
    OrderLineRow,
    OrderRow,
    PaymentExtensionRow,
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
        cast(OrderLineRow.unit_price * (OrderLineRow.units_ordered - given), Numeric(18, 2)),
        OrderLineRow.customer_id == CustomerRow.id,
        given < OrderLineRow.units_ordered,
        OrderLineRow.order_id.in_(
            select(OrderRow.id).where(
                OrderRow.customer_id == CustomerRow.id, OrderRow.status == "CONFIRMED"
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


def _sum_of(amount: Any, *conditions: ColumnElement[bool]) -> Any:
    return select(func.coalesce(func.sum(amount), 0)).where(*conditions).scalar_subquery()
