"""Orders locked for what belongs to them: steps, production, time limits."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.tables import CustomerRow, MilestoneRow, OrderRow


@dataclass(frozen=True, slots=True)
class LockedOrder:
    """What of an order its steps and production need; nobody else changes these meanwhile."""

    id: int
    customer_id: int
    status: str
    order_number: str
    salesperson_id: int | None
    placed_at: dt.datetime


async def lock_orders(session: AsyncSession, order_ids: Sequence[int]) -> list[LockedOrder]:
    """Lock these orders, in the order of their keys, until the transaction ends."""
    found = await session.execute(
        select(
            OrderRow.id,
            OrderRow.customer_id,
            OrderRow.status,
            OrderRow.order_number,
            CustomerRow.salesperson_id,
            OrderRow.placed_at,
        )
        .join(CustomerRow, CustomerRow.id == OrderRow.customer_id)
        .where(OrderRow.id.in_(order_ids))
        .order_by(OrderRow.id)
        .with_for_update(of=OrderRow, key_share=True)
    )
    return [LockedOrder(*row) for row in found]


async def lock_orders_of_milestones(
    session: AsyncSession, milestone_ids: Sequence[int]
) -> list[int]:
    """Lock the orders of these milestones, in the order of their keys, where they may be seen."""
    found = await session.scalars(
        select(OrderRow.id)
        .where(
            OrderRow.id.in_(select(MilestoneRow.order_id).where(MilestoneRow.id.in_(milestone_ids)))
        )
        .order_by(OrderRow.id)
        .with_for_update(key_share=True)
    )
    return list(found)
