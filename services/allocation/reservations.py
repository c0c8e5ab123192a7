"""The end of reservations: expired ones give their units back and are shared out anew (A5)."""

from domain.principals import SYSTEM
from persistence.allocation import reservations
from persistence.audit import record
from persistence.contention import retrying
from services.allocation.request import request_allocation
from services.bootstrap import Dependencies


async def expire_reservations(deps: Dependencies) -> int:
    """Release every reservation whose time is over and queue one run for what became free.

    Its lines may still ship when funded, but do not reserve again until the customer has paid
    something or CHANNEL releases them. How many reservations ended.
    """
    ended = 0
    async for attempt in retrying():
        with attempt:
            async with deps.unit_of_work(SYSTEM) as uow:
                freed = await reservations.expire_due(uow)
                ended = freed.reservations
                if ended:
                    await record(
                        uow, "reservationExpire", "Reservation", "due", after={"ended": ended}
                    )
                    await request_allocation(uow, trigger="EXPIRY", skus=freed.skus)
    return ended
