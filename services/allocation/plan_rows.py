"""From the allocator's plan to columns of the database's rows."""

from collections.abc import Sequence
from typing import Any

import orjson
import polars as pl

from services.allocation.snapshot import Snapshot

Columns = dict[str, Sequence[Any]]


def level_columns(levels: pl.DataFrame) -> Columns:
    """The plan's levels, in their order."""
    return {
        "position": list(range(levels.height)),
        "stage": levels["stage"].to_list(),
        "key": levels["key"].to_list(),
        "units_given": levels["total"].to_list(),
        "fairness": levels["fairness"].to_list(),
        "proven": levels["proven"].to_list(),
        "bound": levels["bound"].to_list(),
    }


def line_columns(snapshot: Snapshot, rows: pl.DataFrame) -> Columns:
    """What every claim was given from which warehouse, with the rows it concerns."""
    claims = rows.select("claim_id", "outlet", "item").iter_rows()
    keys = [_keys(snapshot, *claim) for claim in claims]
    reasons = [reason.split("|") if reason else [] for reason in rows["reason"]]
    return {
        "seq": list(range(rows.height)),
        "claim": rows["claim_id"].to_list(),
        "stage": rows["stage"].to_list(),
        "level": rows["level"].to_list(),
        "customer_id": [key[0] for key in keys],
        "order_line_id": [key[1] for key in keys],
        "store_id": [key[2] for key in keys],
        "region_id": [key[3] for key in keys],
        "sku_id": [key[4] for key in keys],
        "warehouse_id": [
            snapshot.warehouses[code] if code else None for code in rows["warehouse_id"]
        ],
        "units_wanted": rows["wanted"].to_list(),
        "units": rows["units"].to_list(),
        "reasons": [orjson.dumps(texts).decode() for texts in reasons],
    }


def _keys(
    snapshot: Snapshot, claim: str, outlet: str, sku: str
) -> tuple[int | None, int | None, int | None, int | None, int]:
    """customer, order line, store, region, SKU of a claim such as `L:SO1/0001` or `S:store:sku`.

    Codes may hold a colon themselves, so a gap's are not read off its claim.
    """
    kind, _, rest = claim.partition(":")
    if kind in ("L", "R"):
        line = snapshot.lines[rest]
        return line.customer_id, line.order_line_id, None, None, line.sku_id
    if kind == "S":
        return None, None, snapshot.stores[outlet], None, snapshot.skus[sku]
    return None, None, None, snapshot.regions[outlet], snapshot.skus[sku]
