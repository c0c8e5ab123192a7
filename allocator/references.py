"""Every reference in the tables as a row number."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.columns import known_or
from allocator.fingerprint import Coded
from allocator.sorting import is_ascending
from allocator.tables import Tables

# Amounts are int64; numbers of rows are ROW, and widened where they are multiplied.
Ints = NDArray[np.signedinteger[Any]]
ROW = np.int32
Mask = NDArray[np.bool_]

# These bounds keep every sum of the model inside int64; see `allocator.problem`.
MAX_CLAIM_PIECES = 20_000_000
MAX_SUPPLY_ROW = 10**12
MAX_CENTS = 9 * 10**14
# This many claims compete at a level at most, and numbers of rows and claims (a line makes two) fit
# into 32 bits.
MAX_ROWS = 20_000_000

# Whether equal texts of a column follow each other is seen in this many of them.
RUNS_SHOW_IN = 1 << 10
# Texts that leave out at most this many of those they refer to are looked for side by side.
MOST_LEFT_OUT = 32

SEASONS = ("SS", "AW", "NS")


@dataclass(frozen=True)
class References:
    """References as row numbers of the table they name, -1 = unknown.

    Items are the SKUs in their table's order, then the prepacks in order of first appearance.
    """

    sku_product: Ints
    supply_sku: Ints
    supply_warehouse: Ints
    warehouses: list[str]
    order_franchisee: Ints
    line_order: Ints
    line_item: Ints
    store_region: Ints
    stock_store: Ints
    stock_sku: Ints
    reserve_region: Ints
    reserve_sku: Ints
    prepack_ids: list[str]
    part_prepack: Ints
    part_sku: Ints
    line_pack: Ints
    line_price: Ints
    stock_pack: Ints
    reserve_pack: Ints
    item_pieces: Ints


def positions(values: pl.Series, among: pl.Series) -> Ints:
    """For each value its row in `among` (the first, if it stands there twice), or -1."""
    if among.len() == 0 or values.len() == 0:
        return np.full(values.len(), -1, dtype=ROW)
    # Lines of an order mostly follow each other: then only the first of each run is looked up.
    if _n_runs(values[:RUNS_SHOW_IN]) * 4 < min(values.len(), RUNS_SHOW_IN):
        run = values.rle_id().to_numpy()
        heads = np.append(0, np.flatnonzero(run[1:] != run[:-1]) + 1)
        return np.asarray(_rows_among(values.gather(heads), among)[run])
    return _rows_among(values, among)


def _n_runs(values: pl.Series) -> int:
    return int(values.rle_id()[-1]) + 1


def _rows_among(values: pl.Series, among: pl.Series) -> Ints:
    in_step = _rows_in_step(values, among)
    if in_step is not None:
        return in_step
    known = among.drop_nulls()
    distinct = known.unique(maintain_order=True) if known.len() != known.n_unique() else known
    codes = values.cast(pl.Enum(distinct), strict=False).to_physical().cast(pl.Int32)
    found = known_or(codes, -1)
    if distinct.len() == among.len():
        return found
    first = {value: row for row, value in reversed(list(enumerate(among.to_list())))}
    rows: Ints = np.array([first[value] for value in distinct.to_list()] + [-1], dtype=ROW)
    return np.asarray(rows[found])


def _rows_in_step(values: pl.Series, among: pl.Series) -> Ints | None:
    """The rows of values that follow `among` from its start and leave out few; None otherwise.

    A text is found where it is equal; so it is right wherever the texts of `among` are distinct.
    """
    left_out = among.len() - values.len()
    if not 0 <= left_out <= MOST_LEFT_OUT or values.null_count() or among.null_count():
        return None
    if not is_ascending(among):
        return None
    rows = np.arange(values.len(), dtype=ROW)
    at = 0
    for skipped in range(left_out + 1):
        differs = values[at:] != among[at + skipped : values.len() + skipped]
        first = differs.arg_max() if differs.any() else None
        if first is None:
            return rows
        at += first
        rows[at:] += 1
    return None


def resolve_references(tables: Tables) -> References:
    """Resolve every reference; what is unknown is a fault (`allocator.input_faults`)."""
    t = tables
    prepack_ids = t.prepacks["prepack_id"].drop_nulls().unique(maintain_order=True)
    items = pl.concat([t.skus["sku_id"], prepack_ids])
    warehouses = t.supply["warehouse_id"].drop_nulls().unique().sort()
    # The large tables at the same time: texts are looked up without the interpreter's lock.
    lines, stock = t.order_lines, t.store_stock
    with ThreadPoolExecutor(1) as aside:
        of_store = aside.submit(positions, stock["store_id"], t.stores["store_id"])
        of_item = aside.submit(positions, lines["sku_id"], items)
        of_order = aside.submit(positions, lines["order_id"], t.orders["order_id"])
        stock_sku = positions(stock["sku_id"], t.skus["sku_id"])
        stock_store = of_store.result()
        _cache_codes(t, "store_stock", (stock_store, t.stores["store_id"]), stock_sku)
        t.row_order("store_stock")
        line_item, line_order = of_item.result(), of_order.result()
    reserve_region = positions(t.region_reserves["region_id"], t.regions["region_id"])
    reserve_sku = positions(t.region_reserves["sku_id"], t.skus["sku_id"])
    _cache_codes(t, "region_reserves", (reserve_region, t.regions["region_id"]), reserve_sku)
    part_prepack = positions(t.prepacks["prepack_id"], prepack_ids)
    part_sku = positions(t.prepacks["sku_id"], t.skus["sku_id"])
    n_skus, n_items = t.skus.height, items.len()
    pieces = np.ones(n_items, dtype=np.int64)
    pieces[n_skus:] = 0
    # Beyond the bound a count says only "too large"; clipped, it cannot overflow on the way.
    part_qty = np.minimum(known_or(t.prepacks["qty"], 1), MAX_CLAIM_PIECES + 1)
    np.add.at(pieces, n_skus + part_prepack, part_qty)
    own_pack = np.append(known_or(t.skus["pack"], 1), np.full(n_items - n_skus + 1, -1))
    own_price = np.append(known_or(t.skus["price_cents"], 0), np.full(n_items - n_skus + 1, -1))
    return References(
        sku_product=positions(t.skus["product_id"], t.products["product_id"]),
        supply_sku=positions(t.supply["sku_id"], t.skus["sku_id"]),
        supply_warehouse=positions(t.supply["warehouse_id"], warehouses),
        warehouses=warehouses.to_list(),
        order_franchisee=positions(t.orders["franchisee_id"], t.franchisees["franchisee_id"]),
        line_order=line_order,
        line_item=line_item,
        store_region=positions(t.stores["region_id"], t.regions["region_id"]),
        stock_store=stock_store,
        stock_sku=stock_sku,
        reserve_region=reserve_region,
        reserve_sku=reserve_sku,
        prepack_ids=prepack_ids.to_list(),
        part_prepack=part_prepack,
        part_sku=part_sku,
        line_pack=_with_default(t.order_lines["pack"], own_pack, line_item),
        line_price=_with_default(t.order_lines["price_cents"], own_price, line_item),
        stock_pack=_with_default(t.store_stock["pack"], own_pack, stock_sku),
        reserve_pack=_with_default(t.region_reserves["pack"], own_pack, reserve_sku),
        item_pieces=np.minimum(pieces, MAX_CLAIM_PIECES + 1),
    )


def _cache_codes(t: Tables, table: str, owner: tuple[Ints, pl.Series], sku: Ints) -> None:
    """Let the tables know a table's rows by the numbers found, where all are known."""
    if min(int(owner[0].min(initial=0)), int(sku.min(initial=0))) >= 0:
        t.cache_codes(table, Coded(*owner), Coded(sku, t.skus["sku_id"]))


def _with_default(own: pl.Series, default: Ints, item: Ints) -> Ints:
    """The row's own value, else its item's. An unknown item takes the last, meaningless one."""
    if own.null_count() == 0:
        return own.to_numpy()
    is_empty = own.is_null().to_numpy()
    return np.where(is_empty, default[item], own.fill_null(0).to_numpy())
