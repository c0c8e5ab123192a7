"""What each level of a rank asks of goods and money, and what earlier levels leave of them.

A ship-complete order is all or nothing, and decided at the first of its lines that could ship. So
all its lines count there, as what the level may take; at their own levels they take no more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.problem import Problem
from allocator.references import Ints, Mask
from allocator.resources import FUNDS, SUPPLY


def can_ship(problem: Problem, claims: Ints, left: Ints) -> Mask:
    """Claims that could ship something: a pack's goods are left. A line of an order that ships
    complete counts in any case, for without it the others get nothing."""
    rows = problem.resources.rows(SUPPLY, claims)
    lacks = rows.owners(left[rows.which] < rows.amount, len(claims))
    whole = problem.ship_complete[problem.claims.order[claims]]
    return np.asarray((problem.most_packs[claims] > 0) & (whole | ~lacks))


@dataclass(frozen=True)
class Numbers:
    """Numbers for SKUs, then franchisees' funds, then orders: the same in a base and its edits."""

    n_skus: int
    n_people: int

    def is_sku(self, what: Ints) -> Mask:
        return what < self.n_skus

    def is_funds(self, what: Ints) -> Mask:
        return (what >= self.n_skus) & (what < self.n_skus + self.n_people)

    def is_order(self, what: Ints) -> Mask:
        return what >= self.n_skus + self.n_people


class Asked:
    """The claims of one rank that could ship, by what they take at which level.

    at: per claim the level it counts at, from 0 for the rank's first; -1 = it cannot ship anything.
    is_later: whether that is before its own level. who, what, amount, group: per pair of a claim
    and a resource, how much one pack takes. A group is the pairs of one resource at one level, in
    that order: key (resource x levels + level), resource, level, count, demand (all packs that
    could ship), taken (those that do), left (before the level), end (where the resource's groups
    end). An order is a resource of which nothing is taken and which always joins its lines.
    """

    def __init__(
        self, problem: Problem, claims: Ints, can_ship: Mask, packs: Ints, left: Ints
    ) -> None:
        c, n_people = problem.claims, len(problem.funds)
        self.kinds = Numbers(problem.n_skus, n_people)
        level = (c.level[claims] - c.level[claims[0]]).astype(np.int64)
        order = c.order[claims].astype(np.int64)
        self.n_levels = int(level[-1]) + 1
        whole = np.flatnonzero(can_ship & problem.ship_complete[order])
        _, first, of = np.unique(order[whole], return_index=True, return_inverse=True)
        at = level.copy()
        at[whole] = level[whole[first[of]]]
        self.is_later = at < level
        self.at = np.where(can_ship, at, -1)
        some = np.flatnonzero(can_ship)
        goods, money = (problem.resources.rows(kind, claims[some]) for kind in (SUPPLY, FUNDS))
        paid = np.flatnonzero(money.amount)
        who = np.concatenate([goods.spread(some), money.spread(some)[paid], whole])
        what = np.concatenate(
            [
                goods.which.astype(np.int64),
                money.which[paid].astype(np.int64) + problem.n_skus,
                order[whole] + problem.n_skus + n_people,
            ]
        )
        amount = np.concatenate([goods.amount, money.amount[paid], np.zeros_like(whole)])
        key = what * self.n_levels + at[who]
        by_key = np.argsort(key, kind="stable")
        self.who, self.what, self.amount = who[by_key], what[by_key], amount[by_key]
        key = key[by_key]
        begins = np.ones(len(key), dtype=np.bool_)
        begins[1:] = key[1:] != key[:-1]
        self.group = np.cumsum(begins) - 1
        start = np.flatnonzero(begins)
        self.start, self.key, self.resource = start, key[start], self.what[start]
        self.level = self.key - self.resource * self.n_levels
        self.count = np.diff(start, append=len(key))
        self._count_up(problem, claims, packs, left)

    def _count_up(self, problem: Problem, claims: Ints, packs: Ints, left: Ints) -> None:
        # In float64, as far as it matters: goods and funds are far below 2^53.
        asked = problem.most_packs[claims][self.who].astype(np.float64) * self.amount
        demand: NDArray[np.float64] = np.zeros(0)
        taken = np.zeros(0, dtype=np.int64)
        if len(self.start):
            demand = np.add.reduceat(asked, self.start)
            taken = np.add.reduceat(packs[self.who] * self.amount, self.start)
        demand[self.kinds.is_order(self.resource)] = np.inf
        self.demand = demand
        begins = np.ones(len(self.resource), dtype=np.bool_)
        begins[1:] = self.resource[1:] != self.resource[:-1]
        first = np.flatnonzero(begins)
        sizes = np.diff(first, append=len(begins))
        self.end = np.repeat(first + sizes, sizes)
        before = np.cumsum(taken) - taken
        before -= np.repeat(before[first], sizes)
        there = np.zeros(len(self.resource), dtype=np.int64)
        of_goods, of_money = (
            self.kinds.is_sku(self.resource),
            self.kinds.is_funds(self.resource),
        )
        there[of_goods] = left[self.resource[of_goods]]
        there[of_money] = problem.funds[self.resource[of_money] - problem.n_skus]
        self.left = there - before

    def find(self, what: Ints, at: Ints) -> Ints:
        """The groups of these resources at these levels; -1 where there is none."""
        key = what * self.n_levels + at
        place = np.minimum(np.searchsorted(self.key, key), len(self.key) - 1)
        if not len(self.key):
            return np.full(len(what), -1, dtype=np.int64)
        return np.where((at >= 0) & (self.key[place] == key), place, -1)
