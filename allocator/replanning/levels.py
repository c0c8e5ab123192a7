"""A rank of a what-if: the base's plan, and solved again only the parts of levels that differ.

Why this is exact. A level is decided on what the levels before it left, and what comes behind it
matters only as far as orders started must be finished. An order that ships complete is decided at
the first of its lines that could ship; from then on its other lines are as good as given, or get
nothing. So a level is a problem of its own: the claims that count there (`level_demand`), what is
left of each SKU and of each franchisee's funds. A resource of which all of them together cannot
take more than is left binds nobody, and without those the claims fall into parts that do not touch.
A part whose claims, what they may take, and scarce resources with what is left of them are all what
they were has the base's answer, for it is the same problem; ids, and so the order within a level,
never change. Any other part is solved, and where it takes something else than the base gave, that
much more or less is left for the levels behind. A resource counts as not scarce only where it was
not in the base either. An order with only a minimum value stays open until its last line: ranks
with one within reach are not walked this way.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.fast.greedy_pass import hand_out, queue_up
from allocator.fast.stage import StageSetup, wishes_of
from allocator.limits import CutShort, Report, SearchLimits
from allocator.problem import Problem
from allocator.references import Ints, Mask
from allocator.replanning.level_demand import Asked
from allocator.state import State

# More than there is of anything.
PLENTY = np.int64(2**62)


class EditedLevels:
    """Solves parts of levels of an edited problem, each with what is left for it.

    usable_stock: pieces of each SKU, as if they lay in one place.
    """

    def __init__(self, problem: Problem, usable_stock: Ints) -> None:
        self.problem, self.usable_stock = problem, usable_stock
        self.state, self.report = State(problem), Report()
        needs_fitting = np.zeros(max(len(problem.product_ids), 1), dtype=np.bool_)
        limits = SearchLimits.starting_now(None)
        setup = StageSetup.of(
            problem, self.state, needs_fitting, limits, self.report, usable_stock=usable_stock
        )
        self.multi_sku, self.level_solver = setup.multi_sku, setup.level_solver
        self.hard_group, self.wishes = setup.hard_group, wishes_of(problem, self.state)

    def leave(self, skus: Ints, pieces: Ints, outlets: Ints, cents: Ints) -> None:
        """Have so much left of these SKUs, and of these franchisees' funds."""
        self.state.used[skus] = self.usable_stock[skus] - pieces
        self.state.spent[outlets] = self.problem.funds[outlets] - cents

    def hand_out(self, claims: Ints, bound: Ints) -> Ints | None:
        """Packs with no regard to money and orders; None where SKUs are joined by ratio packs."""
        if self.multi_sku[self.problem.claims.item[claims]].any():
            return None
        left = self.usable_stock - self.state.used
        queues = queue_up(self.wishes.sku[claims], self.problem.n_skus)
        return hand_out(self.wishes, claims, bound, left, self.hard_group, queues)


class RankReplan:
    """The claims of one rank, of which the base's plan is known, walked from level to level.

    base: what the base's rank asked. old: per claim its place in it, -1 = it was not in it.
    same: claims that are in every property what they were. can_ship: those that can ship anything.
    packs: the base's, zero where it had none. left: pieces of each SKU before the rank. solved: how
    many claims were solved again.
    """

    def __init__(
        self,
        solver: EditedLevels,
        claims: Ints,
        can_ship: Mask,
        packs: Ints,
        left: Ints,
        base: Asked | None,
        old: Ints,
        same: Mask,
    ) -> None:
        self.solver, self.claims, self.solved = solver, claims, 0
        at = np.full(len(claims), -1, dtype=np.int64)
        later = np.zeros(len(claims), dtype=np.bool_)
        if base is not None:
            at = np.where(old >= 0, base.at[old], -1)
            later = (old >= 0) & base.is_later[old]
        known = same & (at >= 0)
        self.packs = np.where(known & can_ship, packs, 0)
        self.own = can_ship & ~known
        self.most = solver.problem.most_packs[claims]
        self.whole = solver.problem.ship_complete[solver.problem.claims.order[claims]]
        self.asked = asked = Asked(solver.problem, claims, can_ship, self.packs, left)
        self._compare(base, np.where(known & (later == asked.is_later), at, -1))
        # Per group whether it may make its level differ; per level how many reasons there are.
        self.differs = np.zeros(len(asked.resource), dtype=np.bool_)
        self.due = np.bincount(asked.at[self.own], minlength=asked.n_levels)
        # Per pair goods or money, 0 or 1; whether it bounds its claim by itself; and per kind and
        # claim what that lets it take, then or now.
        is_goods = asked.kinds.is_sku(asked.what)
        self.kind = np.where(is_goods, 0, 1)
        parts = np.bincount(asked.who[is_goods], minlength=len(claims))
        self.is_bound = (asked.amount > 0) & ~self.whole[asked.who]
        self.is_bound &= ~is_goods | (parts == 1)[asked.who]
        self.could = np.full((2, len(claims)), PLENTY)
        if len(asked.resource):
            self._look_ahead(slice(0, len(asked.resource)))

    def _compare(self, base: Asked | None, at: Ints) -> None:
        """Per group, whether its claims are other ones; what was left; whether that was scarce."""
        asked, n = self.asked, len(self.asked.resource)
        self.other = np.ones(n, dtype=np.bool_)
        self.was_left = np.full(n, PLENTY)
        self.was_scarce = np.zeros(n, dtype=np.bool_)
        if base is None or not n or not len(base.resource):
            return
        group = base.find(asked.what, at[asked.who])
        scarce = (group >= 0) & (base.demand > base.left)[group]
        self.was_scarce = np.logical_or.reduceat(scarce, asked.start)
        first = group[asked.start]
        one = np.minimum.reduceat(group, asked.start) == np.maximum.reduceat(group, asked.start)
        self.other = ~one | (first < 0) | (base.count[first] != asked.count)
        # Of other claims what was left says nothing; where it was scarce, they are solved.
        self.was_left = np.where(self.other, PLENTY, base.left[first])

    def _look_ahead(self, groups: slice) -> None:
        """Find which levels may differ, after what is left of these groups of pairs changed.

        A pair is given what its claim can take of the other kind, goods or money, then or now. If
        that is the same of both kinds, each judged after the last change of its own, so is what the
        claim can take at all; and what is left does not matter where it is enough for all of that.
        """
        asked, start = self.asked, self.asked.start
        behind = int(start[groups.stop]) if groups.stop < len(start) else len(asked.who)
        pairs = slice(int(start[groups.start]), behind)
        who, kind = asked.who[pairs], self.kind[pairs]
        of, amount = asked.group[pairs], np.maximum(asked.amount[pairs], 1)
        left, was = np.maximum(asked.left[of], 0) // amount, self.was_left[of] // amount
        bounds = self.is_bound[pairs]
        self.could[kind[bounds], who[bounds]] = np.maximum(left, was)[bounds]
        could = np.minimum(self.most[who], self.could[1 - kind, who])
        left, was = np.minimum(could, left), np.minimum(could, was)
        first = start[groups] - pairs.start
        differs = np.logical_or.reduceat(left != was, first)
        takes = np.maximum(left, was) * asked.amount[pairs].astype(np.float64)
        there = asked.left[groups], self.was_left[groups]
        scarce = np.add.reduceat(takes, first) > np.minimum(*there)
        differs |= scarce & (there[0] != there[1])
        may_bind = self.was_scarce[groups] | (asked.demand[groups] > asked.left[groups])
        differs |= self.other[groups] & may_bind
        change = differs.astype(np.int64) - self.differs[groups]
        np.add.at(self.due, asked.level[groups], change)
        self.differs[groups] = differs

    def run(self) -> Ints:
        """Packs of all claims; raises `CutShort` where a search ends before its proof."""
        level = 0
        while level < len(self.due):
            level += int(np.argmax(self.due[level:] > 0))
            if not self.due[level]:
                break
            self._solve(level)
            level += 1
        return self.packs

    @cached_property
    def _by_level(self) -> tuple[Ints, Ints]:
        """The pairs level by level, and where each level's begin."""
        asked = self.asked
        level = asked.level[asked.group]
        by_level = np.argsort(level, kind="stable")
        return by_level, np.searchsorted(level[by_level], np.arange(asked.n_levels + 1))

    def _solve(self, level: int) -> None:
        asked, (pairs, start) = self.asked, self._by_level
        pairs = self._reached(pairs[start[level] : start[level + 1]])
        if not len(pairs):
            return
        mine = np.unique(asked.who[pairs])
        self.solved += len(mine)
        packs = self._packs_of(mine, pairs)
        change = np.zeros(len(self.claims), dtype=np.int64)
        change[mine] = packs - self.packs[mine]
        self.packs[mine] = packs
        moved = pairs[change[asked.who[pairs]] != 0]
        groups, of = np.unique(asked.group[moved], return_inverse=True)
        more = np.zeros(len(groups), dtype=np.int64)
        np.add.at(more, of, change[asked.who[moved]] * asked.amount[moved])
        for group, taken in zip(groups.tolist(), more.tolist(), strict=True):
            behind = slice(group + 1, int(asked.end[group]))
            asked.left[behind] -= taken
            if taken and behind.start < behind.stop:
                self._look_ahead(behind)

    def _reached(self, pairs: Ints) -> Ints:
        """Of a level's pairs those of parts that are not what they were."""
        asked = self.asked
        claims, claim = np.unique(asked.who[pairs], return_inverse=True)
        groups, group = np.unique(asked.group[pairs], return_inverse=True)
        amount = asked.amount[pairs]
        left, was = asked.left[groups], self.was_left[groups]
        bound, demand = self._bounds(claims, claim, group, amount, left)
        was_bound, was_demand = self._bounds(claims, claim, group, amount, was)
        scarce = (demand > left) | (was_demand > was)
        other = self.other[groups]
        scarce |= other & self.was_scarce[groups]
        scarce |= asked.kinds.is_order(asked.resource[groups])
        differs = scarce & (other | (left != was))
        live = (bound > 0) | (was_bound > 0)
        reached = live & ((bound != was_bound) | self.own[claims])
        joins = scarce[group] & live[claim]
        reached[claim[joins & differs[group]]] = True
        while True:
            touched = np.zeros(len(groups), dtype=np.bool_)
            touched[group[joins & reached[claim]]] = True
            grown = reached.copy()
            grown[claim[joins & touched[group]]] = True
            if (grown == reached).all():
                return np.asarray(pairs[reached[claim]])
            reached = grown

    def _bounds(
        self, claims: Ints, claim: Ints, group: Ints, amount: Ints, left: Ints
    ) -> tuple[Ints, NDArray[np.float64]]:
        """The most packs of each claim if so much is left for it alone; what they take of each."""
        bound = self.most[claims]
        takes = np.flatnonzero(amount)
        there = np.maximum(left[group[takes]] // amount[takes], 0)
        np.minimum.at(bound, claim[takes], there)
        whole = np.flatnonzero(self.whole[claims])
        if len(whole):
            order = self.solver.problem.claims.order[self.claims[claims[whole]]]
            short = bound[whole] < self.most[claims[whole]]
            bound[whole[np.isin(order, order[short])]] = 0
        demand: NDArray[np.float64] = np.zeros(len(left))
        np.add.at(demand, group, bound[claim] * amount.astype(np.float64))
        return bound, demand

    def _packs_of(self, mine: Ints, pairs: Ints) -> Ints:
        """Packs of the claims of some parts of a level; of orders started there, of all lines."""
        asked, solver, p = self.asked, self.solver, self.solver.problem
        what, left, amount = asked.what[pairs], asked.left[asked.group[pairs]], asked.amount[pairs]
        goods, money = asked.kinds.is_sku(what), asked.kinds.is_funds(what)
        solver.leave(what[goods], left[goods], what[money] - p.n_skus, left[money])
        place = np.searchsorted(mine, asked.who[pairs])
        order = p.claims.order[self.claims[mine]]
        packs = None
        if not p.ship_complete[order].any():
            bound = p.most_packs[self.claims[mine]].copy()
            takes = np.flatnonzero(amount)
            np.minimum.at(bound, place[takes], left[takes] // amount[takes])
            packs = solver.hand_out(self.claims[mine], bound)
            # The best with no regard to money, where it does not cost too much, is the best.
            if packs is not None and not self._is_paid(packs[place[money]], pairs[money]):
                packs = None
        if packs is None:
            packs = self._by_level_solver(mine, order)
        if solver.report.unproven:
            raise CutShort
        return packs

    def _is_paid(self, packs: Ints, pairs: Ints) -> bool:
        """Whether nobody spends more on these packs, one number per pair, than is left."""
        asked = self.asked
        groups, of = np.unique(asked.group[pairs], return_inverse=True)
        # In float64: exact as far as funds go, and beyond only "too much".
        cost = np.bincount(of, weights=packs * asked.amount[pairs].astype(np.float64))
        return bool((cost <= asked.left[groups]).all())

    def _by_level_solver(self, mine: Ints, order: Ints) -> Ints:
        asked, solver, p = self.asked, self.solver, self.solver.problem
        later = asked.is_later[mine]
        packs = np.zeros(len(mine), dtype=np.int64)
        behind = self.claims[mine[later]]
        packs[~later] = solver.level_solver.solve(self.claims[mine[~later]], behind.tolist())
        started = np.isin(order[later], order[~later][packs[~later] > 0])
        packs[np.flatnonzero(later)[started]] = p.most_packs[behind[started]]
        solver.state.promised.clear()
        return packs
