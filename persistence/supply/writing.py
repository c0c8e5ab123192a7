"""Goods receipts and stock."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.documents import document_key
from domain.supply import StockMovementKind
from persistence.bulk import insert_columns
from persistence.tables import (
    GoodsReceiptLineRow,
    GoodsReceiptRow,
    SkuRow,
    StockMovementRow,
    WarehouseRow,
)
from persistence.unit_of_work import UnitOfWork


async def warehouse_by_code(session: AsyncSession, code: str) -> WarehouseRow | None:
    """The warehouse of that code."""
    return await session.scalar(select(WarehouseRow).where(WarehouseRow.code == code))


async def sku_ids_by_code(session: AsyncSession, codes: Sequence[str]) -> dict[str, int]:
    """The keys of those of these SKUs that exist."""
    rows = await session.execute(select(SkuRow.code, SkuRow.id).where(SkuRow.code.in_(codes)))
    return {row.code: row.id for row in rows}


async def add_receipt(uow: UnitOfWork, receipt_number: str, warehouse_id: int) -> int | None:
    """Record a receipt's head; None when that number is recorded already (A2)."""
    return await uow.session.scalar(
        insert(GoodsReceiptRow)
        .values(
            receipt_number=receipt_number,
            warehouse_id=warehouse_id,
            received_at=uow.now,
            recorded_by=uow.actor,
        )
        .on_conflict_do_nothing()
        .returning(GoodsReceiptRow.id)
    )


async def receipt_by_number(
    session: AsyncSession, receipt_number: str
) -> tuple[int, int, dict[int, int]] | None:
    """A recorded receipt: its key, its warehouse, and units by SKU."""
    head = (
        await session.execute(
            select(GoodsReceiptRow.id, GoodsReceiptRow.warehouse_id).where(
                GoodsReceiptRow.receipt_number_key == document_key(receipt_number)
            )
        )
    ).first()
    if head is None:
        return None
    lines = await session.execute(
        select(GoodsReceiptLineRow.sku_id, GoodsReceiptLineRow.units).where(
            GoodsReceiptLineRow.goods_receipt_id == head.id
        )
    )
    return head.id, head.warehouse_id, {line.sku_id: line.units for line in lines}


async def book_receipt(
    uow: UnitOfWork, receipt_id: int, warehouse_id: int, units_by_sku: Mapping[int, int]
) -> None:
    """Write the receipt's lines and movements and add its units to the stock on hand."""
    skus = sorted(units_by_sku)
    units = [units_by_sku[sku] for sku in skus]
    count = len(skus)
    await insert_columns(
        uow.session,
        GoodsReceiptLineRow,
        {"goods_receipt_id": [receipt_id] * count, "sku_id": skus, "units": units},
    )
    await insert_columns(
        uow.session,
        StockMovementRow,
        {
            "warehouse_id": [warehouse_id] * count,
            "sku_id": skus,
            "units": units,
            "kind": [StockMovementKind.RECEIPT] * count,
            "goods_receipt_id": [receipt_id] * count,
            "at": [uow.now] * count,
            "actor": [uow.actor] * count,
        },
    )
    # Rows are touched in the order of their keys, as everywhere, so that two writers never wait
    # for each other in a circle.
    await uow.session.execute(
        text(
            "INSERT INTO stock (warehouse_id, sku_id, units_on_hand)"
            " SELECT :warehouse_id, sku_id, units"
            " FROM unnest(CAST(:skus AS bigint[]), CAST(:units AS bigint[]))"
            " AS sent (sku_id, units)"
            " ORDER BY sku_id"
            " ON CONFLICT (warehouse_id, sku_id)"
            " DO UPDATE SET units_on_hand = stock.units_on_hand + excluded.units_on_hand"
        ),
        {"warehouse_id": warehouse_id, "skus": skus, "units": units},
    )
