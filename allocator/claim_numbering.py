"""All claims, collected from the tables and numbered by level and claim id."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.claims import (
    AMOUNT_FIELDS,
    NUMBER_FIELDS,
    REGION,
    RESERVE,
    SHIP,
    STORE,
    Claims,
)
from allocator.columns import reserve_ranks
from allocator.level_places import LevelParts, dense, order_of_pairs, stage3_key
from allocator.references import MAX_CLAIM_PIECES, ROW, SEASONS, Ints, Mask, References, positions
from allocator.sorting import ROWS_AT_ONCE, sort_by_codes
from allocator.tables import Tables


def number_claims(
    tables: Tables, refs: References, parts: LevelParts, product_of_item: Ints
) -> Claims:
    """Collect all claims and number them by level and claim id."""
    t, n_lines = tables, tables.order_lines.height
    reserves = t.order_lines["reserve"]
    all_reserve = reserves.null_count() == n_lines
    there = None if all_reserve else reserves.fill_null(1).to_numpy() == 1
    n_funded = n_lines + (n_lines if there is None else int(np.count_nonzero(there)))
    stage3 = _Gaps(t, refs, parts)
    every = _Numbered.for_claims(n_funded + stage3.n)
    ships, rests = every.part(0, n_lines), every.part(n_lines, n_funded)
    gaps = every.part(n_funded, n_funded + stage3.n)
    lines = _Lines(t, refs, parts, product_of_item)
    rank, other_rank = t.franchisees["rank"].to_numpy(), reserve_ranks(t.franchisees)

    def fill_lines() -> int:
        lines.fill(ships, SHIP, rank, None)
        if all_reserve and np.array_equal(rank, other_rank):
            ships.copy_to(rests)
        else:
            lines.fill(rests, RESERVE, other_rank, there)
        return rests.start_levels_at(ships.start_levels_at(0))

    # Stages 1 and 2 are sorted each by itself; stage 3 mixes regions and stores by their level
    # keys, at the same time: sorting leaves the interpreter alone. The larger pieces of memory
    # stay with this thread, which gets them back at once; another's are fetched afresh each time.
    with ThreadPoolExecutor(1) as aside:
        next_level = aside.submit(fill_lines)
        stage3.fill(gaps)
    gaps.start_levels_at(next_level.result())
    return every.claims(refs)


@dataclass(frozen=True)
class _Numbered:
    """Some claims, in order, to be filled in; `start` is the number of the first.

    All claims are two pieces of memory: a fresh page costs more than what is written on it, and
    large pieces come in large pages.
    """

    start: int
    kind: NDArray[np.int8]
    rows: Ints
    amounts: Ints

    @staticmethod
    def for_claims(n: int) -> _Numbered:
        rows = np.empty((len(NUMBER_FIELDS), n), dtype=ROW)
        amounts = np.empty((len(AMOUNT_FIELDS), n), dtype=np.int64)
        return _Numbered(0, np.empty(n, dtype=np.int8), rows, amounts)

    def part(self, start: int, end: int) -> _Numbered:
        """The claims from one number up to another."""
        here = slice(start, end)
        return _Numbered(start, self.kind[here], self.rows[:, here], self.amounts[:, here])

    def __getitem__(self, name: str) -> Ints:
        if name in AMOUNT_FIELDS:
            return np.asarray(self.amounts[AMOUNT_FIELDS.index(name)])
        return np.asarray(self.rows[NUMBER_FIELDS.index(name)])

    def start_levels_at(self, level: int) -> int:
        """Levels were counted from 0; returns the number of the next level."""
        levels = self["level"]
        if not len(levels):
            return level
        if level:
            levels += ROW(level)
        return int(levels[-1]) + 1

    def copy_to(self, rests: _Numbered) -> None:
        """The rests of all lines, in the same order: copied, which is far quicker than sorted."""
        rests.kind[:] = RESERVE
        rests.rows[:], rests.amounts[:] = self.rows, self.amounts
        rests["place"][:] += ROW(rests.start - self.start)
        rests["price"][:] = 0

    def claims(self, refs: References) -> Claims:
        n = len(self.kind)
        # A pack larger than any claim gives nothing; clipped, its pieces cannot overflow.
        pack_pieces = self["pack"]
        if n and int(pack_pieces.max()) > MAX_CLAIM_PIECES:
            np.minimum(pack_pieces, MAX_CLAIM_PIECES + 1, out=pack_pieces)
        unit_pieces: Ints = np.broadcast_to(np.int64(1), (n,))
        if len(refs.prepack_ids):
            unit_pieces = refs.item_pieces[self["item"]]
            pack_pieces = pack_pieces * unit_pieces
        fields = {name: self[name] for name in (*NUMBER_FIELDS, *AMOUNT_FIELDS)}
        return Claims(kind=self.kind, unit_pieces=unit_pieces, pack_pieces=pack_pieces, **fields)

    def sort(self, by_id: Ints | None, codes: list[Ints]) -> Ints:
        """Sort rows by the codes, then by id: gives claims their level, place and source.

        by_id: the rows that are claims, in the order of their ids; None = all, as they stand.
        Returns the rows in order, wide enough to look up by.
        """
        order, begins = sort_by_codes(codes, by_id)
        np.cumsum(begins, dtype=ROW, out=self["level"])
        np.add(order, self.start, out=self["place"], casting="unsafe")
        if by_id is None:
            self["source"][:] = order
            return order
        _take(by_id, order, self["source"])
        return self["source"].astype(np.intp)


def _take(values: NDArray[Any], rows: Ints, out: NDArray[Any]) -> None:
    # `clip` spares the buffer that the default mode fills first.
    if len(rows):
        np.take(values.astype(out.dtype, copy=False), rows, out=out, mode="clip")


@dataclass(frozen=True)
class _Lines:
    """The claims of order lines, as they ship and as they reserve."""

    tables: Tables
    references: References
    parts: LevelParts
    product_of_item: Ints

    def fill(self, out: _Numbered, kind: int, rank: Ints, there: Mask | None) -> None:
        """Number the claims. there: which lines have one; None = all."""
        lines, refs = self.tables.order_lines, self.references
        by_id: Ints | None = self.tables.row_order("order_lines").rows
        if there is not None:
            by_id = np.flatnonzero(there) if by_id is None else by_id[there[by_id]]
        owner = refs.order_franchisee
        codes = [
            dense(rank)[owner][refs.line_order],
            self.parts.product_place[self.product_of_item][refs.line_item],
        ]
        row = out.sort(by_id, codes)
        out.kind[:] = kind
        _take(refs.line_item, row, out["item"])
        _take(refs.line_order, row, out["order"])
        _take(owner, out["order"], out["outlet"])
        _take(lines["qty"].to_numpy(), row, out["wanted"])
        _take(refs.line_pack, row, out["pack"])
        if kind == SHIP:
            _take(refs.line_price, row, out["price"])
        else:
            out["price"][:] = 0


class _Gaps:
    """The claims of gaps to safety stock (stores) and to reserves (regions).

    Both are sorted together: rows of store_stock are counted behind those of region_reserves.
    """

    def __init__(self, tables: Tables, refs: References, parts: LevelParts) -> None:
        self.tables, self.references, self.parts = tables, refs, parts
        stock, reserves = tables.store_stock, tables.region_reserves
        self.wanted = {
            STORE: stock["safety"].to_numpy() - stock["on_hand"].to_numpy(),
            REGION: reserves["target"].to_numpy() - reserves["current"].to_numpy(),
        }
        self.owner = {STORE: refs.stock_store, REGION: refs.reserve_region}
        self.item = {STORE: refs.stock_sku, REGION: refs.reserve_sku}
        self.pack = {STORE: refs.stock_pack, REGION: refs.reserve_pack}
        self.n = sum(int(np.count_nonzero(gap > 0)) for gap in self.wanted.values())

    def fill(self, out: _Numbered) -> None:
        """Number the claims."""
        n_reserves = len(self.wanted[REGION])
        of_regions, of_stores = self._by_id(REGION), self._by_id(STORE)
        by_id = np.concatenate([of_regions, of_stores])
        by_id[len(of_regions) :] += ROW(n_reserves)
        codes = np.empty((3, n_reserves + len(self.wanted[STORE])), dtype=ROW)
        self._code(REGION, codes[:, :n_reserves])
        self._code(STORE, codes[:, n_reserves:])
        row = out.sort(by_id, list(codes))
        # From here on rows of store_stock; what is below 0 is a row of region_reserves.
        row -= n_reserves
        regional = np.flatnonzero(row < 0)
        reserves = row[regional] + n_reserves
        out.kind[:] = STORE
        out.kind[regional] = REGION
        out["source"][:] = row
        out["source"][regional] = reserves
        out["order"][:] = -1
        out["price"][:] = 0
        for name, values in (
            ("item", self.item),
            ("outlet", self.owner),
            ("wanted", self.wanted),
            ("pack", self.pack),
        ):
            if len(values[STORE]):
                _take(values[STORE], row, out[name])
            out[name][regional] = values[REGION][reserves]

    def _by_id(self, kind: int) -> Ints:
        """The rows with a gap, in the order of their claims' ids."""
        t = self.tables
        name = "store_stock" if kind == STORE else "region_reserves"
        owners = t.stores["store_id"] if kind == STORE else t.regions["region_id"]
        if _sort_alike_before_a_colon(owners):
            rows = t.row_order(name).rows
        else:
            skus = t.skus["sku_id"]
            rows = order_of_pairs(owners, skus, self.owner[kind], self.item[kind])
        there = self.wanted[kind] > 0
        if rows is None:
            return np.flatnonzero(there).astype(ROW)
        return rows if there.all() else rows[there[rows]]

    def _code(self, kind: int, out: Ints) -> None:
        """Fill in the parts of the level keys of all rows, the most significant first."""
        refs, parts, products = self.references, self.parts, self.tables.products
        owner, sku = self.owner[kind], self.item[kind]
        if kind == STORE:
            region, tier = refs.store_region, parts.tier_place
        else:
            region = np.arange(self.tables.regions.height, dtype=ROW)
            tier = np.zeros(len(region), dtype=ROW)
        # The first part asks a product for nothing but its season: it is found for each season
        # and owner once.
        of_product = positions(products["season"], pl.Series(SEASONS))
        _, one_of_each, season = np.unique(of_product, return_index=True, return_inverse=True)
        n = len(one_of_each)
        product = np.repeat(one_of_each, len(region))
        places = np.tile(region, n), np.tile(tier, n)
        first = stage3_key(self.tables, parts, product, *places, kind)[0]
        begin = (season * len(region)).astype(ROW)[refs.sku_product]
        place = parts.product_place[refs.sku_product]
        for start in range(0, len(sku), ROWS_AT_ONCE):
            piece = slice(start, start + ROWS_AT_ONCE)
            which, whose = sku[piece].astype(np.intp), owner[piece].astype(np.intp)
            out[0, piece] = first[begin[which] + whose]
            out[1, piece] = place[which]
            out[2, piece] = tier[whose]


def _sort_alike_before_a_colon(ids: pl.Series) -> bool:
    """Whether `id:more` sorts by the id first, and by `more` among equal ids.

    So it is unless an id begins with another one, followed by a sign up to the colon.
    """
    texts = ids.to_list()
    if any(":" in text for text in texts):
        return False
    return sorted(texts) == sorted(texts, key=lambda text: text + ":")
