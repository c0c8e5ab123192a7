"""Claims: everything that wants goods, in the order in which it is served.

A claim is known by its number: claims are numbered level by level, and inside a level by ascending
claim id, so that "earlier" and "first among equals" are both plain comparisons of numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.keys import MAX_CLAIM_PIECES, Ints, Keys
from allocator.tables import Tables

SHIP, RESERVE, STORE, REGION = 0, 1, 2, 3
LETTERS = ("L", "R", "S", "G")
STAGES = (1, 2, 3, 3)


@dataclass(frozen=True)
class Claims:
    """One array per property, indexed by claim number.

    kind: SHIP (an order line against funds), RESERVE (its rest), STORE or REGION (gaps).
    outlet: row of franchisees, stores or regions. order: row of orders, -1 for gaps.
    source: row of order_lines, store_stock or region_reserves.
    wanted: order units; for RESERVE the most it can want, its true wish is what shipping left.
    pack: order units per pack; pack_pieces: pieces per pack; price: cents per order unit.
    place: position in the order of the result file (stage, claim id).
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

    @property
    def line(self) -> Ints:
        """Row of order_lines, -1 for gaps."""
        return np.where(self.kind <= RESERVE, self.source, -1)


def text_positions(texts: pl.Series) -> Ints:
    """For each text its position when sorted by code point."""
    n = texts.len()
    if n < 2 or bool((texts[1:] > texts[:-1]).all()):
        return np.arange(n, dtype=np.int64)
    found = np.empty(n, dtype=np.int64)
    found[texts.arg_sort().to_numpy()] = np.arange(n, dtype=np.int64)
    return found


def order_of_pairs(first: pl.Series, second: pl.Series, first_row: Ints, second_row: Ints) -> Ints:
    """The order of `first:second` by code point."""
    marked = first + ":"
    rows = np.arange(len(first_row), dtype=np.int64)
    if not first.str.contains(":", literal=True).any():
        # No marked id is then a prefix of another: comparing the joined text is comparing
        # the marked first id, then the second.
        codes = [text_positions(marked)[first_row], text_positions(second)[second_row]]
        return sort_by_codes(codes, rows)
    joined = marked.gather(first_row) + second.gather(second_row)
    return sort_by_codes([text_positions(joined)], rows)


def dense(values: Ints) -> Ints:
    """Ranks without gaps: 0 for the smallest value."""
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def product_positions(tables: Tables) -> Ints:
    """Place of each product in a level key: by launch rank, then, unless ties share, by id."""
    launch = dense(tables.products["launch_rank"].to_numpy())
    if tables.settings.launch_ties == "SHARED":
        return launch
    return dense(launch * max(len(launch), 1) + text_positions(tables.products["product_id"]))


def region_positions(tables: Tables) -> tuple[dict[str, Ints], list[str]]:
    """Place of each region per season, and a warning for each that a season does not list."""
    ids = tables.regions["region_id"].to_list()
    found, warnings = {}, []
    for season in ("SS", "AW"):
        listed = tables.settings.region_order.get(season, ())
        unlisted = [region for region in ids if region not in set(listed)]
        place = {region: at for at, region in enumerate([*listed, *unlisted])}
        found[season] = np.array([place[region] for region in ids], dtype=np.int64)
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
    # Stages 1 and 2 are a block each; stage 3 mixes regions and stores by their level keys.
    rests = [RESERVE] if not _reserves_mirror_shipping(tables) else []
    groups = [
        [_line_claims(tables, keys, parts, product_of_item, SHIP)],
        *([_line_claims(tables, keys, parts, product_of_item, kind)] for kind in rests),
        [_gap_claims(tables, keys, parts, REGION), _gap_claims(tables, keys, parts, STORE)],
    ]
    n = sum(len(block.by_id) for group in groups for block in group)
    if _reserves_mirror_shipping(tables):
        n += len(groups[0][0].by_id)
    level = np.empty(n, dtype=np.int64)
    kind = np.empty(n, dtype=np.int8)
    names = ("item", "outlet", "order", "source", "wanted", "pack", "price")
    fields = {name: np.empty(n, dtype=np.int64) for name in ("place", *names)}
    at, next_level = 0, 0
    for group in groups:
        bases = np.cumsum([0, *(len(block.by_id) for block in group)])[:-1]
        by_id = _joined([block.by_id + base for block, base in zip(group, bases, strict=True)])
        codes = [_joined([block.key[k] for block in group]) for k in range(len(group[0].key))]
        order = sort_by_codes(codes, by_id)
        if not len(order):
            continue
        here = slice(at, at + len(order))
        np.cumsum(_begins(codes, order), out=level[here])
        level[here] += next_level - 1
        kinds = [np.full(len(block.by_id), block.kind, dtype=np.int8) for block in group]
        _take(_joined(kinds), order, kind[here])
        place = np.empty(len(order), dtype=np.int64)
        place[by_id] = np.arange(at, at + len(order))
        _take(place, order, fields["place"][here])
        for name in names:
            _take(_joined([block.fields[name] for block in group]), order, fields[name][here])
        at, next_level = here.stop, int(level[here.stop - 1]) + 1
        if group is groups[0] and _reserves_mirror_shipping(tables):
            # The rests of all lines, in the same order: copied, which is far quicker than sorted.
            copied = slice(at, at + len(order))
            kind[copied] = RESERVE
            level[copied] = level[here] + next_level
            for name in ("place", *names):
                fields[name][copied] = fields[name][here]
            fields["place"][copied] += at
            fields["price"][copied] = 0
            at, next_level = copied.stop, int(level[copied.stop - 1]) + 1
    # A pack larger than any claim gives nothing; clipped, its pieces cannot overflow.
    pack_pieces = fields["pack"]
    if n and int(pack_pieces.max()) > MAX_CLAIM_PIECES:
        pack_pieces = np.minimum(pack_pieces, MAX_CLAIM_PIECES + 1)
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
    """

    kind: int
    by_id: Ints
    key: list[Ints]
    fields: dict[str, Ints]


def _joined(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _reserves_mirror_shipping(tables: Tables) -> bool:
    """Whether every line may reserve its rest, in the ranks in which it ships."""
    lines, ranks = tables.order_lines["reserve"], tables.franchisees["reserve_rank"]
    return lines.null_count() == lines.len() and ranks.null_count() == ranks.len()


def _begins(codes: list[Ints], order: Ints) -> NDArray[np.bool_]:
    """Whether a claim, in this order, is the first of its level."""
    begins = np.ones(len(order), dtype=np.bool_)
    size = 1
    for code in codes:
        size *= int(code.max()) + 1
    if size < 2**62:
        joined = codes[0]
        for code in codes[1:]:
            joined = joined * (int(code.max()) + 1) + code
        codes = [joined]
    begins[1:] = False
    for code in codes:
        sorted_code = code[order]
        begins[1:] |= sorted_code[1:] != sorted_code[:-1]
    return begins


def _take(values: NDArray[Any], rows: Ints, out: NDArray[Any]) -> None:
    # `clip` never clips here; it spares the buffer that the default mode fills first.
    np.take(values, rows, out=out, mode="clip")


def sort_by_codes(codes: list[Ints], order: Ints) -> Ints:
    """The order by several small numbers, the first the most significant, `order` among equals.

    A radix sort, one pass per 16 bits: far quicker than comparing.
    """
    for code in reversed(codes):
        high = int(code.max()) if len(code) else 0
        for shift in range(0, max(high.bit_length(), 1), 16):
            digit = (code >> shift if shift else code).astype(np.uint16)
            order = order[np.argsort(digit[order], kind="stable")]
    return order


def _line_claims(
    tables: Tables, keys: Keys, parts: LevelParts, product_of_item: Ints, kind: int
) -> _Block:
    lines, franchisees = tables.order_lines, tables.franchisees
    rows = np.arange(lines.height, dtype=np.int64)
    rank = franchisees["rank"].to_numpy()
    by_id = np.argsort(text_positions(lines["line_id"]))
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
    fields = {
        "item": item,
        "outlet": franchisee,
        "order": order,
        "source": rows,
        "wanted": lines["qty"].to_numpy()[rows],
        "pack": keys.line_pack[rows],
        "price": keys.line_price[rows] if kind == SHIP else np.zeros(len(rows), dtype=np.int64),
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
    tier = parts.tier_place[owner] if kind == STORE else np.zeros(len(rows), dtype=np.int64)
    product = keys.sku_product[sku]
    none = np.zeros(len(rows), dtype=np.int64)
    fields = {
        "item": sku,
        "outlet": owner,
        "order": none - 1,
        "source": rows,
        "wanted": gap,
        "pack": pack,
        "price": none,
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
    first = (is_free * np.int64(2) + is_other) * (2 * n_regions)
    goes_by_ss = (season == "SS").to_numpy() | (is_free & (run_season == "SS"))
    free = is_free[product]
    ss, aw = parts.region_place["SS"], parts.region_place["AW"]
    place = np.where(goes_by_ss[product], ss[region], aw[region])
    middle = np.where(free, is_region * n_regions + place, place * 2 + is_region)
    return [first[product] + middle, parts.product_place[product], tier]
