"""What a change says of a field: nothing, so that it stays; None, so that it is empty; a value."""

from enum import Enum
from typing import Final, Literal, TypeVar

Value = TypeVar("Value")


class _Said(Enum):
    NOTHING = "unchanged"

    def __repr__(self) -> str:
        return "UNCHANGED"


Unchanged = Literal[_Said.NOTHING]
UNCHANGED: Final = _Said.NOTHING


def changed(asked: Value | Unchanged, kept: Value) -> Value:
    """What a field holds after a change: what was asked for, or what it held where nothing was."""
    return kept if asked is UNCHANGED else asked
