"""Random edits of tables, as a planner's what-if makes them: amounts, orders, rows, options."""

import random
from dataclasses import replace
from typing import Any

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
    """One change of any kind that a what-if knows."""
    kinds = [edit_amount, edit_amount, edit_order, edit_order, take_out, put_in, edit_option]
    return rng.choice(kinds)(tables, rng)


def edit_order(tables: Tables, rng: random.Random) -> Tables:
    """One rank, launch rank, season or tier changed, or the order of the regions."""
    dice = rng.random()
    if dice < 0.5:
        return _set_cell(tables, rng, rng.choice(ORDERINGS))
    if dice < 0.65:
        return _set_text(tables, rng, "products", "season", ["SS", "AW", "NS"])
    if dice < 0.8:
        return _set_text(tables, rng, "stores", "tier", list(tables.settings.tiers))
    season = rng.choice(["SS", "AW"])
    order = {one: list(ids) for one, ids in tables.settings.region_order.items()}
    rng.shuffle(order.setdefault(season, []))
    tiers = list(tables.settings.tiers)
    if rng.random() < 0.3:
        rng.shuffle(tiers)
    regions = {one: tuple(ids) for one, ids in order.items()}
    options = replace(tables.settings, region_order=regions, tiers=tuple(tiers))
    return replace(tables, settings=options)


def edit_option(tables: Tables, rng: random.Random) -> Tables:
    """One option of the run changed."""
    options: list[dict[str, Any]] = [
        {"season": "AW" if tables.settings.season == "SS" else "SS"},
        {"launch_ties": "STRICT" if tables.settings.launch_ties == "SHARED" else "SHARED"},
        {"size_run_min": rng.choice([None, 1, 2, 3])},
        {"share_cap_ppm": rng.choice([None, 200_000, 600_000])},
        {"pick_capacity": rng.choice([None, dict.fromkeys(tables.supply["warehouse_id"], 12)])},
    ]
    chosen = rng.choice(options[: 5 if rng.random() < 0.3 else 3])
    return replace(tables, settings=replace(tables.settings, **chosen))


def take_out(tables: Tables, rng: random.Random) -> Tables:
    """A row taken out."""
    name = rng.choice(["order_lines", "store_stock", "region_reserves"])
    frame = getattr(tables, name)
    if not frame.height:
        return tables
    at = rng.randrange(frame.height)
    return replace(tables, **{name: pl.concat([frame[:at], frame[at + 1 :]])})


def put_in(tables: Tables, rng: random.Random) -> Tables:
    """A line, a store's or a region's row, or goods that arrive on top; at times unsound."""
    t, name = tables, rng.choice(["order_lines", "store_stock", "region_reserves", "supply"])
    if not t.skus.height:
        return tables
    sku = rng.choice(t.skus["sku_id"].to_list())
    if name == "supply":
        if not t.supply.height:
            return tables
        where = rng.choice(t.supply["warehouse_id"].to_list())
        row: dict[str, Any] = {"warehouse_id": where, "sku_id": sku, "units": rng.randint(1, 9)}
    elif name == "order_lines":
        if not t.orders.height:
            return tables
        orders = t.orders["order_id"].to_list()
        if rng.random() < 0.3:
            people = t.franchisees["franchisee_id"].to_list()
            order = {"order_id": "NEW", "franchisee_id": rng.choice(people)}
            order |= {"ship_complete": rng.randint(0, 1), "min_ship_value_cents": 300}
            new = pl.DataFrame(order, schema=t.orders.schema)
            tables, orders = replace(t, orders=pl.concat([t.orders, new])), ["NEW"]
        row = {
            "line_id": rng.choice(["A", "L1", "L10-", "L99", "l", "\uff3a"]),
            "order_id": rng.choice(orders),
            "sku_id": sku,
            "qty": rng.randint(0, 9),
            "pack": rng.choice([None, 1, 2]),
            "price_cents": rng.choice([None, 0, 100, 250]),
            "reserve": rng.choice([None, 0, 1]),
        }
    elif name == "store_stock":
        if not t.stores.height:
            return tables
        store = rng.choice(t.stores["store_id"].to_list())
        row = {"store_id": store, "sku_id": sku, "safety": rng.randint(0, 6)}
        row |= {"on_hand": rng.randint(0, 2), "pack": rng.choice([None, 1, 2])}
    else:
        region = rng.choice(t.regions["region_id"].to_list())
        row = {"region_id": region, "sku_id": sku, "target": rng.randint(0, 6)}
        row |= {"current": rng.randint(0, 2), "pack": rng.choice([None, 1, 2])}
    frame: pl.DataFrame = getattr(t, name)
    at = rng.randint(0, frame.height)
    one = pl.DataFrame({key: [value] for key, value in row.items()}, schema=frame.schema)
    return replace(tables, **{name: pl.concat([frame[:at], one, frame[at:]])})


def _set_text(
    tables: Tables, rng: random.Random, table: str, column: str, values: list[str]
) -> Tables:
    frame: pl.DataFrame = getattr(tables, table)
    if not frame.height:
        return tables
    cells = frame[column].to_list()
    cells[rng.randrange(len(cells))] = rng.choice(values)
    return replace(tables, **{table: frame.with_columns(pl.Series(column, cells))})


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
