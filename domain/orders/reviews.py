"""Order review (订单评审): who takes part, by when, what comes of it (O3)."""

import datetime as dt
from dataclasses import replace

from domain.messages import Message, msg
from domain.orders.context import Context
from domain.orders.entries import Opinion, Review, Signature, following
from domain.orders.order import Order
from domain.orders.refusals import refuse
from domain.orders.vocabularies import (
    OrderStatus,
    ReviewKind,
    ReviewOutcome,
)
from domain.policy.orders import OrderPolicy
from domain.roles import Role

MATERIALS = "MATERIALS"


def kind_of(facts: Order) -> ReviewKind:
    """REGULAR unless something makes the order, or its open change, another kind of review."""
    if facts.open_change is not None:
        return ReviewKind.CHANGE
    if facts.irregularities:
        return ReviewKind.NON_REGULAR
    return ReviewKind.SPARE_PART if facts.spare_part else ReviewKind.REGULAR


def required_reviewers(facts: Order, policy: OrderPolicy) -> tuple[str, ...]:
    """The departments whose opinion the review needs; logistics where needed (O3)."""
    kind = kind_of(facts)
    required = policy.reviewers[kind]
    # A change of a non-regular order is looked at by all who looked at the order.
    if kind == ReviewKind.CHANGE and facts.irregularities:
        required = tuple(dict.fromkeys((*required, *policy.reviewers[ReviewKind.NON_REGULAR])))
    if facts.needs_logistics and Role.LOGISTICS not in required:
        required = (*required, Role.LOGISTICS)
    return required


def review_under_way(facts: Order) -> Review | None:
    """The review that waits for opinions or for its decision."""
    review = facts.review
    return review if review is not None and review.outcome is None else None


def conditions_open(facts: Order) -> Review | None:
    """The review whose conditions the customer has not answered."""
    review = facts.review
    if (
        review is not None
        and review.outcome == ReviewOutcome.ACCEPTED_WITH_CONDITIONS
        and review.agreed is None
    ):
        return review
    return None


def current_review(facts: Order) -> Review:
    """The review under way, where the guards have seen that there is one."""
    review = review_under_way(facts)
    if review is None:
        raise LookupError("the transition table lets this command only on a review under way")
    return review


def opinions_of(facts: Order, review: Review) -> dict[str, Opinion]:
    """Each department's latest word in a review."""
    return {each.role: each for each in facts.opinions if each.review_no == review.no}


def sign(
    facts: Order,
    rule: str,
    document: str,
    role: Role,
    signers: tuple[str, ...],
    context: Context,
    of: int = 0,
) -> Order:
    """Add a signature; refused for another role than those asked, and twice for one role."""
    if role not in signers:
        raise refuse("NOT_A_SIGNER", rule, msg("orders.SIGNED_BY", roles=signers), "role")
    context.acting_as(role, rule)
    if role in facts.signers(document, of):
        raise refuse("SIGNED_ALREADY", rule, msg("orders.SIGNED_ALREADY", role=role), "role")
    signature = Signature(
        following(facts.signatures), document, role, context.actor, context.today, of
    )
    return replace(facts, signatures=(*facts.signatures, signature))


def lacking_for_acceptance(
    facts: Order, review: Review, policy: OrderPolicy
) -> list[tuple[str, Message]]:
    """Codes and sentences of what an acceptance still needs (O3)."""
    found = []
    if facts.fulfilment in policy.materials_stated_for:
        signed = facts.signers(MATERIALS, review.no)
        unsigned = [role for role in policy.materials_signers if role not in signed]
        if unsigned:
            found.append(
                (
                    "MATERIALS_UNSIGNED",
                    msg("orders.MATERIALS_LACK", roles=unsigned),
                )
            )
    if review.kind == ReviewKind.NON_REGULAR and review.drawing is None:
        found.append(("DRAWING_MISSING", msg("orders.DRAWING_NEEDED")))
    return found


def settled(facts: Order, production_promised_on: dt.date | None) -> Order:
    """The order after an accepted review: frozen, and ready for the customer's confirmation."""
    return replace(
        facts,
        status=OrderStatus.AWAITING_CONFIRMATION,
        frozen=True,
        production_promised_on=production_promised_on or facts.production_promised_on,
    )


def is_reviewed(facts: Order, policy: OrderPolicy) -> bool:
    """Whether the order goes through a review at all; orders from stock need no production."""
    return facts.fulfilment in policy.reviewed


def stop(facts: Order) -> Order:
    """The order after a review said no."""
    return replace(facts, status=OrderStatus.REJECTED, frozen=True)


def back_to_check(facts: Order) -> Order:
    """The order when the customer does not agree to the conditions: open to other terms."""
    return replace(facts, status=OrderStatus.UNDER_CHECK)
