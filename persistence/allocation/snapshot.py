"""What an allocation run reads: free stock, open claims, funds, gaps, all at one instant.

skus: the goods that a run shares out, by key; None stands for all. Open lines, of which there may
be a million, and gaps come as frames by COPY; what they refer to is looked up in small tables, so
no statement depends on what the database expects of their number.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl
from sqlalchemy import ARRAY, BigInteger, Select, any_, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.seasons import SellingSeason
from persistence.allocation.claiming import CLAIMING_KINDS, OPEN_LINE
from persistence.copying import bigints, copy_out
from persistence.tables import (
    ProductRow,
    RegionRow,
    SkuRow,
    StoreRow,
)

Rows = Sequence[Any]
Skus = Iterable[int] | None
WHOLE, TEXT = pl.Int64, pl.String

_KINDS = ", ".join(f"'{kind}'" for kind in CLAIMING_KINDS)
_LINES = {
    "order_line_id": WHOLE,
    "order_id": WHOLE,
    "customer_id": WHOLE,
    "sku_id": WHOLE,
    "line_no": WHOLE,
    "qty": WHOLE,
    "pack": WHOLE,
    "price_cents": WHOLE,
    "reserve": WHOLE,
}
_ORDERS = {
    "order_id": WHOLE,
    "order_number": TEXT,
    "customer_id": WHOLE,
    "ship_complete": WHOLE,
    "min_ship_value_cents": WHOLE,
}
_STOCK = {"warehouse_id": WHOLE, "warehouse": TEXT, "sku_id": WHOLE, "units": WHOLE}
_STORE_STOCK = {
    "store_id": WHOLE,
    "sku_id": WHOLE,
    "safety": WHOLE,
    "on_hand": WHOLE,
    "pack": WHOLE,
}
_RESERVES = {
    "region_id": WHOLE,
    "sku_id": WHOLE,
    "target": WHOLE,
    "current": WHOLE,
    "pack": WHOLE,
}


async def regions(session: AsyncSession) -> Rows:
    """code, name, id: in the order of the regions' file."""
    return await _rows(
        session,
        select(RegionRow.code, RegionRow.name, RegionRow.id).order_by(
            RegionRow.position, RegionRow.id
        ),
    )


async def products(session: AsyncSession, season: str) -> Rows:
    """id, code, launch_rank, season: the rank of that season's launch plan, or the general one."""
    planned = (
        ProductRow.spring_summer_rank
        if season == SellingSeason.SPRING_SUMMER
        else ProductRow.autumn_winter_rank
    )
    return await _rows(
        session,
        select(
            ProductRow.id,
            ProductRow.code,
            func.coalesce(planned, ProductRow.launch_rank).label("launch_rank"),
            ProductRow.season,
        ).order_by(ProductRow.id),
    )


async def skus_of(session: AsyncSession, skus: Skus) -> Rows:
    """id, code, product_id, size, list_price, currency, pack; a colour is part of the size here."""
    statement = select(
        SkuRow.id,
        SkuRow.code,
        SkuRow.product_id,
        SkuRow.size,
        SkuRow.list_price,
        SkuRow.currency,
        SkuRow.pack,
    )
    if skus is not None:
        statement = statement.where(SkuRow.id == any_(literal(list(skus), ARRAY(BigInteger))))
    return await _rows(session, statement.order_by(SkuRow.id))


async def free_stock(session: AsyncSession, skus: Skus) -> pl.DataFrame:
    """warehouse_id, warehouse, sku_id, units: what the central warehouses can still give."""
    free = "stock.units_on_hand - stock.units_held - stock.units_reserved"
    return await copy_out(
        session,
        f"""
        SELECT stock.warehouse_id, warehouse.code, stock.sku_id, {free}
        FROM stock JOIN warehouses AS warehouse ON warehouse.id = stock.warehouse_id
        WHERE warehouse.kind = 'CENTRAL' AND {free} > 0 {_among("stock.sku_id", skus)}
        ORDER BY stock.warehouse_id, stock.sku_id
        """,  # noqa: S608 - keys of ours
        _STOCK,
    )


async def open_lines(session: AsyncSession, skus: Skus) -> pl.DataFrame:
    """Complete lines with units neither shipped, held nor reserved, of any order.

    Which orders compete: `claiming_orders`.

    order_line_id, order_id, customer_id, sku_id, line_no, qty, pack (empty: the SKU's own),
    price_cents (in minor units, rounded up, so that a hold never undercuts the debit), reserve.
    """
    return await _lines(session, _among("line.sku_id", skus))


async def open_lines_of_orders(session: AsyncSession, orders: Iterable[int]) -> pl.DataFrame:
    """The same of these orders."""
    return await _lines(session, _among("line.order_id", orders))


async def claiming_orders(session: AsyncSession, orders: Iterable[int] | None) -> pl.DataFrame:
    """Confirmed orders of customers that compete, all or of these keys: order_id, order_number,
    customer_id, ship_complete, min_ship_value_cents."""
    return await copy_out(
        session,
        f"""
        SELECT orders.id, orders.order_number, orders.customer_id, orders.ship_complete::int,
          (orders.min_ship_value * power(10::numeric, minor_unit_digits(orders.currency)))::bigint
        FROM orders JOIN customers AS customer ON customer.id = orders.customer_id
        WHERE orders.status = 'CONFIRMED' AND customer.kind IN ({_KINDS})
          {_among("orders.id", orders)}
        """,  # noqa: S608 - keys and words of ours
        _ORDERS,
    )


async def store_stock(session: AsyncSession, skus: Skus) -> pl.DataFrame:
    """store_id, sku_id, safety, on_hand (with what is on its way), pack (empty: the SKU's own)."""
    return await copy_out(
        session,
        f"""
        SELECT store_id, sku_id, safety_stock, units_on_hand + units_in_transit, pack
        FROM store_stock WHERE true {_among("sku_id", skus)} ORDER BY store_id, sku_id
        """,  # noqa: S608 - keys of ours
        _STORE_STOCK,
    )


async def region_reserves(session: AsyncSession, skus: Skus) -> pl.DataFrame:
    """region_id, sku_id, target, current (with what is on its way), pack (empty: the SKU's)."""
    return await copy_out(
        session,
        f"""
        SELECT region_id, sku_id, target, units_on_hand + units_in_transit, pack
        FROM region_reserves WHERE true {_among("sku_id", skus)} ORDER BY region_id, sku_id
        """,  # noqa: S608 - keys of ours
        _RESERVES,
    )


async def stores(session: AsyncSession) -> Rows:
    """code, region, tier, id."""
    return await _rows(
        session,
        select(StoreRow.code, RegionRow.code.label("region"), StoreRow.tier, StoreRow.id)
        .join(RegionRow, RegionRow.id == StoreRow.region_id)
        .order_by(StoreRow.id),
    )


async def _lines(session: AsyncSession, which: str) -> pl.DataFrame:
    return await copy_out(
        session,
        f"""
        SELECT line.id, line.order_id, line.customer_id, line.sku_id, line.line_no,
          line.units_ordered - line.units_shipped - line.units_held - line.units_reserved,
          line.pack,
          (held_price(line.unit_price, orders.currency)
            * power(10::numeric, minor_unit_digits(orders.currency)))::bigint,
          line.may_reserve::int
        FROM order_lines AS line JOIN orders ON orders.id = line.order_id
        WHERE {OPEN_LINE}
          AND line.sku_id IS NOT NULL AND line.unit_price IS NOT NULL
          {which}
        """,  # noqa: S608 - keys of ours
        _LINES,
    )


def _among(column: str, keys: Iterable[int] | None) -> str:
    return "" if keys is None else f"AND {column} = ANY({bigints(keys)})"


async def _rows(session: AsyncSession, statement: Select[*tuple[Any, ...]]) -> Rows:
    return list(await session.execute(statement))
