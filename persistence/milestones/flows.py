"""The steps of an order under one template, read and locked together."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.limits import LAST_DAY
from domain.milestones.steps import WORKING
from persistence.tables import (
    CustomerRow,
    MilestoneEventRow,
    MilestonePlanRow,
    MilestoneRow,
    MilestoneStepRow,
    MilestoneVendorDateRow,
    OrderEventRow,
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


async def rows_of_orders(
    session: AsyncSession, order_ids: Sequence[int]
) -> list[tuple[MilestoneRow, MilestoneStepRow]]:
    """All steps of these orders as they are now, whatever this transaction read before."""
    found = await session.execute(
        select(MilestoneRow, MilestoneStepRow)
        .join(MilestoneStepRow, MilestoneStepRow.id == MilestoneRow.step_id)
        .where(MilestoneRow.order_id.in_(order_ids))
        .order_by(MilestoneRow.order_id, MilestoneStepRow.template_id, MilestoneStepRow.number)
        .execution_options(populate_existing=True)
    )
    return [(row[0], row[1]) for row in found]


async def plans_of_orders(
    session: AsyncSession, order_ids: Sequence[int]
) -> dict[tuple[int, int], MilestonePlanRow]:
    """What the estimates of these orders hang on, by order and template."""
    found = await session.scalars(
        select(MilestonePlanRow)
        .where(MilestonePlanRow.order_id.in_(order_ids))
        .execution_options(populate_existing=True)
    )
    return {(row.order_id, row.template_id): row for row in found}


# What changes of a step; the rest is given when it is added, or computed.
_CHANGING = (
    "owner_person_id",
    "estimated_on",
    "event_on",
    "confirmed",
    "first_estimated_on",
    "baseline_on",
    "reported_on",
    "reckoned_on",
    "waits",
    "started_at",
    "closed_on",
    "closed_by",
    "closed_at",
    "skipped",
    "is_open",
    "told_state",
    "note",
    "version",
)


async def write_together(session: AsyncSession) -> None:
    """Write every step that this transaction changed with one statement, and their history.

    Left to itself the session sends one for each, since each changed something else. The steps
    are read anew when they are asked for again.
    """
    changed = [
        row for row in session.dirty if isinstance(row, MilestoneRow) and session.is_modified(row)
    ]
    values = [
        {"id": row.id, **{name: getattr(row, name) for name in _CHANGING}}
        for row in sorted(changed, key=lambda row: row.id)
    ]
    if values:
        with session.no_autoflush:
            await session.execute(update(MilestoneRow), values)
        for row in changed:
            session.expire(row)
    await session.flush()


async def orders_counting_from(session: AsyncSession, day: dt.date) -> set[int]:
    """Orders with an open step, unconfirmed, that is due from a day on and counts working days."""
    found = await session.scalars(
        select(MilestoneRow.order_id)
        .join(MilestoneStepRow, MilestoneStepRow.id == MilestoneRow.step_id)
        .where(
            MilestoneRow.is_open,
            MilestoneRow.closed_on.is_(None),
            ~MilestoneRow.confirmed,
            MilestoneRow.due_on.between(day, LAST_DAY),
            MilestoneStepRow.estimate_rules.contains([{"unit": WORKING}]),
        )
        .distinct()
    )
    return set(found)


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


async def last_event(session: AsyncSession, order_id: int, kind: str) -> OrderEventRow | None:
    """The newest event of a kind in an order's history."""
    return await session.scalar(
        select(OrderEventRow)
        .where(OrderEventRow.order_id == order_id, OrderEventRow.kind == kind)
        .order_by(OrderEventRow.id.desc())
        .limit(1)
    )
