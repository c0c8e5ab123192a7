"""Reviews of an order, their conditions, and its changes (O3, O4)."""

import datetime as dt
from decimal import Decimal

import strawberry

from domain.currencies import CurrencyCode
from domain.orders import entries as rules
from domain.orders.order import Order
from domain.orders.vocabularies import (
    ChangeKind,
    ChangeState,
    ReviewKind,
    ReviewOutcome,
    ReviewVerdict,
)
from domain.parties.vocabularies import PaymentTerms
from domain.roles import Role
from gql.orders.process_types import WORK
from gql.scalars import Money


@strawberry.type(description="What one department says in a review.")
class ReviewOpinion:
    """An opinion."""

    role: Role = strawberry.field(description="The department.")
    verdict: ReviewVerdict = strawberry.field(description="Its verdict.")
    by: str = strawberry.field(description="Who spoke for it.")
    on: dt.date = strawberry.field(description="When.")
    note: str | None = strawberry.field(description="What it adds.")

    @classmethod
    def of(cls, opinion: rules.Opinion) -> "ReviewOpinion":
        """The opinion of the facts."""
        return cls(
            role=opinion.role,
            verdict=opinion.verdict,
            by=opinion.by,
            on=opinion.on,
            note=opinion.note,
        )


@strawberry.type(description="A review of the order, or of a change of it (O3).")
class OrderReview:
    """A review."""

    no: int = strawberry.field(description="Its number within the order.")
    kind: ReviewKind = strawberry.field(description="What is reviewed.")
    lead: Role = strawberry.field(description="Who leads it.")
    required: list[Role] = strawberry.field(description="Whose opinion it needs.")
    opened_on: dt.date = strawberry.field(description="When it began.")
    due_on: dt.date = strawberry.field(description="By when it is to be decided.")
    opinions: list[ReviewOpinion] = strawberry.field(description="What was said, in order.")
    materials: str | None = strawberry.field(description="The written word on materials.")
    materials_signed_by: list[Role] = strawberry.field(description="Who signed it.")
    drawing: str | None = strawberry.field(description="The drawing that the customer confirmed.")
    outcome: ReviewOutcome | None = strawberry.field(description="What came of it.")
    decided_by: str | None = strawberry.field(description="Who decided.")
    decided_on: dt.date | None = strawberry.field(description="When it was decided.")
    new_date: dt.date | None = strawberry.field(description="The date that is a condition.")
    solution: str | None = strawberry.field(description="The solution that is a condition.")
    agreed: bool | None = strawberry.field(
        description="Whether the customer agreed; null while that is open."
    )

    @classmethod
    def of(cls, review: rules.Review, facts: Order) -> "OrderReview":
        """The review of the facts."""
        return cls(
            no=review.no,
            kind=review.kind,
            lead=review.lead,
            required=list(review.required),
            opened_on=review.opened_on,
            due_on=review.due_on,
            opinions=[
                ReviewOpinion.of(each) for each in facts.opinions if each.review_no == review.no
            ],
            materials=review.materials,
            materials_signed_by=list(facts.signers("MATERIALS", review.no)),
            drawing=review.drawing,
            outcome=review.outcome,
            decided_by=review.decided_by,
            decided_on=review.decided_on,
            new_date=review.new_date,
            solution=review.solution,
            agreed=review.agreed,
        )


@strawberry.type(description="What a change makes of a line; null where the line stays.")
class LineOfChange:
    """A line of a change."""

    line_no: int = strawberry.field(description="The line.")
    units: int | None = strawberry.field(description="How many then.")
    unit_price: Money | None = strawberry.field(description="At which price then.")
    specification: str | None = strawberry.field(description="How it shall be then.")
    sku_code: str | None = strawberry.field(description="Which SKU, of a new line.")
    is_new: bool = strawberry.field(description="Whether the change adds it.")
    is_dropped: bool = strawberry.field(description="Whether the change takes it off.")

    @classmethod
    def of(cls, line: rules.LineChange, currency: str) -> "LineOfChange":
        """The line of the facts."""
        price = line.unit_price
        return cls(
            line_no=line.line_no,
            units=line.units,
            unit_price=None if price is None else Money.of(price, currency),
            specification=line.specification,
            sku_code=None,
            is_new=False,
            is_dropped=line.drop,
        )

    @classmethod
    def added(cls, line: rules.Line, currency: str) -> "LineOfChange":
        """The new line of the facts."""
        price = line.unit_price
        return cls(
            line_no=line.no,
            units=line.units,
            unit_price=None if price is None else Money.of(price, currency),
            specification=line.specification,
            sku_code=line.sku,
            is_new=True,
            is_dropped=False,
        )


@strawberry.type(description="Conditions on which an order or a change is accepted (O3).")
class OrderConditions:
    """What the customer is asked to agree to, and its answer."""

    review: int = strawberry.field(description="The number of the review that made them.")
    new_date: dt.date | None = strawberry.field(description="Another date.")
    solution: str | None = strawberry.field(description="Another technical solution.")
    agreed: bool | None = strawberry.field(
        description="Whether the customer agreed; null while that is open."
    )
    agreement: str | None = strawberry.field(description="The customer's written agreement.")
    agreed_on: dt.date | None = strawberry.field(description="When the customer answered.")

    @classmethod
    def of(cls, review: rules.Review) -> "OrderConditions":
        """The conditions of a review."""
        return cls(
            review=review.no,
            new_date=review.new_date,
            solution=review.solution,
            agreed=review.agreed,
            agreement=review.agreement,
            agreed_on=review.agreed_on,
        )


@strawberry.type(description="A change of the order after its review (O4).")
class ChangeOrder:
    """A change order or modification request."""

    change: strawberry.Private[rules.Change]
    currency: strawberry.Private[str]
    no: int = strawberry.field(description="Its number within the order.")
    kind: ChangeKind = strawberry.field(description="What kind of change it is.")
    state: ChangeState = strawberry.field(description="Where it stands.")
    lines: list[LineOfChange] = strawberry.field(description="The lines that change.")
    asked_on: dt.date = strawberry.field(description="When.")
    required_on: dt.date | None = strawberry.field(description="The new day wanted.")
    delivery_address: str | None = strawberry.field(description="The new address.")
    payment_terms: PaymentTerms | None = strawberry.field(description="The new terms of payment.")
    new_currency: CurrencyCode | None = strawberry.field(
        description="The new currency; its prices and its new total are in it."
    )
    min_ship_value: Money | None = strawberry.field(description="The new least value it ships for.")
    cost_effect: Money | None = strawberry.field(
        description="New total less the old one; null where the currency changes."
    )
    new_total: Money | None = strawberry.field(
        description="What the order costs then; null for changes of before this was kept."
    )
    days_effect: int = strawberry.field(description="By how many days it moves the date.")
    agreement: str | None = strawberry.field(description="The customer's written agreement.")
    agreed_on: dt.date | None = strawberry.field(description="When the customer agreed.")

    @classmethod
    def of(cls, change: rules.Change, currency: str) -> "ChangeOrder":
        """The change of the facts; currency: the order's now."""

        def money_of(amount: Decimal | None, of: str) -> Money | None:
            return None if amount is None else Money.of(amount, of)

        then = change.currency or currency
        return cls(
            change=change,
            currency=currency,
            no=change.no,
            kind=change.kind,
            state=change.state,
            lines=[
                *(LineOfChange.of(each, then) for each in change.lines),
                *(LineOfChange.added(each, then) for each in change.added),
            ],
            asked_on=change.asked_on,
            required_on=change.required_on,
            delivery_address=change.delivery_address,
            payment_terms=change.payment_terms,
            new_currency=None if change.currency is None else CurrencyCode(change.currency),
            min_ship_value=money_of(change.min_ship_value, then),
            cost_effect=money_of(change.cost_effect, currency),
            new_total=money_of(change.new_total, then),
            days_effect=change.days_effect,
            agreement=change.agreement,
            agreed_on=change.agreed_on,
        )

    @strawberry.field(description="Why it was asked for.", extensions=WORK)
    async def reason(self) -> str:
        """Our own words."""
        return self.change.reason

    @strawberry.field(description="Who asked.", extensions=WORK)
    async def asked_by(self) -> str:
        """The person."""
        return self.change.asked_by

    @strawberry.field(description="Who asked; it bears the loss.", extensions=WORK)
    async def department(self) -> Role:
        """The department."""
        return self.change.department

    @strawberry.field(description="What it costs us beside the new price.", extensions=WORK)
    async def loss(self) -> Money:
        """What the department bears."""
        return Money.of(self.change.loss, self.currency)
