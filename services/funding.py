"""FINANCE confirms the day of the funds' figures; what is left of a guarantor's quota (A3, F2)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from domain.errors import FaultyItems, InvalidInput, ItemFault, Stale
from domain.roles import Action
from persistence import funding
from persistence.audit import record
from persistence.unit_of_work import UnitOfWork
from services.permissions import require
from services.policies import current_policy

MOST_CUSTOMERS = 10_000


@dataclass(frozen=True)
class FundsOf:
    """A customer whose figures are confirmed, and the version of the funds that FINANCE saw."""

    customer: str
    expected_version: int | None = None


@dataclass(frozen=True)
class ConfirmFunds:
    """customers: None confirms all of them. day: None is today."""

    customers: tuple[FundsOf, ...] | None = None
    day: dt.date | None = None


async def confirm_funds(command: ConfirmFunds, uow: UnitOfWork) -> tuple[int, ...]:
    """Say that these customers' figures are those of that day (A3); the customers' keys.

    Runs warn when figures are older than policy allows. Raises InvalidInput, or FaultyItems with
    every unknown customer and every version that is no longer the customer's.
    """
    require(uow.principal, Action.CONFIRM_FUNDS)
    _, policy = await current_policy(uow)
    today = policy.local_date(uow.now)
    day = command.day or today
    if day > today:
        raise InvalidInput("Funds cannot be confirmed for a day to come.", field="day")
    asked = command.customers
    if asked is not None and not 1 <= len(asked) <= MOST_CUSTOMERS:
        raise InvalidInput(f"Name 1 to {MOST_CUSTOMERS} customers.", field="customers")
    codes = None if asked is None else sorted({each.customer for each in asked})
    locked = await funding.lock_funds(uow.session, codes)
    _check(asked or (), locked)
    keys = tuple(key for key, _ in locked.values())
    changed = await funding.confirm(uow.session, keys, day)
    await record(
        uow,
        "fundsConfirm",
        "CustomerFunds",
        "all" if codes is None else ",".join(codes)[:100],
        after={"confirmedOn": day.isoformat(), "customers": len(keys), "changed": changed},
    )
    return keys


async def quota_left(uow: UnitOfWork, subject: str) -> Decimal:
    """How much more a salesperson may guarantee (F2); the quota stays locked with the caller."""
    quota = await funding.quota_for_update(uow.session, subject)
    return (quota or Decimal(0)) - await funding.open_guarantees(uow.session, subject)


def _check(asked: tuple[FundsOf, ...], locked: Mapping[str, tuple[int, int]]) -> None:
    faults = []
    for index, each in enumerate(asked):
        if each.customer not in locked:
            faults.append(
                ItemFault(
                    index,
                    "customer",
                    f"There is no customer {each.customer!r}.",
                    "Correct the code, or enter the customer first.",
                    "NOT_FOUND",
                )
            )
        elif each.expected_version not in (None, locked[each.customer][1]):
            stale = Stale(
                f"funds of {each.customer}",
                each.expected_version or 0,
                locked[each.customer][1],
            )
            faults.append(
                ItemFault(
                    index, "expectedVersion", stale.message, "Look at them again.", Stale.code
                )
            )
    if faults:
        raise FaultyItems(faults)
