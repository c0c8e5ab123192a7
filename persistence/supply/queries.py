"""What arrived, and what lies in which warehouse?"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.parties.vocabularies import WarehouseKind
from persistence.filters import asked, before, refers_to, since
from persistence.lookups import rows_by, rows_by_number
from persistence.paging import (
    Key,
    Page,
    PageRequest,
    Sorting,
    count_by_parent,
    count_rows,
    fetch_page,
    fetch_pages,
)
from persistence.tables import (
    GoodsReceiptLineRow,
    GoodsReceiptRow,
    ProductRow,
    SkuRow,
    StockRow,
    WarehouseRow,
)

NEWEST_FIRST = Sorting(
    "received_at_desc",
    (Key(GoodsReceiptRow.received_at, descending=True), Key(GoodsReceiptRow.id, descending=True)),
)
BY_PLACE = Sorting("place", (Key(StockRow.warehouse_id), Key(StockRow.sku_id)))
_LINES_BY_SKU = Sorting("sku", (Key(GoodsReceiptLineRow.sku_id),))


@dataclass(frozen=True)
class ReceiptQuestion:
    """Which goods receipts are asked for; what is None does not narrow."""

    warehouse: str | None = None
    received_from: dt.datetime | None = None
    received_before: dt.datetime | None = None


@dataclass(frozen=True)
class StockQuestion:
    """Which stock is asked for, by codes; what is None does not narrow."""

    warehouse: str | None = None
    sku: str | None = None
    product: str | None = None
    only_free: bool = False


async def goods_receipts(
    session: AsyncSession, question: ReceiptQuestion, page: PageRequest
) -> Page[GoodsReceiptRow]:
    """One page of the goods receipts asked for, the newest first."""
    return await fetch_page(session, _receipts(question), NEWEST_FIRST, page)


async def count_goods_receipts(session: AsyncSession, question: ReceiptQuestion) -> int:
    """How many goods receipts are asked for."""
    return await count_rows(session, _receipts(question).with_only_columns(GoodsReceiptRow.id))


async def goods_receipts_by_id(
    session: AsyncSession, ids: Sequence[int]
) -> dict[int, GoodsReceiptRow]:
    """These goods receipts, where they may be seen."""
    return await rows_by(session, select(GoodsReceiptRow), GoodsReceiptRow.id, ids)


async def goods_receipts_by_number(
    session: AsyncSession, numbers: Sequence[str]
) -> dict[str, GoodsReceiptRow]:
    """The goods receipts of these numbers, where they may be seen."""
    return await rows_by_number(
        session, select(GoodsReceiptRow), GoodsReceiptRow.receipt_number_key, numbers
    )


async def lines_by_receipt(
    session: AsyncSession, receipts: Sequence[int], page: PageRequest
) -> dict[int, Page[GoodsReceiptLineRow]]:
    """The same page of each receipt's lines."""
    return await fetch_pages(
        session,
        select(GoodsReceiptLineRow),
        GoodsReceiptLineRow.goods_receipt_id,
        receipts,
        _LINES_BY_SKU,
        page,
    )


async def count_lines_by_receipt(session: AsyncSession, receipts: Sequence[int]) -> dict[int, int]:
    """How many lines each receipt has."""
    return await count_by_parent(session, GoodsReceiptLineRow.goods_receipt_id, receipts)


async def stock(
    session: AsyncSession, question: StockQuestion, page: PageRequest
) -> Page[StockRow]:
    """One page of the stock asked for, by warehouse and SKU."""
    return await fetch_page(session, _stock(question), BY_PLACE, page)


async def count_stock(session: AsyncSession, question: StockQuestion) -> int:
    """How many pairs of warehouse and SKU are asked for."""
    return await count_rows(session, _stock(question).with_only_columns(StockRow.sku_id))


def _receipts(question: ReceiptQuestion) -> Select[GoodsReceiptRow]:
    row = GoodsReceiptRow
    return select(row).where(
        *asked(
            refers_to(row.warehouse_id, WarehouseRow, WarehouseRow.code, question.warehouse),
            since(row.received_at, question.received_from),
            before(row.received_at, question.received_before),
        )
    )


def _stock(question: StockQuestion) -> Select[StockRow]:
    row = StockRow
    statement = select(row).where(
        *asked(
            refers_to(row.warehouse_id, WarehouseRow, WarehouseRow.code, question.warehouse),
            refers_to(row.sku_id, SkuRow, SkuRow.code, question.sku),
        )
    )
    if question.product is not None:
        of_product = (
            select(SkuRow.id)
            .join(ProductRow, ProductRow.id == SkuRow.product_id)
            .where(ProductRow.code == question.product)
        )
        statement = statement.where(row.sku_id.in_(of_product))
    if question.only_free:
        statement = statement.where(row.units_on_hand > row.units_held + row.units_reserved)
    return statement


async def sum_of_free(session: AsyncSession) -> tuple[int, int]:
    """Free units in the central warehouses, and of how many SKUs in a warehouse."""
    statement = _free(func.coalesce(func.sum(_FREE), 0), func.count())
    units, skus = (await session.execute(statement)).one()
    return int(units), int(skus)


async def free_at_centres(session: AsyncSession, limit: int) -> Sequence[Any]:
    """warehouse, warehouse_name, warehouse_zh, sku, product, product_zh, units; the most first."""
    statement = _free(
        WarehouseRow.code.label("warehouse"),
        WarehouseRow.name.label("warehouse_name"),
        WarehouseRow.name_zh.label("warehouse_zh"),
        SkuRow.code.label("sku"),
        ProductRow.name.label("product"),
        ProductRow.name_zh.label("product_zh"),
        _FREE.label("units"),
    ).order_by(_FREE.desc(), WarehouseRow.code, SkuRow.code)
    rows: Sequence[Any] = (await session.execute(statement.limit(limit))).all()
    return rows


_FREE = StockRow.units_on_hand - StockRow.units_held - StockRow.units_reserved


def _free(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(StockRow)
        .join(WarehouseRow, WarehouseRow.id == StockRow.warehouse_id)
        .join(SkuRow, SkuRow.id == StockRow.sku_id)
        .join(ProductRow, ProductRow.id == SkuRow.product_id)
        .where(_FREE > 0, WarehouseRow.kind == WarehouseKind.CENTRAL)
    )
