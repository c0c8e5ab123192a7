"""Time limits as tests start them."""

from domain.clocks.definitions import STANDARD
from persistence.unit_of_work import UnitOfWork
from services.clocks.running import for_order, running_order_clocks, start_clocks


async def start_clock(
    uow: UnitOfWork, code: str, order_id: int, customer_id: int, variant: str = STANDARD
) -> int:
    """Start a clock of an order; the key of the one that runs."""
    await start_clocks(uow, [for_order(code, order_id, customer_id, variant)])
    return (await running_order_clocks(uow, order_id))[code].key
