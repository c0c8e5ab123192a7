"""What a report of one run shows: what arrived, and what customers and regions were given."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.allocation.run_claims import RUN_CLAIMS


async def arrivals(session: AsyncSession, run_id: int, limit: int) -> Sequence[Any]:
    """receipt_number, name, name_zh, received_at, skus, units of the receipts of a run."""
    rows = await session.execute(
        text(
            """
            SELECT receipt.receipt_number, warehouse.name, warehouse.name_zh, receipt.received_at,
              count(*) AS skus, sum(line.units)::bigint AS units
            FROM allocation_run_receipts AS named
            JOIN goods_receipts AS receipt ON receipt.id = named.goods_receipt_id
            JOIN warehouses AS warehouse ON warehouse.id = receipt.warehouse_id
            JOIN goods_receipt_lines AS line ON line.goods_receipt_id = receipt.id
            WHERE named.run_id = :run_id
            GROUP BY receipt.id, warehouse.id
            ORDER BY receipt.id LIMIT :limit
            """
        ),
        {"run_id": run_id, "limit": limit},
    )
    return rows.all()


async def given_to_customers(
    session: AsyncSession, claims: Mapping[str, Any], limit: int
) -> Sequence[Any]:
    """code, name, name_zh, rank, currency, ordered, shipped, reserved, value, reasons of customers.

    The largest order comes first. claims: see `claims_of_run`. ordered: units that competed;
    value: of what was shipped; reasons: why lines were not shipped.
    """
    rows = await session.execute(
        text(
            f"""
            WITH {RUN_CLAIMS},
            words AS (
              SELECT customer_id, array_agg(DISTINCT word) AS reasons
              FROM run_claims, unnest(string_to_array(reasons, '|')) AS word
              WHERE stage = 1 AND word <> '' GROUP BY customer_id
            )
            SELECT customer.code, customer.name, customer.name_zh, customer.rank,
              customer.currency,
              coalesce(sum(wanted) FILTER (WHERE stage = 1), 0)::bigint AS ordered,
              coalesce(sum(given) FILTER (WHERE stage = 1), 0)::bigint AS shipped,
              coalesce(sum(given) FILTER (WHERE stage = 2), 0)::bigint AS reserved,
              rounded_amount(coalesce(sum(given * line.unit_price)
                FILTER (WHERE stage = 1), 0), customer.currency) AS value,
              coalesce(words.reasons, '{{}}') AS reasons
            FROM run_claims
            JOIN customers AS customer ON customer.id = run_claims.customer_id
            JOIN order_lines AS line ON line.id = run_claims.order_line_id
            LEFT JOIN words ON words.customer_id = customer.id
            GROUP BY customer.id, words.reasons
            ORDER BY ordered DESC, customer.code LIMIT :limit
            """  # noqa: S608 - our own text
        ),
        {**claims, "limit": limit},
    )
    return rows.all()


async def given_to_regions(session: AsyncSession, claims: Mapping[str, Any]) -> Sequence[Any]:
    """code, name, name_zh, what stores and reserve wanted and were given, of each own region."""
    rows = await session.execute(
        text(
            f"""
            WITH {RUN_CLAIMS}
            SELECT region.code, region.name, region.name_zh,
              coalesce(sum(wanted) FILTER (WHERE store_id IS NOT NULL), 0)::bigint AS stores_wanted,
              coalesce(sum(given) FILTER (WHERE store_id IS NOT NULL), 0)::bigint AS stores_given,
              coalesce(sum(wanted) FILTER (WHERE store_id IS NULL), 0)::bigint AS reserve_wanted,
              coalesce(sum(given) FILTER (WHERE store_id IS NULL), 0)::bigint AS reserve_given
            FROM run_claims
            LEFT JOIN stores AS store ON store.id = run_claims.store_id
            JOIN regions AS region ON region.id = coalesce(run_claims.region_id, store.region_id)
            WHERE stage = 3
            GROUP BY region.id ORDER BY region.position, region.id
            """  # noqa: S608 - our own text
        ),
        claims,
    )
    return rows.all()


async def example_order(session: AsyncSession, claims: Mapping[str, Any]) -> int | None:
    """The order that shows most of a run: shipped and reserved and refused before plainer ones."""
    order_id: int | None = await session.scalar(
        text(
            f"""
            WITH {RUN_CLAIMS}
            SELECT line.order_id FROM run_claims
            JOIN order_lines AS line ON line.id = run_claims.order_line_id
            GROUP BY line.order_id
            ORDER BY count(DISTINCT stage) FILTER (WHERE given > 0) DESC,
              count(*) FILTER (WHERE given = 0) > 0 DESC, line.order_id
            LIMIT 1
            """  # noqa: S608 - our own text
        ),
        claims,
    )
    return order_id


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
