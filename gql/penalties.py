"""Penalties: what rules raised, on whom, and what was waived."""

import datetime as dt

import strawberry

from domain.penalties import PenaltyRule, WaivePenalty
from domain.roles import Action
from gql import contract
from gql.connections import listing
from gql.context import Info
from gql.input_changes import Narrowing
from gql.mutations import REFUSALS, UserError
from gql.nodes import Node, findable, found_by, global_id, related
from gql.orders.types import Order
from gql.parties.types import Region, region_by_key
from gql.scalars import DateTimeRange, Money, span
from persistence import penalties as queries
from persistence.tables import PenaltyRow, PersonRow
from services.penalties import waive_penalty


@strawberry.type(description="An amount that a rule put on a person or a region, once per case.")
class Penalty(Node):
    """A penalty."""

    row: strawberry.Private[PenaltyRow]
    rule: PenaltyRule = strawberry.field(description="The rule that raised it.")
    case: str = strawberry.field(description="Which case; each raises one penalty.")
    amount: Money = strawberry.field(description="How much.")
    note: str | None = strawberry.field(description="What the rule says of it.")
    raised_at: dt.datetime = strawberry.field(description="When.")
    raised_by: str = strawberry.field(description="Who or what raised it.")
    waived_at: dt.datetime | None = strawberry.field(description="When it was let off, if it was.")
    waived_by: str | None = strawberry.field(description="Who let it off.")
    waive_reason: str | None = strawberry.field(description="Why.")
    version: int = strawberry.field(description="Counts its changes.")

    @classmethod
    def of(cls, row: PenaltyRow) -> "Penalty":
        """The penalty of a row."""
        return cls(
            id=global_id("Penalty", row.id),
            row=row,
            rule=row.rule,
            case=row.case_key,
            amount=Money.of(row.amount, row.currency),
            note=row.note,
            raised_at=row.raised_at,
            raised_by=row.raised_by,
            waived_at=row.waived_at,
            waived_by=row.waived_by,
            waive_reason=row.waive_reason,
            version=row.version,
        )

    @strawberry.field(description="The subject of the person who bears it; null for a region.")
    async def person(self, info: Info) -> str | None:
        """Who bears it."""
        if self.row.person_id is None:
            return None
        found: PersonRow = await info.context.load.person.load(self.row.person_id)
        return found.subject

    region = related(
        Region | None, "The region that bears it; null for a person.", region_by_key, "region_id"
    )

    @strawberry.field(description="The order it is about, where it is about one.")
    async def order(self, info: Info) -> Order | None:
        """Its order."""
        if self.row.order_id is None:
            return None
        row = await info.context.load.order.load(self.row.order_id)
        return None if row is None else Order.of(row)


penalty_by_key = found_by(Penalty.of, lambda load: load.penalty)


@strawberry.input(description="Which penalties to list; what is left out or empty does not narrow.")
class PenaltyFilter(Narrowing):
    """A question about penalties."""

    rule: PenaltyRule | None = strawberry.field(default=None, description="Only of this rule.")
    person: str | None = strawberry.field(
        default=None, description="Only this person's, by subject."
    )
    region: str | None = strawberry.field(default=None, description="Only this region's, by code.")
    is_waived: bool | None = strawberry.field(
        default=None, description="Only those let off, or only those that stand."
    )
    raised_between: DateTimeRange | None = strawberry.field(
        default=None, description="Only those raised in this span."
    )

    def question(self) -> queries.PenaltyQuestion:
        """The question to the database."""
        raised_from, raised_before = span(self.raised_between)
        return queries.PenaltyQuestion(
            self.rule,
            self.person,
            self.region,
            self.is_waived,
            raised_from,
            raised_before,
        )


@strawberry.type(description="The penalty, or why it was not let off.")
class PenaltyWaivePayload:
    """The answer to `penaltyWaive`."""

    penalty: Penalty | None = strawberry.field(description="The penalty.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.type
class PenaltyQueries:
    """Root fields about penalties."""

    penalties = listing(
        Penalty,
        "Penalties, the newest first (P8).",
        Action.VIEW_PENALTIES,
        queries.penalties,
        queries.count_penalties,
        PenaltyFilter,
        argument="Which.",
    )


_mutation = contract.answered_with(PenaltyWaivePayload, "penalty", penalty_by_key)


@strawberry.type
class PenaltyMutations:
    """Root fields that change penalties."""

    penalty_waive = _mutation(WaivePenalty, waive_penalty, "Which, and why.")


findable(Penalty, Action.VIEW_PENALTIES, penalty_by_key)
