"""A plan's commit: locks what it rests on, checks it still holds, and writes everything it causes.

All statements work on whole sets, so their number does not depend on the size of the plan. Rows are
locked in one order everywhere: run, orders and lines, funds, stock, stores, regions; within each by
key. Whoever writes several of these tables keeps that order, so writers never wait in a circle.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.bulk import insert_columns
from persistence.tables import AllocationLevelRow, AllocationLineRow
from persistence.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Shortage:
    """Something the plan rests on that has changed underneath it."""

    what: str
    key: int
    needed: int
    left: int


async def write_plan(
    session: AsyncSession,
    run_id: int,
    levels: Mapping[str, Sequence[Any]],
    lines: Mapping[str, Sequence[Any]],
) -> None:
    """Write the levels and lines of a plan, given column by column."""
    count = len(levels["position"])
    await insert_columns(session, AllocationLevelRow, {"run_id": [run_id] * count, **levels})
    count = len(lines["seq"])
    await insert_columns(session, AllocationLineRow, {"run_id": [run_id] * count, **lines})


async def lock_lines(session: AsyncSession, run_id: int) -> list[Shortage]:
    """Lock the orders and lines that the plan gives to; those cut or cancelled meanwhile."""
    rows = await session.execute(_LOCK_LINES, {"run_id": run_id})
    return [Shortage("order line", r.id, r.needed, r.remaining) for r in rows if r.short]


async def lock_funds(session: AsyncSession, run_id: int) -> dict[int, Any]:
    """Lock the funds of every customer that the plan ships to; what it would hold of each."""
    await session.execute(_ADD_FUNDS_ROWS, {"run_id": run_id})
    rows = await session.execute(_LOCK_FUNDS, {"run_id": run_id})
    return {row.customer_id: row.amount for row in rows}


async def lock_stock(session: AsyncSession, run_id: int) -> list[Shortage]:
    """Lock the stock that the plan takes from; where less is free than it takes."""
    rows = await session.execute(_LOCK_STOCK, {"run_id": run_id})
    return [Shortage("stock of SKU", r.sku_id, r.needed, r.free) for r in rows if r.short]


async def lock_gaps(session: AsyncSession, run_id: int) -> list[Shortage]:
    """Lock the store and region rows that the plan fills; gaps smaller than what it gives them."""
    found = []
    for what, statement in (("gap of store", _LOCK_STORES), ("gap of region", _LOCK_REGIONS)):
        rows = await session.execute(statement, {"run_id": run_id})
        found += [Shortage(what, r.id, r.needed, r.gap) for r in rows if r.short]
    return found


async def carry_out(uow: UnitOfWork, run_id: int, reservations_end: Any) -> None:
    """Make shipments, fund holds and reservations of the plan, and move stock and money for them.

    The caller has locked and checked; the CHECKs of stock and order lines are the last word.
    """
    values = {
        "run_id": run_id,
        "now": uow.now,
        "actor": uow.actor,
        "reservations_end": reservations_end,
    }
    for statement in _CARRY_OUT:
        named = statement.compile().params
        await uow.session.execute(statement, {key: values[key] for key in named})


_LOCK_LINES = text(
    """
    WITH used AS (
      SELECT order_line_id, sum(units) AS needed FROM allocation_lines
      WHERE run_id = :run_id AND order_line_id IS NOT NULL AND units > 0
      GROUP BY order_line_id
    )
    SELECT line.id, used.needed::bigint AS needed,
      line.units_ordered - line.units_shipped - line.units_held - line.units_reserved AS remaining,
      orders.status <> 'CONFIRMED' OR used.needed >
        line.units_ordered - line.units_shipped - line.units_held - line.units_reserved AS short
    FROM used
    JOIN order_lines AS line ON line.id = used.order_line_id
    JOIN orders ON orders.id = line.order_id
    ORDER BY line.id
    FOR UPDATE OF line, orders
    """
)

# Holds use the allocator's price: cents rounded up, so that a hold never undercuts the debit.
_ADD_FUNDS_ROWS = text(
    """
    INSERT INTO customer_funds (customer_id, currency)
    SELECT id, currency FROM customers
    WHERE id IN (SELECT customer_id FROM allocation_lines
                 WHERE run_id = :run_id AND stage = 1 AND units > 0)
    ORDER BY id
    ON CONFLICT DO NOTHING
    """
)

_LOCK_FUNDS = text(
    """
    WITH used AS (
      SELECT given.customer_id,
        sum(ceil(line.unit_price * 100) * given.units) / 100 AS amount
      FROM allocation_lines AS given
      JOIN order_lines AS line ON line.id = given.order_line_id
      WHERE given.run_id = :run_id AND given.stage = 1 AND given.units > 0
      GROUP BY given.customer_id
    )
    SELECT funds.customer_id, used.amount
    FROM used JOIN customer_funds AS funds ON funds.customer_id = used.customer_id
    ORDER BY funds.customer_id
    FOR UPDATE OF funds
    """
)

_LOCK_STOCK = text(
    """
    WITH used AS (
      SELECT warehouse_id, sku_id, sum(units)::bigint AS needed FROM allocation_lines
      WHERE run_id = :run_id AND units > 0
      GROUP BY warehouse_id, sku_id
    )
    SELECT stock.sku_id, used.needed,
      stock.units_on_hand - stock.units_held - stock.units_reserved AS free,
      used.needed > stock.units_on_hand - stock.units_held - stock.units_reserved AS short
    FROM used
    JOIN stock ON stock.warehouse_id = used.warehouse_id AND stock.sku_id = used.sku_id
    ORDER BY stock.warehouse_id, stock.sku_id
    FOR UPDATE OF stock
    """
)

_LOCK_STORES = text(
    """
    WITH used AS (
      SELECT store_id, sku_id, sum(units)::bigint AS needed FROM allocation_lines
      WHERE run_id = :run_id AND units > 0 AND store_id IS NOT NULL
      GROUP BY store_id, sku_id
    )
    SELECT held.store_id AS id, used.needed,
      held.safety_stock - held.units_on_hand - held.units_in_transit AS gap,
      used.needed > held.safety_stock - held.units_on_hand - held.units_in_transit AS short
    FROM used
    JOIN store_stock AS held ON held.store_id = used.store_id AND held.sku_id = used.sku_id
    ORDER BY held.store_id, held.sku_id
    FOR UPDATE OF held
    """
)

_LOCK_REGIONS = text(
    """
    WITH used AS (
      SELECT region_id, sku_id, sum(units)::bigint AS needed FROM allocation_lines
      WHERE run_id = :run_id AND units > 0 AND region_id IS NOT NULL
      GROUP BY region_id, sku_id
    )
    SELECT held.region_id AS id, used.needed,
      held.target - held.units_on_hand - held.units_in_transit AS gap,
      used.needed > held.target - held.units_on_hand - held.units_in_transit AS short
    FROM used
    JOIN region_reserves AS held ON held.region_id = used.region_id AND held.sku_id = used.sku_id
    ORDER BY held.region_id, held.sku_id
    FOR UPDATE OF held
    """
)

_SHIPMENTS = text(
    """
    WITH consignments AS (
      SELECT line.order_id, given.customer_id, given.store_id, given.region_id,
        given.warehouse_id, min(given.seq) AS first_seq
      FROM allocation_lines AS given
      LEFT JOIN order_lines AS line ON line.id = given.order_line_id
      WHERE given.run_id = :run_id AND given.units > 0 AND given.stage <> 2
      GROUP BY line.order_id, given.customer_id, given.store_id, given.region_id,
        given.warehouse_id
    )
    INSERT INTO shipments (shipment_number, order_id, customer_id, store_id, region_id,
      warehouse_id, run_id, status, created_at)
    SELECT 'S' || lpad(CAST(:run_id AS bigint)::text, 6, '0') || '-'
        || lpad(row_number() OVER (ORDER BY first_seq)::text, 5, '0'),
      order_id, customer_id, store_id, region_id, warehouse_id, :run_id, 'PICKING', :now
    FROM consignments
    ORDER BY first_seq
    """
)

_SHIPMENT_LINES = text(
    """
    INSERT INTO shipment_lines (shipment_id, customer_id, order_line_id, allocation_line_id,
      sku_id, units)
    SELECT shipment.id, given.customer_id, given.order_line_id, given.id, given.sku_id, given.units
    FROM allocation_lines AS given
    LEFT JOIN order_lines AS line ON line.id = given.order_line_id
    JOIN shipments AS shipment ON shipment.run_id = given.run_id
      AND shipment.warehouse_id = given.warehouse_id
      AND (shipment.order_id = line.order_id OR shipment.store_id = given.store_id
        OR shipment.region_id = given.region_id)
    WHERE given.run_id = :run_id AND given.units > 0 AND given.stage <> 2
    ORDER BY given.seq
    """
)

_HOLD_TRANSACTIONS = text(
    """
    INSERT INTO ledger_transactions (customer_id, kind, reference, at, actor, memo)
    SELECT customer_id, 'HOLD', shipment_number, :now, :actor, 'Allocated, awaiting goods issue'
    FROM shipments
    WHERE run_id = :run_id AND customer_id IS NOT NULL
      AND EXISTS (SELECT 1 FROM shipment_lines AS goods
        JOIN order_lines AS line ON line.id = goods.order_line_id
        WHERE goods.shipment_id = shipments.id AND line.unit_price > 0)
    ORDER BY id
    """
)

_FUND_HOLDS = text(
    """
    INSERT INTO fund_holds (customer_id, run_id, shipment_id, transaction_id, amount, currency,
      created_at)
    SELECT shipment.customer_id, :run_id, shipment.id, entry.id,
      sum(ceil(line.unit_price * 100) * goods.units) / 100, orders.currency, :now
    FROM shipments AS shipment
    JOIN ledger_transactions AS entry ON entry.customer_id = shipment.customer_id
      AND entry.kind = 'HOLD' AND entry.reference = shipment.shipment_number
    JOIN orders ON orders.id = shipment.order_id
    JOIN shipment_lines AS goods ON goods.shipment_id = shipment.id
    JOIN order_lines AS line ON line.id = goods.order_line_id
    WHERE shipment.run_id = :run_id
    GROUP BY shipment.id, entry.id, orders.currency
    ORDER BY shipment.id
    """
)

_HOLD_POSTINGS = text(
    """
    INSERT INTO ledger_postings (transaction_id, customer_id, account, amount, currency)
    SELECT hold.transaction_id, hold.customer_id, side.account, side.sign * hold.amount,
      hold.currency
    FROM fund_holds AS hold
    CROSS JOIN (VALUES ('CUSTOMER_FUNDS', -1), ('CUSTOMER_HOLDS', 1)) AS side (account, sign)
    WHERE hold.run_id = :run_id
    ORDER BY hold.id, side.sign
    """
)

_FUNDS = text(
    """
    UPDATE customer_funds AS funds
    SET balance = funds.balance - used.amount, held = funds.held + used.amount,
      version = funds.version + 1
    FROM (SELECT customer_id, sum(amount) AS amount FROM fund_holds
          WHERE run_id = :run_id GROUP BY customer_id) AS used
    WHERE funds.customer_id = used.customer_id
    """
)

_RESERVATIONS = text(
    """
    INSERT INTO reservations (run_id, allocation_line_id, order_line_id, customer_id, sku_id,
      warehouse_id, units, created_at, expires_at)
    SELECT run_id, id, order_line_id, customer_id, sku_id, warehouse_id, units, :now,
      :reservations_end
    FROM allocation_lines
    WHERE run_id = :run_id AND stage = 2 AND units > 0
    ORDER BY seq
    """
)

_STOCK = text(
    """
    UPDATE stock
    SET units_held = stock.units_held + used.held, units_reserved = stock.units_reserved + used.kept
    FROM (SELECT warehouse_id, sku_id,
            coalesce(sum(units) FILTER (WHERE stage <> 2), 0)::bigint AS held,
            coalesce(sum(units) FILTER (WHERE stage = 2), 0)::bigint AS kept
          FROM allocation_lines WHERE run_id = :run_id AND units > 0
          GROUP BY warehouse_id, sku_id) AS used
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
          FROM allocation_lines
          WHERE run_id = :run_id AND units > 0 AND order_line_id IS NOT NULL
          GROUP BY order_line_id) AS used
    WHERE line.id = used.order_line_id
    """
)

_STORES = text(
    """
    UPDATE store_stock AS held
    SET units_in_transit = held.units_in_transit + used.units
    FROM (SELECT store_id, sku_id, sum(units)::bigint AS units FROM allocation_lines
          WHERE run_id = :run_id AND units > 0 AND store_id IS NOT NULL
          GROUP BY store_id, sku_id) AS used
    WHERE held.store_id = used.store_id AND held.sku_id = used.sku_id
    """
)

_REGIONS = text(
    """
    UPDATE region_reserves AS held
    SET units_in_transit = held.units_in_transit + used.units
    FROM (SELECT region_id, sku_id, sum(units)::bigint AS units FROM allocation_lines
          WHERE run_id = :run_id AND units > 0 AND region_id IS NOT NULL
          GROUP BY region_id, sku_id) AS used
    WHERE held.region_id = used.region_id AND held.sku_id = used.sku_id
    """
)

# What is reserved tells CHANNEL to collect the payment; the reservation says until when (A5).
_EVENTS = text(
    """
    INSERT INTO order_events (order_id, customer_id, at, kind, actor, after)
    SELECT line.order_id, given.customer_id, :now,
      CASE given.stage WHEN 1 THEN 'ALLOCATED' ELSE 'RESERVED' END, :actor,
      jsonb_build_object('run', CAST(:run_id AS bigint), 'units', sum(given.units))
        || CASE given.stage WHEN 2 THEN jsonb_build_object('tells', 'CHANNEL') ELSE '{}' END
    FROM allocation_lines AS given
    JOIN order_lines AS line ON line.id = given.order_line_id
    WHERE given.run_id = :run_id AND given.units > 0
    GROUP BY line.order_id, given.customer_id, given.stage
    ORDER BY line.order_id, given.stage
    """
)

_CARRY_OUT: tuple[TextClause, ...] = (
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
