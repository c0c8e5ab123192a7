"""Allocation runs with their plans, the reservations they make, and planners' scenarios."""

import datetime as dt
from typing import Any

from sqlalchemy import (
    BigInteger,
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
from domain.allocation import AllocationRunStatus, AllocationTrigger, PlanPart, ReservationStatus
from domain.scenarios import ScenarioStatus
from persistence.tables.base import Base, CreatedAt, Instant, Key, Name, WordOf, one_of


class AllocationRunRow(Base):
    """One sharing out of free goods; its snapshot is kept as policy says, for replay."""

    __tablename__ = "allocation_runs"
    __table_args__ = (
        CheckConstraint(one_of("status", AllocationRunStatus), name="status"),
        CheckConstraint(one_of("trigger", AllocationTrigger), name="trigger"),
        CheckConstraint("(status = 'COMMITTED') = (committed_at IS NOT NULL)", name="committed_at"),
        Index("ix_allocation_runs_requested_at_id", "requested_at", "id"),
        Index("ix_allocation_runs_status_requested_at_id", "status", "requested_at", "id"),
        # One run at most waits, and whatever asks for one meanwhile is shared out with it.
        Index(
            "uq_allocation_runs_waiting",
            "status",
            unique=True,
            postgresql_where="status = 'QUEUED'",
        ),
    )

    id: Mapped[Key]
    status: Mapped[AllocationRunStatus] = mapped_column(
        WordOf(AllocationRunStatus, 16), server_default=AllocationRunStatus.QUEUED
    )
    # What asked for it first; which goods it was asked to share out, `AllocationRunGoodsRow` says.
    trigger: Mapped[AllocationTrigger] = mapped_column(WordOf(AllocationTrigger, 16))
    asks_for_all: Mapped[bool] = mapped_column(server_default="false")
    requested_by: Mapped[str] = mapped_column(String(limits.NAME))
    requested_at: Mapped[CreatedAt]
    # Which worker took it last. Whether that worker still lives, its advisory lock shows;
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
    # Messages; texts in runs from before messages had keys.
    warnings: Mapped[list[dict[str, Any] | str]] = mapped_column(JSONB, server_default="[]")
    summary: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    error: Mapped[str | None] = mapped_column(String(limits.TEXT))
    committed_at: Mapped[dt.datetime | None]


class AllocationRunReceiptRow(Base):
    """A goods receipt that a run shares out; a run may name many (A2)."""

    __tablename__ = "allocation_run_receipts"

    goods_receipt_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("goods_receipts.id"), primary_key=True, autoincrement=False
    )
    run_id: Mapped[int] = mapped_column(ForeignKey("allocation_runs.id"), index=True)


class AllocationRunGoodsRow(Base):
    """A SKU that an open run was asked to share out, or has taken to share out.

    Taken by one run at a time, so that runs side by side share no goods. Gone when the run ends.
    """

    __tablename__ = "allocation_run_goods"
    __table_args__ = (
        Index("uq_allocation_run_goods_taken", "sku_id", unique=True, postgresql_where="taken"),
    )

    run_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("allocation_runs.id"), primary_key=True, autoincrement=False
    )
    sku_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("skus.id"), primary_key=True, autoincrement=False
    )
    asked: Mapped[bool] = mapped_column(server_default="false")
    taken: Mapped[bool] = mapped_column(server_default="false")


class AllocationPlanPartRow(Base):
    """A stretch of what a plan holds besides the goods it gives: refused claims, and levels.

    Packed (`persistence.allocation.plan_parts`), since there may be a hundred times as many claims
    refused as given something. kind: REFUSED, its lines by `seq`; LEVELS, by position.
    """

    __tablename__ = "allocation_plan_parts"
    __table_args__ = (CheckConstraint(one_of("kind", PlanPart), name="kind"),)

    run_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("allocation_runs.id"), primary_key=True, autoincrement=False
    )
    kind: Mapped[PlanPart] = mapped_column(WordOf(PlanPart, 8), primary_key=True)
    first: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)
    rows: Mapped[int] = mapped_column(Integer)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class AllocationLineRow(Base):
    """What a plan gives a claim from one warehouse, and why not more (A9).

    Claims given nothing are in `AllocationPlanPartRow`. Kept as long as policy says, so nothing
    refers to it by a key: shipment lines and reservations name it, and may outlive it.
    """

    __tablename__ = "allocation_lines"
    __table_args__ = (
        CheckConstraint("units > 0 AND units <= units_wanted", name="units"),
        CheckConstraint(
            "num_nonnulls(order_line_id, store_id, region_id) = 1", name="one_claimant"
        ),
        ForeignKeyConstraint(
            ["order_line_id", "customer_id"], ["order_lines.id", "order_lines.customer_id"]
        ),
        UniqueConstraint("run_id", "seq"),
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
    # Their rows are those that the commit has locked; to look them up again for each line would
    # cost half of writing it.
    store_id: Mapped[int | None]
    region_id: Mapped[int | None]
    sku_id: Mapped[int]
    warehouse_id: Mapped[int]
    units_wanted: Mapped[int]
    units: Mapped[int]
    reasons: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")


class GapWishRow(Base):
    """Units that a store's safety stock or a region's reserve came to lack, as a run found it.

    A gap that stays from run to run is one wish. Given units go to the oldest wish; what the gap
    shrinks by otherwise is withdrawn, the youngest wish first.
    """

    __tablename__ = "gap_wishes"
    __table_args__ = (
        CheckConstraint("num_nonnulls(store_id, region_id) = 1", name="one_claimant"),
        CheckConstraint(
            "units > 0 AND units_given >= 0 AND units_withdrawn >= 0"
            " AND units_given + units_withdrawn <= units",
            name="units",
        ),
        Index(
            "ix_gap_wishes_open",
            "sku_id",
            "id",
            postgresql_where="units_given + units_withdrawn < units",
        ),
        Index("ix_gap_wishes_asked_at", "asked_at"),
    )

    id: Mapped[Key]
    run_id: Mapped[int] = mapped_column(ForeignKey("allocation_runs.id"))
    asked_at: Mapped[Instant]
    store_id: Mapped[int | None] = mapped_column(ForeignKey("stores.id"))
    region_id: Mapped[int | None] = mapped_column(ForeignKey("regions.id"))
    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"))
    units: Mapped[int]
    units_given: Mapped[int] = mapped_column(server_default="0")
    units_withdrawn: Mapped[int] = mapped_column(server_default="0")


class ReservationRow(Base):
    """Units locked for an order line until its customer pays, 15 days by default (A5)."""

    __tablename__ = "reservations"
    __table_args__ = (
        ForeignKeyConstraint(
            ["order_line_id", "customer_id"], ["order_lines.id", "order_lines.customer_id"]
        ),
        CheckConstraint(one_of("status", ReservationStatus), name="status"),
        CheckConstraint("units > 0", name="units"),
        CheckConstraint("(status = 'ACTIVE') = (ended_at IS NULL)", name="ended_at"),
        Index("ix_reservations_customer_id_id", "customer_id", "id"),
        Index("ix_reservations_order_line_id", "order_line_id"),
        Index("ix_reservations_run_id", "run_id"),
        Index("ix_reservations_active", "expires_at", "id", postgresql_where="status = 'ACTIVE'"),
    )

    id: Mapped[Key]
    run_id: Mapped[int] = mapped_column(ForeignKey("allocation_runs.id"))
    # Without a foreign key: the line goes when policy no longer keeps plans of that age.
    allocation_line_id: Mapped[int]
    order_line_id: Mapped[int]
    customer_id: Mapped[int]
    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouses.id"))
    units: Mapped[int]
    status: Mapped[ReservationStatus] = mapped_column(
        WordOf(ReservationStatus, 16), server_default=ReservationStatus.ACTIVE
    )
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[Instant]
    ended_at: Mapped[dt.datetime | None]


class ScenarioRow(Base):
    """A planner's what-if: a snapshot, what is changed on it, and what then comes out (A10)."""

    __tablename__ = "scenarios"
    __table_args__ = (
        CheckConstraint(one_of("status", ScenarioStatus), name="status"),
        Index("ix_scenarios_created_at_id", "created_at", "id"),
    )

    id: Mapped[Key]
    name: Mapped[Name]
    status: Mapped[ScenarioStatus] = mapped_column(
        WordOf(ScenarioStatus, 16), server_default=ScenarioStatus.DRAFT
    )
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
