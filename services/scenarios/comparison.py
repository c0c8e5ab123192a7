"""A scenario's plan beside its base's, by franchisee, region and tier."""

from typing import Any

import polars as pl

from allocator import GroupFairness, Plan, Tables, fairness
from domain.scenarios import ComparisonGroup

GROUPS = tuple(each.lower() for each in ComparisonGroup)
_SIDES = ("base", "scenario")
# Shipped and reserved are kept apart: a reservation is no sale yet.
_FIGURES = ("wanted", "shipped", "reserved", "shipped_cents")


def compare(base: tuple[Tables, Plan], scenario: tuple[Tables, Plan]) -> dict[str, Any]:
    """For each group the figures of both sides, those that differ most first.

    Figures are order units: wanted, shipped (stage 1, and stage 3 for stores and reserves),
    reserved (stage 2); shipped_cents is their value at the claims' own prices. "fairness" is,
    of both sides, how evenly groups of one kind are filled.
    """
    frames = [
        _claims(tables, plan).with_columns(pl.lit(side).alias("side"))
        for side, (tables, plan) in zip(_SIDES, (base, scenario), strict=True)
    ]
    claims = pl.concat(frames)
    found: dict[str, Any] = {group: _group(claims, group) for group in GROUPS}
    before, after = (fairness(plan.problem, plan).groups for _, plan in (base, scenario))
    found["fairness"] = [
        {"kind": kind, "base": _evenness(before[kind]), "scenario": _evenness(after[kind])}
        for kind in before
    ]
    return found


def _evenness(even: GroupFairness) -> dict[str, Any]:
    """Figures in millionths, and the groups served worst."""
    return {
        "groups": even.groups,
        "spread_ppm": even.spread_ppm,
        "jain_ppm": even.jain_ppm,
        "gini_ppm": even.gini_ppm,
        "worst": [fill.group for fill in even.worst],
    }


def _claims(tables: Tables, plan: Plan) -> pl.DataFrame:
    """One row per claim: franchisee, region, tier, and its figures."""
    prices = tables.order_lines.select("line_id", pl.col("price_cents").alias("line_price"))
    sku_prices = tables.skus.select(
        pl.col("sku_id").alias("item"), pl.col("price_cents").alias("sku_price")
    )
    stores = tables.stores.select(
        pl.col("store_id").alias("outlet"), pl.col("region_id").alias("store_region"), "tier"
    )
    claims = (
        plan.claims.join(prices, on="line_id", how="left")
        .join(sku_prices, on="item", how="left")
        .join(stores, on="outlet", how="left")
    )
    kind = pl.col("kind")
    price = pl.coalesce("line_price", "sku_price")
    shipped = pl.when(kind != "R").then(pl.col("given")).otherwise(0)
    return claims.select(
        pl.lit("all").alias("total"),
        pl.when(kind.is_in(["L", "R"])).then(pl.col("outlet")).alias("franchisee"),
        pl.when(kind == "S")
        .then(pl.col("store_region"))
        .when(kind == "G")
        .then(pl.col("outlet"))
        .alias("region"),
        pl.when(kind == "S")
        .then(pl.col("tier"))
        .when(kind == "G")
        .then(pl.lit("RESERVE"))
        .alias("tier"),
        # A line's rest is the same demand as the line.
        pl.when(kind == "R").then(0).otherwise(pl.col("wanted")).alias("wanted"),
        shipped.alias("shipped"),
        pl.when(kind == "R").then(pl.col("given")).otherwise(0).alias("reserved"),
        (shipped * price).alias("shipped_cents"),
    )


def _group(claims: pl.DataFrame, group: str) -> list[dict[str, Any]]:
    sums = (
        claims.filter(pl.col(group).is_not_null())
        .group_by(group, "side")
        .agg(pl.col(figure).sum() for figure in _FIGURES)
    )
    sides = [
        sums.filter(pl.col("side") == side)
        .drop("side")
        .rename({figure: f"{side}_{figure}" for figure in _FIGURES})
        for side in _SIDES
    ]
    both = sides[0].join(sides[1], on=group, how="full", coalesce=True).fill_null(0)
    change = (pl.col("scenario_shipped") - pl.col("base_shipped")).abs() + (
        pl.col("scenario_reserved") - pl.col("base_reserved")
    ).abs()
    rows = both.with_columns(change.alias("change")).sort(
        ["change", group], descending=[True, False]
    )
    return [
        {
            "key": row[group],
            **{side: {figure: row[f"{side}_{figure}"] for figure in _FIGURES} for side in _SIDES},
        }
        for row in rows.iter_rows(named=True)
    ]
