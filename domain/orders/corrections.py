"""Before its review all that was taken in of an order can be corrected (O1)."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any

from domain.documents import optional_number
from domain.master_data import PaymentTerms
from domain.money import shown
from domain.orders.context import Context
from domain.orders.currency import currency_may_change
from domain.orders.facts import Line, OrderFacts, unapproved
from domain.orders.intake import (
    by_number,
    lines_make_sense,
    total_fits_currency,
    wanted_once_placed,
    words_are_known,
)
from domain.orders.prices import Article, right_price
from domain.orders.refusals import amount_must_fit, refuse
from domain.orders.vocabularies import OrderStatus
from domain.unchanged import UNCHANGED, Unchanged

ACTION = "orderSupplyInformation"


@dataclass(frozen=True)
class SupplyInformation:
    """What the customer told since, or was taken in wrongly; a default leaves a thing as it is.

    Given lines take the place of all there were. None takes away what an order can be without.
    articles: products of the lines, in the new currency; looked up where the currency changes.
    """

    lines: tuple[Line, ...] | None = None
    required_on: dt.date | Unchanged | None = UNCHANGED
    delivery_address: str | Unchanged | None = UNCHANGED
    stated_total: Decimal | Unchanged | None = UNCHANGED
    channel: str | None = None
    urgency: str | None = None
    fulfilment: str | None = None
    special: bool | None = None
    spare_part: bool | None = None
    irregularities: tuple[str, ...] | None = None
    needs_logistics: bool | None = None
    commission: bool | None = None
    prepayment: bool | None = None
    payment_terms: str | None = None
    currency: str | None = None
    ship_complete: bool | None = None
    min_ship_value: Decimal | None = None
    customer_po: str | Unchanged | None = UNCHANGED
    note: str | Unchanged | None = UNCHANGED
    articles: Mapping[str, Article] = field(default_factory=dict)


_CORRECTED = tuple(
    item for item in fields(SupplyInformation) if item.name not in ("lines", "articles")
)


def terms_make_sense(
    action: str, rule: str, payment_terms: str | None, currency: str | None
) -> None:
    """Refuse terms of payment or a currency that do not exist; None says nothing."""
    if payment_terms is not None and not PaymentTerms.has(payment_terms):
        raise refuse(
            action,
            "UNKNOWN_WORD",
            rule,
            f"Payment terms are {payment_terms!r}; they must be one of {', '.join(PaymentTerms)}.",
            "paymentTerms",
        )
    if currency is not None and not re.fullmatch("[A-Z]{3}", currency):
        raise refuse(
            action,
            "UNKNOWN_WORD",
            rule,
            f"The currency is {currency!r}; it is three capital letters of ISO 4217.",
            "currency",
        )


def min_ship_value_is_said(
    action: str, rule: str, facts: OrderFacts, currency: str, given: Decimal | None
) -> None:
    """Refuse another currency under a least value of the old one."""
    if given is None and facts.min_ship_value:
        raise refuse(
            action,
            "MIN_SHIP_VALUE_MISSING",
            rule,
            f"The order ships for at least {shown(facts.min_ship_value, facts.currency)}"
            f" {facts.currency}: say for how much it ships in {currency}; 0 is none.",
            "minShipValue",
        )


def supply_information(facts: OrderFacts, deed: SupplyInformation, context: Context) -> OrderFacts:
    """Add what was missing or correct it; the order is checked again, its approvals are void."""
    given: dict[str, Any] = {
        item.name: value
        for item in _CORRECTED
        if (value := getattr(deed, item.name)) is not item.default
    }
    if not given and deed.lines is None:
        raise refuse(ACTION, "NOTHING_SAID", "O1", "Say at least one thing.")
    words_are_known(ACTION, deed.channel, deed.urgency, deed.fulfilment, deed.irregularities)
    terms_make_sense(ACTION, "O1", deed.payment_terms, deed.currency)
    currency = deed.currency or facts.currency
    total_fits_currency(ACTION, given.get("stated_total"), currency)
    wanted_once_placed(ACTION, given.get("required_on"), facts.placed_on)
    if deed.min_ship_value is not None:
        amount_must_fit(ACTION, "O1", deed.min_ship_value, currency, "minShipValue")
    if "customer_po" in given:
        given["customer_po"] = optional_number(given["customer_po"], "customerPo")
    if deed.special is not None and deed.special != facts.special and facts.deposit_paid:
        raise refuse(
            ACTION,
            "DEPOSIT_PAID",
            "O7",
            f"A deposit of {shown(facts.deposit_paid, facts.currency)} {facts.currency} is"
            " recorded, and a special order's is kept apart; cancel the order and place it again.",
            "special",
        )
    lines = facts.lines
    if deed.lines is not None:
        lines_make_sense(ACTION, deed.lines, currency)
        numbers = {line.no for line in deed.lines}
        # What a change took off stays to be seen.
        dropped = tuple(line for line in facts.lines if line.dropped_by and line.no not in numbers)
        lines = by_number((*deed.lines, *dropped))
    if deed.currency is not None and deed.currency != facts.currency:
        currency_may_change(ACTION, "O1", facts, deed.currency, context)
        min_ship_value_is_said(ACTION, "O1", facts, deed.currency, deed.min_ship_value)
        given.setdefault("stated_total", None)
        if deed.lines is None:
            lines = _priced_anew(facts, deed)
    return replace(unapproved(facts), status=OrderStatus.RECEIVED, missing=(), lines=lines, **given)


def _priced_anew(facts: OrderFacts, deed: SupplyInformation) -> tuple[Line, ...]:
    """The lines at the prices of another currency; without one a price is missing."""

    def price(line: Line) -> Decimal | None:
        article = None if line.sku is None else deed.articles.get(line.sku)
        if article is None or deed.currency is None:
            return None
        return right_price(article, deed.currency, facts.placed_on)

    return tuple(
        line if line.dropped_by else replace(line, unit_price=price(line)) for line in facts.lines
    )
