"""What ties an order to its currency: money and goods that were given in it (O4, F4)."""

from collections.abc import Iterator

from domain.orders.context import Context
from domain.orders.deposits import units_picked_up
from domain.orders.facts import OrderFacts
from domain.orders.gates import letter_of_credit
from domain.orders.refusals import OrderRefused, Reason


def currency_may_change(action: str, rule: str, facts: OrderFacts, context: Context) -> None:
    """Refuse another currency while money or goods stand in the order's own, with each of them."""
    reasons = tuple(_bound(rule, facts, context))
    if reasons:
        raise OrderRefused(action, reasons)


def _bound(rule: str, facts: OrderFacts, context: Context) -> Iterator[Reason]:
    was = facts.currency
    for line in facts.lines:
        goods = context.of_line(line.no)
        if goods.held:
            yield Reason(
                "MONEY_HELD",
                rule,
                f"Line {line.no}: money is held in {was} for {goods.held} units that are being"
                " picked; the currency can change once they are given back.",
                "currency",
            )
        if goods.shipped:
            yield Reason(
                "UNITS_SHIPPED",
                rule,
                f"Line {line.no}: {goods.shipped} units have left and were paid in {was}; sell the"
                " rest by an order of its own.",
                "currency",
            )
    picked_up = units_picked_up(facts)
    if picked_up:
        yield Reason(
            "UNITS_SHIPPED",
            rule,
            f"{picked_up} units were picked up and are paid in {was}; sell the rest by an order of"
            " its own.",
            "currency",
        )
    if facts.deposit_paid:
        yield Reason(
            "DEPOSIT_PAID",
            rule,
            f"A deposit of {facts.deposit_paid} {was} is recorded for the order; cancel the order"
            " and place it in the other currency.",
            "currency",
        )
    if context.is_guaranteed:
        yield Reason(
            "GUARANTEE_OPEN",
            rule,
            f"A salesperson's guarantee in {was} stands for the order; let it end first.",
            "currency",
        )
    letter = letter_of_credit(facts)
    if letter is not None:
        yield Reason(
            "LETTER_RECORDED",
            rule,
            f"A letter of credit in {was} is recorded; record it as faulty (LC_FAULT) first.",
            "currency",
        )
