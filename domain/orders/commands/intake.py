"""Taking an order in: placed, acknowledged, checked, corrected, short lines settled (O1, P2)."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import field, fields, replace
from decimal import Decimal
from typing import Any, Self

from domain.commands import changing, command, described
from domain.currencies import CurrencyCode
from domain.documents import optional_number
from domain.limits import CODE, MOST_MONEY, Range, Text
from domain.messages import msg
from domain.money import written
from domain.orders import guards as must
from domain.orders.context import Context
from domain.orders.currency import currency_may_change
from domain.orders.entries import Line, entry, following, with_entry
from domain.orders.intake import (
    CustomerFile,
    by_number,
    current_offers,
    lines_make_sense,
    missing_information,
    offers_for,
    total_fits_currency,
    unanswered_offers,
    wanted_once_placed,
    words_are_known,
)
from domain.orders.order import Order, unapproved
from domain.orders.prices import Article, price_doubts, right_price
from domain.orders.refusals import amount_must_fit, refuse
from domain.orders.terms import min_ship_value_is_said, terms_make_sense
from domain.orders.transition import BEGUN, INTAKE, Detail, OrderCommand, order_command
from domain.orders.vocabularies import (
    Irregularity,
    OfferKind,
    OrderChannel,
    OrderFulfilment,
    OrderStatus,
    OrderUrgency,
)
from domain.parties.vocabularies import PaymentTerms
from domain.roles import Action
from domain.sentences import Money
from domain.unchanged import UNCHANGED, Unchanged

_MONEY = Range(0, MOST_MONEY)


@command(
    "orderPlace",
    Action.PLACE_ORDERS,
    title=("Place an order", "下单"),
    history=("Order placed", "已下单"),
    input_description="A new order as the customer gave it (O1).",
)
class Place:
    """Take an order in; an incomplete one too, `orderCheck` says what it lacks.

    What was not said stays open. Without a number of the company's own it gets one.
    """

    customer: str = described("Whose, by the customer's code.")
    channel: OrderChannel = described("How it came in.")
    lines: tuple[Line, ...] = described("What is ordered; 1,000 lines at most.", default=())
    order_number: str | None = described(
        "A number of your own; left out, one is made.", default=None, limit=Text(CODE)
    )
    customer_po: str | None = described(
        "The customer's own number for it.", default=None, limit=Text(CODE)
    )
    note: str | None = described("Remarks.", default=None)
    urgency: OrderUrgency = described("How urgent it is.", default=OrderUrgency.NORMAL)
    fulfilment: OrderFulfilment = described(
        "Where its goods come from.", default=OrderFulfilment.MADE_TO_ORDER
    )
    special: bool = described("Whether it is a special regional order (O7).", default=False)
    spare_part: bool = described("Whether it is an order of spare parts.", default=False)
    irregularities: tuple[Irregularity, ...] = described(
        "What makes it non-regular (O3).", default=()
    )
    needs_logistics: bool = described("Whether logistics takes part in its review.", default=False)
    commission: bool = described("Whether a commission is paid for it (export).", default=False)
    prepayment: bool = described("Whether we pay something ahead for it (export).", default=False)
    required_on: dt.date | None = described("The day the customer wants it.", default=None)
    delivery_address: str | None = described("Where it is delivered.", default=None)
    stated_total: Decimal | None = described(
        "The total as the customer has it.", default=None, limit=_MONEY
    )
    ship_complete: bool = described("Whether it ships whole or not at all.", default=False)
    min_ship_value: Decimal = described(
        "It ships for at least this, or not at all.", default=Decimal("0.00"), limit=_MONEY
    )


def place(asked: Place, number: str, customer: CustomerFile, context: Context) -> Order:
    """Take an order in; an incomplete one too, it will be asked for what it lacks (O1).

    Raises OrderRefused when a new customer has no file yet (P2), or a word is unknown.
    """
    if not customer.has_file and customer.past_orders == 0:
        raise refuse(
            "CUSTOMER_FILE_MISSING",
            "P2",
            msg("orders.CUSTOMER_IS_NEW", code=customer.code),
            "customer",
        )
    words_are_known(asked.channel, asked.urgency, asked.fulfilment, asked.irregularities)
    lines_make_sense(asked.lines, customer.currency)
    total_fits_currency(asked.stated_total, customer.currency)
    wanted_once_placed(asked.required_on, context.today)
    return Order(
        number=number,
        customer=customer.code,
        customer_kind=customer.kind,
        payment_terms=customer.payment_terms,
        currency=customer.currency,
        status=OrderStatus.RECEIVED,
        placed_on=context.today,
        channel=asked.channel,
        urgency=asked.urgency,
        fulfilment=asked.fulfilment,
        special=asked.special,
        spare_part=asked.spare_part,
        irregularities=asked.irregularities,
        needs_logistics=asked.needs_logistics,
        commission=asked.commission,
        prepayment=asked.prepayment,
        required_on=asked.required_on,
        delivery_address=asked.delivery_address,
        stated_total=asked.stated_total,
        ship_complete=asked.ship_complete,
        min_ship_value=asked.min_ship_value,
        customer_po=optional_number(asked.customer_po, "customerPo"),
        note=asked.note,
        lines=by_number(asked.lines),
    )


@order_command(
    "orderAcknowledge",
    Action.CHECK_ORDERS,
    title=("Acknowledge receipt to the customer", "通知客户订单已受理"),
    history=("Receipt acknowledged to the customer", "已通知客户订单受理"),
    sources=BEGUN,
    guards=(must.not_yet_acknowledged,),
    customers_see=(),
)
class Acknowledge(OrderCommand):
    """The order's receipt was acknowledged to the customer."""

    def effect(self, facts: Order, context: Context) -> Order:
        """Note who acknowledged it, and when."""
        return replace(facts, acknowledged_on=context.today, acknowledged_by=context.actor)


@order_command(
    "orderCheck",
    Action.CHECK_ORDERS,
    title=("Check the order", "核对订单"),
    history=("Order checked", "订单已核对"),
    sources=(OrderStatus.RECEIVED, OrderStatus.NEEDS_INFO),
    targets=(OrderStatus.NEEDS_INFO, OrderStatus.UNDER_CHECK),
    customers_see=(Detail("missing", "missing", "what"),),
)
class Check(OrderCommand):
    """The order is checked line by line (O1, O2).

    articles: the products of its lines, looked up for the check.
    """

    articles: Mapping[str, Article] = field(default_factory=dict)

    def effect(self, facts: Order, context: Context) -> Order:
        """NEEDS_INFO with the list of what is missing, else on to approval (O1, O2)."""
        missing = missing_information(facts, self.articles)
        if missing:
            return replace(facts, status=OrderStatus.NEEDS_INFO, missing=missing)
        doubts = price_doubts(facts, self.articles, context)
        # Offers of earlier checks stay as history.
        passed = facts.checks_passed + 1
        offers = tuple(
            replace(offer, no=offer.no + len(facts.offers), of=passed)
            for offer in offers_for(facts, self.articles)
        )
        return replace(
            facts,
            status=OrderStatus.UNDER_CHECK,
            missing=(),
            checks_passed=passed,
            doubts=doubts,
            offers=facts.offers + offers,
        )


@order_command(
    "orderSupplyInformation",
    Action.CHECK_ORDERS,
    title=("Supply information", "补充订单信息"),
    history=("Information supplied", "订单信息已补充"),
    sources=INTAKE,
    targets=(OrderStatus.RECEIVED,),
    guards=(must.content_is_open,),
    customers_see=(),
    input_description="What the customer has said since, or was taken in wrongly; what is left out"
    " stays.",
)
class SupplyInformation(OrderCommand):
    """What the customer has said since, or was taken in wrongly, until the order is reviewed.

    Given lines take the place of all there were. articles: products of the lines, in the new
    currency; looked up where the currency changes.
    """

    lines: tuple[Line, ...] | None = changing(
        "All lines; they take the place of those there were. 1,000 at most.",
        null=None,
        default=None,
    )
    required_on: dt.date | Unchanged | None = changing(
        "The day the customer wants it.", null="unknown", default=UNCHANGED
    )
    delivery_address: str | Unchanged | None = changing(
        "Where it is delivered.", null="unknown", default=UNCHANGED
    )
    stated_total: Decimal | Unchanged | None = changing(
        "The total as the customer has it.", null="unknown", default=UNCHANGED, limit=_MONEY
    )
    channel: OrderChannel | None = changing("How it came in.", null=None, default=None)
    urgency: OrderUrgency | None = changing("How urgent it is.", null=None, default=None)
    fulfilment: OrderFulfilment | None = changing(
        "Where its goods come from.", null=None, default=None
    )
    special: bool | None = changing(
        "Whether it is a special regional order (O7).", null=None, default=None
    )
    spare_part: bool | None = changing(
        "Whether it is an order of spare parts.", null=None, default=None
    )
    irregularities: tuple[Irregularity, ...] | None = changing(
        "All that makes it non-regular (O3).", null="regular", default=None, on_null=()
    )
    needs_logistics: bool | None = changing(
        "Whether logistics takes part in its review.", null=None, default=None
    )
    commission: bool | None = changing(
        "Whether a commission is paid for it (export).", null=None, default=None
    )
    prepayment: bool | None = changing(
        "Whether we pay something ahead for it (export).", null=None, default=None
    )
    payment_terms: PaymentTerms | None = changing(
        "Terms of payment of this order.", null=None, default=None
    )
    currency: CurrencyCode | None = changing(
        "The currency of all its amounts. Without `lines` each line gets the price that the price "
        "plan has in it, and lacks one where there is none.",
        null=None,
        default=None,
    )
    ship_complete: bool | None = changing(
        "Whether it ships whole or not at all.", null=None, default=None
    )
    min_ship_value: Decimal | None = changing(
        "It ships for at least this, or not at all.", null=None, default=None, limit=_MONEY
    )
    customer_po: str | Unchanged | None = changing(
        "The customer's own number for it.", null="unknown", default=UNCHANGED, limit=Text(CODE)
    )
    note: str | Unchanged | None = changing("Remarks.", null="none", default=UNCHANGED)
    articles: Mapping[str, Article] = field(default_factory=dict)

    def effect(self, facts: Order, context: Context) -> Order:
        """Add or correct something; the order is checked again, its approvals are void."""
        given: dict[str, Any] = {
            item.name: value
            for item in _CORRECTED
            if (value := getattr(self, item.name)) is not item.default
        }
        if not given and self.lines is None:
            raise refuse("NOTHING_SAID", "O1", msg("orders.SAY_ONE_THING"))
        words_are_known(self.channel, self.urgency, self.fulfilment, self.irregularities)
        terms_make_sense("O1", self.payment_terms, self.currency)
        currency = self.currency or facts.currency
        total_fits_currency(given.get("stated_total"), currency)
        wanted_once_placed(given.get("required_on"), facts.placed_on)
        if self.min_ship_value is not None:
            amount_must_fit("O1", self.min_ship_value, currency, "minShipValue")
        if "customer_po" in given:
            given["customer_po"] = optional_number(given["customer_po"], "customerPo")
        if self.special is not None and self.special != facts.special and facts.deposit_paid:
            raise refuse(
                "DEPOSIT_PAID",
                "O7",
                msg(
                    "orders.DEPOSIT_KEPT_APART",
                    paid=Money(written(facts.deposit_paid, facts.currency), facts.currency),
                ),
                "special",
            )
        lines = facts.lines
        if self.lines is not None:
            lines_make_sense(self.lines, currency)
            numbers = {line.no for line in self.lines}
            # What a change took off stays to be seen.
            dropped = tuple(
                line for line in facts.lines if line.dropped_by and line.no not in numbers
            )
            lines = by_number((*self.lines, *dropped))
        if self.currency is not None and self.currency != facts.currency:
            currency_may_change("O1", facts, self.currency, context)
            min_ship_value_is_said("O1", facts, self.currency, self.min_ship_value)
            given.setdefault("stated_total", None)
            if self.lines is None:
                lines = _priced_again(facts, self)
        return replace(
            unapproved(facts), status=OrderStatus.RECEIVED, missing=(), lines=lines, **given
        )


_CORRECTED = tuple(
    item for item in fields(SupplyInformation) if item.name not in ("lines", "articles")
)


def _priced_again(facts: Order, asked: SupplyInformation) -> tuple[Line, ...]:
    """The lines at the prices of another currency; without one a price is missing."""

    def price(line: Line) -> Decimal | None:
        article = None if line.sku is None else asked.articles.get(line.sku)
        if article is None or asked.currency is None:
            return None
        return right_price(article, asked.currency, facts.placed_on)

    return tuple(
        line if line.dropped_by else replace(line, unit_price=price(line)) for line in facts.lines
    )


@order_command(
    "orderOfferChoose",
    Action.CHECK_ORDERS,
    title=("Record the customer's choice of offer", "登记客户所选缺货方案"),
    history=("Customer chose among the offers", "客户已选择缺货方案"),
    sources=(OrderStatus.UNDER_CHECK, OrderStatus.AWAITING_CONFIRMATION),
    targets=(OrderStatus.UNDER_CHECK, OrderStatus.AWAITING_CONFIRMATION, OrderStatus.RECEIVED),
    guards=(must.no_change_is_open,),
    customers_see=(
        Detail("offer", "offers", "kind", label=("Offer", "缺货方案")),
        Detail("units", "offers", "units"),
    ),
)
class ChooseOffer(OrderCommand):
    """The customer takes an offer for a short line."""

    offer: int = described("The offer's number.")

    def effect(self, facts: Order, context: Context) -> Order:
        """Note the customer's choice; a substitute takes the place of the line's product (O1)."""
        offer = entry(current_offers(facts), self.offer)
        if offer is None:
            raise refuse("NO_SUCH_OFFER", "O1", msg("orders.NO_OFFER", no=self.offer), "offer")
        left = unanswered_offers(facts).get(offer.line_no, 0)
        if offer.chosen_by is not None or left == 0:
            raise refuse(
                "OFFER_ANSWERED",
                "O1",
                msg("orders.OFFER_CHOSEN", no=offer.line_no),
                "offer",
            )
        # With a part covered otherwise, only the rest is taken from here.
        offer = replace(offer, units=min(offer.units, left))
        chosen = replace(
            facts, offers=with_entry(facts.offers, replace(offer, chosen_by=context.actor))
        )
        if offer.kind != OfferKind.SUBSTITUTE:
            return chosen
        # The stock there is ships as ordered, the short part becomes a line of the substitute.
        line = next(each for each in facts.lines if each.no == offer.line_no)
        rest = (line.units or 0) - offer.units
        added = replace(line, no=following(facts.lines), sku=offer.sku, units=offer.units)
        kept = tuple(replace(line, units=rest) if each is line else each for each in facts.lines)
        lines = (*(each for each in kept if each.units or each.dropped_by), added)
        # New content: its price is checked again, and the customer's own total is out of date.
        return replace(
            unapproved(chosen),
            status=OrderStatus.RECEIVED,
            lines=lines,
            stated_total=None,
            frozen=False,
        )

    @classmethod
    def attempts(cls, facts: Order, context: Context) -> Iterator[Self]:
        """One of the latest check's offers."""
        for offer in current_offers(facts):
            yield cls(offer.no)
