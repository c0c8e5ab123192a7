"""Other processes that walk products: they read the same tables and get what was decided so far.

Products do not touch each other behind shipping, so it does not matter who walks which. Same bytes
with any number of processes. The caller walks too: while others start and walk the largest
products, it takes those at the other end that nobody has started.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np

from allocator.limits import Report, SearchLimits
from allocator.problem import Problem, problem_from
from allocator.references import Ints, Mask
from allocator.state import State
from allocator.tables import Tables
from allocator.worker_pool import depend_on_the_parent

# This many products are handed over at once: enough to be worth the message, few enough to share.
BATCH = 16


Walk = Callable[[Ints], Ints]  # a product's claims -> their packs
SetUp = Callable[[Problem, State, Mask, SearchLimits, Report], Walk]


@dataclass(frozen=True)
class _Task:
    """What a worker needs: the input, what is decided, how long it may search, and how."""

    tables: bytes
    packs: Ints
    wanted: Ints
    most: Ints
    needs_fitting: frozenset[str]
    limits: SearchLimits
    set_up: SetUp


@dataclass(frozen=True)
class ProductPool:
    """Processes that can be asked to walk products; the caller's counts as one of them.

    set_up: makes what walks, in each of them; a function that pickle finds by its name.
    """

    problem: Problem
    needs_fitting: Mask
    limits: SearchLimits
    processes: int
    set_up: SetUp

    def walk(
        self,
        state: State,
        products: list[Ints],
        report: Report,
        walk_alone: Walk,
    ) -> list[tuple[Ints, Ints]]:
        """(claims, packs) of the products that others walked; `walk_alone` decided the others."""
        rows = np.flatnonzero(self.needs_fitting[: len(self.problem.product_ids)])
        needs_fitting = frozenset(self.problem.product_ids[row] for row in rows)
        data = self.problem.tables.to_bytes()
        # Copies: they are sent while the caller goes on deciding.
        task = _Task(
            data,
            state.packs.copy(),
            state.wanted.copy(),
            state.most.copy(),
            needs_fitting,
            self.limits,
            self.set_up,
        )
        ordered = sorted(products, key=lambda claims: (-len(claims), int(claims[0])))
        batches = [ordered[at : at + BATCH] for at in range(0, len(ordered), BATCH)]
        found: list[tuple[Ints, Ints]] = []
        with ProcessPoolExecutor(
            self.processes - 1, get_context("spawn"), _set_up, (task,)
        ) as pool:
            asked = [(batch, pool.submit(_walk, batch)) for batch in batches]
            for batch, future in reversed(asked):
                _walk_here(future, batch, walk_alone)
            for batch, future in asked:
                if future.cancelled():
                    continue
                packs, theirs = future.result()
                found += zip(batch, packs, strict=True)
                report.by_program += theirs.by_program
                report.programs += theirs.programs
                for level, lacking in theirs.unproven.items():
                    report.unproven[level] = report.unproven.get(level, 0) + lacking
        return found


def _walk_here(
    future: Future[tuple[list[Ints], Report]], batch: list[Ints], walk_alone: Walk
) -> None:
    """Walk a batch in this process, unless a worker has it already."""
    if future.cancel():
        for claims in batch:
            walk_alone(claims)


# In a worker's process: what walks, and where it reports.
_walker: list[tuple[Walk, Report]] = []


def _set_up(task: _Task) -> None:
    """In the worker's process: restore the state."""
    depend_on_the_parent()
    # Rows may stand in another order than the caller's, so products go by id; claims are numbered
    # by content, and keep their numbers.
    problem = problem_from(Tables.from_bytes(task.tables))
    state, report = State(problem), Report()
    state.wanted, state.most = task.wanted.copy(), task.most.copy()
    decided = np.flatnonzero(task.packs > 0)
    state.decide(decided, task.packs[decided])
    needs_fitting = np.array([p in task.needs_fitting for p in problem.product_ids] or [False])
    _walker[:] = [(task.set_up(problem, state, needs_fitting, task.limits, report), report)]


def _walk(products: list[Ints]) -> tuple[list[Ints], Report]:
    """In the worker's process: packs of some products, and what was done for them."""
    ((walk_alone, report),) = _walker
    report.by_program, report.programs = 0, 0
    report.unproven.clear()
    return [walk_alone(claims) for claims in products], report
