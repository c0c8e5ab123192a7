"""Other processes that walk products: they read the same tables and get what was decided so far.

Products do not touch each other behind shipping, so it does not matter who walks which; answers are
taken over in the order of the products. Same bytes with any number of processes.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np

from allocator.apart import depend_on_the_parent
from allocator.fast.cores import Report
from allocator.keys import Ints, Mask
from allocator.limits import Limits
from allocator.problem import Problem, problem_from
from allocator.state import State
from allocator.tables import Tables

# Fewer entangled claims than this are walked sooner than a process starts.
WORTH_HELPERS = 100_000


@dataclass(frozen=True)
class _Errand:
    """What a helper needs: the input, what is decided, and its products."""

    tables: bytes
    packs: Ints
    wanted: Ints
    most: Ints
    tangled: frozenset[str]
    limits: Limits
    products: list[Ints]


@dataclass(frozen=True)
class Helpers:
    """Processes that can be asked to walk products."""

    problem: Problem
    tangled: Mask
    limits: Limits
    processes: int

    def walk(self, state: State, products: list[Ints], report: Report) -> list[tuple[Ints, Ints]]:
        """(claims, packs) of every product, in the order given."""
        data = self.problem.tables.to_bytes()
        rows = np.flatnonzero(self.tangled[: len(self.problem.product_ids)])
        tangled = frozenset(self.problem.product_ids[row] for row in rows)
        # The largest first, to whoever has least: nobody waits long for the last.
        shares: list[list[int]] = [[] for _ in range(self.processes)]
        load = [0] * self.processes
        for at in sorted(range(len(products)), key=lambda at: (-len(products[at]), at)):
            least = load.index(min(load))
            shares[least].append(at)
            load[least] += len(products[at])
        errands = [
            _Errand(
                data,
                state.packs,
                state.wanted,
                state.most,
                tangled,
                self.limits,
                [products[at] for at in share],
            )
            for share in shares
        ]
        found: list[Ints] = [np.zeros(0, dtype=np.int64)] * len(products)
        with ProcessPoolExecutor(
            self.processes, get_context("spawn"), initializer=depend_on_the_parent
        ) as pool:
            for share, (packs, theirs) in zip(shares, pool.map(_walk, errands), strict=True):
                for at, given in zip(share, packs, strict=True):
                    found[at] = given
                report.by_program += theirs.by_program
                report.programs += theirs.programs
                for level, lacking in theirs.unproven.items():
                    report.unproven[level] = report.unproven.get(level, 0) + lacking
        return list(zip(products, found, strict=True))


def _walk(errand: _Errand) -> tuple[list[Ints], Report]:
    """In the helper's process: restore the state, walk, answer."""
    from allocator.fast.method import set_up_gaps

    # Rows may stand in another order than the caller's, so products go by id; claims are numbered
    # by content, and keep their numbers.
    problem = problem_from(Tables.from_bytes(errand.tables))
    state, report = State(problem), Report()
    state.wanted, state.most = errand.wanted.copy(), errand.most.copy()
    decided = np.flatnonzero(errand.packs > 0)
    state.decide(decided, errand.packs[decided])
    tangled = np.array([p in errand.tangled for p in problem.product_ids] or [False])
    gaps = set_up_gaps(problem, state, tangled, errand.limits, report)
    return [gaps.walk_alone(claims) for claims in errand.products], report
