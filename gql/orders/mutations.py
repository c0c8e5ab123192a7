"""Every command on an order as a mutation: one input, the order as it then stands, or the refusal.

The mutations are those of the table, in `domain/orders/commands`.
"""

from typing import Any

import strawberry

from domain.commands import Command
from domain.orders.commands import TRANSITIONS
from domain.orders.commands.intake import Place
from gql import contract
from gql.context import Info
from gql.mutations import REFUSALS, UserError, carried_out
from gql.nodes import key_of
from gql.orders.inputs import OrderActInput
from gql.orders.types import Order, order_by_key
from services.commands import OnOne
from services.orders.commands import act_on_order
from services.orders.place import place_order


@strawberry.type(description="The order as it now stands, or why nothing was done.")
class OrderPayload:
    """The answer to every command on an order."""

    order: Order | None = strawberry.field(description="The order.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


async def _act(info: Info, row: Command, data: Any) -> OrderPayload:
    command = contract.command_from(row.kind, data)
    request = OnOne(key_of(data.id, "Order", "id"), command, data.expected_version)
    outcome, refusals = await carried_out(info, act_on_order, request, data.idempotency_key)
    order = await order_by_key(info.context, outcome.get("id"))
    return OrderPayload(order=order, user_errors=refusals)


_mutation = contract.answered_with(OrderPayload, "order", order_by_key)


@strawberry.type
@contract.mutations(
    TRANSITIONS.values(),
    OrderPayload,
    _act,
    base=OrderActInput,
    argument="Which order, and what of it.",
)
class OrderMutations:
    """Root fields that act on orders: a new one here, the others from the table."""

    order_place = _mutation(Place, place_order, "The order.")
