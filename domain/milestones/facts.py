"""What the business does, and which steps that closes: orders and milestones are one life (M4).

A fact waits for nothing. With its step it closes those that must have happened before it, such as
the booking of goods that have left; what only may have happened before is left out as overtaken.
The codes are those of the documents' templates; a company's own steps of these codes follow too.
"""

from collections.abc import Mapping

from domain.milestones.steps import MilestoneStep

DOWN_PAYMENT = "DOWN_PAYMENT"
GOODS_MADE = "GOODS_MADE"
GOODS_SENT = "GOODS_SENT"
GOODS_ARRIVED = "GOODS_ARRIVED"
PAID_IN_FULL = "PAID_IN_FULL"
ORDER_ENDED = "ORDER_ENDED"

_DOWN_PAYMENT = ("PAYMENT_REQUEST_SENT", "PAYMENT_RECEIVED", "DEPOSIT")
STEPS_OF_FACTS: Mapping[str, tuple[str, ...]] = {
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


def stands_for(step: MilestoneStep, fact: str) -> bool:
    """Whether a fact closes a step, or makes a day in the calendar come true."""
    if fact == ORDER_ENDED and step.closes_with_order:
        return True
    return step.code in STEPS_OF_FACTS[fact] or (fact == GOODS_ARRIVED and step.is_arrival)


# What the history says of a step that a fact closed.
FACT_WORDS: Mapping[str, str] = {
    DOWN_PAYMENT: "the deposit was received",
    GOODS_MADE: "the goods are made",
    GOODS_SENT: "the goods have left",
    GOODS_ARRIVED: "the goods have arrived",
    PAID_IN_FULL: "the order is paid in full",
    ORDER_ENDED: "the order is closed",
}
