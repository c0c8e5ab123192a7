"""Which clocks run or ran, and for what?"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.filters import asked, equals, whether
from persistence.lookups import LONGEST_LIST, lists_by, rows_by
from persistence.paging import Key, Page, PageRequest, Sorting, count_rows, fetch_page
from persistence.tables import ClockRow

BY_DUE_TIME = Sorting("due_at", (Key(ClockRow.due_at), Key(ClockRow.id)))


@dataclass(frozen=True)
class ClockQuestion:
    """Which clocks are asked for; what is None does not narrow."""

    running: bool | None = None
    breached: bool | None = None
    owner_role: str | None = None
    code: str | None = None
    order_id: int | None = None


async def clocks(
    session: AsyncSession, question: ClockQuestion, page: PageRequest
) -> Page[ClockRow]:
    """One page of clocks, the first due first."""
    return await fetch_page(session, _clocks(question), BY_DUE_TIME, page)


async def count_clocks(session: AsyncSession, question: ClockQuestion) -> int:
    """How many clocks are asked for."""
    return await count_rows(session, _clocks(question).with_only_columns(ClockRow.id))


async def clocks_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, ClockRow]:
    """These clocks, where they may be seen."""
    return await rows_by(session, select(ClockRow), ClockRow.id, ids)


async def clocks_by_order(
    session: AsyncSession, orders: Sequence[int]
) -> dict[int, list[ClockRow]]:
    """Each order's clocks, the oldest first; none for a customer."""
    return await lists_by(
        session, select(ClockRow), ClockRow.order_id, orders, ClockRow.id, most=LONGEST_LIST
    )


def _clocks(question: ClockQuestion) -> Select[ClockRow]:
    row = ClockRow
    return select(row).where(
        *asked(
            whether(row.stopped_at.is_(None), question.running),
            whether(row.breached_at.is_not(None), question.breached),
            equals(row.owner_role, question.owner_role),
            equals(row.code, question.code),
            equals(row.order_id, question.order_id),
        )
    )
