"""What keeps the house in order: policy versions, audit log, idempotency keys, imports, outbox."""

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain import limits
from persistence.tables.base import Base, CreatedAt, Instant, Json, Key


class InstallationRow(Base):
    """One row: whether this database is a company's own or a demonstration that may be reset."""

    __tablename__ = "installation"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("purpose IN ('DEMO', 'LIVE')", name="purpose"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    purpose: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[CreatedAt]


class PolicyRow(Base):
    """A company's numbers and lists (days, amounts, region orders), version by version (P7)."""

    __tablename__ = "policies"

    version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    effective_from: Mapped[Instant]
    body: Mapped[Json]
    created_by: Mapped[str] = mapped_column(String(limits.NAME))
    created_at: Mapped[CreatedAt]
    reason: Mapped[str | None] = mapped_column(String(limits.TEXT))


class AuditRow(Base):
    """Who did what to which object; written in the transaction of the deed, never changed."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_at_id", "at", "id"),
        Index("ix_audit_log_object_type_object_id_id", "object_type", "object_id", "id"),
    )

    id: Mapped[Key]
    at: Mapped[Instant]
    actor: Mapped[str] = mapped_column(String(limits.NAME))
    action: Mapped[str] = mapped_column(String(60))
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(100))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    reason: Mapped[str | None] = mapped_column(String(limits.TEXT))
    request_id: Mapped[str | None] = mapped_column(String(64))


class IdempotencyKeyRow(Base):
    """The first outcome under a client's key, kept in the same transaction as its effect."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        UniqueConstraint("principal", "mutation", "key"),
        Index("ix_idempotency_keys_created_at", "created_at"),
    )

    id: Mapped[Key]
    principal: Mapped[str] = mapped_column(String(limits.NAME))
    mutation: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(limits.REFERENCE))
    input_hash: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[CreatedAt]


class ImportRow(Base):
    """One import that changed something: what was read and how many rows it added or changed."""

    __tablename__ = "imports"

    id: Mapped[Key]
    source: Mapped[str] = mapped_column(String(limits.MEMO))
    fingerprint: Mapped[str] = mapped_column(String(64))
    counts: Mapped[Json]
    derived: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    actor: Mapped[str] = mapped_column(String(limits.NAME))
    at: Mapped[Instant]


class OutboxRow(Base):
    """A job that a committed transaction asked for; the relay hands it to the broker."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_unsent", "id", postgresql_where="sent_at IS NULL"),
        CheckConstraint("attempts >= 0", name="attempts"),
    )

    id: Mapped[Key]
    topic: Mapped[str] = mapped_column(String(60))
    payload: Mapped[Json]
    created_at: Mapped[CreatedAt]
    sent_at: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
