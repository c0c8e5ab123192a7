"""Several warehouses that can pick only so much: solved as one, and checked against the many.

Standard problem: a relaxation that adds rows up, and the feasibility of a transportation problem
(Gale 1957) as its check.

Why this is exact. Put all stock into one place that may pick what all warehouses may together, and
every plan of the true problem is a plan there: a relaxation. Its best plan is found level by level
as any other. If what its levels up to some level give (with the later lines that orders started
until then need) can be placed into the true warehouses, then up to that level it is a plan of the
true problem too, and none is better. Placing fewer goods is never harder, so the last such level is
found by halving. The level behind it is put to the program with all warehouses. What is decided
then bounds the later claims, the pool is solved again with these bounds, and so on.

What can be placed. For any set A of warehouses, the picks of a SKU beyond what lies outside A must
come from A, so the sum of these excesses over the SKUs is at most what A can pick. This is needed
(and, by the theorem of maximal flow and minimal cut, enough where every pack is a piece). It also
bounds how much more of a SKU can ever be picked. Where packs are larger, a small program over kinds
of packs confirms it.

Decided claims keep their packs in the next pool because these are their upper bounds: together they
are possible, so T, which is most only if each has its bound, gives them just that. It is checked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np

from allocator.claims import RESERVE, SHIP
from allocator.fast.method import solve_fast
from allocator.limits import LevelNotes, Report, SearchLimits
from allocator.problem import Problem
from allocator.program.method import open_lines, take_over
from allocator.program.placing import is_placeable
from allocator.program.solve import solve_level
from allocator.program.variables import Question
from allocator.references import Ints
from allocator.resources import PICKS, SUPPLY
from allocator.state import State
from allocator.warehouses.fitting import usable_stock_by_warehouse, usable_stock_of

# Of more warehouses not every set is looked at; the bounds then are looser, and still hold.
ALL_SETS_UP_TO = 8


def solve_pooled(
    problem: Problem, limits: SearchLimits, on_level: Callable[[int], None]
) -> tuple[State, LevelNotes, Report]:
    """What `solve_by_program` finds, where several warehouses have limited picks."""
    walk = _PooledLevels(problem, limits)
    level, is_pooled = 0, True
    while level < problem.n_levels:
        if is_pooled:
            pooled, notes, report = solve_fast(walk.pool(level), limits, lambda _: None)
            walk.report.by_program += report.by_program
            walk.report.programs += report.programs
            decided = int(problem.level_start[level])
            is_pooled = bool((pooled.packs[:decided] == walk.state.packs[:decided]).all())
        if is_pooled:
            end = walk.last_placeable(pooled.packs, level)
            walk.accept(pooled.packs, level, end)
            walk.notes.unproven.update({n: b for n, b in notes.unproven.items() if n < end})
            started, level = level, end
            if level == walk.end_of_pool(started):
                on_level(level - 1)
                continue
        walk.solve_level(level)
        level += 1
        if level < problem.n_levels and limits.seconds_left() == 0:
            is_pooled = False
        on_level(level - 1)
    walk.end_shipping()
    return walk.state, walk.notes, walk.report


class _PooledLevels:
    """The true state, level by level."""

    def __init__(self, problem: Problem, limits: SearchLimits) -> None:
        self.problem, self.limits = problem, limits
        self.state, self.notes, self.report = State(problem), LevelNotes({}), Report()
        self.sets = _WarehouseSets(problem)
        self.usable_stock = usable_stock_of(problem)
        self.n_ships = problem.claims.first_of(RESERVE)
        self.has_ended_shipping = False
        c = problem.claims
        self.is_single = bool((c.item < problem.n_skus).all()) and bool((c.pack_pieces == 1).all())

    def end_shipping(self) -> None:
        if not self.has_ended_shipping:
            self.has_ended_shipping = True
            self.state.end_shipping()

    def pool(self, level: int) -> Problem:
        """All stock in one place; decided claims bounded by what they have, the others by what can
        still be placed."""
        p, state = self.problem, self.state
        decided = int(p.level_start[level])
        most = p.most_packs.copy()
        most[:decided] = state.packs[:decided]
        # An order that had to ship whole and did not begin never will.
        lost = p.ship_complete & state.order_seen & (state.order_packs == 0)
        ships = slice(0, self.n_ships)
        most[ships][lost[p.claims.order[ships]]] = 0
        usable_stock = self.usable_stock
        if decided:
            more = self.sets.more_picks(self._picked(state.packs))
            later = np.arange(decided, len(p.claims))
            most[later] = np.minimum(most[later], self._bound(later, more))
            if p.claims.kind[decided] != RESERVE:
                # Nothing but picks is given until `end_of_pool`.
                usable_stock = np.minimum(usable_stock, state.used + more)
        limit = np.minimum(_limits(p), p.supply.sum(axis=1)).sum()
        pooled = replace(
            p,
            warehouses=("",),
            supply=usable_stock[None, :],
            capacity=np.array([limit], dtype=np.int64),
            most_packs=most,
        )
        if p.size_run_min is not None:
            # What a store could show follows from its wishes, not from these bounds.
            pooled.__dict__["size_runs"] = p.size_runs
        return pooled

    def end_of_pool(self, level: int) -> int:
        """Up to which level the pool is a relaxation: reservations may take what cannot be picked,
        so what shipments leave to them is another pool."""
        start = self.problem.level_start
        ends_with_shipping = 0 < start[level] < self.n_ships < len(self.problem.claims)
        return int(np.searchsorted(start, self.n_ships)) if ends_with_shipping else len(start) - 1

    def _bound(self, claims: Ints, more: Ints) -> Ints:
        """The most packs of each claim alone, given how many more pieces of a SKU can be picked."""
        bound = np.full(len(claims), np.iinfo(np.int64).max)
        picks = np.flatnonzero(self.problem.resources.takes(PICKS, claims))
        rows = self.problem.resources.rows(SUPPLY, claims[picks])
        of_picks = bound[picks]
        rows.most_packs(more[rows.which], of_picks)
        bound[picks] = of_picks
        return bound

    def _picked(self, packs: Ints) -> Ints:
        """Pieces of each SKU that these packs pick."""
        picks = np.flatnonzero(self.problem.resources.takes(PICKS, slice(None)))
        return self.problem.resources.counted(SUPPLY, picks, packs[picks])

    def _up_to(self, packs: Ints, level: int) -> Ints:
        """What the levels before this one give, with the lines that their orders still need."""
        c, end = self.problem.claims, int(self.problem.level_start[level])
        found = packs.copy()
        found[end:] = 0
        if end < self.n_ships:
            order = c.order[: self.n_ships]
            started = np.zeros(len(self.problem.has_rule), dtype=np.bool_)
            started[order[:end][packs[:end] > 0]] = True
            needed = end + np.flatnonzero((started & self.problem.has_rule)[order[end:]])
            found[needed] = packs[needed]
        return found

    def last_placeable(self, packs: Ints, level: int) -> int:
        """The end of the longest run of levels whose packs find their warehouses."""
        low, high = level, self.end_of_pool(level)
        for is_possible in (self._keeps_sets, self._can_be_placed):
            if is_possible(self._up_to(packs, high)):
                continue
            # `low` is possible: it is what is decided, or promised, already.
            inner = low
            while high - inner > 1:
                middle = (inner + high) // 2
                if is_possible(self._up_to(packs, middle)):
                    inner = middle
                else:
                    high = middle
            high = inner
        return high

    def _keeps_sets(self, packs: Ints) -> bool:
        return self.sets.hold(self._picked(packs))

    def _can_be_placed(self, packs: Ints) -> bool:
        return self.is_single or is_placeable(self.problem, packs, self.limits)

    def accept(self, packs: Ints, level: int, end: int) -> None:
        """Take over the levels of the pool's plan, and what their orders need."""
        p, state = self.problem, self.state
        start, stop = int(p.level_start[level]), int(p.level_start[end])
        for first, last in ((start, min(stop, self.n_ships)), (max(start, self.n_ships), stop)):
            if first < last:
                if first >= self.n_ships:
                    self.end_shipping()
                claims = np.arange(first, last)
                state.decide(claims, packs[claims])
        needed = stop + np.flatnonzero(self._up_to(packs, end)[stop:])
        if stop > start:
            state.promised = dict(zip(needed.tolist(), packs[needed].tolist(), strict=True))

    def solve_level(self, level: int) -> None:
        """Put one level to the program, with all warehouses."""
        p, state = self.problem, self.state
        here = np.arange(len(p.claims))[p.claims_of_level(level)]
        if p.claims.kind[here[0]] != SHIP:
            self.end_shipping()
        more = self.sets.more_picks(self._picked(state.packs))
        bound = np.minimum(state.most[here], self._bound(here, more))
        most = dict(zip(here.tolist(), bound.tolist(), strict=True))
        question = Question(here.tolist(), open_lines(p, state, here), most)
        answer = solve_level(p, state, question, self.limits)
        take_over(state, question, answer)
        self.report.by_program += len(here)
        self.report.programs += 1
        if not answer.proven:
            self.notes.unproven[level] = answer.bound


class _WarehouseSets:
    """What sets of warehouses can pick together, beside what lies outside them."""

    def __init__(self, problem: Problem) -> None:
        n = len(problem.warehouses)
        sizes = range(1, n + 1) if n <= ALL_SETS_UP_TO else (1, n - 1, n)
        stock = usable_stock_by_warehouse(problem)
        limit = np.minimum(_limits(problem), stock.sum(axis=1))
        outside, can_pick = [], []
        for size in sizes:
            for chosen in combinations(range(n), size):
                others = np.ones(n, dtype=np.bool_)
                others[list(chosen)] = False
                outside.append(stock[others].sum(axis=0))
                can_pick.append(int(limit[~others].sum()))
        self.outside = np.array(outside, dtype=np.int64)
        self.can_pick = np.array(can_pick, dtype=np.int64)

    def hold(self, picked: Ints) -> bool:
        """Whether no set has to pick more than it can."""
        return bool((self._slack(picked) >= 0).all())

    def more_picks(self, picked: Ints) -> Ints:
        """The most pieces of each SKU alone that can be picked on top."""
        beside = np.maximum(self.outside - picked, 0)
        found: Ints = (self._slack(picked)[:, None] + beside).min(axis=0)
        return np.maximum(found, 0)

    def _slack(self, picked: Ints) -> Ints:
        found: Ints = self.can_pick - np.maximum(picked - self.outside, 0).sum(axis=1)
        return found


def _limits(problem: Problem) -> Ints:
    assert problem.capacity is not None  # noqa: S101 - asked only where picks are limited
    return problem.capacity
