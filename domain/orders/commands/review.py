"""Order review (订单评审): opened, spoken in, decided, its conditions answered (O3)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Self

from domain.commands import described
from domain.messages import msg
from domain.orders import guards as must
from domain.orders.context import Context
from domain.orders.entries import Opinion, Review, following, with_entry
from domain.orders.order import Order
from domain.orders.refusals import refuse
from domain.orders.reviews import (
    MATERIALS,
    current_review,
    kind_of,
    required_reviewers,
    review_under_way,
    sign,
)
from domain.orders.transition import BOUND, REVIEWED, Detail, OrderCommand, order_command
from domain.orders.vocabularies import (
    ChangeState,
    ExtensionAnswer,
    OrderStatus,
    ReviewVerdict,
)
from domain.roles import Action, Role

_SIGNED = (Detail("role", "signatures", "role"),)


@order_command(
    "orderReviewOpen",
    Action.OPEN_REVIEWS,
    title=("Open the order review", "发起订单评审"),
    history=("Order review opened", "订单评审已开始"),
    sources=(OrderStatus.UNDER_CHECK, *BOUND),
    targets=(OrderStatus.UNDER_REVIEW, *BOUND),
    guards=(
        must.no_review_is_under_way,
        must.change_is_ready_for_review,
        must.goes_through_review,
        must.is_approved,
    ),
    customers_see=(Detail("reviewKind", "reviews", "kind"),),
    staff_see=(
        Detail("lead", "reviews", "lead", label=("Lead", "牵头部门")),
        Detail("dueOn", "reviews", "due_on"),
    ),
)
class OpenReview(OrderCommand):
    """The review of the order, or of its change, begins (O3)."""

    def effect(self, facts: Order, context: Context) -> Order:
        """Open a review with its reviewers and its last day: 2 working days, or 10 (O3)."""
        kind = kind_of(facts)
        days = context.policy.review_days[kind]
        change = facts.open_change
        review = Review(
            no=following(facts.reviews),
            kind=kind,
            lead=Role(context.policy.review_lead),
            required=tuple(map(Role, required_reviewers(facts, context.policy))),
            opened_on=context.today,
            due_on=context.working_days_later(days),
            change_no=None if change is None else change.no,
        )
        facts = replace(facts, reviews=(*facts.reviews, review))
        if change is None:
            return replace(facts, status=OrderStatus.UNDER_REVIEW)
        return replace(
            facts,
            changes=with_entry(facts.changes, replace(change, state=ChangeState.UNDER_REVIEW)),
        )


@order_command(
    "orderReviewOpinion",
    Action.REVIEW_ORDERS,
    title=("Give an opinion", "提交评审意见"),
    history=("Opinion given in the review", "已提交评审意见"),
    sources=REVIEWED,
    guards=(must.review_is_under_way,),
    staff_see=(
        Detail("role", "opinions", "role"),
        Detail("verdict", "opinions", "verdict", label=("Verdict", "意见")),
        Detail("note", "opinions", "note"),
    ),
)
class GiveOpinion(OrderCommand):
    """What a department says in the review (O3)."""

    role: Role = described("The department you speak for.")
    verdict: ReviewVerdict = described("Its verdict.")
    note: str | None = described("What it adds.", default=None)

    def effect(self, facts: Order, context: Context) -> Order:
        """Note a department's verdict; until the decision it may change its mind (O3)."""
        review = current_review(facts)
        if self.role not in review.required:
            raise refuse(
                "NOT_A_REVIEWER",
                "O3",
                msg("orders.ROLE_NOT_ASKED", role=self.role, required=review.required),
                "role",
            )
        if not ReviewVerdict.has(self.verdict):
            raise refuse(
                "UNKNOWN_WORD",
                "O3",
                msg("orders.VERDICT_IS", allowed=ReviewVerdict),
                "verdict",
            )
        context.acting_as(self.role, "O3")
        opinion = Opinion(
            following(facts.opinions),
            review.no,
            self.role,
            self.verdict,
            context.actor,
            context.today,
            self.note,
        )
        return replace(facts, opinions=(*facts.opinions, opinion))

    @classmethod
    def attempts(cls, facts: Order, context: Context) -> Iterator[Self]:
        """A department that is asked speaks."""
        review = review_under_way(facts)
        for role in () if review is None else review.required:
            yield cls(Role(role), ReviewVerdict.FEASIBLE)


@order_command(
    "orderMaterialsState",
    Action.REVIEW_ORDERS,
    title=("State materials in writing", "书面说明原材料"),
    history=("Materials stated in writing", "原材料已书面说明"),
    sources=REVIEWED,
    guards=(must.review_is_under_way,),
    staff_see=(Detail("statement", "reviews", "materials", label=("Statement", "书面说明")),),
)
class StateMaterials(OrderCommand):
    """Material availability in writing (O3)."""

    statement: str = described("What materials there are.")

    def effect(self, facts: Order, context: Context) -> Order:
        """Write down what materials there are; a new text needs new signatures (O3)."""
        review = current_review(facts)
        if not self.statement.strip():
            raise refuse("STATEMENT_MISSING", "O3", msg("orders.IN_WRITING"), "statement")
        if facts.signers(MATERIALS, review.no):
            raise refuse(
                "STATEMENT_SIGNED",
                "O3",
                msg("orders.STATEMENT_STANDS"),
                "statement",
            )
        changed = replace(review, materials=self.statement)
        return replace(facts, reviews=with_entry(facts.reviews, changed))

    @classmethod
    def attempts(cls, facts: Order, context: Context) -> Iterator[Self]:
        """Materials are stated while nobody has signed."""
        yield cls("a statement")


@order_command(
    "orderMaterialsSign",
    Action.SIGN_PAPERS,
    title=("Sign the statement on materials", "签字确认原材料说明"),
    history=("Statement on materials signed", "原材料说明已签名"),
    sources=REVIEWED,
    guards=(must.review_is_under_way,),
    staff_see=_SIGNED,
    input_description="The statement on materials is signed (O3).",
)
class SignMaterials(OrderCommand):
    """The statement on materials is signed (O3)."""

    role: Role = described("As what you sign.")

    def effect(self, facts: Order, context: Context) -> Order:
        """Engineering and purchasing each sign what is written (O3)."""
        review = current_review(facts)
        if review.materials is None:
            raise refuse(
                "STATEMENT_MISSING",
                "O3",
                msg("orders.NO_STATEMENT"),
            )
        signers = context.policy.materials_signers
        return sign(facts, "O3", MATERIALS, self.role, signers, context, review.no)

    @classmethod
    def attempts(cls, facts: Order, context: Context) -> Iterator[Self]:
        """One who has not signed the statement signs."""
        for role in context.policy.materials_signers:
            yield cls(Role(role))


@order_command(
    "orderDrawingFile",
    Action.REVIEW_ORDERS,
    title=("File the drawing that the customer confirmed", "登记客户确认图纸"),
    history=("Drawing confirmed by the customer", "客户已确认图纸"),
    sources=REVIEWED,
    guards=(must.review_is_under_way,),
    customers_see=(),
    staff_see=(Detail("drawing", "reviews", "drawing", label=("Drawing", "图纸")),),
)
class FileDrawing(OrderCommand):
    """The drawing, and the customer's written word on it (O3)."""

    drawing: str = described("Which drawing.")
    customer_confirmation: str = described("The paper that confirms it.")

    def effect(self, facts: Order, context: Context) -> Order:
        """Keep the drawing and the customer's written confirmation of it (O3)."""
        if not self.drawing.strip() or not self.customer_confirmation.strip():
            raise refuse("PAPER_MISSING", "O3", msg("orders.NAME_DRAWING"))
        review = replace(
            current_review(facts),
            drawing=self.drawing,
            customer_confirmation=self.customer_confirmation,
        )
        return replace(facts, reviews=with_entry(facts.reviews, review))


@order_command(
    "orderExtensionAsk",
    Action.SPEAK_FOR_CUSTOMERS,
    title=("Ask the customer to extend the date", "与客户沟通延期"),
    history=("Customer asked to extend the date", "已与客户沟通延期"),
    sources=REVIEWED,
    guards=(must.review_is_under_way,),
    customers_see=(
        Detail(
            "extensionAnswer",
            "reviews",
            "extension_answer",
            label=("Customer's answer", "客户答复"),
        ),
    ),
)
class AskExtension(OrderCommand):
    """The customer was asked to extend the date (O3)."""

    answer: ExtensionAnswer = described("What the customer said.")

    def effect(self, facts: Order, context: Context) -> Order:
        """Note what the customer said when asked for a later date (O3)."""
        if self.answer not in (ExtensionAnswer.EXTENDS, ExtensionAnswer.INSISTS):
            raise refuse(
                "UNKNOWN_WORD",
                "O3",
                msg(
                    "orders.ANSWER_IS",
                    extends=ExtensionAnswer.EXTENDS,
                    insists=ExtensionAnswer.INSISTS,
                ),
                "answer",
            )
        review = replace(current_review(facts), extension_answer=self.answer)
        return replace(facts, reviews=with_entry(facts.reviews, review))
