"""What leaves a warehouse: for an order, or as a transfer to a store or region (S1, S5)."""

import datetime as dt

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain import limits
from domain.shipments import ShipmentStatus
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


class ShipmentRow(Base):
    """One consignment. While PICKING its lines are the pick list of its warehouse.

    Exactly one of order, store and region says where it goes.
    """

    __tablename__ = "shipments"
    __table_args__ = (
        ForeignKeyConstraint(["order_id", "customer_id"], ["orders.id", "orders.customer_id"]),
        UniqueConstraint("id", "order_id"),
        UniqueConstraint("id", "customer_id"),
        CheckConstraint(one_of("status", ShipmentStatus), name="status"),
        CheckConstraint("num_nonnulls(order_id, store_id, region_id) = 1", name="one_destination"),
        CheckConstraint("(order_id IS NULL) = (customer_id IS NULL)", name="customer_of_order"),
        Index("ix_shipments_customer_id", "customer_id"),
        Index("ix_shipments_order_id_created_at_id", "order_id", "created_at", "id"),
        Index("ix_shipments_run_id", "run_id"),
        Index("ix_shipments_created_at_id", "created_at", "id"),
    )

    id: Mapped[Key]
    shipment_number: Mapped[Code] = mapped_column(unique=True)
    shipment_number_key: Mapped[str] = key_of_number("shipment_number")
    order_id: Mapped[int | None]
    customer_id: Mapped[int | None]
    store_id: Mapped[int | None] = mapped_column(ForeignKey("stores.id"), index=True)
    region_id: Mapped[int | None] = mapped_column(ForeignKey("regions.id"), index=True)
    # None: an imported shipment whose warehouse the source does not say.
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouses.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("allocation_runs.id"))
    status: Mapped[ShipmentStatus] = mapped_column(WordOf(ShipmentStatus, 16))
    carrier: Mapped[str | None] = mapped_column(String(100))
    tracking_number: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[CreatedAt]
    shipped_at: Mapped[dt.datetime | None]
    expected_on: Mapped[dt.date | None]
    delivered_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class ShipmentLineRow(Base):
    """Units of one SKU in a shipment, pointing at the allocation line that gave them."""

    __tablename__ = "shipment_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["order_line_id", "customer_id"], ["order_lines.id", "order_lines.customer_id"]
        ),
        # Beside the plain key, which holds for transfers too: they are nobody's.
        ForeignKeyConstraint(
            ["shipment_id", "customer_id"], ["shipments.id", "shipments.customer_id"]
        ),
        CheckConstraint("units > 0", name="units"),
        CheckConstraint("(order_line_id IS NULL) = (customer_id IS NULL)", name="customer_of_line"),
        Index("ix_shipment_lines_shipment_id_id", "shipment_id", "id"),
        Index("ix_shipment_lines_order_line_id", "order_line_id"),
    )

    id: Mapped[Key]
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipments.id"))
    customer_id: Mapped[int | None]
    order_line_id: Mapped[int | None]
    # Without a foreign key: the line goes when policy no longer keeps plans of that age.
    allocation_line_id: Mapped[int | None]
    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"))
    units: Mapped[int]


class TrackingEventRow(Base):
    """What the carrier said, where and when."""

    __tablename__ = "tracking_events"
    __table_args__ = (
        ForeignKeyConstraint(
            ["shipment_id", "customer_id"], ["shipments.id", "shipments.customer_id"]
        ),
        Index("ix_tracking_events_shipment_id_at_id", "shipment_id", "at", "id"),
        Index("ix_tracking_events_customer_id", "customer_id"),
    )

    id: Mapped[Key]
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipments.id"))
    customer_id: Mapped[int | None]
    at: Mapped[Instant]
    code: Mapped[str] = mapped_column(String(40))
    place: Mapped[str | None] = mapped_column(String(limits.NAME))
    note: Mapped[str | None] = mapped_column(String(limits.MEMO))
