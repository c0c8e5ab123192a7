"""Milestones begin, follow and end with their order, in its command's transaction (M2, M6, O14).

Called under the order's lock and the command's own permission, with the order as it was and is.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.errors import NotFound
from domain.milestones.commands.order import (
    AddMilestones,
    EndMilestones,
    FollowOrder,
    FollowTemplate,
    StartMilestones,
)
from domain.milestones.draft import Outcome
from domain.milestones.model import Context
from domain.milestones.order_events import (
    DOWN_PAYMENT,
    OrderEvent,
    is_confirmed,
    is_paid_down,
    news_of,
)
from domain.milestones.state_machine import OrderCommand, apply
from domain.milestones.vocabularies import AnchorEvent
from domain.orders.order import FINAL, Order
from domain.orders.vocabularies import OrderStatus
from domain.policy import Policy
from persistence.milestones.reading import LoadedMilestones, last_event, load_milestones
from persistence.orders.locking import lock_orders
from persistence.unit_of_work import UnitOfWork
from services.clocks.running import drop_clocks
from services.commands import use_case
from services.milestones.context import acting
from services.milestones.follow_ups import CLOSING_OF, save, send_closing_task
from services.policy import current_policy
from services.tasks.raising import drop_tasks, end_tasks


@dataclass(frozen=True)
class OrderChange:
    """What a command made of an order; reason: why it ended, where it did."""

    order_id: int
    before: Order
    after: Order
    policy: Policy
    reason: str = ""

    @property
    def ends(self) -> bool:
        """Whether the command ended the order."""
        return self.after.status != self.before.status and self.after.status in FINAL


async def follow_order(uow: UnitOfWork, change: OrderChange) -> None:
    """Let an order's steps begin, follow or end as a command did to the order.

    A deposit that came before the confirmation closes its steps with the confirmation, on the day
    it came and by whoever recorded it. With an ended order its tasks and time limits leave the
    work lists too.
    """
    before, after, policy = change.before, change.after, change.policy
    today = policy.local_date(uow.now)
    template = None
    if is_confirmed(before, after):
        template = policy.schedule.template_for(after.customer_kind, after.fulfilment)
    news = news_of(before, after, today, await _down_payment(uow, change))
    if template is None and news is None and not change.ends:
        return
    found = await load_milestones(uow.session, [change.order_id], policy.zone, template=template)
    if template is not None:
        others = [each for each in found if each.template != template]
        found = [*others, beginning(found, template)]
    is_called_off = change.ends and after.status != OrderStatus.CLOSED
    commands: list[OrderCommand] = []
    if change.ends:
        commands.append(EndMilestones(change.reason, is_called_off))
    if news is not None:
        commands.append(FollowOrder(news))
    if found:
        at = await acting(uow, policy)
        changes = []
        for loaded in found:
            starting = [_start(change, loaded, today)] if loaded.template == template else []
            outcome = _outcome(loaded, [*starting, *commands], at)
            # With an order that is called off all its tasks are dropped.
            changes.append((loaded, replace(outcome, tasks=()) if is_called_off else outcome))
        await save(uow, changes)
    if change.ends:
        await _end(uow, change)
    if news is not None and news.may_be_closed and found:
        await send_closing_task(uow, found[0], today)


@use_case
async def start_another(command: FollowTemplate, uow: UnitOfWork) -> list[int]:
    """Give a confirmed order the steps of a further template (M6); their keys, in their order.

    It hangs on the days and terms that are known of the order. Asked again for the same one, in
    whichever version it began, it answers with the steps that are there. Raises NotAllowed,
    NotFound, or WrongState for an order that is not confirmed yet, or has ended.
    """
    if not await lock_orders(uow.session, [command.order_id]):
        raise NotFound("order", str(command.order_id), field="orderId")
    _, policy = await current_policy(uow)
    found = await load_milestones(
        uow.session, [command.order_id], policy.zone, template=command.template
    )
    loaded = beginning(found, command.template)
    events: dict[str, dt.date] = {
        AnchorEvent.ORDER_CONFIRMED: policy.local_date(uow.now),
        AnchorEvent.TASK_CREATED: loaded.milestones.placed_on,
    }
    terms: dict[str, int] = {}
    for plan in (each.milestones.plan for each in found):
        if plan is not None:
            events |= plan.events
            # Only what the contract says: where it is silent, policy goes on deciding.
            terms |= plan.terms
    return await start(uow, loaded, AddMilestones(events, terms, loaded.salesperson_id), policy)


async def start(
    uow: UnitOfWork, loaded: LoadedMilestones, command: StartMilestones, policy: Policy
) -> list[int]:
    """Begin an order's flow; the keys of its steps, in their order. The order is locked."""
    outcome = apply(loaded.milestones, command, await acting(uow, policy))
    (saved,) = await save(uow, [(loaded, outcome)])
    return [saved.ids[step.number] for step in saved.milestones.steps]


def beginning(found: Sequence[LoadedMilestones], template: str) -> LoadedMilestones:
    """Of an order's flows the one of a template, in the version it began with; else to begin.

    Raises NotFound for a template that does not exist.
    """
    named = [each for each in found if each.template == template]
    if not named:
        raise NotFound("milestone template", template, field="template")
    return next((each for each in named if each.ids), named[-1])


def _start(change: OrderChange, loaded: LoadedMilestones, today: dt.date) -> StartMilestones:
    after = change.after
    events: dict[str, dt.date] = {
        AnchorEvent.ORDER_CONFIRMED: after.confirmed_on or today,
        AnchorEvent.TASK_CREATED: after.placed_on,
    }
    if after.promised_on is not None:
        events[AnchorEvent.PROMISED_COMPLETION] = after.promised_on
    return StartMilestones(events, salesperson_id=loaded.salesperson_id)


def _outcome(loaded: LoadedMilestones, commands: Sequence[OrderCommand], at: Context) -> Outcome:
    outcome = Outcome(loaded.milestones, loaded.milestones)
    for command in commands:
        outcome = outcome.then(apply(outcome.after, command, at))
    return outcome


async def _down_payment(uow: UnitOfWork, change: OrderChange) -> OrderEvent | None:
    """When and by whom the deposit became complete, where the steps do not know of it yet."""
    before, after, policy = change.before, change.after, change.policy
    if not is_paid_down(before, after, policy.orders):
        return None
    if after.deposit_paid == before.deposit_paid:
        came = await last_event(uow.session, change.order_id, "DEPOSIT_RECORD")
        if came is not None:
            return OrderEvent(DOWN_PAYMENT, policy.local_date(came.at), came.actor)
    return OrderEvent(DOWN_PAYMENT, policy.local_date(uow.now))


async def _end(uow: UnitOfWork, change: OrderChange) -> None:
    """Take an ended order's tasks and time limits off the work lists (O14)."""
    await drop_clocks(uow, change.order_id, change.reason)
    if change.after.status != OrderStatus.CLOSED:
        await drop_tasks(uow, change.order_id, change.reason)
    else:
        # After closing there is still the follow-up for the next order.
        await end_tasks(uow, [f"{CLOSING_OF}{change.order_id}"], done=True)
