"""Stock per warehouse, goods receipts, and what stores and regions should hold (P4, A2)."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from domain import limits
from domain.supply import StockMovementKind
from persistence.tables.base import (
    Base,
    Code,
    CreatedAt,
    Instant,
    Key,
    WordOf,
    key_of_number,
    one_of,
)


class StockRow(Base):
    """Units of a SKU in a warehouse: held for shipments, actively reserved, and the free rest."""

    __tablename__ = "stock"
    __table_args__ = (
        CheckConstraint("units_on_hand >= 0", name="on_hand"),
        CheckConstraint("units_held >= 0 AND units_reserved >= 0", name="held"),
        # The last word against giving the same unit twice (A11).
        CheckConstraint("units_held + units_reserved <= units_on_hand", name="not_over_given"),
        Index("ix_stock_sku_id", "sku_id"),
    )

    warehouse_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("warehouses.id"), primary_key=True
    )
    sku_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("skus.id"), primary_key=True)
    units_on_hand: Mapped[int] = mapped_column(server_default="0")
    units_held: Mapped[int] = mapped_column(server_default="0")
    units_reserved: Mapped[int] = mapped_column(server_default="0")


class StockMovementRow(Base):
    """Every change of stock on hand; their sum per warehouse and SKU is the stock on hand."""

    __tablename__ = "stock_movements"
    __table_args__ = (
        CheckConstraint(one_of("kind", StockMovementKind), name="kind"),
        CheckConstraint("units <> 0", name="units"),
        Index("ix_stock_movements_warehouse_id_sku_id_id", "warehouse_id", "sku_id", "id"),
    )

    id: Mapped[Key]
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouses.id"))
    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"))
    units: Mapped[int]
    kind: Mapped[StockMovementKind] = mapped_column(WordOf(StockMovementKind, 16))
    goods_receipt_id: Mapped[int | None] = mapped_column(ForeignKey("goods_receipts.id"))
    shipment_id: Mapped[int | None] = mapped_column(ForeignKey("shipments.id"))
    at: Mapped[Instant]
    actor: Mapped[str] = mapped_column(String(limits.NAME))


class GoodsReceiptRow(Base):
    """Goods that arrived at a warehouse; the number makes recording it twice impossible."""

    __tablename__ = "goods_receipts"
    __table_args__ = (Index("ix_goods_receipts_received_at_id", "received_at", "id"),)

    id: Mapped[Key]
    receipt_number: Mapped[Code] = mapped_column(unique=True)
    receipt_number_key: Mapped[str] = key_of_number("receipt_number")
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouses.id"))
    received_at: Mapped[Instant]
    recorded_by: Mapped[str] = mapped_column(String(limits.NAME))
    created_at: Mapped[CreatedAt]


class GoodsReceiptLineRow(Base):
    """Units of one SKU in a goods receipt."""

    __tablename__ = "goods_receipt_lines"
    __table_args__ = (CheckConstraint("units > 0", name="units"),)

    goods_receipt_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("goods_receipts.id"), primary_key=True
    )
    sku_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("skus.id"), primary_key=True)
    units: Mapped[int]


class StoreStockRow(Base):
    """A store's safety stock of a SKU, what it holds, and what is on its way to it."""

    __tablename__ = "store_stock"
    __table_args__ = (
        CheckConstraint(
            "safety_stock >= 0 AND units_on_hand >= 0 AND units_in_transit >= 0", name="units"
        ),
        CheckConstraint("pack >= 1", name="pack"),
        Index("ix_store_stock_sku_id", "sku_id"),
    )

    store_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("stores.id"), primary_key=True)
    sku_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("skus.id"), primary_key=True)
    safety_stock: Mapped[int]
    units_on_hand: Mapped[int] = mapped_column(server_default="0")
    units_in_transit: Mapped[int] = mapped_column(server_default="0")
    pack: Mapped[int | None] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class RegionReserveRow(Base):
    """A region's reserve of a SKU: its target, what it holds, and what is on its way to it."""

    __tablename__ = "region_reserves"
    __table_args__ = (
        CheckConstraint(
            "target >= 0 AND units_on_hand >= 0 AND units_in_transit >= 0", name="units"
        ),
        CheckConstraint("pack >= 1", name="pack"),
        Index("ix_region_reserves_sku_id", "sku_id"),
    )

    region_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("regions.id"), primary_key=True)
    sku_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("skus.id"), primary_key=True)
    target: Mapped[int]
    units_on_hand: Mapped[int] = mapped_column(server_default="0")
    units_in_transit: Mapped[int] = mapped_column(server_default="0")
    pack: Mapped[int | None] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer, server_default="1")
