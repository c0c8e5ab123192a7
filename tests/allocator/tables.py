"""Folders of CSV files written from plain rows, for tests that make up their own instances."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]

COLUMNS = {
    "regions": "region_id name",
    "products": "product_id launch_rank season",
    "skus": "sku_id product_id size price_cents pack",
    "supply": "warehouse_id sku_id units",
    "franchisees": "franchisee_id rank balance_cents credit_limit_cents guarantee_cents blocked",
    "orders": "order_id franchisee_id ship_complete min_ship_value_cents",
    "order_lines": "line_id order_id sku_id qty pack price_cents",
    "stores": "store_id region_id tier",
    "store_stock": "store_id sku_id safety on_hand pack",
    "region_reserves": "region_id sku_id target current pack",
    "prepacks": "prepack_id sku_id qty",
}
SETTINGS: dict[str, Any] = {
    "season": "SS",
    "region_order": {"SS": ["R"], "AW": ["R"]},
    "tiers": ["A", "B", "C"],
}
# What a row says when a test has no opinion.
USUAL: dict[str, dict[str, Any]] = {
    "regions": {"region_id": "R", "name": ""},
    "products": {"product_id": "P", "launch_rank": 1, "season": "SS"},
    "skus": {"sku_id": "K", "product_id": "P", "size": "", "price_cents": 100, "pack": 1},
    "supply": {"warehouse_id": "W", "sku_id": "K", "units": 10},
    "franchisees": {
        "franchisee_id": "F",
        "rank": 1,
        "balance_cents": 100_000,
        "credit_limit_cents": 0,
        "guarantee_cents": 0,
        "blocked": 0,
    },
    "orders": {
        "order_id": "O",
        "franchisee_id": "F",
        "ship_complete": 0,
        "min_ship_value_cents": 0,
    },
    "order_lines": {
        "line_id": "L",
        "order_id": "O",
        "sku_id": "K",
        "qty": 1,
        "pack": "",
        "price_cents": "",
    },
    "stores": {"store_id": "S", "region_id": "R", "tier": "A"},
    "store_stock": {"store_id": "S", "sku_id": "K", "safety": 1, "on_hand": 0, "pack": ""},
    "region_reserves": {"region_id": "R", "sku_id": "K", "target": 1, "current": 0, "pack": ""},
    "prepacks": {"prepack_id": "X", "sku_id": "K", "qty": 1},
}


def write_folder(
    folder: Path, tables: Mapping[str, Sequence[Row]], settings: Mapping[str, Any] | None = None
) -> Path:
    """Write one instance; a table that is not named is left out, a missing cell is as usual."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, given in tables.items():
        columns = COLUMNS[table].split()
        columns += sorted({c for row in given for c in row} - set(columns))
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows({**USUAL[table], **row} for row in given)
    whole = {**SETTINGS, **(settings or {})}
    text = json.dumps(whole, ensure_ascii=False, indent=1)
    (folder / "settings.json").write_text(text, encoding="utf-8")
    return folder


def tiny(folder: Path, settings: Mapping[str, Any] | None = None, **changed: Sequence[Row]) -> Path:
    """One product, one SKU with ten pieces, one franchisee's order, one store; and what differs."""
    world: dict[str, Sequence[Row]] = {
        "regions": [{}],
        "products": [{}],
        "skus": [{}],
        "supply": [{}],
        "franchisees": [{}],
        "orders": [{}],
        "order_lines": [{"qty": 3}],
        "stores": [{}],
    }
    return write_folder(folder, {**world, **changed}, settings)
