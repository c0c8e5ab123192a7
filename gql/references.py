"""References of a type to one whose module imports its own: an order has shipments, each its order.

GraphQL's graph has circles, Python's imports must not. So only the side that is listed first
imports the other; the way back goes over this module and the registry of nodes. A test holds that
no other import closes a circle.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

import strawberry

from gql.context import RequestContext
from gql.nodes import KINDS

if TYPE_CHECKING:
    from gql.allocation.types import AllocationRun
    from gql.funding import CustomerFunds
    from gql.orders.types import Order, OrderLine

T = TypeVar("T")


@dataclass(frozen=True)
class Reference(Generic[T]):
    """The objects of a type, by the type's name."""

    name: str

    async def find(self, context: RequestContext, key: int | None) -> T | None:
        """The object of a key, as `node` finds it; None where there is none to be seen."""
        found: T | None = None if key is None else await KINDS[self.name].find(context, key)
        return found

    async def get(self, context: RequestContext, key: int) -> T:
        """The object of a key that a row in sight refers to. Raises LookupError."""
        found = await self.find(context, key)
        if found is None:
            raise LookupError(f"{self.name} {key} is referred to and not there")
        return found

    def of(self, row: Any) -> T:
        """The object of its row."""
        made: T = KINDS[self.name].type.of(row)
        return made


AllocationRunRef = Annotated["AllocationRun", strawberry.lazy("gql.allocation.types")]
CustomerFundsRef = Annotated["CustomerFunds", strawberry.lazy("gql.funding")]
OrderRef = Annotated["Order", strawberry.lazy("gql.orders.types")]
OrderLineRef = Annotated["OrderLine", strawberry.lazy("gql.orders.types")]

ALLOCATION_RUN: "Reference[AllocationRun]" = Reference("AllocationRun")
CUSTOMER_FUNDS: "Reference[CustomerFunds]" = Reference("CustomerFunds")
ORDER: "Reference[Order]" = Reference("Order")
ORDER_LINE: "Reference[OrderLine]" = Reference("OrderLine")
