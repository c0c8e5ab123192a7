"""Lists of a person's own work: what is the person's, and what is nobody's in person yet (M7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.paging import Page, PageRequest, Sorting, count_rows, fetch_page, nearest

T = TypeVar("T")


@dataclass(frozen=True)
class Mine:
    """Who asks for "my open steps" or "my tasks"; a service is no person."""

    roles: Sequence[str]
    person_id: int | None


async def work_page(
    session: AsyncSession,
    statement: Select[T],
    row: Any,
    mine: Mine | None,
    sorting: Sorting,
    page: PageRequest,
) -> Page[T]:
    """One page of what a statement selects of a table of work; of `mine` where that is asked.

    A person's own rows and those of each role have their own index: the first of each are taken by
    it, so that a page costs the same over ten rows as over ten thousand.
    """
    if mine is not None:
        parts = [
            nearest(statement.with_only_columns(row.id).where(part), sorting, page)
            for part in _parts(row, mine)
        ]
        chosen = union_all(*(part.subquery().select() for part in parts)).subquery()
        statement = select(row).where(row.id.in_(select(chosen.c[0])))
    return await fetch_page(session, statement, sorting, page)


async def count_work(
    session: AsyncSession, statement: Select[Any], row: Any, mine: Mine | None
) -> int:
    """How many rows a statement selects of a table of work; of `mine` where that is asked."""
    if mine is not None:
        statement = statement.where(or_(*_parts(row, mine)))
    return await count_rows(session, statement.with_only_columns(row.id))


def _parts(row: Any, mine: Mine) -> list[ColumnElement[bool]]:
    """A person's own rows, and of each role those that are nobody's in person."""
    parts: list[ColumnElement[bool]] = [
        and_(row.owner_role == role, row.owner_person_id.is_(None)) for role in mine.roles
    ]
    if mine.person_id is not None:
        parts.append(row.owner_person_id == mine.person_id)
    return parts or [false()]
