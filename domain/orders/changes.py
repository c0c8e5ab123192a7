"""Change orders (订单变更) and modification requests: agreed, reviewed again, applied (O4)."""

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.orders.context import Context
from domain.orders.deposits import pick_up_the_rest, units_picked_up
from domain.orders.facts import (
    CONFIRMED,
    Change,
    Line,
    LineChange,
    OrderFacts,
    entry,
    following,
    unapproved,
    with_entry,
)
from domain.orders.prices import total_must_fit
from domain.orders.refusals import amount_must_fit, refuse
from domain.orders.reviews import sign
from domain.roles import Role

ORDER_CHANGE, CONFIGURATION = "ORDER_CHANGE", "CONFIGURATION"
CHANGE_KINDS = (ORDER_CHANGE, CONFIGURATION)
CHANGE_STATES = ("REQUESTED", "AGREED", "UNDER_REVIEW", "APPLIED", "REJECTED", "WITHDRAWN")


@dataclass(frozen=True)
class RequestChange:
    """What shall change, why, which department asked, and what it costs us beside the price."""

    kind: str
    reason: str
    department: str
    lines: tuple[LineChange, ...] = ()
    required_on: dt.date | None = None
    loss: Decimal = Decimal("0.00")


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


def changed_lines(lines: tuple[Line, ...], changes: tuple[LineChange, ...]) -> tuple[Line, ...]:
    """The lines as they would be."""
    wanted = {change.line_no: change for change in changes}
    return tuple(_changed(line, wanted[line.no]) if line.no in wanted else line for line in lines)


def _changed(line: Line, change: LineChange) -> Line:
    return replace(
        line,
        units=line.units if change.units is None else change.units,
        unit_price=line.unit_price if change.unit_price is None else change.unit_price,
        specification=change.specification or line.specification,
    )


def request_change(facts: OrderFacts, deed: RequestChange, context: Context) -> OrderFacts:
    """Ask for a change; its effect on the order's price and date is computed at once (O4)."""
    action = "orderChangeRequest"
    if deed.kind not in CHANGE_KINDS:
        raise refuse(
            action, "UNKNOWN_WORD", "O4", f"A change is {' or '.join(CHANGE_KINDS)}.", "kind"
        )
    if deed.department not in set(Role):
        raise refuse(
            action, "UNKNOWN_WORD", "O4", f"No department {deed.department!r}.", "department"
        )
    if not deed.reason.strip():
        raise refuse(action, "REASON_MISSING", "O4", "Say why it shall change.", "reason")
    if not deed.lines and deed.required_on is None:
        raise refuse(action, "NOTHING_SAID", "O4", "Say what shall change.")
    if deed.loss < 0:
        raise refuse(action, "BAD_AMOUNT", "O4", "A loss is not negative.", "loss")
    amount_must_fit(action, "O4", deed.loss, facts.currency, "loss")
    for wanted in deed.lines:
        _check_line(facts, wanted, deed.kind, context)
    after = replace(facts, lines=changed_lines(facts.lines, deed.lines))
    _check_units(facts, after)
    total_must_fit(action, "O4", after.lines, facts.currency)
    days = 0
    if deed.required_on is not None and facts.required_on is not None:
        days = (deed.required_on - facts.required_on).days
    change = Change(
        no=following(facts.changes),
        kind=deed.kind,
        reason=deed.reason,
        asked_by=context.actor,
        department=deed.department,
        asked_on=context.today,
        lines=deed.lines,
        required_on=deed.required_on,
        loss=deed.loss,
        cost_effect=after.total - facts.total,
        days_effect=days,
    )
    return replace(facts, changes=(*facts.changes, change))


def _check_line(facts: OrderFacts, wanted: LineChange, kind: str, context: Context) -> None:
    action = "orderChangeRequest"
    line = entry(facts.lines, wanted.line_no)
    if line is None:
        raise refuse(action, "NO_SUCH_LINE", "O4", f"There is no line {wanted.line_no}.", "lines")
    if wanted.specification is not None and kind != CONFIGURATION:
        raise refuse(
            action,
            "CONFIGURATION_REQUEST_NEEDED",
            "O4",
            "A confirmed configuration changes only by a signed modification request"
            f" ({CONFIGURATION}).",
            "kind",
        )
    if wanted.units is not None:
        goods = context.of_line(line.no)
        bound = goods.shipped + goods.held + goods.reserved
        if wanted.units < bound:
            raise refuse(
                action,
                "UNITS_GIVEN_OUT",
                "O4",
                f"Line {line.no}: {bound} units are shipped, given or reserved already.",
                "lines",
            )
    if wanted.unit_price is not None and wanted.unit_price < 0:
        raise refuse(action, "BAD_AMOUNT", "O4", f"Line {line.no}: a negative price.", "lines")
    shipped = context.of_line(line.no).shipped
    if shipped and wanted.unit_price not in (None, line.unit_price):
        raise refuse(
            action,
            "UNITS_SHIPPED",
            "O4",
            f"Line {line.no}: {shipped} units have left at {line.unit_price}; sell the rest at"
            " another price by an order of its own.",
            "lines",
        )


def _check_units(facts: OrderFacts, after: OrderFacts) -> None:
    """An order does not shrink to nothing, nor below what was picked up of it."""
    action, picked_up = "orderChangeRequest", units_picked_up(facts)
    if after.units == 0:
        raise refuse(
            action, "NOTHING_LEFT", "O4", "Nothing would be left; cancel the order.", "lines"
        )
    if after.units < picked_up:
        raise refuse(
            action, "UNITS_GIVEN_OUT", "O4", f"{picked_up} units are picked up already.", "lines"
        )


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
    if change.kind != CONFIGURATION:
        raise refuse(
            "orderChangeSign", "NOT_A_CONFIGURATION", "O4", "Only a modification request is signed."
        )
    signers = context.policy.configuration_signers
    return sign(
        facts, "orderChangeSign", "O4", CONFIGURATION, deed.role, signers, context, change.no
    )


def withdraw_change(facts: OrderFacts, deed: WithdrawChange, context: Context) -> OrderFacts:
    """Call a change off; the order stays as it was."""
    change = replace(_open(facts), state="WITHDRAWN")
    return replace(facts, changes=with_entry(facts.changes, change))


def apply_change(
    facts: OrderFacts, change: Change, promised_on: dt.date | None, context: Context
) -> OrderFacts:
    """The order with the change in it; what was signed or sent for the old content is void.

    promised_on: production's new written date; without one its old date stands, and the day
    promised to the customer too (O10). Raises OrderRefused when units that the change takes away
    were given out meanwhile.
    """
    for wanted in change.lines:
        _check_line(facts, wanted, change.kind, context)
    lines = changed_lines(facts.lines, change.lines)
    _check_units(facts, replace(facts, lines=lines))
    promised, production = _promise_moved(facts, promised_on), facts.production_promised_on
    days = change.days_effect
    if facts.status == CONFIRMED and promised is not None and facts.promised_on is not None:
        days = (promised - facts.promised_on).days
    elif production is not None:
        days = ((promised_on or production) - production).days
    applied = replace(
        facts,
        lines=lines,
        required_on=change.required_on or facts.required_on,
        changes=with_entry(facts.changes, replace(change, state="APPLIED", days_effect=days)),
        production_promised_on=promised_on or facts.production_promised_on,
        production_ordered_on=None,
        work_started_on=None,
        gate_released_on=None,
    )
    if _terms(applied) != _terms(facts):
        applied = unapproved(applied)
    if facts.status == CONFIRMED:
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


def _terms(facts: OrderFacts) -> list[tuple[int, int | None, Decimal | None]]:
    """What finance and sales approved: units and price of each line."""
    return [(line.no, line.units, line.unit_price) for line in facts.lines]
