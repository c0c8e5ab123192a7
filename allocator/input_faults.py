"""Every fault of the content: what makes tables unusable, whoever made them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from allocator.columns import known_or
from allocator.faults import Fault, Phrase, phrase
from allocator.references import (
    MAX_CENTS,
    MAX_CLAIM_PIECES,
    MAX_ROWS,
    MAX_SUPPLY_ROW,
    SEASONS,
    Mask,
    References,
)
from allocator.tables import COLUMNS, MAY_BE_EMPTY, Settings, Tables

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


def faults_in(t: Tables, refs: References, *, settings_known: bool = True) -> list[Fault]:
    """Everything that makes the content unusable. settings_known: whether they are there to be
    held against the tables."""
    faults = [
        *_too_many_rows(t),
        *_empty_cells(t),
        *_values_out_of_range(t),
        *_repeated_keys(t),
        *_claims_of_one_id(t),
        *_unknown_ids(t, refs),
        *_unsound_prepacks(t, refs),
        *_claims_too_large(t, refs),
        *_lines_of_prepacks_without_terms(t, refs),
    ]
    if settings_known:
        faults += [*_settings_that_name_unknown_ids(t), *_unknown_tiers(t)]
    return faults


def _at(
    table: str,
    frame: pl.DataFrame,
    column: str,
    wrong: Mask | pl.Series,
    problem: Phrase,
    remedy: Phrase,
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


def _not_among(texts: pl.Series, known: Sequence[str]) -> Mask:
    """Which texts are none of those known. An empty cell is a fault of its own."""
    known_or_empty = {None, *known}
    return np.array([text not in known_or_empty for text in texts.to_list()], dtype=np.bool_)


def _any_has_a_colon(ids: pl.Series) -> bool:
    return any(":" in one for one in ids.to_list() if one is not None)


def _too_many_rows(t: Tables) -> Iterator[Fault]:
    for table, frame in t.frames():
        if frame.height > MAX_ROWS:
            said, mend = (
                phrase("files.TOO_MANY_ROWS", most=MAX_ROWS),
                phrase("files.SOLVE_IN_PARTS"),
            )
            yield Fault(f"{table}.csv", 0, "", str(frame.height), said, mend)


def _empty_cells(t: Tables) -> Iterator[Fault]:
    for table, frame in t.frames():
        for column in COLUMNS[table]:
            if (table, column) not in MAY_BE_EMPTY and frame[column].null_count():
                wrong = frame[column].is_null()
                yield from _at(
                    table,
                    frame,
                    column,
                    wrong,
                    phrase("files.EMPTY_CELL"),
                    phrase("files.FILL_IT_IN"),
                )


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
                yield from _at(
                    table,
                    frame,
                    column,
                    wrong,
                    phrase("files.NEITHER_0_NOR_1"),
                    phrase("files.WRITE_0_OR_1"),
                )
                continue
            if low < least and (table, column) not in MAY_BE_NEGATIVE:
                wrong = (values < least).fill_null(value=False)
                said = phrase("files.BELOW_1") if least else phrase("files.NEGATIVE")
                yield from _at(
                    table, frame, column, wrong, said, phrase("files.OR_MORE", least=least)
                )
            if column.endswith("_cents") and (high > MAX_CENTS or low < -MAX_CENTS):
                wrong = ((values > MAX_CENTS) | (values < -MAX_CENTS)).fill_null(value=False)
                said = phrase("files.ABOVE_CENTS")
                yield from _at(
                    table, frame, column, wrong, said, phrase("files.CENTS_NOT_FRACTIONS")
                )
            if (table, column) == ("supply", "units") and high > MAX_SUPPLY_ROW:
                wrong = (values > MAX_SUPPLY_ROW).fill_null(value=False)
                yield from _at(
                    table,
                    frame,
                    column,
                    wrong,
                    phrase("files.ABOVE_UNITS"),
                    phrase("files.CHECK_COUNT"),
                )
            if (table, column) == ("prepacks", "qty") and high > MAX_CLAIM_PIECES:
                wrong = (values > MAX_CLAIM_PIECES).fill_null(value=False)
                yield from _at(
                    table,
                    frame,
                    column,
                    wrong,
                    phrase("files.ABOVE_PIECES"),
                    phrase("files.CHECK_IT"),
                )
    yield from _at(
        "products",
        t.products,
        "season",
        _not_among(t.products["season"], SEASONS),
        phrase("files.NO_SEASON"),
        phrase("files.USE_SEASONS"),
    )


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
            table,
            frame,
            columns[0],
            again & sound,
            phrase("files.REPEATS", key=key),
            phrase("files.KEEP_ONE_ROW"),
        )


def _claims_of_one_id(t: Tables) -> Iterator[Fault]:
    """Claims of gaps are named `owner:sku`: two may have one name where both parts hold a colon."""
    for table, column, owners in (
        ("store_stock", "store_id", t.stores["store_id"]),
        ("region_reserves", "region_id", t.regions["region_id"]),
    ):
        if not all(_any_has_a_colon(ids) for ids in (owners, t.skus["sku_id"])):
            continue
        frame: pl.DataFrame = getattr(t, table)
        claim = frame[column] + ":" + frame["sku_id"]
        pair = frame.select(pl.struct(column, "sku_id")).to_series()
        again = ~claim.is_first_distinct() & pair.is_first_distinct() & claim.is_not_null()
        said = phrase("files.CLAIM_OF_ANOTHER")
        yield from _at(table, frame, column, again, said, phrase("files.RENAME_ONE"))


def _unknown_ids(t: Tables, refs: References) -> Iterator[Fault]:
    references = [
        ("skus", "product_id", refs.sku_product, "products"),
        ("supply", "sku_id", refs.supply_sku, "skus"),
        ("orders", "franchisee_id", refs.order_franchisee, "franchisees"),
        ("order_lines", "order_id", refs.line_order, "orders"),
        ("order_lines", "sku_id", refs.line_item, "skus"),
        ("stores", "region_id", refs.store_region, "regions"),
        ("store_stock", "store_id", refs.stock_store, "stores"),
        ("store_stock", "sku_id", refs.stock_sku, "skus"),
        ("region_reserves", "region_id", refs.reserve_region, "regions"),
        ("region_reserves", "sku_id", refs.reserve_sku, "skus"),
    ]
    for table, column, found, refers_to in references:
        frame: pl.DataFrame = getattr(t, table)
        if not len(found) or int(found.min()) >= 0:
            continue
        wrong = (found < 0) & frame[column].is_not_null().to_numpy()
        problem, remedy = (
            phrase("files.NOT_IN_TABLE", table=refers_to),
            phrase("files.ADD_OR_MEND", column=column),
        )
        yield from _at(table, frame, column, wrong, problem, remedy, refers_to)


def _unsound_prepacks(t: Tables, refs: References) -> Iterator[Fault]:
    frame = t.prepacks
    if not frame.height:
        return
    named = frame["prepack_id"].is_in(t.skus["sku_id"].implode()).fill_null(value=False)
    said, mend = phrase("files.SKU_NAME_TOO"), phrase("files.OWN_PREPACK_NAME")
    yield from _at("prepacks", frame, "prepack_id", named, said, mend)
    nested = frame["sku_id"].is_in(frame["prepack_id"].implode()).fill_null(value=False).to_numpy()
    nested = nested & (refs.part_sku < 0)
    said, mend = phrase("files.ITSELF_PREPACK"), phrase("files.LIST_PIECES")
    yield from _at("prepacks", frame, "sku_id", nested, said, mend)
    unknown = (refs.part_sku < 0) & ~nested & frame["sku_id"].is_not_null().to_numpy()
    said, mend = phrase("files.NOT_IN_SKUS"), phrase("files.ADD_OR_MEND_SKU")
    yield from _at("prepacks", frame, "sku_id", unknown, said, mend, "skus")
    if not t.skus.height:
        return
    product = np.where(refs.part_sku >= 0, refs.sku_product[refs.part_sku], -1)
    first: dict[int, int] = {}
    other = np.zeros(frame.height, dtype=np.bool_)
    for row, (prepack, of) in enumerate(
        zip(refs.part_prepack.tolist(), product.tolist(), strict=True)
    ):
        if of >= 0 and prepack >= 0:
            other[row] = first.setdefault(prepack, of) != of
    said, mend = phrase("files.OTHER_PRODUCT"), phrase("files.ONE_PRODUCT")
    yield from _at("prepacks", frame, "sku_id", other, said, mend)


def _claims_too_large(t: Tables, refs: References) -> Iterator[Fault]:
    bound = MAX_CLAIM_PIECES
    mend = phrase("files.SPLIT_IT")
    qty = known_or(t.order_lines["qty"], 0)
    most, highest_price = int(qty.max(initial=0)), int(refs.line_price.max(initial=0))
    # Most files keep the bounds by far; only others are looked at line by line.
    if most * int(refs.item_pieces.max(initial=1)) > bound or most * highest_price > MAX_CENTS:
        pieces = np.append(refs.item_pieces, 1)[refs.line_item]
        wrong = (qty > bound) | (np.clip(qty, 0, bound) * pieces > bound)
        yield from _at(
            "order_lines", t.order_lines, "qty", wrong, phrase("files.TOO_MANY_PIECES"), mend
        )
        # Compared by division: price x quantity itself might not fit.
        allowed = MAX_CENTS // np.maximum(qty, 1)
        too_expensive = (refs.line_price > allowed) & ~wrong & (refs.line_price <= MAX_CENTS)
        yield from _at(
            "order_lines",
            t.order_lines,
            "price_cents",
            too_expensive,
            phrase("files.LINE_TOO_DEAR"),
            mend,
        )
    for table, more, less in (
        ("store_stock", "safety", "on_hand"),
        ("region_reserves", "target", "current"),
    ):
        frame: pl.DataFrame = getattr(t, table)
        if int(known_or(frame[more], 0).max(initial=0)) <= bound:
            continue
        # Both are at least 0 where they are sound, so the difference fits.
        wanted = np.maximum(known_or(frame[more], 0), 0) - np.maximum(known_or(frame[less], 0), 0)
        said = phrase("files.GAP_TOO_LARGE")
        yield from _at(table, frame, more, wanted > bound, said, mend)


def _lines_of_prepacks_without_terms(t: Tables, refs: References) -> Iterator[Fault]:
    if not refs.prepack_ids:
        return
    of_prepack = refs.line_item >= t.skus.height
    for column in ("pack", "price_cents"):
        wrong = of_prepack & t.order_lines[column].is_null().to_numpy()
        said, mend = phrase("files.PREPACK_NO_DEFAULT"), phrase("files.FILL_IT_IN")
        yield from _at("order_lines", t.order_lines, column, wrong, said, mend)


def _settings_that_name_unknown_ids(t: Tables) -> Iterator[Fault]:
    settings: Settings = t.settings
    known = set(t.regions["region_id"].to_list())
    for season, listed in settings.region_order.items():
        for region in listed:
            if region not in known:
                said, mend = (
                    phrase("files.LISTED_NO_REGION", season=season),
                    phrase("files.ADD_REGION"),
                )
                yield Fault("settings.json", 0, "region_order", region, said, mend, "regions")


def _unknown_tiers(t: Tables) -> Iterator[Fault]:
    wrong = _not_among(t.stores["tier"], t.settings.tiers)
    said = phrase("files.NO_TIER")
    yield from _at("stores", t.stores, "tier", wrong, said, phrase("files.ADD_OR_MEND_TIER"))
