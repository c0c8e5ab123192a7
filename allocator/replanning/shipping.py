"""Stage 1 of a what-if: rank by rank, only what an edit can reach is solved.

Why this is exact. Funds, orders and their rules belong to one franchisee and so to one rank; only
goods pass from rank to rank. Given what is left of every SKU when a rank's turn comes, the rank is
a problem of its own. In it, a SKU that covers all that is wished of it, and funds that cover all
their franchisee could buy, cannot be in anyone's way and fall away. The claims that the remaining
resources join (SKUs, funds, orders with a rule) are components that do not touch each other. A
component in which every claim, every such resource and every amount is what it was in the base has
the base's answer, for it is the same problem; a resource counts as fallen away only if it does so
in both. The other components are solved cold, on tables that hold nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from allocator.claims import RESERVE, SHIP
from allocator.keys import Ints, Mask
from allocator.parts import expand
from allocator.plan import Plan
from allocator.problem import Problem, problem_from
from allocator.replanning.goods import Goods
from allocator.solving import solve
from allocator.tables import Tables

# Sums of cents up to here are exact in float64.
EXACT = 2.0**52


class Before:
    """What every what-if of one base asks of it; made once.

    room: pieces of each SKU, as if they lay in one place. n: how many L claims there are.
    """

    def __init__(self, plan: Plan, room: Ints) -> None:
        self.plan, self.room, problem = plan, room, plan.problem
        self.n = problem.claims.first_of(RESERVE)
        self.goods = Goods(problem, self.n)
        self.taken = self.goods.sums(problem, plan.packs[: self.n])
        self.wished = self.goods.sums(problem, problem.most_packs[: self.n])
        every = np.arange(problem.n_skus)
        self.left = room - self.goods.between(self.taken, every, 0, self.n)


class ShippingReplan:
    """Decides all L claims. `less` is by how much more pieces of a SKU are left than in the base.

    solved: how many claims were solved anew. May end early with `gave_up` when more than `most`
    would be.
    """

    def __init__(self, before: Before, edited: Problem, room: Ints, most: int) -> None:
        self.before, self.base, self.edited = before, before.plan.problem, edited
        self.n, self.goods = before.n, before.goods
        self.was_taken, self.was_wished = before.taken, before.wished
        self.packs = before.plan.packs[: self.n].copy()
        self.base_room = before.room
        self.more = room - before.room
        self.most, self.solved, self.gave_up = most, 0, False
        self.wished = self.was_wished
        if edited.most_packs is not self.base.most_packs or edited.claims is not self.base.claims:
            self.wished = self.goods.sums(edited, edited.most_packs[: self.n])

    def run(self) -> None:
        """Walk from one rank that the edit may reach to the next."""
        c = self.edited.claims
        rank = self.edited.ranks[c.outlet[: self.n]]
        start = np.flatnonzero(np.append(True, rank[1:] != rank[:-1])) if self.n else rank
        end = np.append(start[1:], self.n)
        own = self._edited_claims()
        other_funds = self.edited.funds != self.base.funds
        numbers = np.flatnonzero(own | other_funds[c.outlet[: self.n]])
        at = 0
        while at < self.n and not self.gave_up:
            behind = int(np.searchsorted(numbers, at))
            first = int(numbers[behind]) if behind < len(numbers) else self.n
            first = min(first, self.goods.first_from(np.flatnonzero(self.more), at))
            if first >= self.n:
                return
            place = int(np.searchsorted(start, first, side="right")) - 1
            a, at = int(start[place]), int(end[place])
            has_own = int(np.searchsorted(numbers, a)) < int(np.searchsorted(numbers, at))
            if has_own or self._is_scarce(np.flatnonzero(self.more), a, at).any():
                self._rank(a, at, own[a:at], other_funds)

    def _edited_claims(self) -> Mask:
        """Claims that are not in every property what they were."""
        b, e, n = self.base, self.edited, self.n
        differ = np.zeros(n, dtype=np.bool_)
        if b.claims is not e.claims:
            for name in ("wanted", "pack", "price"):
                differ |= getattr(b.claims, name)[:n] != getattr(e.claims, name)[:n]
        differ |= b.most_packs[:n] != e.most_packs[:n]
        rules = (b.ship_complete != e.ship_complete) | (b.minimum != e.minimum)
        differ |= rules[e.claims.order[:n]]
        return differ

    def _is_scarce(self, skus: Ints, start: int, end: int) -> Mask:
        """Whether the rank's claims may want more of a SKU than is left, now or in the base."""
        before = self.goods.between(self.was_taken, skus, 0, start)
        left = self.base_room[skus] - before
        was_enough = left >= self.goods.between(self.was_wished, skus, start, end)
        enough = left + self.more[skus] >= self.goods.between(self.wished, skus, start, end)
        scarce: Mask = ~(was_enough & enough)
        return scarce

    def _rank(self, start: int, end: int, own: Mask, other_funds: Mask) -> None:
        claims = start + self._reached(start, end, own, other_funds)
        if not len(claims):
            return
        self.solved += len(claims)
        if self.solved > self.most:
            self.gave_up = True
            return
        owner, sku, pieces = expand(self.edited, self.edited.claims.item[claims])
        skus = np.unique(sku)
        left = self.base_room[skus] - self.goods.between(self.was_taken, skus, 0, start)
        packs = solve_lines(self.edited, claims, skus, left + self.more[skus])
        before = self.packs[claims] * self.base.claims.pack[claims]
        change = packs * self.edited.claims.pack[claims] - before
        np.subtract.at(self.more, sku, change[owner] * pieces)
        self.packs[claims] = packs

    def _reached(self, start: int, end: int, own: Mask, other_funds: Mask) -> Ints:
        """The claims of the rank in components that the edit touches, counted from its first."""
        b, e, here = self.base, self.edited, slice(start, end)
        outlet, order = e.claims.outlet[here], e.claims.order[here]
        owner, sku, _ = expand(e, e.claims.item[here])
        skus, of_sku = np.unique(sku, return_inverse=True)
        scarce = self._is_scarce(skus, start, end)
        changed_sku = scarce & (self.more[skus] != 0)
        poor = self._is_poor(b, here) | self._is_poor(e, here)
        ruled = (b.ship_complete | e.ship_complete | (b.minimum > 0) | (e.minimum > 0))[order]
        live = (b.most_packs[here] > 0) | (e.most_packs[here] > 0) | ruled
        # Resources that can bind, numbered: scarce SKUs, poor franchisees, orders with a rule.
        orders, of_order = np.unique(order, return_inverse=True)
        outlets, of_outlet = np.unique(outlet, return_inverse=True)
        base_outlet, base_order = len(skus), len(skus) + len(outlets)
        members = [(owner, of_sku, scarce[of_sku] & live[owner])]
        every = np.arange(end - start)
        members.append((every, of_outlet + base_outlet, poor[outlet] & live))
        members.append((every, of_order + base_order, ruled))
        who = np.concatenate([claim[mask] for claim, _, mask in members])
        what = np.concatenate([resource[mask] for _, resource, mask in members])
        touched = np.zeros(base_order + len(orders), dtype=np.bool_)
        touched[: len(skus)] = changed_sku
        touched[base_outlet:base_order] = (poor & other_funds)[outlets]
        reached = own & live
        while True:
            touched[what[reached[who]]] = True
            grown = reached.copy()
            grown[who[touched[what]]] = True
            if (grown == reached).all():
                return np.flatnonzero(reached)
            reached = grown

    def _is_poor(self, problem: Problem, here: slice) -> Mask:
        """Franchisees who may want to buy for more than they have; exact below 2^52 cents."""
        c = problem.claims
        cost = c.pack[here].astype(np.float64) * c.price[here] * problem.most_packs[here]
        bill = np.bincount(c.outlet[here], weights=cost, minlength=len(problem.funds))
        return np.asarray((bill > problem.funds) | (bill > EXACT))


def solve_lines(problem: Problem, claims: Ints, skus: Ints, left: Ints) -> Ints:
    """Packs for these L claims of one rank, among themselves, with so much left of these SKUs."""
    c, t = problem.claims, problem.tables
    tables = Tables(
        settings=replace(t.settings, pick_capacity=None, share_cap_ppm=None, size_run_min=None),
        regions=t.regions,
        order_lines=t.order_lines[c.source[claims]].with_columns(reserve=pl.lit(0, pl.Int64)),
        orders=t.orders[np.unique(c.order[claims])],
        franchisees=t.franchisees[np.unique(c.outlet[claims])],
        **goods_tables(problem, skus, claims),
    )
    sub = replace_supply(problem_from(tables), left)
    found = solve(sub)
    packs = np.zeros(len(claims), dtype=np.int64)
    ships = sub.claims.kind == SHIP
    packs[sub.claims.source[ships]] = found.packs[ships]
    return packs


def goods_tables(problem: Problem, skus: Ints, claims: Ints) -> dict[str, Any]:
    """Products, SKUs (in this order), ratio packs and empty shelves for these claims."""
    t = problem.tables
    items = problem.claims.item[claims]
    packs = np.unique(items[items >= problem.n_skus]) - problem.n_skus
    frame = t.skus[skus]
    nothing = frame.select(
        pl.lit("W").alias("warehouse_id"), "sku_id", pl.lit(0, pl.Int64).alias("units")
    )
    return {
        "products": t.products[np.unique(problem.keys.sku_product[skus])],
        "skus": frame,
        "supply": nothing,
        "prepacks": t.prepacks.filter(pl.Series(np.isin(problem.keys.part_prepack, packs))),
    }


def replace_supply(problem: Problem, left: Ints) -> Problem:
    """The problem with so many pieces in its only warehouse: more than a row of a file may hold."""
    return replace(problem, supply=left.reshape(1, -1))
