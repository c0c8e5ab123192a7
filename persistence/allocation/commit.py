"""A plan's commit: locks what it rests on, checks it still holds, and writes everything it causes.

All statements work on whole sets, so their number does not depend on the size of the plan, and
their cost grows with what is given. The plan stands in tables of the connection's own meanwhile:
a statement over rows of a run that was never seen before would be planned for one row of it.
Rows are locked as `persistence.lock_order` says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.allocation.plan_parts import Part, write_parts
from persistence.copying import copy_in
from persistence.unit_of_work import UnitOfWork

# Beyond so many rows a wrong guess of their distribution costs more than to look.
_LOOK_AT_ROWS = 1_000


@dataclass(frozen=True)
class Shortage:
    """Something the plan rests on that has changed underneath it."""

    what: str
    key: int
    needed: int
    left: int


async def send_plan(session: AsyncSession, given: pl.DataFrame) -> None:
    """Put what a plan gives into tables of the connection, where the other statements find it.

    given: as `services.allocation.plan_rows.PlanRows.given`.
    """
    for statement in _OWN_TABLES:
        await session.execute(statement)
    place = ["order_id", "store_id", "region_id", "warehouse_id"]
    sent_out = given.filter(pl.col("stage") != RESERVED).with_columns(
        number=pl.col("seq").min().over(place).rank("dense").cast(pl.Int64)
    )
    consignments = sent_out.select("number", "customer_id", *place).unique("number")
    lines = given.join(
        sent_out.select("seq", "number"), on="seq", how="left", maintain_order="left"
    )
    await copy_in(session, "plan_consignments", consignments.sort("number"))
    await copy_in(session, "plan_lines", lines)
    if given.height > _LOOK_AT_ROWS:
        await session.execute(text("ANALYZE plan_lines"))
        await session.execute(text("ANALYZE plan_consignments"))


async def lock_lines(session: AsyncSession) -> list[Shortage]:
    """Lock the orders and lines that the plan gives to; those cut, cancelled or of another SKU by
    now."""
    await session.execute(_LOCK_ORDERS)
    rows = await session.execute(_LOCK_LINES)
    return [Shortage("order line", r.id, r.needed, r.remaining) for r in rows]


async def lock_funds(session: AsyncSession, customers: Sequence[int]) -> dict[int, Any]:
    """Lock the funds of the customers that the plan ships to; what it would hold of each."""
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


async def carry_out(
    uow: UnitOfWork, run_id: int, parts: Sequence[Part], reservations_end: Any
) -> None:
    """Keep the plan, make its shipments, fund holds and reservations, and move stock and money.

    The caller has locked and checked; the CHECKs of stock and order lines are the last word.
    """
    await write_parts(uow.session, run_id, parts)
    values = {
        "run_id": run_id,
        "now": uow.now,
        "actor": uow.actor,
        "reservations_end": reservations_end,
    }
    for statement in _CARRY_OUT:
        named = statement.compile().params
        await uow.session.execute(statement, {key: values[key] for key in named})


RESERVED = 2

# They last as long as the connection, and are empty again after each transaction. Their ids are
# those of the rows they become.
_OWN_TABLES: tuple[TextClause, ...] = (
    text(
        """
        CREATE TEMPORARY TABLE IF NOT EXISTS plan_lines (
          id bigint NOT NULL DEFAULT nextval('allocation_lines_id_seq'),
          seq integer NOT NULL, claim text NOT NULL, stage integer NOT NULL,
          level integer NOT NULL, customer_id bigint, order_id bigint, order_line_id bigint,
          store_id bigint, region_id bigint, sku_id bigint NOT NULL, warehouse_id bigint NOT NULL,
          units_wanted bigint NOT NULL, units bigint NOT NULL, reasons jsonb NOT NULL,
          number bigint
        ) ON COMMIT DELETE ROWS
        """
    ),
    text(
        """
        CREATE TEMPORARY TABLE IF NOT EXISTS plan_consignments (
          number bigint NOT NULL,
          shipment_id bigint NOT NULL DEFAULT nextval('shipments_id_seq'),
          transaction_id bigint NOT NULL DEFAULT nextval('ledger_transactions_id_seq'),
          customer_id bigint, order_id bigint, store_id bigint, region_id bigint,
          warehouse_id bigint NOT NULL, amount numeric NOT NULL DEFAULT 0
        ) ON COMMIT DELETE ROWS
        """
    ),
)

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
_LOCK_FUNDS = text(
    """
    WITH used AS (
      SELECT given.customer_id,
        sum(held_price(line.unit_price, orders.currency) * given.units) AS amount
      FROM plan_lines AS given
      JOIN order_lines AS line ON line.id = given.order_line_id
      JOIN orders ON orders.id = line.order_id
      WHERE given.stage = 1
      GROUP BY given.customer_id
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

_LINES_KEPT = text(
    """
    INSERT INTO allocation_lines (id, run_id, seq, claim, stage, level, customer_id, order_line_id,
      store_id, region_id, sku_id, warehouse_id, units_wanted, units, reasons)
    SELECT id, :run_id, seq, claim, stage, level, customer_id, order_line_id, store_id, region_id,
      sku_id, warehouse_id, units_wanted, units, reasons
    FROM plan_lines ORDER BY seq
    """
)

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

_SHIPMENTS = text(
    """
    INSERT INTO shipments (id, shipment_number, order_id, customer_id, store_id, region_id,
      warehouse_id, run_id, status, created_at)
    SELECT shipment_id, 'S' || lpad(run, greatest(6, length(run)), '0') || '-'
        || lpad(number::text, greatest(5, length(number::text)), '0'),
      order_id, customer_id, store_id, region_id, warehouse_id, :run_id, 'PICKING', :now
    FROM plan_consignments, CAST(CAST(:run_id AS bigint) AS text) AS run ORDER BY number
    """
)

_SHIPMENT_LINES = text(
    """
    INSERT INTO shipment_lines (shipment_id, customer_id, order_line_id, allocation_line_id,
      sku_id, units)
    SELECT sent.shipment_id, given.customer_id, given.order_line_id, given.id, given.sku_id,
      given.units
    FROM plan_lines AS given JOIN plan_consignments AS sent ON sent.number = given.number
    ORDER BY given.seq
    """
)

_HOLD_TRANSACTIONS = text(
    """
    INSERT INTO ledger_transactions (id, customer_id, kind, reference, at, actor, memo)
    SELECT sent.transaction_id, sent.customer_id, 'HOLD', shipment.shipment_number, :now, :actor,
      'Allocated, awaiting goods issue'
    FROM plan_consignments AS sent JOIN shipments AS shipment ON shipment.id = sent.shipment_id
    WHERE sent.amount > 0 ORDER BY sent.number
    """
)

_FUND_HOLDS = text(
    """
    INSERT INTO fund_holds (customer_id, run_id, shipment_id, transaction_id, amount, currency,
      created_at)
    SELECT sent.customer_id, :run_id, sent.shipment_id, sent.transaction_id, sent.amount,
      orders.currency, :now
    FROM plan_consignments AS sent JOIN orders ON orders.id = sent.order_id
    WHERE sent.amount > 0 ORDER BY sent.number
    """
)

_HOLD_POSTINGS = text(
    """
    INSERT INTO ledger_postings (transaction_id, customer_id, account, amount, currency)
    SELECT sent.transaction_id, sent.customer_id, side.account, side.sign * sent.amount,
      orders.currency
    FROM plan_consignments AS sent JOIN orders ON orders.id = sent.order_id
    CROSS JOIN (VALUES ('CUSTOMER_FUNDS', -1), ('CUSTOMER_HOLDS', 1)) AS side (account, sign)
    WHERE sent.amount > 0
    ORDER BY sent.number, side.sign
    """
)

_FUNDS = text(
    """
    UPDATE customer_funds AS funds
    SET balance = funds.balance - used.amount, held = funds.held + used.amount,
      version = funds.version + 1
    FROM (SELECT customer_id, sum(amount) AS amount FROM plan_consignments
          WHERE amount > 0 GROUP BY customer_id) AS used
    WHERE funds.customer_id = used.customer_id
    """
)

_RESERVATIONS = text(
    """
    INSERT INTO reservations (run_id, allocation_line_id, order_line_id, customer_id, sku_id,
      warehouse_id, units, created_at, expires_at)
    SELECT :run_id, id, order_line_id, customer_id, sku_id, warehouse_id, units, :now,
      :reservations_end
    FROM plan_lines WHERE stage = 2 ORDER BY seq
    """
)

_STOCK = text(
    """
    UPDATE stock
    SET units_held = stock.units_held + used.held, units_reserved = stock.units_reserved + used.kept
    FROM (SELECT warehouse_id, sku_id,
            coalesce(sum(units) FILTER (WHERE stage <> 2), 0)::bigint AS held,
            coalesce(sum(units) FILTER (WHERE stage = 2), 0)::bigint AS kept
          FROM plan_lines GROUP BY warehouse_id, sku_id) AS used
    WHERE stock.warehouse_id = used.warehouse_id AND stock.sku_id = used.sku_id
    """
)

_LINES = text(
    """
    UPDATE order_lines AS line
    SET units_held = line.units_held + used.held, units_reserved = line.units_reserved + used.kept
    FROM (SELECT order_line_id,
            coalesce(sum(units) FILTER (WHERE stage = 1), 0)::bigint AS held,
            coalesce(sum(units) FILTER (WHERE stage = 2), 0)::bigint AS kept
          FROM plan_lines WHERE order_line_id IS NOT NULL
          GROUP BY order_line_id) AS used
    WHERE line.id = used.order_line_id
    """
)

_STORES = text(
    """
    UPDATE store_stock AS held
    SET units_in_transit = held.units_in_transit + used.units
    FROM (SELECT store_id, sku_id, sum(units)::bigint AS units FROM plan_lines
          WHERE store_id IS NOT NULL GROUP BY store_id, sku_id) AS used
    WHERE held.store_id = used.store_id AND held.sku_id = used.sku_id
    """
)

_REGIONS = text(
    """
    UPDATE region_reserves AS held
    SET units_in_transit = held.units_in_transit + used.units
    FROM (SELECT region_id, sku_id, sum(units)::bigint AS units FROM plan_lines
          WHERE region_id IS NOT NULL GROUP BY region_id, sku_id) AS used
    WHERE held.region_id = used.region_id AND held.sku_id = used.sku_id
    """
)

# What is reserved tells CHANNEL to collect the payment; the reservation says until when (A5).
_EVENTS = text(
    """
    INSERT INTO order_events (order_id, customer_id, at, kind, actor, after)
    SELECT order_id, customer_id, :now,
      CASE stage WHEN 1 THEN 'ALLOCATED' ELSE 'RESERVED' END, :actor,
      jsonb_build_object('run', CAST(:run_id AS bigint), 'units', sum(units))
        || CASE stage WHEN 2 THEN jsonb_build_object('tells', 'CHANNEL') ELSE '{}' END
    FROM plan_lines WHERE order_id IS NOT NULL
    GROUP BY order_id, customer_id, stage
    ORDER BY order_id, stage
    """
)

_CARRY_OUT: tuple[TextClause, ...] = (
    _LINES_KEPT,
    _AMOUNTS,
    _SHIPMENTS,
    _SHIPMENT_LINES,
    _HOLD_TRANSACTIONS,
    _FUND_HOLDS,
    _HOLD_POSTINGS,
    _FUNDS,
    _RESERVATIONS,
    _LINES,
    _STOCK,
    _STORES,
    _REGIONS,
    _EVENTS,
)


async def lock_inputs(session: AsyncSession, skus: Sequence[int]) -> None:
    """Hold all that a run over these goods may rest on until the transaction ends.

    The last resort of a run whose snapshot went stale again and again: writers of these rows wait.
    """
    for statement in _LOCK_INPUTS:
        await session.execute(statement, {"skus": list(skus)})


# The orders of open lines on the goods.
_THEIR_ORDERS = """
  SELECT order_id FROM order_lines
  WHERE sku_id = ANY(CAST(:skus AS bigint[]))
    AND units_shipped + units_held + units_reserved < units_ordered
"""
_ALL_THAT_COMPETES = (
    "SELECT id FROM orders WHERE status = 'CONFIRMED' AND id IN ({orders}) ORDER BY id",
    "SELECT id FROM order_lines WHERE order_id IN ({orders})"
    " AND units_shipped + units_held + units_reserved < units_ordered ORDER BY id",
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
        f"SELECT count(*) FROM ({rows.format(orders=_THEIR_ORDERS)}"  # noqa: S608 - our own text
        " FOR NO KEY UPDATE) AS locked"
    )
    for rows in _ALL_THAT_COMPETES
)


async def wait_patiently(session: AsyncSession) -> None:
    """Let this transaction sit idle while its plan is found; the pool's limit is for clients."""
    await session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
