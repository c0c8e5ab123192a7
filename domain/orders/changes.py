"""Change orders (订单变更) and modification requests: agreed, reviewed again, applied (O4)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from domain.orders.change_lines import (
    check_against_goods,
    lines_after,
    price_of_new,
    priced,
)
from domain.orders.context import CUSTOMER, Context
from domain.orders.corrections import min_ship_value_is_said, terms_make_sense
from domain.orders.currency import currency_may_change
from domain.orders.deposits import pick_up_the_rest, units_picked_up
from domain.orders.facts import (
    Change,
    Line,
    LineChange,
    OrderFacts,
    following,
    unapproved,
    with_entry,
)
from domain.orders.intake import MOST_LINES
from domain.orders.prices import (
    Article,
    Wanted,
    doubts_of,
    pack_doubts,
    total_must_fit,
    with_doubts,
)
from domain.orders.refusals import amount_must_fit, refuse
from domain.orders.reviews import sign
from domain.orders.vocabularies import ChangeKind, OrderStatus
from domain.roles import Role

REQUEST = "orderChangeRequest"


@dataclass(frozen=True)
class NewLine:
    """A line that a change adds; its price is that of the price plan where none is named."""

    sku: str
    units: int
    unit_price: Decimal | None = None
    specification: str | None = None


@dataclass(frozen=True)
class RequestChange:
    """What shall change, why, which department asked, and what it costs us beside the price.

    A customer's own login asks for itself: no department, no loss, no prices. articles: products of
    the lines before and after, in the currency after; looked up for the act.
    """

    kind: str
    reason: str
    department: str | None = None
    lines: tuple[LineChange, ...] = ()
    required_on: dt.date | None = None
    loss: Decimal = Decimal("0.00")
    added: tuple[NewLine, ...] = ()
    delivery_address: str | None = None
    payment_terms: str | None = None
    currency: str | None = None
    min_ship_value: Decimal | None = None
    articles: Mapping[str, Article] = field(default_factory=dict)


@dataclass(frozen=True)
class AgreeChange:
    """The customer's written agreement."""

    agreement: str | None = None


@dataclass(frozen=True)
class SignChange:
    """A signature under a modification request of the configuration."""

    role: str


@dataclass(frozen=True)
class WithdrawChange:
    """The change is called off before it was decided."""


def request_change(facts: OrderFacts, deed: RequestChange, context: Context) -> OrderFacts:
    """Ask for a change; its effect on the order's price and date is computed at once (O4).

    Lines that are added, swapped or dearer, and all lines under another currency, are held against
    the price plan: a doubt is answered before the change is reviewed (O2).
    """
    _words_make_sense(deed)
    department = _department(deed, context)
    if not (
        deed.lines
        or deed.added
        or deed.required_on is not None
        or deed.delivery_address
        or deed.payment_terms
        or deed.currency
        or deed.min_ship_value is not None
    ):
        raise refuse(REQUEST, "NOTHING_SAID", "O4", "Say what shall change.")
    no, currency = following(facts.changes), deed.currency or facts.currency
    if currency != facts.currency:
        currency_may_change(REQUEST, "O4", facts, currency, context)
        min_ship_value_is_said(REQUEST, "O4", facts, currency, deed.min_ship_value)
    amount_must_fit(REQUEST, "O4", deed.loss, facts.currency, "loss")
    if deed.min_ship_value is not None:
        amount_must_fit(REQUEST, "O4", deed.min_ship_value, currency, "minShipValue")
    if deed.kind != ChangeKind.CONFIGURATION and any(line.specification for line in deed.lines):
        raise refuse(
            REQUEST,
            "CONFIGURATION_REQUEST_NEEDED",
            "O4",
            "A confirmed configuration changes only by a signed modification request"
            f" ({ChangeKind.CONFIGURATION}).",
            "kind",
        )
    wanted, swapped = priced(facts, deed.lines, deed.articles, currency, context)
    added = _new_lines(facts, deed, currency, context, len(swapped))
    change = Change(
        no=no,
        kind=deed.kind,
        reason=deed.reason,
        asked_by=context.actor,
        department=department,
        asked_on=context.today,
        lines=wanted,
        required_on=deed.required_on,
        loss=deed.loss,
        cost_effect=None,
        days_effect=0,
        added=swapped + added,
        delivery_address=deed.delivery_address or None,
        payment_terms=deed.payment_terms,
        currency=None if currency == facts.currency else currency,
        min_ship_value=deed.min_ship_value,
    )
    after = _changed(facts, change, context)
    if deed.required_on is not None and facts.required_on is not None:
        days = (deed.required_on - facts.required_on).days
        change = replace(change, days_effect=days)
    if change.currency is None:
        change = replace(change, cost_effect=after.total - facts.total)
    change = replace(change, new_total=after.total)
    doubts = with_doubts(facts.doubts, _doubts(facts, after, change, deed.articles, context), no)
    return replace(facts, changes=(*facts.changes, change), doubts=doubts)


def _words_make_sense(deed: RequestChange) -> None:
    if not ChangeKind.has(deed.kind):
        raise refuse(
            REQUEST, "UNKNOWN_WORD", "O4", f"A change is {' or '.join(ChangeKind)}.", "kind"
        )
    if not deed.reason.strip():
        raise refuse(REQUEST, "REASON_MISSING", "O4", "Say why it shall change.", "reason")
    if deed.loss < 0:
        raise refuse(REQUEST, "BAD_AMOUNT", "O4", "A loss is not negative.", "loss")
    terms_make_sense(REQUEST, "O4", deed.payment_terms, deed.currency)


def _department(deed: RequestChange, context: Context) -> str:
    """Who bears the loss; a customer's own login asks for the customer and tells no prices."""
    if context.is_customer:
        if deed.department not in (None, CUSTOMER) or deed.loss:
            raise refuse(
                REQUEST,
                "NOT_YOURS_TO_SAY",
                "O4",
                "Leave out department and loss: they are for our own people.",
                "department",
            )
        prices = [line.unit_price for line in deed.lines] + [line.unit_price for line in deed.added]
        if any(price is not None for price in prices):
            raise refuse(
                REQUEST,
                "NOT_YOURS_TO_SAY",
                "O4",
                "Leave out unit prices: they come from the price plan.",
                "lines",
            )
        return CUSTOMER
    if deed.department is None or deed.department not in set(Role):
        raise refuse(
            REQUEST,
            "UNKNOWN_WORD",
            "O4",
            f"No department {deed.department!r}: say which asks for the change.",
            "department",
        )
    return deed.department


def _new_lines(
    facts: OrderFacts, deed: RequestChange, currency: str, context: Context, swapped: int
) -> tuple[Line, ...]:
    """The lines that are added, under the next numbers after those of swaps, with their prices."""
    if len(facts.lines) + swapped + len(deed.added) > MOST_LINES:
        raise refuse(
            REQUEST,
            "TOO_MANY_LINES",
            "O4",
            f"An order has {MOST_LINES:,} lines at most: order the rest apart.",
            "addLines",
        )
    first = following(facts.lines) + swapped
    lines = tuple(
        Line(first + place, each.sku, each.units, each.unit_price, each.specification)
        for place, each in enumerate(deed.added)
    )
    for line in lines:
        if line.sku not in deed.articles:
            raise refuse(
                REQUEST, "NO_SUCH_SKU", "O4", f"No product {line.sku!r} is known.", "addLines"
            )
        if not line.units or line.units < 1:
            raise refuse(
                REQUEST,
                "BAD_LINE",
                "O4",
                f"{line.sku}: {line.units} units; a new line has 1 at least.",
                "addLines",
            )
        if line.unit_price is not None and line.unit_price < 0:
            raise refuse(REQUEST, "BAD_AMOUNT", "O4", f"{line.sku}: a negative price.", "addLines")
    return tuple(
        replace(line, unit_price=price_of_new(line, deed.articles, currency, context))
        for line in lines
    )


def _changed(facts: OrderFacts, change: Change, context: Context) -> OrderFacts:
    """The order with the content of a change; refused where goods or sums stand against it."""
    check_against_goods(facts, change, context)
    lines = lines_after(facts.lines, change)
    currency = change.currency or facts.currency
    total_must_fit(REQUEST, "O4", lines, currency)
    least = facts.min_ship_value if change.min_ship_value is None else change.min_ship_value
    after = replace(
        facts,
        lines=lines,
        required_on=change.required_on or facts.required_on,
        delivery_address=change.delivery_address or facts.delivery_address,
        payment_terms=change.payment_terms or facts.payment_terms,
        currency=currency,
        min_ship_value=least,
    )
    if after.units == 0:
        raise refuse(
            REQUEST, "NOTHING_LEFT", "O4", "Nothing would be left; cancel the order.", "lines"
        )
    return after


def _doubts(
    facts: OrderFacts,
    after: OrderFacts,
    change: Change,
    articles: Mapping[str, Article],
    context: Context,
) -> list[Wanted]:
    """What of the change's content does not fit price plan, past orders and packs (O2)."""
    before = {line.no: line for line in facts.lines}
    found: list[Wanted] = []
    for line in after.lines:
        was, article = before.get(line.no), articles.get(line.sku or "")
        if line == was or line.dropped_by is not None or article is None:
            continue
        if (
            was is None
            or change.currency is not None
            or (line.sku, line.unit_price) != (was.sku, was.unit_price)
        ):
            found += doubts_of(line, article, after, context, context.today)
        else:
            found += [(line.no, code, message) for code, message in pack_doubts(line, article)]
    return found


def _open(facts: OrderFacts) -> Change:
    change = facts.open_change
    if change is None:
        raise LookupError("the transition table lets this act only on an open change")
    return change


def agree_change(facts: OrderFacts, deed: AgreeChange, context: Context) -> OrderFacts:
    """Keep the customer's written agreement; only then the change is reviewed (O4)."""
    agreement = context.written(deed.agreement)
    if agreement is None:
        raise refuse(
            "orderChangeAgree", "PAPER_MISSING", "O4", "The agreement is in writing.", "agreement"
        )
    change = replace(_open(facts), state="AGREED", agreement=agreement, agreed_on=context.today)
    return replace(facts, changes=with_entry(facts.changes, change))


def sign_change(facts: OrderFacts, deed: SignChange, context: Context) -> OrderFacts:
    """Sales manager and deputy general manager sign a modification request (O4)."""
    change = _open(facts)
    if change.kind != ChangeKind.CONFIGURATION:
        raise refuse(
            "orderChangeSign", "NOT_A_CONFIGURATION", "O4", "Only a modification request is signed."
        )
    signers = context.policy.configuration_signers
    return sign(
        facts,
        "orderChangeSign",
        "O4",
        ChangeKind.CONFIGURATION,
        deed.role,
        signers,
        context,
        change.no,
    )


def withdraw_change(facts: OrderFacts, deed: WithdrawChange, context: Context) -> OrderFacts:
    """Call a change off; the order stays as it was."""
    return end_change(facts, _open(facts), "WITHDRAWN", context)


def end_change(facts: OrderFacts, change: Change, state: str, context: Context) -> OrderFacts:
    """The order without the change: it is withdrawn or rejected, and what it raised is settled."""
    doubts = tuple(
        replace(doubt, released_by=context.actor, reason="the change is off")
        if doubt.change_no == change.no and doubt.released_by is None
        else doubt
        for doubt in facts.doubts
    )
    changes = with_entry(facts.changes, replace(change, state=state))
    return replace(facts, changes=changes, doubts=doubts)


def apply_change(
    facts: OrderFacts, change: Change, promised_on: dt.date | None, context: Context
) -> OrderFacts:
    """The order with the change in it; what was signed or sent for the old content is void.

    promised_on: production's new written date; without one its old date stands, and the day
    promised to the customer too (O10). Raises OrderRefused when units that the change takes away
    were given out meanwhile, or money was taken in the currency that it leaves.
    """
    if change.currency is not None:
        currency_may_change(REQUEST, "O4", facts, change.currency, context)
    content = _changed(facts, change, context)
    promised, production = _promise_moved(facts, promised_on), facts.production_promised_on
    days = change.days_effect
    if (
        facts.status == OrderStatus.CONFIRMED
        and promised is not None
        and facts.promised_on is not None
    ):
        days = (promised - facts.promised_on).days
    elif production is not None:
        days = ((promised_on or production) - production).days
    touched = {each.line_no for each in change.lines if each.drop or each.units is not None}
    applied = replace(
        content,
        offers=tuple(
            replace(offer, lapsed=True) if offer.line_no in touched else offer
            for offer in facts.offers
        ),
        changes=with_entry(facts.changes, replace(change, state="APPLIED", days_effect=days)),
        production_promised_on=promised_on or facts.production_promised_on,
        production_ordered_on=None,
        work_started_on=None,
        gate_released_on=None,
    )
    if _terms(applied) != _terms(facts):
        # The customer's own total was of the old content.
        applied = replace(unapproved(applied), stated_total=None)
    if facts.status == OrderStatus.CONFIRMED:
        # The written agreement stands in place of a new confirmation.
        applied = replace(applied, promised_on=promised)
        # What was left to be picked up is called off today.
        if applied.pickups and units_picked_up(applied) == applied.units:
            return pick_up_the_rest(applied, context)
        return applied
    return replace(
        applied,
        promised_on=None,
        first_promised_on=None,
        confirmation_sent_on=None,
        confirmation_sent_back_on=None,
        confirmation_sent_back_by=None,
        confirmation_remarks=None,
        confirmation_returned_on=None,
        confirmation_defects=(),
    )


def _promise_moved(facts: OrderFacts, production_on: dt.date | None) -> dt.date | None:
    """The day told to the customer moves as production's own does, and is never before it (O10)."""
    promised, was = facts.promised_on, facts.production_promised_on
    if promised is None or production_on is None:
        return promised
    moved = promised if was is None else promised + (production_on - was)
    return max(moved, production_on)


def _terms(facts: OrderFacts) -> object:
    """What finance and sales approved: terms of payment, and SKU, units and price of each line."""
    lines = [(line.no, line.sku, line.units, line.unit_price) for line in facts.lines]
    return facts.currency, facts.payment_terms, lines
