"""A planner's changes, applied to the allocator's tables."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl

from allocator import Tables
from domain.allocation import SEASON_CODES, ranks_by_funds
from domain.errors import NotFound
from domain.money import to_minor
from domain.scenarios import Overrides


def overridden(
    tables: Tables, overrides: Overrides, *, funds_rank: bool, currencies: Mapping[str, str]
) -> Tables:
    """The tables with the planner's changes. Raises NotFound for a name the snapshot lacks.

    currencies: of the customers whose funds are changed. funds_rank: whether the franchisees' turn
    follows their funds (A3, policy FUNDS), so that other funds make other ranks; a rank that the
    planner gives stands.
    """
    franchisees, supply, products = tables.franchisees, tables.supply, tables.products
    settings = tables.settings
    if overrides.season is not None:
        settings = replace(settings, season=SEASON_CODES[overrides.season])
    if overrides.funds:
        _check("customer with open orders", overrides.funds, franchisees["franchisee_id"])
        cents = {
            customer: to_minor(amount, currencies[customer])
            for customer, amount in overrides.funds.items()
        }
        nothing = dict.fromkeys(cents, 0)
        franchisees = _replaced(franchisees, "franchisee_id", "balance_cents", cents)
        # A blocked customer has nothing available: whoever gives it funds supposes it has paid.
        for column in ("credit_limit_cents", "guarantee_cents", "blocked"):
            franchisees = _replaced(franchisees, "franchisee_id", column, nothing)
        if funds_rank:
            franchisees = _replaced(
                franchisees, "franchisee_id", "rank", ranks_by_funds(_available(franchisees))
            )
    if overrides.ranks:
        _check("customer with open orders", overrides.ranks, franchisees["franchisee_id"])
        for column in ("rank", "reserve_rank"):
            franchisees = _replaced(franchisees, "franchisee_id", column, overrides.ranks)
    if overrides.supply:
        _check("SKU", overrides.supply, tables.skus["sku_id"])
        supply = _supply(supply, overrides.supply)
    if overrides.launch_ranks:
        _check("product", overrides.launch_ranks, products["product_id"])
        products = _replaced(products, "product_id", "launch_rank", overrides.launch_ranks)
    return replace(
        tables, franchisees=franchisees, supply=supply, products=products, settings=settings
    )


def _available(franchisees: pl.DataFrame) -> dict[str, Decimal]:
    """What each franchisee can spend: nothing where it is blocked, never less than nothing."""
    sums = franchisees.select(
        "franchisee_id",
        total=pl.when(pl.col("blocked") == 1)
        .then(0)
        .otherwise(pl.sum_horizontal("balance_cents", "credit_limit_cents", "guarantee_cents"))
        .clip(lower_bound=0),
    )
    return {franchisee: Decimal(cents) for franchisee, cents in sums.iter_rows()}


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
    """What is more than today lies in the warehouse that has most of the SKU, or in the first of
    all; what is less is missing there first, then in the next."""
    first = supply["warehouse_id"].min() if supply.height else "CENTRAL"
    main = supply.sort("units", descending=True, maintain_order=True)
    changed = []
    for sku, wanted in units.items():
        lies = main.filter(pl.col("sku_id") == sku)
        left = dict(zip(lies["warehouse_id"], lies["units"], strict=True)) or {first: 0}
        surplus = wanted - sum(left.values())
        for place, there in left.items():
            left[place] = max(there + surplus, 0)
            surplus = min(there + surplus, 0)
        changed += [(place, sku, there) for place, there in left.items()]
    added = pl.DataFrame(changed, schema=supply.schema, orient="row")
    return pl.concat([supply.filter(~pl.col("sku_id").is_in(list(units))), added])
