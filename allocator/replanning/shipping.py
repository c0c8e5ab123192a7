"""Stage 1 of a what-if: rank by rank, only what an edit can reach is solved.

Why this is exact. Funds, orders and their rules belong to one franchisee and so to one rank; only
goods pass from rank to rank. Given what is left of every SKU when a rank's turn comes, the rank is
a problem of its own. In it, a claim that finds no pack's goods left gets nothing, and a SKU that
covers all that is wished of it, and funds that cover all their franchisee could buy, cannot be in
anyone's way and fall away. The claims that the remaining resources join (SKUs, funds, orders with
a rule) are components that do not touch each other. A component in which every claim, their order
by levels and ids, every such resource and every amount is what it was in the base has the base's
answer, for it is the same problem; a resource counts as fallen away only if it does so in both. The
other components are walked level by level, and only what differs there is solved (`levels`); those
with an order that has only a minimum value are solved cold, cut out of the problem. A franchisee
that moves to another rank is one that leaves its old rank and comes to the new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from allocator.plan import Plan
from allocator.problem import Problem
from allocator.references import Ints, Mask
from allocator.replanning.goods import Goods, pieces_by_sku
from allocator.replanning.level_demand import Asked, can_ship
from allocator.replanning.levels import EditedLevels, RankReplan
from allocator.replanning.renumbering import stage_ends
from allocator.replanning.slicing import solve_some
from allocator.resources import FUNDS, SUPPLY

# Sums of cents up to here are exact in float64.
EXACT = 2.0**52


class Before:
    """What every what-if of one base asks of it; made once.

    usable_stock: pieces of each SKU, as if they lay in one place. first, second: where stages 1 and
    2 end. left: pieces of each SKU behind stage 1 and behind stage 2.
    """

    def __init__(self, plan: Plan, usable_stock: Ints) -> None:
        self.plan, self.usable_stock, problem = plan, usable_stock, plan.problem
        self.first, self.second, _ = stage_ends(problem)
        self.ranks = Ranks(problem, self.first)
        self.goods = Goods(problem, plan.packs[: self.first])
        self.short_of_funds = _are_short_of_funds(problem, self.first)
        left = usable_stock - self.goods.before(self.first)
        rests = np.arange(self.first, self.second)
        self.left = (left, left - pieces_by_sku(problem, rests, plan.packs[rests]))
        self._asked: dict[int, Asked] = {}

    def asked(self, rank: int) -> Asked | None:
        """What a rank asked, level by level; None where nobody had it."""
        low, high = self.ranks.between(rank)
        if rank not in self._asked and low < high:
            problem, claims = self.plan.problem, np.arange(low, high)
            left = self.usable_stock - self.goods.before(low)
            able = can_ship(problem, claims, left)
            self._asked[rank] = Asked(problem, claims, able, self.plan.packs[claims], left)
        return self._asked.get(rank)


class Ranks:
    """The ranks of stage 1 in their order, and where each begins and ends."""

    def __init__(self, problem: Problem, n: int) -> None:
        rank = problem.ranks[problem.claims.outlet[:n]]
        self.start = np.flatnonzero(np.append(True, rank[1:] != rank[:-1])) if n else rank
        self.n, self.end = n, np.append(self.start[1:], n)
        self.rank = rank[self.start]

    def between(self, rank: int) -> tuple[int, int]:
        """The claims of a rank: from, up to; where nobody has it, both are where it would be."""
        at = int(np.searchsorted(self.rank, rank))
        if at == len(self.rank):
            return self.n, self.n
        start = int(self.start[at])
        return start, int(self.end[at]) if self.rank[at] == rank else start


@dataclass(frozen=True)
class _Rank:
    """A rank's claims now (numbers of the edited problem) and before (numbers of the base).

    old: per claim now its number in the base, -1 = not in this rank. most: packs it could take in
    the base. gone: claims of the base that are not there any more, or in another rank.
    """

    now: Ints
    before: Ints
    old: Ints
    most: Ints
    gone: Ints


class ShippingReplan:
    """Decides all L claims. `more` is by how much more pieces of a SKU are left than in the base.

    old: per claim its number in the base, -1 = none. solved: how many claims were solved again. May
    end early with `gave_up` when more than `most` would be.
    """

    def __init__(
        self, before: Before, edited: Problem, usable_stock: Ints, old: Ints | None, most: int
    ) -> None:
        self.before, self.base, self.edited = before, before.plan.problem, edited
        self.n = stage_ends(edited)[0] if old is not None else before.first
        self.usable_stock, self.more = usable_stock, usable_stock - before.usable_stock
        self.most, self.solved, self.gave_up = most, 0, False
        b, e = self.base, edited
        self.old = np.arange(self.n) if old is None else old[: self.n].copy()
        is_moved = b.ranks != e.ranks
        if is_moved.any():
            self.old[is_moved[e.claims.outlet[: self.n]]] = -1
        self.renumbered = old is not None or bool(is_moved.any())
        self.there = self.old >= 0 if self.renumbered else None
        self.packs = before.plan.packs[self.old] if self.n else np.zeros(0, dtype=np.int64)
        if self.there is not None:
            self.packs[~self.there] = 0
        self.gone = np.zeros(before.first, dtype=np.bool_)
        if self.there is not None:
            self.gone[:] = True
            self.gone[self.old[self.there]] = False
        self.other_funds = b.funds != e.funds
        # A franchisee has one rank, so that what it may buy there is all it may buy.
        self.short_of_funds = before.short_of_funds | _are_short_of_funds(e, self.n)
        # Orders that came had no rule before.
        came = (0, len(e.minimum) - len(b.minimum))
        whole, minimum = np.pad(b.ship_complete, came), np.pad(b.minimum, came)
        self.rules = whole | e.ship_complete | (minimum > 0) | (e.minimum > 0)
        # Orders that stay open until they have their minimum.
        self.waits = ((minimum > 0) & ~whole) | ((e.minimum > 0) & ~e.ship_complete)
        self.other_rules = (whole != e.ship_complete) | (minimum != e.minimum)
        self.own = self._edited_claims()
        # Products that others may have overtaken.
        self.moved = b.product_launch != e.product_launch

    def run(self) -> None:
        """Walk from one rank that the edit may reach to the next."""
        e, b, ranks = self.edited, self.before.ranks, Ranks(self.edited, self.n)
        touched = self.own | self.other_funds[e.claims.outlet[: self.n]]
        if self.renumbered and self.moved.any():
            touched |= self._may_be_overtaken(ranks)
        own = _numbers_of(touched, ranks.start)
        gone = _numbers_of(self.gone, b.start)
        own_ranks = ranks.rank[own]
        both = np.union1d(ranks.rank, b.rank)
        certain = np.isin(both, own_ranks) | np.isin(both, b.rank[gone])
        for rank, is_certain in zip(both.tolist(), certain.tolist(), strict=True):
            if not is_certain and not self.more.any():
                continue
            start, end = ranks.between(rank)
            now = np.arange(start, end)
            if not is_certain:
                reaches = e.resources.rows(SUPPLY, slice(start, end)).which
                if not self.more[reaches].any():
                    continue
            self._rank(rank, now)
            if self.gave_up:
                return

    def _may_be_overtaken(self, ranks: Ranks) -> Mask:
        """Claims on products that moved, in ranks where anything joins one product to another:
        short funds or an order's rule. Along one SKU no product overtakes another."""
        c = self.edited.claims
        joins = self.short_of_funds[c.outlet[: self.n]] | self.rules[c.order[: self.n]]
        joining = np.zeros(len(ranks.start), dtype=np.bool_)
        joining[_numbers_of(joins, ranks.start)] = True
        moved = self.moved[self.edited.item_product[c.item[: self.n]]]
        return np.asarray(moved & np.repeat(joining, ranks.end - ranks.start))

    def _edited_claims(self) -> Mask:
        """Claims that are not in every property what they were."""
        b, e, n, old = self.base, self.edited, self.n, self.old
        here = slice(0, n) if self.there is None else old
        differ = np.zeros(n, dtype=np.bool_) if self.there is None else ~self.there
        if b.claims is not e.claims:
            for name in ("wanted", "pack", "price"):
                differ |= getattr(b.claims, name)[here] != getattr(e.claims, name)[:n]
        if b.most_packs is not e.most_packs:
            differ |= b.most_packs[here] != e.most_packs[:n]
        if self.other_rules.any():
            differ |= self.other_rules[e.claims.order[:n]]
        return differ

    def _rank(self, rank: int, now: Ints) -> None:
        low, high = self.before.ranks.between(rank)
        before = np.arange(low, high)
        old = self.old[now]
        most = np.where(old >= 0, self.base.most_packs[old], 0)
        here = _Rank(now, before, old, most, before[self.gone[before]])
        left = self.before.usable_stock - self.before.goods.before(low)
        claims = now[self._reached(here, left)]
        change = np.zeros(self.edited.n_skus, dtype=np.int64)
        if len(claims):
            packs = self._solve(rank, here, claims, left)
            change += pieces_by_sku(self.edited, claims, packs)
            known = claims[self.old[claims] >= 0]
            had = self.old[known]
            change -= pieces_by_sku(self.base, had, self.before.plan.packs[had])
            self.packs[claims] = packs
        change -= pieces_by_sku(self.base, here.gone, self.before.plan.packs[here.gone])
        self.more -= change
        self.gave_up = self.solved > self.most

    def _solve(self, rank: int, here: _Rank, claims: Ints, left: Ints) -> Ints:
        """Packs of these claims of a rank; solved level by level, and only what differs."""
        e, there = self.edited, left + self.more
        waiting = self.waits[e.claims.order[claims]].any()
        if waiting or self.waits[self.base.claims.order[here.gone]].any():
            self.solved += len(claims)
            return solve_some(e, claims, there)
        old = self.old[claims]
        walk = RankReplan(
            self.solver,
            claims,
            can_ship(e, claims, there),
            self.before.plan.packs[old],
            there,
            self.before.asked(rank),
            np.where(old < 0, -1, old - here.before[0]) if len(here.before) else old,
            ~self.own[claims],
        )
        packs = walk.run()
        self.solved += walk.solved
        return packs

    @cached_property
    def solver(self) -> EditedLevels:
        """Made when a level is solved: most edits reach few."""
        return EditedLevels(self.edited, self.usable_stock)

    def _reached(self, here: _Rank, left: Ints) -> Mask:
        """The claims of the rank in components that the edit touches.

        left: pieces of every SKU that the base had left at the rank's turn.
        """
        b, e, now, old = self.base, self.edited, here.now, here.old
        wish = pieces_by_sku(e, now, e.most_packs[now])
        was_wish = pieces_by_sku(b, here.before, b.most_packs[here.before])
        scarce = (left < was_wish) | (left + self.more < wish)
        short_of_funds, rules = self.short_of_funds, self.rules
        outlet, order = e.claims.outlet[now], e.claims.order[now]
        ruled = rules[order]
        most = e.most_packs[now]
        # No goods for a pack, then and now: nothing is given, whatever happens in this rank.
        rows, was_rows = e.resources.rows(SUPPLY, now), b.resources.rows(SUPPLY, old)
        lacks = rows.owners((left + self.more)[rows.which] < rows.amount, len(now))
        lacked = was_rows.owners(left[was_rows.which] < was_rows.amount, len(now)) | (old < 0)
        live = (((most > 0) & ~lacks) | ((here.most > 0) & ~lacked)) | ruled
        owner, sku = np.arange(len(now))[rows.owner], rows.which
        # Resources that can bind, numbered: scarce SKUs, franchisees short of funds, orders with a
        # rule.
        orders, of_order = np.unique(order, return_inverse=True)
        n_skus, n_people = e.n_skus, len(e.funds)
        touched = np.zeros(n_skus + n_people + len(orders), dtype=np.bool_)
        every = np.arange(len(now))
        members = [
            (owner, sku, scarce[sku] & live[owner]),
            (every, n_skus + outlet, short_of_funds[outlet] & live),
            (every, n_skus + n_people + of_order, ruled),
        ]
        who = np.concatenate([claim[mask] for claim, _, mask in members])
        what = np.concatenate([resource[mask] for _, resource, mask in members])
        touched[:n_skus] = scarce & (self.more != 0)
        touched[n_skus : n_skus + n_people] = short_of_funds & self.other_funds
        if len(here.gone):
            sku_gone = b.resources.rows(SUPPLY, here.gone).which
            touched[sku_gone] |= scarce[sku_gone]
            gone_outlets = b.claims.outlet[here.gone]
            touched[n_skus + gone_outlets] |= short_of_funds[gone_outlets]
            gone_orders = b.claims.order[here.gone]
            gone_orders = gone_orders[rules[gone_orders]]
            at = np.searchsorted(orders, gone_orders)
            still = (
                orders[np.minimum(at, len(orders) - 1)] == gone_orders if len(orders) else at < 0
            )
            touched[n_skus + n_people + at[still]] = True
        reached = self.own[now] & live
        if self.renumbered and self.moved[e.item_product[e.claims.item[now]]].any():
            label = _components(len(now), who, what, len(touched))
            reached |= self._overtaken(here, label, live)
        while True:
            touched[what[reached[who]]] = True
            grown = reached.copy()
            grown[who[touched[what]]] = True
            if (grown == reached).all():
                return np.asarray(reached)
            reached = grown

    def _overtaken(self, here: _Rank, label: Ints, live: Mask) -> Mask:
        """Claims that stand otherwise to the one before them in their component than they did."""
        b, e = self.base.claims, self.edited.claims
        some = np.flatnonzero(live & (here.old >= 0))
        order = some[np.argsort(label[some], kind="stable")]
        mine, before = order[1:], order[:-1]
        old, old_before = here.old[mine], here.old[before]
        step = e.level[here.now[mine]] != e.level[here.now[before]]
        was_step = b.level[old] != b.level[old_before]
        moved = (label[mine] == label[before]) & ((old < old_before) | (step != was_step))
        found = np.zeros(len(here.now), dtype=np.bool_)
        found[mine[moved]] = True
        return found


def _numbers_of(mask: Mask, start: Ints) -> Ints:
    """Which stretches, each from its start to the next, hold anything."""
    if not mask.any():
        return np.zeros(0, dtype=np.int64)
    return np.unique(np.searchsorted(start, np.flatnonzero(mask), side="right") - 1)


def _are_short_of_funds(problem: Problem, n: int) -> Mask:
    """Franchisees who may want to buy for more than they have; exact below 2^52 cents.

    n: how many claims there are to ship.
    """
    rows = problem.resources.rows(FUNDS, slice(0, n))
    cost = rows.amount.astype(np.float64) * problem.most_packs[:n]
    bill = np.bincount(rows.which, weights=cost, minlength=len(problem.funds))
    return np.asarray((bill > problem.funds) | (bill > EXACT))


def _components(n: int, who: Ints, what: Ints, n_resources: int) -> Ints:
    """Per claim the first claim of its component; claims and resources are joined pairwise."""
    label = np.arange(n)
    while True:
        lowest = np.full(n_resources, n, dtype=np.int64)
        np.minimum.at(lowest, what, label[who])
        found = label.copy()
        np.minimum.at(found, who, lowest[what])
        # A label is a claim of the component: its own label may be lower still.
        found = found[found]
        if (found == label).all():
            return label
        label = found
