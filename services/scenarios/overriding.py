"""A planner's changes, applied to the allocator's tables."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from allocator import Tables
from domain.allocation import SEASON_CODES
from domain.errors import NotFound
from domain.money import to_cents
from domain.scenarios import Overrides


def overridden(tables: Tables, overrides: Overrides) -> Tables:
    """The tables with the planner's changes. Raises NotFound for a name the snapshot lacks."""
    franchisees, supply, products = tables.franchisees, tables.supply, tables.products
    settings = tables.settings
    if overrides.season is not None:
        settings = replace(settings, season=SEASON_CODES[overrides.season])
    if overrides.ranks:
        _check("customer with open orders", overrides.ranks, franchisees["franchisee_id"])
        for column in ("rank", "reserve_rank"):
            franchisees = _replaced(franchisees, "franchisee_id", column, overrides.ranks)
    if overrides.funds:
        _check("customer with open orders", overrides.funds, franchisees["franchisee_id"])
        cents = {customer: to_cents(amount) for customer, amount in overrides.funds.items()}
        nothing = dict.fromkeys(cents, 0)
        franchisees = _replaced(franchisees, "franchisee_id", "balance_cents", cents)
        for column in ("credit_limit_cents", "guarantee_cents", "blocked"):
            franchisees = _replaced(franchisees, "franchisee_id", column, nothing)
    if overrides.supply:
        _check("SKU", overrides.supply, tables.skus["sku_id"])
        supply = _supply(supply, overrides.supply)
    if overrides.launch_ranks:
        _check("product", overrides.launch_ranks, products["product_id"])
        products = _replaced(products, "product_id", "launch_rank", overrides.launch_ranks)
    return replace(
        tables, franchisees=franchisees, supply=supply, products=products, settings=settings
    )


def _check(what: str, named: Iterable[str], known: pl.Series) -> None:
    missing = sorted(set(named) - set(known))
    if missing:
        raise NotFound(what, missing[0], field="overrides")


def _replaced(
    frame: pl.DataFrame, key: str, column: str, values: Mapping[str, Any]
) -> pl.DataFrame:
    old, new = list(values), list(values.values())
    changed = pl.col(key).replace_strict(old, new, default=pl.col(column), return_dtype=pl.Int64)
    return frame.with_columns(changed.alias(column))


def _supply(supply: pl.DataFrame, units: Mapping[str, int]) -> pl.DataFrame:
    # All of a SKU's supply goes to the warehouse that has most of it, or to the first of all.
    main = supply.sort("units", descending=True, maintain_order=True)
    where = dict(zip(reversed(main["sku_id"]), reversed(main["warehouse_id"]), strict=True))
    first = supply["warehouse_id"].min() if supply.height else "CENTRAL"
    added = pl.DataFrame(
        {
            "warehouse_id": [where.get(sku, first) for sku in units],
            "sku_id": list(units),
            "units": list(units.values()),
        },
        schema=supply.schema,
    )
    return pl.concat([supply.filter(~pl.col("sku_id").is_in(list(units))), added])
