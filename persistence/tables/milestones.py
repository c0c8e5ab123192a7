"""Milestone templates as data, and the milestones of each order with their history (M1-M7)."""

import datetime as dt
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Computed,
    Date,
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
from domain.milestones.vocabularies import MilestoneChangeKind, MilestoneState
from domain.roles import Role
from persistence.tables.base import Base, Code, CreatedAt, Instant, Key, Name, WordOf, one_of

_OPEN = "is_open"


class MilestoneTemplateRow(Base):
    """A flow of steps, such as ORDER_MILESTONES with its seventeen; orders keep their version."""

    __tablename__ = "milestone_templates"
    __table_args__ = (
        UniqueConstraint("code", "version"),
        Index(
            "ix_milestone_templates_current",
            "code",
            unique=True,
            postgresql_where="is_current",
        ),
    )

    id: Mapped[Key]
    code: Mapped[Code]
    name: Mapped[Name]
    name_zh: Mapped[str] = mapped_column(String(limits.NAME), server_default="")
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    is_current: Mapped[bool] = mapped_column(server_default="true")
    created_by: Mapped[str] = mapped_column(String(limits.NAME), server_default="SYSTEM")
    created_at: Mapped[CreatedAt]


class MilestoneStepRow(Base):
    """One step of a template: its names, owner, predecessors and the fields it takes (M1, M2)."""

    __tablename__ = "milestone_steps"
    __table_args__ = (UniqueConstraint("template_id", "number"),)

    id: Mapped[Key]
    template_id: Mapped[int] = mapped_column(ForeignKey("milestone_templates.id"))
    number: Mapped[int] = mapped_column(Integer)
    code: Mapped[Code]
    label_en: Mapped[Name]
    label_zh: Mapped[Name]
    owner_role: Mapped[Role] = mapped_column(WordOf(Role, 32))
    attendees: Mapped[list[str]]
    predecessors: Mapped[list[Any]] = mapped_column(JSONB)
    takes_estimate: Mapped[bool]
    takes_event: Mapped[bool]
    takes_closed: Mapped[bool]
    takes_start: Mapped[bool] = mapped_column(server_default="false")
    estimate_rules: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    keeps_first_estimate: Mapped[bool] = mapped_column(server_default="false")
    follow_up_days: Mapped[int | None] = mapped_column(Integer)
    closed_by_event: Mapped[str | None] = mapped_column(String(40))
    document: Mapped[str | None] = mapped_column(String(limits.NAME))
    days: Mapped[int | None] = mapped_column(Integer)


class MilestonePlanRow(Base):
    """What an order's estimates hang on: its contract's terms, days of events, a wanted date."""

    __tablename__ = "milestone_plans"
    __table_args__ = (
        ForeignKeyConstraint(["order_id", "customer_id"], ["orders.id", "orders.customer_id"]),
        UniqueConstraint("order_id", "template_id"),
        Index("ix_milestone_plans_customer_id", "customer_id"),
    )

    id: Mapped[Key]
    order_id: Mapped[int]
    customer_id: Mapped[int]
    template_id: Mapped[int] = mapped_column(ForeignKey("milestone_templates.id"))
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    events: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    wanted_on: Mapped[dt.date | None]
    started_at: Mapped[Instant]
    started_by: Mapped[str] = mapped_column(String(limits.NAME))


class MilestoneRow(Base):
    """A step of one order: when it is expected, when it was closed and by whom.

    Work lists read `due_on`, `owner_role` and `is_open` by index: `is_open` is false once a step
    is closed or skipped, its day in the calendar is over, or its order has ended.
    """

    __tablename__ = "milestones"
    __table_args__ = (
        ForeignKeyConstraint(["order_id", "customer_id"], ["orders.id", "orders.customer_id"]),
        UniqueConstraint("order_id", "step_id"),
        UniqueConstraint("id", "order_id", "customer_id"),
        CheckConstraint("(closed_on IS NULL) = (closed_by IS NULL)", name="closed_by"),
        CheckConstraint("NOT (is_open AND (skipped OR closed_on IS NOT NULL))", name="is_open"),
        CheckConstraint(
            "told_state IS NULL OR "
            + one_of("told_state", (MilestoneState.DUE_SOON, MilestoneState.OVERDUE)),
            name="told_state",
        ),
        Index("ix_milestones_customer_id_due_on_id", "customer_id", "due_on", "id"),
        Index("ix_milestones_due_on_id", "due_on", "id"),
        # Work lists: what is open, by date; of everybody, a department, a person, or nobody yet.
        Index("ix_milestones_open", "due_on", "id", postgresql_where=_OPEN),
        Index("ix_milestones_open_role", "owner_role", "due_on", "id", postgresql_where=_OPEN),
        Index(
            "ix_milestones_open_person",
            "owner_person_id",
            "due_on",
            "id",
            postgresql_where="is_open AND owner_person_id IS NOT NULL",
        ),
        Index(
            "ix_milestones_open_pool",
            "owner_role",
            "due_on",
            "id",
            postgresql_where="is_open AND owner_person_id IS NULL",
        ),
        Index("ix_milestones_closed_on_id", "closed_on", "id"),
    )

    id: Mapped[Key]
    order_id: Mapped[int]
    customer_id: Mapped[int]
    step_id: Mapped[int] = mapped_column(ForeignKey("milestone_steps.id"))
    owner_role: Mapped[Role] = mapped_column(WordOf(Role, 32))
    owner_person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    takes_closed: Mapped[bool] = mapped_column(server_default="true")
    estimated_on: Mapped[dt.date | None]
    event_on: Mapped[dt.date | None]
    # The day in force; steps that no day is expected of come last.
    due_on: Mapped[dt.date] = mapped_column(
        Date,
        Computed(
            "COALESCE(estimated_on, event_on, reckoned_on, '9999-12-31'::date)", persisted=True
        ),
    )
    # What the rules give for a step that takes neither estimate nor event (10, 16).
    reckoned_on: Mapped[dt.date | None]
    # What a day in the calendar (8, 17) waits for is still open.
    waits: Mapped[bool] = mapped_column(server_default="false")
    confirmed: Mapped[bool] = mapped_column(server_default="false")
    first_estimated_on: Mapped[dt.date | None]
    baseline_on: Mapped[dt.date | None]
    # The vendors' newest day, beside the first that never changes (step 9).
    reported_on: Mapped[dt.date | None]
    started_at: Mapped[dt.datetime | None]
    closed_on: Mapped[dt.date | None]
    closed_by: Mapped[str | None] = mapped_column(String(limits.NAME))
    closed_at: Mapped[dt.datetime | None]
    skipped: Mapped[bool] = mapped_column(server_default="false")
    is_open: Mapped[bool] = mapped_column(server_default="true")
    # What subscribers were sent of it last; emptied when its day moves.
    told_state: Mapped[str | None] = mapped_column(String(16))
    note: Mapped[str | None] = mapped_column(String(limits.TEXT))
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class MilestoneEventRow(Base):
    """Who changed what of a milestone, when and why; never updated, never deleted (M4, O15)."""

    __tablename__ = "milestone_events"
    __table_args__ = (
        ForeignKeyConstraint(
            ["milestone_id", "order_id", "customer_id"],
            ["milestones.id", "milestones.order_id", "milestones.customer_id"],
        ),
        CheckConstraint(one_of("kind", MilestoneChangeKind), name="kind"),
        Index("ix_milestone_events_milestone_id_id", "milestone_id", "id"),
        Index("ix_milestone_events_order_id_at_id", "order_id", "at", "id"),
        Index("ix_milestone_events_customer_id", "customer_id"),
    )

    id: Mapped[Key]
    milestone_id: Mapped[int]
    order_id: Mapped[int]
    customer_id: Mapped[int]
    at: Mapped[Instant]
    kind: Mapped[MilestoneChangeKind] = mapped_column(WordOf(MilestoneChangeKind, 20))
    actor: Mapped[str] = mapped_column(String(limits.NAME))
    reason: Mapped[str | None] = mapped_column(String(limits.TEXT))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class MilestoneVendorDateRow(Base):
    """A day that a vendor gave for its completion; each vendor's first stands for ever (M2)."""

    __tablename__ = "milestone_vendor_dates"
    __table_args__ = (
        ForeignKeyConstraint(
            ["milestone_id", "order_id", "customer_id"],
            ["milestones.id", "milestones.order_id", "milestones.customer_id"],
        ),
        Index("ix_milestone_vendor_dates_milestone_id_id", "milestone_id", "id"),
        Index("ix_milestone_vendor_dates_customer_id", "customer_id"),
    )

    id: Mapped[Key]
    milestone_id: Mapped[int]
    order_id: Mapped[int]
    customer_id: Mapped[int]
    vendor: Mapped[Name]
    promised_on: Mapped[dt.date]
    recorded_at: Mapped[Instant]
    recorded_by: Mapped[str] = mapped_column(String(limits.NAME))
