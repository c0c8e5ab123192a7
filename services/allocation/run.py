"""One allocation run, from claim to committed plan; may be called any number of times (J2).

Claim and read in short transactions, solve in none, then lock, check and write in another. A worker
may die at any instant: nothing half done is left, and the next call takes the run over. The solver
works in a child of the worker: it may die, and is killed when the run is called off.
"""

import asyncio
import os
import platform
from dataclasses import asdict
from enum import Enum

import structlog

from allocator import Stopped
from domain.principals import SYSTEM
from persistence.allocation import claiming, plan_locks, runs
from persistence.events import ALLOCATION_RUN, announce
from persistence.retry import is_passing, retrying
from services.allocation.failure import describe_failure
from services.allocation.goods import (
    MustWait,
    ask_again_if_free,
    goods_to_share,
    wake_waiting_run,
)
from services.allocation.phases import ASSEMBLE, READ, SOLVE, WRITE, Phases
from services.allocation.plan_commit import Attempt, ChangedUnderneath, LostRun, Solved, commit_plan
from services.allocation.plan_rows import plan_rows
from services.allocation.snapshot import Snapshot, assembled, read_rows
from services.allocation.solving import FoundPlan, SolverLimits, find_plan
from services.bootstrap import Dependencies
from services.master_data import apply_due
from services.policy import current_policy
from services.solvers import kill_after_s, run_in_worker

log = structlog.get_logger()

# After this many stale snapshots the run holds the rows it needs while it solves.
MOST_FRESH_STARTS = 3
# How often a run that is being solved is looked at, and its progress announced.
LOOK_EVERY_S = 0.5


class RunOutcome(Enum):
    """How a call ended: plan committed, run called off, or nothing to do for this call.

    WAITING: the run asks for goods that another one is sharing out, and is asked for again when
    that one ends.
    """

    COMMITTED = "COMMITTED"
    CANCELLED = "CANCELLED"
    NOT_OURS = "NOT_OURS"
    WAITING = "WAITING"


async def run_allocation(run_id: int, deps: Dependencies) -> RunOutcome:
    """Carry a run to its committed plan.

    Raises whatever broke, after the run is marked FAILED; a lost database leaves the run as it is,
    to be taken over.
    """
    async with runs.hold_run(deps.engine, run_id) as held:
        if not held:
            log.info("run is held by another worker", run_id=run_id)
            return RunOutcome.NOT_OURS
        outcome = await _run_held(run_id, deps)
    if outcome is RunOutcome.WAITING:
        async with deps.unit_of_work(SYSTEM) as uow:
            await ask_again_if_free(uow, run_id)
    return outcome


async def _run_held(run_id: int, deps: Dependencies) -> RunOutcome:
    try:
        attempt = await _begin(run_id, deps)
    except MustWait:
        log.info("run waits for goods that another run shares out", run_id=run_id)
        return RunOutcome.WAITING
    if attempt is None:
        log.info("run has ended before", run_id=run_id)
        return RunOutcome.NOT_OURS
    try:
        return await _carry(attempt, deps)
    except LostRun:
        return await _outcome_of_lost(attempt, deps)
    except Exception as error:
        if is_passing(error) or isinstance(error, ChangedUnderneath | Stopped):
            # The run stays as it is, also when this worker is about to end; whoever is sent it
            # next takes it over.
            raise
        # What broke is in the data or in our own code: trying again would break again.
        async with deps.unit_of_work(SYSTEM) as uow:
            if await runs.fail_run(uow.session, run_id, attempt.number, describe_failure(error)):
                await wake_waiting_run(uow, run_id)
        raise


async def _begin(run_id: int, deps: Dependencies) -> Attempt | None:
    """Claim the run and take its goods; None when it has ended. Raises MustWait."""
    # Before anything is read, so that no run depends on when a timer comes by.
    await apply_due(deps)
    attempt: Attempt | None = None
    async for attempt_again in retrying():
        with attempt_again:
            async with deps.unit_of_work(SYSTEM) as uow:
                # The run before the lock of taking, as by who ends a run or calls it off; who asks
                # for this run is then waited for while others go on.
                claimed = await runs.claim_run(uow.session, run_id, worker_name(), uow.now)
                if claimed is not None:
                    # One run at a time takes goods.
                    await claiming.lock_taking(uow.session)
                    skus = await goods_to_share(uow, run_id, claimed)
                    await claiming.take_goods(uow.session, run_id, skus)
                    attempt = Attempt(run_id, claimed.attempt, skus, Phases())
    return attempt


async def _outcome_of_lost(attempt: Attempt, deps: Dependencies) -> RunOutcome:
    async with deps.unit_of_work(SYSTEM) as uow:
        run = await runs.run_by_id(uow.session, attempt.run_id)
    if run is not None and run.status == "CANCELLED":
        log.info("run was called off", run_id=attempt.run_id)
        return RunOutcome.CANCELLED
    log.warning(
        "another attempt has taken the run over", run_id=attempt.run_id, attempt=attempt.number
    )
    return RunOutcome.NOT_OURS


async def _carry(attempt: Attempt, deps: Dependencies) -> RunOutcome:
    for _ in range(MOST_FRESH_STARTS):
        solved = await _read_and_solve(attempt, deps)
        try:
            with attempt.phases.measured(WRITE):
                async for attempt_again in retrying():
                    with attempt_again:
                        async with deps.unit_of_work(SYSTEM) as uow:
                            await commit_plan(attempt, solved, uow)
        except ChangedUnderneath as change:
            async with deps.unit_of_work(SYSTEM) as uow:
                if await runs.restart_run(uow.session, attempt.run_id, attempt.number) is None:
                    raise LostRun from change
            log.warning("snapshot went stale, starting afresh", change=str(change))
        else:
            await _save_phases(attempt, deps)
            return RunOutcome.COMMITTED
    await _solve_under_lock(attempt, deps)
    await _save_phases(attempt, deps)
    return RunOutcome.COMMITTED


async def _read_and_solve(attempt: Attempt, deps: Dependencies) -> Solved:
    with attempt.phases.measured(READ):
        async with deps.unit_of_work(SYSTEM, one_instant=True) as uow:
            version, policy = await current_policy(uow)
            read = await read_rows(uow, version, policy, attempt.skus)
    with attempt.phases.measured(ASSEMBLE):
        snapshot = await assembled(read)
    return await _solve(attempt, snapshot, deps)


async def _solve_under_lock(attempt: Attempt, deps: Dependencies) -> None:
    """Hold the rows, then read, solve and commit in one transaction that nothing can overtake."""
    await apply_due(deps)
    async for attempt_again in retrying():
        with attempt_again:
            async with deps.unit_of_work(SYSTEM) as uow:
                await plan_locks.lift_idle_timeout(uow.session)
                await plan_locks.lock_inputs(uow.session, sorted(attempt.skus))
                with attempt.phases.measured(READ):
                    version, policy = await current_policy(uow)
                    read = await read_rows(uow, version, policy, attempt.skus)
                with attempt.phases.measured(ASSEMBLE):
                    snapshot = await assembled(read)
                solved = await _solve(attempt, snapshot, deps)
                with attempt.phases.measured(WRITE):
                    await commit_plan(attempt, solved, uow)


async def _solve(attempt: Attempt, snapshot: Snapshot, deps: Dependencies) -> Solved:
    """Keep the snapshot with the run, then solve it in a child.

    In transactions of its own, so that the run's row stays free for who calls it off.
    """
    with attempt.phases.measured(ASSEMBLE, more=True):
        content, fingerprint = await asyncio.to_thread(_encoded, snapshot)
        policy = snapshot.policy
        limits = SolverLimits(policy.solver_time_limit_s, policy.solver_deterministic_limit)
        async with deps.unit_of_work(SYSTEM) as uow:
            ours = await runs.start_solving(
                uow.session,
                attempt.run_id,
                attempt.number,
                fingerprint=fingerprint,
                snapshot=content,
                policy_version=snapshot.policy_version,
                versions=dict(snapshot.versions),
                options={**snapshot.tables.settings.as_json(), **asdict(limits)},
                warnings=[each.to_json() for each in snapshot.warnings],
            )
    if not ours:
        raise LostRun
    with attempt.phases.measured(SOLVE):
        plan = await _found_plan(attempt, content, limits, policy.solver_time_limit_s, deps)
        rows = await asyncio.to_thread(plan_rows, snapshot, plan)
    attempt.phases.add_memory(SOLVE, plan.peak_mib)
    return Solved(snapshot, plan, rows)


async def _found_plan(
    attempt: Attempt,
    content: bytes,
    limits: SolverLimits,
    time_limit_s: float,
    deps: Dependencies,
) -> FoundPlan:
    progress = Progress()
    following = asyncio.create_task(_follow(attempt.run_id, attempt.number, progress, deps))
    try:
        plan: FoundPlan = await run_in_worker(
            find_plan,
            content,
            limits,
            time_limit_s=kill_after_s(time_limit_s),
            on_progress=progress,
            should_stop=lambda: progress.is_lost,
        )
    except Stopped as stopped:
        if progress.is_lost:
            raise LostRun from stopped
        raise
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    return plan


def _encoded(snapshot: Snapshot) -> tuple[bytes, str]:
    return snapshot.tables.to_bytes(), snapshot.tables.fingerprint()


class Progress:
    """How many levels are decided, and whether the run is still ours to solve.

    Written by the thread that hears of the solver and by who follows the run, read by the other.
    """

    def __init__(self) -> None:
        self.levels_done = 0
        self.levels = 0
        self.is_lost = False

    def __call__(self, done: int, of: int) -> None:
        self.levels_done, self.levels = done, of


async def _follow(run_id: int, attempt: int, progress: Progress, deps: Dependencies) -> None:
    """During a long solve, look whether the run was called off and show subscribers its progress.

    A short one is over before the first look.
    """
    announced = 0
    while not progress.is_lost:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            async with deps.unit_of_work(SYSTEM) as uow:
                progress.is_lost = not await runs.is_ours(uow.session, run_id, attempt)
                if progress.levels_done != announced and not progress.is_lost:
                    announced = progress.levels_done
                    await announce(
                        uow.session,
                        ALLOCATION_RUN,
                        run_id,
                        levelsDone=announced,
                        levels=progress.levels,
                    )
        except Exception as error:
            # Nobody heard of it, but the solve goes on all the same.
            log.warning("run could not be followed", run_id=run_id, error=str(error))


async def _save_phases(attempt: Attempt, deps: Dependencies) -> None:
    """Note with the run how long it took.

    After the commit, whose own time is part of it: should this fail, the plan stands all the same.
    """
    async with deps.unit_of_work(SYSTEM) as uow:
        await runs.save_phases(uow.session, attempt.run_id, attempt.phases.to_json())


def worker_name() -> str:
    """Who is at work, as the run shows it: machine and process."""
    return f"{platform.node()}:{os.getpid()}"
