"""Deposits whose pick-up time is over are settled by the timer, one order at a time (O7, J1)."""

import structlog

from domain.orders.commands.deposits import SettleDeposit
from domain.orders.refusals import OrderRefused
from domain.principals import SYSTEM
from persistence.orders.reading import orders_awaiting_pickup
from persistence.retry import is_outage, retrying
from services.bootstrap import Dependencies
from services.commands import OnOne
from services.orders.commands import act_on_order
from services.policy import current_policy, has_policy

_log = structlog.get_logger(__name__)


async def settle_expired_deposits(deps: Dependencies) -> int:
    """Settle every deposit whose last day of pick-up is over; how many were settled.

    Each in a transaction of its own, so that one stubborn order does not hold up the others; who
    picks up the last unit at that very moment settles it instead.
    Raises what stopped the orders that could not be settled, all of it, after the others.
    """
    async with deps.unit_of_work(SYSTEM) as uow:
        if not await has_policy(uow):
            return 0
        _, policy = await current_policy(uow)
        today = policy.local_date(uow.now)
        due = await orders_awaiting_pickup(uow.session, today, policy.orders.late_pickup_days)
    settled, faults = 0, []
    for order_id in due:
        try:
            async for attempt in retrying():
                with attempt:
                    settled += await _settle(deps, order_id)
        except Exception as error:
            if is_outage(error):
                raise
            error.add_note(f"while the deposit of order {order_id} was settled")
            faults.append(error)
    if faults:
        raise ExceptionGroup(f"{len(faults)} of {len(due)} deposits could not be settled", faults)
    return settled


async def _settle(deps: Dependencies, order_id: int) -> int:
    async with deps.unit_of_work(SYSTEM) as uow:
        try:
            await act_on_order(OnOne(order_id, SettleDeposit()), uow)
        except OrderRefused as refusal:
            # Picked up, called off or settled since the question was asked.
            _log.info("deposit not settled", order=order_id, refused=refusal.code)
            return 0
    return 1
