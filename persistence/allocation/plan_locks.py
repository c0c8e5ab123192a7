"""The rows that a plan rests on: locked before it commits, and looked at again.

Rows are locked as `persistence.lock_order` says, by what the plan's own tables hold; see
`persistence.allocation.commit.send_plan`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.allocation.claiming import OPEN_LINE


@dataclass(frozen=True)
class Shortage:
    """Something the plan rests on that has changed underneath it."""

    what: str
    key: int
    needed: int
    left: int


async def lock_lines(session: AsyncSession) -> list[Shortage]:
    """Lock the orders and lines that the plan gives to; those cut, cancelled or of another SKU by
    now."""
    await session.execute(_LOCK_ORDERS)
    rows = await session.execute(_LOCK_LINES)
    return [Shortage("order line", r.id, r.needed, r.remaining) for r in rows]


async def lock_funds(session: AsyncSession, customers: Sequence[int]) -> dict[int, Any]:
    """Lock the funds of the customers that the plan ships to; what it would hold of each.

    Their lines are locked before, so that prices stand.
    """
    await session.execute(_AMOUNTS)
    await session.execute(_ADD_FUNDS_ROWS, {"customers": list(customers)})
    rows = await session.execute(_LOCK_FUNDS)
    return {row.customer_id: row.amount for row in rows}


async def lock_stock(session: AsyncSession) -> list[Shortage]:
    """Lock the stock that the plan takes from; where less is free than it takes."""
    rows = await session.execute(_LOCK_STOCK)
    return [Shortage("stock of SKU", r.sku_id, r.needed, r.free) for r in rows]


async def lock_gaps(session: AsyncSession) -> list[Shortage]:
    """Lock the store and region rows that the plan fills; gaps smaller than what it gives them."""
    found = []
    for what, statement in (("gap of store", _LOCK_STORES), ("gap of region", _LOCK_REGIONS)):
        rows = await session.execute(statement)
        found += [Shortage(what, r.id, r.needed, r.gap) for r in rows]
    return found


async def lock_inputs(session: AsyncSession, skus: Sequence[int]) -> None:
    """Hold all that a run over these goods may rest on until the transaction ends.

    The last resort of a run whose snapshot went stale again and again: writers of these rows wait.
    """
    for statement in _LOCK_INPUTS:
        await session.execute(statement, {"skus": list(skus)})


async def lift_idle_timeout(session: AsyncSession) -> None:
    """Let this transaction sit idle while its plan is found; the pool's limit is for clients."""
    await session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


_LOCK_ORDERS = text(
    """
    SELECT count(*) FROM (
      SELECT id FROM orders
      WHERE id IN (SELECT order_id FROM plan_lines WHERE order_id IS NOT NULL)
      ORDER BY id
      FOR NO KEY UPDATE
    ) AS locked
    """
)

_LOCK_LINES = text(
    """
    WITH used AS (
      SELECT order_line_id, min(sku_id) AS sku_id, sum(units)::bigint AS needed FROM plan_lines
      WHERE order_line_id IS NOT NULL GROUP BY order_line_id
    ),
    locked AS MATERIALIZED (
      SELECT line.id, line.order_id, line.sku_id, used.sku_id AS planned, used.needed,
        line.units_ordered - line.units_shipped - line.units_held - line.units_reserved
          AS remaining
      FROM used JOIN order_lines AS line ON line.id = used.order_line_id
      ORDER BY line.id
      FOR NO KEY UPDATE OF line
    )
    SELECT locked.id, locked.needed, locked.remaining
    FROM locked JOIN orders ON orders.id = locked.order_id
    WHERE orders.status <> 'CONFIRMED' OR locked.needed > locked.remaining
      OR locked.sku_id IS DISTINCT FROM locked.planned
    ORDER BY locked.id
    """
)

_ADD_FUNDS_ROWS = text(
    """
    INSERT INTO customer_funds (customer_id, currency)
    SELECT id, currency FROM customers
    WHERE id = ANY(CAST(:customers AS bigint[]))
    ORDER BY id
    ON CONFLICT DO NOTHING
    """
)

# Holds use the allocator's price, which is rounded up: a hold never undercuts the debit.
_AMOUNTS = text(
    """
    UPDATE plan_consignments AS sent SET amount = used.amount
    FROM (SELECT given.number,
            sum(held_price(line.unit_price, orders.currency) * given.units) AS amount
          FROM plan_lines AS given
          JOIN order_lines AS line ON line.id = given.order_line_id
          JOIN orders ON orders.id = line.order_id
          WHERE given.stage = 1
          GROUP BY given.number) AS used
    WHERE used.number = sent.number
    """
)

_LOCK_FUNDS = text(
    """
    WITH used AS (
      SELECT customer_id, sum(amount) AS amount FROM plan_consignments
      WHERE order_id IS NOT NULL GROUP BY customer_id
    )
    SELECT funds.customer_id, used.amount
    FROM used JOIN customer_funds AS funds ON funds.customer_id = used.customer_id
    ORDER BY funds.customer_id
    FOR NO KEY UPDATE OF funds
    """
)

_LOCK_STOCK = text(
    """
    WITH used AS (
      SELECT warehouse_id, sku_id, sum(units)::bigint AS needed FROM plan_lines
      GROUP BY warehouse_id, sku_id
    ),
    locked AS MATERIALIZED (
      SELECT stock.sku_id, used.needed,
        stock.units_on_hand - stock.units_held - stock.units_reserved AS free
      FROM used
      JOIN stock ON stock.warehouse_id = used.warehouse_id AND stock.sku_id = used.sku_id
      ORDER BY stock.warehouse_id, stock.sku_id
      FOR NO KEY UPDATE OF stock
    )
    SELECT sku_id, needed, free FROM locked WHERE needed > free ORDER BY sku_id
    """
)

_LOCK_STORES = text(
    """
    WITH used AS (
      SELECT store_id, sku_id, sum(units)::bigint AS needed FROM plan_lines
      WHERE store_id IS NOT NULL GROUP BY store_id, sku_id
    ),
    locked AS MATERIALIZED (
      SELECT held.store_id AS id, used.needed,
        held.safety_stock - held.units_on_hand - held.units_in_transit AS gap
      FROM used
      JOIN store_stock AS held ON held.store_id = used.store_id AND held.sku_id = used.sku_id
      ORDER BY held.store_id, held.sku_id
      FOR NO KEY UPDATE OF held
    )
    SELECT id, needed, gap FROM locked WHERE needed > gap ORDER BY id
    """
)

_LOCK_REGIONS = text(
    """
    WITH used AS (
      SELECT region_id, sku_id, sum(units)::bigint AS needed FROM plan_lines
      WHERE region_id IS NOT NULL GROUP BY region_id, sku_id
    ),
    locked AS MATERIALIZED (
      SELECT held.region_id AS id, used.needed,
        held.target - held.units_on_hand - held.units_in_transit AS gap
      FROM used
      JOIN region_reserves AS held
        ON held.region_id = used.region_id AND held.sku_id = used.sku_id
      ORDER BY held.region_id, held.sku_id
      FOR NO KEY UPDATE OF held
    )
    SELECT id, needed, gap FROM locked WHERE needed > gap ORDER BY id
    """
)

# The orders of open lines on the goods.
_THEIR_ORDERS = f"""
  SELECT line.order_id FROM order_lines AS line
  WHERE line.sku_id = ANY(CAST(:skus AS bigint[])) AND {OPEN_LINE}
"""  # noqa: S608 - words of ours
_ALL_THAT_COMPETES = (
    "SELECT id FROM orders WHERE status = 'CONFIRMED' AND id IN ({orders}) ORDER BY id",
    "SELECT line.id FROM order_lines AS line WHERE line.order_id IN ({orders}) AND {open_line}"
    " ORDER BY line.id",
    "SELECT customer_id FROM customer_funds WHERE customer_id IN"
    " (SELECT customer_id FROM orders WHERE id IN ({orders})) ORDER BY customer_id",
    "SELECT sku_id FROM stock WHERE sku_id = ANY(CAST(:skus AS bigint[])) AND units_on_hand > 0"
    " ORDER BY warehouse_id, sku_id",
    "SELECT sku_id FROM store_stock WHERE sku_id = ANY(CAST(:skus AS bigint[]))"
    " ORDER BY store_id, sku_id",
    "SELECT sku_id FROM region_reserves WHERE sku_id = ANY(CAST(:skus AS bigint[]))"
    " ORDER BY region_id, sku_id",
)
_LOCK_INPUTS: tuple[TextClause, ...] = tuple(
    text(
        f"SELECT count(*) FROM ({rows.format(orders=_THEIR_ORDERS, open_line=OPEN_LINE)}"  # noqa: S608 - our own text
        " FOR NO KEY UPDATE) AS locked"
    )
    for rows in _ALL_THAT_COMPETES
)
