"""Taking an order in: what is missing, what does not add up, what stock lacks (O1, P2)."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from domain.days import object_to_wanted_day
from domain.messages import msg
from domain.orders.entries import Line, Missing, Offer
from domain.orders.order import Order
from domain.orders.prices import Article, total_must_fit
from domain.orders.refusals import amount_must_fit, refuse
from domain.orders.vocabularies import (
    Irregularity,
    MissingInformation,
    OfferKind,
    OrderChannel,
    OrderFulfilment,
    OrderUrgency,
)
from domain.parties.vocabularies import CustomerKind, PaymentTerms

MOST_LINES = 1_000
# An order that is taken in cannot claim to be an import.
CHANNELS = tuple(each for each in OrderChannel if each is not OrderChannel.TAKEN_OVER)


@dataclass(frozen=True)
class CustomerFile:
    """What must be known of a customer before its first order (P2)."""

    code: str
    kind: CustomerKind
    payment_terms: PaymentTerms
    currency: str
    has_file: bool
    past_orders: int


def words_are_known(
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
                "UNKNOWN_WORD",
                "O1",
                msg("orders.ONE_OF", name=name, value=value, allowed=known),
                name,
            )


def missing_information(facts: Order, articles: Mapping[str, Article]) -> tuple[Missing, ...]:
    """Everything the order still lacks, head first, then line by line (O1)."""
    found = []
    if facts.required_on is None:
        found.append(Missing(0, MissingInformation.REQUIRED_ON, msg("orders.NO_WANTED_DAY")))
    if not facts.delivery_address:
        found.append(Missing(0, MissingInformation.DELIVERY_ADDRESS, msg("orders.NO_ADDRESS")))
    lines = [line for line in facts.lines if line.dropped_by is None]
    if not lines:
        found.append(Missing(0, MissingInformation.LINES, msg("orders.NO_LINES")))
    for line in lines:
        if line.sku is None:
            found.append(
                Missing(line.no, MissingInformation.SKU, msg("orders.LINE_NO_PRODUCT", no=line.no))
            )
        elif line.sku not in articles:
            found.append(
                Missing(
                    line.no,
                    MissingInformation.SKU_UNKNOWN,
                    msg("orders.LINE_UNKNOWN_PRODUCT", no=line.no, sku=line.sku),
                )
            )
        if not line.units:
            found.append(
                Missing(line.no, MissingInformation.UNITS, msg("orders.LINE_NO_UNITS", no=line.no))
            )
        if line.unit_price is None:
            found.append(
                Missing(
                    line.no, MissingInformation.UNIT_PRICE, msg("orders.LINE_NO_PRICE", no=line.no)
                )
            )
    # Only a complete order has a total to hold against the customer's own.
    if not found and facts.stated_total is not None and facts.stated_total != facts.total:
        found.append(
            Missing(
                0,
                MissingInformation.TOTAL_DIFFERS,
                msg("orders.TOTAL_DIFFERS", stated=facts.stated_total, total=facts.total),
            )
        )
    return tuple(found)


def offers_for(facts: Order, articles: Mapping[str, Article]) -> tuple[Offer, ...]:
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


def current_offers(facts: Order) -> tuple[Offer, ...]:
    """What the latest check offered, for lines that no change has touched since."""
    return tuple(
        offer for offer in facts.offers if offer.of == facts.checks_passed and not offer.lapsed
    )


def unanswered_offers(facts: Order) -> dict[int, int]:
    """By line, how many short units the customer has not chosen an offer for."""
    open_units: dict[int, int] = {}
    for offer in current_offers(facts):
        # The backorder is for all that is short; what was chosen covers it bit by bit.
        units = offer.units if offer.kind == OfferKind.BACKORDER else 0
        units -= offer.units if offer.chosen_by else 0
        open_units[offer.line_no] = open_units.get(offer.line_no, 0) + units
    return {line_no: units for line_no, units in open_units.items() if units > 0}


def wanted_once_placed(wanted_on: dt.date | None, placed_on: dt.date) -> None:
    """Refuse a wanted day before the order's own; None says nothing."""
    objection = None if wanted_on is None else object_to_wanted_day(wanted_on, placed_on)
    if objection is not None:
        raise refuse("BAD_DATE", "O1", objection.about(wanted_on), "requiredOn")


def total_fits_currency(stated: Decimal | None, currency: str) -> None:
    """Refuse a customer's total that is finer than the currency; None says nothing."""
    if stated is not None:
        amount_must_fit("O1", stated, currency, "statedTotal")


def by_number(lines: Iterable[Line]) -> tuple[Line, ...]:
    """An order's lines in the order of their numbers, in whichever order they came."""
    return tuple(sorted(lines, key=lambda line: line.no))


def lines_make_sense(lines: tuple[Line, ...], currency: str) -> None:
    """Refuse lines that no order can have; what is not said is no reason."""
    if len(lines) > MOST_LINES:
        raise refuse(
            "TOO_MANY_LINES",
            "O1",
            msg("orders.TOO_MANY_LINES", lines=len(lines), most=MOST_LINES),
            "lines",
        )
    if len({line.no for line in lines}) != len(lines):
        raise refuse("LINE_TWICE", "O1", msg("orders.LINE_NUMBERS"), "lines")
    for line in lines:
        if line.no < 1 or (line.units is not None and line.units < 0):
            raise refuse(
                "BAD_LINE",
                "O1",
                msg("orders.LINE_HAS_UNITS", no=line.no, units=line.units),
                "lines",
            )
        if line.unit_price is not None and line.unit_price < 0:
            raise refuse(
                "BAD_LINE",
                "O1",
                msg("orders.LINE_COSTS", no=line.no, price=line.unit_price),
                "lines",
            )
    total_must_fit("O1", lines, currency)
