"""The solver in its child: called off, killed and out of time on a company it cannot solve."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from allocator import Stopped, WorkerPool
from domain.allocation import CancelAllocation, RequestAllocation
from domain.errors import DomainError, WrongState
from domain.messages import msg
from domain.principals import SYSTEM
from domain.scenarios import CreateScenario, SupplyOverride
from persistence.allocation.runs import hold_run
from persistence.scenarios.writing import scenario_by_id
from services import solvers
from services.allocation import explanation
from services.allocation import run as running
from services.allocation.explanation import LineToExplain, explained, line_to_explain
from services.allocation.request import cancel_allocation, request_allocation
from services.allocation.run import RunOutcome, run_allocation
from services.bootstrap import Dependencies
from services.scenarios.use_cases import create_scenario, run_scenario
from tests.gql.company import shared_out
from tests.services.hard_company import hard
from tests.services.plans import levels_of
from tests.services.solver_stand_ins import count_solves, solves
from tests.services.test_allocation import ask
from tests.waiting import PATIENCE_S, eventually

NOTHING_WRITTEN = [(0, 0, 0)]


@pytest.fixture
def own_workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerPool]:
    """Workers of this test's own, so that no other test's is killed; one at most stays."""
    workers = WorkerPool(most_idle=1)
    monkeypatch.setattr(solvers, "_workers", workers)
    yield workers
    workers.close()


def pids() -> set[int | None]:
    return {child.pid for child in multiprocessing.active_children()}


def kill_those_but(others: set[int | None]) -> None:
    for child in multiprocessing.active_children():
        if child.pid not in others:
            child.kill()


async def written(deps: Dependencies) -> list[tuple[int, ...]]:
    return await ask(
        deps,
        "SELECT (SELECT count(*) FROM allocation_lines), sum(units_held), sum(units_reserved)"
        " FROM stock",
    )


@asynccontextmanager
async def being_solved(
    deps: Dependencies, run_id: int
) -> AsyncIterator["asyncio.Task[RunOutcome]"]:
    """The run, when it has a child that solves."""
    others = pids()
    run = asyncio.create_task(run_allocation(run_id, deps))
    async with asyncio.timeout(PATIENCE_S):
        while True:
            solving = await ask(deps, "SELECT status FROM allocation_runs") == [("SOLVING",)]
            if solving and not pids() <= others:
                break
            await asyncio.sleep(0.02)
    try:
        yield run
    finally:
        run.cancel()
        await asyncio.wait({run})


@pytest.mark.parametrize("fresh_starts", [3, 0], ids=["free", "holding its rows"])
async def test_a_run_is_called_off_while_it_is_solved(
    deps: Dependencies,
    own_workers: WorkerPool,
    monkeypatch: pytest.MonkeyPatch,
    fresh_starts: int,
) -> None:
    """J2 A11: long before its own limit; its child is gone, its locks free, nothing is written."""
    monkeypatch.setattr(running, "MOST_FRESH_STARTS", fresh_starts)
    run_id = await hard(deps, time_limit_s=300)
    others = pids()
    async with being_solved(deps, run_id) as run:
        async with deps.unit_of_work(SYSTEM) as uow:
            await cancel_allocation(CancelAllocation(run_id), uow)
        assert await asyncio.wait_for(run, PATIENCE_S) is RunOutcome.CANCELLED
    assert pids() <= others
    assert await ask(deps, "SELECT status, error FROM allocation_runs") == [("CANCELLED", None)]
    assert await written(deps) == NOTHING_WRITTEN
    async with hold_run(deps.engine, run_id) as held:
        assert held
    await ask(deps, "SELECT 1 FROM stock FOR UPDATE NOWAIT")
    assert await run_allocation(run_id, deps) is RunOutcome.NOT_OURS
    async with deps.unit_of_work(SYSTEM) as uow:
        with pytest.raises(WrongState, match="cancelled and can no longer"):
            await cancel_allocation(CancelAllocation(run_id), uow)


async def test_a_limit_leaves_a_plan_that_says_what_is_not_proven(
    deps: Dependencies, own_workers: WorkerPool
) -> None:
    """J2 A11: a plan that keeps all rules, whatever the machine has found by then."""
    run_id = await hard(deps, time_limit_s=2)
    assert await asyncio.wait_for(run_allocation(run_id, deps), PATIENCE_S) is RunOutcome.COMMITTED
    assert [level.proven for level in await levels_of(deps, run_id, stage=1)] == [False]
    assert await ask(
        deps, "SELECT options->'time_limit_s', summary->'unprovenLevels' FROM allocation_runs"
    ) == [(2, 1)]


async def test_a_limit_of_work_is_kept_with_the_run_and_gives_the_same_plan_again(
    deps: Dependencies, own_workers: WorkerPool
) -> None:
    """J2 A9 A11: the level that was cut has its bound; a plan cut by work is explained, for it is
    found again as it was."""
    run_id = await hard(deps, time_limit_s=300, deterministic_limit=1)
    assert await asyncio.wait_for(run_allocation(run_id, deps), PATIENCE_S) is RunOutcome.COMMITTED
    [level] = await levels_of(deps, run_id, stage=1)
    assert not level.proven
    assert 0 < level.units_given < level.bound
    assert await ask(
        deps, "SELECT options->'time_limit_s', options->'deterministic_limit' FROM allocation_runs"
    ) == [(300, 1)]
    given = await ask(deps, "SELECT claim, units FROM allocation_lines WHERE stage = 1")
    most = max(given, key=lambda row: row[1])
    line = await line_of(deps, run_id, str(most[0]))
    found = await explained(line, counterfactuals=False)
    assert (found.given, found.given > 0) == (most[1], True)


async def test_a_child_that_dies_once_is_replaced(
    deps: Dependencies, own_workers: WorkerPool
) -> None:
    """J2: the run does not even notice."""
    run_id = await hard(deps, time_limit_s=4)
    others = pids()
    async with being_solved(deps, run_id) as run:
        kill_those_but(others)
        assert await asyncio.wait_for(run, PATIENCE_S) is RunOutcome.COMMITTED


async def test_a_child_that_dies_twice_fails_its_run_and_no_other(
    deps: Dependencies, own_workers: WorkerPool
) -> None:
    """J2: with a sentence for people, and nothing written."""
    run_id = await hard(deps, time_limit_s=300)
    others = pids()
    async with being_solved(deps, run_id) as run:
        first = pids()
        kill_those_but(others)
        # Another takes its place.
        await eventually(lambda: not pids() <= first)
        kill_those_but(others)
        with pytest.raises(RuntimeError, match="died twice"):
            await asyncio.wait_for(run, PATIENCE_S)
    assert await ask(deps, "SELECT status, error FROM allocation_runs") == [
        ("FAILED", msg("runs.DIED", kind="Died").kept)
    ]
    assert await written(deps) == NOTHING_WRITTEN


@pytest.mark.usefixtures("tiny_company")
async def test_an_idle_child_that_was_killed_is_not_missed(
    deps: Dependencies, own_workers: WorkerPool
) -> None:
    """J2: what the system kills for its memory is loaded again."""
    others = pids()
    for _ in range(2):
        async with deps.unit_of_work(SYSTEM) as uow:
            run_id = await request_allocation(RequestAllocation(), uow)
        assert await run_allocation(run_id, deps) is RunOutcome.COMMITTED
        kill_those_but(others)


async def test_a_run_that_goes_on_after_its_limit_is_killed(
    deps: Dependencies, own_workers: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """J2: the search's own limit is not the last one; the run fails and says so."""
    monkeypatch.setattr(solvers, "KILL_FACTOR", 0)
    monkeypatch.setattr(solvers, "KILL_GRACE_S", 4.0)
    run_id = await hard(deps, time_limit_s=300)
    with pytest.raises(RuntimeError, match="within 4 seconds"):
        await asyncio.wait_for(run_allocation(run_id, deps), PATIENCE_S)
    assert await ask(deps, "SELECT status, error FROM allocation_runs") == [
        ("FAILED", msg("runs.OUT_OF_TIME", kind="OutOfTime", seconds=4.0).kept)
    ]
    assert await written(deps) == NOTHING_WRITTEN


async def test_what_is_solved_when_the_worker_ends_is_left_to_another(
    deps: Dependencies, own_workers: WorkerPool
) -> None:
    """J2: the run stays open, its child is gone."""
    run_id = await hard(deps, time_limit_s=300)
    others = pids()
    async with being_solved(deps, run_id) as run:
        solvers.stop_all()
        with pytest.raises(Stopped):
            await asyncio.wait_for(run, PATIENCE_S)
    assert pids() <= others
    assert await ask(deps, "SELECT status FROM allocation_runs") == [("SOLVING",)]


async def test_a_scenario_has_the_limits_of_a_run(
    deps: Dependencies, own_workers: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A10 J2: it comes out with what was found; one that is killed says so."""
    run_id = await hard(deps, time_limit_s=1)
    await run_allocation(run_id, deps)
    for error in (None, msg("runs.OUT_OF_TIME", kind="OutOfTime", seconds=0.0).kept):
        async with deps.unit_of_work(SYSTEM, one_instant=True) as uow:
            command = CreateScenario("try", run_id, supply=(SupplyOverride("TEE-1", 10),))
            scenario_id = await create_scenario(command, uow)
        if error is None:
            await asyncio.wait_for(run_scenario(scenario_id, deps), PATIENCE_S)
        else:
            monkeypatch.setattr(solvers, "KILL_FACTOR", 0)
            monkeypatch.setattr(solvers, "KILL_GRACE_S", 0.0)
            with pytest.raises(RuntimeError):
                await asyncio.wait_for(run_scenario(scenario_id, deps), PATIENCE_S)
        async with deps.unit_of_work(SYSTEM) as uow:
            row = await scenario_by_id(uow.session, scenario_id)
        assert row is not None
        assert (row.status, row.error) == ("FAILED" if error else "DONE", error)


@pytest.mark.usefixtures("tiny_company")
async def test_scenarios_of_one_base_solve_it_once(
    deps: Dependencies, own_workers: WorkerPool
) -> None:
    """A10: the base's plan is still in the child that has solved it."""
    run_id = await shared_out(deps)
    own_workers.do(count_solves)
    for units in (3, 5, 7):
        async with deps.unit_of_work(SYSTEM, one_instant=True) as uow:
            command = CreateScenario("try", run_id, supply=(SupplyOverride("TEE-40", units),))
            scenario_id = await create_scenario(command, uow)
        await run_scenario(scenario_id, deps)
    assert own_workers.do(solves) == 1


async def line_of(deps: Dependencies, run_id: int, claim: str) -> LineToExplain:
    async with deps.unit_of_work(SYSTEM) as uow:
        return await line_to_explain(run_id, claim, uow)


@pytest.mark.usefixtures("tiny_company")
async def test_two_who_ask_about_a_run_have_it_solved_once(
    deps: Dependencies, own_workers: WorkerPool
) -> None:
    """A9: explanations of a process come one after the other, in a child."""
    run_id = await shared_out(deps)
    own_workers.do(count_solves)
    lines = [await line_of(deps, run_id, claim) for claim in ("L:O1/0001", "L:O2/0001")]
    first, second = await asyncio.gather(
        *(explained(line, counterfactuals=False) for line in lines)
    )
    assert (first.given, second.given) == (4, 0)
    assert own_workers.do(solves) == 1


async def test_an_explanation_ends_in_time_and_who_waits_is_refused(
    deps: Dependencies, own_workers: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A9: a run that takes long to solve stops no other explanation for long."""
    monkeypatch.setattr(explanation, "TIME_LIMIT_S", 4.0)
    # No patience at all: whoever comes second is refused at once, however fast the first is.
    monkeypatch.setattr(explanation, "WAIT_S", 0.0)
    run_id = await hard(deps, time_limit_s=1)
    await run_allocation(run_id, deps)
    line = await line_of(deps, run_id, "L:O-F1/0001")
    others = pids()
    slow, waiting = await asyncio.gather(explained(line), explained(line), return_exceptions=True)
    assert isinstance(slow, DomainError)
    assert isinstance(waiting, DomainError)
    assert (slow.code, waiting.code) == ("TIMEOUT", "UNAVAILABLE")
    assert "cannot be explained within 4 seconds" in str(slow)
    assert pids() <= others


async def test_nobody_is_explained_anything_who_has_left(
    deps: Dependencies, own_workers: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A9: a request that ends takes its child along."""
    run_id = await hard(deps, time_limit_s=1)
    await run_allocation(run_id, deps)
    line = await line_of(deps, run_id, "L:O-F1/0001")
    own_workers.close()
    others = pids()
    monkeypatch.setattr(solvers, "_workers", WorkerPool())
    asking = asyncio.create_task(explained(line))
    await eventually(lambda: not pids() <= others)
    asking.cancel()
    await asyncio.wait({asking})
    await eventually(lambda: pids() <= others)
