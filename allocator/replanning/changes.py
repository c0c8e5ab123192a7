"""What an edit changed: columns of tables, and rows that came or went."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from allocator.references import Ints, Mask
from allocator.tables import Tables

# Columns that an edit may change in place, by table. The others say what a row is about.
EDITABLE = {
    "products": ("launch_rank", "season"),
    "franchisees": (
        "rank",
        "reserve_rank",
        "balance_cents",
        "credit_limit_cents",
        "guarantee_cents",
        "blocked",
    ),
    "orders": ("ship_complete", "min_ship_value_cents"),
    "order_lines": ("qty", "pack", "price_cents", "reserve"),
    "stores": ("tier",),
    "store_stock": ("safety", "on_hand", "pack"),
    "region_reserves": ("target", "current", "pack"),
}
# Tables of which rows may come and go, and what a row is about: first its id or ids.
ROWS = {
    "order_lines": ("line_id", "order_id", "sku_id"),
    "store_stock": ("store_id", "sku_id"),
    "region_reserves": ("region_id", "sku_id"),
}


@dataclass(frozen=True)
class Changes:
    """What differs: columns by table, and the rows of tables of which rows came or went.

    rows: per table, for each row its row in the base, -1 where it had none.
    """

    columns: dict[str, set[str]]
    rows: dict[str, Ints]

    def touch(self, *tables: str) -> bool:
        return any(table in self.columns or table in self.rows for table in tables)


def find_changes(base: Tables, edited: Tables) -> Changes | None:
    """What an edit changed; None where it is more than can be patched."""
    columns: dict[str, set[str]] = {}
    rows: dict[str, Ints] = {}
    for table, frame in edited.frames():
        before: pl.DataFrame = getattr(base, table)
        if frame is before:
            continue
        if table == "supply":
            if not frame.equals(before):
                columns[table] = {"units"}
            continue
        names = ROWS.get(table)
        same = frame.height == before.height
        differ = {
            name for name in frame.columns if not same or not frame[name].equals(before[name])
        }
        if same and differ <= set(EDITABLE.get(table, ())):
            if differ:
                columns[table] = differ
            continue
        if table == "orders" and _are_appended(before, frame):
            columns[table] = set(EDITABLE[table])
            continue
        if names is None:
            return None
        found = _old_rows(before, frame, names)
        if found is None:
            return None
        rows[table] = found
        columns[table] = set(EDITABLE[table])
    return Changes(columns, rows)


def _are_appended(before: pl.DataFrame, after: pl.DataFrame) -> bool:
    """Whether orders came, and stand behind those that were there."""
    names = ["order_id", "franchisee_id"]
    return bool(after[: before.height].select(names).equals(before.select(names)))


def _old_rows(before: pl.DataFrame, after: pl.DataFrame, names: tuple[str, ...]) -> Ints | None:
    """For each row its row in the base that is about the same; None where an id is missing."""
    if any(after[name].null_count() for name in names):
        return None
    short = min(before.height, after.height)
    differ = _differ(before, after, names, slice(0, short), slice(0, short))
    first = int(np.argmax(differ)) if differ.any() else short
    rest = short - first
    one, other = (slice(frame.height - rest, frame.height) for frame in (before, after))
    differ = _differ(before, after, names, one, other)
    last = int(np.argmax(differ[::-1])) if differ.any() else rest
    old = np.full(after.height, -1, dtype=np.int64)
    old[:first] = np.arange(first)
    old[after.height - last :] = np.arange(before.height - last, before.height)
    window = before[first : before.height - last].select(names).with_row_index("old", first)
    mine = after[first : after.height - last].select(names)
    if window.height and mine.height:
        joined = mine.join(window, on=list(names), how="left", maintain_order="left")
        if joined.height != mine.height:
            return None
        old[first : after.height - last] = joined["old"].cast(pl.Int64).fill_null(-1).to_numpy()
    taken = np.bincount(old[old >= 0], minlength=1)
    return old if int(taken.max()) < 2 else None


def _differ(
    before: pl.DataFrame, after: pl.DataFrame, names: tuple[str, ...], one: slice, other: slice
) -> Mask:
    """Which of these rows, paired one by one, are about something else."""
    differ = np.zeros(one.stop - one.start, dtype=np.bool_)
    for name in names:
        differ |= (before[name][one] != after[name][other]).to_numpy()
    return differ
