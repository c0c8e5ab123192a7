"""Customers' money: a double-entry ledger, its running balance, guarantees and extensions (F1-F4).

Signs: an amount is what the account gains, from the customer's side. A receipt of 100 posts
+100 to CUSTOMER_FUNDS and -100 to BANK; a hold moves from CUSTOMER_FUNDS to CUSTOMER_HOLDS.
"""

import datetime as dt

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain import limits
from domain.funding import FundsAccount, FundsTransactionKind, PaymentStatus
from persistence.tables.base import (
    Amount,
    Base,
    CreatedAt,
    Currency,
    Instant,
    Key,
    WordOf,
    amounts_fit,
    one_of,
)


class CustomerFundsRow(Base):
    """The running balance of a customer, guarded by one row that every movement locks.

    `balance` is the sum of its CUSTOMER_FUNDS postings: what is left after holds.
    """

    __tablename__ = "customer_funds"
    __table_args__ = (CheckConstraint("held >= 0", name="held"),)

    customer_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("customers.id"), primary_key=True
    )
    currency: Mapped[Currency]
    balance: Mapped[Amount] = mapped_column(server_default="0")
    held: Mapped[Amount] = mapped_column(server_default="0")
    # Last month's account is unpaid: no funds until it is settled (F2, MONTHLY).
    blocked: Mapped[bool] = mapped_column(server_default="false")
    # The day FINANCE confirmed these figures; a run warns when they are old (A3).
    confirmed_on: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class LedgerTransactionRow(Base):
    """One movement of money; its postings add up to nothing. Never changed, only reversed."""

    __tablename__ = "ledger_transactions"
    __table_args__ = (
        UniqueConstraint("customer_id", "kind", "reference"),
        UniqueConstraint("id", "customer_id"),
        CheckConstraint(one_of("kind", FundsTransactionKind), name="kind"),
        Index("ix_ledger_transactions_customer_id_at_id", "customer_id", "at", "id"),
        # A bank slip counts once, however its number is spelled.
        Index(
            "uq_ledger_transactions_slip",
            "customer_id",
            "kind",
            text("document_key(reference)"),
            unique=True,
            postgresql_where="kind IN ('RECEIPT', 'DEPOSIT')",
        ),
    )

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    kind: Mapped[FundsTransactionKind] = mapped_column(WordOf(FundsTransactionKind, 16))
    # What caused it: a bank slip's number, an import, a shipment. Unique per customer and kind.
    reference: Mapped[str] = mapped_column(String(limits.REFERENCE))
    at: Mapped[Instant]
    actor: Mapped[str] = mapped_column(String(limits.NAME))
    memo: Mapped[str | None] = mapped_column(String(limits.MEMO))


class LedgerPostingRow(Base):
    """One side of a transaction on one account."""

    __tablename__ = "ledger_postings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["transaction_id", "customer_id"],
            ["ledger_transactions.id", "ledger_transactions.customer_id"],
        ),
        CheckConstraint(one_of("account", FundsAccount), name="account"),
        CheckConstraint("amount <> 0", name="amount"),
        amounts_fit("amount"),
        Index("ix_ledger_postings_transaction_id", "transaction_id"),
        Index("ix_ledger_postings_customer_id_account", "customer_id", "account"),
    )

    id: Mapped[Key]
    transaction_id: Mapped[int]
    customer_id: Mapped[int]
    account: Mapped[FundsAccount] = mapped_column(WordOf(FundsAccount, 20))
    amount: Mapped[Amount]
    currency: Mapped[Currency]


class FundHoldRow(Base):
    """Funds kept for one shipment until its goods issue, or given back (F4)."""

    __tablename__ = "fund_holds"
    __table_args__ = (
        ForeignKeyConstraint(
            ["shipment_id", "customer_id"], ["shipments.id", "shipments.customer_id"]
        ),
        ForeignKeyConstraint(
            ["transaction_id", "customer_id"],
            ["ledger_transactions.id", "ledger_transactions.customer_id"],
        ),
        CheckConstraint(one_of("status", PaymentStatus), name="status"),
        amounts_fit("amount"),
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_fund_holds_customer_id_status", "customer_id", "status"),
        Index("ix_fund_holds_run_id", "run_id"),
    )

    id: Mapped[Key]
    customer_id: Mapped[int]
    run_id: Mapped[int] = mapped_column(ForeignKey("allocation_runs.id"))
    shipment_id: Mapped[int] = mapped_column(unique=True)
    transaction_id: Mapped[int]
    amount: Mapped[Amount]
    currency: Mapped[Currency]
    status: Mapped[PaymentStatus] = mapped_column(
        WordOf(PaymentStatus, 16), server_default=PaymentStatus.HELD
    )
    created_at: Mapped[CreatedAt]


class GuaranteeRow(Base):
    """A salesperson's word for an order, pooled with the funds while open (F2, 担保)."""

    __tablename__ = "guarantees"
    __table_args__ = (
        ForeignKeyConstraint(["order_id", "customer_id"], ["orders.id", "orders.customer_id"]),
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_guarantees_customer_id", "customer_id"),
    )

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    order_id: Mapped[int | None]
    given_by: Mapped[str] = mapped_column(String(limits.NAME))
    amount: Mapped[Amount]
    created_at: Mapped[CreatedAt]
    ended_at: Mapped[dt.datetime | None]


class PaymentExtensionRow(Base):
    """A signed agreement to pay later (F2, 延期付款协议): counts as funds until it ends."""

    __tablename__ = "payment_extensions"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_payment_extensions_customer_id", "customer_id"),
    )

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    amount: Mapped[Amount]
    signed_by: Mapped[str] = mapped_column(String(limits.NAME))
    signed_at: Mapped[Instant]
    ends_on: Mapped[dt.date | None]
