"""What was set in master data, by whom, and from which day?"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.filters import among, asked, equals, whether
from persistence.lookups import rows_by
from persistence.paging import Key, Page, PageRequest, Sorting, count_rows, fetch_page
from persistence.tables import MasterDataChangeRow

NEWEST_CHANGE_FIRST = Sorting("id_desc", (Key(MasterDataChangeRow.id, descending=True),))


@dataclass(frozen=True)
class ChangeQuestion:
    """Which changes are asked for; what is None or empty does not narrow."""

    areas: Sequence[str] = ()
    object: str | None = None
    is_applied: bool | None = None


async def changes(
    session: AsyncSession, question: ChangeQuestion, page: PageRequest
) -> Page[MasterDataChangeRow]:
    """One page of changes, those entered last first."""
    return await fetch_page(session, _asked(question), NEWEST_CHANGE_FIRST, page)


async def count_changes(session: AsyncSession, question: ChangeQuestion) -> int:
    """How many changes are asked for."""
    return await count_rows(session, _asked(question).with_only_columns(MasterDataChangeRow.id))


async def changes_by_id(
    session: AsyncSession, ids: Sequence[int]
) -> dict[int, MasterDataChangeRow]:
    """These changes, where they may be seen."""
    return await rows_by(session, select(MasterDataChangeRow), MasterDataChangeRow.id, ids)


def _asked(question: ChangeQuestion) -> Select[MasterDataChangeRow]:
    row = MasterDataChangeRow
    return select(row).where(
        *asked(
            among(row.area, question.areas),
            equals(row.object, question.object),
            whether(row.applied_at.is_not(None), question.is_applied),
        )
    )
