"""Taking an order in: what is missing, what does not add up, what stock lacks (O1, P2)."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from domain.days import object_to_wanted_day
from domain.documents import optional_number
from domain.orders.context import Context
from domain.orders.facts import (
    Line,
    Missing,
    Offer,
    OrderFacts,
    entry,
    following,
    unapproved,
    with_entry,
)
from domain.orders.prices import Article, price_doubts, total_must_fit
from domain.orders.refusals import amount_must_fit, refuse
from domain.orders.vocabularies import (
    Irregularity,
    OfferKind,
    OrderChannel,
    OrderFulfilment,
    OrderStatus,
    OrderUrgency,
)

MOST_LINES = 1_000
# An order that is taken in cannot claim to be an import.
CHANNELS = tuple(each for each in OrderChannel if each is not OrderChannel.TAKEN_OVER)


@dataclass(frozen=True)
class CustomerFile:
    """What must be known of a customer before its first order (P2)."""

    code: str
    kind: str
    payment_terms: str
    currency: str
    has_file: bool
    past_orders: int


@dataclass(frozen=True)
class Place:
    """A new order as the customer gave it; what was not said stays open."""

    customer: str
    channel: str
    lines: tuple[Line, ...] = ()
    urgency: str = "NORMAL"
    fulfilment: str = "MADE_TO_ORDER"
    special: bool = False
    spare_part: bool = False
    irregularities: tuple[str, ...] = ()
    needs_logistics: bool = False
    commission: bool = False
    prepayment: bool = False
    required_on: dt.date | None = None
    delivery_address: str | None = None
    stated_total: Decimal | None = None
    ship_complete: bool = False
    min_ship_value: Decimal = Decimal("0.00")
    customer_po: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Acknowledge:
    """The customer was told that the order is here."""


@dataclass(frozen=True)
class Check:
    """The clerk checks the order line by line against catalogue, price plan and stock."""

    articles: Mapping[str, Article] = field(default_factory=dict)


@dataclass(frozen=True)
class ChooseOffer:
    """The customer took one of the offers for a short line."""

    offer: int


def place(deed: Place, number: str, customer: CustomerFile, context: Context) -> OrderFacts:
    """Take an order in; an incomplete one too, it will be asked for what it lacks (O1).

    Raises OrderRefused when a new customer has no file yet (P2), or a word is unknown.
    """
    if not customer.has_file and customer.past_orders == 0:
        raise refuse(
            "orderPlace",
            "CUSTOMER_FILE_MISSING",
            "P2",
            f"Customer {customer.code!r} is new: open its file before its first order.",
            "customer",
        )
    words_are_known("orderPlace", deed.channel, deed.urgency, deed.fulfilment, deed.irregularities)
    lines_make_sense("orderPlace", deed.lines, customer.currency)
    total_fits_currency("orderPlace", deed.stated_total, customer.currency)
    wanted_once_placed("orderPlace", deed.required_on, context.today)
    return OrderFacts(
        number=number,
        customer=customer.code,
        customer_kind=customer.kind,
        payment_terms=customer.payment_terms,
        currency=customer.currency,
        status=OrderStatus.RECEIVED,
        placed_on=context.today,
        channel=deed.channel,
        urgency=deed.urgency,
        fulfilment=deed.fulfilment,
        special=deed.special,
        spare_part=deed.spare_part,
        irregularities=deed.irregularities,
        needs_logistics=deed.needs_logistics,
        commission=deed.commission,
        prepayment=deed.prepayment,
        required_on=deed.required_on,
        delivery_address=deed.delivery_address,
        stated_total=deed.stated_total,
        ship_complete=deed.ship_complete,
        min_ship_value=deed.min_ship_value,
        customer_po=optional_number(deed.customer_po, "customerPo"),
        note=deed.note,
        lines=by_number(deed.lines),
    )


def words_are_known(
    action: str,
    channel: str | None,
    urgency: str | None,
    fulfilment: str | None,
    irregularities: tuple[str, ...] | None,
) -> None:
    """Refuse a word that is none of its list; None says nothing."""
    for name, value, known in (
        ("channel", channel, CHANNELS),
        ("urgency", urgency, tuple(OrderUrgency)),
        ("fulfilment", fulfilment, tuple(OrderFulfilment)),
        *(("irregularities", each, tuple(Irregularity)) for each in irregularities or ()),
    ):
        if value is not None and value not in known:
            raise refuse(
                action,
                "UNKNOWN_WORD",
                "O1",
                f"{name} is {value!r}; it must be one of {', '.join(known)}.",
                name,
            )


def acknowledge(facts: OrderFacts, deed: Acknowledge, context: Context) -> OrderFacts:
    """Note who told the customer, and when."""
    return replace(facts, acknowledged_on=context.today, acknowledged_by=context.actor)


def missing_information(facts: OrderFacts, articles: Mapping[str, Article]) -> tuple[Missing, ...]:
    """Everything the order still lacks, head first, then line by line (O1)."""
    found = []
    if facts.required_on is None:
        found.append(Missing(0, "REQUIRED_ON", "The day the customer wants it is not said."))
    if not facts.delivery_address:
        found.append(Missing(0, "DELIVERY_ADDRESS", "The delivery address is not said."))
    lines = [line for line in facts.lines if line.dropped_by is None]
    if not lines:
        found.append(Missing(0, "LINES", "The order has no lines."))
    for line in lines:
        if line.sku is None:
            found.append(Missing(line.no, "SKU", f"Line {line.no} does not say which product."))
        elif line.sku not in articles:
            found.append(
                Missing(
                    line.no, "SKU_UNKNOWN", f"Line {line.no}: no product {line.sku!r} is known."
                )
            )
        if not line.units:
            found.append(Missing(line.no, "UNITS", f"Line {line.no} does not say how many."))
        if line.unit_price is None:
            found.append(Missing(line.no, "UNIT_PRICE", f"Line {line.no} has no price."))
    # Only a complete order has a total to hold against the customer's own.
    if not found and facts.stated_total is not None and facts.stated_total != facts.total:
        found.append(
            Missing(
                0,
                "TOTAL_DIFFERS",
                f"The customer's total is {facts.stated_total}, the lines make {facts.total}.",
            )
        )
    return tuple(found)


def offers_for(facts: OrderFacts, articles: Mapping[str, Article]) -> tuple[Offer, ...]:
    """For each line that free stock does not cover: transfer, substitute, or backorder (O1)."""
    if facts.fulfilment != OrderFulfilment.FROM_STOCK:
        return ()
    free = {sku: article.units_free for sku, article in articles.items()}
    found: list[Offer] = []
    for line in facts.lines:
        if line.sku is None or not line.units:
            continue
        given = min(line.units, free[line.sku])
        free[line.sku] -= given
        short = line.units - given
        if short == 0:
            continue
        article = articles[line.sku]
        for warehouse, units in article.elsewhere:
            found.append(
                Offer(
                    len(found) + 1,
                    line.no,
                    OfferKind.TRANSFER,
                    min(short, units),
                    warehouse=warehouse,
                )
            )
        for sku, units in article.substitutes:
            found.append(
                Offer(len(found) + 1, line.no, OfferKind.SUBSTITUTE, min(short, units), sku=sku)
            )
        found.append(
            Offer(
                len(found) + 1, line.no, OfferKind.BACKORDER, short, expected_on=article.expected_on
            )
        )
    return tuple(found)


def check(facts: OrderFacts, deed: Check, context: Context) -> OrderFacts:
    """First check: NEEDS_INFO with the list of what is missing, else on to approval (O1, O2)."""
    missing = missing_information(facts, deed.articles)
    if missing:
        return replace(facts, status=OrderStatus.NEEDS_INFO, missing=missing)
    doubts = price_doubts(facts, deed.articles, context)
    # Offers of earlier checks stay as history.
    passed = facts.checks_passed + 1
    offers = tuple(
        replace(offer, no=offer.no + len(facts.offers), of=passed)
        for offer in offers_for(facts, deed.articles)
    )
    return replace(
        facts,
        status=OrderStatus.UNDER_CHECK,
        missing=(),
        checks_passed=passed,
        doubts=doubts,
        offers=facts.offers + offers,
    )


def current_offers(facts: OrderFacts) -> tuple[Offer, ...]:
    """What the latest check offered, for lines that no change has touched since."""
    return tuple(
        offer for offer in facts.offers if offer.of == facts.checks_passed and not offer.lapsed
    )


def unanswered_offers(facts: OrderFacts) -> dict[int, int]:
    """By line, how many short units the customer has not chosen an offer for."""
    open_units: dict[int, int] = {}
    for offer in current_offers(facts):
        # The backorder is for all that is short; what was chosen covers it bit by bit.
        units = offer.units if offer.kind == OfferKind.BACKORDER else 0
        units -= offer.units if offer.chosen_by else 0
        open_units[offer.line_no] = open_units.get(offer.line_no, 0) + units
    return {line_no: units for line_no, units in open_units.items() if units > 0}


def choose_offer(facts: OrderFacts, deed: ChooseOffer, context: Context) -> OrderFacts:
    """Note the customer's choice; a substitute takes the place of the line's product (O1)."""
    action = "orderOfferChoose"
    offer = entry(current_offers(facts), deed.offer)
    if offer is None:
        raise refuse(action, "NO_SUCH_OFFER", "O1", f"There is no offer {deed.offer}.", "offer")
    left = unanswered_offers(facts).get(offer.line_no, 0)
    if offer.chosen_by is not None or left == 0:
        raise refuse(
            action,
            "OFFER_ANSWERED",
            "O1",
            f"The customer has chosen for line {offer.line_no} already.",
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
    # New content: its price is checked anew, and the customer's own total is out of date.
    return replace(
        unapproved(chosen),
        status=OrderStatus.RECEIVED,
        lines=lines,
        stated_total=None,
        frozen=False,
    )


def wanted_once_placed(action: str, wanted_on: dt.date | None, placed_on: dt.date) -> None:
    """Refuse a wanted day before the order's own; None says nothing."""
    objection = None if wanted_on is None else object_to_wanted_day(wanted_on, placed_on)
    if objection is not None:
        raise refuse(action, "BAD_DATE", "O1", objection.about(wanted_on), "requiredOn")


def total_fits_currency(action: str, stated: Decimal | None, currency: str) -> None:
    """Refuse a customer's total that is finer than the currency; None says nothing."""
    if stated is not None:
        amount_must_fit(action, "O1", stated, currency, "statedTotal")


def by_number(lines: Iterable[Line]) -> tuple[Line, ...]:
    """An order's lines in the order of their numbers, however they were told."""
    return tuple(sorted(lines, key=lambda line: line.no))


def lines_make_sense(action: str, lines: tuple[Line, ...], currency: str) -> None:
    """Refuse lines that no order can have; what is not said is no reason."""
    if len(lines) > MOST_LINES:
        raise refuse(
            action,
            "TOO_MANY_LINES",
            "O1",
            f"There are {len(lines):,} lines; an order has {MOST_LINES:,} at most: split it.",
            "lines",
        )
    if len({line.no for line in lines}) != len(lines):
        raise refuse(action, "LINE_TWICE", "O1", "Each line has a number of its own.", "lines")
    for line in lines:
        if line.no < 1 or (line.units is not None and line.units < 0):
            raise refuse(
                action, "BAD_LINE", "O1", f"Line {line.no} has {line.units} units.", "lines"
            )
        if line.unit_price is not None and line.unit_price < 0:
            raise refuse(
                action, "BAD_LINE", "O1", f"Line {line.no} costs {line.unit_price}.", "lines"
            )
    total_must_fit(action, "O1", lines, currency)
