"""Allocation runs with their plans, the reservations they make, and planners' scenarios."""

import datetime as dt
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain import limits
from persistence.tables.base import Base, CreatedAt, Instant, Key, Name, one_of

RUN_STATUSES = (
    "QUEUED",
    "CLAIMED",
    "SOLVING",
    "PROPOSED",
    "COMMITTED",
    "DISCARDED",
    "CANCELLED",
    "FAILED",
)
RUN_TRIGGERS = ("GOODS_RECEIPT", "REQUEST", "ORDER", "PAYMENT", "RELEASE", "EXPIRY")
RESERVATION_STATUSES = ("ACTIVE", "CONVERTED", "EXPIRED", "RELEASED")
SCENARIO_STATUSES = ("DRAFT", "QUEUED", "DONE", "FAILED")


class AllocationRunRow(Base):
    """One sharing out of all free stock; kept with its snapshot, so that it can be replayed."""

    __tablename__ = "allocation_runs"
    __table_args__ = (
        CheckConstraint(one_of("status", RUN_STATUSES), name="status"),
        CheckConstraint(one_of("trigger", RUN_TRIGGERS), name="trigger"),
        CheckConstraint("(status = 'COMMITTED') = (committed_at IS NOT NULL)", name="committed_at"),
        Index("ix_allocation_runs_requested_at_id", "requested_at", "id"),
        Index("ix_allocation_runs_status_requested_at_id", "status", "requested_at", "id"),
    )

    id: Mapped[Key]
    status: Mapped[str] = mapped_column(String(16), server_default="QUEUED")
    trigger: Mapped[str] = mapped_column(String(16))
    goods_receipt_id: Mapped[int | None] = mapped_column(
        ForeignKey("goods_receipts.id"), index=True
    )
    requested_by: Mapped[str] = mapped_column(String(limits.NAME))
    requested_at: Mapped[CreatedAt]
    # Which worker took it last. Whether that worker still lives, its advisory lock tells;
    # `attempts` fences it off once another has taken over.
    claimed_by: Mapped[str | None] = mapped_column(String(100))
    claimed_at: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    fresh_starts: Mapped[int] = mapped_column(Integer, server_default="0")
    policy_version: Mapped[int | None] = mapped_column(ForeignKey("policies.version"))
    # Area of master data -> how often it had changed when this run read it (P7).
    versions: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    snapshot: Mapped[bytes | None] = mapped_column(LargeBinary)
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    warnings: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    summary: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    error: Mapped[str | None] = mapped_column(String(limits.TEXT))
    committed_at: Mapped[dt.datetime | None]


class AllocationLevelRow(Base):
    """One level of a run's plan: what was given (T), how fairly (G), and whether it is proven."""

    __tablename__ = "allocation_levels"

    run_id: Mapped[int] = mapped_column(ForeignKey("allocation_runs.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    stage: Mapped[int] = mapped_column(Integer)
    key: Mapped[list[Any]] = mapped_column(JSONB)
    units_given: Mapped[int]
    fairness: Mapped[int]
    proven: Mapped[bool]
    bound: Mapped[int]


class AllocationLineRow(Base):
    """What a claim was given from one warehouse, or nothing, and why not more (A9)."""

    __tablename__ = "allocation_lines"
    __table_args__ = (
        CheckConstraint("units >= 0 AND units <= units_wanted", name="units"),
        CheckConstraint("(warehouse_id IS NULL) = (units = 0)", name="warehouse"),
        CheckConstraint(
            "num_nonnulls(order_line_id, store_id, region_id) = 1", name="one_claimant"
        ),
        ForeignKeyConstraint(
            ["order_line_id", "customer_id"], ["order_lines.id", "order_lines.customer_id"]
        ),
        UniqueConstraint("run_id", "seq"),
        Index("ix_allocation_lines_customer_id", "customer_id"),
        Index("ix_allocation_lines_order_line_id", "order_line_id"),
        Index("ix_allocation_lines_run_id_sku_id", "run_id", "sku_id"),
    )

    id: Mapped[Key]
    run_id: Mapped[int] = mapped_column(ForeignKey("allocation_runs.id"))
    # The plan's own order: stage, claim, warehouse.
    seq: Mapped[int] = mapped_column(Integer)
    claim: Mapped[str] = mapped_column(String(limits.NAME))
    stage: Mapped[int] = mapped_column(Integer)
    level: Mapped[int] = mapped_column(Integer)
    customer_id: Mapped[int | None]
    order_line_id: Mapped[int | None]
    store_id: Mapped[int | None] = mapped_column(ForeignKey("stores.id"))
    region_id: Mapped[int | None] = mapped_column(ForeignKey("regions.id"))
    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"))
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouses.id"))
    units_wanted: Mapped[int]
    units: Mapped[int]
    reasons: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")


class ReservationRow(Base):
    """Units locked for an order line until its customer pays, 15 days by default (A5)."""

    __tablename__ = "reservations"
    __table_args__ = (
        ForeignKeyConstraint(
            ["order_line_id", "customer_id"], ["order_lines.id", "order_lines.customer_id"]
        ),
        CheckConstraint(one_of("status", RESERVATION_STATUSES), name="status"),
        CheckConstraint("units > 0", name="units"),
        CheckConstraint("(status = 'ACTIVE') = (ended_at IS NULL)", name="ended_at"),
        Index("ix_reservations_customer_id_id", "customer_id", "id"),
        Index("ix_reservations_order_line_id", "order_line_id"),
        Index("ix_reservations_run_id", "run_id"),
        Index("ix_reservations_active", "expires_at", "id", postgresql_where="status = 'ACTIVE'"),
    )

    id: Mapped[Key]
    run_id: Mapped[int] = mapped_column(ForeignKey("allocation_runs.id"))
    allocation_line_id: Mapped[int] = mapped_column(ForeignKey("allocation_lines.id"))
    order_line_id: Mapped[int]
    customer_id: Mapped[int]
    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouses.id"))
    units: Mapped[int]
    status: Mapped[str] = mapped_column(String(16), server_default="ACTIVE")
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[Instant]
    ended_at: Mapped[dt.datetime | None]


class ScenarioRow(Base):
    """A planner's what-if: a snapshot, what is changed on it, and what then comes out (A10)."""

    __tablename__ = "scenarios"
    __table_args__ = (
        CheckConstraint(one_of("status", SCENARIO_STATUSES), name="status"),
        Index("ix_scenarios_created_at_id", "created_at", "id"),
    )

    id: Mapped[Key]
    name: Mapped[Name]
    status: Mapped[str] = mapped_column(String(16), server_default="DRAFT")
    base_run_id: Mapped[int | None] = mapped_column(ForeignKey("allocation_runs.id"))
    base_fingerprint: Mapped[str] = mapped_column(String(64))
    base_snapshot: Mapped[bytes] = mapped_column(LargeBinary)
    overrides: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    comparison: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    error: Mapped[str | None] = mapped_column(String(limits.TEXT))
    created_by: Mapped[str] = mapped_column(String(limits.NAME))
    created_at: Mapped[CreatedAt]
    run_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(Integer, server_default="1")
