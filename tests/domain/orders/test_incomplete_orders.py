"""Every act in every state on an order that lacks something: done or refused, never an error."""

import itertools
from collections.abc import Mapping
from dataclasses import replace

import pytest

from domain.orders.commands import TRANSITIONS
from domain.orders.commands.changes import RequestChange
from domain.orders.commands.intake import Check, SupplyInformation
from domain.orders.entries import Doubt, Line, Offer, Pickup
from domain.orders.order import Order
from domain.orders.refusals import OrderRefused
from domain.orders.state_machine import apply, next_actions
from domain.orders.vocabularies import OrderStatus
from tests.domain.orders.desk import MONDAY, TEE, Desk
from tests.domain.orders.sample_commands import SAMPLES

SKUS = (None, "TEE-40", "TEA")
UNITS = (None, 0, 4)
PRICES = (None, TEE.list_price)
# Each way in which a line can be entered, one to an order.
ENTERED = tuple(
    (Line(1, sku, units, price), Line(2, None, None, None))
    for sku, units, price in itertools.product(SKUS, UNITS, PRICES)
)


def informed(command: object, articles: Mapping[str, object]) -> object:
    """With the products that are known, as for every act that asks for them."""
    if isinstance(command, Check | SupplyInformation | RequestChange):
        return replace(command, articles=articles)  # type: ignore[arg-type]
    return command


def orders(status: str) -> list[Order]:
    """Orders in a state, by whatever way, with gaps in their lines and much under way."""
    desk = Desk(lines=(), special=True)
    found = []
    for lines in ((), *ENTERED):
        facts = replace(desk.order, status=status, lines=lines)
        full = replace(
            facts,
            frozen=True,
            checks_passed=1,
            offers=(Offer(1, 1, "BACKORDER", 4), Offer(2, 9, "SUBSTITUTE", 4, "TEE-40")),
            doubts=(Doubt(1, 1, "CURRENCY", "?"), Doubt(2, 9, "CURRENCY", "?", change_no=1)),
            stock_in_on=MONDAY,
            pickups=(Pickup(1, 1, MONDAY, "li"),),
        )
        found += [facts, full]
    return found


@pytest.mark.parametrize("name", sorted(TRANSITIONS))
def test_each_act_in_each_state_is_done_or_refused(name: str) -> None:
    """O15: whatever a line does not say, in whatever state."""
    desk = Desk()
    context, articles = desk.context("ADMIN"), {"TEE-40": TEE}
    for status in OrderStatus:
        for facts in orders(status):
            try:
                apply(facts, informed(SAMPLES[name], articles), context)
            except OrderRefused as refusal:
                messages = [str(reason.message) for reason in refusal.reasons]
                if not all(messages):
                    raise AssertionError(f"{name} on {facts} says nothing") from refusal
            # What may be done next is listed, too.
            next_actions(facts, context)
