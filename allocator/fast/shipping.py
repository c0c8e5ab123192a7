"""Stage 1: lines against funds. A pass without budgets, then only what it got wrong, exactly.

Why this is exact. The pass drops funds, shares, pick capacity and the orders' own rules: what is
best without rules and happens to keep them is best with them. That holds level by level, so
everything before the first level where a rule is broken stands, provided that the orders started
until then can be finished. That level is solved with all rules (`level_solver`), bounds of what
follows are tightened by what is now known (funds left, orders given up), and the pass goes on
behind it. A franchisee has one rank, so funds and orders never reach into another rank; only supply
does, and only along the SKUs whose use changed. A SKU of which less was used than the pass thought
gives nobody before its first shortage anything else, for they have all they can take; so the pass
is repeated from that claim on, when the walk comes to its rank. Who may overspend is judged rank by
rank, when all SKUs that run short up to there are up to date.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.fast.greedy_pass import NO_CLAIM
from allocator.fast.ranks import RankWalk
from allocator.fast.shipping_pass import ShippingPass
from allocator.fast.stage import StageSetup
from allocator.references import Ints


class Shipping(ShippingPass):
    """Decides all L claims, rank by rank."""

    def __init__(self, setup: StageSetup) -> None:
        super().__init__(setup)
        self._find_ranks()

    def _find_ranks(self) -> None:
        """Where ranks begin and end, and the rank of every franchisee with a line."""
        p, n = self.problem, self.n
        # Every level has one rank: there are far fewer levels than claims.
        first = p.level_start[: int(self.level[-1]) + 1] if n else p.level_start[:0]
        rank = p.ranks[self.outlet[first]]
        begins = np.flatnonzero(np.append(True, rank[1:] != rank[:-1])) if n else rank
        self.rank_start = first[begins]
        self.rank_end = np.append(self.rank_start[1:], n)
        self.rank_of_outlet = np.searchsorted(rank[begins], p.ranks)

    def run(self) -> None:
        if not self.n:
            return
        self.first_pass()
        self.bill = self._bill()
        self.suspect = np.zeros(len(self.rank_start), dtype=np.bool_)
        self._suspect(slice(0, self.n))
        if self.any_multi_sku:
            self.suspect[self._ranks_of(np.flatnonzero(self.multi_sku & (self.most > 0)))] = True
        self.outdated = np.zeros(self.problem.n_skus, dtype=np.bool_)
        at = 0
        while (found := self._next_suspect(at)) is not None:
            at = found
            self._settle_rank(int(self.rank_start[at]), int(self.rank_end[at]))
            at += 1
        self.accept(self.n)

    def _next_suspect(self, at: int) -> int | None:
        """The next rank where the pass, which is right up to there, breaks a rule."""
        while True:
            found = at + np.flatnonzero(self.suspect[at:])[:1]
            if not self._catch_up(int(self.rank_end[found[0]]) if len(found) else self.n):
                return int(found[0]) if len(found) else None

    def _settle_rank(self, start: int, end: int) -> None:
        self.accept(start)
        before = self.packs[start:end].copy()
        known = None
        if self.base is not None and self.base_stock is not None:
            known = self.base.rank(start, end, self.state, self.usable_stock, self.base_stock)
        if known is None:
            RankWalk(self, start, end).run()
        else:
            self.packs[start:end] = known
            self.accept(end)
        self._follow_changes(start, end, before)

    def _ranks_of(self, claims: Ints) -> Ints:
        return np.searchsorted(self.rank_start, claims, side="right") - 1

    def _watch_money(self, claims: Ints, before: Ints) -> None:
        """Keep every franchisee's bill under the pass. Exact as far as funds go: see `problem`."""
        more = (self.packs[claims] - before) * self.cost[claims]
        # Added up as what it is: to change the type on the way takes many times as long.
        np.add.at(self.bill, self.outlet[claims], more.astype(np.float64))
        if (self.bill > 2**52).any():
            # Too much to take anything off again and stay exact: count again.
            self.bill = self._bill()

    def _bill(self) -> NDArray[np.float64]:
        """What every franchisee's lines cost under the pass. Each is paid for by its bound; all
        together may cost more than int64 holds, but in float64 only "too much"."""
        bill = np.zeros(len(self.problem.funds))
        bill += np.bincount(self.outlet, weights=self.packs * self.cost, minlength=len(bill))
        return bill

    def _suspect(self, claims: Ints | slice) -> None:
        """Mark the ranks where the pass breaks a rule, judging the outlets of these claims."""
        p = self.problem
        over = self.bill > p.funds
        if over.any():
            self.suspect[self.rank_of_outlet[over]] = True
        if self.any_rule:
            outlets = np.zeros(len(p.funds), dtype=np.bool_)
            outlets[self.outlet[claims]] = True
            ruled = self.ruled[outlets[self.outlet[self.ruled]]]
            if len(ruled):
                self.suspect[self._ranks_of(ruled[self.broken_orders(ruled)])] = True
        if p.resources.of_outlets:
            mine = self.done + np.flatnonzero(self.packs[self.done :] > 0)
            self.suspect[self._ranks_of(mine[self.over_share(mine)])] = True
        self._suspect_capacity()

    def _suspect_capacity(self) -> None:
        limit = self.capacity
        if limit is None:
            return
        picked = np.cumsum(self.packs[self.done :] * self.pieces[self.done :])
        over = np.flatnonzero(picked > limit - self.state.picked)
        if len(over):
            self.suspect[self._ranks_of(self.done + over[:1])] = True

    def _follow_changes(self, start: int, end: int, before: Ints) -> None:
        """Repeat the pass behind a rank along the SKUs whose use it changed."""
        if end >= self.n:
            return
        limit = self.capacity
        if limit is not None:
            rest = slice(end, self.n)
            bound = (limit - self.state.picked) // self.pieces[rest]
            if (self.packs[rest] > bound).any():
                np.minimum(self.most[rest], bound, out=self.most[rest])
                self.give_up_infeasible(end + np.flatnonzero(self.has_rule[rest]))
        changed = start + np.flatnonzero(self.packs[start:end] != before)
        self._watch_money(changed, before[changed - start])
        plain = changed[~self.multi_sku[changed]] if self.any_multi_sku else changed
        skus = self._reached(plain, before[plain - start], end)
        if limit is not None:
            cut = end + np.flatnonzero(self.packs[end:] > self.most[end:])
            skus = np.union1d(skus, self.wishes.sku[cut[~self.multi_sku[cut]]])
        self._repeat_pass(skus, np.full(len(skus), end), self.usable_stock - self.state.used)
        if limit is not None:
            # Whoever picks counts for everybody behind.
            self._catch_up(self.n)
            self._suspect_capacity()

    def _reached(self, changed: Ints, before: Ints, end: int) -> Ints:
        """SKUs of which claims right behind `end` may now get something else than the pass gave:
        more was used up before, or less and the goods did not reach until there.

        Where less was used and the goods reach further, nothing changes before the first claim
        that went short: until there all were given all that they can take. What it finds left is
        noted, and the pass repeated from there when its turn comes.
        """
        more = np.zeros(self.problem.n_skus, dtype=np.int64)
        pieces = (self.packs[changed] - before) * self.pieces[changed]
        np.add.at(more, self.wishes.sku[changed], pieces)
        first = self.shortage.first
        is_later = (more < 0) & (first >= end) & (first < NO_CLAIM)
        self.shortage.left[is_later] -= more[is_later]
        self.outdated |= is_later
        return np.flatnonzero((more > 0) | ((more < 0) & (first < end)))

    def _catch_up(self, end: int) -> bool:
        """Repeat the pass for all SKUs that have more left than it found, and ran short before
        `end`; whether there were any."""
        first = self.shortage.first
        skus = np.flatnonzero(self.outdated & (first < end))
        self._repeat_pass(skus, first[skus], self.shortage.left)
        return len(skus) > 0

    def _repeat_pass(self, skus: Ints, first: Ints, left: Ints) -> None:
        """Hand out again along these SKUs, from the `first` claim of each on to the end."""
        claims, queues = self.claims_of_skus(skus, first, self.n)
        self.outdated[skus] = False
        if not len(claims):
            return
        packs = self.pass_again(claims, queues, left, self.shortage)
        moved = np.flatnonzero(packs != self.packs[claims])
        if len(moved):
            claims, packs = claims[moved], packs[moved]
            before = self.packs[claims]
            self.packs[claims] = packs
            self._watch_money(claims, before)
            self._suspect(claims)
