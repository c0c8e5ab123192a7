"""Keyset paging: a page begins where another ended, by the sort values of its last row.

OFFSET would read and drop all earlier rows, and would skip or repeat rows while others are added.
"""

import base64
import binascii
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Generic, TypeVar

import orjson
from sqlalchemy import ColumnElement, Row, Select, and_, func, inspect, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import InvalidInput
from domain.messages import msg

T = TypeVar("T")


@dataclass(frozen=True)
class Key:
    """One sort value, never NULL; the last key of an order is unique."""

    expression: Any
    descending: bool = False


@dataclass(frozen=True)
class Sorting:
    """How a list is sorted. The name goes into cursors, so that none is used with another order."""

    name: str
    keys: tuple[Key, ...]


@dataclass(frozen=True)
class PageRequest:
    """Which page: a number of rows after or before a cursor, from the start or from the end."""

    size: int
    after: str | None = None
    before: str | None = None
    from_end: bool = False


@dataclass(frozen=True)
class Page(Generic[T]):
    """Rows of one page with their cursors, and whether there are more on either side."""

    rows: Sequence[T]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool

    @classmethod
    def empty(cls) -> "Page[T]":
        """A page of nothing."""
        return cls((), (), False, False)


async def fetch_page(
    session: AsyncSession, statement: Select[T], sorting: Sorting, page: PageRequest
) -> Page[T]:
    """One page of what the statement selects: one object per row, in one statement."""
    values = [key.expression for key in sorting.keys]
    wanted = (
        statement.add_columns(*values)
        .where(*_bounds(sorting, page))
        .order_by(*_sorted(sorting, reverse=page.from_end))
        .limit(page.size + 1)
    )
    return _page((await session.execute(wanted)).all(), sorting, page)


def nearest(statement: Select[Any], sorting: Sorting, page: PageRequest) -> Select[Any]:
    """Just so much of a part of a list as could be on the page.

    For lists made of several parts that each have an index of their own: the parts are cut first,
    then joined, and the page is fetched from what is left.
    """
    return (
        statement.where(*_bounds(sorting, page))
        .order_by(*_sorted(sorting, reverse=page.from_end))
        .limit(page.size + 1)
    )


async def fetch_pages(
    session: AsyncSession,
    statement: Select[T],
    parent: Any,
    parents: Sequence[int],
    sorting: Sorting,
    page: PageRequest,
) -> dict[int, Page[T]]:
    """The same page of each parent's rows, in one statement for all parents."""
    identity = inspect(statement.column_descriptions[0]["entity"]).primary_key
    place = (
        func.row_number()
        .over(partition_by=parent, order_by=_sorted(sorting, reverse=page.from_end))
        .label("place")
    )
    # Of the rows that the statement selects, so that what it leaves out takes no place.
    ranked = (
        statement.with_only_columns(*identity, place)
        .where(parent.in_(parents), *_bounds(sorting, page))
        .subquery()
    )
    values = [key.expression for key in sorting.keys]
    wanted = (
        statement.add_columns(*values, parent.label("parent"))
        .join(ranked, and_(*(column == ranked.c[column.key] for column in identity)))
        .where(ranked.c.place <= page.size + 1)
        .order_by(*_sorted(sorting, reverse=page.from_end))
    )
    rows: dict[int, list[Any]] = {key: [] for key in parents}
    for row in (await session.execute(wanted)).all():
        rows[row[-1]].append(row)
    return {key: _page(found, sorting, page) for key, found in rows.items()}


async def count_by_parent(
    session: AsyncSession, parent: Any, parents: Sequence[int], *conditions: ColumnElement[bool]
) -> dict[int, int]:
    """How many rows each parent has."""
    statement = (
        select(parent, func.count()).where(parent.in_(parents), *conditions).group_by(parent)
    )
    found = {row[0]: int(row[1]) for row in await session.execute(statement)}
    return {key: found.get(key, 0) for key in parents}


async def count_rows(session: AsyncSession, statement: Select[Any]) -> int:
    """How many rows a statement selects in all."""
    counted = select(func.count()).select_from(statement.order_by(None).subquery())
    return int(await session.scalar(counted) or 0)


def fits_bigint(number: int) -> bool:
    """Whether a number can be a key at all; a larger one is an error to the database."""
    return -(2**63) <= number < 2**63


def _page(found: Sequence[Row[Any]], sorting: Sorting, page: PageRequest) -> Page[Any]:
    more = len(found) > page.size
    kept = list(found[: page.size])
    if page.from_end:
        kept.reverse()
    count = len(sorting.keys)
    return Page(
        rows=[row[0] for row in kept],
        cursors=[_cursor(sorting, tuple(row)[1 : 1 + count]) for row in kept],
        has_next=page.before is not None if page.from_end else more,
        has_previous=more if page.from_end else page.after is not None,
    )


def _sorted(sorting: Sorting, *, reverse: bool) -> list[Any]:
    return [
        key.expression.desc() if key.descending is not reverse else key.expression.asc()
        for key in sorting.keys
    ]


def _bounds(sorting: Sorting, page: PageRequest) -> list[ColumnElement[bool]]:
    found = []
    if page.after is not None:
        found.append(_beyond(sorting, _values(sorting, page.after, "after")))
    if page.before is not None:
        backwards = replace(
            sorting, keys=tuple(replace(key, descending=not key.descending) for key in sorting.keys)
        )
        found.append(_beyond(backwards, _values(sorting, page.before, "before")))
    return found


def _beyond(sorting: Sorting, values: Sequence[Any]) -> ColumnElement[bool]:
    """Rows that come after these sort values."""
    keys = sorting.keys
    if len({key.descending for key in keys}) == 1:
        # A row comparison is what an index over the same columns answers directly.
        ours, theirs = tuple_(*(key.expression for key in keys)), tuple_(*values)
        return ours < theirs if keys[0].descending else ours > theirs
    steps = []
    for position, key in enumerate(keys):
        value = values[position]
        step = key.expression < value if key.descending else key.expression > value
        equal = [keys[i].expression == values[i] for i in range(position)]
        steps.append(and_(*equal, step))
    return or_(*steps)


def _cursor(sorting: Sorting, values: Sequence[Any]) -> str:
    shown = [str(value) if isinstance(value, Decimal) else value for value in values]
    return base64.urlsafe_b64encode(orjson.dumps([sorting.name, *shown])).decode().rstrip("=")


def _values(sorting: Sorting, cursor: str, field: str) -> list[Any]:
    refusal = InvalidInput(msg("lists.NO_CURSOR_IN_ORDER", cursor=cursor[:60]), field=field)
    try:
        name, *values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if name != sorting.name or len(values) != len(sorting.keys):
            raise refusal
        return [_typed(key, value) for key, value in zip(sorting.keys, values, strict=True)]
    except (binascii.Error, ValueError, TypeError, ArithmeticError) as error:
        raise refusal from error


def _typed(key: Key, value: Any) -> Any:
    kind = key.expression.type.python_type
    if kind is dt.datetime:
        return dt.datetime.fromisoformat(value)
    if kind is dt.date:
        return dt.date.fromisoformat(value)
    if kind is Decimal:
        return Decimal(value)
    if type(value) is not kind or (kind is int and not fits_bigint(value)):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value


def place_bounds(sorting: Sorting, page: PageRequest) -> tuple[int | None, int | None]:
    """Between which places the rows of a page lie, of a list sorted by one whole number."""
    return (
        None if page.after is None else _values(sorting, page.after, "after")[0],
        None if page.before is None else _values(sorting, page.before, "before")[0],
    )


def placed_page(
    near: Sequence[T], place: Callable[[T], int], sorting: Sorting, page: PageRequest
) -> Page[T]:
    """A page of a list sorted by one whole number, which was read from several sources.

    near: of each source, as many rows within `place_bounds` as the page could hold and one more,
    sorted together.
    """
    more = len(near) > page.size
    kept = near[-page.size :] if page.from_end else near[: page.size]
    return Page(
        rows=kept,
        cursors=[_cursor(sorting, (place(row),)) for row in kept],
        has_next=page.before is not None if page.from_end else more,
        has_previous=more if page.from_end else page.after is not None,
    )


def page_of(items: Sequence[T], name: Callable[[T], str], page: PageRequest) -> Page[T]:
    """A page of a list that was computed as a whole; names are unique and make the cursors."""
    cursors = [base64.urlsafe_b64encode(name(item).encode()).decode() for item in items]

    def place(cursor: str, field: str) -> int:
        try:
            return cursors.index(cursor)
        except ValueError:
            raise InvalidInput(msg("lists.NO_CURSOR", cursor=cursor[:60]), field=field) from None

    start = 0 if page.after is None else place(page.after, "after") + 1
    end = len(items) if page.before is None else place(page.before, "before")
    if page.from_end:
        start = max(start, end - page.size)
    else:
        end = min(end, start + page.size)
    return Page(items[start:end], cursors[start:end], end < len(items), start > 0)
