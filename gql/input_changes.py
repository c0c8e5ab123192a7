"""What a field of an input says by its absence, by null, and by being empty.

Every input follows one of four rules, which the schema states field by field:

- a plain optional field has the default null: left out and null are one, and its description tells
  what they mean;
- a field that changes what an object holds has no default: left out, it stays; null takes it away,
  or is refused where there is nothing without it (`changing`);
- a field whose null is a value has to be given (`stated`);
- in a filter, what is left out, null or empty does not narrow (`Narrowing`).

No text is given empty, and no list, except one whose default is the empty list: see `input_limits`.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

import strawberry

from domain.unchanged import UNCHANGED, Unchanged

Value = TypeVar("Value")

# Of a field's metadata: whether it refuses null, and whether it may not be left out.
REFUSES_NULL = "apportion_refuses_null"
HAS_TO_BE_GIVEN = "apportion_has_to_be_given"


def changing(
    description: str, *, null: str | None, metadata: Mapping[str, Any] | None = None
) -> Any:
    """A field of a change; where it is left out, what it holds stays.

    null: what null makes of it, as the end of a sentence, such as "list prices"; None where the
    object cannot be without it, so that null is refused.
    """
    meaning = "is refused" if null is None else f"makes it {null}"
    return strawberry.field(
        default=strawberry.UNSET,
        description=f"{description} Left out, it stays; null {meaning}.",
        metadata={REFUSES_NULL: null is None, **(metadata or {})},
    )


def stated(description: str, *, null: str, metadata: Mapping[str, Any] | None = None) -> Any:
    """A field that has to be given, also as null, which is a value with a meaning of its own."""
    return strawberry.field(
        default=strawberry.UNSET,
        description=f"{description} To be given; null: {null}.",
        metadata={HAS_TO_BE_GIVEN: True, **(metadata or {})},
    )


def asked(value: Value) -> Value | Unchanged:
    """What a `changing` field asks for; UNCHANGED where it was left out."""
    return UNCHANGED if value is strawberry.UNSET else value


def given(value: Value | None) -> Value | None:
    """What a `changing` field that refuses null gives; None where it was left out."""
    return None if value is strawberry.UNSET else value


class Narrowing:
    """A filter: what is left out, null or empty does not narrow."""

    def __post_init__(self) -> None:
        for each in fields(self):  # type: ignore[arg-type]  # every filter is made a data class
            if getattr(self, each.name) in ("", []):
                setattr(self, each.name, None)
