"""Master data with its history (P7), the company's own business days (P6), and penalties (P8)."""

import datetime as dt
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain import limits
from domain.master_data.areas import Area
from domain.penalties import PenaltyRule
from persistence.tables.base import Amount, Base, Currency, Instant, Key, Name, WordOf, amounts_fit


class MasterDataAreaRow(Base):
    """How often an area of master data has changed; writers of the area lock this row."""

    __tablename__ = "master_data_areas"

    area: Mapped[str] = mapped_column(String(24), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    changed_at: Mapped[Instant]


class MasterDataChangeRow(Base):
    """A value of one object from a day on. Until it is applied the object's own column is older.

    `area_version` counts the changes of the area: a run that kept version 7 used those up to 7.
    """

    __tablename__ = "master_data_changes"
    __table_args__ = (
        CheckConstraint("(applied_at IS NULL) = (area_version IS NULL)", name="applied"),
        CheckConstraint(
            "num_nonnulls(withdrawn_at, withdrawn_by, withdraw_reason) IN (0, 3)"
            " AND (withdrawn_at IS NULL OR applied_at IS NULL)",
            name="withdrawn",
        ),
        Index("ix_master_data_changes_area_key_a_key_b_id", "area", "key_a", "key_b", "id"),
        Index("ix_master_data_changes_area_area_version", "area", "area_version"),
        Index(
            "ix_master_data_changes_planned",
            "effective_from",
            "id",
            postgresql_where="applied_at IS NULL AND withdrawn_at IS NULL",
        ),
    )

    id: Mapped[Key]
    area: Mapped[Area] = mapped_column(WordOf(Area, 24))
    # The object's keys, and how people call it, such as S1/TEE-40.
    key_a: Mapped[int] = mapped_column(BigInteger)
    key_b: Mapped[int] = mapped_column(BigInteger, server_default="0")
    object: Mapped[str] = mapped_column(String(limits.NAME))
    # NULL: no value of its own, as with a credit limit that follows the policy.
    value: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    previous: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    effective_from: Mapped[dt.date]
    # The object's own version right after this was entered.
    version: Mapped[int] = mapped_column(Integer)
    entered_by: Mapped[str] = mapped_column(String(limits.NAME))
    entered_at: Mapped[Instant]
    reason: Mapped[str | None] = mapped_column(String(limits.TEXT))
    applied_at: Mapped[dt.datetime | None]
    area_version: Mapped[int | None] = mapped_column(Integer)
    # Called off before its day; it stays, and never comes into force.
    withdrawn_at: Mapped[dt.datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(String(limits.NAME))
    withdraw_reason: Mapped[str | None] = mapped_column(String(limits.TEXT))


class BusinessDayRow(Base):
    """A day on which the company differs from its country's calendar: a holiday, or a make-up."""

    __tablename__ = "business_days"

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    is_working: Mapped[bool]
    name: Mapped[Name]
    entered_by: Mapped[str] = mapped_column(String(limits.NAME))
    entered_at: Mapped[Instant]


class PenaltyRow(Base):
    """An amount that a rule puts on a person or a region for one case; waived with a reason."""

    __tablename__ = "penalties"
    __table_args__ = (
        # A sweep that comes by again finds the case already there.
        UniqueConstraint("rule", "case_key"),
        CheckConstraint("num_nonnulls(person_id, region_id) = 1", name="one_bearer"),
        CheckConstraint("amount >= 0", name="amount"),
        amounts_fit("amount"),
        CheckConstraint(
            "num_nonnulls(waived_at, waived_by, waive_reason) IN (0, 3)", name="waived"
        ),
        Index("ix_penalties_person_id", "person_id"),
        Index("ix_penalties_region_id", "region_id"),
        Index("ix_penalties_order_id", "order_id"),
        Index("ix_penalties_raised_at_id", "raised_at", "id"),
    )

    id: Mapped[Key]
    rule: Mapped[PenaltyRule] = mapped_column(WordOf(PenaltyRule, 40))
    case_key: Mapped[str] = mapped_column(String(limits.NAME))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    region_id: Mapped[int | None] = mapped_column(ForeignKey("regions.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    amount: Mapped[Amount]
    currency: Mapped[Currency]
    note: Mapped[str | None] = mapped_column(String(limits.TEXT))
    raised_at: Mapped[Instant]
    raised_by: Mapped[str] = mapped_column(String(limits.NAME))
    waived_at: Mapped[dt.datetime | None]
    waived_by: Mapped[str | None] = mapped_column(String(limits.NAME))
    waive_reason: Mapped[str | None] = mapped_column(String(limits.TEXT))
    version: Mapped[int] = mapped_column(Integer, server_default="1")
