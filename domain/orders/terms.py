"""Terms of payment, currency and least value: which of them an order can have (O1, O4)."""

import re
from decimal import Decimal

from domain.master_data import PaymentTerms
from domain.money import shown
from domain.orders.facts import OrderFacts
from domain.orders.refusals import refuse


def terms_make_sense(rule: str, payment_terms: str | None, currency: str | None) -> None:
    """Refuse terms of payment or a currency that do not exist; None says nothing."""
    if payment_terms is not None and not PaymentTerms.has(payment_terms):
        raise refuse(
            "UNKNOWN_WORD",
            rule,
            f"Payment terms are {payment_terms!r}; they must be one of {', '.join(PaymentTerms)}.",
            "paymentTerms",
        )
    if currency is not None and not re.fullmatch("[A-Z]{3}", currency):
        raise refuse(
            "UNKNOWN_WORD",
            rule,
            f"The currency is {currency!r}; it is three capital letters of ISO 4217.",
            "currency",
        )


def min_ship_value_is_said(
    rule: str, facts: OrderFacts, currency: str, given: Decimal | None
) -> None:
    """Refuse another currency under a least value of the old one."""
    if given is None and facts.min_ship_value:
        raise refuse(
            "MIN_SHIP_VALUE_MISSING",
            rule,
            f"The order ships for at least {shown(facts.min_ship_value, facts.currency)}"
            f" {facts.currency}: say for how much it ships in {currency}; 0 is none.",
            "minShipValue",
        )
