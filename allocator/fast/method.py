"""The fast method: the three stages in whole arrays, and the program where something is left."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from allocator.claims import RESERVE, STORE
from allocator.fast.cores import Cores, Report
from allocator.fast.fitting import fits_into_warehouses, meets_prepacks, usable_room
from allocator.fast.gaps import Gaps
from allocator.fast.hard import hard_group_by_program
from allocator.fast.helpers import Helpers
from allocator.fast.shipping import Shipping
from allocator.fast.timeline import Wishes
from allocator.keys import Mask
from allocator.limits import LevelNotes, Limits
from allocator.problem import Problem
from allocator.restart import Base
from allocator.state import State


def solve_fast(
    problem: Problem,
    limits: Limits,
    on_level: Callable[[int], None],
    base: Base | None = None,
    processes: int = 1,
) -> tuple[State, LevelNotes, Report]:
    """What `solve_by_program` finds, found faster.

    With several warehouses a first try takes SKUs with packs of several sizes as if all their stock
    lay in one place: a relaxation. Where its plan fits into the warehouses, it stands; products
    where it does not are tangled, and left to the program in the next try.
    """
    tangled = np.zeros(max(len(problem.product_ids), 1), dtype=np.bool_)
    while True:
        state, report = _try(problem, limits, tangled, on_level, base, processes)
        misfits = fits_into_warehouses(problem, state, tangled)
        if not misfits.any():
            # A level cut short may have parts that were not: what the cut ones lack is on top.
            bounds = {
                level: _pieces_at(problem, state, level) + lacking
                for level, lacking in report.unproven.items()
            }
            return state, LevelNotes(bounds), report
        tangled, base = tangled | misfits, None


def _try(
    problem: Problem,
    limits: Limits,
    tangled: Mask,
    on_level: Callable[[int], None],
    base: Base | None,
    processes: int,
) -> tuple[State, Report]:
    c = problem.claims
    state, report = State(problem), Report()
    room = usable_room(problem)
    base_room = None if base is None else usable_room(base.base)
    wishes = _wishes(problem, state)
    knotted = tangled[problem.item_product] | meets_prepacks(problem)
    cores = Cores(problem, state, room, tangled, knotted, limits, report)
    hard = hard_group_by_program(problem, state, room, limits, report)
    shipping = Shipping(problem, state, wishes, room, knotted, cores, hard, base, base_room)
    shipping.run()
    state.end_shipping()
    n, stage3 = c.first_of(RESERVE), c.first_of(STORE)
    # It holds much, and nobody needs it any more.
    del shipping
    wishes = _wishes(problem, state)
    gaps = Gaps(problem, state, wishes, room, knotted[c.item], cores, hard, base, base_room)
    if processes > 1:
        gaps.helpers = Helpers(problem, tangled, limits, processes)
    on_level(int(c.level[n - 1]) if n else 0)
    gaps.decide(n, stage3)
    gaps.decide(stage3, len(c))
    on_level(problem.n_levels - 1)
    return state, report


def _wishes(problem: Problem, state: State) -> Wishes:
    c = problem.claims
    if not len(problem.keys.prepack_ids):
        return Wishes(c.level, c.item, c.pack_pieces, state.wanted)
    # Prepacks have no single SKU; they are always knotted, and their entry is never read.
    sku = np.minimum(c.item, max(problem.n_skus - 1, 0))
    return Wishes(c.level, sku, c.pack_pieces, state.wanted * c.unit_pieces)


def _pieces_at(problem: Problem, state: State, level: int) -> int:
    here = problem.claims_of_level(level)
    return int((state.packs[here] * problem.claims.pack_pieces[here]).sum())


def set_up_gaps(
    problem: Problem, state: State, tangled: Mask, limits: Limits, report: Report
) -> Gaps:
    """What decides gaps, on a state in which shipping and wishes are settled."""
    room = usable_room(problem)
    wishes = _wishes(problem, state)
    knotted = tangled[problem.item_product] | meets_prepacks(problem)
    cores = Cores(problem, state, room, tangled, knotted, limits, report)
    hard = hard_group_by_program(problem, state, room, limits, report)
    return Gaps(problem, state, wishes, room, knotted[problem.claims.item], cores, hard)
