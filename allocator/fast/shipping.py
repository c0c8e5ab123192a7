"""Stage 1: lines against funds. A pass without budgets, then only what it got wrong, exactly.

Why this is exact. The pass drops funds, shares, pick capacity and the orders' own rules: what is
best without rules and happens to keep them is best with them. That holds level by level, so
everything before the first level where a rule is broken stands, provided that the orders begun
until then can be finished. That level is solved with all rules (`cores`), bounds of what follows
are tightened by what is now known (funds left, orders given up), and the pass goes on behind it. A
franchisee has one rank, so funds and orders never reach into another rank; only supply does, and
only along the SKUs whose use changed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.claims import RESERVE
from allocator.fast.cores import Cores
from allocator.fast.ranks import RankWalk
from allocator.fast.timeline import HardGroup, Wishes, hand_out, order_by
from allocator.keys import ROW, Ints, Mask
from allocator.problem import UNLIMITED, Problem
from allocator.restart import Base
from allocator.state import State


class Shipping:
    """Decides all L claims, which are the claims 0 .. n-1."""

    def __init__(
        self,
        problem: Problem,
        state: State,
        wishes: Wishes,
        room: Ints,
        knotted: Mask,
        cores: Cores,
        hard_group: HardGroup,
        base: Base | None = None,
        base_room: Ints | None = None,
    ) -> None:
        c = problem.claims
        self.base, self.base_room = base, base_room
        self.problem, self.state, self.wishes, self.room = problem, state, wishes, room
        self.cores, self.hard_group = cores, hard_group
        self.n = c.first_of(RESERVE)
        n = self.n
        # A pack larger than any claim may cost more than int64 holds; it is never given.
        pack, price = c.pack[:n], c.price[:n]
        if int(pack.max(initial=0)) * int(price.max(initial=0)) > 2**62:
            price = np.minimum(price, 2**62 // np.maximum(pack, 1))
        self.cost = pack * price
        # For bills: in float64 they are exact as far as funds go, and beyond only "too much".
        self.money = self.cost.astype(np.float64)
        self.outlet, self.order, self.level = c.outlet[:n], c.order[:n], c.level[:n]
        self.pieces = c.pack_pieces[:n]
        self.knotted = knotted[c.item[:n]]
        self.has_rule = (problem.ship_complete | (problem.minimum > 0))[self.order]
        self.any_rule = bool(self.has_rule.any())
        self.whole = problem.ship_complete[self.order]
        rank = problem.ranks[self.outlet]
        self.rank_start = np.flatnonzero(np.append(True, rank[1:] != rank[:-1])) if n else rank
        self.rank_end = np.append(self.rank_start[1:], n)
        self.most = state.most[:n]
        self.packs = np.zeros(n, dtype=np.int64)
        self.done = 0
        self.bill: NDArray[np.float64] = np.zeros(len(problem.funds))
        self.capacity = single_capacity(problem)

    def run(self) -> None:
        if not self.n:
            return
        self._bound_once()
        free = np.flatnonzero(~self.knotted & (self.most > 0))
        self.packs[free] = self.pass_again(free)
        by_sku = np.flatnonzero(~self.knotted)
        sku = self.wishes.sku[by_sku]
        self.by_sku = by_sku[order_by(sku, self.problem.n_skus)]
        self.by_outlet = order_by(self.outlet, len(self.problem.funds))
        outlets = np.arange(len(self.problem.funds) + 1, dtype=ROW)
        self.outlet_start = np.searchsorted(self.outlet[self.by_outlet], outlets)
        # Sorted by SKU, then claim: where a SKU's claims behind a given claim begin is a search.
        self.sku_key = self.wishes.sku[self.by_sku].astype(np.int64) * self.n + self.by_sku
        rank_of = np.repeat(
            np.arange(len(self.rank_start), dtype=ROW), self.rank_end - self.rank_start
        )
        self.rank_of = rank_of
        self.rank_of_outlet = np.zeros(len(self.problem.funds), dtype=np.int64)
        self.rank_of_outlet[self.outlet] = rank_of
        self.suspect = np.zeros(len(self.rank_start), dtype=np.bool_)
        self._watch_money(np.arange(self.n), np.zeros(self.n, dtype=np.int64))
        self.last_short = np.full(self.problem.n_skus, -1, dtype=np.int64)
        self._watch_short(np.flatnonzero(~self.knotted))
        self._suspect(np.arange(self.n))
        self.suspect[rank_of[self.knotted & (self.most > 0)]] = True
        at = 0
        while at < len(self.suspect):
            at += int(np.argmax(self.suspect[at:]))
            if not self.suspect[at]:
                break
            start, end = int(self.rank_start[at]), int(self.rank_end[at])
            self.accept(start)
            before = self.packs[start:end].copy()
            known = None
            if self.base is not None and self.base_room is not None:
                known = self.base.rank(start, end, self.state, self.room, self.base_room)
            if known is None:
                RankWalk(self, start, end).run()
            else:
                self.packs[start:end] = known
                self.accept(end)
            self._follow_changes(start, end, before)
            at += 1
        self.accept(self.n)

    def accept(self, end: int) -> None:
        """Take over what the pass gave up to here."""
        if end > self.done:
            claims = np.arange(self.done, end)
            self.state.decide(claims, self.packs[self.done : end])
            self.done = end

    # Bounds that hold for the whole stage

    def _bound_once(self) -> None:
        """What a line cannot exceed whatever others get; orders that can never meet their rule."""
        p, c, n = self.problem, self.problem.claims, self.n
        most = self.most
        funds = p.funds[self.outlet]
        dear = self.cost > 0
        most[dear] = np.minimum(most[dear], funds[dear] // self.cost[dear])
        plain = np.flatnonzero(~self.knotted)
        sku = self.wishes.sku[plain]
        most[plain] = np.minimum(most[plain], self.room[sku] // self.pieces[plain])
        if p.share_cap is not None:
            places = p.capped.of_plain[:n]
            of = np.flatnonzero(places >= 0)
            cap = p.share_cap[c.item[of]]
            most[of] = np.minimum(most[of], cap // self.pieces[of])
        self.give_up_hopeless(np.flatnonzero(self.has_rule))

    def give_up_hopeless(self, lines: Ints) -> None:
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
        left = (p.funds - state.spent - self.cores.begun.cents)[p.order_franchisee[orders]]
        hopeless = whole & (some_short | state.order_seen[orders] | (value > left))
        hopeless |= value < p.minimum[orders]
        # An order begun is never given up: it was begun because it can be finished.
        hopeless &= state.order_packs[orders] == 0
        self.most[lines[hopeless[of]]] = 0

    # The pass without budgets

    def pass_again(self, claims: Ints) -> Ints:
        """Packs of these claims; lines of orders begun have theirs beforehand."""
        begun, most = self.cores.begun, self.most[claims]
        coming = np.flatnonzero(begun.is_coming[claims])
        kept = most[coming]
        most[coming] = 0
        left = self.room - self.state.used - begun.pieces
        packs = hand_out(self.wishes, claims, most, left, self.hard_group)
        packs[coming] = kept
        return packs

    def claims_of_skus(self, skus: Ints, start: int, end: int) -> Ints:
        """The claims on these SKUs from `start` up to `end`, SKU by SKU, ascending in each."""
        key = skus.astype(np.int64) * self.n
        low, high = (np.searchsorted(self.sku_key, key + claim) for claim in (start, end))
        sizes = high - low
        offset = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return np.asarray(self.by_sku[np.repeat(low, sizes) + offset])

    def _watch_money(self, claims: Ints, before: Ints) -> None:
        """Keep every franchisee's bill under the pass. Exact as far as funds go: see `problem`."""
        more = (self.packs[claims] - before) * self.money[claims]
        np.add.at(self.bill, self.outlet[claims], more)
        if (self.bill > 2**52).any():
            # Too much to take anything off again and stay exact: count anew.
            cost = self.packs * self.money
            self.bill[:] = np.bincount(self.outlet, weights=cost, minlength=len(self.bill))

    def _watch_short(self, claims: Ints) -> None:
        """Keep the last claim of each SKU that got less than it could take."""
        short = claims[self.packs[claims] < self.most[claims]]
        np.maximum.at(self.last_short, self.wishes.sku[short], short)

    def _suspect(self, claims: Ints) -> None:
        """Mark the ranks where the pass breaks a rule, judging the outlets of these claims."""
        p = self.problem
        over = self.bill > p.funds
        if over.any():
            self.suspect[self.rank_of_outlet[over]] = True
        if self.any_rule:
            outlets = np.zeros(len(p.funds), dtype=np.bool_)
            outlets[self.outlet[claims]] = True
            ruled = np.flatnonzero(self.has_rule & outlets[self.outlet])
            if len(ruled):
                self.suspect[self.rank_of[ruled[self.broken_orders(ruled)]]] = True
        if p.share_cap is not None:
            mine = np.flatnonzero(self.packs > 0)
            self.suspect[self.rank_of[mine[self.over_share(mine)]]] = True
        self._suspect_capacity()

    def broken_orders(self, lines: Ints) -> Mask:
        """Per line, whether its order was begun, by the pass at the latest, and breaks its rule.

        lines: all lines still to be decided of the orders they belong to.
        """
        p, c, state = self.problem, self.problem.claims, self.state
        orders, of = np.unique(self.order[lines], return_inverse=True)
        packs, n = self.packs[lines], len(orders)
        begun = np.bincount(of, weights=packs > 0, minlength=n) + state.order_packs[orders] > 0
        not_full = packs * c.pack[lines] < c.wanted[lines]
        short = p.ship_complete[orders] & (np.bincount(of, weights=not_full, minlength=n) > 0)
        value = np.bincount(of, weights=packs * self.cost[lines], minlength=n)
        short |= value + state.order_value[orders] < p.minimum[orders]
        return np.asarray((begun & short)[of])

    def over_share(self, claims: Ints) -> Mask:
        """Claims whose outlet exceeds its share of a SKU by several lines together."""
        p = self.problem
        assert p.share_cap is not None  # noqa: S101 - asked only with a cap
        places = p.capped.of_plain[claims]
        plain = places >= 0
        known, of = np.unique(places[plain], return_inverse=True)
        pieces = (self.packs[claims] * self.pieces[claims])[plain]
        total = np.bincount(of, weights=pieces, minlength=len(known))
        over = np.zeros(len(claims), dtype=np.bool_)
        over[plain] = (total > p.share_cap[p.capped.sku_of(known)])[of]
        return over

    def _suspect_capacity(self) -> None:
        limit = self.capacity
        if limit is None:
            return
        picked = np.cumsum(self.packs[self.done :] * self.pieces[self.done :])
        over = np.flatnonzero(picked > limit - self.state.picked)
        if len(over):
            self.suspect[self.rank_of[self.done + over[0]]] = True

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
                self.give_up_hopeless(end + np.flatnonzero(self.has_rule[rest]))
        changed = start + np.flatnonzero(self.packs[start:end] != before)
        self._watch_money(changed, before[changed - start])
        plain = changed[~self.knotted[changed]]
        skus = self._reached(plain, before[plain - start], end)
        if limit is not None:
            cut = end + np.flatnonzero(self.packs[end:] > self.most[end:])
            skus = np.union1d(skus, self.wishes.sku[cut[~self.knotted[cut]]])
        again = self.claims_of_skus(skus, end, self.n)
        again = again[self.most[again] + self.packs[again] > 0]
        if not len(again):
            self._suspect_capacity()
            return
        packs, old = self.pass_again(again), self.packs[again]
        self.packs[again] = packs
        self.last_short[skus] = -1
        self._watch_short(again)
        moved = packs != old
        if moved.any():
            self._watch_money(again[moved], old[moved])
            self._suspect(again[moved])

    def _reached(self, changed: Ints, before: Ints, end: int) -> Ints:
        """SKUs of which claims behind `end` may now get something else than the pass gave: more
        was used up before, or less and somebody behind went short."""
        if not len(changed):
            return changed
        sku = self.wishes.sku[changed]
        more = np.zeros(self.problem.n_skus, dtype=np.int64)
        np.add.at(more, sku, (self.packs[changed] - before) * self.pieces[changed])
        skus = np.unique(sku)
        return skus[(more[skus] > 0) | ((more[skus] < 0) & (self.last_short[skus] >= end))]


def single_capacity(problem: Problem) -> int | None:
    """The pick capacity where there is one warehouse and it is limited."""
    if problem.capacity is None or len(problem.capacity) != 1 or not problem.picks_are_limited:
        return None
    return int(problem.capacity[0]) if problem.capacity[0] < UNLIMITED else None
