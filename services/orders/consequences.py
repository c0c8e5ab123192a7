"""What follows from an act beside the order itself: stock, money, penalties, another run."""

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
from domain.orders.closing import Cancel, Close, Deliver, Ship
from domain.orders.confirmation import Confirm
from domain.orders.deposits import RecordDeposit, RecordPickup, SettleDeposit, settlement
from domain.orders.facts import (
    AWAITING_CONFIRMATION,
    FROM_STOCK,
    MADE_TO_ORDER,
    NEEDS_INFO,
    RECEIVED,
    SHIPPED,
    UNDER_CHECK,
    OrderFacts,
)
from domain.orders.refusals import refuse
from domain.penalties import PenaltyRule, special_order_case
from domain.policy import Policy
from persistence.orders import goods, money
from persistence.orders.money import BANK, DEPOSITS, FORFEITS, FUNDS, Movement
from persistence.orders.reading import Standing, region_of
from persistence.unit_of_work import UnitOfWork
from services.allocation.request import request_allocation
from services.clocks import start_order_clock, stop_order_clock
from services.milestones.acts import keep_milestones
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
    consequence = _CONSEQUENCES.get(type(deed))
    if consequence is not None:
        await consequence(uow, done)
    await keep_milestones(uow, standing.order_id, standing.facts, after, policy)


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
        template=done.policy.schedule.template_for(facts.customer_kind, facts.fulfilment),
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
    account = DEPOSITS if done.after.special else FUNDS
    movement = Movement(
        "DEPOSIT",
        deed.reference,
        f"Deposit for order {done.after.number}",
        {BANK: -deed.amount, account: deed.amount},
    )
    customer = done.standing.customer_id
    if not await money.move_money(uow, customer, done.after.currency, movement):
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
