"""A plan of one level without a search, for levels that a limit leaves no time to solve.

It keeps every rule and is proven of nothing: claims are served one by one, orders and size runs
whole or not at all. Orders started come first, since they must be finished.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from allocator.claims import SHIP
from allocator.problem import Problem
from allocator.resources import KINDS, SUPPLY, PackClass
from allocator.state import State

if TYPE_CHECKING:
    from allocator.program.variables import Question

Key = tuple[int, int, int]  # kind of resource, which one, and in which place
ANYWHERE = -1
Takes = list[tuple[Key, int]]  # resources with what one pack takes of each


def handed_out(
    problem: Problem, state: State, question: Question, *, only_goods: bool = False
) -> dict[int, int] | None:
    """Packs per claim of the question that keep all rules; None where none are easily found.

    only_goods: no rule but supply counts.
    """
    counter = _Counter(problem, state, question, only_goods=only_goods)
    if not counter.place_earlier_packs():
        return None
    if not only_goods:
        if not all(counter.finish(order) for order in counter.orders):
            return None
        for order in counter.orders:
            counter.begin(order)
        counter.fill_size_runs()
    counter.fill()
    counter.record_places()
    return counter.given


class _Counter:
    """Hands out packs while resources last."""

    def __init__(
        self, problem: Problem, state: State, question: Question, *, only_goods: bool
    ) -> None:
        self.problem, self.state, self.question = problem, state, question
        self.places, self.only_goods = question.places(problem), only_goods
        c = problem.claims
        claims = [*question.here, *question.later]
        self.most = {i: question.most.get(i, int(state.most[i])) for i in claims}
        self.given = dict.fromkeys(claims, 0)
        self.left: dict[Key, int] = {}
        self.journal: list[tuple[int, int, list[tuple[Key, int]]]] = []
        self.lines: dict[int, list[int]] = defaultdict(list)
        for i in claims:
            order = int(c.order[i]) if c.kind[i] == SHIP else -1
            if order >= 0 and problem.has_rule[order]:
                self.lines[order].append(i)
        self.orders = sorted(self.lines)
        self.here = set(question.here)
        # Claims that their order or size run lets have nothing.
        self.barred = {
            i
            for i in claims
            if not only_goods and c.kind[i] == SHIP and problem.blocked[c.outlet[i]]
        }

    # Resources

    def _there(self, key: Key) -> int:
        """What is left of a resource."""
        if key not in self.left:
            self.left[key] = self._at_first(*key)
        return self.left[key]

    def _at_first(self, kind: int, which: int, place: int) -> int:
        if place >= 0:
            return int(self.problem.resources.there[kind][place, which])
        return self.places.total(kind, which) - int(self.state.taken[kind][which])

    def _takes(self, claim: int) -> Takes:
        """What a pack takes wherever it comes from."""
        if self.only_goods:
            return []
        rows = self.problem.resources.of_claim(claim)
        return [((*one, ANYWHERE), n) for one, n in rows if not KINDS[one[0]].in_warehouses]

    def _places(self, one: PackClass) -> list[Takes]:
        """What a pack takes in each place where it can come from."""
        places: Iterable[int] = (ANYWHERE,)
        if self.places.are_several(one.item):
            places = range(len(self.problem.warehouses))
        rows = [row for row in one.rows if not self.only_goods or row[0][0] == SUPPLY]
        return [[((*resource, place), n) for resource, n in rows] for place in places]

    def _places_of(self, claim: int) -> list[Takes]:
        return self._places(self.problem.resources.class_of(claim))

    def _fits(self, takes: Takes) -> int:
        """The most packs for which there is enough of these resources."""
        return max(min(self._there(key) // n for key, n in takes), 0)

    def _serve(self, places: list[Takes], packs: int) -> list[tuple[Key, int]] | None:
        """Take packs from place after place; what was taken, or None (and nothing) if too few."""
        taken: list[tuple[Key, int]] = []
        for takes in places:
            here = min(packs, self._fits(takes))
            packs -= here
            taken += [(key, n * here) for key, n in takes if here]
            for key, n in takes:
                self.left[key] -= n * here
        if packs:
            self._put_back(taken)
            return None
        return taken

    def _put_back(self, taken: list[tuple[Key, int]]) -> None:
        for key, amount in taken:
            self.left[key] += amount

    def take(self, claim: int, packs: int) -> bool:
        """Give a claim this many packs more, all or none."""
        takes = self._takes(claim)
        if self.given[claim] + packs > self.most[claim] or claim in self.barred:
            return packs == 0
        if takes and self._fits(takes) < packs:
            return False
        taken = self._serve(self._places_of(claim), packs)
        if taken is None:
            return False
        for key, n in takes:
            self.left[key] -= n * packs
            taken.append((key, n * packs))
        self.given[claim] += packs
        self.journal.append((claim, packs, taken))
        return True

    def take_what_fits(self, claim: int, packs: int) -> int:
        """Give a claim up to this many packs more; how many."""
        takes = self._takes(claim)
        there = sum(self._fits(place) for place in self._places_of(claim))
        here = min([packs, there, self.most[claim] - self.given[claim]])
        if takes:
            here = min(here, self._fits(takes))
        return here if here > 0 and self.take(claim, here) else 0

    def undo(self, mark: int) -> None:
        """Take back everything given since the journal was so long."""
        while len(self.journal) > mark:
            claim, packs, taken = self.journal.pop()
            self.given[claim] -= packs
            self._put_back(taken)

    # What was decided before

    def place_earlier_packs(self) -> bool:
        """Find warehouses for earlier packs: the largest first, one warehouse after another."""
        p, c = self.problem, self.problem.claims
        if not any(self.places.are_several(int(c.item[i])) for i in self.given):
            return True
        known, self.state.placed = self.state.placed, None
        if known is not None and np.array_equal(known[0], self.state.packs):
            self.left = known[1]
            return True
        served = self.state.packs > 0
        if not p.picks_are_limited:
            products = {int(p.item_product[c.item[i]]) for i in self.given}
            served &= np.isin(p.item_product[c.item], list(products))
        classes = p.resources.classes(self.state.packs, np.flatnonzero(served))
        return all(
            self._serve(self._places(one), packs) is not None
            for one, packs in sorted(classes.items(), key=lambda of: (-of[0].pieces, of[0]))
            if self.places.are_several(one.item)
        )

    def record_places(self) -> None:
        """Remember what this plan leaves of the warehouses, if limits of picks join all claims."""
        p, c, here = self.problem, self.problem.claims, self.question.here
        lie_there = all(self.places.are_several(int(c.item[i])) for i in here)
        if not (p.picks_are_limited and lie_there):
            return
        # Later lines were only tried.
        for claim, _, taken in self.journal:
            if claim not in self.here:
                self._put_back(taken)
        packs = self.state.packs.copy()
        packs[here] = [self.given[i] for i in here]
        left = {key: n for key, n in self.left.items() if key[2] != ANYWHERE}
        self.state.placed = packs, left

    # Orders

    def _lacking(self, order: int) -> int:
        c = self.problem.claims
        ships = sum(self.given[i] * int(c.pack[i]) * int(c.price[i]) for i in self.lines[order])
        return int(self.problem.minimum[order]) - int(self.state.order_value[order]) - ships

    def finish(self, order: int) -> bool:
        """Give an order that was started what it must have. False where that is not found."""
        p, state = self.problem, self.state
        if state.order_packs[order] == 0:
            return True
        lines = self.lines[order]
        if p.ship_complete[order]:
            return self._take_whole(order)
        for i in lines:
            self.take_what_fits(i, state.promised.get(i, 0))
        self._take_until_minimum(order, lines)
        return self._lacking(order) <= 0

    def begin(self, order: int) -> None:
        """Begin an undecided order with a line here, if it can be finished."""
        p, state, first = self.problem, self.state, self.lines[order][0]
        if state.order_packs[order] > 0 or first not in self.here:
            return
        mark = len(self.journal)
        here = [i for i in self.lines[order] if i in self.here]
        if p.ship_complete[order]:
            begins = not state.order_decided(order) and self._take_whole(order)
        else:
            for i in here:
                self.take_what_fits(i, self.most[i])
            begins = any(self.given[i] for i in here)
            self._take_until_minimum(order, self.lines[order])
        if not begins or self._lacking(order) > 0:
            self.undo(mark)
            self.barred |= set(here)

    def _take_whole(self, order: int) -> bool:
        c = self.problem.claims
        for i in self.lines[order]:
            whole, rest = divmod(int(c.wanted[i]), int(c.pack[i]))
            if rest or not self.take(i, whole):
                return False
        return True

    def _take_until_minimum(self, order: int, lines: list[int]) -> None:
        c = self.problem.claims
        for i in lines:
            lacking, worth = self._lacking(order), int(c.pack[i]) * int(c.price[i])
            if lacking > 0 and worth:
                self.take_what_fits(i, -(-lacking // worth))

    # Size runs, and the rest

    def fill_size_runs(self) -> None:
        """A pack of as many new sizes as a store must show, or nothing of the product."""
        p = self.problem
        if p.size_run_min is None:
            return
        table = p.size_runs
        runs: dict[int, list[int]] = defaultdict(list)
        for i in self.question.here:
            if table.of_claim[i] >= 0:
                runs[int(table.of_claim[i])].append(i)
        for run, claims in sorted(runs.items()):
            mark, lacking = len(self.journal), int(table.needed[run] - table.on_hand[run])
            for i in claims:
                if lacking > 0 and table.new_size[i]:
                    lacking -= self.take_what_fits(i, 1)
            if lacking > 0:
                self.undo(mark)
                self.barred |= set(claims)

    def fill(self) -> None:
        """Everyone here, by claim number, as far as it goes."""
        for i in self.question.here:
            self.take_what_fits(i, self.most[i])
