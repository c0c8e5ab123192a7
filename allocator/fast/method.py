"""The fast method: the three stages in whole arrays, and the program where something is left."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from allocator.claims import RESERVE, STORE
from allocator.fast.later_stages import LaterStages
from allocator.fast.shipping import Shipping
from allocator.fast.stage import StageSetup
from allocator.limits import LevelNotes, Report, SearchLimits
from allocator.problem import Problem
from allocator.references import Ints, Mask
from allocator.restart import Base
from allocator.state import State
from allocator.warehouses.fitting import fits_into_warehouses


def solve_fast(
    problem: Problem,
    limits: SearchLimits,
    on_level: Callable[[int], None],
    base: Base | None = None,
    processes: int = 1,
) -> tuple[State, LevelNotes, Report]:
    """What `solve_by_program` finds, found faster.

    With several warehouses a first try takes SKUs with packs of several sizes as if all their stock
    lay in one place: a relaxation. Where its plan fits into the warehouses, it stands; products
    where it does not need fitting, and are left to the program in the next try.
    """
    needs_fitting = np.zeros(max(len(problem.product_ids), 1), dtype=np.bool_)
    while True:
        state, report = _try(problem, limits, needs_fitting, on_level, base, processes)
        misfits = fits_into_warehouses(problem, state, needs_fitting)
        if not misfits.any():
            # A level cut short may have parts that were not: what the cut ones lack is on top.
            bounds = {
                level: _pieces_at(problem, state, level) + lacking
                for level, lacking in report.unproven.items()
            }
            return state, LevelNotes(bounds), report
        needs_fitting, base = needs_fitting | misfits, None


def _try(
    problem: Problem,
    limits: SearchLimits,
    needs_fitting: Mask,
    on_level: Callable[[int], None],
    base: Base | None,
    processes: int,
) -> tuple[State, Report]:
    c = problem.claims
    state, report = State(problem), Report()
    setup = StageSetup.of(problem, state, needs_fitting, limits, report, base=base)
    # It holds much, and goes once all is shipped.
    Shipping(setup).run()
    state.end_shipping()
    n, stage3 = c.first_of(RESERVE), c.first_of(STORE)
    later = LaterStages(setup)
    if processes > 1:
        from allocator.fast.product_pool import ProductPool

        later.product_pool = ProductPool(
            problem, needs_fitting, limits, processes, set_up_later_stages
        )
    on_level(int(c.level[n - 1]) if n else 0)
    later.decide(n, stage3)
    later.decide(stage3, len(c))
    on_level(problem.n_levels - 1)
    return state, report


def _pieces_at(problem: Problem, state: State, level: int) -> int:
    here = problem.claims_of_level(level)
    return int((state.packs[here] * problem.claims.pack_pieces[here]).sum())


def set_up_later_stages(
    problem: Problem, state: State, needs_fitting: Mask, limits: SearchLimits, report: Report
) -> Callable[[Ints], Ints]:
    """What walks products one by one, on a state in which shipping and wishes are settled."""
    return LaterStages(StageSetup.of(problem, state, needs_fitting, limits, report)).walk_alone
