"""What the stages of the fast path share: the problem, what is decided, and the ways to decide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.fast.greedy_pass import Wishes
from allocator.fast.level_solver import LevelSolver
from allocator.limits import Report, SearchLimits
from allocator.problem import UNLIMITED, Problem
from allocator.rare import HardGroup, hard_group_by_program
from allocator.references import Ints, Mask
from allocator.restart import Base
from allocator.state import State
from allocator.warehouses.fitting import meets_prepacks, usable_stock_of


@dataclass(frozen=True)
class StageSetup:
    """Made once for all stages.

    usable_stock, base_stock: pieces of each SKU that whole packs can use, here and in the base.
    multi_sku: per item, whether its claims take from more than one SKU's stock, or need fitting; of
    all items where franchisees share more than goods and picks, of which the pass knows nothing.
    """

    problem: Problem
    state: State
    usable_stock: Ints
    multi_sku: Mask
    level_solver: LevelSolver
    hard_group: HardGroup
    base: Base | None = None
    base_stock: Ints | None = None

    @staticmethod
    def of(
        problem: Problem,
        state: State,
        needs_fitting: Mask,
        limits: SearchLimits,
        report: Report,
        *,
        usable_stock: Ints | None = None,
        base: Base | None = None,
    ) -> StageSetup:
        """needs_fitting: per product. usable_stock: where it is not what the warehouses hold."""
        stock = usable_stock_of(problem) if usable_stock is None else usable_stock
        multi_sku = needs_fitting[problem.item_product] | meets_prepacks(problem)
        if problem.resources.join_franchisees:
            multi_sku[:] = True
        return StageSetup(
            problem,
            state,
            stock,
            multi_sku,
            LevelSolver(problem, state, stock, needs_fitting, multi_sku, limits, report),
            hard_group_by_program(problem, state, stock, limits, report),
            base,
            None if base is None else usable_stock_of(base.base),
        )


class Stage:
    """Decides some of the claims, with what the setup holds."""

    def __init__(self, setup: StageSetup) -> None:
        self.problem, self.state = setup.problem, setup.state
        self.usable_stock, self.base_stock = setup.usable_stock, setup.base_stock
        self.level_solver, self.hard_group = setup.level_solver, setup.hard_group
        self.base = setup.base
        # As the state has them now: wishes of reservations are known once shipping is decided.
        self.wishes = wishes_of(setup.problem, setup.state)


def wishes_of(problem: Problem, state: State) -> Wishes:
    """All claims as `greedy_pass` sees them."""
    c = problem.claims
    if problem.parts.are_skus_alone:
        return Wishes(c.level, c.item, c.pack_pieces, state.wanted)
    # Prepacks have no single SKU; they are always `multi_sku`, and their entry is never read.
    sku = np.minimum(c.item, max(problem.n_skus - 1, 0))
    return Wishes(c.level, sku, c.pack_pieces, state.wanted * c.unit_pieces)


def single_capacity(problem: Problem) -> int | None:
    """The pick capacity where there is one warehouse and it is limited."""
    if problem.capacity is None or len(problem.capacity) != 1 or not problem.picks_are_limited:
        return None
    return int(problem.capacity[0]) if problem.capacity[0] < UNLIMITED else None
