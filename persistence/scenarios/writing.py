"""Scenarios in the database."""

import datetime as dt
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.scenarios import ScenarioStatus
from persistence.tables import ScenarioRow


async def add_scenario(session: AsyncSession, row: ScenarioRow) -> int:
    """Keep a new scenario; its key."""
    session.add(row)
    await session.flush()
    return row.id


async def scenario_by_id(session: AsyncSession, scenario_id: int) -> ScenarioRow | None:
    """The scenario as it stands now."""
    return await session.scalar(select(ScenarioRow).where(ScenarioRow.id == scenario_id))


async def queue_scenario(session: AsyncSession, scenario_id: int) -> bool:
    """Mark a scenario as waiting for the worker, unless it waits already."""
    found = await session.scalar(
        update(ScenarioRow)
        .where(ScenarioRow.id == scenario_id, ScenarioRow.status != ScenarioStatus.QUEUED)
        .values(status=ScenarioStatus.QUEUED, version=ScenarioRow.version + 1)
        .returning(ScenarioRow.id)
    )
    return found is not None


async def waiting_scenarios(session: AsyncSession) -> list[int]:
    """Those that were handed to the worker and have not come out."""
    rows = await session.scalars(
        select(ScenarioRow.id)
        .where(ScenarioRow.status == ScenarioStatus.QUEUED)
        .order_by(ScenarioRow.id)
    )
    return list(rows)


async def finish_scenario(
    session: AsyncSession,
    scenario_id: int,
    now: dt.datetime,
    *,
    comparison: dict[str, Any] | None,
    error: str | None,
) -> None:
    """Keep what came out, or why nothing did."""
    await session.execute(
        update(ScenarioRow)
        .where(ScenarioRow.id == scenario_id)
        .values(
            status=ScenarioStatus.FAILED if comparison is None else ScenarioStatus.DONE,
            comparison=comparison,
            error=error,
            run_at=now,
            version=ScenarioRow.version + 1,
        )
    )
