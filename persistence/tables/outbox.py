"""Jobs that transactions asked for."""

import datetime as dt

from sqlalchemy import CheckConstraint, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from persistence.tables.base import Base, CreatedAt, Json, Key


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
