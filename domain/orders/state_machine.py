"""The order's state machine: what a command makes of an order, and what may be next (O15)."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.messages import msg
from domain.orders.commands import TRANSITIONS
from domain.orders.context import Context
from domain.orders.deposits import lacking_for_effect
from domain.orders.order import Order
from domain.orders.refusals import OrderRefused, Reason
from domain.orders.reviews import is_reviewed
from domain.orders.transition import OrderCommand, Transition, transition_of
from domain.orders.vocabularies import OrderStatus, ReviewOutcome
from domain.principals import Principal
from domain.roles import may


@dataclass(frozen=True, slots=True)
class NextAction:
    """A command and whether it may be given now; where not, every reason why."""

    name: str
    title: tuple[str, str]
    is_allowed: bool
    reasons: tuple[Reason, ...]


def apply(facts: Order, command: OrderCommand, context: Context) -> Order:
    """The order after a command; permission is asked before, at the use case (P1).

    Raises OrderRefused with every reason when the rules say no. The given facts are never changed.
    """
    transition = transition_of(command)
    reasons = tuple(_against(facts, transition, context))
    if reasons:
        raise OrderRefused(reasons)
    after = command.effect(facts, context)
    if after.status != facts.status and after.status not in transition.targets:
        raise LookupError(f"{transition.name} led from {facts.status} to {after.status}")
    return after


def next_actions(facts: Order, context: Context) -> tuple[NextAction, ...]:
    """Every command that the person's roles have, with what stands against it now.

    What is allowed can be done with some input. What the order's state leaves no room for, not yet
    or no longer, is left out.
    """
    found, principal = [], Principal(context.actor, context.roles)
    for transition in TRANSITIONS.values():
        if not may(principal, transition.action):
            continue
        if facts.status not in transition.sources:
            continue
        reasons = tuple(_against(facts, transition, context))
        if not reasons:
            reasons = _against_every_input(facts, transition, context)
        title = transition.title or (transition.name, transition.name)
        found.append(NextAction(transition.name, title, not reasons, reasons))
    return tuple(found)


def _against(facts: Order, transition: Transition, context: Context) -> Iterator[Reason]:
    if facts.status not in transition.sources:
        yield Reason(
            "WRONG_STATE",
            "O15",
            msg("orders.WRONG_STATE", status=facts.status, allowed=transition.sources),
        )
        return
    for guard in transition.guards:
        yield from guard(facts, context)


def _against_every_input(
    facts: Order, transition: Transition, context: Context
) -> tuple[Reason, ...]:
    """Why no input would be accepted; empty where one would."""
    attempts = transition.kind.attempts(facts, context)
    if attempts is None:
        return ()
    reasons: tuple[Reason, ...] = ()
    for command in attempts:
        try:
            command.effect(facts, context)
        except OrderRefused as refusal:
            reasons = reasons or refusal.reasons
        else:
            return ()
    return reasons or (Reason("NOTHING_TO_DO", "O15", msg("orders.NOTHING_TO_DO_TO")),)


def contradictions(facts: Order, context: Context) -> list[str]:
    """What cannot be true of an order in its state; empty for every order that the rules made."""
    found = []
    if not OrderStatus.has(facts.status):
        found.append(f"there is no state {facts.status}")
    # A cancelled order may still list what it lacked.
    if facts.status != OrderStatus.CANCELLED and (facts.status == OrderStatus.NEEDS_INFO) != bool(
        facts.missing
    ):
        found.append("NEEDS_INFO and a list of what is missing go together")
    passed = (
        OrderStatus.AWAITING_CONFIRMATION,
        OrderStatus.CONFIRMED,
        OrderStatus.SHIPPED,
        OrderStatus.DELIVERED,
        OrderStatus.CLOSED,
    )
    if facts.status in passed:
        if not facts.frozen:
            found.append("an order past its review is frozen")
        if is_reviewed(facts, context.policy) and not any(
            review.outcome == ReviewOutcome.ACCEPTED or review.agreed for review in facts.reviews
        ):
            found.append("no review has accepted the order")
    if facts.status in passed[1:]:
        if facts.confirmed_on is None or facts.confirmation_returned_on is None:
            found.append("a confirmed order has its confirmation back")
        if facts.open_doubts:
            found.append("a confirmed order has no open doubt")
        # A change may raise the deposit that is needed; the signatures stay.
        if facts.revision == 0 and lacking_for_effect(facts, context.policy):
            found.append("a special order is confirmed only when effective")
    if facts.production_ordered_on is not None and facts.gate_released_on is None:
        found.append("production was ordered before its release")
    if facts.work_started_on is not None and facts.production_ordered_on is None:
        found.append("work started before production was ordered")
    if facts.status == OrderStatus.UNDER_REVIEW and not facts.reviews:
        found.append("under review without a review")
    last = facts.review
    if facts.status == OrderStatus.REJECTED and (
        last is None or last.outcome != ReviewOutcome.REJECTED
    ):
        found.append("rejected without a review that said so")
    if facts.status == OrderStatus.CLOSED and (
        facts.settled_on is None or facts.receipt_signed_on is None
    ):
        found.append("closed unpaid or without receipt")
    if facts.status == OrderStatus.CLOSED and facts.special and facts.deposit_settled_on is None:
        found.append("closed with a deposit that is not settled")
    if not 0 <= facts.deposit_forfeited <= facts.deposit_paid:
        found.append("more forfeited than paid")
    if sum(pickup.units for pickup in facts.pickups) > facts.units:
        found.append("more picked up than ordered")
    return found
