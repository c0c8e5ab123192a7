"""FINANCE records payments and confirms the day of the figures (F1, A3)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from domain.allocation import AllocationTrigger
from domain.days import object_to_confirmed_day
from domain.documents import document_number
from domain.errors import FaultyItems, InvalidInput, ItemFault, NotFound, Stale
from domain.funding import FundsAccount, FundsTransactionKind, RecordPayment
from domain.limits import MEMO, REFERENCE
from domain.messages import msg
from domain.money import check_amount
from domain.objections import refuse
from domain.roles import Action, require
from persistence.allocation.claiming import goods_wanted_by_customer, lock_matching
from persistence.audit import record
from persistence.funding import writing as funding
from persistence.orders import money
from persistence.orders.money import Movement, Slip, SlipSpent
from persistence.orders.reading import customer_by_code
from persistence.unit_of_work import UnitOfWork
from services.allocation.request import start_run
from services.commands import row_of, use_case
from services.policy import current_policy

MOST_CUSTOMERS = 10_000
LARGEST_PAYMENT = Decimal("9000000000000.00")


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


@dataclass(frozen=True)
class RecordedPayment:
    """Whose account it is on, and the run that it asked for, where free goods were wanted."""

    customer_id: int
    run_id: int | None


@use_case
async def record_payment(command: RecordPayment, uow: UnitOfWork) -> RecordedPayment:
    """Enter money that came in on a bank slip (水单); it counts for allocation at once (F1, F2).

    FINANCE records what it has seen on our account, so a payment needs no confirmation beside.
    Raises NotAllowed, NotFound or InvalidInput.
    """
    slip = document_number(command.slip, "slip", REFERENCE)
    _check_payment(command)
    customer = await customer_by_code(uow.session, command.customer)
    if customer is None:
        raise NotFound("customer", command.customer, field="customer")
    check_amount(command.amount, customer.currency)
    movement = Movement(
        FundsTransactionKind.RECEIPT,
        slip,
        command.note or "Payment received",
        {FundsAccount.BANK: -command.amount, FundsAccount.CUSTOMER_FUNDS: command.amount},
        Slip(slip),
    )
    try:
        is_new = await book_payment(uow, customer.id, customer.currency, movement)
    except SlipSpent:
        is_new = False
    if not is_new:
        raise InvalidInput(
            msg("funding.SLIP_RECORDED", slip=slip, customer=command.customer), field="slip"
        )
    await record(
        uow,
        row_of(command).name,
        "CustomerFunds",
        customer.id,
        after={"amount": str(command.amount), "currency": customer.currency, "slip": slip},
    )
    run_id = None
    await lock_matching(uow.session)
    wanted = await goods_wanted_by_customer(uow.session, customer.id)
    if wanted:
        run_id = await start_run(uow, AllocationTrigger.PAYMENT, wanted)
    return RecordedPayment(customer.id, run_id)


async def book_payment(
    uow: UnitOfWork, customer_id: int, currency: str, movement: Movement
) -> bool:
    """Enter money that a customer paid into its funds; False when it was entered before.

    Raises SlipSpent where its slip does not reach.
    A line whose reservation had lapsed unpaid may be reserved for again (A5). The caller asks for a
    run where goods lie free that the customer's orders want (A2), when it has done all else.
    """
    # Lines before funds, as a run's commit locks them.
    await funding.reopen_reservations(uow.session, customer_id)
    return await money.move_money(uow, customer_id, currency, movement)


def _check_payment(command: RecordPayment) -> None:
    amount = command.amount
    if not amount.is_finite() or not 0 < amount <= LARGEST_PAYMENT:
        raise InvalidInput(msg("funding.PAYMENT_RANGE", most=LARGEST_PAYMENT), field="amount")
    if len(command.note or "") > MEMO:
        raise InvalidInput(msg("tasks.NOTE_LENGTH", most=MEMO), field="note")


async def confirm_funds(command: ConfirmFunds, uow: UnitOfWork) -> tuple[int, ...]:
    """Say that these customers' figures are those of that day (A3); the customers' keys.

    Runs warn when figures are older than policy allows. Raises InvalidInput, or FaultyItems with
    every unknown customer and every version that is no longer the customer's.
    """
    require(uow.principal, Action.CONFIRM_FUNDS)
    _, policy = await current_policy(uow)
    today = policy.local_date(uow.now)
    day = command.day or today
    refuse(day, object_to_confirmed_day(day, today), "day")
    asked = command.customers
    if asked is not None and not 1 <= len(asked) <= MOST_CUSTOMERS:
        raise InvalidInput(msg("funding.CUSTOMERS_AT_ONCE", most=MOST_CUSTOMERS), field="customers")
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


def _check(asked: tuple[FundsOf, ...], locked: Mapping[str, tuple[int, int]]) -> None:
    faults = []
    for index, each in enumerate(asked):
        if each.customer not in locked:
            faults.append(
                ItemFault(
                    index,
                    "customer",
                    msg("funding.NO_CUSTOMER", customer=each.customer),
                    msg("funding.CORRECT_OR_ENTER"),
                    "NOT_FOUND",
                )
            )
        elif each.expected_version not in (None, locked[each.customer][1]):
            stale = Stale(
                msg("funding.FUNDS_OF", customer=each.customer),
                each.expected_version or 0,
                locked[each.customer][1],
            )
            faults.append(
                ItemFault(
                    index, "expectedVersion", stale.message, msg("funding.LOOK_AGAIN"), Stale.code
                )
            )
    if faults:
        raise FaultyItems(faults)
