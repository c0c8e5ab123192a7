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

from allocator.keys import MAX_CLAIM_PIECES, ROW, Ints, Keys, Mask
from allocator.tables import Tables

SHIP, RESERVE, STORE, REGION = 0, 1, 2, 3
LETTERS = ("L", "R", "S", "G")
STAGES = (1, 2, 3, 3)
ROW_FIELDS = ("item", "outlet", "order", "source")
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

    Numbers of rows and levels are 32 bits wide, which `keys.MAX_ROWS` allows: half the memory. Make
    them 64 bits wide before multiplying them. Amounts are 64 bits wide.
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


def text_order(texts: pl.Series) -> Ints:
    """The rows in the order of their texts by code point."""
    n = texts.len()
    if n < 2 or bool((texts[1:] > texts[:-1]).all()):
        return np.arange(n, dtype=ROW)
    return texts.arg_sort().to_numpy()


def text_positions(texts: pl.Series) -> Ints:
    """For each text its position when sorted by code point."""
    found = np.empty(texts.len(), dtype=ROW)
    found[text_order(texts)] = np.arange(texts.len(), dtype=ROW)
    return found


def order_of_pairs(first: pl.Series, second: pl.Series, first_row: Ints, second_row: Ints) -> Ints:
    """The order of `first:second` by code point."""
    marked = first + ":"
    rows = np.arange(len(first_row), dtype=ROW)
    if not first.str.contains(":", literal=True).any():
        # No marked id is then a prefix of another: comparing the joined text is comparing
        # the marked first id, then the second.
        codes = [text_positions(marked)[first_row], text_positions(second)[second_row]]
        return sort_by_codes(codes, rows)[0]
    joined = marked.gather(first_row) + second.gather(second_row)
    return sort_by_codes([text_positions(joined)], rows)[0]


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


def region_positions(tables: Tables) -> tuple[dict[str, Ints], list[str]]:
    """Place of each region per season, and a warning for each that a season does not list."""
    ids = tables.regions["region_id"].to_list()
    found, warnings = {}, []
    for season in ("SS", "AW"):
        listed = tables.settings.region_order.get(season, ())
        unlisted = [region for region in ids if region not in set(listed)]
        place = {region: at for at, region in enumerate([*listed, *unlisted])}
        found[season] = np.array([place[region] for region in ids], dtype=ROW)
        warnings += [
            f"Region {region} is not in the {season} region order; it follows the listed ones."
            for region in unlisted
        ]
    return found, warnings


@dataclass(frozen=True)
class LevelParts:
    """What level keys are made of, per claim: see `allocator.levels`."""

    product_place: Ints
    region_place: dict[str, Ints]
    tier_place: Ints


def number_claims(tables: Tables, keys: Keys, parts: LevelParts, product_of_item: Ints) -> Claims:
    """Collect all claims and number them by level and claim id."""
    mirrored = _reserves_mirror_shipping(tables)

    def lines_of(kind: int) -> _Group:
        return _group([_line_claims(tables, keys, parts, product_of_item, kind)])

    def gaps() -> _Group:
        return _group([_gap_claims(tables, keys, parts, kind) for kind in (REGION, STORE)])

    # Stages 1 and 2 are sorted each by itself; stage 3 mixes regions and stores by their level
    # keys, at the same time: sorting leaves the interpreter alone.
    with ThreadPoolExecutor(1) as aside:
        stage3 = aside.submit(gaps)
        groups = [lines_of(SHIP), *([] if mirrored else [lines_of(RESERVE)]), stage3.result()]
    n = sum(len(group.order) for group in groups)
    if mirrored:
        n += len(groups[0].order)
    kind = np.empty(n, dtype=np.int8)
    level = np.empty(n, dtype=ROW)
    fields = {name: np.empty(n, dtype=ROW) for name in ("place", *ROW_FIELDS)}
    fields |= {name: np.empty(n, dtype=np.int64) for name in AMOUNT_FIELDS}
    at, next_level = 0, 0
    for group in groups:
        size = len(group.order)
        if not size:
            continue
        here = slice(at, at + size)
        group.number(at, next_level, kind[here], level[here], fields, here)
        at, next_level = here.stop, int(level[here.stop - 1]) + 1
        if mirrored and group is groups[0]:
            # The rests of all lines, in the same order: copied, which is far quicker than sorted.
            copied = slice(at, at + size)
            kind[copied] = RESERVE
            np.add(level[here], next_level, out=level[copied])
            for values in fields.values():
                values[copied] = values[here]
            fields["place"][copied] += at
            fields["price"][copied] = 0
            at, next_level = copied.stop, int(level[copied.stop - 1]) + 1
    # A pack larger than any claim gives nothing; clipped, its pieces cannot overflow.
    if n and int(fields["pack"].max()) > MAX_CLAIM_PIECES:
        np.minimum(fields["pack"], MAX_CLAIM_PIECES + 1, out=fields["pack"])
    pack_pieces = fields["pack"]
    unit_pieces: Ints = np.broadcast_to(np.int64(1), (n,))
    if len(keys.prepack_ids):
        unit_pieces = keys.item_pieces[fields["item"]]
        pack_pieces = pack_pieces * unit_pieces
    return Claims(
        kind=kind, level=level, unit_pieces=unit_pieces, pack_pieces=pack_pieces, **fields
    )


@dataclass(frozen=True)
class _Block:
    """Claims of one kind before they are numbered, in the order of their table.

    by_id: their order by claim id. key: parts of the level key, the most significant first.
    fields: a number is the same for all.
    """

    kind: int
    by_id: Ints
    key: list[Ints]
    fields: dict[str, Ints | int]


@dataclass(frozen=True)
class _Group:
    """Blocks of claims that compete with each other.

    by_id, order: the claims, as they stand block by block, by claim id and by level and claim id.
    begins: whether a claim in this order is the first of its level, but for the very first.
    """

    blocks: list[_Block]
    by_id: Ints
    order: Ints
    begins: Mask

    def number(
        self,
        start: int,
        next_level: int,
        kind: NDArray[np.int8],
        level: Ints,
        fields: dict[str, Ints],
        here: slice,
    ) -> None:
        """Fill in the claims from number `start` on; `here` is their place in the fields."""
        order, sizes = self.order, [len(block.by_id) for block in self.blocks]
        np.cumsum(self.begins, dtype=ROW, out=level)
        level += next_level
        kinds = [np.full(len(b.by_id), b.kind, dtype=np.int8) for b in self.blocks]
        _take(_joined(kinds), order, kind)
        place = np.empty(len(order), dtype=ROW)
        place[self.by_id] = np.arange(start, start + len(order), dtype=ROW)
        _take(place, order, fields["place"][here])
        for name in (*ROW_FIELDS, *AMOUNT_FIELDS):
            out = fields[name][here]
            values = [block.fields[name] for block in self.blocks]
            if all(isinstance(one, int) and one == values[0] for one in values):
                out[:] = values[0]
                continue
            spread = [
                np.broadcast_to(one, (size,)) if isinstance(one, int) else one
                for one, size in zip(values, sizes, strict=True)
            ]
            _take(_joined(spread), order, out)


def _group(blocks: list[_Block]) -> _Group:
    bases = np.cumsum([0, *(len(block.by_id) for block in blocks)])[:-1]
    by_id = _joined([block.by_id + base for block, base in zip(blocks, bases, strict=True)])
    codes = [_joined([block.key[k] for block in blocks]) for k in range(len(blocks[0].key))]
    return _Group(blocks, by_id, *sort_by_codes(codes, by_id))


def _joined(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _reserves_mirror_shipping(tables: Tables) -> bool:
    """Whether every line may reserve its rest, in the ranks in which it ships."""
    lines, ranks = tables.order_lines["reserve"], tables.franchisees["reserve_rank"]
    return lines.null_count() == lines.len() and ranks.null_count() == ranks.len()


def _take(values: NDArray[Any], rows: Ints, out: NDArray[Any]) -> None:
    if values.dtype != out.dtype:
        out[:] = values[rows]
        return
    # `clip` never clips here; it spares the buffer that the default mode fills first.
    np.take(values, rows, out=out, mode="clip")


def sort_by_codes(codes: list[Ints], order: Ints) -> tuple[Ints, Mask]:
    """The order by several small numbers, the first the most significant, `order` among equals;
    and which of the rows so ordered differ in a number from the one before.

    The numbers are joined into one while that fits, then sorted by radix, one pass per 16 bits:
    far quicker than comparing.
    """
    keys: list[Ints] = []
    size = 2**63
    for code in codes:
        n = int(code.max()) + 1 if len(code) else 1
        if size * n < 2**62:
            keys[-1] = keys[-1] * n + code
            size *= n
        else:
            keys.append(code.astype(np.int64))
            size = n
    for key in reversed(keys):
        high = int(key.max()) if len(key) else 0
        for shift in range(0, max(high.bit_length(), 1), 16):
            digit = (key >> shift if shift else key).astype(np.uint16)
            order = order[np.argsort(digit[order], kind="stable")]
    begins = np.zeros(len(order), dtype=np.bool_)
    for key in keys:
        in_order = key[order]
        begins[1:] |= in_order[1:] != in_order[:-1]
    return order, begins


def _line_claims(
    tables: Tables, keys: Keys, parts: LevelParts, product_of_item: Ints, kind: int
) -> _Block:
    lines, franchisees = tables.order_lines, tables.franchisees
    rows: Ints | slice = slice(None)
    rank = franchisees["rank"].to_numpy()
    by_id = text_order(lines["line_id"])
    if kind == RESERVE:
        rank = franchisees["reserve_rank"].fill_null(franchisees["rank"]).to_numpy()
        if lines["reserve"].null_count() < lines.height:
            reserves = lines["reserve"].fill_null(1).to_numpy() == 1
            rows = np.flatnonzero(reserves)
            by_id = (np.cumsum(reserves) - 1)[by_id[reserves[by_id]]]
    order = keys.line_order[rows]
    item = keys.line_item[rows]
    franchisee = keys.order_franchisee[order]
    key = [dense(rank)[franchisee], parts.product_place[product_of_item[item]]]
    fields: dict[str, Ints | int] = {
        "item": item,
        "outlet": franchisee,
        "order": order,
        "source": np.arange(lines.height, dtype=ROW)[rows],
        "wanted": lines["qty"].to_numpy()[rows],
        "pack": keys.line_pack[rows],
        "price": keys.line_price[rows] if kind == SHIP else 0,
    }
    return _Block(kind, by_id, key, fields)


def _gap_claims(tables: Tables, keys: Keys, parts: LevelParts, kind: int) -> _Block:
    """Gaps to safety stock (stores) or to the reserve (regions), where there is one."""
    if kind == STORE:
        frame, more, less, pack = tables.store_stock, "safety", "on_hand", keys.stock_pack
        owner, sku, owners = keys.stock_store, keys.stock_sku, tables.stores["store_id"]
    else:
        frame, more, less, pack = tables.region_reserves, "target", "current", keys.reserve_pack
        owner, sku, owners = keys.reserve_region, keys.reserve_sku, tables.regions["region_id"]
    gap = frame[more].to_numpy() - frame[less].to_numpy()
    rows = np.flatnonzero(gap > 0)
    owner, sku, pack, gap = owner[rows], sku[rows], pack[rows], gap[rows]
    region = keys.store_region[owner] if kind == STORE else owner
    tier = parts.tier_place[owner] if kind == STORE else np.zeros(len(rows), dtype=ROW)
    product = keys.sku_product[sku]
    fields: dict[str, Ints | int] = {
        "item": sku,
        "outlet": owner,
        "order": -1,
        "source": rows,
        "wanted": gap,
        "pack": pack,
        "price": 0,
    }
    key = stage3_key(tables, parts, product, region, tier, kind)
    by_id = order_of_pairs(owners, tables.skus["sku_id"], owner, sku)
    return _Block(kind, by_id, key, fields)


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
