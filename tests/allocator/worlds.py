"""The tiny world of these tests: one warehouse, one product of two sizes, two franchisees."""

from __future__ import annotations

from typing import Any

import polars as pl

from allocator import Settings, Tables
from allocator.tables import COLUMNS

# What a row has when a test does not care.
USUAL: dict[str, dict[str, Any]] = {
    "regions": {"name": ""},
    "products": {"launch_rank": 1, "season": "NS"},
    "skus": {"product_id": "P", "size": "", "price_cents": 100, "pack": 1},
    "supply": {"warehouse_id": "W"},
    "franchisees": {
        "rank": 1,
        "reserve_rank": None,
        "balance_cents": 1_000_000,
        "credit_limit_cents": 0,
        "guarantee_cents": 0,
        "blocked": 0,
    },
    "orders": {"franchisee_id": "F", "ship_complete": 0, "min_ship_value_cents": 0},
    "order_lines": {"order_id": "O", "pack": None, "price_cents": None, "reserve": None},
    "stores": {"region_id": "R", "tier": "A"},
    "store_stock": {"on_hand": 0, "pack": None},
    "region_reserves": {"region_id": "R", "current": 0, "pack": None},
    "prepacks": {},
}


def world(settings: dict[str, Any] | None = None, **tables: list[dict[str, Any]]) -> Tables:
    """Tables from rows; what a row leaves out is usual, a table left out is tiny's."""
    rows = {
        "regions": [{"region_id": "R"}],
        "products": [{"product_id": "P"}],
        "skus": [{"sku_id": "K1"}, {"sku_id": "K2"}],
        "supply": [{"sku_id": "K1", "units": 10}, {"sku_id": "K2", "units": 10}],
        "franchisees": [{"franchisee_id": "F"}, {"franchisee_id": "G"}],
        "orders": [{"order_id": "O"}, {"order_id": "OG", "franchisee_id": "G"}],
        "stores": [{"store_id": "S"}],
        **tables,
    }
    frames: dict[str, Any] = {
        name: pl.DataFrame(
            [{**USUAL[name], **row} for row in of_table], schema=COLUMNS[name], orient="row"
        )
        for name, of_table in rows.items()
    }
    chosen: dict[str, Any] = {
        "season": "SS",
        "region_order": {"SS": ("R",), "AW": ("R",)},
        "tiers": ("A", "B", "C"),
        **(settings or {}),
    }
    return Tables(settings=Settings(**chosen), **frames)


def line(line_id: str, qty: int, sku_id: str = "K1", **more: Any) -> dict[str, Any]:
    """A row of order_lines."""
    return {"line_id": line_id, "sku_id": sku_id, "qty": qty, **more}


def given(plan: Any) -> dict[str, int]:
    """Units per claim, of claims that got something."""
    rows = plan.claims.select("claim_id", "given").rows()
    return {claim: units for claim, units in rows if units}


def reasons(plan: Any) -> dict[str, str]:
    """Reasons of the claims that were not filled."""
    rows = plan.claims.select("claim_id", "reason").rows()
    return {claim: reason for claim, reason in rows if reason}
