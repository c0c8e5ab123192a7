"""Every input of a mutation is held to its limits before the mutation begins.

A field has its own limit in its metadata; any other text has the limit of a reason, any other
decimal that of an amount. No text is empty, and no list but one that is empty by default; what null
and absence mean is said in `input_changes`. What does not fit is named all at once, each with the
field's path.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.extensions import FieldExtension
from strawberry.types.base import StrawberryList, StrawberryOptional, get_object_definition
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from domain.errors import InvalidInput
from domain.limits import MOST_MONEY, Limit, Range, Text
from domain.messages import Message, msg
from gql.input_changes import HAS_TO_BE_GIVEN, REFUSES_NULL
from gql.mutations import user_error

LIMIT = "apportion_limit"
# As many as anybody reads; a list of thousands of items may have as many faults.
MOST_FAULTS = 20

_ANY_TEXT = Text()
_ANY_AMOUNT = Range(-MOST_MONEY, MOST_MONEY)


def at_most(longest: int) -> Mapping[str, Any]:
    """The metadata of a field whose text has a limited number of characters."""
    return {LIMIT: Text(longest)}


def hold_limits(mutations: type) -> None:
    """Let every mutation of a type hold its input to the limits, and the schema name them."""
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
    takes_empty_list: bool
    refuses_null: bool
    has_to_be_given: bool


@cache
def _fields(kind: type) -> tuple[_Field, ...]:
    found = []
    for field in get_object_definition(kind, strict=True).fields:
        found.append(
            _Field(
                field.python_name,
                field.graphql_name or to_camel_case(field.python_name),
                _limit_of(field),
                takes_empty_list=field.default_factory is list,
                refuses_null=field.metadata.get(REFUSES_NULL, False),
                has_to_be_given=field.metadata.get(HAS_TO_BE_GIVEN, False),
            )
        )
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


def _faults(given: Any, path: str) -> Iterator[tuple[str, Message]]:
    """Each field at fault, by its path in the input, and what is wrong with it."""
    if isinstance(given, list):
        for place, item in enumerate(given):
            yield from _faults(item, f"{path}{place}.")
    elif get_object_definition(given.__class__) is not None:
        for field in _fields(given.__class__):
            yield from _faults_of(field, getattr(given, field.attribute), f"{path}{field.name}")


def _faults_of(field: _Field, value: Any, here: str) -> Iterator[tuple[str, Message]]:
    if value is UNSET:
        if field.has_to_be_given:
            yield here, msg("values.NOTHING_GIVEN")
    elif value is None:
        if field.refuses_null:
            yield here, msg("values.NOT_TAKEN_AWAY")
    elif value == [] and not field.takes_empty_list:
        yield here, msg("values.EMPTY_LIST")
    elif field.limit is None:
        yield from _faults(value, f"{here}.")
    else:
        for place, each in enumerate(value if isinstance(value, list) else [value]):
            fault = field.limit.fault(each)
            if fault is not None:
                yield f"{here}.{place}" if isinstance(value, list) else here, fault


def _nothing(kind: object) -> Any:
    """What a field of a payload holds where nothing was done."""
    if isinstance(kind, StrawberryOptional):
        return None
    return [] if isinstance(kind, StrawberryList) else kind()  # type: ignore[operator]  # a count or a flag


def _describe(kind: Any) -> None:
    """Add a field's own limit to its description."""
    definition = get_object_definition(kind)
    for field in definition.fields if definition is not None else ():
        _describe(_leaf(field.type))
        limit: Limit | None = field.metadata.get(LIMIT)
        # Inputs share the fields of their common base.
        if limit is not None and not (field.description or "").endswith(str(limit)):
            field.description = f"{field.description} {limit}"
