"""How evenly a plan serves: fill by tier, region and franchisee, and what it says as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import polars as pl

from allocator.claims import REGION, RESERVE, SHIP, STORE
from allocator.plan import Plan
from allocator.problem import Problem
from allocator.references import Ints


@dataclass(frozen=True)
class Fill:
    """What a group wanted and got, in pieces; `fill` in millionths of what it wanted."""

    group: str
    wanted: int
    given: int

    @property
    def fill_ppm(self) -> int:
        return 1_000_000 if not self.wanted else self.given * 1_000_000 // self.wanted


@dataclass(frozen=True)
class GroupFairness:
    """Of the fill ratios within one kind of group.

    spread_ppm: highest less lowest. jain_ppm: (sum x)^2 / (n sum x^2), a million = all equal.
    gini_ppm: 0 = all equal. worst: the least filled, at most ten, the worst first.
    """

    groups: int
    spread_ppm: int
    jain_ppm: int
    gini_ppm: int
    worst: tuple[Fill, ...]


@dataclass(frozen=True)
class Fairness:
    """Fill by franchisee (shipped; shipped and reserved), store tier, region, and store."""

    franchisees_shipped: tuple[Fill, ...]
    franchisees: tuple[Fill, ...]
    tiers: tuple[Fill, ...]
    regions: tuple[Fill, ...]
    reserves: tuple[Fill, ...]
    stores: tuple[Fill, ...]
    groups: dict[str, GroupFairness]


def fairness(problem: Problem, plan: Plan) -> Fairness:
    """Fairness figures of a plan, whole numbers throughout."""
    c, t = problem.claims, problem.tables
    given = plan.packs * c.pack_pieces
    wanted = c.wanted * c.unit_pieces
    ships, stores, reserves = c.kind == SHIP, c.kind == STORE, c.kind == REGION
    people = t.franchisees["franchisee_id"]
    store_of = np.where(stores, c.outlet, 0)
    n_regions, n_tiers = t.regions.height, len(t.settings.tiers)

    def by(
        names: pl.Series, rows: Ints, group: Callable[[Ints], Ints], of: Ints
    ) -> tuple[Fill, ...]:
        return _fills(names, group(rows), of[rows], given[rows])

    shipped = by(people, np.flatnonzero(ships), lambda r: c.outlet[r], wanted)
    # A reservation's wish is part of its line's: only what is given adds up.
    both = np.where(c.kind == RESERVE, 0, wanted)
    funded = by(people, np.flatnonzero(c.kind <= RESERVE), lambda r: c.outlet[r], both)
    at_stores = np.flatnonzero(stores)
    tier = problem.store_tier[store_of] if len(problem.store_tier) else store_of
    region = problem.store_region[store_of] if len(problem.store_region) else store_of
    tiers = pl.Series(list(t.settings.tiers), dtype=pl.String)
    figures = {
        "franchisees_shipped": shipped,
        "franchisees": funded,
        "tiers": by(tiers, at_stores if n_tiers else at_stores[:0], lambda r: tier[r], wanted),
        "regions": by(
            t.regions["region_id"],
            at_stores if n_regions else at_stores[:0],
            lambda r: region[r],
            wanted,
        ),
        "reserves": by(
            t.regions["region_id"], np.flatnonzero(reserves), lambda r: c.outlet[r], wanted
        ),
        "stores": by(t.stores["store_id"], at_stores, lambda r: c.outlet[r], wanted),
    }
    return Fairness(
        **figures, groups={name: group_fairness(fills) for name, fills in figures.items()}
    )


def _fills(names: pl.Series, group: Ints, wanted: Ints, given: Ints) -> tuple[Fill, ...]:
    total_wanted = np.zeros(names.len(), dtype=np.int64)
    total_given = np.zeros(names.len(), dtype=np.int64)
    np.add.at(total_wanted, group, wanted)
    np.add.at(total_given, group, given)
    rows = np.flatnonzero(np.bincount(group, minlength=names.len()))
    return tuple(
        Fill(names[int(row)], int(total_wanted[row]), int(total_given[row])) for row in rows
    )


def group_fairness(fills: tuple[Fill, ...]) -> GroupFairness:
    """Spread, Jain and Gini of fill ratios in millionths, in whole numbers."""
    asking = [one for one in fills if one.wanted]
    if not asking:
        return GroupFairness(0, 0, 1_000_000, 0, ())
    ppm = [one.fill_ppm for one in sorted(asking, key=lambda one: one.fill_ppm)]
    n, total, squares = len(ppm), sum(ppm), sum(x * x for x in ppm)
    jain = 1_000_000 if not squares else total * total * 1_000_000 // (n * squares)
    weighted = sum((2 * at - n - 1) * x for at, x in enumerate(ppm, start=1))
    gini = 0 if not total else weighted * 1_000_000 // (n * total)
    worst = sorted(asking, key=lambda one: (Fraction(one.given, one.wanted), one.group))[:10]
    return GroupFairness(n, ppm[-1] - ppm[0], jain, gini, tuple(worst))
