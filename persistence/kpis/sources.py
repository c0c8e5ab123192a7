"""The rows that key figures are computed from, and by what each can be grouped (K1)."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.kpis import KpiGroup
from persistence.allocation.run_claims import RUN_CLAIMS


@dataclass(frozen=True)
class Grouping:
    """How rows are grouped: the key, its name for people, and which of the rows it concerns."""

    key: str
    label: str | None = None
    label_zh: str = "NULL"
    concerns: str = "true"


@dataclass(frozen=True, eq=False)
class Source:
    """Rows in SQL: common table expressions of which the last has the source's name.

    They take :zone, and of those that count from `since` until before `until` either the instants
    :since and :until or the days :first_day and :end_day.
    of_run: the same rows of one run, see `claims_of_run`; None: a run has none of its own.
    by: how it is grouped where it lacks what is asked for, its only way.
    """

    name: str
    rows: str
    groups: Mapping[KpiGroup, Grouping]
    order: str = "key"
    has_currency: bool = False
    of_run: str | None = None

    def group_for(self, asked: KpiGroup) -> KpiGroup:
        """What is asked for, where these rows can be grouped so, else the first way they can."""
        return asked if asked in self.groups else next(iter(self.groups))


# What figures are grouped by, of a claim or wish; `one` is where it stands, with the columns
# sku_id, customer_id, order_line_id, store_id, region_id.
_PLACED = """
    coalesce(ordered.unit_price, sku.list_price) AS price,
    coalesce(customer.currency, sku.currency) AS currency,
    coalesce(customer_region.code, store_region.code, own_region.code) AS region,
    coalesce(customer_region.name, store_region.name, own_region.name) AS region_name,
    coalesce(customer_region.name_zh, store_region.name_zh, own_region.name_zh) AS region_name_zh,
    coalesce(store.tier, CASE WHEN one.region_id IS NOT NULL THEN 'RESERVE' END) AS tier,
    customer.code AS customer, customer.name AS customer_name,
    customer.name_zh AS customer_name_zh
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
_VALUED_OF_RUN = f"""
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
_VALUED = f"""
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

_ASKED_IN_MONTH = "to_char(asked_at AT TIME ZONE :zone, 'YYYY-MM')"
WISHES = Source(
    "valued",
    _VALUED,
    {
        KpiGroup.STAGE: Grouping("stage::text"),
        KpiGroup.REGION: Grouping("region", "max(region_name)", "max(region_name_zh)", "counts"),
        KpiGroup.TIER: Grouping("tier"),
        KpiGroup.CUSTOMER: Grouping(
            "customer", "max(customer_name)", "max(customer_name_zh)", concerns="counts"
        ),
        KpiGroup.MONTH: Grouping(_ASKED_IN_MONTH, concerns="counts"),
    },
    order="sum(wanted) DESC, key, currency",
    has_currency=True,
    of_run=_VALUED_OF_RUN,
)

DISPATCHED_ORDERS = Source(
    "timed",
    """
  dispatched AS (
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
""",
    {KpiGroup.MONTH: Grouping("month")},
)

CLOSED_STEPS = Source(
    "closed_steps",
    """
  closed_steps AS (
    SELECT to_char(closed_on, 'YYYY-MM') AS month,
      closed_on <= coalesce(estimated_on, event_on) AS is_on_time
    FROM milestones
    WHERE closed_on IS NOT NULL AND NOT skipped
      AND coalesce(estimated_on, event_on) IS NOT NULL
      AND (CAST(:first_day AS date) IS NULL OR closed_on >= :first_day)
      AND (CAST(:end_day AS date) IS NULL OR closed_on < :end_day)
  )
""",
    {KpiGroup.MONTH: Grouping("month")},
)
