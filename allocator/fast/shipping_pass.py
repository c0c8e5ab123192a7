"""The pass without budgets over all lines to ship: its bounds, what it gives, what that breaks.

`shipping` walks the ranks where it breaks a rule, `ranks` walks such a rank; both repeat the pass
where bounds or stock have changed.
"""

from __future__ import annotations

import numpy as np

from allocator.claims import RESERVE
from allocator.fast.greedy_pass import (
    NO_CLAIM,
    Queues,
    Shortage,
    hand_out,
    queue_up,
    queues_of,
    ranges,
)
from allocator.fast.stage import Stage, StageSetup, single_capacity
from allocator.references import Ints, Mask
from allocator.resources import FUNDS


class ShippingPass(Stage):
    """The L claims, which are the claims 0 .. n-1: their bounds and packs under the pass.

    most, packs: as they are now; `done`: the claims up to here are decided.
    """

    def __init__(self, setup: StageSetup) -> None:
        super().__init__(setup)
        problem, c = setup.problem, setup.problem.claims
        self.n = n = c.first_of(RESERVE)
        self.cost = problem.resources.rows(FUNDS, slice(0, n)).amount
        self.outlet, self.order, self.level = c.outlet[:n], c.order[:n], c.level[:n]
        self.pieces = c.pack_pieces[:n]
        self.multi_sku = _spread(setup.multi_sku, c.item[:n])
        self.any_multi_sku = bool(setup.multi_sku.any())
        self.has_rule = _spread(problem.has_rule, self.order)
        self.any_rule = self.state.any_rule
        self.ruled = np.flatnonzero(self.has_rule)
        self.whole = _spread(problem.ship_complete, self.order)
        self.most = self.state.most[:n]
        self.done = 0
        self.capacity = single_capacity(problem)

    def first_pass(self) -> None:
        """Bound every line by itself, then hand out all goods."""
        self._bound_once()
        self.queues = queue_up(self.wishes.sku[: self.n], self.problem.n_skus)
        # Sorted by SKU, then claim: where a SKU's claims behind a given claim begin is a search.
        sku = self.queues.sku * self.n
        self.queue_key = np.repeat(sku, np.diff(self.queues.start)) + self.queues.at
        none = np.full(self.problem.n_skus, NO_CLAIM)
        self.shortage = Shortage(none, np.zeros(self.problem.n_skus, dtype=np.int64))
        self.packs = self.pass_again(slice(0, self.n), self.queues, shortage=self.shortage)

    def _bound_once(self) -> None:
        """What a line cannot exceed whatever others get; orders that can never meet their rule."""
        p, n, most = self.problem, self.n, self.most
        takes, there = np.empty((2, n), dtype=np.int64)
        for amount, resource, left in (
            (self.cost, self.outlet, p.funds),
            (self.pieces, self.wishes.sku[:n], self.usable_stock),
        ):
            np.multiply(most, amount, out=takes)
            np.take(left, resource, out=there, mode="clip")
            # Few exceed what is there, and to divide takes long.
            too_many = np.flatnonzero(takes > there)
            if resource is not self.outlet and self.any_multi_sku:
                too_many = too_many[~self.multi_sku[too_many]]
            most[too_many] = there[too_many] // amount[too_many]
        for kind in p.resources.of_outlets:
            rows = p.resources.rows(kind, slice(0, n))
            rows.most_packs(p.resources.total(kind)[rows.which], most)
        self.give_up_infeasible(self.ruled)

    def give_up_infeasible(self, lines: Ints) -> None:
        """Give up orders that their lines' bounds keep from ever meeting their own rule.

        lines: all lines still to be decided of the orders they belong to.
        """
        if not len(lines):
            return
        p, c, state = self.problem, self.problem.claims, self.state
        orders, of = np.unique(self.order[lines], return_inverse=True)
        whole = p.ship_complete[orders]
        short = self.most[lines] * c.pack[lines] < c.wanted[lines]
        some_short = np.bincount(of, weights=short, minlength=len(orders)) > 0
        value = np.bincount(of, weights=self.most[lines] * self.cost[lines], minlength=len(orders))
        left = (p.funds - state.spent - self.level_solver.started.cents)[p.order_franchisee[orders]]
        infeasible = whole & (some_short | state.order_seen[orders] | (value > left))
        infeasible |= value < p.minimum[orders]
        # An order started is never given up: it was started because it can be finished.
        infeasible &= state.order_packs[orders] == 0
        self.most[lines[infeasible[of]]] = 0

    def pass_again(
        self,
        claims: Ints | slice,
        queues: Queues,
        left: Ints | None = None,
        shortage: Shortage | None = None,
    ) -> Ints:
        """Packs of these claims; lines of orders started have theirs beforehand.

        left: what is there of each SKU, where it is not all that is left.
        """
        started, most = self.level_solver.started, self.most[claims]
        coming = np.flatnonzero(started.is_coming[claims])
        kept = most[coming]
        if len(coming) or self.any_multi_sku:
            most = np.where(started.is_coming[claims] | self.multi_sku[claims], 0, most)
        if left is None:
            left = self.usable_stock - self.state.used - started.pieces
        packs = hand_out(self.wishes, claims, most, left, self.hard_group, queues, shortage)
        packs[coming] = kept
        return packs

    def claims_of_skus(self, skus: Ints, start: Ints | int, end: int) -> tuple[Ints, Queues]:
        """The claims on these SKUs from `start` up to `end`, SKU by SKU, ascending in each; and
        how they are queued."""
        key = skus.astype(np.int64) * self.n
        low, high = (np.searchsorted(self.queue_key, key + claim) for claim in (start, end))
        claims = self.queues.at[ranges(low, high)]
        return claims, queues_of(np.arange(len(claims)), high - low, skus)

    def accept(self, end: int) -> None:
        """Take over what the pass gave up to here."""
        if end > self.done:
            self.state.decide(slice(self.done, end), self.packs[self.done : end])
            self.done = end

    def broken_orders(self, lines: Ints) -> Mask:
        """Per line, whether its order was started, by the pass at the latest, and breaks its rule.

        lines: all lines still to be decided of the orders they belong to.
        """
        p, c, state = self.problem, self.problem.claims, self.state
        orders, of = np.unique(self.order[lines], return_inverse=True)
        packs, n = self.packs[lines], len(orders)
        started = np.bincount(of, weights=packs > 0, minlength=n) + state.order_packs[orders] > 0
        not_full = packs * c.pack[lines] < c.wanted[lines]
        short = p.ship_complete[orders] & (np.bincount(of, weights=not_full, minlength=n) > 0)
        value = np.bincount(of, weights=packs * self.cost[lines], minlength=n)
        short |= value + state.order_value[orders] < p.minimum[orders]
        return np.asarray((started & short)[of])

    def over_share(self, claims: Ints) -> Mask:
        """Of claims still to be decided, those whose outlet exceeds what it may have, such as its
        share of a SKU, by several lines together."""
        over = np.zeros(len(claims), dtype=np.bool_)
        resources, packs = self.problem.resources, self.packs[claims]
        for kind in resources.of_outlets:
            over |= resources.exceed(kind, claims, packs, self.state.taken[kind])
        return over


def _spread(is_so: Mask, rows: Ints) -> Mask:
    """Whether it is so of each of these rows; takes no memory where it never is."""
    return is_so[rows] if is_so.any() else np.broadcast_to(np.False_, rows.shape)
