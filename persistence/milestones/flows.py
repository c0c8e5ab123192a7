"""The steps of an order under one template, read and locked together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.tables import (
    CustomerRow,
    MilestoneEventRow,
    MilestonePlanRow,
    MilestoneRow,
    MilestoneStepRow,
    MilestoneVendorDateRow,
    OrderRow,
)
from persistence.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class LockedOrder:
    """What milestones need to know of an order; nobody else changes its steps meanwhile."""

    id: int
    customer_id: int
    status: str
    order_number: str
    salesperson_id: int | None


async def lock_orders(session: AsyncSession, order_ids: Sequence[int]) -> list[LockedOrder]:
    """Lock these orders, in the order of their keys, until the transaction ends."""
    found = await session.execute(
        select(
            OrderRow.id,
            OrderRow.customer_id,
            OrderRow.status,
            OrderRow.order_number,
            CustomerRow.salesperson_id,
        )
        .join(CustomerRow, CustomerRow.id == OrderRow.customer_id)
        .where(OrderRow.id.in_(order_ids))
        .order_by(OrderRow.id)
        .with_for_update(of=OrderRow)
    )
    return [LockedOrder(*row) for row in found]


async def places_of(
    session: AsyncSession, milestone_ids: Sequence[int]
) -> dict[int, tuple[int, int, int]]:
    """The order, template and number of each of these milestones, where it may be seen."""
    found = await session.execute(
        select(
            MilestoneRow.id,
            MilestoneRow.order_id,
            MilestoneStepRow.template_id,
            MilestoneStepRow.number,
        )
        .join(MilestoneStepRow, MilestoneStepRow.id == MilestoneRow.step_id)
        .where(MilestoneRow.id.in_(milestone_ids))
    )
    return {row.id: (row.order_id, row.template_id, row.number) for row in found}


async def rows_of_order(
    session: AsyncSession, order_id: int
) -> list[tuple[MilestoneRow, MilestoneStepRow]]:
    """All steps of an order as they are now, whatever this transaction read of them before."""
    found = await session.execute(
        select(MilestoneRow, MilestoneStepRow)
        .join(MilestoneStepRow, MilestoneStepRow.id == MilestoneRow.step_id)
        .where(MilestoneRow.order_id == order_id)
        .order_by(MilestoneStepRow.template_id, MilestoneStepRow.number)
        .execution_options(populate_existing=True)
    )
    return [(row[0], row[1]) for row in found]


async def plans_of_order(session: AsyncSession, order_id: int) -> dict[int, MilestonePlanRow]:
    """What the estimates of an order hang on, by template."""
    found = await session.scalars(
        select(MilestonePlanRow)
        .where(MilestonePlanRow.order_id == order_id)
        .execution_options(populate_existing=True)
    )
    return {row.template_id: row for row in found}


async def add_plan(
    uow: UnitOfWork,
    order: LockedOrder,
    template_id: int,
    *,
    terms: dict[str, int],
    events: dict[str, str],
) -> MilestonePlanRow:
    """A new plan of an order."""
    row = MilestonePlanRow(
        order_id=order.id,
        customer_id=order.customer_id,
        template_id=template_id,
        terms=terms,
        events=events,
        started_at=uow.now,
        started_by=uow.actor,
    )
    uow.session.add(row)
    await uow.session.flush()
    return row


async def add_steps(
    session: AsyncSession,
    order: LockedOrder,
    steps: Sequence[MilestoneStepRow],
    persons: dict[str, int | None],
) -> None:
    """Every step of a template for an order; persons: who does the steps of a role."""
    values = [
        {
            "order_id": order.id,
            "customer_id": order.customer_id,
            "step_id": step.id,
            "owner_role": step.owner_role,
            "owner_person_id": persons.get(step.owner_role),
            "takes_closed": step.takes_closed,
        }
        for step in steps
    ]
    await session.execute(insert(MilestoneRow), values)


async def add_event(
    uow: UnitOfWork,
    row: MilestoneRow,
    kind: str,
    *,
    reason: str | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """One line of a milestone's history."""
    uow.session.add(
        MilestoneEventRow(
            milestone_id=row.id,
            order_id=row.order_id,
            customer_id=row.customer_id,
            at=uow.now,
            kind=kind,
            actor=uow.actor,
            reason=reason,
            before=before,
            after=after,
        )
    )


async def add_vendor_date(
    uow: UnitOfWork, row: MilestoneRow, vendor: str, promised_on: Any
) -> MilestoneVendorDateRow:
    """A day that a vendor gave."""
    date = MilestoneVendorDateRow(
        milestone_id=row.id,
        order_id=row.order_id,
        customer_id=row.customer_id,
        vendor=vendor,
        promised_on=promised_on,
        recorded_at=uow.now,
        recorded_by=uow.actor,
    )
    uow.session.add(date)
    await uow.session.flush()
    return date


async def vendor_dates(session: AsyncSession, milestone_id: int) -> list[MilestoneVendorDateRow]:
    """All days that vendors gave for a milestone, the oldest first."""
    statement = select(MilestoneVendorDateRow).where(
        MilestoneVendorDateRow.milestone_id == milestone_id
    )
    return list(await session.scalars(statement.order_by(MilestoneVendorDateRow.id)))


async def end_open_steps(session: AsyncSession, order_id: int) -> list[int]:
    """Take what is left of an order's steps off the work lists; their keys."""
    ended = await session.scalars(
        update(MilestoneRow)
        .where(MilestoneRow.order_id == order_id, MilestoneRow.is_open)
        .values(is_open=False, version=MilestoneRow.version + 1)
        .returning(MilestoneRow.id)
    )
    return list(ended)


async def settle_passed_days(session: AsyncSession, today: Any, limit: int) -> int:
    """Take steps that are days in the calendar off the work lists once their day has passed."""
    passed = (
        select(MilestoneRow.id)
        .where(MilestoneRow.is_open, ~MilestoneRow.takes_closed, MilestoneRow.due_on < today)
        .order_by(MilestoneRow.due_on, MilestoneRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    settled = await session.scalars(
        update(MilestoneRow)
        .where(MilestoneRow.id.in_(passed))
        .values(is_open=False)
        .returning(MilestoneRow.id)
    )
    return len(settled.all())


async def tell_due(session: AsyncSession, today: Any, soon: Any, limit: int) -> int:
    """Note which open steps are due soon or overdue and were not told of; triggers tell it."""
    told = 0
    for state, due in (
        ("OVERDUE", MilestoneRow.due_on < today),
        ("DUE_SOON", MilestoneRow.due_on.between(today, soon)),
    ):
        found = (
            select(MilestoneRow.id)
            .where(
                MilestoneRow.is_open,
                MilestoneRow.takes_closed | (MilestoneRow.due_on >= today),
                due,
                func.coalesce(MilestoneRow.told_state, "") != state,
            )
            .order_by(MilestoneRow.due_on, MilestoneRow.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        changed = await session.scalars(
            update(MilestoneRow)
            .where(MilestoneRow.id.in_(found))
            .values(told_state=state)
            .returning(MilestoneRow.id)
        )
        told += len(changed.all())
    return told
