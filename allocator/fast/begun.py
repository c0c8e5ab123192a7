"""Ship-complete orders that were begun: what their later lines will take is as good as taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from allocator.keys import Ints, Mask
from allocator.problem import Problem
from allocator.state import State

# What can run out, and what holds claims together: (kind, which one).
Resource = tuple[int, ...]
SUPPLY, FUNDS, SHARE, PICKS, SHELF, ORDER, PLACES = range(7)
Uses = Callable[[int], Sequence[tuple[Resource, int]]]


class BegunOrders:
    """The lines still to come of orders begun in the current rank, and what they reserve.

    is_coming: per claim, whether it is such a line. pieces, cents: what they reserve of every SKU,
    and of every franchisee's funds.
    """

    def __init__(self, problem: Problem, state: State, uses: Uses, tangled: Mask) -> None:
        self.problem, self.state, self.uses = problem, state, uses
        self.lines: dict[int, list[int]] = {}
        self.is_coming = np.zeros(len(problem.claims), dtype=np.bool_)
        self.pieces = np.zeros(problem.n_skus, dtype=np.int64)
        self.cents = np.zeros(len(problem.funds), dtype=np.int64)
        self.others: dict[Resource, int] = defaultdict(int)
        self.tangled = tangled

    def clear(self) -> None:
        """Forget everything: orders end with their rank."""
        for lines in self.lines.values():
            self.is_coming[lines] = False
        self.lines.clear()
        self.pieces[:] = 0
        self.cents[:] = 0
        self.others.clear()

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
        p, c = self.problem, self.problem.claims
        packs = sign * self.state.most[lines]
        np.add.at(self.cents, c.outlet[lines], packs * c.pack[lines] * c.price[lines])
        item = c.item[lines]
        simple = (item < p.n_skus) & ~self.tangled[p.item_product[item]]
        np.add.at(self.pieces, item[simple], (packs * c.pack_pieces[lines])[simple])
        is_more = p.share_cap is not None or p.picks_are_limited
        odd = np.arange(len(lines)) if is_more else np.flatnonzero(~simple)
        for at in odd.tolist():
            for resource, amount in self.uses(int(lines[at])):
                if resource[0] == SUPPLY:
                    if not simple[at]:
                        self.pieces[resource[1]] += amount * int(packs[at])
                elif resource[0] != FUNDS:
                    self.others[resource] += amount * int(packs[at])

    def reserved(self, resource: Resource) -> int:
        """How much of a resource the lines to come take."""
        if resource[0] == SUPPLY:
            return int(self.pieces[resource[1]])
        if resource[0] == FUNDS:
            return int(self.cents[resource[1]])
        return self.others.get(resource, 0)

    def lines_that_take(self, resources: set[Resource]) -> list[int]:
        """Lines to come that take from any of the resources. Of an order with a minimum all lines
        to come: what they ship for counts together."""
        found = []
        for order, lines in self.lines.items():
            taking = [i for i in lines if any(r in resources for r, _ in self.uses(i))]
            found += lines if taking and self.problem.minimum[order] else taking
        return found
