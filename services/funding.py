"""FINANCE records payments and confirms the day of the figures (F1, A3)."""

from dataclasses import dataclass

from domain.allocation import AllocationTrigger
from domain.days import object_to_confirmed_day
from domain.documents import document_number
from domain.errors import InvalidInput, NotFound
from domain.funding import (
    ConfirmFunds,
    FundsAccount,
    FundsTransactionKind,
    RecordPayment,
    check_confirmed,
    check_customer_count,
    check_payment,
)
from domain.limits import REFERENCE
from domain.messages import msg
from domain.money import check_amount
from domain.objections import refuse
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
    check_payment(command)
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


@use_case
async def confirm_funds(command: ConfirmFunds, uow: UnitOfWork) -> tuple[int, ...]:
    """Say that these customers' figures are those of that day (A3); the customers' keys.

    Runs warn when figures are older than policy allows. Raises InvalidInput, or FaultyItems with
    every unknown customer and every version that is no longer the customer's.
    """
    _, policy = await current_policy(uow)
    today = policy.local_date(uow.now)
    day = command.day or today
    refuse(day, object_to_confirmed_day(day, today), "day")
    asked = command.customers
    check_customer_count(asked)
    codes = None if asked is None else sorted({each.customer for each in asked})
    locked = await funding.lock_funds(uow.session, codes)
    check_confirmed(asked or (), {code: version for code, (_, version) in locked.items()})
    keys = tuple(key for key, _ in locked.values())
    changed = await funding.confirm(uow.session, keys, day)
    await record(
        uow,
        row_of(command).name,
        "CustomerFunds",
        "all" if codes is None else ",".join(codes)[:100],
        after={"confirmedOn": day.isoformat(), "customers": len(keys), "changed": changed},
    )
    return keys
