"""A contested SKU that neither `mixed_packs` nor `odd_packs` decides: the program.

Standard problem: bounded knapsack by counts per size. Method: integer programming, with packs left
out that no best plan has (reduction: Dembo and Hammer 1980).

It is asked for a number per size, not per claim. `mixed_packs` says why a plan is a number of packs
per size, counted from the base, and what each pack more or fewer loses against the worth per piece
at the edge. T is the largest sum that numbers can make. With T fixed, the most worth is the least
loss; every pack that loses more by itself than the loss of a plan known is out of all best plans,
so only the others are looked at. Packs of one size that are worth the same are one variable, for
the first of them always go first. D: packs are asked for in the order of their claims, as many at
a time as T and G allow; the one that cannot be had bounds its size from above.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np

from allocator.limits import Report, SearchLimits
from allocator.problem import Problem
from allocator.rare.greedy_base import Edge, PackSize, SizeWindow, give_numbers, look_from_base
from allocator.rare.odd_packs import share_odd
from allocator.references import Ints
from allocator.resources import SUPPLY
from allocator.state import State

# Solves one contested group by the program: (claims, pieces available) -> packs.
HardGroup = Callable[[Ints, int], Ints]
# This many packs are looked at first; beyond the last number the claims are left to the program.
FIRST_IN_SIGHT = 40
MOST_IN_SIGHT = 3_000_000
# A search over numbers may take so much of the solver's work; then the claims themselves are put to
# the program.
MOST_WORK = 10.0
# Worths are summed by the solver, which has int64.
WORTH_UP_TO = 2**60


def hard_group_by_program(
    problem: Problem, state: State, usable_stock: Ints, limits: SearchLimits, report: Report
) -> HardGroup:
    """Solves one SKU at one level, with no rule but supply, given the usable stock that is left."""

    def solve(claims: Ints, left: int) -> Ints:
        c = problem.claims
        s, q = c.pack_pieces[claims], state.wanted[claims] * c.unit_pieces[claims]
        packs = share_odd(s, q, state.most[claims], left)
        if packs is not None:
            return packs
        report.by_program += len(claims)
        report.programs += 1
        packs = share_by_numbers(s, q, state.most[claims], left, limits)
        return solve_by_claims(claims, left) if packs is None else packs

    def solve_by_claims(claims: Ints, left: int) -> Ints:
        from allocator.program.rules import take_no_more_than_there_is
        from allocator.program.solve import solve_level
        from allocator.program.variables import Question

        sku = int(problem.claims.item[claims[0]])
        there = usable_stock.copy()
        there[sku] = int(state.used[sku]) + left
        question = Question(claims.tolist(), usable_stock=there)
        answer = solve_level(
            problem, state, question, limits, (take_no_more_than_there_is(SUPPLY),)
        )
        if not answer.proven:
            level = int(problem.claims.level[claims[0]])
            given = sum(n * int(problem.claims.pack_pieces[i]) for i, n in answer.here.items())
            report.unproven[level] = report.unproven.get(level, 0) + answer.bound - given
        return np.array([answer.here[i] for i in claims.tolist()], dtype=np.int64)

    return solve


def share_by_numbers(
    s: Ints, q: Ints, most: Ints, usable_stock: int, limits: SearchLimits
) -> Ints | None:
    """Packs per claim with the best T, then G, then D; None when a limit ends the search, or packs
    are too many.

    Claims ascend by number and want more than `usable_stock` pieces together.
    """
    limits = replace(limits, deterministic=min(MOST_WORK, limits.work))
    most = np.minimum(most, usable_stock // s)
    packs = np.zeros(len(most), dtype=np.int64)
    there = np.flatnonzero(most)
    s, q, most = s[there], q[there], most[there]
    base, edge, kinds = look_from_base(s, q, most, usable_stock)
    numbers = _best_numbers(s, most, base, edge, kinds, limits)
    if numbers is None:
        return None
    give_numbers(base, kinds, numbers)
    packs[there] = base
    return packs


def _best_numbers(
    s: Ints, most: Ints, base: Ints, edge: Edge, kinds: Sequence[PackSize], limits: SearchLimits
) -> list[int] | None:
    ranges = []
    for kind in kinds:
        mine = s == kind.pieces * edge.unit
        ranges.append((-int(base[mine].sum()), int((most - base)[mine].sum())))
    total = _largest_sum([kind.pieces for kind in kinds], ranges, edge.slack, limits)
    if total is None:
        return None
    losses = sorted(
        queue.loss[1] for kind in kinds for queue in (kind.fewer, kind.more) if queue.look(1)
    )
    # What is allowed to be lost grows until there is a plan that loses no more by any pack.
    allowed = losses[min(FIRST_IN_SIGHT, len(losses)) - 1]
    while True:
        windows = _windows(kinds, allowed)
        if windows is None:
            return None
        search = _Numbers(windows, total, limits)
        if search.gain is not None:
            lost = edge.worth * total * edge.unit - edge.pieces * search.gain
            if lost > allowed:
                windows = _windows(kinds, lost)
                if windows is None:
                    return None
                search = _Numbers(windows, total, limits)
            return search.first_claims()
        if search.is_cut:
            return None
        allowed = max(4 * allowed, 1)


def _windows(kinds: Sequence[PackSize], loss: int) -> list[SizeWindow] | None:
    sizes = [
        (k.fewer.within(loss, MOST_IN_SIGHT), k.more.within(loss, MOST_IN_SIGHT)) for k in kinds
    ]
    windows = [kind.window(*size) for kind, size in zip(kinds, sizes, strict=True)]
    worth = sum(sum(map(abs, (w.gain[0], w.gain[-1]))) for w in windows)
    is_too_much = sum(map(sum, sizes)) > MOST_IN_SIGHT or worth > WORTH_UP_TO
    return None if is_too_much else windows


def _largest_sum(
    pieces: Sequence[int], ranges: Sequence[tuple[int, int]], slack: int, limits: SearchLimits
) -> int | None:
    """The most pieces, up to `slack`, that numbers in these ranges add to the base."""
    from ortools.sat.python import cp_model

    from allocator.program.cp_sat import new_solver

    if not slack:
        return 0
    model = cp_model.CpModel()
    numbers = [model.new_int_var(low, high, "") for low, high in ranges]
    total = cp_model.LinearExpr.weighted_sum(numbers, list(pieces))
    model.add(total <= slack)
    model.maximize(total)
    solver = new_solver(limits)
    return round(solver.objective_value) if solver.solve(model) == cp_model.OPTIMAL else None


# A pack to be had: its claim, the number of its size that includes it, and which size.
_Pack = tuple[int, int, int]


def _raised(low: Sequence[int], packs: Sequence[_Pack]) -> list[int]:
    """Bounds from below with which all these packs are had."""
    raised = list(low)
    for _, number, kind in packs:
        raised[kind] = max(raised[kind], number)
    return raised


class _Numbers:
    """Numbers per size, in windows around the base, that add up to a sum of pieces.

    gain: the most worth they can add; None where no numbers do, or a limit ended the search
    (`is_cut`).
    """

    def __init__(self, windows: Sequence[SizeWindow], total: int, limits: SearchLimits) -> None:
        from ortools.sat.python import cp_model

        self.windows, self.limits, self.is_cut = windows, limits, False
        self.model = cp_model.CpModel()
        self.numbers: list[Any] = []
        variables: list[Any] = []
        worths: list[int] = []
        for window in windows:
            number = self.model.new_int_var(-window.fewer, window.more, "")
            steps = []
            each = [b - a for a, b in zip(window.gain[:-1], window.gain[1:], strict=True)]
            for worth, same in groupby(each):
                steps.append(self.model.new_int_var(0, len(list(same)), ""))
                worths.append(worth)
            self.model.add(number == sum(steps) - window.fewer)
            self.numbers.append(number)
            variables += steps
        self.base_gain = sum(window.gain[0] for window in windows)
        self.worth = cp_model.LinearExpr.weighted_sum(variables, worths)
        pieces = [window.pieces for window in windows]
        self.model.add(cp_model.LinearExpr.weighted_sum(self.numbers, pieces) == total)
        self.model.maximize(self.worth)
        self.gain: int | None = None
        found = self._search()
        if found is not None:
            self.found = found
            self.gain = sum(w.gain[n + w.fewer] for w, n in zip(windows, found, strict=True))

    def _search(self) -> list[int] | None:
        from ortools.sat.python import cp_model

        from allocator.program.cp_sat import new_solver

        solver = new_solver(self.limits)
        status = solver.solve(self.model)
        self.is_cut |= status not in (cp_model.OPTIMAL, cp_model.INFEASIBLE)
        if status != cp_model.OPTIMAL:
            return None
        return [int(solver.value(number)) for number in self.numbers]

    def first_claims(self) -> list[int] | None:
        """Of all numbers of that gain those that serve the first claims; None when cut."""
        if self.gain is None or self.is_cut:
            return None
        self.model.clear_objective()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        self.model.add(self.worth == self.gain - self.base_gain)
        low = [-window.fewer for window in self.windows]
        high = [window.more for window in self.windows]
        asked = sorted(
            (owner, number, kind)
            for kind, window in enumerate(self.windows)
            for number, owner in enumerate(window.owners, start=1 - window.fewer)
        )
        while asked:
            # Packs that are certain, or cannot be had, need no asking.
            asked = [one for one in asked if low[one[2]] < one[1] <= high[one[2]]]
            count = self._most_from_the_first(asked, low, high)
            if count is None:
                return None
            low = _raised(low, asked[:count])
            if count < len(asked):
                _, number, kind = asked[count]
                high[kind] = number - 1
            asked = asked[count + 1 :]
        return self.found

    def _most_from_the_first(
        self, asked: Sequence[_Pack], low: Sequence[int], high: Sequence[int]
    ) -> int | None:
        """How many packs, from the first on, some numbers can give together; None when cut."""
        feasible, most = self._had(asked), len(asked)
        while feasible < most:
            middle = (feasible + most + 1) // 2
            found = self._search_within(_raised(low, asked[:middle]), high)
            if self.is_cut:
                return None
            if found is None:
                most = middle - 1
            else:
                self.found = found
                feasible = self._had(asked)
        return feasible

    def _had(self, asked: Sequence[_Pack]) -> int:
        """How many packs from the first on the numbers found give."""
        return next(
            (at for at, (_, number, kind) in enumerate(asked) if self.found[kind] < number),
            len(asked),
        )

    def _search_within(self, low: Sequence[int], high: Sequence[int]) -> list[int] | None:
        for number, a, b in zip(self.numbers, low, high, strict=True):
            if a > b:
                return None
            number.proto.domain[0], number.proto.domain[1] = a, b
        return self._search()
