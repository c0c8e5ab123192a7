"""Picks brought into their limits with the fewest splits.

Standard problem: multiple-choice knapsack in several rows. Method: Lagrangian relaxation of the
rows (Fisher 1981), whose bound a plan found then meets.

Claims that share goods are a group. What a group picks per warehouse, and with how many splits, is
a way to serve it; the limits of picks join the groups, one way of each is wanted, and the sum of
splits is to be least. A group of one SKU knows all its ways (`subset_sums`) where they are not too
many; a larger one looks at some of its claims at a time, the others held.

The bound. Put a price on a piece picked in each warehouse. However the claims are served, splits
are at least: over the groups, the sum of the least (splits + price of what is picked), less the
price of all that may be picked, because what is picked is no more than that. This holds for any
prices; `best_prices` climbs to good ones. Of a group that is too large to look at, and of more
splits than are looked at, less is asked: picks no more than the goods in each warehouse. All is
counted in whole numbers, so the bound rounded up is a bound.

The plan. A plan with this many splits uses no way that costs more than the group's cheapest by more
than the bound was rounded up by: often that leaves only the cheapest. Among these, one group after
another takes the way that leaves least picked beyond the limits; what remains, groups change
together, each a little (`repair`). A plan found has no fewer splits than the bound and is
proven if it has no more. Where that fails and the ways are few, all choices are tried
(`enumeration`): if none is possible, one split more is needed. Where they are many, more splits are
allowed and nothing is claimed.
"""

from __future__ import annotations

from functools import partial
from itertools import combinations, count

import numpy as np

from allocator.limits import SearchLimits
from allocator.references import Ints
from allocator.warehouses.enumeration import ChoiceOutcome, Menu, choose
from allocator.warehouses.loads import PICKED, Available, Load, Where, splits_of
from allocator.warehouses.repair import Options, joint_change
from allocator.warehouses.sku_group import Group, group_of, picks_of, worth_looking_at

# What a split costs, where a piece picked has a whole price: fractions with small denominators.
SPLIT = 720_720
# No piece need cost more than this many splits.
HIGHEST_PRICE = 8 * SPLIT
# So that prices times pieces, in all warehouses, stay inside int64.
MOST_PIECES = 2**36
# Ways that are kept at hand, for the bound and for the plan: of all groups; of each this many at
# most, and at least.
MOST_WAYS = 2_000_000
MOST_WAYS_OF_ONE = 2000
FEWEST_WAYS_OF_ONE = 200
# How often some claims of large groups are looked at.
MOST_TURNS = 40
# How far, in pieces, totals may stray while groups change together, by number of warehouses.
RADII = {2: (100, 1000), 3: (12, 40), 4: (6, 12)}
# More splits than the bound that are tried before the program is asked.
MOST_BEYOND = 3


class Picking:
    """All groups, and what is picked in all."""

    def __init__(
        self, groups: list[Group], fixed: Ints, capacity: Ints, limits: SearchLimits
    ) -> None:
        """fixed: what claims pick that no group holds."""
        self.groups, self.limits = groups, limits
        self.capacity, self.n = capacity, len(capacity)
        self.total: Ints = sum((g.picks for g in groups), fixed)
        self.fixed, self.now = fixed, [g.picks for g in groups]
        self.prices = np.zeros(self.n, dtype=np.int64)
        # Per group: of its cheapest way, and of its picks alone.
        self._cheapest = np.zeros(len(groups), dtype=np.int64)
        self._least_picks = self._cheapest
        each = max(MOST_WAYS // len(groups), FEWEST_WAYS_OF_ONE)
        self.longest_menu = min(each, MOST_WAYS_OF_ONE)

    # The bound

    def set_up_bound(self) -> None:
        """For each group the ways of which one is cheapest, whatever the prices.

        Where time is up, or ways are too many, less is asked of the groups that remain.
        """
        ways, splits, start = [], [], []
        at = 0
        for g in self.groups:
            start.append(at)
            is_over = at > MOST_WAYS or self.limits.seconds_left() == 0
            for n, rows in [(g.needed, g.corners())] if is_over else worth_looking_at(g):
                ways.append(rows)
                splits.append(np.full(len(rows), n, dtype=np.int64))
                at += len(rows)
        self._ways = np.concatenate(ways)
        self._splits = np.concatenate(splits) * SPLIT
        self._start = np.array(start)

    def cheapest(self, prices: Ints) -> Ints:
        """Per group the least price of a way."""
        cost = self._splits + (self._ways * prices).sum(axis=1)
        return np.asarray(np.minimum.reduceat(cost, self._start))

    def bound(self, prices: Ints) -> int:
        """No plan of the groups has fewer splits, times SPLIT."""
        return int(self.cheapest(prices).sum()) - int((prices * self.capacity).sum())

    def best_prices(self) -> int:
        """Climb to prices whose bound is high: all of a set of warehouses up or down, by ever
        smaller steps. Without slack only differences count, so one price is always nothing."""
        sets = [a for size in range(1, self.n) for a in combinations(range(self.n), size)]
        moves = np.zeros((2 * len(sets), self.n), dtype=np.int64)
        for i, a in enumerate(sets):
            moves[2 * i, list(a)], moves[2 * i + 1, list(a)] = 1, -1
        best, step = self.bound(self.prices), SPLIT
        while step:
            trials = []
            for move in moves:
                prices = self.prices + step * move
                prices = prices - prices.min()
                if prices.max() <= HIGHEST_PRICE:
                    trials.append((self.bound(prices), prices))
            value, prices = max(trials, key=lambda one: one[0])
            if value > best:
                best, self.prices = value, prices
            else:
                step //= 2
        self._cheapest = self.cheapest(self.prices)
        self._least_picks = np.minimum.reduceat((self._ways * self.prices).sum(axis=1), self._start)
        return best

    # The plan

    def over(self, totals: Ints) -> Ints:
        """Pieces picked beyond the limits."""
        return np.asarray(np.maximum(totals - self.capacity, 0).sum(axis=-1))

    def search(self, splits: int, bound: int) -> bool | None:
        """Serve the groups so that picks are within the limits, with this many splits at most.

        bound: that of the prices, times SPLIT. None where this was not found but may be possible,
        False where it is not possible, as long as claims that no group holds stay where they are.
        """
        gap = SPLIT * splits - bound
        menus: list[Menu | None] = []
        for k, g in enumerate(self.groups):
            if self.limits.seconds_left() == 0:
                return None
            menus.append(self._menu(k, gap) if g.is_exact else None)
        known = [menu for menu in menus if menu is not None]
        if not all(len(menu.splits) for menu in known):
            return False if all(g.knows_all for g in self.groups) else None
        chosen = [
            _nearest(menu, g.picks) if menu is not None else 0
            for g, menu in zip(self.groups, menus, strict=True)
        ]
        for k, menu in enumerate(menus):
            if menu is not None:
                self._count(k, menu.picks[chosen[k]])
        self._descend(menus, chosen)
        have = sum(
            int(menu.splits[at]) if menu is not None else splits_of(g.where)
            for g, menu, at in zip(self.groups, menus, chosen, strict=True)
        )
        if self.over(self.total).any() or have > splits:
            found = self._together(menus, chosen, splits - have)
            if found is None and self._have_all(known):
                outcome = choose(known, self.capacity - self.fixed, splits, gap)
                if outcome is ChoiceOutcome.IMPOSSIBLE:
                    return False
                found = None if isinstance(outcome, ChoiceOutcome) else dict(enumerate(outcome))
            if found is None:
                return None
            for k, row in found.items():
                chosen[k] = row
        for g, menu, at in zip(self.groups, menus, chosen, strict=True):
            if menu is not None:
                g.take(menu.picks[at], int(menu.splits[at]))
        return True

    def _count(self, k: int, picks: Ints) -> None:
        self.total = self.total + picks - self.now[k]
        self.now[k] = picks

    def _have_all(self, menus: list[Menu]) -> bool:
        """Whether no way is left out of the menus."""
        are_short = all(len(menu.splits) < self.longest_menu for menu in menus)
        return are_short and all(g.knows_all for g in self.groups)

    def _menu(self, k: int, gap: int) -> Menu:
        """The ways of a group that cost at most this much above its cheapest; of many, some."""
        group, cheapest = self.groups[k], int(self._cheapest[k])
        found, seen, ways = [], None, group.all_ways()
        for n in range(group.fewest, group.most + 1):
            if SPLIT * n + int(self._least_picks[k]) > cheapest + gap:
                break
            grid = ways.grid(n)
            rows = group.picks_of(ways, grid if seen is None else grid & ~seen)
            excess = SPLIT * n + (rows * self.prices).sum(axis=1) - cheapest
            few = np.flatnonzero(excess <= gap)
            found.append(np.column_stack([rows[few], np.full(len(few), n), excess[few]]))
            seen = grid
        table = np.concatenate(found) if found else np.empty((0, self.n + 2), dtype=np.int64)
        if len(table) > self.longest_menu:
            table = table[self._some(self.total - self.now[k] + table[:, : self.n])]
        return Menu(table[:, : self.n], table[:, self.n], table[:, self.n + 1])

    def _some(self, totals: Ints) -> Ints:
        """As many of these rows as a menu holds: half of them leave least beyond the limits as the
        other groups are now, half lie evenly among the rest."""
        near, every = self.longest_menu // 2, np.arange(len(totals))
        by_over = np.argsort(self.over(totals), kind="stable")
        others = np.setdiff1d(every, by_over[:near], assume_unique=True)
        even = np.linspace(0, len(others) - 1, self.longest_menu - near).astype(np.int64)
        return np.sort(np.concatenate([by_over[:near], others[even]]))

    def _descend(self, menus: list[Menu | None], chosen: list[int]) -> None:
        """One group after another takes the way that leaves least beyond the limits."""
        idle = turn = 0
        while idle < 2 and turn < MOST_TURNS:
            before = int(self.over(self.total))
            for k, (g, menu) in enumerate(zip(self.groups, menus, strict=True)):
                if not self.over(self.total) or self.limits.seconds_left() == 0:
                    return
                if menu is None:
                    g.take_some(turn, partial(self._best, k))
                    self._count(k, g.picks)
                elif len(menu.splits) > 1:
                    best = self._best(k, menu.picks, menu.splits)
                    if best is not None:
                        chosen[k] = best
                        self._count(k, menu.picks[best])
            idle = idle + 1 if self.over(self.total) == before else 0
            turn += 1

    def _best(self, k: int, ways: Ints, splits: Ints | None = None) -> int | None:
        """The way that leaves least beyond the limits; the first of those that change least."""
        if not len(ways):
            return None
        over = self.over(self.total - self.now[k] + ways)
        least = int(over.min())
        if least >= self.over(self.total):
            return None
        rows = np.flatnonzero(over == least)
        change = np.abs(ways[rows] - self.now[k]).sum(axis=1)
        if splits is not None:
            change = change + splits[rows]
        return int(rows[int(change.argmin())])

    def _together(
        self, menus: list[Menu | None], chosen: list[int], spare: int
    ) -> dict[int, int] | None:
        """What groups have to change together to be within the limits."""
        options = [
            Options(menu.picks - self.now[k], menu.splits - menu.splits[chosen[k]])
            if menu is not None
            else Options(np.empty((0, self.n), dtype=np.int64), np.empty(0, dtype=np.int64))
            for k, menu in enumerate(menus)
        ]
        for radius in RADII[self.n]:
            if self.limits.seconds_left() == 0:
                return None
            found = joint_change(options, self.total, self.capacity, spare, radius)
            if found is not None:
                return found
        return None


def _nearest(menu: Menu, picks: Ints) -> int:
    """The way with the fewest splits, of these the nearest to what is picked."""
    change = np.abs(menu.picks - picks).sum(axis=1)
    return int(np.lexsort((change, menu.splits))[0])


def within_limits(
    parts: list[tuple[list[int], bool]],
    loads: list[Load],
    available: Available,
    where: Where,
    n_warehouses: int,
    limits: SearchLimits,
) -> tuple[Where | None, int]:
    """The best assignment found within the limits of picks, and a number of splits that is needed.

    parts: the claims that share goods, and whether their splits in `where` are the fewest there
    are without limits of picks. It is proven best if it has no more splits than are needed.
    """
    if n_warehouses not in RADII or limits.seconds_left() == 0:
        return None, 0
    in_all = sum(packs * per.get(PICKED, 0) for packs, per in loads)
    if in_all > MOST_PIECES:
        return None, 0
    # No warehouse can pick more than all.
    capacity = [min(available.get((w, PICKED), in_all), in_all) for w in range(n_warehouses)]
    groups, rest, needed = [], [], 0
    for claims, is_proven in parts:
        here = splits_of([where[at] for at in claims]) if is_proven else 0
        group = group_of(claims, loads, available, where, n_warehouses, here)
        if group is not None:
            groups.append(group)
        else:
            rest += claims
            needed += here
    if not groups:
        return None, 0
    rest.sort()
    held = [where[at] for at in rest]
    fixed = picks_of([loads[at] for at in rest], held, n_warehouses)
    picking = Picking(groups, fixed, np.array(capacity, dtype=np.int64), limits)
    picking.set_up_bound()
    bound = picking.best_prices()
    # What the rest picks may be picked elsewhere too; as long as it is not, the bound is higher.
    bound_here = bound + int((picking.prices * fixed).sum())
    of_rest = needed
    needed += -(-bound // SPLIT)
    first = -(-bound_here // SPLIT)
    missed = 0
    for splits in count(first):
        outcome = picking.search(splits, bound_here)
        if outcome:
            found: Where = list(where)
            for g in groups:
                for at, one in zip(g.claims, g.where, strict=True):
                    found[at] = one
            return found, needed
        if outcome is False and not rest:
            needed = max(needed, of_rest + splits + 1)
        missed += 1 if outcome is None or rest else 0
        if missed > MOST_BEYOND or limits.seconds_left() == 0:
            break
    return None, max(needed, 0)
