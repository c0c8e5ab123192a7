"""Order review (订单评审): who takes part, by when, what comes of it (O3)."""

import datetime as dt
from dataclasses import dataclass, replace

from domain.orders.context import Context
from domain.orders.facts import Opinion, OrderFacts, Review, Signature, following, with_entry
from domain.orders.refusals import refuse
from domain.orders.vocabularies import (
    ExtensionAnswer,
    OrderStatus,
    ReviewKind,
    ReviewOutcome,
    ReviewVerdict,
)
from domain.policy.orders import OrderPolicy

MATERIALS = "MATERIALS"


@dataclass(frozen=True)
class OpenReview:
    """Begin the review of the order, or of its open change."""


@dataclass(frozen=True)
class GiveOpinion:
    """One department's word; on behalf of `role`."""

    role: str
    verdict: str
    note: str | None = None


@dataclass(frozen=True)
class StateMaterials:
    """Material availability in writing; a spoken word does not count."""

    statement: str


@dataclass(frozen=True)
class SignMaterials:
    """Engineering or purchasing signs the statement."""

    role: str


@dataclass(frozen=True)
class FileDrawing:
    """The drawing, and the customer's written confirmation of it (non-regular orders)."""

    drawing: str
    customer_confirmation: str


@dataclass(frozen=True)
class AskExtension:
    """What the customer said when asked to extend the date."""

    answer: str


@dataclass(frozen=True)
class Decide:
    """The outcome; conditions are a new date, another technical solution, or both."""

    outcome: str
    production_promised_on: dt.date | None = None
    new_date: dt.date | None = None
    solution: str | None = None


@dataclass(frozen=True)
class AgreeConditions:
    """The customer's answer to the conditions; an agreement is a written paper."""

    agreed: bool
    agreement: str | None = None


def kind_of(facts: OrderFacts) -> str:
    """REGULAR unless something makes the order, or its open change, another kind of review."""
    if facts.open_change is not None:
        return ReviewKind.CHANGE
    if facts.irregularities:
        return ReviewKind.NON_REGULAR
    return ReviewKind.SPARE_PART if facts.spare_part else ReviewKind.REGULAR


def required_reviewers(facts: OrderFacts, policy: OrderPolicy) -> tuple[str, ...]:
    """The departments whose opinion the review needs; logistics where needed (O3)."""
    kind = kind_of(facts)
    required = policy.reviewers[kind]
    # A change of a non-regular order is looked at by all who looked at the order.
    if kind == ReviewKind.CHANGE and facts.irregularities:
        required = tuple(dict.fromkeys((*required, *policy.reviewers[ReviewKind.NON_REGULAR])))
    if facts.needs_logistics and "LOGISTICS" not in required:
        required = (*required, "LOGISTICS")
    return required


def open_review(facts: OrderFacts, deed: OpenReview, context: Context) -> OrderFacts:
    """Open a review with its reviewers and its last day: 2 working days, or 10 (O3)."""
    kind = kind_of(facts)
    days = context.policy.review_days[kind]
    change = facts.open_change
    review = Review(
        no=following(facts.reviews),
        kind=kind,
        lead=context.policy.review_lead,
        required=required_reviewers(facts, context.policy),
        opened_on=context.today,
        due_on=context.working_days_later(days),
        change_no=None if change is None else change.no,
    )
    facts = replace(facts, reviews=(*facts.reviews, review))
    if change is None:
        return replace(facts, status=OrderStatus.UNDER_REVIEW)
    return replace(facts, changes=with_entry(facts.changes, replace(change, state="UNDER_REVIEW")))


def review_under_way(facts: OrderFacts) -> Review | None:
    """The review that waits for opinions or for its decision."""
    review = facts.review
    return review if review is not None and review.outcome is None else None


def conditions_open(facts: OrderFacts) -> Review | None:
    """The review whose conditions the customer has not answered."""
    review = facts.review
    if (
        review is not None
        and review.outcome == ReviewOutcome.ACCEPTED_WITH_CONDITIONS
        and review.agreed is None
    ):
        return review
    return None


def _current(facts: OrderFacts) -> Review:
    review = review_under_way(facts)
    if review is None:
        raise LookupError("the transition table lets this act only on a review under way")
    return review


def opinions_of(facts: OrderFacts, review: Review) -> dict[str, Opinion]:
    """Each department's latest word in a review."""
    return {each.role: each for each in facts.opinions if each.review_no == review.no}


def give_opinion(facts: OrderFacts, deed: GiveOpinion, context: Context) -> OrderFacts:
    """Note a department's verdict; until the decision it may change its mind (O3)."""
    action, review = "orderReviewOpinion", _current(facts)
    if deed.role not in review.required:
        raise refuse(
            action,
            "NOT_A_REVIEWER",
            "O3",
            f"{deed.role} is not asked; this review is by {', '.join(review.required)}.",
            "role",
        )
    if not ReviewVerdict.has(deed.verdict):
        raise refuse(
            action,
            "UNKNOWN_WORD",
            "O3",
            f"A verdict is one of {', '.join(ReviewVerdict)}.",
            "verdict",
        )
    context.acting_as(action, deed.role, "O3")
    opinion = Opinion(
        following(facts.opinions),
        review.no,
        deed.role,
        deed.verdict,
        context.actor,
        context.today,
        deed.note,
    )
    return replace(facts, opinions=(*facts.opinions, opinion))


def state_materials(facts: OrderFacts, deed: StateMaterials, context: Context) -> OrderFacts:
    """Write down what materials there are; a new text needs new signatures (O3)."""
    review = _current(facts)
    if not deed.statement.strip():
        raise refuse(
            "orderMaterialsState", "STATEMENT_MISSING", "O3", "Say it in writing.", "statement"
        )
    if facts.signers(MATERIALS, review.no):
        raise refuse(
            "orderMaterialsState",
            "STATEMENT_SIGNED",
            "O3",
            "The statement is signed and stands.",
            "statement",
        )
    changed = replace(review, materials=deed.statement)
    return replace(facts, reviews=with_entry(facts.reviews, changed))


def sign_materials(facts: OrderFacts, deed: SignMaterials, context: Context) -> OrderFacts:
    """Engineering and purchasing each sign what is written (O3)."""
    review = _current(facts)
    if review.materials is None:
        raise refuse(
            "orderMaterialsSign",
            "STATEMENT_MISSING",
            "O3",
            "There is no written statement to sign; a spoken word does not count.",
        )
    signers = context.policy.materials_signers
    return sign(
        facts, "orderMaterialsSign", "O3", MATERIALS, deed.role, signers, context, review.no
    )


def sign(
    facts: OrderFacts,
    action: str,
    rule: str,
    document: str,
    role: str,
    signers: tuple[str, ...],
    context: Context,
    of: int = 0,
) -> OrderFacts:
    """Add a signature; refused for another role than those asked, and twice for one role."""
    if role not in signers:
        raise refuse(action, "NOT_A_SIGNER", rule, f"It is signed by {', '.join(signers)}.", "role")
    context.acting_as(action, role, rule)
    if role in facts.signers(document, of):
        raise refuse(action, "SIGNED_ALREADY", rule, f"{role} has signed already.", "role")
    signature = Signature(
        following(facts.signatures), document, role, context.actor, context.today, of
    )
    return replace(facts, signatures=(*facts.signatures, signature))


def file_drawing(facts: OrderFacts, deed: FileDrawing, context: Context) -> OrderFacts:
    """Keep the drawing and the customer's written confirmation of it (O3)."""
    if not deed.drawing.strip() or not deed.customer_confirmation.strip():
        raise refuse(
            "orderDrawingFile", "PAPER_MISSING", "O3", "Name the drawing and its confirmation."
        )
    review = replace(
        _current(facts), drawing=deed.drawing, customer_confirmation=deed.customer_confirmation
    )
    return replace(facts, reviews=with_entry(facts.reviews, review))


def ask_extension(facts: OrderFacts, deed: AskExtension, context: Context) -> OrderFacts:
    """Note what the customer said when asked for a later date (O3)."""
    if deed.answer not in (ExtensionAnswer.EXTENDS, ExtensionAnswer.INSISTS):
        raise refuse(
            "orderExtensionAsk",
            "UNKNOWN_WORD",
            "O3",
            f"The answer is {ExtensionAnswer.EXTENDS} or {ExtensionAnswer.INSISTS}.",
            "answer",
        )
    review = replace(_current(facts), extension_answer=deed.answer)
    return replace(facts, reviews=with_entry(facts.reviews, review))


def lacking_for_acceptance(
    facts: OrderFacts, review: Review, policy: OrderPolicy
) -> list[tuple[str, str]]:
    """Codes and sentences of what an acceptance still needs (O3)."""
    found = []
    if facts.fulfilment in policy.materials_stated_for:
        signed = facts.signers(MATERIALS, review.no)
        unsigned = [role for role in policy.materials_signers if role not in signed]
        if unsigned:
            found.append(
                (
                    "MATERIALS_UNSIGNED",
                    f"The written statement on materials lacks {' and '.join(unsigned)}.",
                )
            )
    if review.kind == ReviewKind.NON_REGULAR and review.drawing is None:
        found.append(
            ("DRAWING_MISSING", "A non-regular order needs a drawing confirmed by the customer.")
        )
    return found


def settled(facts: OrderFacts, production_promised_on: dt.date | None) -> OrderFacts:
    """The order after an accepted review: frozen, and ready for the customer's confirmation."""
    return replace(
        facts,
        status=OrderStatus.AWAITING_CONFIRMATION,
        frozen=True,
        production_promised_on=production_promised_on or facts.production_promised_on,
    )


def is_reviewed(facts: OrderFacts, policy: OrderPolicy) -> bool:
    """Whether the order goes through a review at all; orders from stock need no production."""
    return facts.fulfilment in policy.reviewed


def stop(facts: OrderFacts) -> OrderFacts:
    """The order after a review said no."""
    return replace(facts, status=OrderStatus.REJECTED, frozen=True)


def back_to_check(facts: OrderFacts) -> OrderFacts:
    """The order when the customer does not agree to the conditions: open to other terms."""
    return replace(facts, status=OrderStatus.UNDER_CHECK)
