"""Figures for analysts and reports, computed by the database from the rows behind them (K1)."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# One row per claim of committed runs. A claim split over warehouses has several lines but wants its
# units once. A reservation wants what its order line was not shipped, so by anything but stage its
# wanted units are already counted with the line: `demand` counts each unit wanted once.
_CLAIMS = """
  claims AS (
    SELECT line.run_id, line.claim, line.stage, line.sku_id, line.customer_id, line.order_line_id,
      line.store_id, line.region_id, max(line.units_wanted) AS wanted, sum(line.units) AS given
    FROM allocation_lines AS line
    JOIN allocation_runs AS run ON run.id = line.run_id
    WHERE run.status = 'COMMITTED'
      AND (CAST(:run_id AS bigint) IS NULL OR run.id = :run_id)
      AND (CAST(:since AS timestamptz) IS NULL OR run.committed_at >= :since)
      AND (CAST(:until AS timestamptz) IS NULL OR run.committed_at < :until)
    GROUP BY line.run_id, line.claim, line.stage, line.sku_id, line.customer_id,
      line.order_line_id, line.store_id, line.region_id
  ),
  valued AS (
    SELECT claims.*, CASE WHEN claims.stage = 2 THEN 0 ELSE claims.wanted END AS demand,
      coalesce(ordered.unit_price, sku.list_price) AS price,
      coalesce(customer.currency, sku.currency) AS currency,
      coalesce(customer_region.code, store_region.code, own_region.code) AS region,
      coalesce(customer_region.name, store_region.name, own_region.name) AS region_name,
      coalesce(store.tier, CASE WHEN claims.region_id IS NOT NULL THEN 'RESERVE' END) AS tier,
      customer.code AS customer, customer.name AS customer_name, run.committed_at
    FROM claims
    JOIN allocation_runs AS run ON run.id = claims.run_id
    JOIN skus AS sku ON sku.id = claims.sku_id
    LEFT JOIN order_lines AS ordered ON ordered.id = claims.order_line_id
    LEFT JOIN customers AS customer ON customer.id = claims.customer_id
    LEFT JOIN regions AS customer_region ON customer_region.id = customer.region_id
    LEFT JOIN stores AS store ON store.id = claims.store_id
    LEFT JOIN regions AS store_region ON store_region.id = store.region_id
    LEFT JOIN regions AS own_region ON own_region.id = claims.region_id
  )
"""

# What a figure can be told by: the key, its label, and which column counts as wanted.
_GROUPS = {
    "STAGE": ("stage::text", "stage::text", "wanted"),
    "REGION": ("region", "max(region_name)", "demand"),
    "TIER": ("tier", "tier", "wanted"),
    "CUSTOMER": ("customer", "max(customer_name)", "demand"),
    "MONTH": (
        "to_char(committed_at AT TIME ZONE :zone, 'YYYY-MM')",
        "to_char(committed_at AT TIME ZONE :zone, 'YYYY-MM')",
        "demand",
    ),
}
GROUPS = tuple(_GROUPS)


async def fill_rates(
    session: AsyncSession,
    group: str,
    *,
    zone: str,
    run_id: int | None = None,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    limit: int = 200,
) -> Sequence[Any]:
    """key, label, currency, wanted, given, wanted_value, given_value, claims; largest demand first.

    group: one of GROUPS. Claims it does not concern (the tier of an order line) are left out.
    """
    key, label, wanted = _GROUPS[group]
    statement = text(
        f"WITH {_CLAIMS}"  # noqa: S608 - the pieces are constants of this file
        f" SELECT {key} AS key, {label} AS label, currency,"
        f"   sum({wanted})::bigint AS wanted, sum(given)::bigint AS given,"
        f"   rounded_amount(sum({wanted} * price), currency) AS wanted_value,"
        "   rounded_amount(sum(given * price), currency) AS given_value, count(*) AS claims"
        f" FROM valued WHERE {key} IS NOT NULL"
        f" GROUP BY {key}, currency"
        f" ORDER BY sum({wanted}) DESC, {key}, currency LIMIT :limit"
    )
    values: dict[str, Any] = {"run_id": run_id, "since": since, "until": until, "limit": limit}
    if ":zone" in key:
        values["zone"] = zone
    return (await session.execute(statement, values)).all()


async def refusals(session: AsyncSession, run_id: int) -> Sequence[Any]:
    """stage, reason, claims, units: what a run did not give, by its joined reasons."""
    rows = await session.execute(
        text(
            """
            WITH claims AS (
              SELECT claim, stage, reasons, max(units_wanted) - sum(units) AS missing
              FROM allocation_lines WHERE run_id = :run_id
              GROUP BY claim, stage, reasons
            )
            SELECT stage, reasons, count(*) AS claims, sum(missing)::bigint AS units
            FROM claims WHERE missing > 0
            GROUP BY stage, reasons
            ORDER BY stage, sum(missing) DESC, reasons::text
            """
        ),
        {"run_id": run_id},
    )
    return rows.all()


async def cycle_times(
    session: AsyncSession, *, zone: str, since: dt.datetime | None, until: dt.datetime | None
) -> Sequence[Any]:
    """month, orders, days_mean, days_p50, days_p90: from placing to the last dispatch."""
    rows = await session.execute(
        text(
            """
            WITH dispatched AS (
              SELECT orders.id, orders.placed_at, max(shipment.shipped_at) AS shipped_at
              FROM orders JOIN shipments AS shipment ON shipment.order_id = orders.id
              WHERE orders.status IN ('SHIPPED', 'DELIVERED', 'CLOSED')
              GROUP BY orders.id
              HAVING count(*) = count(shipment.shipped_at)
            ),
            timed AS (
              SELECT to_char(shipped_at AT TIME ZONE :zone, 'YYYY-MM') AS month,
                extract(epoch FROM shipped_at - placed_at)::numeric / 86400 AS days
              FROM dispatched
              WHERE (CAST(:since AS timestamptz) IS NULL OR shipped_at >= :since)
                AND (CAST(:until AS timestamptz) IS NULL OR shipped_at < :until)
            )
            SELECT month, count(*) AS orders, round(avg(days), 2) AS days_mean,
              round(percentile_cont(0.5) WITHIN GROUP (ORDER BY days)::numeric, 2) AS days_p50,
              round(percentile_cont(0.9) WITHIN GROUP (ORDER BY days)::numeric, 2) AS days_p90
            FROM timed GROUP BY month ORDER BY month
            """
        ),
        {"zone": zone, "since": since, "until": until},
    )
    return rows.all()


async def milestones_on_time(
    session: AsyncSession, *, since: dt.date | None, until: dt.date | None
) -> Sequence[Any]:
    """month, closed, on_time: closed steps that had an expected day, by the month of closing."""
    rows = await session.execute(
        text(
            """
            SELECT to_char(closed_on, 'YYYY-MM') AS month, count(*) AS closed,
              count(*) FILTER (WHERE closed_on <= coalesce(estimated_on, event_on)) AS on_time
            FROM milestones
            WHERE closed_on IS NOT NULL AND NOT skipped
              AND coalesce(estimated_on, event_on) IS NOT NULL
              AND (CAST(:since AS date) IS NULL OR closed_on >= :since)
              AND (CAST(:until AS date) IS NULL OR closed_on < :until)
            GROUP BY month ORDER BY month
            """
        ),
        {"since": since, "until": until},
    )
    return rows.all()
