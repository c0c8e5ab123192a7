"""What tests read of a plan: all its lines and levels, whether they are kept as rows or packed."""

from domain.principals import SYSTEM
from persistence.allocation.plan_lines import (
    LineQuestion,
    PlanLevel,
    PlanLine,
    levels_by_run,
    lines_by_run,
)
from persistence.paging import PageRequest
from services.bootstrap import Dependencies


async def lines_of(deps: Dependencies, run_id: int) -> list[PlanLine]:
    """Every line of a run's plan, in the plan's order."""
    ask = lines_by_run(LineQuestion())
    found: list[PlanLine] = []
    page = PageRequest(200)
    async with deps.unit_of_work(SYSTEM) as uow:
        while True:
            got = (await ask(uow.session, [run_id], page))[run_id]
            found += got.rows
            if not got.has_next:
                return found
            page = PageRequest(200, after=got.cursors[-1])


async def plan_of(deps: Dependencies, run_id: int) -> list[tuple[str, int, int, list[str]]]:
    """claim, units wanted, units given and reasons of every line, in the plan's order."""
    return [
        (line.claim, line.units_wanted, line.units, line.reasons)
        for line in await lines_of(deps, run_id)
    ]


async def levels_of(deps: Dependencies, run_id: int, stage: int) -> list[PlanLevel]:
    """The levels of a stage, the first decided first."""
    async with deps.unit_of_work(SYSTEM) as uow:
        pages = await levels_by_run(uow.session, [run_id], PageRequest(200))
    return [level for level in pages[run_id].rows if level.stage == stage]
