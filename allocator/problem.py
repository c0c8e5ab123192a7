"""The problem as arrays: clean whole numbers, every reference a row number.

All sums stay inside int64 (9.2 x 10^18), given the bounds that `allocator.input_faults` checks. A
claim is at most 2 x 10^7 pieces, so T of n claims is at most n x 2 x 10^7 and, fairness being at
most 10,000 a piece, G at most n x 2 x 10^11: n may reach 4 x 10^7, and the rows of a table, which
make one claim each at a level, may be 2 x 10^7. Supply is at most 10^12 a row, a line's value at
most 9 x 10^14 cents, funds at most 2.7 x 10^15. What lines would cost may exceed funds many times
over; such sums are taken in float64: exact up to 2^53 > 2.7 x 10^15, above it only "too much".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.claim_numbering import number_claims
from allocator.claims import LETTERS, RESERVE, SHIP, STORE, Claims
from allocator.columns import reserve_ranks
from allocator.faults import InputFaults, Phrase, phrase
from allocator.input_faults import faults_in
from allocator.level_places import LevelParts, product_positions, region_positions
from allocator.parts import Parts
from allocator.references import ROW, Ints, Mask, References, resolve_references
from allocator.resources import PICKS, Resources
from allocator.size_run import SizeRuns, size_runs_of
from allocator.sorting import sort_by_codes
from allocator.tables import Tables

UNLIMITED = 2**62
# L, R, then G before S: texts in the order of the result.
FILE_ORDER = (0, 1, 3, 2)


@dataclass(frozen=True)
class Problem:
    """What is to be shared out, and the rules that hold.

    supply: pieces [warehouse, SKU]. parts: what items consist of, the SKUs, then the prepacks.
    minimum: cents an order ships for at least, 0 = no minimum. most_packs: upper bound per claim
    from the claim alone. capacity: pieces that may be picked per warehouse, None = no limit at all.
    share_cap: pieces of a SKU that one outlet may get, None = off.
    """

    tables: Tables
    warnings: tuple[Phrase, ...]
    warehouses: tuple[str, ...]
    supply: Ints
    item_product: Ints
    parts: Parts
    product_ids: tuple[str, ...]
    product_launch: Ints
    product_season: NDArray[np.str_]
    funds: Ints
    blocked: Mask
    ranks: Ints
    reserve_ranks: Ints
    order_franchisee: Ints
    ship_complete: Mask
    minimum: Ints
    store_region: Ints
    store_tier: Ints
    region_place: dict[str, Ints]
    capacity: Ints | None
    share_cap: Ints | None
    size_run_min: int | None
    claims: Claims
    level_start: Ints
    most_packs: Ints
    references: References

    @property
    def n_skus(self) -> int:
        return int(self.supply.shape[1])

    @property
    def n_levels(self) -> int:
        return len(self.level_start) - 1

    @cached_property
    def picks_are_limited(self) -> bool:
        """Whether some warehouse can pick less than it holds."""
        return PICKS in self.resources.binding

    @cached_property
    def has_rule(self) -> Mask:
        """Which orders have a rule of their own: complete, or for a minimum value."""
        return self.ship_complete | (self.minimum > 0)

    def claims_of_level(self, level: int) -> slice:
        """The claims that compete at a level; their numbers are consecutive."""
        return slice(int(self.level_start[level]), int(self.level_start[level + 1]))

    @cached_property
    def claim_of_line(self) -> tuple[Ints, Ints]:
        """Per row of order_lines its shipping claim and its reserving claim (-1 = none)."""
        n = self.tables.order_lines.height
        found = np.full((2, n), -1, dtype=ROW)
        for kind in (SHIP, RESERVE):
            first, end = self.claims.first_of(kind), self.claims.first_of(kind + 1)
            found[kind, self.claims.source[first:end]] = np.arange(first, end, dtype=ROW)
        return found[0], found[1]

    @cached_property
    def claim_ids(self) -> pl.Series:
        """The id of every claim, by claim number."""
        return claim_ids(self, np.arange(len(self.claims)))

    @cached_property
    def size_runs(self) -> SizeRuns:
        """The sizes that stores show, and must; see `allocator.size_run`."""
        return size_runs_of(
            self.claims,
            self.most_packs,
            self.references,
            self.tables.store_stock,
            self.size_run_min or 0,
        )

    @cached_property
    def _lines_by_order(self) -> tuple[Ints, Ints]:
        order = self.claims.order[: self.claims.first_of(RESERVE)]
        start = np.zeros(len(self.minimum) + 1, dtype=np.int64)
        np.cumsum(np.bincount(order, minlength=len(self.minimum)), out=start[1:])
        return sort_by_codes([order])[0], start

    def lines_of_order(self, order: int) -> list[int]:
        """The shipping claims of an order, in the order in which they are decided."""
        claims, start = self._lines_by_order
        return [int(claim) for claim in claims[start[order] : start[order + 1]]]

    @cached_property
    def resources(self) -> Resources:
        """What the claims take of all that can run out; see `allocator.resources`."""
        return Resources(self)


def claim_ids(problem: Problem, numbers: Ints) -> pl.Series:
    """The ids of these claims, in their order."""
    c, t = problem.claims, problem.tables
    kinds = c.kind[numbers]
    sources = c.source[numbers]
    found = [pl.Series("claim_id", dtype=pl.String)]
    # Kinds in the order of the file.
    for kind in sorted(range(len(LETTERS)), key=FILE_ORDER.__getitem__):
        source = sources[kinds == kind]
        if not len(source):
            continue
        columns = [t.order_lines["line_id"]]
        if kind > RESERVE:
            frame = t.store_stock if kind == STORE else t.region_reserves
            columns = [frame["store_id" if kind == STORE else "region_id"], frame["sku_id"]]
        texts = [_gather(column, source) for column in columns]
        shape = ":".join([LETTERS[kind], *("{}" for _ in texts)])
        found.append(pl.select(claim_id=pl.format(shape, *texts)).to_series())
    ids = pl.concat(found, rechunk=True)
    # In the order of the file the kinds follow each other: nothing to mix then.
    rank = np.array(FILE_ORDER)[kinds]
    if bool((rank[1:] >= rank[:-1]).all()):
        return ids
    back = np.empty(len(numbers), dtype=np.int64)
    back[np.argsort(rank, kind="stable")] = np.arange(len(numbers))
    return ids.gather(back)


def _gather(values: pl.Series, rows: Ints) -> pl.Series:
    first, n = int(rows[0]), len(rows)
    # Files mostly stand in the order of their ids.
    if int(rows[-1]) == first + n - 1 and bool((rows == np.arange(first, first + n)).all()):
        return values[first : first + n]
    return values.gather(rows)


def problem_from(tables: Tables) -> Problem:
    """Check the content of the tables and turn it into arrays.

    Raises InputFaults with every fault at once.
    """
    refs = resolve_references(tables)
    faults = faults_in(tables, refs)
    if faults:
        raise InputFaults(faults)
    t, settings = tables, tables.settings
    region_place, warnings = region_positions(t)
    tiers = {tier: place for place, tier in enumerate(settings.tiers)}
    store_tier = np.array([tiers[tier] for tier in t.stores["tier"].to_list()], dtype=ROW)
    item_product = _product_of_items(t, refs)
    of_levels = LevelParts(product_positions(t), region_place, store_tier)
    claims = number_claims(t, refs, of_levels, item_product)
    supply = np.zeros((len(refs.warehouses), t.skus.height), dtype=np.int64)
    np.add.at(supply, (refs.supply_warehouse, refs.supply_sku), t.supply["units"].to_numpy())
    fr = t.franchisees
    money = fr["balance_cents"] + fr["credit_limit_cents"] + fr["guarantee_cents"]
    blocked = fr["blocked"].to_numpy() == 1
    capacity, more_warnings = bound_picks(t, refs)
    level = claims.level
    begins = np.flatnonzero(level[1:] != level[:-1]) + 1
    starts = np.concatenate([[0], begins, [len(level)]]) if len(level) else np.zeros(1, np.int64)
    t.release()
    return Problem(
        tables=tables,
        warnings=(*tables.notes, *warnings, *more_warnings),
        warehouses=tuple(refs.warehouses),
        supply=supply,
        item_product=item_product,
        parts=_parts(t, refs),
        product_ids=tuple(t.products["product_id"].to_list()),
        product_launch=t.products["launch_rank"].to_numpy(),
        product_season=np.array(t.products["season"].to_list(), dtype=np.str_),
        funds=np.maximum(money.to_numpy(), 0),
        blocked=blocked,
        ranks=fr["rank"].to_numpy(),
        reserve_ranks=reserve_ranks(fr),
        order_franchisee=refs.order_franchisee,
        ship_complete=t.orders["ship_complete"].to_numpy() == 1,
        minimum=t.orders["min_ship_value_cents"].to_numpy(),
        store_region=refs.store_region,
        store_tier=store_tier,
        region_place=region_place,
        capacity=capacity,
        share_cap=bound_shares(supply, settings.share_cap_ppm),
        size_run_min=settings.size_run_min,
        claims=claims,
        level_start=starts,
        most_packs=bound_packs(t, claims, blocked),
        references=refs,
    )


def _product_of_items(t: Tables, refs: References) -> Ints:
    product = np.zeros(t.skus.height + len(refs.prepack_ids), dtype=ROW)
    product[: t.skus.height] = refs.sku_product
    product[t.skus.height + refs.part_prepack] = refs.sku_product[refs.part_sku]
    return product


def _parts(t: Tables, refs: References) -> Parts:
    n = t.skus.height
    own = np.arange(n, dtype=np.int64)
    order = np.argsort(refs.part_prepack, kind="stable")
    item = np.concatenate([own, n + refs.part_prepack[order]])
    sku = np.concatenate([own, refs.part_sku[order]])
    qty = t.prepacks["qty"].to_numpy()[order]
    pieces = np.concatenate([np.ones(n, dtype=np.int64), qty])
    start = np.searchsorted(item, np.arange(n + len(refs.prepack_ids) + 1)).astype(np.int64)
    return Parts(n, start, sku, pieces)


def bound_packs(t: Tables, claims: Claims, blocked: Mask) -> Ints:
    """Per claim, the packs that fit into the wish; none for what can never ship."""
    packs: Ints = claims.wanted // claims.pack
    n = claims.first_of(RESERVE)
    never = blocked[claims.outlet[:n]]
    whole = t.orders["ship_complete"].to_numpy() == 1
    if whole.any():
        order = claims.order[:n]
        broken = np.zeros(t.orders.height, dtype=np.bool_)
        broken[order[packs[:n] * claims.pack[:n] != claims.wanted[:n]]] = True
        never |= (whole & broken)[order]
    packs[:n][never] = 0
    return packs


def bound_shares(supply: Ints, ppm: int | None) -> Ints | None:
    """floor(supply x ppm / 10^6), split so that the product cannot overflow."""
    if ppm is None:
        return None
    total = supply.sum(axis=0)
    return np.asarray(total // 10**6 * ppm + total % 10**6 * ppm // 10**6, dtype=np.int64)


def bound_picks(t: Tables, refs: References) -> tuple[Ints | None, list[Phrase]]:
    """Pieces that may be picked per warehouse (None = no limit at all), and what to warn of."""
    named = t.settings.pick_capacity
    if named is None:
        return None, []
    warnings = [
        phrase("files.PICKS_WITHOUT_SUPPLY", warehouse=one)
        for one in sorted(set(named) - set(refs.warehouses))
    ]
    limits = [named.get(one, UNLIMITED) for one in refs.warehouses]
    if all(limit == UNLIMITED for limit in limits):
        return None, warnings
    return np.array(limits, dtype=np.int64), warnings
