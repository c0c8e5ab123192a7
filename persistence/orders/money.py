"""Payments and deposits in the ledger (F1, O7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.tables import (
    CustomerFundsRow,
    LedgerPostingRow,
    LedgerTransactionRow,
)
from persistence.unit_of_work import UnitOfWork

FUNDS = "CUSTOMER_FUNDS"
DEPOSITS = "CUSTOMER_DEPOSITS"
BANK = "BANK"
FORFEITS = "FORFEITS"

# What comes in on a bank slip (水单).
RECEIPT, DEPOSIT = "RECEIPT", "DEPOSIT"
SLIP_KINDS = (RECEIPT, DEPOSIT)


@dataclass(frozen=True)
class Movement:
    """Money that moves between accounts; what each gains adds up to nothing."""

    kind: str
    reference: str
    memo: str
    gains: Mapping[str, Decimal]


async def move_money(uow: UnitOfWork, customer_id: int, currency: str, movement: Movement) -> bool:
    """Enter a movement and carry the customer's balance along; False when it was entered before.

    A bank slip counts once, as a payment or as a deposit. The customer's funds row is locked first,
    as by every writer.
    """
    session = uow.session
    await session.execute(
        upsert(CustomerFundsRow)
        .values(customer_id=customer_id, currency=currency)
        .on_conflict_do_nothing()
    )
    await session.execute(_LOCK_FUNDS, {"customer_id": customer_id})
    if movement.kind in SLIP_KINDS and await _is_slip_entered(
        session, customer_id, movement.reference
    ):
        return False
    entry = await session.scalar(
        upsert(LedgerTransactionRow)
        .values(
            customer_id=customer_id,
            kind=movement.kind,
            reference=movement.reference,
            at=uow.now,
            actor=uow.actor,
            memo=movement.memo,
        )
        .on_conflict_do_nothing()
        .returning(LedgerTransactionRow.id)
    )
    if entry is None:
        return False
    await session.execute(
        insert(LedgerPostingRow),
        [
            {
                "transaction_id": entry,
                "customer_id": customer_id,
                "account": account,
                "amount": amount,
                "currency": currency,
            }
            for account, amount in movement.gains.items()
            if amount
        ],
    )
    gained = movement.gains.get(FUNDS, Decimal(0))
    await session.execute(
        update(CustomerFundsRow)
        .where(CustomerFundsRow.customer_id == customer_id)
        .values(balance=CustomerFundsRow.balance + gained, version=CustomerFundsRow.version + 1)
        .execution_options(synchronize_session=False)
    )
    return True


async def _is_slip_entered(session: AsyncSession, customer_id: int, slip: str) -> bool:
    found = await session.scalar(
        select(LedgerTransactionRow.id)
        .where(
            LedgerTransactionRow.customer_id == customer_id,
            LedgerTransactionRow.kind.in_(SLIP_KINDS),
            LedgerTransactionRow.reference == slip,
        )
        .limit(1)
    )
    return found is not None


_LOCK_FUNDS = text("SELECT 1 FROM customer_funds WHERE customer_id = :customer_id FOR UPDATE")
