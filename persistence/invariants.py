"""Figures that are kept twice must agree: each query here finds the rows where they do not."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

MOST_EXAMPLES = 5


@dataclass(frozen=True)
class Invariant:
    """What must hold, a key of the catalogue, and how many rows break it, with a few of them.

    The rows are named by their keys, for whoever mends the database: the same in every language.
    """

    name: str
    broken: int
    examples: tuple[str, ...]


# Each statement gives one text per row that breaks the rule its key states.
_CHECKS: Mapping[str, str] = {
    "books.STOCK_IS_ITS_MOVEMENTS": """
        SELECT format('warehouse %s SKU %s: %s on hand, %s moved',
          coalesce(stock.warehouse_id, moved.warehouse_id), coalesce(stock.sku_id, moved.sku_id),
          coalesce(stock.units_on_hand, 0), coalesce(moved.units, 0))
        FROM stock FULL JOIN (
          SELECT warehouse_id, sku_id, sum(units)::bigint AS units FROM stock_movements
          GROUP BY warehouse_id, sku_id) AS moved USING (warehouse_id, sku_id)
        WHERE coalesce(stock.units_on_hand, 0) <> coalesce(moved.units, 0)
    """,
    "books.STOCK_HELD_IS_PICKED": """
        SELECT format('warehouse %s SKU %s: %s held, %s being picked',
          stock.warehouse_id, stock.sku_id, stock.units_held, coalesce(picked.units, 0))
        FROM stock LEFT JOIN (
          SELECT warehouse_id, sku_id, sum(units)::bigint AS units
          FROM shipment_lines JOIN shipments ON shipments.id = shipment_id
          WHERE status = 'PICKING' GROUP BY warehouse_id, sku_id) AS picked
          ON picked.warehouse_id = stock.warehouse_id AND picked.sku_id = stock.sku_id
        WHERE stock.units_held <> coalesce(picked.units, 0)
    """,
    "books.STOCK_RESERVED": """
        SELECT format('warehouse %s SKU %s: %s reserved, %s in active reservations',
          stock.warehouse_id, stock.sku_id, stock.units_reserved, coalesce(kept.units, 0))
        FROM stock LEFT JOIN (
          SELECT warehouse_id, sku_id, sum(units)::bigint AS units FROM reservations
          WHERE status = 'ACTIVE' GROUP BY warehouse_id, sku_id) AS kept
          ON kept.warehouse_id = stock.warehouse_id AND kept.sku_id = stock.sku_id
        WHERE stock.units_reserved <> coalesce(kept.units, 0)
    """,
    "books.LINE_UNITS": """
        SELECT format('order line %s: %s held of %s, %s reserved of %s', line.id,
          line.units_held, coalesce(picked.units, 0), line.units_reserved, coalesce(kept.units, 0))
        FROM order_lines AS line
        LEFT JOIN (
          SELECT order_line_id, sum(units)::bigint AS units
          FROM shipment_lines JOIN shipments ON shipments.id = shipment_id
          WHERE status = 'PICKING' AND order_line_id IS NOT NULL
          GROUP BY order_line_id) AS picked ON picked.order_line_id = line.id
        LEFT JOIN (
          SELECT order_line_id, sum(units)::bigint AS units FROM reservations
          WHERE status = 'ACTIVE' GROUP BY order_line_id) AS kept ON kept.order_line_id = line.id
        WHERE line.units_held <> coalesce(picked.units, 0)
          OR line.units_reserved <> coalesce(kept.units, 0)
    """,
    "books.BALANCES": """
        SELECT format('customer %s: balance %s of %s, held %s of %s', funds.customer_id,
          funds.balance, coalesce(posted.balance, 0), funds.held, coalesce(posted.held, 0))
        FROM customer_funds AS funds LEFT JOIN (
          SELECT customer_id,
            sum(amount) FILTER (WHERE account = 'CUSTOMER_FUNDS') AS balance,
            sum(amount) FILTER (WHERE account = 'CUSTOMER_HOLDS') AS held
          FROM ledger_postings GROUP BY customer_id) AS posted USING (customer_id)
        WHERE funds.balance <> coalesce(posted.balance, 0)
          OR funds.held <> coalesce(posted.held, 0)
    """,
    "books.FUNDS_HELD": """
        SELECT format('customer %s: %s held, %s in open holds', funds.customer_id, funds.held,
          coalesce(open.amount, 0))
        FROM customer_funds AS funds LEFT JOIN (
          SELECT customer_id, sum(amount) AS amount FROM fund_holds
          WHERE status = 'HELD' GROUP BY customer_id) AS open USING (customer_id)
        WHERE funds.held <> coalesce(open.amount, 0)
    """,
    "books.HOLDS_COVER_GOODS": """
        SELECT format('hold %s: %s held, the goods cost %s', hold.id, hold.amount,
          sum(held_price(line.unit_price, hold.currency) * goods.units))
        FROM fund_holds AS hold
        JOIN shipment_lines AS goods ON goods.shipment_id = hold.shipment_id
        JOIN order_lines AS line ON line.id = goods.order_line_id
        WHERE hold.status = 'HELD'
        GROUP BY hold.id
        HAVING hold.amount < sum(held_price(line.unit_price, hold.currency) * goods.units)
    """,
    "books.DEPOSITS": """
        SELECT format('customer %s: %s in deposits, %s of open special orders',
          coalesce(kept.customer_id, paid.customer_id), coalesce(kept.amount, 0),
          coalesce(paid.amount, 0))
        FROM (SELECT customer_id, sum(amount) AS amount FROM ledger_postings
              WHERE account = 'CUSTOMER_DEPOSITS' GROUP BY customer_id) AS kept
        FULL JOIN (SELECT process.customer_id, sum(process.deposit_paid) AS amount
              FROM order_lives AS process JOIN orders ON orders.id = process.order_id
              WHERE process.special AND process.deposit_settled_on IS NULL
                AND orders.status <> 'CANCELLED' GROUP BY process.customer_id) AS paid
          USING (customer_id)
        WHERE coalesce(kept.amount, 0) <> coalesce(paid.amount, 0)
    """,
    "books.LEDGER": """
        SELECT format('transaction %s: %s %s too much', transaction_id, sum(amount), currency)
        FROM ledger_postings GROUP BY transaction_id, currency HAVING sum(amount) <> 0
    """,
    "books.GOODS_OF_RUNS": """
        SELECT format('SKU %s is taken by run %s, which is %s', goods.sku_id, run.id, run.status)
        FROM allocation_run_goods AS goods JOIN allocation_runs AS run ON run.id = goods.run_id
        WHERE run.status NOT IN ('QUEUED', 'CLAIMED', 'SOLVING')
    """,
    "books.UNITS_OF_PLAN": """
        SELECT format('shipment line %s: %s units of line %s, which gives %s', goods.id,
          goods.units, goods.allocation_line_id, coalesce(given.units, 0))
        FROM shipments AS shipment
        JOIN allocation_runs AS run ON run.id = shipment.run_id AND run.snapshot IS NOT NULL
        JOIN shipment_lines AS goods ON goods.shipment_id = shipment.id
        LEFT JOIN allocation_lines AS given ON given.id = goods.allocation_line_id
        WHERE goods.allocation_line_id IS NOT NULL AND given.units IS DISTINCT FROM goods.units
    """,
}
INVARIANTS = tuple(_CHECKS)


async def check_invariants(session: AsyncSession) -> list[Invariant]:
    """Every rule with the number of rows that break it; all read at the session's instant."""
    found = []
    for name, statement in _CHECKS.items():
        broken = list(await session.scalars(text(statement)))
        found.append(Invariant(name, len(broken), tuple(broken[:MOST_EXAMPLES])))
    return found
