"""Every input of a mutation is held to its limits before the mutation begins.

A field tells its own limit by its metadata; any other text has the limit of a reason, any other
decimal that of an amount. What does not fit is told all at once, each with the field's path.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.base import StrawberryList, StrawberryOptional, get_object_definition
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from domain.errors import InvalidInput
from domain.limits import MOST_MONEY, Limit, Range, Text
from gql.mutations import user_error

LIMIT = "apportion_limit"
# As many as anybody reads; a list of thousands of items may have as many faults.
MOST_FAULTS = 20

_ANY_TEXT = Text()
_ANY_AMOUNT = Range(-MOST_MONEY, MOST_MONEY)


def at_most(longest: int) -> Mapping[str, Any]:
    """The metadata of a field whose text has so many characters at most."""
    return {LIMIT: Text(longest)}


def between(least: int, most: int) -> Mapping[str, Any]:
    """The metadata of a field whose number lies between these, both included."""
    return {LIMIT: Range(least, most)}


def hold_limits(mutations: type) -> None:
    """Let every mutation of a type hold its input to the limits, and the schema tell them."""
    for field in get_object_definition(mutations, strict=True).fields:
        # The last stands outermost: rights come before limits.
        field.extensions.insert(0, HoldsLimits())
        for argument in field.arguments:
            _describe(_leaf(argument.type))


class HoldsLimits(FieldExtension):
    """Answers a mutation with INVALID_INPUT, before it begins, where its input does not fit."""

    async def resolve_async(
        self,
        next_: Callable[..., Awaitable[Any]],
        source: Any,
        info: strawberry.Info,
        **arguments: Any,
    ) -> Any:
        found = _faults(arguments.get("input"), "")
        errors = [
            user_error(InvalidInput(message, field=path))
            for path, message in islice(found, MOST_FAULTS)
        ]
        if not errors:
            return await next_(source, info, **arguments)
        payload = get_object_definition(info.return_type, strict=True)
        nothing = {field.python_name: _nothing(field.type) for field in payload.fields}
        return payload.origin(**{**nothing, "user_errors": errors})


@dataclass(frozen=True)
class _Field:
    """A field of an input that can be at fault, itself or in what it holds."""

    attribute: str
    name: str
    limit: Limit | None
    may_be_left_out: bool


@cache
def _fields(kind: type) -> tuple[_Field, ...]:
    found = []
    for field in get_object_definition(kind, strict=True).fields:
        limit = _limit_of(field)
        if limit is not None or get_object_definition(_leaf(field.type)) is not None:
            name = field.graphql_name or to_camel_case(field.python_name)
            may_be_left_out = (
                isinstance(field.type, StrawberryOptional) or field.default is not MISSING
            )
            found.append(_Field(field.python_name, name, limit, may_be_left_out))
    return tuple(found)


def _limit_of(field: StrawberryField) -> Limit | None:
    own: Limit | None = field.metadata.get(LIMIT)
    if own is not None:
        return own
    leaf = _leaf(field.type)
    return _ANY_TEXT if leaf is str else _ANY_AMOUNT if leaf is Decimal else None


def _leaf(kind: Any) -> Any:
    while isinstance(kind, StrawberryOptional | StrawberryList):
        kind = kind.of_type
    return kind


def _faults(given: Any, path: str) -> Iterator[tuple[str, str]]:
    """Each field at fault, by its path in the input, and what is wrong with it."""
    if isinstance(given, list):
        for place, item in enumerate(given):
            yield from _faults(item, f"{path}{place}.")
    elif given is not None:
        for field in _fields(given.__class__):
            value = getattr(given, field.attribute)
            if field.limit is None:
                yield from _faults(value, f"{path}{field.name}.")
                continue
            values = value if isinstance(value, list) else [value]
            for place, each in enumerate(values):
                # An empty text says no more than leaving it out.
                if each is None or (each == "" and field.may_be_left_out):
                    continue
                fault = field.limit.fault(each)
                if fault is not None:
                    here = f"{path}{field.name}"
                    yield f"{here}.{place}" if values is value else here, fault


def _nothing(kind: object) -> Any:
    """What a field of a payload holds where nothing was done."""
    if isinstance(kind, StrawberryOptional):
        return None
    return [] if isinstance(kind, StrawberryList) else kind()  # type: ignore[operator]  # a count or a flag


def _describe(kind: Any) -> None:
    """Tell a field's own limit in its description."""
    definition = get_object_definition(kind)
    for field in definition.fields if definition is not None else ():
        _describe(_leaf(field.type))
        limit: Limit | None = field.metadata.get(LIMIT)
        # Inputs share the fields of their common base.
        if limit is not None and not (field.description or "").endswith(str(limit)):
            field.description = f"{field.description} {limit}"
