"""A plan's commit: it writes everything that the plan causes.

All statements work on whole sets, so their number does not depend on the size of the plan, and
their cost grows with what is given. The plan stands in tables of the connection's own meanwhile:
a statement over rows of a run that was never seen before would be planned for one row of it.
What the plan rests on is locked and looked at again in between, see `plan_locks`.
"""

from collections.abc import Sequence
from typing import Any

import polars as pl
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.allocation import RESERVED
from persistence.allocation.plan_parts import Part, write_parts
from persistence.copying import copy_in
from persistence.unit_of_work import UnitOfWork

# Beyond this many rows a wrong guess of their distribution costs more than to look.
_LOOK_AT_ROWS = 1_000


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
        await session.execute(_LOOK_AT_LINES)
        await session.execute(text("ANALYZE plan_consignments"))


async def apply_plan(
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

# What it is joined and grouped by.
_LOOK_AT_LINES = text(
    "ANALYZE plan_lines (stage, customer_id, order_id, order_line_id, store_id, region_id, sku_id,"
    " warehouse_id, number)"
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

# What is reserved asks CHANNEL to collect the payment; the reservation says until when (A5).
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
