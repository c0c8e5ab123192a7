"""Rows by key, many keys in one statement: what the batched look-ups of the API stand on."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.tables import Base

Row = TypeVar("Row", bound=Base)


async def rows_by(
    session: AsyncSession, statement: Select[Row], key: Any, keys: Sequence[Any]
) -> dict[Any, Row]:
    """One row per key, where there is one."""
    found = await session.execute(statement.add_columns(key).where(key.in_(keys)))
    return {row[1]: row[0] for row in found}


async def lists_by(
    session: AsyncSession,
    statement: Select[Row],
    key: Any,
    keys: Sequence[Any],
    *sorted_by: Any,
) -> dict[Any, list[Row]]:
    """All rows of each key, in this order."""
    found = await session.execute(
        statement.add_columns(key).where(key.in_(keys)).order_by(*sorted_by)
    )
    lists: dict[Any, list[Row]] = {each: [] for each in keys}
    for row in found:
        lists[row[1]].append(row[0])
    return lists


def containing(words: str) -> str:
    """A LIKE pattern for texts that contain these words, taken literally."""
    literal = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{literal}%"
