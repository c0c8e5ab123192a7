"""Special regional orders: their signatures, deposit, pick-up and what is forfeited (O7)."""

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.messages import Message, msg
from domain.money import percent_of, written
from domain.orders.context import Context
from domain.orders.entries import Pickup, following
from domain.orders.gates import deposit_required
from domain.orders.order import Order
from domain.orders.refusals import refuse
from domain.orders.vocabularies import DepositState
from domain.policy.orders import ORDER, OrderPolicy
from domain.sentences import Money

SPECIAL = "SPECIAL"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of the deposit on a day: lost, offset against the price, and with a penalty."""

    forfeited: Decimal
    offset: Decimal
    is_penalised: bool


def lacking_for_effect(facts: Order, policy: OrderPolicy) -> list[tuple[str, Message]]:
    """Why a special order is not effective yet (O7)."""
    if not facts.special:
        return []
    found = []
    signed = facts.signers(SPECIAL)
    unsigned = [role for role in policy.special_signers if role not in signed]
    if unsigned:
        found.append(("SPECIAL_UNSIGNED", msg("orders.NEEDS_TO_SIGN", roles=unsigned)))
    needed = deposit_required(facts, policy)
    if facts.deposit_paid < needed:
        found.append(
            (
                "DEPOSIT_MISSING",
                msg(
                    "orders.PART_OF_DEPOSIT",
                    paid=Money(written(facts.deposit_paid, facts.currency), facts.currency),
                    needed=Money(written(needed, facts.currency), facts.currency),
                ),
            )
        )
    return found


def pick_up(facts: Order, units: int, on: dt.date, context: Context) -> Order:
    """Note a pick-up; with the last unit the deposit is settled (O7)."""
    before = units_picked_up(facts)
    if facts.stock_in_on is None:
        raise LookupError("the transition table lets this command only after stock-in")
    last = max((each.on for each in facts.pickups), default=facts.stock_in_on)
    if on > context.today or on < last:
        raise refuse("BAD_DATE", "O7", msg("orders.PICK_UP_DAY", last=last), "on")
    if not 1 <= units <= facts.units - before:
        raise refuse(
            "TOO_MANY_UNITS",
            "O7",
            msg("orders.LEFT_TO_PICK_UP", units=facts.units - before),
            "units",
        )
    pickup = Pickup(following(facts.pickups), units, on, context.actor)
    facts = replace(facts, pickups=(*facts.pickups, pickup))
    return facts if before + units < facts.units else _all_picked_up(facts, on, context)


def _all_picked_up(facts: Order, on: dt.date, context: Context) -> Order:
    facts = replace(facts, picked_up_on=on)
    # Settled by the timer before: the last unit changes nothing any more.
    return facts if facts.deposit_settled_on else settle_today(facts, context)


def units_picked_up(facts: Order) -> int:
    """Units of a special order that were picked up so far."""
    return sum(each.units for each in facts.pickups)


def pick_up_the_rest(facts: Order, context: Context) -> Order:
    """A special order of which everything has left, by our own transport: as picked up today.

    Whoever fetches the goods, they left the warehouse on that day, and the deposit is settled by
    it (O7).
    """
    if not facts.special or facts.picked_up_on is not None:
        return facts
    left = facts.units - units_picked_up(facts)
    if left == 0:
        return _all_picked_up(facts, context.today, context)
    return pick_up(facts, left, context.today, context)


def settle_ended(facts: Order, context: Context) -> Order:
    """The deposit of a special order that is called off or rejected is settled by this day.

    Before stock-in all of it goes back; afterwards what a pick-up on this day would cost is lost,
    else a late customer would cancel instead of paying (O7, O14).
    """
    if not facts.special or facts.deposit_settled_on is not None or not facts.deposit_paid:
        return facts
    return settle_today(facts, context)


def settle_today(facts: Order, context: Context) -> Order:
    """The order with its deposit settled, by the day of the pick-up or as of today."""
    terms = settlement(facts, facts.picked_up_on or context.today, context.policy)
    return replace(facts, deposit_forfeited=terms.forfeited, deposit_settled_on=context.today)


def settlement(facts: Order, on: dt.date, policy: OrderPolicy) -> Settlement:
    """What becomes of the deposit when everything is picked up on a day, or on none so far (O7).

    Within 7 days of stock-in all of it offsets the price; by day 15 10 % is lost; later 30 %, and
    the region's manager has a penalty (P8). Per cents are of the order's amount, or the deposit.
    Before stock-in no day counts.
    """
    days = 0 if facts.stock_in_on is None else (on - facts.stock_in_on).days
    percent, penalised = Decimal(0), False
    if days > policy.late_pickup_days:
        percent, penalised = policy.lapsed_forfeit_percent, True
    elif days > policy.pickup_days:
        percent = policy.late_forfeit_percent
    base = facts.total if policy.forfeit_base == ORDER else facts.deposit_paid
    # Nobody loses more than was paid.
    forfeited = min(percent_of(base, percent, facts.currency), facts.deposit_paid)
    return Settlement(forfeited, facts.deposit_paid - forfeited, penalised)


def has_lapsed(facts: Order, today: dt.date, policy: OrderPolicy) -> bool:
    """Whether day 15 is over and the goods are not all picked up."""
    return (
        facts.special
        and facts.stock_in_on is not None
        and facts.picked_up_on is None
        and facts.deposit_settled_on is None
        and (today - facts.stock_in_on).days > policy.late_pickup_days
    )


def deposit_state(facts: Order, today: dt.date, policy: OrderPolicy) -> DepositState:
    """Where the deposit of a special order stands today (O7)."""
    if not facts.special:
        return DepositState.NOT_SPECIAL
    if facts.deposit_settled_on is not None:
        return DepositState.SETTLED
    if lacking_for_effect(facts, policy):
        return DepositState.NOT_EFFECTIVE
    if facts.stock_in_on is None:
        return DepositState.HELD
    days = (today - facts.stock_in_on).days
    if days <= policy.pickup_days:
        return DepositState.OFFSET_OPEN
    return (
        DepositState.OFFSET_SUSPENDED
        if days <= policy.late_pickup_days
        else DepositState.OFFSET_LAPSED
    )
