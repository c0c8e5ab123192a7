"""What happened to an order, and which steps that closes: both follow from the same facts (M2, M4).

An event of the order waits for nothing. With its step it closes those that must have happened
before it, such as the booking of goods that have left; what only may have happened before is left
out as overtaken. The codes are those of the documents' templates; a company's own steps of these
codes follow too.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.messages import Message, msg
from domain.milestones.steps import MilestoneStep
from domain.milestones.vocabularies import AnchorEvent
from domain.orders.gates import deposit_required
from domain.orders.order import Order
from domain.orders.vocabularies import OrderStatus
from domain.policy.orders import OrderPolicy

DOWN_PAYMENT = "DOWN_PAYMENT"
GOODS_MADE = "GOODS_MADE"
GOODS_SENT = "GOODS_SENT"
GOODS_ARRIVED = "GOODS_ARRIVED"
PAID_IN_FULL = "PAID_IN_FULL"
ORDER_ENDED = "ORDER_ENDED"

_DOWN_PAYMENT = ("PAYMENT_REQUEST_SENT", "PAYMENT_RECEIVED", "DEPOSIT")
STEPS_OF_EVENTS: Mapping[str, tuple[str, ...]] = {
    DOWN_PAYMENT: _DOWN_PAYMENT,
    GOODS_MADE: (
        "VENDOR_PRODUCTION_COMPLETION",
        "PRODUCTION_COMPLETION",
        "PRODUCTION",
    ),
    GOODS_SENT: (
        "GOODS_RELEASED",
        "SHIPMENT_BOOKED",
        "GOODS_DISPATCHED",
        "GOODS_PICKED",
        "ORDER_PACKED",
        "CARRIER_ARRANGED",
        "PACKING",
        "LOADING",
    ),
    GOODS_ARRIVED: ("ARRIVAL_AT_CUSTOMER",),
    PAID_IN_FULL: (
        *_DOWN_PAYMENT,
        "FINAL_PAYMENT_REQUEST_SENT",
        "FINAL_PAYMENT_RECEIVED",
        "FINAL_PAYMENT",
        "ORDER_SETTLED",
        "COLLECTION",
    ),
    ORDER_ENDED: ("ORDER_CLOSED", "ORDER_COMPLETED"),
}


# What the history says of a step that an event of the order closed.
EVENT_SENTENCES: Mapping[str, Message] = {
    DOWN_PAYMENT: msg("milestones.DEPOSIT_RECEIVED"),
    GOODS_MADE: msg("milestones.GOODS_MADE"),
    GOODS_SENT: msg("milestones.GOODS_SENT"),
    GOODS_ARRIVED: msg("milestones.GOODS_ARRIVED"),
    PAID_IN_FULL: msg("milestones.PAID_IN_FULL"),
    ORDER_ENDED: msg("milestones.ORDER_CLOSED"),
}
# From its confirmation on an order has milestones.
_WAY = (OrderStatus.CONFIRMED, OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.CLOSED)


def closes(event: str, step: MilestoneStep) -> bool:
    """Whether an event of the order closes a step, or makes a day in the calendar come true."""
    if event == ORDER_ENDED and step.closes_with_order:
        return True
    return step.code in STEPS_OF_EVENTS[event] or (event == GOODS_ARRIVED and step.is_arrival)


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """Something that happened to an order; by: who recorded it, where it was another command."""

    kind: str
    on: dt.date
    by: str | None = None


@dataclass(frozen=True)
class OrderNews:
    """What a command did to an order, as far as its steps follow it.

    anchors: days that estimates hang on. may_be_closed: nothing is in the way any more.
    """

    events: tuple[OrderEvent, ...] = ()
    anchors: Mapping[str, dt.date] | None = None
    may_be_closed: bool = False


def is_confirmed(before: Order, after: Order) -> bool:
    """Whether a command confirmed the order, so that its milestones begin."""
    return before.status not in _WAY and after.status in _WAY


def is_paid_down(before: Order, after: Order, policy: OrderPolicy) -> bool:
    """Whether the deposit is complete since this command, or was when the milestones began."""
    return _paid_down(after, policy) and (
        not _paid_down(before, policy) or is_confirmed(before, after)
    )


def news_of(
    before: Order, after: Order, today: dt.date, down_payment: OrderEvent | None
) -> OrderNews | None:
    """What a command did, from the order before and after it; None where no step follows.

    It looks at the facts and not at the command, so that whichever way goods or money went, the
    same steps follow. down_payment: where the deposit is complete, when and by whom.
    """
    if after.status not in _WAY:
        return None
    events = [*_events(before, after, today)]
    if down_payment is not None:
        events.append(down_payment)
    anchors: dict[str, dt.date] = {}
    if after.promised_on is not None and after.promised_on != before.promised_on:
        anchors[AnchorEvent.PROMISED_COMPLETION] = after.promised_on
    may_be_closed = _may_be_closed(after) and not _may_be_closed(before)
    if may_be_closed:
        anchors[AnchorEvent.CLOSING_TASK_SENT] = today
    if not events and not anchors:
        return None
    return OrderNews(tuple(events), anchors, may_be_closed)


def _events(before: Order, after: Order, today: dt.date) -> Iterator[OrderEvent]:
    """Each with its day; the first comes first."""
    if after.stock_in_on is not None and before.stock_in_on is None:
        yield OrderEvent(GOODS_MADE, after.stock_in_on)
    fetched = after.picked_up_on if before.picked_up_on is None else None
    if fetched is not None or _reached(OrderStatus.SHIPPED, before, after):
        yield OrderEvent(GOODS_MADE, fetched or today)
        yield OrderEvent(GOODS_SENT, fetched or today)
    if _reached(OrderStatus.DELIVERED, before, after):
        yield OrderEvent(GOODS_ARRIVED, today)
    if after.settled_on is not None and before.settled_on is None:
        yield OrderEvent(PAID_IN_FULL, after.settled_on)


def _reached(status: OrderStatus, before: Order, after: Order) -> bool:
    """Whether the command brought the order to a status, or past it."""
    there = _WAY[_WAY.index(status) :]
    return after.status in there and before.status not in there


def _paid_down(facts: Order, policy: OrderPolicy) -> bool:
    """Whether a deposit was asked for, and all of it has come."""
    return 0 < deposit_required(facts, policy) <= facts.deposit_paid


def _may_be_closed(facts: Order) -> bool:
    """Delivered, signed for, paid, and nobody complains (O14): the closing task is due."""
    return (
        facts.status == OrderStatus.DELIVERED
        and facts.receipt_signed_on is not None
        and facts.settled_on is not None
        and not facts.open_complaints
    )
