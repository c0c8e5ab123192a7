"""Price plans: what a SKU costs whom, and from when to when (P3)."""

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from domain import limits
from persistence.tables.base import Base, Code, CreatedAt, Currency, Instant, Key, Name, UnitPrice


class PricePlanRow(Base):
    """A list of prices that customers are put on; SKUs it does not price keep their list price."""

    __tablename__ = "price_plans"

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    currency: Mapped[Currency]
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    created_at: Mapped[CreatedAt]


class PricePlanPriceRow(Base):
    """A SKU's price in a plan from a day on; of those that hold, the one begun last counts."""

    __tablename__ = "price_plan_prices"
    __table_args__ = (
        CheckConstraint("unit_price >= 0", name="unit_price"),
        CheckConstraint("valid_to >= valid_from", name="validity"),
        Index(
            "ix_price_plan_prices_plan_id_sku_id_valid_from_id",
            "plan_id",
            "sku_id",
            "valid_from",
            "id",
        ),
        Index("ix_price_plan_prices_sku_id", "sku_id"),
    )

    id: Mapped[Key]
    plan_id: Mapped[int] = mapped_column(ForeignKey("price_plans.id"))
    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"))
    unit_price: Mapped[UnitPrice]
    valid_from: Mapped[dt.date]
    # The last day; none: until another begins.
    valid_to: Mapped[dt.date | None]
    entered_by: Mapped[str] = mapped_column(String(limits.NAME))
    entered_at: Mapped[Instant]
    reason: Mapped[str | None] = mapped_column(String(limits.TEXT))
