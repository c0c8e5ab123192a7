"""What tests read of a plan: all its lines and levels, whether they are kept as rows or packed."""

from domain.principals import SYSTEM
from persistence.paging import PageRequest
from persistence.queries.plan_lines import PlanLevel, PlanLine, all_lines, levels_by_run
from services.bootstrap import Dependencies


async def lines_of(deps: Dependencies, run_id: int) -> list[PlanLine]:
    """Every line of a run's plan, in the plan's order."""
    async with deps.unit_of_work(SYSTEM) as uow:
        found = [line async for line in all_lines(uow.session, run_id)]
    return sorted(found, key=lambda line: line.seq)


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
