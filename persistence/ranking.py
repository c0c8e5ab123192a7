"""What a proposed rank rests on: region, class, and what was ordered (P7)."""

import datetime as dt
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.orders.vocabularies import OrderStatus
from domain.ranking import RankFacts
from persistence.allocation.claiming import CLAIMING_KINDS
from persistence.tables import CustomerRow, OrderLineRow, OrderRow, RegionRow

# Nothing of these was ever bought, or what is wanted was not checked yet.
UNCOUNTED = (
    OrderStatus.CANCELLED,
    OrderStatus.REJECTED,
    OrderStatus.RECEIVED,
    OrderStatus.NEEDS_INFO,
)


async def rank_facts(session: AsyncSession, since: dt.datetime | None) -> list[RankFacts]:
    """One entry per customer that competes for goods, by code.

    since: orders placed before it don't count; None counts all.
    """
    ordered: Any = (
        select(
            OrderRow.customer_id,
            func.sum(OrderLineRow.units_ordered).label("units"),
        )
        .join(OrderLineRow, OrderLineRow.order_id == OrderRow.id)
        .where(OrderRow.status.not_in(UNCOUNTED))
        .group_by(OrderRow.customer_id)
    )
    if since is not None:
        ordered = ordered.where(OrderRow.placed_at >= since)
    ordered = ordered.subquery()
    rows = await session.execute(
        select(
            CustomerRow.code,
            RegionRow.code.label("region"),
            CustomerRow.customer_class,
            func.coalesce(ordered.c.units, 0).label("units"),
            CustomerRow.rank,
        )
        .outerjoin(RegionRow, RegionRow.id == CustomerRow.region_id)
        .outerjoin(ordered, ordered.c.customer_id == CustomerRow.id)
        .where(CustomerRow.kind.in_(CLAIMING_KINDS))
        .order_by(CustomerRow.code)
    )
    return [
        RankFacts(row.code, row.region, row.customer_class, int(row.units), row.rank)
        for row in rows
    ]
