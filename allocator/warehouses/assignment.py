"""Which warehouse serves whom. The units are decided; here only splits are counted.

Standard problem: bin packing with item fragmentation, the fewest fragments (Menakerman and Rom
2001). Methods: first fit decreasing, subset sums, local search, then the modules beside this.

Parts that cannot be in each other's way are served one by one. First the largest claims go, whole,
into the first warehouse that holds them; where that leaves nobody split, it stands. Two warehouses
of one SKU in packs of one size are a subset sum, more warehouses one subset sum after another. What
remains is put to the program; among its equals the first claim takes the most from the first
warehouse, and so on. Where picks are limited, claims are then moved until the limits are kept; if
that fails, groups of claims are served again against a bound
(`allocator.warehouses.lagrangian_bound`), and only what that does not prove is put to one program.
All of it looks at nothing but claim numbers and warehouse ids in code point order: same input, same
bytes, whatever the solver.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from allocator.limits import SearchLimits
from allocator.problem import UNLIMITED, Problem
from allocator.references import ROW, Ints
from allocator.resources import KINDS, PICKS, SUPPLY, Resource
from allocator.warehouses.loads import PICKED, Available, Load, Where, splits_of

# A subset sum over more packs than this would be slower than the program.
MOST_BITS = 2_000_000
# Every order of this many warehouses is tried.
MOST_ORDERED = 4


@dataclass(frozen=True)
class Served:
    """Rows (claim, warehouse, packs), sorted by claim and warehouse."""

    claim: Ints
    warehouse: Ints
    packs: Ints
    proven: bool


def serve(
    problem: Problem, packs: Ints, limits: SearchLimits, *, by_program: bool = False
) -> Served:
    """Assign every pack given to a warehouse, splitting as few claims as can be.

    by_program: let the program decide even what is plain.
    """
    served = np.flatnonzero(packs > 0).astype(ROW)
    if len(problem.warehouses) <= 1:
        return Served(served, np.zeros_like(served), packs[served], True)
    if _limited(problem) == [SUPPLY]:
        parts = _apart(problem, packs, served, limits, by_program=by_program)
    else:
        parts = [_within_picks(problem, packs, served, limits, by_program=by_program)]
    rows = [
        (claim, w, n)
        for claims, found, _ in parts
        for claim, where in zip(claims.tolist(), found, strict=True)
        for w, n in where.items()
    ]
    table = np.array(sorted(rows), dtype=np.int64).reshape(-1, 3)
    proven = all(is_proven for _, _, is_proven in parts)
    return Served(table[:, 0], table[:, 1], table[:, 2], proven)


def _limited(problem: Problem) -> list[int]:
    """The kinds of resources that warehouses have of their own, and that can bind."""
    return [kind for kind in problem.resources.binding if KINDS[kind].in_warehouses]


Part = tuple[Ints, Where, bool]  # claims, where each is served, whether splits are proven fewest


def _apart(
    problem: Problem, packs: Ints, served: Ints, limits: SearchLimits, *, by_program: bool
) -> list[Part]:
    """Each component by itself, as if picks had no limit."""
    from allocator.program.splits import fewest_splits

    parts: list[Part] = []
    n = len(problem.warehouses)
    for claims in _components(problem, served):
        loads, available = _loads(problem, packs, claims, (SUPPLY,))
        found = None if by_program else _without_search(loads, available, n)
        if found is not None:
            parts.append((claims, found, True))
        else:
            parts.append((claims, *fewest_splits(loads, available, n, limits)))
    return parts


def _within_picks(
    problem: Problem, packs: Ints, served: Ints, limits: SearchLimits, *, by_program: bool
) -> Part:
    """All claims together: the limits of picks join them.

    Without these limits components have their fewest splits each; with them there cannot be fewer.
    So if whole claims can be moved until the limits are kept, that is the fewest. If not, a bound
    is looked for, and a plan that meets it.
    """
    from allocator.program.splits import fewest_splits

    kinds = _limited(problem)
    loads, available = _loads(problem, packs, served, kinds)
    n, fewest, best = len(problem.warehouses), 0, None
    if not by_program:
        found = _all_whole(loads, available, n)
        if found is not None:
            return served, found, True
        parts = _apart(problem, packs, served, limits, by_program=False)
        where: Where = [{} for _ in loads]
        groups = []
        for claims, each, is_proven in parts:
            places = np.searchsorted(served, claims).tolist()
            groups.append((places, is_proven))
            for at, one in zip(places, each, strict=True):
                where[at] = dict(one)
        proven = all(is_proven for _, _, is_proven in parts)
        if _move_into_limits(where, loads, available, n):
            return served, where, proven
        if kinds == [SUPPLY, PICKS]:
            from allocator.warehouses.lagrangian_bound import within_limits

            groups.sort()  # by their first claims, however the SKUs are numbered
            best, splits = within_limits(groups, loads, available, where, n, limits)
            if best is not None and splits_of(best) == splits:
                return served, best, True
            fewest = splits + len(loads)
    return served, *fewest_splits(loads, available, n, limits, fewest, best)


def _move_into_limits(
    where: Where, loads: list[Load], available: Available, n_warehouses: int
) -> bool:
    """Move whole claims, the largest first, from where too much is picked to where more can be;
    claims that are split already also pack by pack. Whether the limits are kept in the end."""
    left = dict(available)
    for one, (_, per_pack) in zip(where, loads, strict=True):
        for w, packs in one.items():
            for r, n in per_pack.items():
                if (w, r) in left:
                    left[w, r] -= packs * n
    picked = [at for at, (_, per_pack) in enumerate(loads) if PICKED in per_pack]
    picked.sort(key=lambda at: (-_pieces(loads[at]), at))
    over = [w for w in range(n_warehouses) if left.get((w, PICKED), 0) < 0]

    def move(at: int, source: int, target: int, most: int) -> None:
        """Move as many packs of a claim as it may, at most this many pieces."""
        per_pack = loads[at][1]
        packs = where[at][source]
        if target in where[at]:
            # It is split between the two: any number but all may move.
            packs = min(packs - 1, most // per_pack[PICKED])
            packs = min(
                [packs, *(left.get((target, r), packs * n) // n for r, n in per_pack.items())]
            )
        elif len(where[at]) > 1 or packs * per_pack[PICKED] > most:
            return
        if packs <= 0 or any(
            left.get((target, r), packs * n) < packs * n for r, n in per_pack.items()
        ):
            return
        for r, n in per_pack.items():
            if (source, r) in left:
                left[source, r] += packs * n
            if (target, r) in left:
                left[target, r] -= packs * n
        where[at][target] = where[at].get(target, 0) + packs
        where[at][source] -= packs
        if not where[at][source]:
            del where[at][source]

    for source in over:
        for target in range(n_warehouses):
            for at in picked:
                missing = -left[source, PICKED]
                if missing <= 0 or left.get((target, PICKED), 1) <= 0:
                    break
                if target != source and source in where[at]:
                    move(at, source, target, missing)
        # What is still too much is less than any claim that can move: the smallest that do.
        for target in range(n_warehouses):
            for at in reversed(picked):
                if left[source, PICKED] >= 0:
                    break
                if target != source and source in where[at]:
                    move(at, source, target, loads[at][0] * loads[at][1][PICKED])
    return all(there >= 0 for there in left.values())


def _without_search(loads: list[Load], available: Available, n_warehouses: int) -> Where | None:
    """An assignment whose number of splits nothing can beat, where one is easily found."""
    return (
        _all_whole(loads, available, n_warehouses)
        or _two_warehouses(loads, available, n_warehouses)
        or _by_subset_sums(loads, available, n_warehouses)
    )


def _all_whole(loads: list[Load], available: Available, n_warehouses: int) -> Where | None:
    """No split at all: the largest claims first, each into the first warehouse that holds it."""
    left = dict(available)
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
    return load[0] * sum(n for (kind, _), n in load[1].items() if kind == SUPPLY)


def _two_warehouses(loads: list[Load], available: Available, n_warehouses: int) -> Where | None:
    """One SKU, one size of pack, two warehouses: a subset sum shows whether no split is needed.

    If no subset of the claims fills one warehouse so that the rest fits into the other, one claim
    is split; and one split is enough, because packs of one size fill the first warehouse to the
    last pack. Sums are the bits of one large number.
    """
    kinds = {tuple(sorted(per_pack.items())) for _, per_pack in loads}
    if n_warehouses != 2 or len(kinds) != 1 or len(loads[0][1]) != 1:
        return None
    ((resource, size),) = loads[0][1].items()
    if (0, resource) not in available:
        return None
    first, second = available[0, resource] // size, available[1, resource] // size
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


def _by_subset_sums(loads: list[Load], available: Available, n_warehouses: int) -> Where | None:
    """One SKU, one size of pack, more warehouses: one after another takes as much as subsets of the
    claims allow, the last two as above. None where that splits a claim."""
    kinds = {tuple(sorted(per_pack.items())) for _, per_pack in loads}
    if not 3 <= n_warehouses <= MOST_ORDERED or len(kinds) != 1 or len(loads[0][1]) != 1:
        return None
    ((resource, size),) = loads[0][1].items()
    holds = [available[w, resource] // size for w in range(n_warehouses)]
    if sum(packs for packs, _ in loads) * len(loads) > MOST_BITS:
        return None
    for order in permutations(range(n_warehouses)):
        found: Where = [{} for _ in loads]
        rest = list(range(len(loads)))
        for place, w in enumerate(order):
            sums, reached = [], 1
            for at in rest:
                sums.append(reached)
                reached |= reached << loads[at][0]
            total = sum(loads[at][0] for at in rest)
            low = max(total - sum(holds[v] for v in order[place + 1 :]), 0)
            high = min(holds[w], total)
            window = reached & ((1 << (high + 1)) - 1)
            into = window.bit_length() - 1
            if into < low:
                break
            behind = []
            for before, at in zip(reversed(sums), reversed(rest), strict=True):
                if before >> into & 1:
                    behind.append(at)
                else:
                    found[at] = {w: loads[at][0]}
                    into -= loads[at][0]
            rest = behind[::-1]
        if not rest and all(found):
            return found
    return None


def _components(problem: Problem, served: Ints) -> list[Ints]:
    """Claims that can be in each other's way beside picks: of one SKU, or one product where packs
    mix SKUs."""
    if not len(served):
        return []
    of = problem.claims.item[served]
    if not problem.parts.are_skus_alone:
        of = problem.item_product[of]
    order = np.argsort(of, kind="stable")
    cuts = np.flatnonzero(np.diff(of[order])) + 1
    return [served[part] for part in np.split(order, cuts)]


def _loads(
    problem: Problem, packs: Ints, claims: Ints, kinds: Iterable[int]
) -> tuple[list[Load], Available]:
    """What every claim takes of these kinds of resources, and what there is of them."""
    resources, n = problem.resources, len(claims)
    per_pack: list[dict[Resource, int]] = [{} for _ in range(n)]
    available: Available = {}
    for kind in kinds:
        rows, there = resources.rows(kind, claims), resources.there[kind]
        owner = np.arange(n)[rows.owner]
        for at, which, amount in zip(
            owner.tolist(), rows.which.tolist(), rows.amount.tolist(), strict=True
        ):
            per_pack[at][kind, which] = amount
        for which in np.unique(rows.which).tolist():
            for w, pieces in enumerate(there[:, which].tolist()):
                if pieces < UNLIMITED:
                    available[w, (kind, which)] = pieces
    return list(zip(packs[claims].tolist(), per_pack, strict=True)), available
