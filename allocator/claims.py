"""Claims: everything that wants goods, in the order in which it is served.

A claim is known by its number: claims are numbered level by level, and inside a level by ascending
claim id, so that "earlier" and "first among equals" are both plain comparisons of numbers.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.columns import reserve_ranks
from allocator.faults import Phrase, phrase
from allocator.references import MAX_CLAIM_PIECES, ROW, SEASONS, Ints, Mask, References, positions
from allocator.sorting import ROWS_AT_ONCE, is_ascending, sort_by_codes
from allocator.tables import Tables

SHIP, RESERVE, STORE, REGION = 0, 1, 2, 3
LETTERS = ("L", "R", "S", "G")
STAGES = (1, 2, 3, 3)
NUMBER_FIELDS = ("level", "place", "item", "outlet", "order", "source")
AMOUNT_FIELDS = ("wanted", "pack", "price")


@dataclass(frozen=True)
class Claims:
    """One array per property, indexed by claim number.

    kind: SHIP (an order line against funds), RESERVE (its rest), STORE or REGION (gaps).
    outlet: row of franchisees, stores or regions. order: row of orders, -1 for gaps.
    source: row of order_lines, store_stock or region_reserves.
    wanted: order units; for RESERVE the most it can want, its true wish is what shipping left.
    pack: order units per pack; pack_pieces: pieces per pack; price: cents per order unit.
    place: position in the order of the result file (stage, claim id).

    Numbers of rows and levels are 32 bits wide, which `references.MAX_ROWS` allows: half the
    memory. Make them 64 bits wide before multiplying them. Amounts are 64 bits wide.
    """

    kind: NDArray[np.int8]
    level: Ints
    item: Ints
    outlet: Ints
    order: Ints
    source: Ints
    wanted: Ints
    pack: Ints
    unit_pieces: Ints
    pack_pieces: Ints
    price: Ints
    place: Ints

    def __len__(self) -> int:
        return len(self.kind)

    def first_of(self, kind: int) -> int:
        """The number of the first claim of a stage's kind: SHIP, RESERVE, or STORE for all gaps."""
        # Of the same width as the array: else the search would widen all of it first.
        return int(np.searchsorted(self.kind, np.int8(kind)))

    @property
    def line(self) -> Ints:
        """Row of order_lines, -1 for gaps."""
        return np.where(self.kind <= RESERVE, self.source, -1)


def text_positions(texts: pl.Series) -> Ints:
    """For each text its position when sorted by code point."""
    n = texts.len()
    if is_ascending(texts):
        return np.arange(n, dtype=ROW)
    found = np.empty(n, dtype=ROW)
    found[texts.arg_sort().to_numpy()] = np.arange(n, dtype=ROW)
    return found


def order_of_pairs(first: pl.Series, second: pl.Series, first_row: Ints, second_row: Ints) -> Ints:
    """The order of `first:second` by code point."""
    marked = first + ":"
    if not first.str.contains(":", literal=True).any():
        # No marked id is then a prefix of another: comparing the joined text is comparing
        # the marked first id, then the second.
        codes = [text_positions(marked)[first_row], text_positions(second)[second_row]]
    else:
        joined = marked.gather(first_row) + second.gather(second_row)
        codes = [text_positions(joined)]
    return sort_by_codes(codes)[0].astype(ROW)


def dense(values: Ints) -> Ints:
    """Ranks without gaps: 0 for the smallest value."""
    return np.unique(values, return_inverse=True)[1].astype(ROW)


def product_positions(tables: Tables) -> Ints:
    """Place of each product in a level key: by launch rank, then, unless ties share, by id."""
    launch = dense(tables.products["launch_rank"].to_numpy())
    if tables.settings.launch_ties == "SHARED":
        return launch
    places = text_positions(tables.products["product_id"])
    return dense(launch.astype(np.int64) * max(len(launch), 1) + places)


def region_positions(tables: Tables) -> tuple[dict[str, Ints], list[Phrase]]:
    """Place of each region per season, and a warning for each that a season does not list.

    Only of a season whose goods the region wants: another one's order decides nothing here.
    """
    ids = tables.regions["region_id"].to_list()
    found, warnings = {}, []
    for season in ("SS", "AW"):
        listed = tables.settings.region_order.get(season, ())
        unlisted = [region for region in ids if region not in set(listed)]
        place = {region: at for at, region in enumerate([*listed, *unlisted])}
        found[season] = np.array([place[region] for region in ids], dtype=ROW)
        warnings += [
            phrase("files.REGION_UNLISTED", region=region, season=season)
            for region in _wanting(tables, season, unlisted)
        ]
    return found, warnings


def _wanting(tables: Tables, season: str, regions: list[str]) -> list[str]:
    """Those of the regions whose stores or reserves lack goods that the season's order decides."""
    if not regions:
        return []
    # What has no season follows the order of the one that the run is for.
    seasons = [season, "NS"] if tables.settings.season == season else [season]
    products = tables.products.filter(pl.col("season").is_in(seasons))
    skus = tables.skus.join(products, on="product_id", how="semi")
    stores = tables.stores.filter(pl.col("region_id").is_in(regions))
    gaps = tables.store_stock.filter(pl.col("safety") > pl.col("on_hand"))
    short = gaps.join(skus, on="sku_id", how="semi").join(stores, on="store_id", how="inner")
    lacks = tables.region_reserves.filter(pl.col("target") > pl.col("current"))
    reserves = lacks.join(skus, on="sku_id", how="semi")
    wanting = {*short["region_id"].to_list(), *reserves["region_id"].to_list()}
    return [region for region in regions if region in wanting]


@dataclass(frozen=True)
class LevelParts:
    """What level keys are made of, per claim: see `allocator.levels`."""

    product_place: Ints
    region_place: dict[str, Ints]
    tier_place: Ints


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


def stage3_key(
    tables: Tables, parts: LevelParts, product: Ints, region: Ints, tier: Ints, kind: int
) -> list[Ints]:
    """(non-seasonal, other season, region | kind, kind | region), product, tier."""
    run_season = tables.settings.season
    season = tables.products["season"]
    is_free = (season == "NS").to_numpy()
    is_other = (season != run_season).to_numpy() & ~is_free
    n_regions = max(tables.regions.height, 1)
    is_region = int(kind == REGION)
    # One number per product for what comes first, and the region order it goes by: its own
    # season's, or the run's.
    first = (is_free * ROW(2) + is_other) * ROW(2 * n_regions)
    goes_by_ss = (season == "SS").to_numpy() | (is_free & (run_season == "SS"))
    free = is_free[product]
    ss, aw = parts.region_place["SS"], parts.region_place["AW"]
    place = np.where(goes_by_ss[product], ss[region], aw[region])
    middle = np.where(free, is_region * n_regions + place, place * 2 + is_region)
    return [first[product] + middle, parts.product_place[product], tier]
