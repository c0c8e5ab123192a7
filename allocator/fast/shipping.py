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

from allocator.claims import RESERVE
from allocator.fast.greedy_pass import (
    NOBODY,
    Queues,
    Shortage,
    Wishes,
    hand_out,
    queue_up,
    queues_of,
    ranges,
)
from allocator.fast.level_solver import LevelSolver
from allocator.fast.ranks import RankWalk
from allocator.problem import UNLIMITED, Problem
from allocator.rare import HardGroup
from allocator.references import Ints, Mask
from allocator.resources import FUNDS
from allocator.restart import Base
from allocator.state import State


class Shipping:
    """Decides all L claims, which are the claims 0 .. n-1."""

    def __init__(
        self,
        problem: Problem,
        state: State,
        wishes: Wishes,
        usable_stock: Ints,
        multi_sku: Mask,
        level_solver: LevelSolver,
        hard_group: HardGroup,
        base: Base | None = None,
        base_stock: Ints | None = None,
    ) -> None:
        c = problem.claims
        self.base, self.base_stock = base, base_stock
        self.problem, self.state, self.wishes, self.usable_stock = (
            problem,
            state,
            wishes,
            usable_stock,
        )
        self.level_solver, self.hard_group = level_solver, hard_group
        self.n = c.first_of(RESERVE)
        n = self.n
        self.cost = problem.resources.rows(FUNDS, slice(0, n)).amount
        self.outlet, self.order, self.level = c.outlet[:n], c.order[:n], c.level[:n]
        self.pieces = c.pack_pieces[:n]
        self.multi_sku = _spread(multi_sku, c.item[:n])
        self.any_multi_sku = bool(multi_sku.any())
        self.has_rule = _spread(problem.ship_complete | (problem.minimum > 0), self.order)
        self.any_rule = state.any_rule
        self.whole = _spread(problem.ship_complete, self.order)
        self._find_ranks()
        self.most = state.most[:n]
        self.done = 0
        self.capacity = single_capacity(problem)

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
        self._bound_once()
        self.queues = queue_up(self.wishes.sku[: self.n], self.problem.n_skus)
        # Sorted by SKU, then claim: where a SKU's claims behind a given claim begin is a search.
        sku = self.queues.sku * self.n
        self.queue_key = np.repeat(sku, np.diff(self.queues.start)) + self.queues.at
        nobody = np.full(self.problem.n_skus, NOBODY)
        self.shortage = Shortage(nobody, np.zeros(self.problem.n_skus, dtype=np.int64))
        everyone = slice(0, self.n)
        self.packs = self.pass_again(everyone, self.queues, shortage=self.shortage)
        self.bill = self._bill()
        self.suspect = np.zeros(len(self.rank_start), dtype=np.bool_)
        self._suspect(everyone)
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

    def accept(self, end: int) -> None:
        """Take over what the pass gave up to here."""
        if end > self.done:
            self.state.decide(slice(self.done, end), self.packs[self.done : end])
            self.done = end

    # Bounds that hold for the whole stage

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
        self.give_up_infeasible(np.flatnonzero(self.has_rule))

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

    # The pass without budgets

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
            ruled = np.flatnonzero(self.has_rule & outlets[self.outlet])
            if len(ruled):
                self.suspect[self._ranks_of(ruled[self.broken_orders(ruled)])] = True
        if p.resources.of_outlets:
            mine = self.done + np.flatnonzero(self.packs[self.done :] > 0)
            self.suspect[self._ranks_of(mine[self.over_share(mine)])] = True
        self._suspect_capacity()

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
        is_later = (more < 0) & (first >= end) & (first < NOBODY)
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


def single_capacity(problem: Problem) -> int | None:
    """The pick capacity where there is one warehouse and it is limited."""
    if problem.capacity is None or len(problem.capacity) != 1 or not problem.picks_are_limited:
        return None
    return int(problem.capacity[0]) if problem.capacity[0] < UNLIMITED else None


def _spread(is_so: Mask, rows: Ints) -> Mask:
    """Whether it is so of each of these rows; takes no memory where it never is."""
    return is_so[rows] if is_so.any() else np.broadcast_to(np.False_, rows.shape)
