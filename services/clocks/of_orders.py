"""An order's time limits begin and end with its commands, production and inspections (O16)."""

from collections.abc import Sequence

from domain.messages import msg
from domain.orders.clocks import ClockEffect, Effect, effects_of_event
from persistence.orders.reading import load_orders
from persistence.unit_of_work import UnitOfWork
from services.clocks.running import (
    ORDER,
    StartClock,
    running_order_clocks,
    start_clock,
    stop_clocks,
)
from services.policy import current_policy

CHANGED = msg("clocks.BEGINS_AGAIN").kept
_RESTARTS = (Effect.RESTART, Effect.RESTART_IF_RUNNING)


async def change_clocks(
    uow: UnitOfWork, order_id: int, customer_id: int, effects: Sequence[ClockEffect]
) -> None:
    """Carry out what a command does to an order's clocks, in its transaction."""
    if not effects:
        return
    running = await running_order_clocks(uow, order_id)
    on_running = [each for each in effects if each.code in running]
    ended = [running[each.code] for each in on_running if each.kind == Effect.STOP]
    await stop_clocks(uow, ended, reason=None)
    again = [running[each.code] for each in on_running if each.kind in _RESTARTS]
    await stop_clocks(uow, again, reason=CHANGED)
    for each in effects:
        case = each.case
        if case is None or (each.kind == Effect.RESTART_IF_RUNNING and each not in on_running):
            continue
        await start_clock(
            uow,
            StartClock(
                each.code,
                ORDER,
                str(order_id),
                order_id=order_id,
                customer_id=customer_id,
                due_on=case.due_on,
                owner_role=case.owner_role,
            ),
        )


async def change_clocks_after(uow: UnitOfWork, order_id: int, event: str) -> None:
    """Production or an inspection of an order is over; its clocks follow. The order is locked."""
    _, policy = await current_policy(uow)
    order = (await load_orders(uow.session, [order_id], policy.zone))[order_id]
    effects = effects_of_event(event, order.facts, policy.orders)
    await change_clocks(uow, order_id, order.customer_id, effects)
