"""Which warehouse serves whom. The units are decided; here only splits are counted.

Parts that cannot be in each other's way are served one by one. First the largest claims go, whole,
into the first warehouse that holds them; where that leaves nobody split, it stands. Two warehouses
of one SKU in packs of one size are a subset sum. What remains is put to the program; among its
equals the first claim takes the most from the first warehouse, and so on. All of it looks at
nothing but claim numbers and warehouse ids in code point order: same input, same bytes, whatever
the solver.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.claims import RESERVE
from allocator.keys import ROW, Ints
from allocator.limits import Limits
from allocator.problem import UNLIMITED, Problem

PICKS = -1
# A subset sum over more packs than this would be slower than the program.
MOST_BITS = 2_000_000
# Room: (warehouse, resource) -> how much there is. Load: packs given, and what one pack takes of
# each resource. Resources are SKUs (>= 0) and PICKS.
Room = dict[tuple[int, int], int]
Load = tuple[int, dict[int, int]]


@dataclass(frozen=True)
class Served:
    """Rows (claim, warehouse, packs), sorted by claim and warehouse."""

    claim: Ints
    warehouse: Ints
    packs: Ints
    proven: bool


def serve(problem: Problem, packs: Ints, limits: Limits, *, by_program: bool = False) -> Served:
    """Assign every pack given to a warehouse, splitting as few claims as can be.

    by_program: let the program decide even what is plain.
    """
    served = np.flatnonzero(packs > 0).astype(ROW)
    if len(problem.warehouses) <= 1:
        return Served(served, np.zeros_like(served), packs[served], True)
    rows: list[tuple[int, int, int]] = []
    proven = True
    for claims in _components(problem, served):
        found = None if by_program else _without_search(problem, packs, claims)
        if found is None:
            found, is_proven = _by_program(problem, packs, claims, limits)
            proven &= is_proven
        for claim, where in zip(claims.tolist(), found, strict=True):
            rows += [(claim, w, n) for w, n in where.items()]
    table = np.array(sorted(rows), dtype=np.int64).reshape(-1, 3)
    return Served(table[:, 0], table[:, 1], table[:, 2], proven)


Where = list[dict[int, int]]


def _without_search(problem: Problem, packs: Ints, claims: Ints) -> Where | None:
    """An assignment whose number of splits nothing can beat, where one is easily found."""
    loads, room = _loads(problem, packs, claims)
    return _all_whole(loads, room, len(problem.warehouses)) or _two_warehouses(
        loads, room, len(problem.warehouses)
    )


def _all_whole(loads: list[Load], room: Room, n_warehouses: int) -> Where | None:
    """No split at all: the largest claims first, each into the first warehouse that holds it."""
    left = dict(room)
    found: Where = [{} for _ in loads]
    order = sorted(range(len(loads)), key=lambda at: (-_pieces(loads[at]), at))
    for at in order:
        packs, per_pack = loads[at]
        for w in range(n_warehouses):
            if all(left.get((w, r), packs * n) >= packs * n for r, n in per_pack.items()):
                break
        else:
            return None
        for r, n in per_pack.items():
            if (w, r) in left:
                left[w, r] -= packs * n
        found[at] = {w: packs}
    return found


def _pieces(load: Load) -> int:
    return load[0] * sum(n for r, n in load[1].items() if r != PICKS)


def _two_warehouses(loads: list[Load], room: Room, n_warehouses: int) -> Where | None:
    """One SKU, one size of pack, two warehouses: a subset sum tells whether no split is needed.

    If no subset of the claims fills one warehouse so that the rest fits into the other, somebody is
    split; and one split is enough, because packs of one size fill the first warehouse to the last
    pack. Sums are the bits of one large number.
    """
    kinds = {tuple(sorted(per_pack.items())) for _, per_pack in loads}
    if n_warehouses != 2 or len(kinds) != 1 or len(loads[0][1]) != 1:
        return None
    ((resource, size),) = loads[0][1].items()
    if (0, resource) not in room:
        return None
    first, second = room[0, resource] // size, room[1, resource] // size
    total = sum(packs for packs, _ in loads)
    if total > MOST_BITS:
        return None
    reached, steps = 1, []
    for packs, _ in loads:
        steps.append(reached)
        reached |= reached << packs
    low, high = max(total - second, 0), min(first, total)
    window = (reached >> low) & ((1 << (high - low + 1)) - 1)
    found: Where = [{} for _ in loads]
    if not window:
        for at, (packs, _) in enumerate(loads):
            here = min(packs, first)
            first -= here
            found[at] = {w: n for w, n in ((0, here), (1, packs - here)) if n}
        return found
    into_first = low + (window & -window).bit_length() - 1
    for at in reversed(range(len(loads))):
        packs = loads[at][0]
        # Left out where what remains can be reached without it.
        if steps[at] >> into_first & 1:
            found[at] = {1: packs}
        else:
            found[at] = {0: packs}
            into_first -= packs
    return found


def _components(problem: Problem, served: Ints) -> list[Ints]:
    """Claims that can be in each other's way: of one SKU, or one product where packs mix SKUs; all
    claims where picks are limited."""
    if not len(served):
        return []
    if problem.picks_are_limited:
        return [served]
    of = problem.claims.item[served]
    if len(problem.keys.prepack_ids):
        of = problem.item_product[of]
    order = np.argsort(of, kind="stable")
    cuts = np.flatnonzero(np.diff(of[order])) + 1
    return [served[part] for part in np.split(order, cuts)]


def _by_program(problem: Problem, packs: Ints, claims: Ints, limits: Limits) -> tuple[Where, bool]:
    from allocator.program.splits import fewest_splits

    loads, room = _loads(problem, packs, claims)
    return fewest_splits(loads, room, len(problem.warehouses), limits)


def _loads(problem: Problem, packs: Ints, claims: Ints) -> tuple[list[Load], Room]:
    """What every claim takes, and what there is, of SKUs and of limited picks."""
    c = problem.claims
    room: Room = {}
    loads: list[Load] = []
    for claim in claims.tolist():
        per_pack = {
            sku: pieces * int(c.pack[claim]) for sku, pieces in problem.parts_of(int(c.item[claim]))
        }
        for sku in per_pack:
            for w in range(len(problem.warehouses)):
                room[w, sku] = int(problem.supply[w, sku])
        if problem.picks_are_limited and c.kind[claim] != RESERVE:
            per_pack[PICKS] = int(c.pack_pieces[claim])
        loads.append((int(packs[claim]), per_pack))
    if problem.picks_are_limited and problem.capacity is not None:
        for w, limit in enumerate(problem.capacity.tolist()):
            if limit < UNLIMITED:
                room[w, PICKS] = limit
    return loads, room
