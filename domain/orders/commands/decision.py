"""What comes of a review: accepted, accepted with conditions, or rejected (O3, O4)."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Self

from domain.commands import described
from domain.messages import msg
from domain.orders import guards as must
from domain.orders.changes import apply_change, end_change
from domain.orders.context import Context
from domain.orders.deposits import settle_ended
from domain.orders.entries import Change, Review, entry, with_entry
from domain.orders.order import Order
from domain.orders.refusals import OrderRefused, Reason, refuse
from domain.orders.reviews import (
    back_to_check,
    conditions_open,
    lacking_for_acceptance,
    opinions_of,
    review_under_way,
    settled,
    stop,
)
from domain.orders.transition import REVIEWED, Detail, OrderCommand, order_command
from domain.orders.vocabularies import (
    ChangeState,
    ExtensionAnswer,
    OrderFulfilment,
    OrderStatus,
    ReviewKind,
    ReviewOutcome,
    ReviewVerdict,
)
from domain.roles import Action


@order_command(
    "orderReviewDecide",
    Action.DECIDE_REVIEWS,
    title=("Decide the review", "作出评审结论"),
    history=("Review decided", "已作出评审结论"),
    sources=REVIEWED,
    targets=(
        OrderStatus.UNDER_REVIEW,
        OrderStatus.AWAITING_CONFIRMATION,
        OrderStatus.CONFIRMED,
        OrderStatus.REJECTED,
    ),
    guards=(must.review_is_under_way,),
    customers_see=(
        Detail("reviewKind", "reviews", "kind"),
        Detail("outcome", "reviews", "outcome", label=("Outcome", "结论")),
        Detail("newDate", "reviews", "new_date"),
    ),
    staff_see=(Detail("solution", "reviews", "solution", label=("Solution", "解决方案")),),
)
class Decide(OrderCommand):
    """The outcome of the review (O3).

    Conditions are a new date, another technical solution, or both.
    """

    outcome: ReviewOutcome = described("What comes of it.")
    production_promised_on: dt.date | None = described(
        "Production's written date; needed to accept an order.", default=None
    )
    new_date: dt.date | None = described("A later date, as a condition.", default=None)
    solution: str | None = described("Another technical solution, as a condition.", default=None)

    def effect(self, facts: Order, context: Context) -> Order:
        """Close the review with its outcome; an accepted change is applied at once (O3, O4)."""
        review = review_under_way(facts)
        if review is None:
            raise LookupError("the table lets this command only on a review under way")
        if not ReviewOutcome.has(self.outcome):
            raise refuse(
                "UNKNOWN_WORD", "O3", msg("orders.OUTCOME_IS", allowed=ReviewOutcome), "outcome"
            )
        _may_decide(review, self, context)
        reasons = _against(facts, review, self, context)
        if reasons:
            raise OrderRefused(tuple(reasons))
        conditions = self.outcome == ReviewOutcome.ACCEPTED_WITH_CONDITIONS
        closed = replace(
            review,
            outcome=self.outcome,
            decided_by=context.actor,
            decided_on=context.today,
            new_date=self.new_date if conditions else None,
            solution=self.solution if conditions else None,
        )
        facts = replace(facts, reviews=with_entry(facts.reviews, closed))
        if conditions:
            return facts
        if self.outcome == ReviewOutcome.REJECTED:
            return _refused(facts, closed, context)
        return _accepted(facts, closed, self.production_promised_on, context)

    @classmethod
    def attempts(cls, facts: Order, context: Context) -> Iterator[Self]:
        """The review is decided this way or that."""
        for promised_on in (context.today, None):
            yield cls(ReviewOutcome.ACCEPTED, promised_on)
        yield cls(ReviewOutcome.ACCEPTED_WITH_CONDITIONS, new_date=context.today)
        yield cls(ReviewOutcome.REJECTED)


@order_command(
    "orderConditionsAgree",
    Action.AGREE_TO_TERMS,
    title=("Answer the conditions", "登记客户对评审条件的答复"),
    history=("Customer answered the conditions", "客户已答复评审条件"),
    sources=REVIEWED,
    targets=(OrderStatus.UNDER_CHECK, OrderStatus.AWAITING_CONFIRMATION, OrderStatus.CONFIRMED),
    guards=(must.conditions_wait,),
    customers_see=(Detail("agreed", "reviews", "agreed", label=("Agreed", "是否同意")),),
    staff_see=(Detail("agreement", "reviews", "agreement"),),
)
class AgreeConditions(OrderCommand):
    """The customer's answer to the conditions (O3)."""

    agreed: bool = described("Whether the customer agrees.")
    agreement: str | None = described(
        "The paper in which it does; a customer's own login needs none.", default=None
    )

    def effect(self, facts: Order, context: Context) -> Order:
        """Note the customer's answer: agreed in writing, or not (O3).

        Without agreement an order goes back to its check, and a change is rejected.
        """
        review = conditions_open(facts)
        if review is None:
            raise LookupError("the table lets this command only on open conditions")
        agreement = context.written(self.agreement) if self.agreed else self.agreement
        if self.agreed and agreement is None:
            raise refuse(
                "PAPER_MISSING",
                "O3",
                msg("orders.AGREES_IN_WRITING"),
                "agreement",
            )
        answered = replace(review, agreed=self.agreed, agreement=agreement, agreed_on=context.today)
        facts = replace(facts, reviews=with_entry(facts.reviews, answered))
        if self.agreed:
            return _accepted(facts, answered, answered.new_date, context)
        if review.kind == ReviewKind.CHANGE:
            return _refused(facts, answered, context)
        return back_to_check(facts)


def _change_of(facts: Order, review: Review) -> Change | None:
    return None if review.change_no is None else entry(facts.changes, review.change_no)


def _accepted(facts: Order, review: Review, promised_on: dt.date | None, context: Context) -> Order:
    change = _change_of(facts, review)
    if change is None:
        # A condition may be a later date: then that is what is wanted now.
        wanted = review.new_date or facts.required_on
        return settled(replace(facts, required_on=wanted), promised_on)
    return apply_change(facts, change, promised_on, context)


def _refused(facts: Order, review: Review, context: Context) -> Order:
    change = _change_of(facts, review)
    if change is None:
        return settle_ended(stop(facts), context)
    return end_change(facts, change, ChangeState.REJECTED, context)


def _may_decide(review: Review, asked: Decide, context: Context) -> None:
    """Who leads decides; but only the general manager or deputy refuses an order (O3)."""
    roles = context.policy.deciders[review.kind]
    if asked.outcome == ReviewOutcome.REJECTED and review.kind != ReviewKind.CHANGE:
        roles = context.policy.refusers
    if context.one_of(roles) is None:
        raise refuse(
            "NOT_YOUR_DECISION",
            "O3",
            msg("orders.OUTCOME_FOR", outcome=asked.outcome, kind=review.kind, roles=roles),
            "outcome",
        )


def _against(facts: Order, review: Review, asked: Decide, context: Context) -> list[Reason]:
    """Everything that stands against this outcome now."""
    opinions = opinions_of(facts, review)
    silent = [role for role in review.required if role not in opinions]
    found = []
    if silent:
        found.append(Reason("OPINIONS_MISSING", "O3", msg("orders.NOT_SPOKEN", roles=silent)))
    if asked.outcome == ReviewOutcome.REJECTED:
        # Only a date can be extended; a non-regular order is refused on its merits.
        asks = review.kind not in (ReviewKind.NON_REGULAR, ReviewKind.CHANGE)
        if asks and review.extension_answer != ExtensionAnswer.INSISTS:
            found.append(
                Reason(
                    "EXTENSION_NOT_ASKED",
                    "O3",
                    msg("orders.ASK_TO_EXTEND"),
                )
            )
        return found
    found += [
        Reason(code, "O3", message)
        for code, message in lacking_for_acceptance(facts, review, context.policy)
    ]
    if asked.outcome == ReviewOutcome.ACCEPTED:
        against = [
            role for role, each in opinions.items() if each.verdict != ReviewVerdict.FEASIBLE
        ]
        if against:
            found.append(
                Reason(
                    "OPINION_AGAINST",
                    "O3",
                    msg("orders.NOT_FEASIBLE", roles=against),
                )
            )
        found += _date_reasons(facts, review, asked, context)
    elif asked.new_date is None and not (asked.solution or "").strip():
        found.append(Reason("CONDITIONS_MISSING", "O3", msg("orders.NAME_CONDITION")))
    elif asked.new_date is not None and asked.new_date < context.today:
        found.append(Reason("DATE_PAST", "O3", msg("orders.NEW_DATE_PAST"), "newDate"))
    return found


def _date_reasons(facts: Order, review: Review, asked: Decide, context: Context) -> list[Reason]:
    promised, change = asked.production_promised_on, _change_of(facts, review)
    wanted = facts.required_on
    if change is not None and change.required_on is not None:
        wanted = change.required_on
    if promised is None:
        # A change may leave production's date as it was; an order needs one.
        if facts.fulfilment != OrderFulfilment.MADE_TO_ORDER:
            return []
        if change is None:
            return [
                Reason(
                    "DATE_MISSING", "O3", msg("orders.GIVE_PRODUCTION_DATE"), "productionPromisedOn"
                )
            ]
        promised = facts.production_promised_on if change.required_on is not None else None
        if promised is None:
            return []
    elif promised < context.today:
        return [
            Reason("DATE_PAST", "O3", msg("orders.PRODUCTION_DATE_PAST"), "productionPromisedOn")
        ]
    if wanted is not None and promised > wanted:
        return [
            Reason(
                "DATE_TOO_LATE",
                "O3",
                msg("orders.AFTER_WANTED", promised=promised, wanted=wanted),
                "productionPromisedOn",
            )
        ]
    return []
