"""Solve a problem: the levels, then the warehouses, then the verifier, then the tables."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal

from allocator.fast.method import solve_fast
from allocator.limits import Report, SearchLimits
from allocator.plan import Plan, counts
from allocator.problem import Problem, problem_from
from allocator.restart import Base
from allocator.tables import Tables
from allocator.warehouses.assignment import serve

if TYPE_CHECKING:
    from allocator.worker_pool import OnProgress

Method = Literal["auto", "program"]


def solve(
    problem: Problem,
    *,
    method: Method = "auto",
    processes: int = 1,
    time_limit_s: float | None = None,
    deterministic_limit: float | None = None,
    on_progress: OnProgress | None = None,
    seed: int = 0,
    base: Base | None = None,
) -> Plan:
    """The plan that is best level by level, and unique up to which warehouse serves whom.

    method: `program` uses nothing but the integer program; `auto` uses what is proved about the
    problem's structure, and the program for what remains. Both give the same units.
    processes: how many may work on products that a size run or shares entangle.
    time_limit_s: wall clock; a plan cut short by it says so, and is not reproducible.
    deterministic_limit: work per search of the program; cut levels say so, with their bound.
    on_progress: called with (levels decided, levels in all).
    base: a plan of a problem that differs little and from which something can be taken over.
    """
    began = time.monotonic()
    limits = SearchLimits.starting_now(time_limit_s, deterministic_limit, seed)
    report_progress = on_progress or (lambda done, of: None)

    def on_level(level: int) -> None:
        report_progress(level + 1, problem.n_levels)

    # Hashing leaves the interpreter alone, so it costs little time beside the solve.
    with ThreadPoolExecutor(1) as aside:
        fingerprint = aside.submit(problem.tables.fingerprint)
        if method == "program":
            from allocator.program.method import solve_by_program

            state, notes = solve_by_program(problem, limits, on_level)
            report = Report(len(problem.claims), problem.n_levels, notes.unproven)
        elif problem.picks_are_limited and len(problem.warehouses) > 1:
            # Loaded with the program's library, which a small solve takes less time than.
            from allocator.warehouses.pooled import solve_pooled

            state, notes, report = solve_pooled(problem, limits, on_level)
        else:
            state, notes, report = solve_fast(problem, limits, on_level, base, processes)
        decided = time.monotonic()
        served = serve(problem, state.packs, limits)
        done = time.monotonic()
    # Who searched holds the state in a circle of references until the next collection: what a plan
    # does not need goes at once.
    del state.most
    summary: dict[str, Any] = {
        "method": method,
        **counts(problem, state.wanted),
        "claims_by_program": report.by_program,
        "programs": report.programs,
        "levels_unproven": len(notes.unproven),
        "splits_proven": served.proven,
        "limits": {"seconds": time_limit_s, "deterministic": deterministic_limit},
        "reproducible": not limits.out_of_time,
        "warnings": [warning.as_dict() for warning in problem.warnings],
        "fingerprint": fingerprint.result(),
        "seconds": {"levels": decided - began, "warehouses": done - decided},
    }
    return Plan(problem, state.packs, state.wanted, served, notes.unproven, summary)


def solve_in_worker(
    problem: Problem,
    *,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
    **options: Any,
) -> Plan:
    """`solve` in a worker process; the same plan, to the byte. See `WorkerPool.do`."""
    from allocator.worker_pool import WorkerPool

    workers = WorkerPool()
    try:
        packs, wanted, served, unproven, summary = workers.do(
            _solve,
            problem.tables.to_bytes(),
            options,
            on_progress=on_progress,
            should_stop=should_stop,
        )
    finally:
        workers.close()
    summary["warnings"] = [warning.as_dict() for warning in problem.warnings]
    return Plan(problem, packs, wanted, served, unproven, summary)


def _solve(data: bytes, options: dict[str, Any], *, on_progress: OnProgress) -> tuple[Any, ...]:
    problem = problem_from(Tables.from_bytes(data))
    plan = solve(problem, on_progress=on_progress, **options)
    return plan.packs, plan.wanted, plan.served, plan.unproven, plan.summary
