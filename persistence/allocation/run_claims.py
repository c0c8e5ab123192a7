"""The claims of one run, for a statement over them: given ones are rows, refused ones packed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain.allocation import PlanPart
from persistence.allocation.plan_parts import parts_of, read_part

_COLUMNS = {
    "claim": "text",
    "stage": "integer",
    "customer_id": "bigint",
    "order_line_id": "bigint",
    "store_id": "bigint",
    "region_id": "bigint",
    "sku_id": "bigint",
    "units_wanted": "bigint",
    "reasons": "text",
}

# A claim split over warehouses has several lines but wants its units once. Reasons are joined by
# `|`. Its parameters are what `claims_of_run` reads.
RUN_CLAIMS = f"""
  run_claims AS (
    SELECT claim, stage, customer_id, order_line_id, store_id, region_id, sku_id,
      max(units_wanted) AS wanted, sum(units)::bigint AS given,
      max(array_to_string(ARRAY(SELECT jsonb_array_elements_text(reasons)), '|')) AS reasons
    FROM allocation_lines WHERE run_id = :run_id
    GROUP BY claim, stage, customer_id, order_line_id, store_id, region_id, sku_id
    UNION ALL
    SELECT claim, stage, customer_id, order_line_id, store_id, region_id, sku_id, units_wanted, 0,
      reasons
    FROM unnest({", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _COLUMNS.items())})
      AS refused ({", ".join(_COLUMNS)})
  )
"""  # noqa: S608 - names of ours


async def claims_of_run(session: AsyncSession, run_id: int) -> Mapping[str, Any]:
    """A run and its refused claims, as `RUN_CLAIMS` takes them: for any number of statements."""
    refused: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
    for part in await parts_of(session, PlanPart.REFUSED, [run_id]):
        columns = await read_part(session, part)
        for name, values in refused.items():
            values += columns.get(name, [])
    return {"run_id": run_id, **refused}
