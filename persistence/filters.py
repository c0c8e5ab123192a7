"""What a list is asked for, as conditions; what is None or empty narrows nothing."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

Condition = ColumnElement[bool]


def asked(*conditions: Condition | None) -> list[Condition]:
    """The conditions that are asked for."""
    return [each for each in conditions if each is not None]


def equals(column: Any, value: Any) -> Condition | None:
    """It has this value."""
    found: Condition | None = None if value is None else column == value
    return found


def among(column: Any, values: Sequence[Any]) -> Condition | None:
    """It has one of these values."""
    found: Condition | None = column.in_(values) if values else None
    return found


def since(column: Any, first: Any) -> Condition | None:
    """It is this day or instant, or later."""
    found: Condition | None = None if first is None else column >= first
    return found


def until(column: Any, last: Any) -> Condition | None:
    """It is this day, or earlier."""
    found: Condition | None = None if last is None else column <= last
    return found


def before(column: Any, end: Any) -> Condition | None:
    """It is earlier than this."""
    found: Condition | None = None if end is None else column < end
    return found


def whether(condition: Condition, wanted: bool | None) -> Condition | None:
    """The condition holds, or does not."""
    if wanted is None:
        return None
    return condition if wanted else ~condition


def refers_to(column: Any, row: Any, name: Any, value: Any) -> Condition | None:
    """It is the key of the row whose `name`, such as its code, has this value."""
    if value is None:
        return None
    found: Condition = column.in_(select(row.id).where(name == value))
    return found
