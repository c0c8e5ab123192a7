"""Every reference in the tables as a row number, and every fault of the content."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.faults import Fault
from allocator.sorting import is_ascending
from allocator.tables import COLUMNS, MAY_BE_EMPTY, Coded, Settings, Tables

# Amounts are int64; numbers of rows are ROW, and widened where they are multiplied.
Ints = NDArray[np.signedinteger[Any]]
ROW = np.int32
Mask = NDArray[np.bool_]

# These bounds keep every sum of the model inside int64; see `allocator.problem`.
MAX_CLAIM_PIECES = 20_000_000
MAX_SUPPLY_ROW = 10**12
MAX_CENTS = 9 * 10**14
# So many claims compete at a level at most, and numbers of rows and claims (a line makes two) fit
# into 32 bits.
MAX_ROWS = 20_000_000

# Whether equal texts of a column follow each other is seen in so many of them.
RUNS_SHOW_IN = 1 << 10
# Texts that leave out at most so many of those they refer to are looked for side by side.
MOST_LEFT_OUT = 32

SEASONS = ("SS", "AW", "NS")
YES_OR_NO = {
    "franchisees": ("blocked",),
    "orders": ("ship_complete",),
    "order_lines": ("reserve",),
}
MAY_BE_NEGATIVE = {("franchisees", "balance_cents")}
AT_LEAST_ONE = {
    ("skus", "pack"),
    ("order_lines", "pack"),
    ("store_stock", "pack"),
    ("region_reserves", "pack"),
    ("prepacks", "qty"),
}
UNIQUE = {
    "regions": ("region_id",),
    "products": ("product_id",),
    "skus": ("sku_id",),
    "franchisees": ("franchisee_id",),
    "orders": ("order_id",),
    "order_lines": ("line_id",),
    "stores": ("store_id",),
    "store_stock": ("store_id", "sku_id"),
    "region_reserves": ("region_id", "sku_id"),
    "prepacks": ("prepack_id", "sku_id"),
}


@dataclass(frozen=True)
class Keys:
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
    found: Ints = codes.fill_null(-1).to_numpy()
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


def resolve_references(tables: Tables, *, settings_known: bool = True) -> tuple[Keys, list[Fault]]:
    """Resolve every reference, and find everything that makes the content unusable."""
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
        _keep_codes(t, "store_stock", (stock_store, t.stores["store_id"]), stock_sku)
        t.row_order("store_stock")
        line_item, line_order = of_item.result(), of_order.result()
    reserve_region = positions(t.region_reserves["region_id"], t.regions["region_id"])
    reserve_sku = positions(t.region_reserves["sku_id"], t.skus["sku_id"])
    _keep_codes(t, "region_reserves", (reserve_region, t.regions["region_id"]), reserve_sku)
    part_prepack = positions(t.prepacks["prepack_id"], prepack_ids)
    part_sku = positions(t.prepacks["sku_id"], t.skus["sku_id"])
    n_skus, n_items = t.skus.height, items.len()
    pieces = np.ones(n_items, dtype=np.int64)
    pieces[n_skus:] = 0
    # Beyond the bound a count says only "too large"; clipped, it cannot overflow on the way.
    part_qty = np.minimum(_numbers(t.prepacks["qty"], 1), MAX_CLAIM_PIECES + 1)
    np.add.at(pieces, n_skus + part_prepack, part_qty)
    own_pack = np.append(_numbers(t.skus["pack"], 1), np.full(n_items - n_skus + 1, -1))
    own_price = np.append(_numbers(t.skus["price_cents"], 0), np.full(n_items - n_skus + 1, -1))
    keys = Keys(
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
    faults = [
        *_too_many_rows(t),
        *_empty_cells(t),
        *_values_out_of_range(t),
        *_repeated_keys(t),
        *_unknown_ids(t, keys),
        *_unsound_prepacks(t, keys),
        *_claims_too_large(t, keys),
        *_lines_of_prepacks_without_terms(t, keys),
    ]
    if settings_known:
        faults += [*_settings_that_name_unknown_ids(t), *_unknown_tiers(t)]
    return keys, faults


def _keep_codes(t: Tables, table: str, owner: tuple[Ints, pl.Series], sku: Ints) -> None:
    """Let the tables know a table's rows by the numbers found, where all are known."""
    if min(int(owner[0].min(initial=0)), int(sku.min(initial=0))) >= 0:
        t.keep_codes(table, Coded(*owner), Coded(sku, t.skus["sku_id"]))


def _numbers(values: pl.Series, empty: int) -> Ints:
    return values.fill_null(empty).to_numpy() if values.null_count() else values.to_numpy()


def _with_default(own: pl.Series, default: Ints, item: Ints) -> Ints:
    """The row's own value, else its item's. An unknown item takes the last, meaningless one."""
    if own.null_count() == 0:
        return own.to_numpy()
    is_empty = own.is_null().to_numpy()
    return np.where(is_empty, default[item], own.fill_null(0).to_numpy())


def _at(
    table: str,
    frame: pl.DataFrame,
    column: str,
    wrong: Mask | pl.Series,
    problem: str,
    remedy: str,
    refers_to: str = "",
) -> Iterator[Fault]:
    """One fault for each row where `wrong`; rows are counted as a spreadsheet does."""
    mask = wrong.to_numpy() if isinstance(wrong, pl.Series) else wrong
    if not mask.any():
        return
    cells = frame[column]
    for row in np.flatnonzero(mask).tolist():
        value = cells[row]
        said = "" if value is None else str(value)
        yield Fault(f"{table}.csv", row + 2, column, said, problem, remedy, refers_to)


def _too_many_rows(t: Tables) -> Iterator[Fault]:
    for table, frame in t.frames():
        if frame.height > MAX_ROWS:
            said, mend = f"has more than {MAX_ROWS} rows.", "Solve it in parts."
            yield Fault(f"{table}.csv", 0, "", str(frame.height), said, mend)


def _empty_cells(t: Tables) -> Iterator[Fault]:
    for table, frame in t.frames():
        for column in COLUMNS[table]:
            if (table, column) not in MAY_BE_EMPTY and frame[column].null_count():
                wrong = frame[column].is_null()
                yield from _at(table, frame, column, wrong, "is an empty cell.", "Fill it in.")


def _values_out_of_range(t: Tables) -> Iterator[Fault]:
    for table, frame in t.frames():
        flags = YES_OR_NO.get(table, ())
        for column, kind in COLUMNS[table].items():
            if kind is not pl.Int64 or not frame.height:
                continue
            values = frame[column]
            least = 1 if (table, column) in AT_LEAST_ONE else 0
            low, high = values.min(), values.max()
            if low is None or high is None:
                continue
            assert isinstance(low, int)  # noqa: S101 - narrows
            assert isinstance(high, int)  # noqa: S101 - narrows
            if column in flags and (low < 0 or high > 1):
                wrong = ~values.is_in([0, 1]).fill_null(value=True)
                yield from _at(table, frame, column, wrong, "is neither 0 nor 1.", "Write 0 or 1.")
                continue
            if low < least and (table, column) not in MAY_BE_NEGATIVE:
                wrong = (values < least).fill_null(value=False)
                said = "is below 1." if least else "is negative."
                yield from _at(table, frame, column, wrong, said, f"Write {least} or more.")
            if column.endswith("_cents") and (high > MAX_CENTS or low < -MAX_CENTS):
                wrong = ((values > MAX_CENTS) | (values < -MAX_CENTS)).fill_null(value=False)
                said = "is above 9 x 10^14 cents."
                yield from _at(table, frame, column, wrong, said, "Write cents, not fractions.")
            if (table, column) == ("supply", "units") and high > MAX_SUPPLY_ROW:
                wrong = (values > MAX_SUPPLY_ROW).fill_null(value=False)
                yield from _at(table, frame, column, wrong, "is above 10^12.", "Check the count.")
            if (table, column) == ("prepacks", "qty") and high > MAX_CLAIM_PIECES:
                wrong = (values > MAX_CLAIM_PIECES).fill_null(value=False)
                yield from _at(table, frame, column, wrong, "is above 20000000.", "Check it.")
    seasons = t.products["season"]
    wrong = ~seasons.is_in(SEASONS).fill_null(value=True)
    yield from _at("products", t.products, "season", wrong, "is no season.", "Use SS, AW or NS.")


def _repeated_keys(t: Tables) -> Iterator[Fault]:
    for table, columns in UNIQUE.items():
        frame: pl.DataFrame = getattr(t, table)
        if frame.height < 2 or t.row_order(table).by_key:
            continue
        keys = frame.select(columns)
        again = ~keys.select(pl.struct(columns).is_first_distinct()).to_series()
        sound = keys.select(pl.all_horizontal(pl.all().is_not_null())).to_series()
        key = " and ".join(columns)
        yield from _at(
            table, frame, columns[0], again & sound, f"repeats a {key}.", "Keep one row for it."
        )


def _unknown_ids(t: Tables, keys: Keys) -> Iterator[Fault]:
    references = [
        ("skus", "product_id", keys.sku_product, "products"),
        ("supply", "sku_id", keys.supply_sku, "skus"),
        ("orders", "franchisee_id", keys.order_franchisee, "franchisees"),
        ("order_lines", "order_id", keys.line_order, "orders"),
        ("order_lines", "sku_id", keys.line_item, "skus"),
        ("stores", "region_id", keys.store_region, "regions"),
        ("store_stock", "store_id", keys.stock_store, "stores"),
        ("store_stock", "sku_id", keys.stock_sku, "skus"),
        ("region_reserves", "region_id", keys.reserve_region, "regions"),
        ("region_reserves", "sku_id", keys.reserve_sku, "skus"),
    ]
    for table, column, found, refers_to in references:
        frame: pl.DataFrame = getattr(t, table)
        if not len(found) or int(found.min()) >= 0:
            continue
        wrong = (found < 0) & frame[column].is_not_null().to_numpy()
        problem, remedy = f"is not in {refers_to}.csv.", f"Add it there, or mend the {column}."
        yield from _at(table, frame, column, wrong, problem, remedy, refers_to)


def _unsound_prepacks(t: Tables, keys: Keys) -> Iterator[Fault]:
    frame = t.prepacks
    if not frame.height:
        return
    named = frame["prepack_id"].is_in(t.skus["sku_id"].implode()).fill_null(value=False)
    said, mend = "is also the name of a SKU.", "Give the prepack a name of its own."
    yield from _at("prepacks", frame, "prepack_id", named, said, mend)
    nested = frame["sku_id"].is_in(frame["prepack_id"].implode()).fill_null(value=False).to_numpy()
    nested = nested & (keys.part_sku < 0)
    said, mend = "is itself a prepack.", "List the pieces, not other prepacks."
    yield from _at("prepacks", frame, "sku_id", nested, said, mend)
    unknown = (keys.part_sku < 0) & ~nested & frame["sku_id"].is_not_null().to_numpy()
    said, mend = "is not in skus.csv.", "Add it there, or mend the sku_id."
    yield from _at("prepacks", frame, "sku_id", unknown, said, mend, "skus")
    if not t.skus.height:
        return
    product = np.where(keys.part_sku >= 0, keys.sku_product[keys.part_sku], -1)
    first: dict[int, int] = {}
    other = np.zeros(frame.height, dtype=np.bool_)
    for row, (prepack, of) in enumerate(
        zip(keys.part_prepack.tolist(), product.tolist(), strict=True)
    ):
        if of >= 0 and prepack >= 0:
            other[row] = first.setdefault(prepack, of) != of
    said, mend = "is of another product than the rest.", "Keep a prepack within one product."
    yield from _at("prepacks", frame, "sku_id", other, said, mend)


def _claims_too_large(t: Tables, keys: Keys) -> Iterator[Fault]:
    bound = MAX_CLAIM_PIECES
    mend = "Split it, or check the unit."
    qty = _numbers(t.order_lines["qty"], 0)
    most, dearest = int(qty.max(initial=0)), int(keys.line_price.max(initial=0))
    # Most files keep the bounds by far; only others are looked at line by line.
    if most * int(keys.item_pieces.max(initial=1)) > bound or most * dearest > MAX_CENTS:
        pieces = np.append(keys.item_pieces, 1)[keys.line_item]
        wrong = (qty > bound) | (np.clip(qty, 0, bound) * pieces > bound)
        yield from _at(
            "order_lines", t.order_lines, "qty", wrong, "asks for over 20000000 pieces.", mend
        )
        # Compared by division: price x quantity itself might not fit.
        allowed = MAX_CENTS // np.maximum(qty, 1)
        dear = (keys.line_price > allowed) & ~wrong & (keys.line_price <= MAX_CENTS)
        yield from _at(
            "order_lines",
            t.order_lines,
            "price_cents",
            dear,
            "makes a line above 9 x 10^14 cents.",
            mend,
        )
    for table, more, less in (
        ("store_stock", "safety", "on_hand"),
        ("region_reserves", "target", "current"),
    ):
        frame: pl.DataFrame = getattr(t, table)
        if int(_numbers(frame[more], 0).max(initial=0)) <= bound:
            continue
        # Both are at least 0 where they are sound, so the difference fits.
        wanted = np.maximum(_numbers(frame[more], 0), 0) - np.maximum(_numbers(frame[less], 0), 0)
        said = "leaves a gap of over 20000000 pieces."
        yield from _at(table, frame, more, wanted > bound, said, mend)


def _lines_of_prepacks_without_terms(t: Tables, keys: Keys) -> Iterator[Fault]:
    if not keys.prepack_ids:
        return
    of_prepack = keys.line_item >= t.skus.height
    for column in ("pack", "price_cents"):
        wrong = of_prepack & t.order_lines[column].is_null().to_numpy()
        said, mend = "is empty, and a prepack has no default.", "Fill it in."
        yield from _at("order_lines", t.order_lines, column, wrong, said, mend)


def _settings_that_name_unknown_ids(t: Tables) -> Iterator[Fault]:
    settings: Settings = t.settings
    known = set(t.regions["region_id"].to_list())
    for season, listed in settings.region_order.items():
        for region in listed:
            if region not in known:
                said, mend = f"is listed for {season} but not in regions.csv.", "Add the region."
                yield Fault("settings.json", 0, "region_order", region, said, mend, "regions")


def _unknown_tiers(t: Tables) -> Iterator[Fault]:
    wrong = ~t.stores["tier"].is_in(list(t.settings.tiers)).fill_null(value=True)
    said = "is not among the tiers of settings.json."
    yield from _at("stores", t.stores, "tier", wrong, said, "Add it there, or mend the tier.")
