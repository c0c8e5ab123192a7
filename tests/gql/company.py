"""A company with as many orders as a test wants, each with steps, a shipment and its tracking."""

import datetime as dt
from decimal import Decimal

from sqlalchemy import select

from domain.milestones import ORDER_MILESTONES
from domain.principals import SYSTEM
from persistence.tables import (
    CustomerRow,
    MilestoneRow,
    MilestoneStepRow,
    MilestoneTemplateRow,
    OrderEventRow,
    OrderLineRow,
    OrderRow,
    ShipmentLineRow,
    ShipmentRow,
    SkuRow,
    TrackingEventRow,
)
from services.allocation.run import run_allocation
from services.bootstrap import Dependencies
from services.supply import receive_goods
from tests.world import ARRIVAL, PLACED, add_order


async def shared_out(deps: Dependencies, *, more_franchisees: int = 0) -> int:
    """The tiny company after its 12 tees were shared out; the run's key.

    more_franchisees: each wants one tee and has nothing, after those of the tiny company.
    """
    async with deps.unit_of_work(SYSTEM) as uow:
        sku_id = await uow.session.scalar(select(SkuRow.id))
        assert sku_id is not None
        for place in range(more_franchisees):
            code = f"M{place:02}"
            await add_order(uow, code, 10 + place, "0.00", f"O-{code}", sku_id, 1)
        received = await receive_goods(ARRIVAL, uow)
    assert received.run_id is not None
    await run_allocation(received.run_id, deps)
    return received.run_id


async def add_orders(deps: Dependencies, customer: str, count: int) -> list[int]:
    """More orders of a customer, a day apart: N-000 was placed first. Their keys, in that order.

    Each has all seventeen steps (1 closed on time, 2 closed late, 3 overdue, 4 due soon, the rest
    without a day), one line, one shipment that has left, and two tracking events.
    """
    keys = []
    async with deps.unit_of_work(SYSTEM) as uow:
        session, today = uow.session, uow.now.date()
        customer_id = await session.scalar(
            select(CustomerRow.id).where(CustomerRow.code == customer)
        )
        assert customer_id is not None
        sku_id = await session.scalar(select(SkuRow.id))
        steps = list(
            await session.scalars(
                select(MilestoneStepRow)
                .join(MilestoneTemplateRow, MilestoneTemplateRow.id == MilestoneStepRow.template_id)
                .where(MilestoneTemplateRow.code == ORDER_MILESTONES)
            )
        )
        for place in range(count):
            order = OrderRow(
                order_number=f"N-{customer}-{place:03}",
                customer_id=customer_id,
                status="SHIPPED",
                placed_at=PLACED + dt.timedelta(days=place + 1),
                currency="CNY",
                total=Decimal("20.00"),
            )
            session.add(order)
            await session.flush()
            keys.append(order.id)
            owner = {"order_id": order.id, "customer_id": customer_id}
            line = OrderLineRow(
                **owner,
                line_no=1,
                sku_id=sku_id,
                units_ordered=2,
                units_shipped=2,
                unit_price=Decimal("10.00"),
                amount=Decimal("20.00"),
            )
            shipment = ShipmentRow(
                **owner,
                shipment_number=f"SH-{customer}-{place:03}",
                status="DISPATCHED",
                carrier="SF",
                tracking_number=f"T{place}",
                shipped_at=PLACED,
            )
            session.add_all([line, shipment])
            await session.flush()
            session.add_all(
                [
                    ShipmentLineRow(
                        shipment_id=shipment.id,
                        customer_id=customer_id,
                        order_line_id=line.id,
                        sku_id=sku_id,
                        units=2,
                    ),
                    *(
                        TrackingEventRow(
                            shipment_id=shipment.id,
                            customer_id=customer_id,
                            at=PLACED + dt.timedelta(hours=hours),
                            code=code,
                        )
                        for hours, code in ((1, "PICKED_UP"), (5, "IN_TRANSIT"))
                    ),
                    *(_milestone(step, owner, today) for step in steps),
                ]
            )
    return keys


async def change_order(deps: Dependencies, order_id: int, kind: str = "NOTED") -> None:
    """Something happens to an order."""
    async with deps.unit_of_work(SYSTEM) as uow:
        order = await uow.session.get_one(OrderRow, order_id)
        order.version += 1
        uow.session.add(
            OrderEventRow(
                order_id=order_id,
                customer_id=order.customer_id,
                at=uow.now,
                kind=kind,
                actor="test",
                reason="a test",
            )
        )


def _milestone(step: MilestoneStepRow, owner: dict[str, int], today: dt.date) -> MilestoneRow:
    days = {1: -10, 2: -10, 3: -2, 4: 2}.get(step.number)
    closed = {1: -10, 2: -5}.get(step.number)
    return MilestoneRow(
        **owner,
        step_id=step.id,
        owner_role=step.owner_role,
        takes_closed=step.takes_closed,
        is_open=closed is None,
        estimated_on=None if days is None else today + dt.timedelta(days=days),
        closed_on=None if closed is None else today + dt.timedelta(days=closed),
        closed_by=None if closed is None else "Li",
    )
