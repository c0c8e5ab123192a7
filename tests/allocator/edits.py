"""Random edits of tables, as a planner's what-if makes them: amounts, ranks, rows taken out."""

import random
from dataclasses import replace

import polars as pl

from allocator import Tables

# (table, column, values to draw from). None leaves the cell to the SKU's default.
AMOUNTS: list[tuple[str, str, list[int | None]]] = [
    ("franchisees", "balance_cents", [-1000, 0, 300, 900, 2000, 5000, 10**6]),
    ("franchisees", "credit_limit_cents", [0, 100, 1000, 4000]),
    ("franchisees", "guarantee_cents", [0, 100, 1000]),
    ("franchisees", "blocked", [0, 1]),
    ("supply", "units", [0, 1, 2, 5, 9, 30, 100]),
    ("orders", "ship_complete", [0, 1]),
    ("orders", "min_ship_value_cents", [0, 300, 1000, 3000]),
    ("order_lines", "qty", [0, 1, 2, 3, 4, 5, 8]),
    ("order_lines", "pack", [1, 2, 3]),
    ("order_lines", "price_cents", [0, 99, 100, 200, 500]),
    ("store_stock", "safety", [0, 1, 2, 3, 4, 6]),
    ("store_stock", "on_hand", [0, 1, 2]),
    ("store_stock", "pack", [None, 1, 2]),
    ("region_reserves", "target", [0, 1, 3, 6]),
]
ORDERINGS: list[tuple[str, str, list[int | None]]] = [
    ("franchisees", "rank", [0, 1, 2, 3]),
    ("franchisees", "reserve_rank", [None, 1, 2]),
    ("products", "launch_rank", [0, 1, 2, 3]),
    ("order_lines", "reserve", [0, 1]),
]


def edit_amount(tables: Tables, rng: random.Random) -> Tables:
    """One amount changed."""
    return _set_cell(tables, rng, rng.choice(AMOUNTS))


def edit_anything(tables: Tables, rng: random.Random) -> Tables:
    """One amount or rank changed, a row taken out, or goods that arrive on top."""
    dice = rng.random()
    if dice < 0.6:
        return edit_amount(tables, rng)
    if dice < 0.8:
        return _set_cell(tables, rng, rng.choice(ORDERINGS))
    if dice < 0.9:
        name = rng.choice(["order_lines", "store_stock", "region_reserves"])
        frame = getattr(tables, name)
        if not frame.height:
            return tables
        at = rng.randrange(frame.height)
        return replace(tables, **{name: pl.concat([frame[:at], frame[at + 1 :]])})
    if not tables.skus.height or not tables.supply.height:
        return tables
    row = {
        "warehouse_id": [rng.choice(tables.supply["warehouse_id"].to_list())],
        "sku_id": [rng.choice(tables.skus["sku_id"].to_list())],
        "units": [rng.randint(1, 9)],
    }
    more = pl.DataFrame(row, schema=tables.supply.schema)
    return replace(tables, supply=pl.concat([tables.supply, more]))


def _set_cell(
    tables: Tables, rng: random.Random, column: tuple[str, str, list[int | None]]
) -> Tables:
    table, name, values = column
    frame: pl.DataFrame = getattr(tables, table)
    if not frame.height:
        return tables
    cells = frame[name].to_list()
    cells[rng.randrange(len(cells))] = rng.choice(values)
    series = pl.Series(name, cells, dtype=pl.Int64)
    return replace(tables, **{table: frame.with_columns(series)})
