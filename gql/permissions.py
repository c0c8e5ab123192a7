"""Which action a field needs; checked before its resolver runs."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.field import StrawberryField

from domain.roles import Action, require


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
