"""Rows by key, many keys in one statement: what the batched look-ups of the API stand on."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Select, func, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.documents import document_key
from persistence.tables import Base

Row = TypeVar("Row", bound=Base)

# Of a list that has no pages of its own, at most this many rows of one parent are read: the newest.
LONGEST_LIST = 500


async def rows_by(
    session: AsyncSession, statement: Select[Row], key: Any, keys: Sequence[Any]
) -> dict[Any, Row]:
    """One row per key, where there is one."""
    found = await session.execute(statement.add_columns(key).where(key.in_(keys)))
    return {row[1]: row[0] for row in found}


async def rows_by_number(
    session: AsyncSession, statement: Select[Row], key: Any, wanted: Sequence[str]
) -> dict[str, Row]:
    """One row per number of a document, where there is one, however the number is spelled.

    key: the column of the numbers' keys.
    """
    keys = {each: document_key(each) for each in wanted}
    found = await rows_by(session, statement, key, sorted({*keys.values()}))
    return {each: found[mine] for each, mine in keys.items() if mine in found}


async def lists_by(
    session: AsyncSession,
    statement: Select[Row],
    key: Any,
    keys: Sequence[Any],
    *sorted_by: Any,
    most: int | None = None,
) -> dict[Any, list[Row]]:
    """All rows of each key, in this order; with `most`, only the last `most` of each."""
    wanted = statement.where(key.in_(keys))
    if most is not None:
        (identity,) = inspect(statement.column_descriptions[0]["entity"]).primary_key
        last_first = [each.desc() for each in sorted_by]
        place = func.row_number().over(partition_by=key, order_by=last_first).label("place")
        ranked = wanted.with_only_columns(identity, place).subquery()
        last = select(ranked.c[0]).where(ranked.c.place <= most)
        wanted = wanted.where(identity.in_(last))
    found = await session.execute(wanted.add_columns(key).order_by(*sorted_by))
    lists: dict[Any, list[Row]] = {each: [] for each in keys}
    for row in found:
        lists[row[1]].append(row[0])
    return lists


async def newest_by_order(
    session: AsyncSession, statement: Select[*tuple[Any, ...]], keys: Sequence[int]
) -> dict[int, list[Any]]:
    """The newest rows of each order, the oldest first.

    The statement has the columns `order_id`, `at` and `id`, by which they are sorted.
    """
    events = statement.subquery()
    place = func.row_number().over(
        partition_by=events.c.order_id, order_by=(events.c.at.desc(), events.c.id.desc())
    )
    ranked = select(events, place.label("place")).subquery()
    found = await session.execute(
        select(ranked).where(ranked.c.place <= LONGEST_LIST).order_by(ranked.c.at, ranked.c.id)
    )
    lists: dict[int, list[Any]] = {key: [] for key in keys}
    for row in found:
        lists[row.order_id].append(row)
    return lists


def containing(words: str) -> str:
    """A LIKE pattern for texts that contain these words, taken literally."""
    literal = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{literal}%"
