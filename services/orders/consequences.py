"""What follows from an act beside the order itself: stock, money, penalties, another run."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.milestones.steps import PROMISED_COMPLETION
from domain.orders.clocks import moves_of_act
from domain.orders.closing import Cancel, Close, Deliver, Ship
from domain.orders.confirmation import Confirm
from domain.orders.deposits import RecordDeposit, RecordPickup, SettleDeposit, settlement
from domain.orders.facts import CANCELLED, CONFIRMED, REJECTED, OrderFacts
from domain.orders.refusals import refuse
from domain.penalties import PenaltyRule, special_order_case
from domain.policy import Policy
from persistence.allocation.snapshot import free_goods_are_wanted
from persistence.orders import goods, money
from persistence.orders.money import BANK, DEPOSITS, FORFEITS, FUNDS, Movement
from persistence.orders.reading import Standing, region_of
from persistence.unit_of_work import UnitOfWork
from services.allocation.request import request_allocation
from services.clocks import drop_clocks
from services.funding import book_payment
from services.milestones.lifecycle import end_milestones, start_milestones
from services.order_clocks import move_clocks
from services.penalties import RaisePenalty, raise_penalty, region_manager


@dataclass(frozen=True)
class Done:
    """An act that was written: the order before and after it, and the policy it was done under."""

    standing: Standing
    deed: Any
    after: OrderFacts
    policy: Policy


async def follow_up(
    uow: UnitOfWork, standing: Standing, deed: Any, after: OrderFacts, policy: Policy
) -> None:
    """Carry out what an act causes; most acts cause nothing more."""
    done = Done(standing, deed, after, policy)
    await _move_clocks(uow, done)
    consequence = _CONSEQUENCES.get(type(deed))
    if consequence is not None:
        await consequence(uow, done)
    await _share_out_free_goods(uow, done)


async def _share_out_free_goods(uow: UnitOfWork, done: Done) -> None:
    """Ask for a run when an order that now wants goods can have some that lie free (A2)."""
    before, after = done.standing.facts, done.after
    if after.status != CONFIRMED or (before.status == CONFIRMED and before.lines == after.lines):
        return
    if await free_goods_are_wanted(uow.session, order_id=done.standing.order_id):
        await request_allocation(uow, trigger="ORDER")


async def _move_clocks(uow: UnitOfWork, done: Done) -> None:
    """Time limits begin and end as the table of O16 has it; a rejected order has none left."""
    facts, key = done.after, done.standing.order_id
    if facts.status == CANCELLED:
        # Nothing was done in time or late: they are dropped with the order.
        return
    intake = done.policy.schedule.intake_clocks[facts.fulfilment]
    moves = moves_of_act(done.standing.facts, facts, done.policy.orders, intake)
    await move_clocks(uow, key, done.standing.customer_id, moves)
    if facts.status == REJECTED:
        await drop_clocks(uow, key, "the order is rejected")


async def _confirmed(uow: UnitOfWork, done: Done) -> None:
    """The milestones begin when the customer's confirmation is accepted (M2)."""
    facts = done.after
    events = {} if facts.promised_on is None else {PROMISED_COMPLETION: facts.promised_on}
    await start_milestones(
        uow,
        done.standing.order_id,
        task_created_on=facts.placed_on,
        confirmed_on=facts.confirmed_on,
        events=events,
    )


async def _closed(uow: UnitOfWork, done: Done) -> None:
    await end_milestones(uow, done.standing.order_id, cancelled=False, reason="the order is closed")


async def _cancelled(uow: UnitOfWork, done: Done) -> None:
    """Stock, reservations and money go back; what became free is shared out anew (O14)."""
    freed = await goods.give_back(uow, done.standing.order_id)
    facts = done.after
    if facts.special and facts.deposit_settled_on is None and facts.deposit_paid:
        await _release_deposit(uow, done, facts.deposit_paid, "Order cancelled")
    await end_milestones(uow, done.standing.order_id, cancelled=True, reason=done.deed.reason)
    if freed:
        await request_allocation(uow, trigger="RELEASE")


async def _shipped(uow: UnitOfWork, done: Done) -> None:
    await goods.issue_goods(uow, done.standing.order_id)


async def _delivered(uow: UnitOfWork, done: Done) -> None:
    await goods.arrive(uow, done.standing.order_id)


async def _deposited(uow: UnitOfWork, done: Done) -> None:
    """A special order's deposit is kept apart; another's counts as its customer's funds (O7)."""
    deed: RecordDeposit = done.deed
    customer, currency = done.standing.customer_id, done.after.currency
    account = DEPOSITS if done.after.special else FUNDS
    movement = Movement(
        money.DEPOSIT,
        deed.reference,
        f"Deposit for order {done.after.number}",
        {BANK: -deed.amount, account: deed.amount},
    )
    if done.after.special:
        is_new = await money.move_money(uow, customer, currency, movement)
    else:
        is_new = await book_payment(uow, customer, currency, movement) is not None
    if not is_new:
        raise refuse(
            "depositRecord",
            "SLIP_USED",
            "O7",
            f"Slip {deed.reference!r} of this customer is recorded already.",
            "reference",
        )


async def _settled(uow: UnitOfWork, done: Done) -> None:
    """What is forfeited is ours, the rest offsets the price, and lateness has its penalty (O7)."""
    facts = done.after
    if done.standing.facts.deposit_settled_on is not None or facts.deposit_settled_on is None:
        return
    forfeited = facts.deposit_forfeited
    if forfeited:
        movement = Movement(
            "FORFEIT",
            facts.number,
            f"Deposit of order {facts.number} forfeited: picked up late",
            {DEPOSITS: -forfeited, FORFEITS: forfeited},
        )
        await money.move_money(uow, done.standing.customer_id, facts.currency, movement)
    rest = facts.deposit_paid - forfeited
    if rest:
        await _release_deposit(uow, done, rest, "Deposit offsets the price")
    terms = settlement(facts, facts.picked_up_on or facts.deposit_settled_on, done.policy.orders)
    region = await region_of(uow.session, done.standing.customer_id)
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
                order_id=done.standing.order_id,
            ),
            uow,
        )


async def _release_deposit(uow: UnitOfWork, done: Done, amount: Decimal, memo: str) -> None:
    movement = Movement(
        "DEPOSIT_RELEASE", done.after.number, memo, {DEPOSITS: -amount, FUNDS: amount}
    )
    await money.move_money(uow, done.standing.customer_id, done.after.currency, movement)


_CONSEQUENCES: Mapping[type, Callable[[UnitOfWork, Done], Awaitable[None]]] = {
    Cancel: _cancelled,
    Close: _closed,
    Confirm: _confirmed,
    Ship: _shipped,
    Deliver: _delivered,
    RecordDeposit: _deposited,
    RecordPickup: _settled,
    SettleDeposit: _settled,
}
