"""Code, specification and price against the price plan and past orders; who approves (O2)."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.limits import MOST_MONEY
from domain.messages import Message, msg
from domain.money import shown
from domain.orders.context import Context
from domain.orders.entries import Doubt, Line, following
from domain.orders.order import Order, total_of
from domain.orders.refusals import refuse
from domain.pricing import DatedPrice, price_on

# Of a specification, in the message of a doubt: two of them have room in it.
LONGEST_QUOTED = 500


@dataclass(frozen=True)
class PastOrder:
    """What the customer last paid for a product, and in which specification."""

    unit_price: Decimal
    specification: str | None
    on: dt.date


@dataclass(frozen=True)
class Article:
    """What is known of a product when an order for it is checked or changed.

    currency: of the list price. plan_prices and last are in the order's currency.
    """

    sku: str
    list_price: Decimal
    currency: str
    pack: int = 1
    plan_prices: tuple[DatedPrice, ...] = ()
    last: PastOrder | None = None
    units_free: int = 0
    # Free units in other warehouses, and other SKUs of the style with free units.
    elsewhere: tuple[tuple[str, int], ...] = ()
    substitutes: tuple[tuple[str, int], ...] = ()
    expected_on: dt.date | None = None


def total_must_fit(rule: str, lines: tuple[Line, ...], currency: str) -> None:
    """Refuse lines that together cost more than any account holds."""
    total = total_of(lines, currency)
    if total > MOST_MONEY:
        raise refuse(
            "TOTAL_TOO_LARGE",
            rule,
            msg("orders.COSTS_TOO_MUCH", total=total, most=MOST_MONEY),
            "lines",
        )


def right_price(article: Article, currency: str, day: dt.date) -> Decimal | None:
    """What a unit costs on a day; without a plan the list price stands for it.

    None where no price of the plan holds, or the list is in another currency.
    """
    plan = price_on(article.plan_prices, day)
    if plan is not None:
        return plan.price
    return None if article.plan_prices or article.currency != currency else article.list_price


# What is doubted: the line, a lasting word, and a sentence.
Wanted = tuple[int, str, Message]


def price_doubts(
    facts: Order, articles: Mapping[str, Article], context: Context
) -> tuple[Doubt, ...]:
    """The order's doubts after a check: new ones open, those that are gone released.

    A doubt that was released stays released as long as it says the same.
    """
    wanted: list[Wanted] = []
    for line in facts.lines:
        if line.sku is not None and line.dropped_by is None:
            wanted += doubts_of(line, articles[line.sku], facts, context, facts.placed_on)
    said = {_saying(*each) for each in wanted}
    doubts = tuple(
        doubt
        if doubt.released_by or _saying(doubt.line_no, doubt.code, doubt.message) in said
        else replace(doubt, released_by=context.actor, reason=msg("orders.NO_LONGER_SO").kept)
        for doubt in facts.doubts
    )
    return with_doubts(doubts, wanted, None)


def _saying(line_no: int, code: str, message: Message) -> tuple[int, str, str]:
    """What a doubt says: one kept as a text says the same as its message does in English."""
    return line_no, code, str(message)


def with_doubts(
    doubts: tuple[Doubt, ...], wanted: Iterable[Wanted], change_no: int | None
) -> tuple[Doubt, ...]:
    """The doubts and those of these that nobody has judged, about the order or a change of it."""
    # One that dissolved by itself is doubted again when it comes back; one that was judged is not.
    settled = {
        _saying(d.line_no, d.code, d.message)
        for d in doubts
        if d.released_as or d.released_by is None
    }
    for each in wanted:
        if _saying(*each) not in settled:
            doubts = (*doubts, Doubt(following(doubts), *each, change_no=change_no))
    return doubts


def doubts_of(
    line: Line, article: Article, facts: Order, context: Context, day: dt.date
) -> list[Wanted]:
    """What of a line does not fit price plan, past orders and packs, at the prices of a day."""
    found: list[tuple[str, Message]] = []
    price = line.unit_price or Decimal(0)
    ordered = msg("orders.ORDERED_AT", price=shown(price, facts.currency))
    plan = price_on(article.plan_prices, day)
    right = right_price(article, facts.currency, day)
    where = msg("orders.LINE_NAMED", no=line.no, sku=article.sku)
    if article.plan_prices and plan is None:
        found.append(("PLAN_NOT_VALID", msg("orders.NO_PLAN_PRICE", line=where, day=day)))
    elif right is None:
        found.append(
            (
                "CURRENCY",
                msg("orders.SOLD_IN", line=where, currency=article.currency, other=facts.currency),
            )
        )
    elif not _is_near(price, right, context):
        source = msg("orders.THE_PLAN_SAYS") if plan else msg("orders.THE_LIST_SAYS")
        wanted = shown(right, facts.currency)
        found.append(
            (
                "PRICE_OFF_PLAN",
                msg(
                    "orders.PRICE_DIFFERS", line=where, ordered=ordered, source=source, price=wanted
                ),
            )
        )
    last = article.last
    if last is not None:
        # A price that the plan has changed since is no reason to doubt.
        same_plan = plan is None or plan.valid_from <= last.on
        if same_plan and not _is_near(price, last.unit_price, context):
            found.append(
                (
                    "PRICE_OFF_LAST_ORDER",
                    msg(
                        "orders.PRICE_WAS",
                        line=where,
                        ordered=ordered,
                        day=last.on,
                        price=shown(last.unit_price, facts.currency),
                    ),
                )
            )
        if line.specification != last.specification:
            found.append(
                (
                    "SPECIFICATION_DIFFERS",
                    msg(
                        "orders.SPECIFICATION_WAS",
                        line=where,
                        now=_quoted(line.specification),
                        was=_quoted(last.specification),
                    ),
                )
            )
    found += pack_doubts(line, article)
    return [(line.no, code, message) for code, message in found]


def pack_doubts(line: Line, article: Article) -> list[tuple[str, Message]]:
    """Whether a line is in whole packs: code and sentence where it is not."""
    if (line.units or 0) % article.pack == 0:
        return []
    where = msg("orders.LINE_NAMED", no=line.no, sku=article.sku)
    return [
        (
            "NOT_WHOLE_PACKS",
            msg("orders.PACKS_HOLD", line=where, units=line.units, pack=article.pack),
        )
    ]


def _quoted(specification: str | None) -> str:
    """A specification in a doubt's message; a long one shortened, yet never taken for another.

    What was judged is known again by its message.
    """
    whole = repr(specification)
    if len(whole) <= LONGEST_QUOTED:
        return whole
    fingerprint = hashlib.sha256(whole.encode()).hexdigest()[:16]
    return f"{whole[:LONGEST_QUOTED]}... ({fingerprint})"


def _is_near(price: Decimal, right: Decimal, context: Context) -> bool:
    return abs(price - right) * 100 <= right * context.policy.price_tolerance_percent
