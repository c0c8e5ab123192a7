"""What ties an order to its currency: money and goods that were given in it (O4, F4)."""

from collections.abc import Iterator

from domain.messages import msg
from domain.money import written
from domain.orders.context import Context
from domain.orders.deposits import units_picked_up
from domain.orders.gates import letter_of_credit
from domain.orders.order import Order
from domain.orders.refusals import OrderRefused, Reason
from domain.sentences import Money


def currency_may_change(rule: str, facts: Order, currency: str, context: Context) -> None:
    """Refuse another currency while money or goods stand in the order's own, with each of them.

    An order is paid from its customer's account, which has one currency and goes along with the
    order: nothing else may stand in it.
    """
    reasons = tuple(_bound(rule, facts, currency, context))
    if reasons:
        raise OrderRefused(reasons)


def account_bound(
    rule: str, customer: str, account: str, currency: str, bonds: tuple[str, ...]
) -> Iterator[Reason]:
    """Why a customer's account stays in its currency: one reason for each thing in it."""
    for bond in bonds:
        yield Reason(
            "ACCOUNT_BOUND",
            rule,
            msg(
                "orders.ACCOUNT_CURRENCY",
                customer=customer,
                account=account,
                bond=bond,
                currency=currency,
            ),
            "currency",
        )


def _bound(rule: str, facts: Order, currency: str, context: Context) -> Iterator[Reason]:
    was, account = facts.currency, context.account_currency
    if account not in (None, currency):
        yield from account_bound(
            rule, facts.customer, f"{account}", currency, context.account_bonds
        )
    for line in facts.lines:
        goods = context.of_line(line.no)
        if goods.held:
            yield Reason(
                "MONEY_HELD",
                rule,
                msg("orders.MONEY_HELD", no=line.no, was=was, held=goods.held),
                "currency",
            )
        if goods.shipped:
            yield Reason(
                "UNITS_SHIPPED",
                rule,
                msg("orders.LEFT_AND_PAID", no=line.no, shipped=goods.shipped, was=was),
                "currency",
            )
    picked_up = units_picked_up(facts)
    if picked_up:
        yield Reason(
            "UNITS_SHIPPED",
            rule,
            msg("orders.PICKED_UP_AND_PAID", picked_up=picked_up, was=was),
            "currency",
        )
    if facts.deposit_paid:
        yield Reason(
            "DEPOSIT_PAID",
            rule,
            msg("orders.DEPOSIT_RECORDED", paid=Money(written(facts.deposit_paid, was), was)),
            "currency",
        )
    letter = letter_of_credit(facts)
    if letter is not None:
        yield Reason(
            "LETTER_RECORDED",
            rule,
            msg("orders.LETTER_IN_CURRENCY", was=was),
            "currency",
        )
