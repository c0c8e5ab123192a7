"""An order's time limits begin and end with its acts, its production and its inspections (O16)."""

from collections.abc import Sequence

from domain.messages import msg
from domain.orders.clocks import AGAIN, ANEW, END, Move, moves_of_event
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


async def move_clocks(
    uow: UnitOfWork, order_id: int, customer_id: int, moves: Sequence[Move]
) -> None:
    """Carry out what an act does to an order's clocks, in its transaction."""
    if not moves:
        return
    running = await running_order_clocks(uow, order_id)
    ended = [running[move.code] for move in moves if move.kind == END and move.code in running]
    await stop_clocks(uow, ended, reason=None)
    again = [move for move in moves if move.kind in (ANEW, AGAIN) and move.code in running]
    await stop_clocks(uow, [running[move.code] for move in again], reason=CHANGED)
    for move in moves:
        case = move.case
        if case is None or (move.kind == AGAIN and move.code not in running):
            continue
        await start_clock(
            uow,
            StartClock(
                move.code,
                ORDER,
                str(order_id),
                order_id=order_id,
                customer_id=customer_id,
                due_on=case.due_on,
                owner_role=case.owner_role,
            ),
        )


async def tell_clocks(uow: UnitOfWork, order_id: int, event: str) -> None:
    """Production or an inspection of an order is over; its clocks follow. The order is locked."""
    _, policy = await current_policy(uow)
    standing = (await load_orders(uow.session, [order_id], policy.zone))[order_id]
    moves = moves_of_event(event, standing.facts, policy.orders)
    await move_clocks(uow, order_id, standing.customer_id, moves)
