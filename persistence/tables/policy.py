"""The policy, version by version (P7)."""

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from domain import limits
from persistence.tables.base import Base, CreatedAt, Instant, Json


class PolicyRow(Base):
    """A company's numbers and lists (days, amounts, region orders), version by version (P7)."""

    __tablename__ = "policies"

    version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    effective_from: Mapped[Instant]
    body: Mapped[Json]
    created_by: Mapped[str] = mapped_column(String(limits.NAME))
    created_at: Mapped[CreatedAt]
    reason: Mapped[str | None] = mapped_column(String(limits.TEXT))
