"""Change orders (订单变更) and modification requests: agreed, reviewed again, applied (O4)."""

import datetime as dt
from dataclasses import replace

from domain.messages import msg
from domain.orders.change_lines import (
    check_against_goods,
    lines_after,
)
from domain.orders.context import Context
from domain.orders.currency import currency_may_change
from domain.orders.deposits import pick_up_the_rest, units_picked_up
from domain.orders.entries import Change, with_entry
from domain.orders.order import Order, unapproved
from domain.orders.prices import (
    total_must_fit,
)
from domain.orders.refusals import refuse
from domain.orders.vocabularies import ChangeState, OrderStatus


def with_content(facts: Order, change: Change, context: Context) -> Order:
    """The order with the content of a change; refused where goods or sums stand against it."""
    check_against_goods(facts, change, context)
    lines = lines_after(facts.lines, change)
    currency = change.currency or facts.currency
    total_must_fit("O4", lines, currency)
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
        raise refuse("NOTHING_LEFT", "O4", msg("orders.NOTHING_LEFT"), "lines")
    return after


def end_change(facts: Order, change: Change, state: ChangeState, context: Context) -> Order:
    """The order without the change: it is withdrawn or rejected, and what it raised is settled."""
    doubts = tuple(
        replace(doubt, released_by=context.actor, reason=msg("orders.CHANGE_IS_OFF").kept)
        if doubt.change_no == change.no and doubt.released_by is None
        else doubt
        for doubt in facts.doubts
    )
    changes = with_entry(facts.changes, replace(change, state=state))
    return replace(facts, changes=changes, doubts=doubts)


def apply_change(
    facts: Order, change: Change, promised_on: dt.date | None, context: Context
) -> Order:
    """The order with the change in it; what was signed or sent for the old content is void.

    promised_on: production's new written date; without one its old date stands, and the day
    promised to the customer too (O10). Raises OrderRefused when units that the change takes away
    were given out meanwhile, or money was taken in the currency that it leaves.
    """
    if change.currency is not None:
        currency_may_change("O4", facts, change.currency, context)
    content = with_content(facts, change, context)
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
        changes=with_entry(
            facts.changes, replace(change, state=ChangeState.APPLIED, days_effect=days)
        ),
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


def _promise_moved(facts: Order, production_on: dt.date | None) -> dt.date | None:
    """The day promised to the customer moves with production's and is never before it (O10)."""
    promised, was = facts.promised_on, facts.production_promised_on
    if promised is None or production_on is None:
        return promised
    moved = promised if was is None else promised + (production_on - was)
    return max(moved, production_on)


def _terms(facts: Order) -> object:
    """What finance and sales approved: terms of payment, and SKU, units and price of each line."""
    lines = [(line.no, line.sku, line.units, line.unit_price) for line in facts.lines]
    return facts.currency, facts.payment_terms, lines
