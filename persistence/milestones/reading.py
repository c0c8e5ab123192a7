"""The steps of orders as facts: all that a command needs of them, in one statement."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Row, Select, case, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from domain.limits import LAST_DAY
from domain.milestones.model import OrderMilestones, Plan, StepFacts, VendorDate
from domain.milestones.steps import WORKING
from persistence.milestones.templates import step_of
from persistence.tables import (
    CustomerRow,
    MilestonePlanRow,
    MilestoneRow,
    MilestoneStepRow,
    MilestoneTemplateRow,
    MilestoneVendorDateRow,
    OrderEventRow,
    OrderRow,
)

# A step's facts are the columns of these names.
FACTS = tuple(each.name for each in fields(StepFacts))


@dataclass(frozen=True)
class LoadedMilestones:
    """An order's steps under one template with the keys of their rows.

    step_ids and ids: of the template's steps and of the order's own, by number; an order that has
    not begun with a template has none of its own.
    """

    order_id: int
    customer_id: int
    salesperson_id: int | None
    template_id: int
    template: str
    step_ids: Mapping[int, int]
    ids: Mapping[int, int]
    milestones: OrderMilestones


async def load_milestones(
    session: AsyncSession,
    order_ids: Sequence[int],
    zone: dt.tzinfo,
    *,
    template: str | None = None,
) -> list[LoadedMilestones]:
    """All steps of these orders, by order and template, as they are in the database now.

    template: the code of one that the orders are to begin with: its current steps are found too
    where an order has none of them.
    """
    found: dict[tuple[int, int], list[Row[Any]]] = {}
    for row in await session.execute(_statement(order_ids, template)):
        found.setdefault((row.order_id, row.MilestoneStepRow.template_id), []).append(row)
    return [_loaded(rows, zone) for rows in found.values()]


def facts_of(row: Any) -> StepFacts:
    """The facts of a step from its row."""
    return StepFacts(**{name: getattr(row, name) for name in FACTS})


def plan_of(row: MilestonePlanRow | None) -> Plan | None:
    """What a row keeps of an order's anchors."""
    return None if row is None else _plan(row.events, row.terms, row.wanted_on)


def anchor_days(events: Mapping[str, str]) -> dict[str, dt.date]:
    """Days of events as a row keeps them."""
    return {name: dt.date.fromisoformat(day) for name, day in events.items()}


def _plan(events: Mapping[str, str], terms: Mapping[str, int], wanted_on: dt.date | None) -> Plan:
    return Plan(anchor_days(events), {name: int(days) for name, days in terms.items()}, wanted_on)


def _statement(order_ids: Sequence[int], template: str | None) -> Select[Any]:
    step, own, plan = MilestoneStepRow, MilestoneRow, MilestonePlanRow
    given = (
        select(
            func.jsonb_agg(
                aggregate_order_by(
                    func.jsonb_build_array(
                        MilestoneVendorDateRow.vendor, MilestoneVendorDateRow.promised_on
                    ),
                    MilestoneVendorDateRow.id,
                )
            )
        )
        .where(MilestoneVendorDateRow.milestone_id == own.id)
        .scalar_subquery()
    )
    statement = (
        select(
            OrderRow.id.label("order_id"),
            OrderRow.customer_id,
            OrderRow.order_number,
            OrderRow.status,
            OrderRow.placed_at,
            CustomerRow.salesperson_id,
            MilestoneTemplateRow.code.label("template"),
            step,
            own.id.label("milestone_id"),
            *(getattr(own, name) for name in FACTS),
            plan.id.label("plan_id"),
            plan.events,
            plan.terms,
            plan.wanted_on,
            case((step.keeps_first_estimate, given)).label("vendor_dates"),
        )
        .join(CustomerRow, CustomerRow.id == OrderRow.customer_id)
        .where(OrderRow.id.in_(order_ids))
        .order_by(OrderRow.id, step.template_id, step.number)
    )
    if template is None:
        statement = statement.join(own, own.order_id == OrderRow.id).join(
            step, step.id == own.step_id
        )
    else:
        # Few steps: those of all templates.
        begins = MilestoneTemplateRow.is_current & (MilestoneTemplateRow.code == template)
        statement = (
            statement.join(step, step.id.is_not(None))
            .outerjoin(own, (own.order_id == OrderRow.id) & (own.step_id == step.id))
            .where(or_(own.id.is_not(None), begins))
        )
    return statement.join(
        MilestoneTemplateRow, MilestoneTemplateRow.id == step.template_id
    ).outerjoin(plan, (plan.order_id == OrderRow.id) & (plan.template_id == step.template_id))


def _loaded(rows: Sequence[Row[Any]], zone: dt.tzinfo) -> LoadedMilestones:
    first = rows[0]
    own = [row for row in rows if row.milestone_id is not None]
    # Of a template that began with some steps only, as an import may bring them, the others stay
    # out.
    kept = own or rows
    return LoadedMilestones(
        first.order_id,
        first.customer_id,
        first.salesperson_id,
        first.MilestoneStepRow.template_id,
        first.template,
        {row.MilestoneStepRow.number: row.MilestoneStepRow.id for row in kept},
        {row.MilestoneStepRow.number: row.milestone_id for row in own},
        OrderMilestones(
            first.order_number,
            first.status,
            first.placed_at.astimezone(zone).date(),
            tuple(step_of(row.MilestoneStepRow) for row in kept),
            {row.MilestoneStepRow.number: facts_of(row) for row in own},
            None if first.plan_id is None else _plan(first.events, first.terms, first.wanted_on),
            tuple(_vendor_dates(own)),
        ),
    )


def _vendor_dates(rows: Iterable[Row[Any]]) -> Iterable[VendorDate]:
    for row in rows:
        for vendor, promised_on in row.vendor_dates or ():
            yield VendorDate(
                row.MilestoneStepRow.number, vendor, dt.date.fromisoformat(promised_on)
            )


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


async def last_event(session: AsyncSession, order_id: int, kind: str) -> OrderEventRow | None:
    """The newest event of a kind in an order's history."""
    return await session.scalar(
        select(OrderEventRow)
        .where(OrderEventRow.order_id == order_id, OrderEventRow.kind == kind)
        .order_by(OrderEventRow.id.desc())
        .limit(1)
    )
