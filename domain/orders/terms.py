"""Terms of payment, currency and least value: which of them an order can have (O1, O4)."""

import re
from decimal import Decimal

from domain.messages import msg
from domain.money import written
from domain.orders.order import Order
from domain.orders.refusals import refuse
from domain.parties.vocabularies import PaymentTerms
from domain.sentences import Money


def terms_make_sense(rule: str, payment_terms: str | None, currency: str | None) -> None:
    """Refuse terms of payment or a currency that do not exist; None says nothing."""
    if payment_terms is not None and not PaymentTerms.has(payment_terms):
        raise refuse(
            "UNKNOWN_WORD",
            rule,
            msg("orders.PAYMENT_TERMS", terms=payment_terms, allowed=PaymentTerms),
            "paymentTerms",
        )
    if currency is not None and not re.fullmatch("[A-Z]{3}", currency):
        raise refuse(
            "UNKNOWN_WORD",
            rule,
            msg("orders.CURRENCY_CODE", currency=currency),
            "currency",
        )


def min_ship_value_is_said(rule: str, facts: Order, currency: str, given: Decimal | None) -> None:
    """Refuse another currency under a least value of the old one."""
    if given is None and facts.min_ship_value:
        raise refuse(
            "MIN_SHIP_VALUE_MISSING",
            rule,
            msg(
                "orders.MIN_SHIP_VALUE",
                least=Money(written(facts.min_ship_value, facts.currency), facts.currency),
                currency=currency,
            ),
            "minShipValue",
        )
