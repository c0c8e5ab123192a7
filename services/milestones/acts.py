"""The order's acts and its milestones are one life: what an act did closes or moves steps (M2, M4).

Called in the act's own transaction, under the order's lock and the act's own permission, with the
order as it was and as it is. What is told apart is the order's facts and not the acts, so that
whichever way goods or money went, the same steps follow.
"""

import datetime as dt
from dataclasses import dataclass

from domain.milestones.facts import (
    DOWN_PAYMENT,
    GOODS_ARRIVED,
    GOODS_MADE,
    GOODS_SENT,
    PAID_IN_FULL,
)
from domain.milestones.vocabularies import AnchorEvent
from domain.orders.facts import OrderFacts
from domain.orders.gates import deposit_required
from domain.orders.vocabularies import OrderStatus
from domain.policy import Policy
from persistence.milestones import flows
from persistence.unit_of_work import UnitOfWork
from services.milestones.flow import flows_of
from services.milestones.follow_ups import send_closing_task

_WAY = (OrderStatus.CONFIRMED, OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.CLOSED)


@dataclass(frozen=True, slots=True)
class _Fact:
    kind: str
    on: dt.date
    by: str | None = None


async def keep_milestones(
    uow: UnitOfWork, order_id: int, before: OrderFacts, after: OrderFacts, policy: Policy
) -> None:
    """Let an order's steps follow an act; an order whose milestones have not begun has none.

    A deposit that came before the confirmation closes its steps with the confirmation, on the day
    it came and by whoever recorded it.
    """
    if after.status not in _WAY:
        return
    today = policy.local_date(uow.now)
    facts = _facts(before, after, today)
    if _paid_down(after, policy) and (not _paid_down(before, policy) or _entered(before, after)):
        facts.append(await _down_payment(uow, order_id, before, after, policy))
    events: dict[str, dt.date] = {}
    if after.promised_on is not None and after.promised_on != before.promised_on:
        events[AnchorEvent.PROMISED_COMPLETION] = after.promised_on
    may_close = _may_be_closed(after) and not _may_be_closed(before)
    if may_close:
        events[AnchorEvent.CLOSING_TASK_SENT] = today
    if not facts and not events:
        return
    found = await flows_of(uow, order_id, also_ended=True)
    for flow in found.values():
        if events:
            await flow.change_anchors(events=events)
        for fact in facts:
            await flow.note(fact.kind, fact.on, by=fact.by)
        await flow.follow(", ".join([*events, *(fact.kind for fact in facts)]))
    if may_close and found:
        await send_closing_task(uow, next(iter(found.values())).order, today)


def _entered(before: OrderFacts, after: OrderFacts) -> bool:
    return before.status not in _WAY and after.status in _WAY


def _facts(before: OrderFacts, after: OrderFacts, today: dt.date) -> list[_Fact]:
    """What the act did, each fact with its day; the first comes first."""
    found = []
    if after.stock_in_on is not None and before.stock_in_on is None:
        found.append(_Fact(GOODS_MADE, after.stock_in_on))
    fetched = after.picked_up_on if before.picked_up_on is None else None
    if fetched is not None or _reached(OrderStatus.SHIPPED, before, after):
        sent_on = fetched or today
        found += [_Fact(GOODS_MADE, sent_on), _Fact(GOODS_SENT, sent_on)]
    if _reached(OrderStatus.DELIVERED, before, after):
        found.append(_Fact(GOODS_ARRIVED, today))
    if after.settled_on is not None and before.settled_on is None:
        found.append(_Fact(PAID_IN_FULL, after.settled_on))
    return found


def _reached(status: str, before: OrderFacts, after: OrderFacts) -> bool:
    """Whether the act brought the order to a state, or past it."""
    there = _WAY[_WAY.index(status) :]
    return after.status in there and before.status not in there


def _paid_down(facts: OrderFacts, policy: Policy) -> bool:
    """Whether a deposit was asked for, and all of it has come."""
    return 0 < deposit_required(facts, policy.orders) <= facts.deposit_paid


async def _down_payment(
    uow: UnitOfWork, order_id: int, before: OrderFacts, after: OrderFacts, policy: Policy
) -> _Fact:
    if after.deposit_paid == before.deposit_paid:
        came = await flows.last_event(uow.session, order_id, "DEPOSIT_RECORD")
        if came is not None:
            return _Fact(DOWN_PAYMENT, policy.local_date(came.at), came.actor)
    return _Fact(DOWN_PAYMENT, policy.local_date(uow.now))


def _may_be_closed(facts: OrderFacts) -> bool:
    """Delivered, signed for, paid, and nobody complains (O14): the closing task is due."""
    return (
        facts.status == OrderStatus.DELIVERED
        and facts.receipt_signed_on is not None
        and facts.settled_on is not None
        and not facts.open_complaints
    )
