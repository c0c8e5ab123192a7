"""Figures for analysts and reports, computed by the database from the rows behind them (K1)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.allocation.run_claims import RUN_CLAIMS

# What figures are grouped by, of a claim or wish; `one` is where it stands, with the columns
# sku_id, customer_id, order_line_id, store_id, region_id.
_PLACED = """
    coalesce(ordered.unit_price, sku.list_price) AS price,
    coalesce(customer.currency, sku.currency) AS currency,
    coalesce(customer_region.code, store_region.code, own_region.code) AS region,
    coalesce(customer_region.name, store_region.name, own_region.name) AS region_name,
    coalesce(store.tier, CASE WHEN one.region_id IS NOT NULL THEN 'RESERVE' END) AS tier,
    customer.code AS customer, customer.name AS customer_name
  FROM %s AS one
  JOIN skus AS sku ON sku.id = one.sku_id
  LEFT JOIN order_lines AS ordered ON ordered.id = one.order_line_id
  LEFT JOIN customers AS customer ON customer.id = one.customer_id
  LEFT JOIN regions AS customer_region ON customer_region.id = customer.region_id
  LEFT JOIN stores AS store ON store.id = one.store_id
  LEFT JOIN regions AS store_region ON store_region.id = store.region_id
  LEFT JOIN regions AS own_region ON own_region.id = one.region_id
"""

# One run's claims. A reservation wants what its order line was not shipped, so by anything but
# stage it neither wants nor gives anything: its units are wanted with the line, and it gives
# nothing while it lives.
_OF_RUN = f"""
  {RUN_CLAIMS},
  valued AS (
    SELECT one.stage, one.wanted, one.given, one.stage <> 2 AS counts,
      (SELECT committed_at FROM allocation_runs WHERE id = :run_id) AS asked_at,
      {_PLACED % "run_claims"}
  )
"""  # noqa: S608 - our own text

# All wishes, each once, whatever number of runs has seen it, with what became of it until now: an
# order line's units, wanted since its order was placed; what gaps came to lack. Orders that were
# never confirmed, or were cancelled, wish for nothing.
_OF_ALL = f"""
  lines AS (
    SELECT line.*, orders.placed_at FROM order_lines AS line
    JOIN orders ON orders.id = line.order_id
    WHERE orders.status IN ('CONFIRMED', 'SHIPPED', 'DELIVERED', 'CLOSED')
      AND line.units_ordered > 0
      AND (CAST(:since AS timestamptz) IS NULL OR orders.placed_at >= :since)
      AND (CAST(:until AS timestamptz) IS NULL OR orders.placed_at < :until)
  ),
  wishes AS (
    SELECT 1 AS stage, units_ordered AS wanted, units_shipped + units_held AS given,
      placed_at AS asked_at, sku_id, customer_id, id AS order_line_id, CAST(NULL AS bigint)
      AS store_id, CAST(NULL AS bigint) AS region_id
    FROM lines
    UNION ALL
    SELECT 2, units_ordered - units_shipped - units_held, units_reserved, placed_at, sku_id,
      customer_id, id, NULL, NULL
    FROM lines WHERE units_ordered > units_shipped + units_held
    UNION ALL
    SELECT 3, units - units_withdrawn, units_given, asked_at, sku_id, NULL, NULL, store_id,
      region_id
    FROM gap_wishes
    WHERE units > units_withdrawn
      AND (CAST(:since AS timestamptz) IS NULL OR asked_at >= :since)
      AND (CAST(:until AS timestamptz) IS NULL OR asked_at < :until)
  ),
  valued AS (
    SELECT one.stage, one.wanted, one.given, one.stage <> 2 AS counts, one.asked_at,
      {_PLACED % "wishes"}
  )
"""  # noqa: S608 - our own text

# What figures can be grouped by: the key, its label, and which rows count.
_MONTH = "to_char(asked_at AT TIME ZONE :zone, 'YYYY-MM')"
_GROUPS = {
    "STAGE": ("stage::text", "stage::text", "true"),
    "REGION": ("region", "max(region_name)", "counts"),
    "TIER": ("tier", "tier", "true"),
    "CUSTOMER": ("customer", "max(customer_name)", "counts"),
    "MONTH": (_MONTH, _MONTH, "counts"),
}
GROUPS = tuple(_GROUPS)


async def fill_rates(
    session: AsyncSession,
    group: str,
    *,
    zone: str,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    limit: int = 200,
) -> Sequence[Any]:
    """key, label, currency, wanted, given, wanted_value, given_value, claims, groups.

    The largest demand first; groups: how many there are in all, also beyond `limit`.

    Of what was wished for from `since` until before `until`; each wish counts once.
    group: one of GROUPS. Wishes it does not concern (the tier of an order line) are left out.
    """
    return await _fills(session, _OF_ALL, group, zone, limit, {"since": since, "until": until})


async def fill_rates_of_run(
    session: AsyncSession, group: str, claims: Mapping[str, Any], *, zone: str, limit: int = 200
) -> Sequence[Any]:
    """The same of the claims that one run decided, as it decided them; see `claims_of_run`."""
    return await _fills(session, _OF_RUN, group, zone, limit, claims)


async def _fills(
    session: AsyncSession, of: str, group: str, zone: str, limit: int, values: Mapping[str, Any]
) -> Sequence[Any]:
    key, label, counts = _GROUPS[group]
    statement = text(
        f"WITH {of}"  # noqa: S608 - the pieces are constants of this file
        f" SELECT {key} AS key, {label} AS label, currency,"
        "   sum(wanted)::bigint AS wanted, sum(given)::bigint AS given,"
        "   rounded_amount(sum(wanted * price), currency) AS wanted_value,"
        "   rounded_amount(sum(given * price), currency) AS given_value, count(*) AS claims,"
        "   count(*) OVER () AS groups"
        f" FROM valued WHERE {key} IS NOT NULL AND {counts}"
        f" GROUP BY {key}, currency"
        f" ORDER BY sum(wanted) DESC, {key}, currency LIMIT :limit"
    )
    if ":zone" in key:
        values = {**values, "zone": zone}
    return (await session.execute(statement, {**values, "limit": limit})).all()


async def refusals(session: AsyncSession, claims: Mapping[str, Any]) -> Sequence[Any]:
    """stage, reasons, claims, units: what a run did not give, by its joined reasons."""
    rows = await session.execute(
        text(
            f"""
            WITH {RUN_CLAIMS}
            SELECT stage, string_to_array(reasons, '|') AS reasons, count(*) AS claims,
              sum(wanted - given)::bigint AS units
            FROM run_claims WHERE wanted > given
            GROUP BY stage, run_claims.reasons
            ORDER BY stage, sum(wanted - given) DESC, run_claims.reasons
            """  # noqa: S608 - our own text
        ),
        claims,
    )
    return rows.all()


async def cycle_times(
    session: AsyncSession, *, zone: str, since: dt.datetime | None, until: dt.datetime | None
) -> Sequence[Any]:
    """month, orders, days_mean, days_p50, days_p90: from placing to the last dispatch.

    Whole days of the calendar in the zone; a percentile is one of them, never between two.
    """
    rows = await session.execute(
        text(
            """
            WITH dispatched AS (
              SELECT orders.id,
                (orders.placed_at AT TIME ZONE :zone)::date AS placed_on,
                max(shipment.shipped_at) AS shipped_at
              FROM orders JOIN shipments AS shipment ON shipment.order_id = orders.id
              WHERE orders.status IN ('SHIPPED', 'DELIVERED', 'CLOSED')
              GROUP BY orders.id
              HAVING count(*) = count(shipment.shipped_at)
            ),
            timed AS (
              SELECT to_char(shipped_at AT TIME ZONE :zone, 'YYYY-MM') AS month,
                (shipped_at AT TIME ZONE :zone)::date - placed_on AS days
              FROM dispatched
              WHERE (CAST(:since AS timestamptz) IS NULL OR shipped_at >= :since)
                AND (CAST(:until AS timestamptz) IS NULL OR shipped_at < :until)
            )
            SELECT month, count(*) AS orders, round(avg(days), 2) AS days_mean,
              percentile_disc(0.5) WITHIN GROUP (ORDER BY days) AS days_p50,
              percentile_disc(0.9) WITHIN GROUP (ORDER BY days) AS days_p90
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
