"""What a report of one run tells: what arrived, and what customers and regions were given."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def arrival(session: AsyncSession, run_id: int) -> Any | None:
    """receipt_number, warehouse, received_at, skus, units of the receipt that triggered the run."""
    rows = await session.execute(
        text(
            """
            SELECT receipt.receipt_number, warehouse.name AS warehouse, receipt.received_at,
              count(*) AS skus, sum(line.units)::bigint AS units
            FROM allocation_runs AS run
            JOIN goods_receipts AS receipt ON receipt.id = run.goods_receipt_id
            JOIN warehouses AS warehouse ON warehouse.id = receipt.warehouse_id
            JOIN goods_receipt_lines AS line ON line.goods_receipt_id = receipt.id
            WHERE run.id = :run_id
            GROUP BY receipt.id, warehouse.id
            """
        ),
        {"run_id": run_id},
    )
    return rows.first()


async def given_to_customers(session: AsyncSession, run_id: int, limit: int) -> Sequence[Any]:
    """code, name, rank, currency, ordered, shipped, reserved, value, reasons; largest order first.

    ordered: units that competed; value: of what was shipped; reasons: why lines were not shipped.
    """
    rows = await session.execute(
        text(
            """
            WITH claims AS (
              SELECT customer_id, order_line_id, claim, stage, max(units_wanted) AS wanted,
                sum(units) AS given, reasons
              FROM allocation_lines WHERE run_id = :run_id AND customer_id IS NOT NULL
              GROUP BY customer_id, order_line_id, claim, stage, reasons
            )
            SELECT customer.code, customer.name, customer.rank, customer.currency,
              coalesce(sum(wanted) FILTER (WHERE stage = 1), 0)::bigint AS ordered,
              coalesce(sum(given) FILTER (WHERE stage = 1), 0)::bigint AS shipped,
              coalesce(sum(given) FILTER (WHERE stage = 2), 0)::bigint AS reserved,
              round(coalesce(sum(given * line.unit_price) FILTER (WHERE stage = 1), 0), 2) AS value,
              (SELECT coalesce(array_agg(DISTINCT word), '{}')
               FROM claims AS mine, jsonb_array_elements_text(mine.reasons) AS word
               WHERE mine.customer_id = customer.id AND mine.stage = 1) AS reasons
            FROM claims
            JOIN customers AS customer ON customer.id = claims.customer_id
            JOIN order_lines AS line ON line.id = claims.order_line_id
            GROUP BY customer.id
            ORDER BY ordered DESC, customer.code LIMIT :limit
            """
        ),
        {"run_id": run_id, "limit": limit},
    )
    return rows.all()


async def given_to_regions(session: AsyncSession, run_id: int) -> Sequence[Any]:
    """code, name, stores_wanted, stores_given, reserve_wanted, reserve_given of own regions."""
    rows = await session.execute(
        text(
            """
            WITH claims AS (
              SELECT store_id, region_id, claim, max(units_wanted) AS wanted, sum(units) AS given
              FROM allocation_lines WHERE run_id = :run_id AND stage = 3
              GROUP BY store_id, region_id, claim
            )
            SELECT region.code, region.name,
              coalesce(sum(wanted) FILTER (WHERE store_id IS NOT NULL), 0)::bigint AS stores_wanted,
              coalesce(sum(given) FILTER (WHERE store_id IS NOT NULL), 0)::bigint AS stores_given,
              coalesce(sum(wanted) FILTER (WHERE store_id IS NULL), 0)::bigint AS reserve_wanted,
              coalesce(sum(given) FILTER (WHERE store_id IS NULL), 0)::bigint AS reserve_given
            FROM claims
            LEFT JOIN stores AS store ON store.id = claims.store_id
            JOIN regions AS region ON region.id = coalesce(claims.region_id, store.region_id)
            GROUP BY region.id ORDER BY region.position, region.id
            """
        ),
        {"run_id": run_id},
    )
    return rows.all()


async def telling_order(session: AsyncSession, run_id: int) -> int | None:
    """The order that shows most of a run: shipped and reserved and refused before plainer ones."""
    order_id: int | None = await session.scalar(
        text(
            """
            SELECT line.order_id FROM allocation_lines AS given
            JOIN order_lines AS line ON line.id = given.order_line_id
            WHERE given.run_id = :run_id
            GROUP BY line.order_id
            ORDER BY count(DISTINCT given.stage) FILTER (WHERE given.units > 0) DESC,
              count(*) FILTER (WHERE given.units = 0) > 0 DESC, line.order_id
            LIMIT 1
            """
        ),
        {"run_id": run_id},
    )
    return order_id
