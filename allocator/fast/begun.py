"""Ship-complete orders that were begun: what their later lines will take is as good as taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from allocator.keys import Ints
from allocator.problem import Problem
from allocator.state import State

# What can run out, and what holds claims together: (kind, which one).
Resource = tuple[int, ...]
SUPPLY, FUNDS, SHARE, PICKS, SHELF, ORDER, PLACES = range(7)
Uses = Callable[[int], Sequence[tuple[Resource, int]]]


class BegunOrders:
    """The lines still to come of orders begun in the current rank, and what they reserve."""

    def __init__(self, problem: Problem, state: State, uses: Uses) -> None:
        self.problem, self.state, self.uses = problem, state, uses
        self.lines: dict[int, list[int]] = {}
        self.orders_of: dict[int, set[int]] = defaultdict(set)
        self.is_coming = np.zeros(len(problem.claims), dtype=np.bool_)
        self.reserved: dict[Resource, int] = defaultdict(int)

    def clear(self) -> None:
        """Forget everything: orders end with their rank."""
        for lines in self.lines.values():
            self.is_coming[lines] = False
        self.lines.clear()
        self.orders_of.clear()
        self.reserved.clear()

    def note(self, orders: Sequence[int], decided: int) -> None:
        """Take notice that these ship-complete orders were decided up to claim `decided`."""
        for order in orders:
            outlet = int(self.problem.order_franchisee[order])
            for line in self.lines.pop(order, ()):
                self._reserve(line, -1)
                self.is_coming[line] = False
            self.orders_of[outlet].discard(order)
            if self.state.order_packs[order] == 0:
                continue
            rest = [i for i in self.problem.lines_of_order(order) if i >= decided]
            if rest:
                self.lines[order] = rest
                self.orders_of[outlet].add(order)
                for line in rest:
                    self._reserve(line, 1)
                    self.is_coming[line] = True
                    self.state.promised[line] = int(self.state.most[line])

    def _reserve(self, line: int, sign: int) -> None:
        for resource, amount in self.uses(line):
            self.reserved[resource] += sign * amount * int(self.state.most[line])

    def lines_that_take(self, resources: set[Resource]) -> list[int]:
        """Lines to come that take from any of the resources. Of an order with a minimum all lines
        to come: what they ship for counts together."""
        found = []
        for order, lines in self.lines.items():
            taking = [i for i in lines if any(r in resources for r, _ in self.uses(i))]
            found += lines if taking and self.problem.minimum[order] else taking
        return found

    def pieces_of(self, skus: Ints) -> Ints:
        """Pieces reserved of each SKU."""
        return self._reserved(SUPPLY, skus)

    def cents_of(self, franchisees: Ints) -> Ints:
        """Cents reserved of each franchisee's funds."""
        return self._reserved(FUNDS, franchisees)

    def _reserved(self, kind: int, which: Ints) -> Ints:
        if not self.lines:
            return np.zeros(len(which), dtype=np.int64)
        reserved = self.reserved
        return np.array([reserved.get((kind, one), 0) for one in which.tolist()], dtype=np.int64)
