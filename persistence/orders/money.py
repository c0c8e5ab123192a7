"""Deposits in the ledger (F1, O7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import insert, text, update
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


@dataclass(frozen=True)
class Movement:
    """Money that moves between accounts; what each gains adds up to nothing."""

    kind: str
    reference: str
    memo: str
    gains: Mapping[str, Decimal]


async def lock_money(uow: UnitOfWork, customer_id: int, currency: str) -> None:
    """Lock a customer's funds row, as every writer of its money does; added where it lacks one."""
    await uow.session.execute(
        upsert(CustomerFundsRow)
        .values(customer_id=customer_id, currency=currency)
        .on_conflict_do_nothing()
    )
    await uow.session.execute(_LOCK_FUNDS, {"customer_id": customer_id})


async def deposited_by_slip(session: AsyncSession, customer_id: int, slip: str) -> Decimal:
    """How much of a bank slip is recorded as deposits of this customer's orders."""
    values = {"customer_id": customer_id, "slip": slip}
    return Decimal(await session.scalar(_DEPOSITED, values) or 0)


def deposit_reference(slip: str, order_id: int) -> str:
    """The ledger's reference of a slip's part for one order; each order takes a slip once."""
    return f"{slip} / {order_id}"


async def move_money(uow: UnitOfWork, customer_id: int, currency: str, movement: Movement) -> bool:
    """Enter a movement and carry the customer's balance along; False when it was entered before.

    The customer's funds row is locked first, as by every writer.
    """
    session = uow.session
    await lock_money(uow, customer_id, currency)
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


_LOCK_FUNDS = text("SELECT 1 FROM customer_funds WHERE customer_id = :customer_id FOR UPDATE")
# A slip alone is the reference of deposits from before a slip could pay for several orders.
_DEPOSITED = text(
    """
    SELECT -sum(posting.amount)
    FROM ledger_transactions AS entry
    JOIN ledger_postings AS posting ON posting.transaction_id = entry.id
    WHERE entry.customer_id = :customer_id AND entry.kind = 'DEPOSIT'
      AND posting.account = 'BANK'
      AND (entry.reference = :slip OR EXISTS (
        SELECT 1 FROM orders WHERE orders.customer_id = entry.customer_id
          AND entry.reference = :slip || ' / ' || orders.id))
    """
)
