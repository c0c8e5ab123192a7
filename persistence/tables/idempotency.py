"""Keys under which clients send a request again."""

from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain import limits
from persistence.tables.base import Base, CreatedAt, Key


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
