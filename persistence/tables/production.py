"""Material purchases, production by stage, and inspections of an order (O11, O12)."""

import datetime as dt
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain import limits
from domain.production import InspectionKind, InspectionResult
from persistence.tables.base import Base, Code, Instant, Key, Name, WordOf, one_of


class MaterialPurchaseRow(Base):
    """A material that an order needs: how much is needed, ordered and received, when, from whom."""

    __tablename__ = "material_purchases"
    __table_args__ = (
        ForeignKeyConstraint(["order_id", "customer_id"], ["orders.id", "orders.customer_id"]),
        UniqueConstraint("order_id", "material", "supplier"),
        CheckConstraint("needed >= 0 AND ordered >= 0 AND received >= 0", name="quantities"),
        Index("ix_material_purchases_customer_id", "customer_id"),
        # The rule that a supplier confirms within two weeks (A1).
        Index(
            "ix_material_purchases_unconfirmed",
            "ordered_on",
            "id",
            postgresql_where="ordered_on IS NOT NULL AND confirmed_on IS NULL",
        ),
    )

    id: Mapped[Key]
    order_id: Mapped[int]
    customer_id: Mapped[int]
    material: Mapped[Name]
    supplier: Mapped[str] = mapped_column(String(limits.NAME), server_default="")
    unit: Mapped[str] = mapped_column(String(limits.UNIT), server_default="")
    needed: Mapped[Decimal] = mapped_column(Numeric(18, 3), server_default="0")
    ordered: Mapped[Decimal] = mapped_column(Numeric(18, 3), server_default="0")
    received: Mapped[Decimal] = mapped_column(Numeric(18, 3), server_default="0")
    needed_on: Mapped[dt.date | None]
    ordered_on: Mapped[dt.date | None]
    confirmed_on: Mapped[dt.date | None]
    expected_on: Mapped[dt.date | None]
    received_on: Mapped[dt.date | None]
    note: Mapped[str | None] = mapped_column(String(limits.TEXT))
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class ProductionStageRow(Base):
    """How far one stage of an order's production is; the sum of its reports."""

    __tablename__ = "production_stages"
    __table_args__ = (
        ForeignKeyConstraint(["order_id", "customer_id"], ["orders.id", "orders.customer_id"]),
        UniqueConstraint("order_id", "stage"),
        CheckConstraint(
            "units_delivered >= 0 AND units_defective BETWEEN 0 AND units_delivered", name="units"
        ),
        Index("ix_production_stages_customer_id", "customer_id"),
    )

    id: Mapped[Key]
    order_id: Mapped[int]
    customer_id: Mapped[int]
    stage: Mapped[Code]
    label_en: Mapped[Name]
    label_zh: Mapped[Name]
    position: Mapped[int] = mapped_column(Integer, server_default="0")
    units_planned: Mapped[int | None]
    units_delivered: Mapped[int] = mapped_column(server_default="0")
    units_defective: Mapped[int] = mapped_column(server_default="0")
    planned_on: Mapped[dt.date | None]
    completed_on: Mapped[dt.date | None]
    exception: Mapped[str | None] = mapped_column(String(limits.TEXT))
    emergency_plan: Mapped[str | None] = mapped_column(String(limits.TEXT))
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class ProductionReportRow(Base):
    """What was reported of a stage at one time; never updated, never deleted."""

    __tablename__ = "production_reports"
    __table_args__ = (Index("ix_production_reports_stage_id_id", "stage_id", "id"),)

    id: Mapped[Key]
    stage_id: Mapped[int] = mapped_column(ForeignKey("production_stages.id"))
    at: Mapped[Instant]
    actor: Mapped[str] = mapped_column(String(limits.NAME))
    units_delivered: Mapped[int]
    units_defective: Mapped[int]
    completed_on: Mapped[dt.date | None]
    exception: Mapped[str | None] = mapped_column(String(limits.TEXT))
    emergency_plan: Mapped[str | None] = mapped_column(String(limits.TEXT))
    note: Mapped[str | None] = mapped_column(String(limits.TEXT))


class InspectionRow(Base):
    """A quality inspection: who comes when, what came out, and what is done about a failure."""

    __tablename__ = "quality_inspections"
    __table_args__ = (
        ForeignKeyConstraint(["order_id", "customer_id"], ["orders.id", "orders.customer_id"]),
        CheckConstraint(one_of("kind", InspectionKind), name="kind"),
        CheckConstraint(one_of("result", InspectionResult), name="result"),
        CheckConstraint(
            "(inspected_on IS NOT NULL) = (result IN ('PASSED', 'FAILED'))", name="inspected_on"
        ),
        Index("ix_quality_inspections_order_id_id", "order_id", "id"),
        Index("ix_quality_inspections_customer_id", "customer_id"),
    )

    id: Mapped[Key]
    order_id: Mapped[int]
    customer_id: Mapped[int]
    kind: Mapped[InspectionKind] = mapped_column(WordOf(InspectionKind, 16))
    lot: Mapped[str] = mapped_column(String(limits.CODE), server_default="")
    inspector: Mapped[str | None] = mapped_column(String(limits.NAME))
    planned_on: Mapped[dt.date]
    booked_at: Mapped[Instant]
    booked_by: Mapped[str] = mapped_column(String(limits.NAME))
    late_booking_reason: Mapped[str | None] = mapped_column(String(limits.TEXT))
    result: Mapped[InspectionResult] = mapped_column(
        WordOf(InspectionResult, 16), server_default=InspectionResult.BOOKED
    )
    inspected_on: Mapped[dt.date | None]
    recorded_at: Mapped[dt.datetime | None]
    recorded_by: Mapped[str | None] = mapped_column(String(limits.NAME))
    corrective_action: Mapped[str | None] = mapped_column(String(limits.TEXT))
    corrected_at: Mapped[dt.datetime | None]
    note: Mapped[str | None] = mapped_column(String(limits.TEXT))
    version: Mapped[int] = mapped_column(Integer, server_default="1")
