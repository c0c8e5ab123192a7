"""Milestones begin when the customer confirms the order, and end with it (M2, O14)."""

import datetime as dt
from collections.abc import Mapping

from domain.errors import InvalidInput, NotFound
from domain.milestones.steps import (
    ANCHOR_EVENTS,
    CONTRACT_TERMS,
    ORDER_CONFIRMED,
    TASK_CREATED,
)
from domain.roles import Role
from persistence.milestones import flows, templates
from persistence.unit_of_work import UnitOfWork
from services.clocks import drop_clocks
from services.milestones.flow import Flow, dates_of, flows_of
from services.policies import current_policy
from services.tasks import drop_tasks


async def start_milestones(
    uow: UnitOfWork,
    order_id: int,
    *,
    template: str | None = None,
    task_created_on: dt.date | None = None,
    confirmed_on: dt.date | None = None,
    terms: Mapping[str, int] | None = None,
    events: Mapping[str, dt.date] | None = None,
) -> list[int]:
    """Give a confirmed order the steps of a template; their keys, in the flow's order.

    Called in the transaction of the confirmation. Step 1 is closed with the day the task was
    created, the other steps get the estimates that are known. Called again for the same template,
    in whichever version the order began with, it changes nothing.

    template: its code; by default the policy's. terms: the contract's, in days, by the names in
    CONTRACT_TERMS. events: days of ANCHOR_EVENTS that are known already, such as
    PROMISED_COMPLETION. Raises NotFound or InvalidInput.
    """
    locked = await flows.lock_orders(uow.session, [order_id])
    if not locked:
        raise NotFound("order", str(order_id), field="orderId")
    order = locked[0]
    _, policy = await current_policy(uow)
    today = policy.local_date(uow.now)
    code = template or policy.schedule.milestone_template
    current = await templates.current_template(uow.session, code)
    if current is None:
        raise NotFound("milestone template", code, field="template")
    _check(terms or {}, CONTRACT_TERMS, "terms")
    known = {
        ORDER_CONFIRMED: confirmed_on or today,
        TASK_CREATED: task_created_on or confirmed_on or today,
        **(events or {}),
    }
    _check(known, ANCHOR_EVENTS, "events")
    if known[TASK_CREATED] > today:
        raise InvalidInput("A task is not created on a day to come.", field="taskCreatedOn")

    versions = await templates.versions_of(uow.session, code)
    existing = await flows.rows_of_order(uow.session, order_id)
    begun = [(row.id, step.template_id) for row, step in existing if step.template_id in versions]
    if begun:
        # An import brought its steps before the customer had confirmed: now they have an anchor.
        flow = (await Flow.of_order(uow, order, policy))[begun[0][1]]
        if flow.plan is None:
            await flow.change_anchors(events=known, terms=terms)
            await flow.follow("the order was confirmed")
        return [key for key, _ in begun]
    steps = await templates.steps_of_template(uow.session, current.id)
    await flows.add_plan(
        uow,
        order,
        current.id,
        terms=dict(terms or {}),
        events={name: day.isoformat() for name, day in known.items()},
    )
    await flows.add_steps(uow.session, order, steps, {Role.SALES.value: order.salesperson_id})
    flow = (await Flow.of_order(uow, order, policy))[current.id]
    for row in flow.rows.values():
        await flows.add_event(uow, row, "STARTED")
    await flow.close_by_events({TASK_CREATED: known[TASK_CREATED]})
    await flow.follow("the order was confirmed")
    return [flow.rows[step.number].id for step in flow.steps]


async def end_milestones(uow: UnitOfWork, order_id: int, *, cancelled: bool, reason: str) -> None:
    """Take an ended order's steps, tasks and clocks off the work lists (O14).

    Called in the transaction that closes or cancels the order. What is still open of a cancelled
    order is skipped for that reason; of a closed one it stays as it stands.
    """
    for flow in (await flows_of(uow, order_id, also_cancelled=cancelled)).values():
        for number, row in flow.rows.items():
            if cancelled and row.is_open:
                before = dates_of(row)
                row.skipped, row.is_open = True, False
                await flow.changed(number, "SKIPPED", before, reason=reason)
    await uow.session.flush()
    if not cancelled:
        await flows.end_open_steps(uow.session, order_id)
    await drop_clocks(uow, order_id, reason)
    if cancelled:
        # After closing there is still the follow-up for the next order.
        await drop_tasks(uow, order_id, reason)


def _check(given: Mapping[str, object], known: tuple[str, ...], name: str) -> None:
    for key in given:
        if key not in known:
            raise InvalidInput(f"{key!r} is none of {', '.join(known)}.", field=name)
