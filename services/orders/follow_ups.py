"""What follows from a command beside the order: stock, money, penalties, another run."""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.allocation import AllocationTrigger
from domain.documents import cleaned
from domain.funding import FundsAccount, FundsTransactionKind
from domain.messages import Message, msg
from domain.orders.clocks import effects_of_command
from domain.orders.commands.deposits import RecordDeposit
from domain.orders.commands.fulfilment import Deliver, Ship
from domain.orders.currency import account_bound
from domain.orders.deposits import settlement
from domain.orders.order import FINAL, Order
from domain.orders.refusals import OrderRefused, refuse
from domain.orders.transition import OrderCommand
from domain.orders.vocabularies import OrderStatus
from domain.penalties import PenaltyRule, special_order_case
from domain.policy import Policy
from persistence.allocation.claiming import (
    goods_wanted_by_customer,
    goods_wanted_by_order,
    lock_matching,
    wanted_goods,
)
from persistence.audit import record
from persistence.orders import goods, money
from persistence.orders.account import move_account
from persistence.orders.money import Movement, Slip, SlipSpent
from persistence.orders.reading import LoadedOrder, region_of
from persistence.unit_of_work import UnitOfWork
from services.allocation.request import start_run
from services.clocks.of_orders import change_clocks
from services.funding import book_payment
from services.milestones.order import OrderChange, follow_order
from services.orders.load import OrderAtHand
from services.penalties import RaisePenalty, raise_penalty, region_manager


@dataclass(frozen=True)
class Done:
    """A command that was written: the order before and after it, and the policy it was under."""

    loaded: OrderAtHand
    command: Any
    after: Order

    @property
    def order(self) -> LoadedOrder:
        """The order before it."""
        return self.loaded.order

    @property
    def before(self) -> Order:
        """Its facts before."""
        return self.loaded.facts

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.loaded.policy


async def follow_up(
    uow: UnitOfWork, loaded: OrderAtHand, command: OrderCommand, after: Order
) -> None:
    """Carry out what a command causes; most cause nothing more."""
    done = Done(loaded, command, after)
    before, key, policy = done.before, loaded.key, loaded.policy
    if after.currency != before.currency:
        await _account_moved(uow, done)
    ends = after.status != before.status and after.status in FINAL
    freed: list[int] = []
    if ends and after.status != OrderStatus.CLOSED:
        # Called off, or rejected in its review: stock and reservations go back (O14).
        freed = await goods.give_back(uow, key, _memo(after))
    if after.status == OrderStatus.CONFIRMED and _prices(after) != _prices(before):
        # Goods whose hold no longer covers their price go round again (F1, O4): the next run gives
        # them at the new price, to whoever can pay for them by then.
        memo = "Price changed: the hold no longer covers it"
        freed = await goods.give_back_uncovered(uow, key, memo)
    further = _FOLLOW_UPS.get(type(command))
    if further is not None:
        await further(uow, done)
    settled_on = after.deposit_settled_on
    if settled_on is not None and before.deposit_settled_on is None:
        await _deposit_settled(uow, done, settled_on)
    # Goods and money first, clocks and steps last, as every writer locks them.
    await _change_clocks(uow, done)
    reason = _why(done) if ends else ""
    await follow_order(uow, OrderChange(key, before, after, policy, reason))
    # Last of all, see `persistence.lock_order`: the run that waits is everybody's.
    await _share_out(uow, done, freed)


async def _account_moved(uow: UnitOfWork, done: Done) -> None:
    """The account that pays the order goes along with its currency (F1, O4)."""
    order, currency, was = done.order, done.after.currency, done.order.account_currency
    if was == currency:
        return
    bonds = await move_account(uow, order.customer_id, order.order_id, currency)
    if bonds:
        # Written since the rules looked.
        reasons = tuple(account_bound("O4", done.after.customer, was, currency, bonds))
        raise OrderRefused(reasons)
    await record(
        uow,
        "accountCurrency",
        "Customer",
        order.customer_id,
        before={"currency": was},
        after={"currency": currency, "order": done.after.number},
    )


async def _share_out(uow: UnitOfWork, done: Done, freed: list[int]) -> None:
    """Ask for a run over goods that came back, and over free ones that can now be given (A2).

    To the order, or where money came in with it, to any order of its customer.
    """
    session, before, after = uow.session, done.before, done.after
    has_paid = (isinstance(done.command, RecordDeposit) and not after.special) or (
        after.deposit_settled_on is not None and before.deposit_settled_on is None
    )
    wants_more = after.status == OrderStatus.CONFIRMED and (
        before.status != OrderStatus.CONFIRMED or before.lines != after.lines
    )
    if not (freed or has_paid or wants_more):
        return
    await lock_matching(session)
    asked: dict[AllocationTrigger, Set[int]] = {}
    if freed:
        wanted = await wanted_goods(session, freed)
        asked[AllocationTrigger.RELEASE] = wanted.at_once | wanted.by_payers.keys()
    if has_paid:
        asked[AllocationTrigger.PAYMENT] = set(
            await goods_wanted_by_customer(session, done.order.customer_id)
        )
    if wants_more:
        asked[AllocationTrigger.ORDER] = set(await goods_wanted_by_order(session, done.loaded.key))
    # What comes first names the run.
    trigger = next((name for name, skus in asked.items() if skus), None)
    if trigger is not None:
        await start_run(uow, trigger, sorted(set().union(*asked.values())))


async def _change_clocks(uow: UnitOfWork, done: Done) -> None:
    """Time limits begin and end as the table of O16 has it."""
    facts, key = done.after, done.loaded.key
    if facts.status == OrderStatus.CANCELLED:
        # Nothing was done in time or late: they are dropped with the order.
        return
    intake = done.policy.schedule.intake_clocks[facts.fulfilment]
    effects = effects_of_command(done.before, facts, done.policy.orders, intake)
    await change_clocks(uow, key, done.order.customer_id, effects)


def _why(done: Done) -> str:
    if done.after.status == OrderStatus.CANCELLED:
        return str(done.command.reason)
    rejected = done.after.status == OrderStatus.REJECTED
    return (msg("orders.IS_REJECTED") if rejected else msg("milestones.ORDER_CLOSED")).kept


def _memo(facts: Order) -> str:
    return "Order rejected" if facts.status == OrderStatus.REJECTED else "Order cancelled"


def _prices(facts: Order) -> dict[int, Decimal | None]:
    return {line.no: line.unit_price for line in facts.lines}


async def _shipped(uow: UnitOfWork, done: Done) -> None:
    await goods.issue_goods(uow, done.loaded.key)


async def _delivered(uow: UnitOfWork, done: Done) -> None:
    await goods.arrive(uow, done.loaded.key)


async def _deposited(uow: UnitOfWork, done: Done) -> None:
    """A special order's deposit is kept apart; another's counts as its customer's funds (O7)."""
    command: RecordDeposit = done.command
    customer, currency = done.order.customer_id, done.after.currency
    account = FundsAccount.CUSTOMER_DEPOSITS if done.after.special else FundsAccount.CUSTOMER_FUNDS
    slip = cleaned(command.reference)
    movement = Movement(
        FundsTransactionKind.DEPOSIT,
        money.deposit_reference(slip, done.loaded.key),
        f"Deposit for order {done.after.number}",
        {FundsAccount.BANK: -command.amount, account: command.amount},
        Slip(slip, command.slip_amount),
    )
    try:
        if done.after.special:
            is_new = await money.move_money(uow, customer, currency, movement)
        else:
            is_new = await book_payment(uow, customer, currency, movement)
    except SlipSpent as spent:
        raise _slip_spent(slip, command, spent.used) from spent
    if not is_new:
        raise _slip_used(msg("orders.SLIP_RECORDED_HERE", slip=slip))


def _slip_spent(slip: str, command: RecordDeposit, used: Decimal) -> OrderRefused:
    """A slip pays for several orders as far as its own amount reaches (F1)."""
    if command.slip_amount is None:
        return _slip_used(msg("orders.SLIP_RECORDED_WITH", slip=slip, used=used))
    return refuse(
        "SLIP_TOO_SMALL",
        "O7",
        msg(
            "orders.SLIP_LEFT",
            slip_amount=command.slip_amount,
            slip=slip,
            used=used,
            left=command.slip_amount - used,
        ),
        "amount",
    )


def _slip_used(message: Message) -> OrderRefused:
    return refuse("SLIP_USED", "O7", message, "reference")


async def _deposit_settled(uow: UnitOfWork, done: Done, on: dt.date) -> None:
    """What is forfeited is ours, the rest offsets the price, and lateness has its penalty (O7)."""
    facts = done.after
    ended = facts.status in (OrderStatus.CANCELLED, OrderStatus.REJECTED)
    forfeited = facts.deposit_forfeited
    if forfeited:
        movement = Movement(
            FundsTransactionKind.FORFEIT,
            facts.number,
            f"Deposit of order {facts.number} forfeited: "
            + ("called off late" if ended else "picked up late"),
            {FundsAccount.CUSTOMER_DEPOSITS: -forfeited, FundsAccount.FORFEITS: forfeited},
        )
        await money.move_money(uow, done.order.customer_id, facts.currency, movement)
    rest = facts.deposit_paid - forfeited
    if rest:
        movement = Movement(
            FundsTransactionKind.DEPOSIT_RELEASE,
            facts.number,
            _memo(facts) if ended else "Deposit offsets the price",
            {FundsAccount.CUSTOMER_DEPOSITS: -rest, FundsAccount.CUSTOMER_FUNDS: rest},
        )
        await money.move_money(uow, done.order.customer_id, facts.currency, movement)
    terms = settlement(facts, facts.picked_up_on or on, done.policy.orders)
    region = await region_of(uow.session, done.order.customer_id)
    # Without a region there is no region manager to bear it.
    if terms.is_penalised and region is not None:
        manager = await region_manager(uow, region)
        await raise_penalty(
            RaisePenalty(
                PenaltyRule.SPECIAL_ORDER_NOT_PICKED_UP,
                special_order_case(facts.number),
                person=manager,
                # While the region has no manager, it bears the penalty itself.
                region=region if manager is None else None,
                order_id=done.loaded.key,
            ),
            uow,
        )


_FOLLOW_UPS: Mapping[type, Callable[[UnitOfWork, Done], Awaitable[None]]] = {
    Ship: _shipped,
    Deliver: _delivered,
    RecordDeposit: _deposited,
}
