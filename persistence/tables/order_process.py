"""The process of an order: checked, doubted, reviewed, signed, changed, released (O1-O7, O14).

The columns bear the names of `domain.orders.order`; each numbered collection is a table of its own
with the order and the entry's number as key, and the names of `domain.orders.entries`.
"""

import datetime as dt
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain import limits
from domain.orders.history import collections
from domain.orders.order import Order
from domain.orders.vocabularies import (
    ChangeKind,
    ChangeState,
    GateItem,
    OfferKind,
    ReviewKind,
    ReviewOutcome,
    ReviewVerdict,
)
from persistence.tables.base import Amount, Base, Currency, WordOf, one_of
from persistence.tables.facts import columns_of
from persistence.tables.orders import OrderRow

Subject = String(limits.NAME)
Role = String(32)
Text = String(limits.TEXT)


def _of_order() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["order_id", "customer_id"], ["orders.id", "orders.customer_id"])


# Facts that stand elsewhere: numbered entries have tables of their own, lines and the order's head
# are in `orders`. Every other fact is a column here.
_ELSEWHERE = frozenset(
    {"number", "customer", "placed_on", "lines", *collections(), *OrderRow.__table__.c.keys()}
)


class OrderProcessRow(Base):
    """What an order has beside its head and lines; made with it, or when it is taken over.

    Its columns are the facts of those names: statements name them by `__table__.c`.
    """

    __table__ = Table(
        "order_lives",
        Base.metadata,
        Column("order_id", BigInteger, primary_key=True, autoincrement=False),
        Column("customer_id", BigInteger, nullable=False),
        *columns_of(Order, but=_ELSEWHERE),
        _of_order(),
        CheckConstraint(
            "deposit_forfeited >= 0 AND deposit_forfeited <= deposit_paid", name="deposit"
        ),
        Index("ix_order_lives_customer_id", "customer_id"),
        # The timer's question: whose pick-up time is running.
        Index(
            "ix_order_lives_awaiting_pickup",
            "stock_in_on",
            "order_id",
            postgresql_where="special AND deposit_settled_on IS NULL",
        ),
    )


class _Entry:
    """What every entry of an order's collection has."""

    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    no: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(BigInteger)


class OrderOfferRow(_Entry, Base):
    """What was offered for units that stock did not cover (O1)."""

    __tablename__ = "order_offers"
    __table_args__ = (
        _of_order(),
        CheckConstraint(one_of("kind", OfferKind), name="kind"),
        Index("ix_order_offers_customer_id", "customer_id"),
    )

    line_no: Mapped[int] = mapped_column(Integer)
    kind: Mapped[OfferKind] = mapped_column(WordOf(OfferKind, 16))
    units: Mapped[int]
    sku: Mapped[str | None] = mapped_column(String(limits.CODE))
    warehouse: Mapped[str | None] = mapped_column(String(limits.CODE))
    expected_on: Mapped[dt.date | None]
    of: Mapped[int] = mapped_column(Integer)
    chosen_by: Mapped[str | None] = mapped_column(Subject)
    lapsed: Mapped[bool]


class OrderDoubtRow(_Entry, Base):
    """A doubt about code, specification or price, and who released it (O2)."""

    __tablename__ = "order_doubts"
    __table_args__ = (
        _of_order(),
        Index("ix_order_doubts_customer_id", "customer_id"),
        Index("ix_order_doubts_open", "level", "order_id", postgresql_where="released_by IS NULL"),
    )

    line_no: Mapped[int] = mapped_column(Integer)
    code: Mapped[str] = mapped_column(String(40))
    message: Mapped[dict[str, Any] | str] = mapped_column(JSONB)
    level: Mapped[int] = mapped_column(Integer)
    released_by: Mapped[str | None] = mapped_column(Subject)
    released_as: Mapped[str | None] = mapped_column(Role)
    reason: Mapped[str | None] = mapped_column(Text)
    change_no: Mapped[int | None] = mapped_column(Integer)


class OrderReviewRow(_Entry, Base):
    """One review of an order or of a change of it (O3)."""

    __tablename__ = "order_reviews"
    __table_args__ = (
        _of_order(),
        CheckConstraint(one_of("kind", ReviewKind), name="kind"),
        CheckConstraint(one_of("outcome", ReviewOutcome), name="outcome"),
        Index("ix_order_reviews_customer_id", "customer_id"),
        Index("ix_order_reviews_open", "due_on", "order_id", postgresql_where="outcome IS NULL"),
    )

    kind: Mapped[ReviewKind] = mapped_column(WordOf(ReviewKind, 16))
    lead: Mapped[str] = mapped_column(Role)
    required: Mapped[list[str]]
    opened_on: Mapped[dt.date]
    due_on: Mapped[dt.date]
    change_no: Mapped[int | None] = mapped_column(Integer)
    materials: Mapped[str | None] = mapped_column(Text)
    drawing: Mapped[str | None] = mapped_column(Text)
    customer_confirmation: Mapped[str | None] = mapped_column(Text)
    extension_answer: Mapped[str | None] = mapped_column(String(16))
    outcome: Mapped[ReviewOutcome | None] = mapped_column(WordOf(ReviewOutcome, 24))
    decided_by: Mapped[str | None] = mapped_column(Subject)
    decided_on: Mapped[dt.date | None]
    new_date: Mapped[dt.date | None]
    solution: Mapped[str | None] = mapped_column(Text)
    agreed: Mapped[bool | None]
    agreement: Mapped[str | None] = mapped_column(Text)
    agreed_on: Mapped[dt.date | None]


class OrderOpinionRow(_Entry, Base):
    """What one department said in a review (O3)."""

    __tablename__ = "order_opinions"
    __table_args__ = (
        _of_order(),
        CheckConstraint(one_of("verdict", ReviewVerdict), name="verdict"),
        Index("ix_order_opinions_customer_id", "customer_id"),
    )

    review_no: Mapped[int] = mapped_column(Integer)
    role: Mapped[str] = mapped_column(Role)
    verdict: Mapped[ReviewVerdict] = mapped_column(WordOf(ReviewVerdict, 16))
    by: Mapped[str] = mapped_column(Subject)
    on: Mapped[dt.date]
    note: Mapped[str | None] = mapped_column(Text)


class OrderSignatureRow(_Entry, Base):
    """A signature under one of the order's papers (O3-O5, O7)."""

    __tablename__ = "order_signatures"
    __table_args__ = (_of_order(), Index("ix_order_signatures_customer_id", "customer_id"))

    document: Mapped[str] = mapped_column(String(24))
    role: Mapped[str] = mapped_column(Role)
    by: Mapped[str] = mapped_column(Subject)
    on: Mapped[dt.date]
    of: Mapped[int] = mapped_column(Integer)


class OrderChangeRow(_Entry, Base):
    """A change order or modification request (O4)."""

    __tablename__ = "order_changes"
    __table_args__ = (
        _of_order(),
        CheckConstraint(one_of("kind", ChangeKind), name="kind"),
        CheckConstraint(one_of("state", ChangeState), name="state"),
        CheckConstraint("loss >= 0", name="loss"),
        Index("ix_order_changes_customer_id", "customer_id"),
    )

    kind: Mapped[ChangeKind] = mapped_column(WordOf(ChangeKind, 16))
    reason: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(Subject)
    department: Mapped[str] = mapped_column(Role)
    asked_on: Mapped[dt.date]
    lines: Mapped[list[Any]] = mapped_column(JSONB)
    added: Mapped[list[Any]] = mapped_column(JSONB)
    required_on: Mapped[dt.date | None]
    delivery_address: Mapped[str | None] = mapped_column(Text)
    payment_terms: Mapped[str | None] = mapped_column(String(16))
    currency: Mapped[Currency | None]
    min_ship_value: Mapped[Amount | None]
    loss: Mapped[Amount]
    # Null where the change is of the currency: two currencies have no difference.
    cost_effect: Mapped[Amount | None]
    # Null for changes of a time when it was not kept.
    new_total: Mapped[Amount | None]
    days_effect: Mapped[int] = mapped_column(Integer)
    state: Mapped[ChangeState] = mapped_column(WordOf(ChangeState, 16))
    agreement: Mapped[str | None] = mapped_column(Text)
    agreed_on: Mapped[dt.date | None]


class OrderGateEntryRow(_Entry, Base):
    """One paper, check or approval on the way to production (O6)."""

    __tablename__ = "order_gate_entries"
    __table_args__ = (
        _of_order(),
        CheckConstraint(one_of("item", GateItem), name="item"),
        Index("ix_order_gate_entries_customer_id", "customer_id"),
    )

    item: Mapped[GateItem] = mapped_column(WordOf(GateItem, 24))
    role: Mapped[str] = mapped_column(Role)
    by: Mapped[str] = mapped_column(Subject)
    on: Mapped[dt.date]
    amount: Mapped[Amount | None]
    reference: Mapped[str | None] = mapped_column(String(limits.NAME))
    note: Mapped[str | None] = mapped_column(Text)


class OrderPickupRow(_Entry, Base):
    """Units of a special order that were picked up (O7)."""

    __tablename__ = "order_pickups"
    __table_args__ = (
        _of_order(),
        CheckConstraint("units > 0", name="units"),
        Index("ix_order_pickups_customer_id", "customer_id"),
    )

    units: Mapped[int]
    on: Mapped[dt.date]
    by: Mapped[str] = mapped_column(Subject)


class OrderComplaintRow(_Entry, Base):
    """A complaint about an order, with its owner and its day (O14)."""

    __tablename__ = "order_complaints"
    __table_args__ = (
        _of_order(),
        Index("ix_order_complaints_customer_id", "customer_id"),
        Index(
            "ix_order_complaints_open", "due_on", "order_id", postgresql_where="closed_on IS NULL"
        ),
    )

    text: Mapped[str] = mapped_column(Text)
    owner_role: Mapped[str] = mapped_column(Role)
    opened_on: Mapped[dt.date]
    due_on: Mapped[dt.date]
    by: Mapped[str] = mapped_column(Subject)
    closed_on: Mapped[dt.date | None]
    closed_by: Mapped[str | None] = mapped_column(Subject)
    answer: Mapped[str | None] = mapped_column(Text)
