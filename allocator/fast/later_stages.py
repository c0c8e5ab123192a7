"""Stages 2 and 3: reservations and gaps. No money is spent, so products go their own ways.

Why this is exact. Without funds and orders nothing joins two products but pick capacity, and that
only in stage 3. Along one product the pass of `greedy_pass` is right until a share, a ratio pack or
a size run makes a difference; from there that product alone is walked level by level
(`level_solver`), with the pass repeated behind every level that was solved. Where picks run out,
all products are walked together behind that level.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from allocator.claims import RESERVE, STORE
from allocator.fast.greedy_pass import hand_out, queue_up
from allocator.fast.stage import Stage, StageSetup, single_capacity
from allocator.references import Ints, Mask
from allocator.resources import FUNDS, KINDS, SUPPLY

if TYPE_CHECKING:
    from allocator.fast.product_pool import ProductPool

# Fewer claims than this are walked sooner than a process starts.
WORTH_A_POOL = 100_000


class LaterStages(Stage):
    """Decides the claims start .. end: all of stage 2, or all of stage 3."""

    def __init__(self, setup: StageSetup) -> None:
        super().__init__(setup)
        self.multi_sku = setup.multi_sku[self.problem.claims.item]
        self.product_pool: ProductPool | None = None

    @cached_property
    def product(self) -> Ints:
        """The product of every claim."""
        return np.asarray(self.problem.item_product[self.problem.claims.item])

    def decide(self, start: int, end: int) -> None:
        if start >= end:
            return
        state = self.state
        if self._only_goods_are_scarce and start == self.problem.claims.first_of(STORE):
            self._decide_at_once(slice(start, end))
            return
        claims = start + np.flatnonzero(state.most[start:end] > 0)
        claims = self._take_over_what_is_not_reached(start, end, claims)
        self._bound_by_others(claims)
        claims = self._that_can_get_any(claims)
        packs = self._pass(claims)
        faults = self._faults(claims, packs)
        if self._others_join_products and faults.any():
            self._walk(claims)
            return
        cut = self._out_of_picks(claims, packs, faults)
        entangled = self._of_products_with(faults, claims)
        before = claims < cut
        unconstrained = ~entangled & before
        state.decide(claims[unconstrained], packs[unconstrained])
        self._walk_products(_by_product(self.product, claims[entangled & before]))
        if cut < end:
            self._walk(claims[~before])

    @cached_property
    def _only_goods_are_scarce(self) -> bool:
        """Whether the pass alone decides: there is no rule that it could break."""
        p = self.problem
        is_free = set(p.resources.binding) <= {SUPPLY, FUNDS} and p.size_run_min is None
        return self.base is None and is_free and not self.multi_sku.any()

    @property
    def _others_join_products(self) -> bool:
        """Whether claims on different products take of the same, beside goods and picks."""
        return any(not KINDS[kind].by_part for kind in self.problem.resources.others)

    def _decide_at_once(self, claims: slice) -> None:
        """All of a stage by the pass, without picking out who can get something."""
        state = self.state
        queues = queue_up(self.wishes.sku[claims], self.problem.n_skus)
        left = self.usable_stock - state.used
        most = state.most[claims]
        packs = hand_out(self.wishes, claims, most, left, self.hard_group, queues)
        state.decide(claims, packs)

    def _take_over_what_is_not_reached(self, start: int, end: int, claims: Ints) -> Ints:
        """Give claims of products that an edit does not reach what they had; the others."""
        if self.base is None or self.base_stock is None or not len(claims):
            return claims
        c, state = self.problem.claims, self.state
        there = start + np.flatnonzero(
            (c.kind[start:end] != RESERVE) | (state.wanted[start:end] > 0)
        )
        kept = self.base.products(there, state, self.usable_stock, self.base_stock)
        mine = there[kept]
        state.decide(mine, self.base.plan.packs[self.base.old[mine]])
        is_kept = np.zeros(len(c), dtype=np.bool_)
        is_kept[mine] = True
        return claims[~is_kept[claims]]

    def _pass(self, claims: Ints) -> Ints:
        """The pass without rules; claims of several SKUs get nothing in it."""
        packs = np.zeros(len(claims), dtype=np.int64)
        free = np.flatnonzero(~self.multi_sku[claims])
        mine = claims[free]
        left = self.usable_stock - self.state.used
        most = self.state.most[mine]
        queues = queue_up(self.wishes.sku[mine], self.problem.n_skus)
        packs[free] = hand_out(self.wishes, mine, most, left, self.hard_group, queues)
        return packs

    def _that_can_get_any(self, claims: Ints) -> Ints:
        """The claims that can still get something: goods are left for a pack of theirs, and their
        store could show enough sizes."""
        c, state = self.problem.claims, self.state
        plain = c.item[claims] < self.problem.n_skus
        left = (self.usable_stock - state.used)[self.wishes.sku[claims]]
        fits = ~plain | (left >= c.pack_pieces[claims])
        claims = claims[fits & (state.most[claims] > 0)]
        if self.problem.size_run_min is not None and len(claims) and c.kind[claims[-1]] >= STORE:
            claims = claims[~self.problem.size_runs.infeasible(claims, state.most[claims])]
        return claims

    def _bound_by_others(self, claims: Ints) -> None:
        resources, state = self.problem.resources, self.state
        for kind in resources.others:
            rows, most = resources.rows(kind, claims), state.most[claims]
            rows.most_packs((resources.total(kind) - state.taken[kind])[rows.which], most)
            state.most[claims] = most

    def _faults(self, claims: Ints, packs: Ints) -> Mask:
        """Claims at which the pass breaks a rule, or of which it knows nothing."""
        p = self.problem
        faults = self.multi_sku[claims].copy()
        for kind in p.resources.others:
            faults |= p.resources.exceed(kind, claims, packs, self.state.taken[kind])
        if p.size_run_min is not None and len(claims) and p.claims.kind[claims[-1]] >= STORE:
            faults |= self.problem.size_runs.broken(claims, packs)
        return faults

    def _of_products_with(self, faults: Mask, claims: Ints) -> Mask:
        """Claims of products with a fault."""
        if not faults.any():
            return faults
        return np.isin(self.product[claims], np.unique(self.product[claims[faults]]))

    def _out_of_picks(self, claims: Ints, packs: Ints, faults: Mask) -> int:
        """The claim from whose level on pick capacity must be watched."""
        p, c = self.problem, self.problem.claims
        end = int(claims[-1]) + 1 if len(claims) else 0
        limit = single_capacity(p)
        if limit is None or not len(claims) or c.kind[claims[0]] < STORE:
            return end
        # What walks may hand out differs from the pass; all that is wanted bounds it.
        entangled = self._of_products_with(faults, claims)
        amount = np.where(entangled, self.state.most[claims], packs)
        over = np.cumsum(amount * c.pack_pieces[claims]) > limit - self.state.picked
        if not over.any():
            return end
        level = c.level[claims[np.argmax(over)]]
        return int(claims[np.searchsorted(c.level[claims], level)])

    def _walk_products(self, products: list[Ints]) -> None:
        """Products one by one, or shared out among processes where that is worth their start."""
        if self.product_pool is None or sum(map(len, products)) < WORTH_A_POOL:
            for mine in products:
                self._walk(mine)
            return
        others = self.product_pool.walk(
            self.state, products, self.level_solver.report, self.walk_alone
        )
        for mine, packs in others:
            self.state.decide(mine, packs)

    def walk_alone(self, claims: Ints) -> Ints:
        """Decide one product's claims; their packs."""
        self._walk(claims)
        return self.state.packs[claims]

    def _walk(self, claims: Ints) -> None:
        """Level by level where the pass is wrong, from fault to fault."""
        c, state = self.problem.claims, self.state
        limit = single_capacity(self.problem)
        while len(claims):
            if limit is not None and c.kind[claims[0]] >= STORE:
                bound = (limit - state.picked) // c.pack_pieces[claims]
                state.most[claims] = np.minimum(state.most[claims], bound)
            claims = self._that_can_get_any(claims)
            packs = self._pass(claims)
            faults = self._faults(claims, packs)
            if limit is not None and len(claims) and c.kind[claims[0]] >= STORE:
                faults |= np.cumsum(packs * c.pack_pieces[claims]) > limit - state.picked
            if not faults.any():
                state.decide(claims, packs)
                return
            level = c.level[claims[np.argmax(faults)]]
            first = int(np.searchsorted(c.level[claims], level))
            behind = int(np.searchsorted(c.level[claims], level, side="right"))
            state.decide(claims[:first], packs[:first])
            here = claims[first:behind]
            state.decide(here, self.level_solver.solve(here))
            claims = claims[behind:]


def _by_product(product: Ints, claims: Ints) -> list[Ints]:
    if not len(claims):
        return []
    order = np.argsort(product[claims], kind="stable")
    cuts = np.flatnonzero(np.diff(product[claims][order])) + 1
    return np.split(claims[order], cuts)
