"""Which action a field needs, and which fields are our people's alone."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.field import StrawberryField

from domain.roles import Action, may, require


class Needs(FieldExtension):
    """Refuses the field with FORBIDDEN when none of the principal's roles allows the action."""

    def __init__(self, action: Action) -> None:
        self.action = action

    def apply(self, field: StrawberryField) -> None:
        field.metadata = MappingProxyType({**field.metadata, "action": self.action})

    async def resolve_async(
        self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **arguments: Any
    ) -> Any:
        require(info.context.principal, self.action)
        return await next_(source, info, **arguments)


class ForOurPeople(FieldExtension):
    """A note of ours: null for a customer, who may read the object that it stands on."""

    def apply(self, field: StrawberryField) -> None:
        field.description = f"{field.description} Null for a customer."

    async def resolve_async(
        self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **arguments: Any
    ) -> Any:
        if not may(info.context.principal, Action.VIEW_ORDER_WORK):
            return None
        return await next_(source, info, **arguments)
