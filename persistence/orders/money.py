"""Payments and deposits in the ledger (F1, O7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import insert, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.documents import document_key
from domain.errors import InvalidInput
from domain.funding import FundsAccount, FundsTransactionKind
from domain.messages import msg
from domain.money import plain
from persistence.tables import (
    CustomerFundsRow,
    LedgerPostingRow,
    LedgerTransactionRow,
)
from persistence.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Slip:
    """A bank slip. amount: what the whole slip is for; None where this movement is all of it."""

    number: str
    amount: Decimal | None = None


class SlipSpent(Exception):
    """A slip does not reach for a movement: so much of it is entered already."""

    def __init__(self, used: Decimal) -> None:
        super().__init__(f"{used} of the slip are entered already")
        self.used = used


@dataclass(frozen=True)
class Movement:
    """Money that moves between accounts; what each gains adds up to nothing.

    reference: enters a movement of its kind once. slip: what it came in on.
    """

    kind: FundsTransactionKind
    reference: str
    memo: str
    gains: Mapping[str, Decimal]
    slip: Slip | None = None


def deposit_reference(slip: str, order_id: int) -> str:
    """The ledger's reference of a slip's part for one order; each order takes a slip once."""
    return f"{slip} / {order_id}"


async def move_money(uow: UnitOfWork, customer_id: int, currency: str, movement: Movement) -> bool:
    """Enter a movement and carry the customer's balance along; False when it was entered before.

    The customer's funds row is locked first, as by every writer, so that two movements never share
    a cent of a slip. Raises SlipSpent.
    """
    session = uow.session
    await session.execute(
        upsert(CustomerFundsRow)
        .values(customer_id=customer_id, currency=currency)
        .on_conflict_do_nothing()
    )
    kept_in = await session.scalar(_LOCK_FUNDS, {"customer_id": customer_id})
    if kept_in != currency:
        # Two currencies in one balance would be neither.
        raise InvalidInput(
            msg("lists.OTHER_ACCOUNT_CURRENCY", kept=kept_in, currency=currency),
            field="currency",
        )
    if movement.slip is not None:
        await _check_slip(session, customer_id, movement.slip, -movement.gains[FundsAccount.BANK])
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
    gained = movement.gains.get(FundsAccount.CUSTOMER_FUNDS, Decimal(0))
    await session.execute(
        update(CustomerFundsRow)
        .where(CustomerFundsRow.customer_id == customer_id)
        .values(balance=CustomerFundsRow.balance + gained, version=CustomerFundsRow.version + 1)
        .execution_options(synchronize_session=False)
    )
    return True


async def _check_slip(session: AsyncSession, customer_id: int, slip: Slip, more: Decimal) -> None:
    values = {"customer_id": customer_id, "slip": document_key(slip.number)}
    used = plain(Decimal(await session.scalar(_ENTERED_OF_SLIP, values) or 0))
    if used and (slip.amount is None or used + more > slip.amount):
        raise SlipSpent(used)


_LOCK_FUNDS = text(
    "SELECT currency FROM customer_funds WHERE customer_id = :customer_id FOR NO KEY UPDATE"
)
# A payment is a whole slip; a deposit may be the part of one that is for its order.
_ENTERED_OF_SLIP = text(
    """
    SELECT -sum(posting.amount)
    FROM ledger_transactions AS entry
    JOIN ledger_postings AS posting ON posting.transaction_id = entry.id
    WHERE entry.customer_id = :customer_id AND entry.kind IN ('RECEIPT', 'DEPOSIT')
      AND posting.account = 'BANK'
      AND (document_key(entry.reference) = :slip OR (entry.kind = 'DEPOSIT'
        AND starts_with(document_key(entry.reference), :slip || ' / ')
        AND substr(document_key(entry.reference), length(:slip) + 4) ~ '^[0-9]+$'))
    """
)
