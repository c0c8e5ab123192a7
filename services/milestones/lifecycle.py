"""Milestones begin when the customer confirms the order, and end with it (M2, O14)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from domain.errors import InvalidInput, NotFound, WrongState
from domain.milestones.facts import GOODS_ARRIVED, ORDER_ENDED
from domain.milestones.steps import ORDER_OWNER
from domain.milestones.vocabularies import AnchorEvent, ContractTerm
from domain.roles import Action, Role
from persistence.milestones import flows, templates
from persistence.unit_of_work import UnitOfWork
from services.clocks.running import drop_clocks
from services.milestones.flow import Flow, anchors_of, dates_of, flows_of
from services.milestones.follow_ups import CLOSING_OF
from services.permissions import require, require_department
from services.policy import current_policy
from services.tasks import drop_tasks, settle_task


@dataclass(frozen=True)
class StartMilestones:
    """Another flow for an order, beside those that it follows, such as the tracking sheet."""

    order_id: int
    template: str


async def start_another(command: StartMilestones, uow: UnitOfWork) -> list[int]:
    """Give a confirmed order the steps of a further template (M6); their keys.

    It hangs on the days and terms that are known of the order. Asked again for the same one, it
    answers with the steps that are there. What happens from here on closes its steps; what
    happened before is for people to close. Raises NotAllowed, NotFound, or
    WrongState for an order that is not confirmed yet, or has ended.
    """
    require(uow.principal, Action.WORK_MILESTONES)
    require_department(uow.principal, ORDER_OWNER, "start a flow of milestones on an order")
    locked = await flows.lock_orders(uow.session, [command.order_id])
    if not locked:
        raise NotFound("order", str(command.order_id), field="orderId")
    order = locked[0]
    if order.status not in ("CONFIRMED", "SHIPPED", "DELIVERED"):
        raise WrongState(
            f"Order {order.order_number} is {order.status}: milestones begin when it is confirmed,"
            " and stand when it has ended."
        )
    _, policy = await current_policy(uow)
    events: dict[str, dt.date] = {}
    terms: dict[str, int] = {}
    for plan in (await flows.plans_of_orders(uow.session, [order.id])).values():
        events |= anchors_of(plan, policy).events
        # Only what the contract says: where it is silent, policy goes on deciding.
        terms |= plan.terms
    return await start_milestones(
        uow,
        order.id,
        template=command.template,
        task_created_on=policy.local_date(order.placed_at),
        terms=terms,
        events=events,
    )


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
    _check(terms or {}, tuple(ContractTerm), "terms")
    known = {
        AnchorEvent.ORDER_CONFIRMED: confirmed_on or today,
        AnchorEvent.TASK_CREATED: task_created_on or confirmed_on or today,
        **(events or {}),
    }
    _check(known, tuple(AnchorEvent), "events")
    if known[AnchorEvent.TASK_CREATED] > today:
        raise InvalidInput("A task is not created on a day to come.", field="taskCreatedOn")

    versions = await templates.versions_of(uow.session, code)
    existing = await flows.rows_of_orders(uow.session, [order_id])
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
    await flow.close_by_events({AnchorEvent.TASK_CREATED: known[AnchorEvent.TASK_CREATED]})
    await flow.follow("the order was confirmed")
    return [flow.rows[step.number].id for step in flow.steps]


async def end_milestones(uow: UnitOfWork, order_id: int, *, cancelled: bool, reason: str) -> None:
    """Take an ended order's steps, tasks and clocks off the work lists (O14).

    Called in the transaction that closes or cancels the order. Closing it closes step 16, on the
    day its closing task was sent; whatever is still open is skipped for the reason given.
    """
    for flow in (await flows_of(uow, order_id, also_ended=True)).values():
        if not cancelled:
            await _close_order(flow)
        for number, row in flow.rows.items():
            if row.is_open and flow.is_over(number):
                row.is_open = False
            if row.is_open:
                before = dates_of(row)
                row.skipped, row.is_open = True, False
                await flow.changed(number, "SKIPPED", before, reason=reason)
        if not cancelled:
            await flow.follow(reason)
    await uow.session.flush()
    await drop_clocks(uow, order_id, reason)
    if cancelled:
        # After closing there is still the follow-up for the next order.
        await drop_tasks(uow, order_id, reason)
    else:
        await settle_task(uow, f"{CLOSING_OF}{order_id}")


async def _close_order(flow: Flow) -> None:
    """Step 16 is closed, and an arrival that nobody told of has come all the same (M2, M5)."""
    for step in flow.steps:
        due = flow.rows[step.number].event_on
        if step.is_arrival:
            await flow.note(GOODS_ARRIVED, min(due or flow.today, flow.today))
    sent = flow.anchors.events.get(AnchorEvent.CLOSING_TASK_SENT, flow.today)
    await flow.note(ORDER_ENDED, min(sent, flow.today))


def _check(given: Mapping[str, object], known: tuple[str, ...], name: str) -> None:
    for key in given:
        if key not in known:
            raise InvalidInput(f"{key!r} is none of {', '.join(known)}.", field=name)
