"""Which scenarios did planners make?"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from persistence.filters import among, asked, equals
from persistence.lookups import rows_by
from persistence.paging import Key, Page, PageRequest, Sorting, count_rows, fetch_page
from persistence.tables import ScenarioRow

NEWEST_FIRST = Sorting(
    "created_at_desc",
    (Key(ScenarioRow.created_at, descending=True), Key(ScenarioRow.id, descending=True)),
)


@dataclass(frozen=True)
class ScenarioQuestion:
    """Which scenarios are asked for; what is None or empty does not narrow."""

    statuses: Sequence[str] = ()
    created_by: str | None = None


async def scenarios(
    session: AsyncSession, question: ScenarioQuestion, page: PageRequest
) -> Page[ScenarioRow]:
    """One page of the scenarios asked for, the newest first."""
    return await fetch_page(session, _asked(question), NEWEST_FIRST, page)


async def count_scenarios(session: AsyncSession, question: ScenarioQuestion) -> int:
    """How many scenarios are asked for."""
    return await count_rows(session, _asked(question).with_only_columns(ScenarioRow.id))


async def scenarios_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, ScenarioRow]:
    """These scenarios, where they may be seen."""
    return await rows_by(session, _scenarios(), ScenarioRow.id, ids)


async def locked_version(session: AsyncSession, scenario_id: int) -> int | None:
    """A scenario's version, which stands still until this transaction ends."""
    return await session.scalar(
        select(ScenarioRow.version)
        .where(ScenarioRow.id == scenario_id)
        .with_for_update(key_share=True)
    )


def _scenarios() -> Select[ScenarioRow]:
    # The snapshot can be megabytes, and no client reads it.
    return select(ScenarioRow).options(defer(ScenarioRow.base_snapshot, raiseload=True))


def _asked(question: ScenarioQuestion) -> Select[ScenarioRow]:
    row = ScenarioRow
    return _scenarios().where(
        *asked(among(row.status, question.statuses), equals(row.created_by, question.created_by))
    )
