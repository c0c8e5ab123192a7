"""Orders, their lines, and the history of every change of state (O1, O15)."""

import datetime as dt
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain import limits
from domain.orders.vocabularies import OrderStatus
from persistence.tables.base import (
    Amount,
    Base,
    Code,
    Currency,
    Instant,
    Key,
    UnitPrice,
    WordOf,
    amounts_fit,
    key_of_number,
    one_of,
)


class OrderRow(Base):
    """An order of one customer in its currency. Only CONFIRMED orders compete for goods (F3)."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint(one_of("status", OrderStatus), name="status"),
        CheckConstraint("min_ship_value >= 0", name="min_ship_value"),
        CheckConstraint("total >= 0", name="total"),
        amounts_fit("total", "min_ship_value"),
        # Children carry the customer too; this key keeps the two from drifting apart.
        UniqueConstraint("id", "customer_id"),
        Index("ix_orders_customer_id_placed_at_id", "customer_id", "placed_at", "id"),
        Index("ix_orders_placed_at_id", "placed_at", "id"),
        Index("ix_orders_status_placed_at_id", "status", "placed_at", "id"),
    )

    id: Mapped[Key]
    order_number: Mapped[Code] = mapped_column(unique=True)
    order_number_key: Mapped[str] = key_of_number("order_number")
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    status: Mapped[OrderStatus] = mapped_column(WordOf(OrderStatus, 24))
    placed_at: Mapped[Instant]
    required_on: Mapped[dt.date | None]
    promised_on: Mapped[dt.date | None]
    currency: Mapped[Currency]
    total: Mapped[Amount]
    ship_complete: Mapped[bool] = mapped_column(server_default="false")
    min_ship_value: Mapped[Amount] = mapped_column(server_default="0")
    customer_po: Mapped[str | None] = mapped_column(String(limits.CODE))
    note: Mapped[str | None] = mapped_column(String(limits.TEXT))
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class OrderLineRow(Base):
    """A line from its intake on; what is shipped, held and reserved never exceeds what was ordered.

    Until the order is checked a line is what its customer said: SKU, units and price may be open.
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        ForeignKeyConstraint(["order_id", "customer_id"], ["orders.id", "orders.customer_id"]),
        UniqueConstraint("order_id", "line_no"),
        UniqueConstraint("id", "customer_id"),
        CheckConstraint("units_ordered >= 0", name="units_ordered"),
        CheckConstraint(
            "units_shipped >= 0 AND units_held >= 0 AND units_reserved >= 0", name="units"
        ),
        CheckConstraint(
            "units_shipped + units_held + units_reserved <= units_ordered", name="not_over_ordered"
        ),
        CheckConstraint("unit_price >= 0", name="unit_price"),
        CheckConstraint("pack >= 1", name="pack"),
        # What a customer called a product that nobody knows.
        CheckConstraint("num_nonnulls(sku_id, stated_sku) <= 1", name="one_sku"),
        CheckConstraint(
            "(amount IS NULL) = (units_ordered IS NULL OR unit_price IS NULL)", name="amount"
        ),
        # Nothing is given for a line of which something is open.
        CheckConstraint(
            "num_nulls(sku_id, units_ordered, unit_price) = 0"
            " OR units_shipped + units_held + units_reserved = 0",
            name="complete",
        ),
        Index("ix_order_lines_customer_id", "customer_id"),
        # What may still compete for goods is a small part of all lines ever ordered. A run
        # changes none of its columns, so it rewrites lines in place: pages have room for that.
        Index(
            "ix_order_lines_open",
            "sku_id",
            "id",
            postgresql_where="units_shipped < units_ordered",
        ),
    )

    id: Mapped[Key]
    order_id: Mapped[int]
    customer_id: Mapped[int]
    line_no: Mapped[int] = mapped_column(Integer)
    sku_id: Mapped[int | None] = mapped_column(ForeignKey("skus.id"))
    stated_sku: Mapped[str | None] = mapped_column(String(limits.CODE))
    units_ordered: Mapped[int | None]
    units_shipped: Mapped[int] = mapped_column(server_default="0")
    units_held: Mapped[int] = mapped_column(server_default="0")
    units_reserved: Mapped[int] = mapped_column(server_default="0")
    # None: the SKU's own pack.
    pack: Mapped[int | None] = mapped_column(Integer)
    unit_price: Mapped[UnitPrice | None]
    amount: Mapped[Amount | None]
    specification: Mapped[str | None] = mapped_column(String(limits.TEXT))
    # The change order that took the line off; it stays, since what was given once points at it.
    dropped_by: Mapped[int | None] = mapped_column(Integer)
    # False after a reservation lapsed unpaid, until the customer pays or CHANNEL releases it (A5).
    may_reserve: Mapped[bool] = mapped_column(server_default="true")


class OrderEventRow(Base):
    """Who changed what of an order, when and why; never updated, never deleted (O15)."""

    __tablename__ = "order_events"
    __table_args__ = (
        ForeignKeyConstraint(["order_id", "customer_id"], ["orders.id", "orders.customer_id"]),
        Index("ix_order_events_order_id_at_id", "order_id", "at", "id"),
        Index("ix_order_events_customer_id", "customer_id"),
    )

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(BigInteger)
    customer_id: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[Instant]
    kind: Mapped[str] = mapped_column(String(40))
    actor: Mapped[str] = mapped_column(String(limits.NAME))
    reason: Mapped[str | None] = mapped_column(String(limits.TEXT))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
