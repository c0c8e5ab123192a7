"""What a database is for, and what was imported into it."""

from sqlalchemy import CheckConstraint, Integer, String
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
