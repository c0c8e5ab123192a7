"""Some claims of a problem as a problem of their own, cut out of its arrays.

Its answer is proven: `CutShort` is raised where a search ends before that.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allocator.claims import SHIP
from allocator.fast.method import solve_fast
from allocator.limits import CutShort, SearchLimits
from allocator.problem import Problem
from allocator.references import Ints


def solve_some(problem: Problem, claims: Ints, left: Ints) -> Ints:
    """Packs for these claims (ascending) among themselves, with so much left of every SKU.

    Picks and shares are not limited; a size run is kept.
    """
    return _solve(_cut(problem, claims, left))


def solve_reservations(problem: Problem, claims: Ints, wanted: Ints, left: Ints) -> Ints:
    """Packs for these reservations, of which the wishes are what shipping left.

    Each comes with its line's claim to ship, which cannot ship anything: all of it may be reserved.
    """
    c = problem.claims
    ships = problem.claim_of_line[0][c.source[claims]]
    lines = np.sort(ships)
    sub = _cut(problem, np.concatenate([lines, claims]), left)
    rest = np.zeros(problem.tables.order_lines.height, dtype=np.int64)
    rest[c.source[claims]] = wanted
    most = sub.most_packs.copy()
    most[: len(lines)] = 0
    sub = replace(sub, most_packs=most, claims=replace(sub.claims, wanted=rest[sub.claims.source]))
    return _solve(sub)[len(lines) :]


def _solve(sub: Problem) -> Ints:
    state, notes, _ = solve_fast(sub, SearchLimits.starting_now(None), lambda level: None)
    if notes.unproven:
        raise CutShort
    return state.packs


def _cut(problem: Problem, claims: Ints, left: Ints) -> Problem:
    c = problem.claims
    level = c.level[claims]
    begins = np.ones(len(claims), dtype=np.bool_)
    begins[1:] = level[1:] != level[:-1]
    fields = {name: getattr(c, name)[claims] for name in _FIELDS}
    cut = replace(c, level=np.cumsum(begins) - 1, **fields)
    size_run = problem.size_run_min if (cut.kind != SHIP).any() else None
    return replace(
        problem,
        warehouses=("",),
        supply=left.reshape(1, -1),
        capacity=None,
        share_cap=None,
        size_run_min=size_run,
        claims=cut,
        level_start=np.append(np.flatnonzero(begins), len(claims)),
        most_packs=problem.most_packs[claims],
    )


_FIELDS = (
    "kind", "item", "outlet", "order", "source", "wanted", "pack", "unit_pieces", "pack_pieces",
    "price", "place",
)  # fmt: skip
