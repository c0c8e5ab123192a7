"""Objects with a global id, and how to find them again."""

import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import strawberry
from strawberry.dataloader import DataLoader

from domain.errors import InvalidInput
from domain.messages import msg
from domain.roles import Action
from gql.context import Info, RequestContext
from gql.loaders import Loaders
from persistence.paging import fits_bigint


@strawberry.interface(description="An object with an id of its own, found again by `node`.")
class Node:
    """Whatever has a global id."""

    id: strawberry.ID = strawberry.field(description="Opaque and lasting; unique over all types.")


N = TypeVar("N")
Find = Callable[[RequestContext, int | None], Awaitable[N | None]]


def found_by(
    made: Callable[[Any], N], loader: Callable[[Loaders], DataLoader[Any, Any]]
) -> Find[N]:
    """How objects of a type are found: by their key, where they are and may be seen."""

    async def find(context: RequestContext, key: int | None) -> N | None:
        row = None if key is None else await loader(context.load).load(key)
        return None if row is None else made(row)

    return find


def related(
    kind: Any,
    description: str,
    find: Callable[[RequestContext, Any], Awaitable[Any]],
    column: str,
    **more: Any,
) -> Any:
    """A field for what a column of a row refers to. kind: its type, or None too where it may be."""

    async def resolve(self: Any, info: Info) -> Any:
        return await find(info.context, getattr(self.row, column))

    resolve.__annotations__["return"] = kind
    return strawberry.field(resolver=resolve, description=description, **more)


@dataclass(frozen=True)
class NodeKind:
    """A type, how to find its objects, and which action that needs."""

    type: type[Any]
    action: Action
    find: Callable[[RequestContext, int], Awaitable[Any]]


KINDS: dict[str, NodeKind] = {}


def findable(
    type_: type[Any], action: Action, find: Callable[[RequestContext, int], Awaitable[Any]]
) -> None:
    """Let `node`, and types that refer to this one, find objects of it."""
    KINDS[type_.__name__] = NodeKind(type_, action, find)


def global_id(name: str, key: int) -> strawberry.ID:
    """The id of an object, from its type and key."""
    return strawberry.ID(base64.b64encode(f"{name}:{key}".encode()).decode())


def read_global_id(text: str) -> tuple[str, int] | None:
    """Type and key of an id; None when it is not one of ours."""
    try:
        name, _, digits = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    if name not in KINDS or not digits.isascii() or not digits.isdigit() or len(digits) > 19:
        return None
    key = int(digits)
    return (name, key) if fits_bigint(key) else None


def key_of(text: str, name: str, field: str) -> int:
    """The key in an id that must be of this type; a sentence for the client when it is not."""
    found = read_global_id(text)
    if found is None or found[0] != name:
        raise InvalidInput(msg("lists.NO_ID", text=text[:60], name=name), field=field)
    return found[1]


def optional_key(text: str | None, name: str, field: str) -> int | None:
    """The key in an id, where one was given."""
    return None if text is None else key_of(text, name, field)
