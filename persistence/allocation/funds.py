"""What is known of customers' money when goods are shared out."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, any_, func, literal, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.allocation.claiming import OPEN_LINE
from persistence.tables import (
    CustomerFundsRow,
    CustomerRow,
    GuaranteeRow,
    PaymentExtensionRow,
)

Rows = Sequence[Any]


async def open_order_values(session: AsyncSession, customers: Sequence[int]) -> dict[int, Decimal]:
    """What all open lines of these customers cost, whatever goods they are of."""
    rows = await session.execute(
        text(
            f"""
            SELECT line.customer_id,
              sum(held_price(line.unit_price, orders.currency) * (line.units_ordered
                - line.units_shipped - line.units_held - line.units_reserved)) AS amount
            FROM order_lines AS line JOIN orders ON orders.id = line.order_id
            WHERE line.customer_id = ANY(CAST(:customers AS bigint[]))
              AND orders.status = 'CONFIRMED'
              AND {OPEN_LINE}
            GROUP BY line.customer_id
            """  # noqa: S608 - words of ours
        ),
        {"customers": list(customers)},
    )
    return {row.customer_id: row.amount for row in rows}


async def funds(session: AsyncSession, today: dt.date, customer_ids: Sequence[int]) -> Rows:
    """What is known of these customers' money.

    Whoever changes a guarantee, extension or credit limit locks the customer's funds row first, so
    that these figures stand still while that row is locked.
    """
    guarantees = (
        select(func.coalesce(func.sum(GuaranteeRow.amount), 0))
        .where(GuaranteeRow.customer_id == CustomerRow.id, GuaranteeRow.ended_at.is_(None))
        .scalar_subquery()
    )
    extensions = (
        select(func.coalesce(func.sum(PaymentExtensionRow.amount), 0))
        .where(
            PaymentExtensionRow.customer_id == CustomerRow.id,
            or_(PaymentExtensionRow.ends_on.is_(None), PaymentExtensionRow.ends_on >= today),
        )
        .scalar_subquery()
    )
    rows = await session.execute(
        select(
            CustomerRow.id,
            CustomerRow.code,
            CustomerRow.rank,
            CustomerRow.reserve_rank,
            CustomerRow.payment_terms,
            CustomerRow.credit_limit,
            CustomerRow.currency,
            func.coalesce(CustomerFundsRow.balance, 0).label("balance"),
            func.coalesce(CustomerFundsRow.blocked, False).label("blocked"),
            CustomerFundsRow.confirmed_on,
            guarantees.label("guarantees"),
            extensions.label("extensions"),
        )
        .outerjoin(CustomerFundsRow, CustomerFundsRow.customer_id == CustomerRow.id)
        # One array, since a statement takes some thirty thousand parameters at most.
        .where(CustomerRow.id == any_(literal(list(customer_ids), ARRAY(BigInteger))))
        .order_by(CustomerRow.id)
    )
    return list(rows)
