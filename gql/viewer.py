"""Who is asking, and objects by their global ids."""

from asyncio import gather
from typing import Annotated

import strawberry

from domain.errors import InvalidInput
from domain.messages import msg
from domain.roles import Action, Role, may, require
from domain.sentences import within
from gql.context import Info
from gql.nodes import KINDS, Node, read_global_id
from gql.parties.types import Customer, customer_by_key
from gql.permissions import Needs

MOST_IDS = 200


@strawberry.type(description="Who is asking.")
class Viewer:
    """The principal of the request."""

    subject: str = strawberry.field(description="The name that history and the audit log show.")
    roles: list[Role] = strawberry.field(description="The roles held now.")
    may: list[str] = strawberry.field(description="What these roles allow, in words.")

    @strawberry.field(description="The customer whose login it is, if it is one.")
    async def customer(self, info: Info) -> Customer | None:
        """Its customer."""
        return await customer_by_key(info.context, info.context.principal.customer_id)


@strawberry.type
class ViewerQueries:
    """Root fields that every schema of this kind has."""

    @strawberry.field(description="Who is asking.", extensions=[Needs(Action.VIEW_SELF)])
    async def viewer(self, info: Info) -> Viewer:
        """The principal of the request."""
        principal = info.context.principal
        return Viewer(
            subject=principal.subject,
            roles=[Role(role) for role in sorted(principal.roles)],
            may=[within(action.english) for action in Action if may(principal, action)],
        )

    @strawberry.field(
        description="An object by its id; null when there is none that you may see.",
        extensions=[Needs(Action.VIEW_SELF)],
    )
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Node | None:
        """One object of any type."""
        return await _find(info, id)

    @strawberry.field(
        description="Objects by their ids, in this order; null for each that you may not see.",
        extensions=[Needs(Action.VIEW_SELF)],
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="Their ids; 200 at most.")
        ],
    ) -> list[Node | None]:
        """Several objects of any types."""
        if len(ids) > MOST_IDS:
            raise InvalidInput(msg("lists.MOST_IDS", most=MOST_IDS), field="ids")
        return await gather(*(_find(info, each) for each in ids))


async def _find(info: Info, id: str) -> Node | None:
    found = read_global_id(id)
    if found is None:
        return None
    kind, key = KINDS[found[0]], found[1]
    require(info.context.principal, kind.action)
    node: Node | None = await kind.find(info.context, key)
    return node
