"""Changes of master data, and what holds on a day."""

import datetime as dt

import strawberry

from domain.master_data.areas import RULES, Area
from domain.messages import Message
from domain.ranking import ProposedRank
from domain.roles import Action, may
from gql.context import Info
from gql.language import said_in_words
from gql.nodes import KINDS, Node, findable, found_by, global_id
from gql.parties.types import Customer
from gql.scalars import Json
from persistence.tables import MasterDataChangeRow


@strawberry.type(description="A value of one object from a day on: who entered it, when and why.")
class MasterDataChange(Node):
    """A change, planned or in force."""

    row: strawberry.Private[MasterDataChangeRow]
    area: Area = strawberry.field(description="What kind of value it is.")
    object: str = strawberry.field(description="What it is of, by code, such as S1/TEE-40.")
    value: Json | None = strawberry.field(
        description="The value; null: none of its own. Amounts are texts."
    )
    previous: Json | None = strawberry.field(
        description="What held before it came into force; null while it has not."
    )
    valid_from: dt.date = strawberry.field(description="The first day on which it holds.")
    version: int = strawberry.field(description="The object's version right after it was entered.")
    entered_by: str = strawberry.field(description="Who entered it.")
    entered_at: dt.datetime = strawberry.field(description="When.")
    reason: str | None = strawberry.field(description="Why, where that was said.")
    applied_at: dt.datetime | None = strawberry.field(
        description="When it came into force; null while it is planned."
    )
    withdrawn_at: dt.datetime | None = strawberry.field(
        description="When it was called off before its day; it never comes into force."
    )
    withdrawn_by: str | None = strawberry.field(description="Who called it off.")
    withdraw_reason: str | None = strawberry.field(description="Why it was called off.")
    area_version: int | None = strawberry.field(
        description="How often the area had changed with it; runs keep this number."
    )

    @classmethod
    def of(cls, row: MasterDataChangeRow) -> "MasterDataChange":
        """The change of a row."""
        return cls(
            id=global_id("MasterDataChange", row.id),
            row=row,
            area=row.area,
            object=row.object,
            value=None if row.value is None else Json(row.value),
            previous=None if row.previous is None else Json(row.previous),
            valid_from=row.effective_from,
            version=row.version,
            entered_by=row.entered_by,
            entered_at=row.entered_at,
            reason=row.reason,
            applied_at=row.applied_at,
            withdrawn_at=row.withdrawn_at,
            withdrawn_by=row.withdrawn_by,
            withdraw_reason=row.withdraw_reason,
            area_version=row.area_version,
        )

    @strawberry.field(description="The product, customer, store, region or person it is about.")
    async def target(self, info: Info) -> Node | None:
        """Its object; null where the viewer may not see it."""
        # The first part of its key is that of the thing which its area names first.
        kind = KINDS[RULES[self.row.area].things[0].capitalize()]
        if not may(info.context.principal, kind.action):
            return None
        found: Node | None = await kind.find(info.context, self.row.key_a)
        return found


change_by_key = found_by(MasterDataChange.of, lambda load: load.master_data_change)


@strawberry.type(description="What holds for one object on a day.")
class MasterDataValue:
    """A value in force."""

    object: str = strawberry.field(description="What it is of, by code, such as S1/TEE-40.")
    value: Json = strawberry.field(description="The value; amounts are texts.")


@strawberry.type(description="A figure that a proposed rank rests on.")
class RankFigure:
    """One criterion of a proposal."""

    criterion: str = strawberry.field(description="REGION, CLASS or UNITS.")
    place: int = strawberry.field(
        description="What is compared; the smaller comes first. Units count negative."
    )
    said: strawberry.Private[Message]
    text: str = strawberry.field(resolver=said_in_words, description="A sentence for people.")


@strawberry.type(description="A computed rank beside the one that CHANNEL entered (P7).")
class CustomerRankProposal:
    """A proposal; nothing takes it over by itself."""

    code: strawberry.Private[str]
    proposed_rank: int = strawberry.field(description="What the figures say; equal ones share it.")
    entered_rank: int = strawberry.field(description="What CHANNEL entered.")
    figures: list[RankFigure] = strawberry.field(
        description="What it rests on, the first deciding."
    )

    @classmethod
    def of(cls, found: ProposedRank) -> "CustomerRankProposal":
        """The proposal for one customer."""
        return cls(
            code=found.customer,
            proposed_rank=found.proposed,
            entered_rank=found.entered,
            figures=[
                RankFigure(criterion=each.criterion, place=each.place, said=each.text)
                for each in found.figures
            ],
        )

    @strawberry.field(description="Whose rank.")
    async def customer(self, info: Info) -> Customer:
        """Its customer."""
        return Customer.of(await info.context.load.customer_by_code.load(self.code))


findable(MasterDataChange, Action.VIEW_MASTER_DATA, change_by_key)
