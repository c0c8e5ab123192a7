"""An order's time limits begin and end with its commands, production and inspections (O16)."""

from collections.abc import Sequence

from domain.clocks.commands import EndClock
from domain.messages import msg
from domain.orders.clocks import ClockEffect, Effect, effects_of_event
from domain.tasks.vocabularies import ClockChangeKind
from persistence.orders.reading import load_orders
from persistence.unit_of_work import UnitOfWork
from services.clocks.running import end_clocks, for_order, running_order_clocks, start_clocks
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
    await end_clocks(uow, ended, EndClock(ClockChangeKind.STOPPED))
    again = [running[each.code] for each in on_running if each.kind in _RESTARTS]
    await end_clocks(uow, again, EndClock(ClockChangeKind.STOPPED, CHANGED))
    await start_clocks(
        uow,
        [
            for_order(
                each.code,
                order_id,
                customer_id,
                due_on=each.case.due_on,
                owner_role=each.case.owner_role,
            )
            for each in effects
            if each.case is not None
            and (each.kind != Effect.RESTART_IF_RUNNING or each in on_running)
        ],
    )


async def change_clocks_after(uow: UnitOfWork, order_id: int, event: str) -> None:
    """Production or an inspection of an order is over; its clocks follow. The order is locked."""
    _, policy = await current_policy(uow)
    order = (await load_orders(uow.session, [order_id], policy.zone))[order_id]
    effects = effects_of_event(event, order.facts, policy.orders)
    await change_clocks(uow, order_id, order.customer_id, effects)
