"""Milestones of orders that tests begin, as the confirmation of an order begins them."""

import datetime as dt
from collections.abc import Mapping

from domain.milestones.commands.estimates import AnchorDay, RecordAnchors, TermDays
from domain.milestones.commands.order import StartMilestones
from domain.milestones.vocabularies import AnchorEvent, ContractTerm
from persistence.milestones.reading import load_milestones
from persistence.orders.locking import lock_orders
from persistence.unit_of_work import UnitOfWork
from services.milestones.order import beginning, start
from services.policy import current_policy


async def start_milestones(
    uow: UnitOfWork,
    order_id: int,
    *,
    template: str = "ORDER_MILESTONES",
    task_created_on: dt.date | None = None,
    terms: Mapping[str, int] | None = None,
    events: Mapping[str, dt.date] | None = None,
) -> list[int]:
    """Give an order that is confirmed today the steps of a template; their keys, in their order."""
    await lock_orders(uow.session, [order_id])
    _, policy = await current_policy(uow)
    today = policy.local_date(uow.now)
    found = await load_milestones(uow.session, [order_id], policy.zone, template=template)
    loaded = beginning(found, template)
    created = task_created_on or today
    days = {AnchorEvent.ORDER_CONFIRMED: today, AnchorEvent.TASK_CREATED: created}
    command = StartMilestones({**days, **(events or {})}, terms or {}, loaded.salesperson_id)
    return await start(uow, loaded, command, policy)


def anchors_of(
    order_id: int,
    events: Mapping[str, dt.date],
    terms: Mapping[str, int],
    reason: str | None = None,
) -> RecordAnchors:
    """Days of events and terms to put in force for an order."""
    return RecordAnchors(
        order_id,
        tuple(AnchorDay(AnchorEvent(event), on) for event, on in events.items()),
        tuple(TermDays(ContractTerm(term), days) for term, days in terms.items()),
        reason,
    )
