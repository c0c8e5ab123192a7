"""What follows from an act beside the order itself: stock, money, penalties, another run."""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.clocks import (
    DISPATCH_FROM_STOCK,
    FIRST_CHECK,
    HANDOVER_TO_PLANNING,
    MISSING_INFORMATION,
    ORDER_WORKED,
)
from domain.milestones.steps import PROMISED_COMPLETION
from domain.orders.closing import Close, Deliver, Ship
from domain.orders.confirmation import Confirm
from domain.orders.deposits import RecordDeposit, settlement
from domain.orders.facts import (
    AWAITING_CONFIRMATION,
    CANCELLED,
    CONFIRMED,
    FROM_STOCK,
    MADE_TO_ORDER,
    NEEDS_INFO,
    RECEIVED,
    REJECTED,
    SHIPPED,
    UNDER_CHECK,
    OrderFacts,
)
from domain.orders.refusals import OrderRefused, refuse
from domain.penalties import PenaltyRule, special_order_case
from domain.policy import Policy
from persistence.orders import goods, money
from persistence.orders.money import BANK, DEPOSITS, FORFEITS, FUNDS, Movement
from persistence.orders.reading import Standing, region_of
from persistence.unit_of_work import UnitOfWork
from services.allocation.request import request_allocation
from services.clocks import start_order_clock, stop_order_clock
from services.milestones.lifecycle import end_milestones, start_milestones
from services.penalties import RaisePenalty, raise_penalty, region_manager

# Time limits that run while an order is in a state (O16); those of the intake are policy's.
CLOCKS_OF_STATE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    MADE_TO_ORDER: {
        RECEIVED: (FIRST_CHECK,),
        NEEDS_INFO: (MISSING_INFORMATION,),
        UNDER_CHECK: (HANDOVER_TO_PLANNING,),
    },
    FROM_STOCK: {NEEDS_INFO: (MISSING_INFORMATION,)},
}
# Time limits that run from the intake on, until an order comes to a state.
CLOCKS_UNTIL_STATE: Mapping[str, tuple[str, ...]] = {
    AWAITING_CONFIRMATION: (ORDER_WORKED,),
    SHIPPED: (DISPATCH_FROM_STOCK,),
}


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
    if after.status != standing.facts.status and after.status in (CANCELLED, REJECTED):
        await _ended(uow, done)
    if after.status == CONFIRMED and _prices(after) != _prices(standing.facts):
        await _repriced(uow, done)
    consequence = _CONSEQUENCES.get(type(deed))
    if consequence is not None:
        await consequence(uow, done)
    settled_on = after.deposit_settled_on
    if settled_on is not None and standing.facts.deposit_settled_on is None:
        await _deposit_settled(uow, done, settled_on)


async def _move_clocks(uow: UnitOfWork, done: Done) -> None:
    """Stop the clocks of the state that the act ended, start those of the one it began (O16)."""
    before, after = done.standing.facts.status, done.after.status
    key, customer = done.standing.order_id, done.standing.customer_id
    if before == after:
        return
    of_state = CLOCKS_OF_STATE[done.after.fulfilment]
    for code in (*of_state.get(before, ()), *CLOCKS_UNTIL_STATE.get(after, ())):
        await stop_order_clock(uow, code, key)
    for code in of_state.get(after, ()):
        await start_order_clock(uow, code, key, customer)


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


async def _ended(uow: UnitOfWork, done: Done) -> None:
    """Called off, or rejected in its review: stock, reservations, tasks and clocks go back (O14).

    What became free is shared out anew.
    """
    why = "the order is rejected" if done.after.status == REJECTED else done.deed.reason
    freed = await goods.give_back(uow, done.standing.order_id, _memo(done.after))
    await end_milestones(uow, done.standing.order_id, cancelled=True, reason=why)
    if freed:
        await request_allocation(uow, trigger="RELEASE")


def _memo(facts: OrderFacts) -> str:
    return "Order rejected" if facts.status == REJECTED else "Order cancelled"


def _prices(facts: OrderFacts) -> dict[int, Decimal | None]:
    return {line.no: line.unit_price for line in facts.lines}


async def _repriced(uow: UnitOfWork, done: Done) -> None:
    """Goods whose hold no longer covers their price go round again (F1, O4).

    The next run gives them at the new price, to whoever can pay for them by then.
    """
    memo = "Price changed: the hold no longer covers it"
    if await goods.give_back_uncovered(uow, done.standing.order_id, memo):
        await request_allocation(uow, trigger="RELEASE")


async def _shipped(uow: UnitOfWork, done: Done) -> None:
    await goods.issue_goods(uow, done.standing.order_id)


async def _delivered(uow: UnitOfWork, done: Done) -> None:
    await goods.arrive(uow, done.standing.order_id)


async def _deposited(uow: UnitOfWork, done: Done) -> None:
    """A special order's deposit is kept apart; another's counts as its customer's funds (O7)."""
    deed: RecordDeposit = done.deed
    account = DEPOSITS if done.after.special else FUNDS
    customer, currency = done.standing.customer_id, done.after.currency
    # Locked before the slip's other deposits are counted: two orders never share a cent of it.
    await money.lock_money(uow, customer, currency)
    slip = deed.reference.strip()
    await _slip_reaches(uow, customer, slip, deed)
    movement = Movement(
        "DEPOSIT",
        money.deposit_reference(slip, done.standing.order_id),
        f"Deposit for order {done.after.number}",
        {BANK: -deed.amount, account: deed.amount},
    )
    if not await money.move_money(uow, customer, currency, movement):
        raise _slip_used(f"Slip {slip!r} is recorded for this order already.")


async def _slip_reaches(uow: UnitOfWork, customer_id: int, slip: str, deed: RecordDeposit) -> None:
    """A slip pays for several orders as far as its own amount reaches (F1)."""
    used = await money.deposited_by_slip(uow.session, customer_id, slip)
    if not used:
        return
    if deed.slip_amount is None:
        raise _slip_used(
            f"Slip {slip!r} of this customer is recorded already, with {used}. If it pays"
            " for this order too, say what the whole slip is for: slipAmount."
        )
    if used + deed.amount > deed.slip_amount:
        raise refuse(
            "depositRecord",
            "SLIP_TOO_SMALL",
            "O7",
            f"Of the {deed.slip_amount} of slip {slip!r}, {used} are recorded already:"
            f" {deed.slip_amount - used} are left.",
            "amount",
        )


def _slip_used(message: str) -> OrderRefused:
    return refuse("depositRecord", "SLIP_USED", "O7", message, "reference")


async def _deposit_settled(uow: UnitOfWork, done: Done, on: dt.date) -> None:
    """What is forfeited is ours, the rest offsets the price, and lateness has its penalty (O7)."""
    facts = done.after
    ended = facts.status in (CANCELLED, REJECTED)
    forfeited = facts.deposit_forfeited
    if forfeited:
        movement = Movement(
            "FORFEIT",
            facts.number,
            f"Deposit of order {facts.number} forfeited: "
            + ("called off late" if ended else "picked up late"),
            {DEPOSITS: -forfeited, FORFEITS: forfeited},
        )
        await money.move_money(uow, done.standing.customer_id, facts.currency, movement)
    rest = facts.deposit_paid - forfeited
    if rest:
        movement = Movement(
            "DEPOSIT_RELEASE",
            facts.number,
            _memo(facts) if ended else "Deposit offsets the price",
            {DEPOSITS: -rest, FUNDS: rest},
        )
        await money.move_money(uow, done.standing.customer_id, facts.currency, movement)
    terms = settlement(facts, facts.picked_up_on or on, done.policy.orders)
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


_CONSEQUENCES: Mapping[type, Callable[[UnitOfWork, Done], Awaitable[None]]] = {
    Close: _closed,
    Confirm: _confirmed,
    Ship: _shipped,
    Deliver: _delivered,
    RecordDeposit: _deposited,
}
