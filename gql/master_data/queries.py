"""Reading what was set, what holds on a day, and proposed ranks."""

import datetime as dt
from typing import Annotated

import strawberry

from domain.errors import InvalidInput
from domain.master_data.areas import Area
from domain.messages import msg
from domain.roles import Action
from domain.seasons import SellingSeason
from gql.connections import (
    After,
    Before,
    Connection,
    First,
    Last,
    PageArguments,
    connection,
    listing,
    page_request,
)
from gql.context import Info
from gql.input_changes import Narrowing
from gql.limits import MAX_PAGE_SIZE
from gql.master_data.types import CustomerRankProposal, MasterDataChange, MasterDataValue
from gql.permissions import Needs
from gql.scalars import Json
from persistence.master_data import queries
from persistence.master_data.writing import values_on
from persistence.paging import page_of
from services.ranking import propose_customer_ranks


@strawberry.input(description="Which changes to list; what is left out or empty does not narrow.")
class MasterDataChangeFilter(Narrowing):
    """A question about changes."""

    area: list[Area] | None = strawberry.field(default=None, description="Only of these kinds.")
    object: str | None = strawberry.field(
        default=None, description="Only of this object, by code, such as S1/TEE-40."
    )
    is_in_force: bool | None = strawberry.field(
        default=None, description="Only those that came into force, or only planned ones."
    )

    def question(self) -> queries.ChangeQuestion:
        """The question to the database."""
        return queries.ChangeQuestion(self.area or [], self.object, self.is_in_force)


@strawberry.type
class MasterDataQueries:
    """Root fields about master data."""

    master_data_changes = listing(
        MasterDataChange,
        "What departments set, those entered last first (P7).",
        Action.VIEW_MASTER_DATA,
        queries.changes,
        queries.count_changes,
        MasterDataChangeFilter,
        argument="Which changes.",
    )

    @strawberry.field(
        description="What holds on a day, past or to come, for up to 200 objects.",
        extensions=[Needs(Action.VIEW_MASTER_DATA)],
    )
    async def master_data_on(
        self,
        info: Info,
        area: Annotated[Area, strawberry.argument(description="What kind of value.")],
        codes: Annotated[
            list[str],
            strawberry.argument(
                description="Objects by their code; of safety stock by the store's, of reserves"
                " by the region's."
            ),
        ],
        on: Annotated[
            dt.date | None, strawberry.argument(description="The day; none = today.")
        ] = None,
    ) -> list[MasterDataValue]:
        """Values in force."""
        if len(codes) > MAX_PAGE_SIZE:
            raise InvalidInput(msg("lists.MOST_CODES", most=MAX_PAGE_SIZE), field="codes")
        today, _ = await info.context.today()
        async with info.context.uow() as uow:
            found = await values_on(uow.session, area, on or today, codes)
        return [MasterDataValue(object=name, value=Json(value)) for name, value in found.items()]

    @strawberry.field(
        description="Computed ranks of franchisees beside the entered ones, best first (P7).",
        extensions=[Needs(Action.VIEW_MASTER_DATA)],
    )
    async def customer_rank_proposal(
        self,
        info: Info,
        season: Annotated[
            SellingSeason | None,
            strawberry.argument(description="Whose order of regions counts; none = the policy's."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[CustomerRankProposal]:
        """A page of proposals."""
        page = page_request(PageArguments(first, after, last, before))
        async with info.context.uow() as uow:
            proposed = await propose_customer_ranks(uow, season)

        async def total() -> int:
            return len(proposed)

        found: Connection[CustomerRankProposal] = connection(
            page_of(proposed, lambda each: each.customer, page), CustomerRankProposal.of, total
        )
        return found
