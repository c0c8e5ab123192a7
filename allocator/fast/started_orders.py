"""Ship-complete orders that were started: what their later lines will take is as good as taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from allocator.problem import Problem
from allocator.references import Ints
from allocator.resources import FUNDS, SUPPLY, Resource, Row
from allocator.state import State

Uses = Callable[[int], Sequence[Row]]


class StartedOrders:
    """The lines still to come of orders started in the current rank, and what they reserve.

    is_coming: per claim, whether it is such a line. reserved: what they reserve of each kind of
    resource; pieces, cents: of every SKU, and of every franchisee's funds.
    """

    def __init__(self, problem: Problem, state: State, uses: Uses) -> None:
        self.problem, self.state, self.uses = problem, state, uses
        self.lines: dict[int, list[int]] = {}
        self.is_coming = np.zeros(len(problem.claims), dtype=np.bool_)
        resources = problem.resources
        self.reserved = {kind: resources.nothing(kind) for kind in resources.binding}
        self.pieces, self.cents = self.reserved[SUPPLY], self.reserved[FUNDS]

    def clear(self) -> None:
        """Start again: orders end with their rank."""
        for lines in self.lines.values():
            self.is_coming[lines] = False
        self.lines.clear()
        for amounts in self.reserved.values():
            amounts[:] = 0

    def note(self, orders: Sequence[int], decided: int) -> Ints:
        """Take notice that these ship-complete orders were decided up to claim `decided`; the
        lines that are coming from now on."""
        decided_now: list[int] = []
        coming: list[int] = []
        for order in orders:
            if order in self.lines:
                lines = self.lines[order]
                decided_now += [i for i in lines if i < decided]
                rest = [i for i in lines if i >= decided]
            elif self.state.order_packs[order] > 0:
                rest = [i for i in self.problem.lines_of_order(order) if i >= decided]
                coming += rest
            else:
                continue
            if rest:
                self.lines[order] = rest
            else:
                self.lines.pop(order, None)
        if decided_now:
            self._reserve(np.array(decided_now, dtype=np.int64), -1)
            self.is_coming[decided_now] = False
        found = np.array(coming, dtype=np.int64)
        if coming:
            self._reserve(found, 1)
            self.is_coming[found] = True
            self.state.promised.update(zip(coming, self.state.most[found].tolist(), strict=True))
        return found

    def _reserve(self, lines: Ints, sign: int) -> None:
        packs = sign * self.state.most[lines]
        for kind, amounts in self.reserved.items():
            self.problem.resources.count(kind, lines, packs, amounts)

    def lines_that_take(self, resources: set[Resource]) -> list[int]:
        """Lines to come that take from any of the resources. Of an order with a minimum all lines
        to come: what they ship for counts together."""
        found = []
        for order, lines in self.lines.items():
            taking = [i for i in lines if any(r in resources for r, _ in self.uses(i))]
            found += lines if taking and self.problem.minimum[order] else taking
        return found
