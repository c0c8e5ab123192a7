"""What people have to do: tasks raised by rules, and clocks that run until something is done."""

import datetime as dt
from typing import Any

from sqlalchemy import (
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
from domain.roles import Role
from domain.tasks.vocabularies import ClockChangeKind, TaskChangeKind
from persistence.tables.base import Base, Instant, Key, WordOf, one_of

_OPEN_TASK = "ended_at IS NULL"
_RUNNING = "stopped_at IS NULL"


class TaskRow(Base):
    """Something for a department or a person to do by a day.

    `source` names the rule and its case, so that a rule raises a task once however often it is
    asked. A snoozed task is one whose `snoozed_until` is still to come.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        ForeignKeyConstraint(["order_id", "customer_id"], ["orders.id", "orders.customer_id"]),
        UniqueConstraint("source"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by"),
        CheckConstraint("(order_id IS NULL) = (customer_id IS NULL)", name="customer_of_order"),
        Index("ix_tasks_order_id", "order_id"),
        Index("ix_tasks_due_on_id", "due_on", "id"),
        Index("ix_tasks_open", "due_on", "id", postgresql_where=_OPEN_TASK),
        Index("ix_tasks_open_role", "owner_role", "due_on", "id", postgresql_where=_OPEN_TASK),
        Index(
            "ix_tasks_open_person",
            "owner_person_id",
            "due_on",
            "id",
            postgresql_where="ended_at IS NULL AND owner_person_id IS NOT NULL",
        ),
        Index(
            "ix_tasks_open_pool",
            "owner_role",
            "due_on",
            "id",
            postgresql_where="ended_at IS NULL AND owner_person_id IS NULL",
        ),
    )

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(40))
    # A message: its key with parameters.
    title: Mapped[dict[str, Any]] = mapped_column(JSONB)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    owner_role: Mapped[Role] = mapped_column(WordOf(Role, 32))
    owner_person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    order_id: Mapped[int | None]
    customer_id: Mapped[int | None]
    milestone_id: Mapped[int | None] = mapped_column(ForeignKey("milestones.id"))
    due_on: Mapped[dt.date]
    snoozed_until: Mapped[dt.date | None]
    source: Mapped[str | None] = mapped_column(String(limits.NAME))
    raised_at: Mapped[Instant]
    raised_by: Mapped[str] = mapped_column(String(limits.NAME))
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(limits.NAME))
    # Done, or dropped because nothing is left to do.
    done: Mapped[bool] = mapped_column(server_default="false")
    note: Mapped[str | None] = mapped_column(String(limits.TEXT))
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class TaskEventRow(Base):
    """Who did what with a task; never updated, never deleted."""

    __tablename__ = "task_events"
    __table_args__ = (
        CheckConstraint(one_of("kind", TaskChangeKind), name="kind"),
        Index("ix_task_events_task_id_id", "task_id", "id"),
    )

    id: Mapped[Key]
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"))
    at: Mapped[Instant]
    kind: Mapped[TaskChangeKind] = mapped_column(WordOf(TaskChangeKind, 16))
    actor: Mapped[str] = mapped_column(String(limits.NAME))
    reason: Mapped[str | None] = mapped_column(String(limits.TEXT))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class ClockRow(Base):
    """A time limit that runs for an order or another case until it is met or stopped (O16).

    Its definition is policy; what it said when the clock started is kept here.
    """

    __tablename__ = "clocks"
    __table_args__ = (
        ForeignKeyConstraint(["order_id", "customer_id"], ["orders.id", "orders.customer_id"]),
        CheckConstraint("(order_id IS NULL) = (customer_id IS NULL)", name="customer_of_order"),
        Index(
            "ix_clocks_one_running",
            "code",
            "subject_type",
            "subject_id",
            unique=True,
            postgresql_where=_RUNNING,
        ),
        Index(
            "ix_clocks_to_breach",
            "due_at",
            "id",
            postgresql_where="stopped_at IS NULL AND breached_at IS NULL AND paused_at IS NULL",
        ),
        Index(
            "ix_clocks_to_remind",
            "remind_at",
            "id",
            postgresql_where=(
                "stopped_at IS NULL AND reminded_at IS NULL AND paused_at IS NULL"
                " AND remind_at IS NOT NULL"
            ),
        ),
        Index("ix_clocks_running", "due_at", "id", postgresql_where=_RUNNING),
        Index("ix_clocks_running_role", "owner_role", "due_at", "id", postgresql_where=_RUNNING),
        Index("ix_clocks_due_at_id", "due_at", "id"),
        Index("ix_clocks_order_id", "order_id"),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(limits.CODE))
    variant: Mapped[str] = mapped_column(String(limits.CODE))
    # A message: its key with parameters.
    label: Mapped[dict[str, Any]] = mapped_column(JSONB)
    owner_role: Mapped[Role] = mapped_column(WordOf(Role, 32))
    unit: Mapped[str] = mapped_column(String(16))
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(100))
    order_id: Mapped[int | None]
    customer_id: Mapped[int | None]
    started_at: Mapped[Instant]
    due_at: Mapped[Instant]
    remind_at: Mapped[dt.datetime | None]
    reminded_at: Mapped[dt.datetime | None]
    paused_at: Mapped[dt.datetime | None]
    stopped_at: Mapped[dt.datetime | None]
    # When its time was over, which is its due time, not the moment at which that was noticed.
    breached_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class ClockEventRow(Base):
    """What happened to a clock, its breach above all; never updated, never deleted."""

    __tablename__ = "clock_events"
    __table_args__ = (
        CheckConstraint(one_of("kind", ClockChangeKind), name="kind"),
        Index("ix_clock_events_clock_id_id", "clock_id", "id"),
    )

    id: Mapped[Key]
    clock_id: Mapped[int] = mapped_column(ForeignKey("clocks.id"))
    at: Mapped[Instant]
    kind: Mapped[ClockChangeKind] = mapped_column(WordOf(ClockChangeKind, 16))
    actor: Mapped[str] = mapped_column(String(limits.NAME))
    reason: Mapped[str | None] = mapped_column(String(limits.TEXT))
