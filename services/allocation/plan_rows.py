"""From the allocator's plan to rows of the database: what is given, and packed, what is refused."""

from dataclasses import dataclass

import polars as pl

from domain.allocation import PlanPart
from persistence.allocation.plan_parts import Part, packed
from services.allocation.snapshot import Snapshot
from services.allocation.solving import FoundPlan


@dataclass(frozen=True)
class PlanRows:
    """A plan as it is kept.

    given: one row per claim and warehouse that gives it something: seq, claim, stage, level,
    customer_id, order_id, order_line_id, store_id, region_id, sku_id, warehouse_id, units_wanted,
    units, reasons (JSON). parts: the refused claims and the levels. seq counts all lines in the
    plan's own order: stage, claim, warehouse.
    """

    given: pl.DataFrame
    parts: list[Part]


def plan_rows(snapshot: Snapshot, plan: FoundPlan) -> PlanRows:
    """The rows of a plan, with the keys of what they concern."""
    lines = _with_keys(snapshot, plan.lines.with_row_index("seq"))
    is_given = pl.col("units") > 0
    given = (
        lines.filter(is_given)
        .join(snapshot.warehouse_keys, left_on="warehouse_id", right_on="warehouse", how="left")
        .with_columns(reasons=_as_json("reason"))
        .drop("warehouse_id", "reason")
        .rename({"warehouse_key": "warehouse_id"})
        .sort("seq")
    )
    refused = lines.filter(~is_given).sort("seq").rename({"reason": "reasons"})
    parts = [
        *packed(PlanPart.REFUSED, refused.select(_REFUSED).to_dict(as_series=False)),
        *packed(PlanPart.LEVELS, _levels(plan.levels).to_dict(as_series=False)),
    ]
    return PlanRows(given.select(_GIVEN), parts)


_CLAIM = ["seq", "claim", "stage", "level", "customer_id"]
_CLAIMANT = ["order_line_id", "store_id", "region_id", "sku_id"]
_REFUSED = [*_CLAIM, *_CLAIMANT, "units_wanted", "reasons"]
_GIVEN = [
    *_CLAIM,
    "order_id",
    *_CLAIMANT,
    "warehouse_id",
    "units_wanted",
    "units",
    "reasons",
]


def _with_keys(snapshot: Snapshot, lines: pl.DataFrame) -> pl.DataFrame:
    """claim, units_wanted and the keys of customer, order, line, store, region and SKU.

    Codes may hold a colon themselves, so a gap's are not read off its claim.
    """
    kind = pl.col("claim_id").str.slice(0, 1)
    of_line = kind.is_in(["L", "R"])
    return (
        lines.with_columns(
            line_id=pl.when(of_line).then(pl.col("claim_id").str.slice(2)),
            store=pl.when(kind == "S").then("outlet"),
            region=pl.when(kind == "G").then("outlet"),
        )
        .join(snapshot.line_keys.drop("sku_key"), on="line_id", how="left")
        .join(snapshot.store_keys, left_on="store", right_on="store_id", how="left")
        .join(snapshot.region_keys, left_on="region", right_on="region_id", how="left")
        .join(snapshot.sku_keys, left_on="item", right_on="sku_id", how="left")
        .select(
            "seq",
            "stage",
            "level",
            "order_id",
            "order_line_id",
            "warehouse_id",
            "units",
            "reason",
            claim="claim_id",
            customer_id="customer_key",
            store_id="store_key",
            region_id="region_key",
            sku_id="sku_key",
            units_wanted="wanted",
        )
    )


def _as_json(column: str) -> pl.Expr:
    """Reasons joined by `|` as a list in JSON; they are words of ours, without quotes."""
    words = pl.col(column).fill_null("")
    listed = pl.format('["{}"]', words.str.replace_all("|", '","', literal=True))
    return pl.when(words == "").then(pl.lit("[]")).otherwise(listed)


def _levels(levels: pl.DataFrame) -> pl.DataFrame:
    """The plan's levels, in their order."""
    return levels.with_row_index("position").select(
        "position",
        "stage",
        "key",
        "proven",
        "fairness",
        "bound",
        units_given="total",
    )
