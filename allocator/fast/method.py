"""The fast method: the three stages in whole arrays, and the program where something is left."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from allocator.claims import RESERVE, STORE
from allocator.fast.greedy_pass import Wishes
from allocator.fast.later_stages import LaterStages
from allocator.fast.level_solver import LevelSolver
from allocator.fast.product_pool import ProductPool
from allocator.fast.shipping import Shipping
from allocator.limits import LevelNotes, Report, SearchLimits
from allocator.problem import Problem
from allocator.rare import hard_group_by_program
from allocator.references import Mask
from allocator.restart import Base
from allocator.state import State
from allocator.warehouses.fitting import fits_into_warehouses, meets_prepacks, usable_stock_of


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
    usable_stock = usable_stock_of(problem)
    base_stock = None if base is None else usable_stock_of(base.base)
    wishes = _wishes(problem, state)
    multi_sku = needs_fitting[problem.item_product] | meets_prepacks(problem)
    level_solver = LevelSolver(
        problem, state, usable_stock, needs_fitting, multi_sku, limits, report
    )
    hard = hard_group_by_program(problem, state, usable_stock, limits, report)
    shipping = Shipping(
        problem, state, wishes, usable_stock, multi_sku, level_solver, hard, base, base_stock
    )
    shipping.run()
    state.end_shipping()
    n, stage3 = c.first_of(RESERVE), c.first_of(STORE)
    # It holds much, and nobody needs it any more.
    del shipping
    wishes = _wishes(problem, state)
    gaps = LaterStages(
        problem,
        state,
        wishes,
        usable_stock,
        multi_sku[c.item],
        level_solver,
        hard,
        base,
        base_stock,
    )
    if processes > 1:
        gaps.product_pool = ProductPool(problem, needs_fitting, limits, processes)
    on_level(int(c.level[n - 1]) if n else 0)
    gaps.decide(n, stage3)
    gaps.decide(stage3, len(c))
    on_level(problem.n_levels - 1)
    return state, report


def _wishes(problem: Problem, state: State) -> Wishes:
    c = problem.claims
    if not len(problem.references.prepack_ids):
        return Wishes(c.level, c.item, c.pack_pieces, state.wanted)
    # Prepacks have no single SKU; they are always `multi_sku`, and their entry is never read.
    sku = np.minimum(c.item, max(problem.n_skus - 1, 0))
    return Wishes(c.level, sku, c.pack_pieces, state.wanted * c.unit_pieces)


def _pieces_at(problem: Problem, state: State, level: int) -> int:
    here = problem.claims_of_level(level)
    return int((state.packs[here] * problem.claims.pack_pieces[here]).sum())


def set_up_later_stages(
    problem: Problem, state: State, needs_fitting: Mask, limits: SearchLimits, report: Report
) -> LaterStages:
    """What decides gaps, on a state in which shipping and wishes are settled."""
    usable_stock = usable_stock_of(problem)
    wishes = _wishes(problem, state)
    multi_sku = needs_fitting[problem.item_product] | meets_prepacks(problem)
    level_solver = LevelSolver(
        problem, state, usable_stock, needs_fitting, multi_sku, limits, report
    )
    hard = hard_group_by_program(problem, state, usable_stock, limits, report)
    return LaterStages(
        problem, state, wishes, usable_stock, multi_sku[problem.claims.item], level_solver, hard
    )
