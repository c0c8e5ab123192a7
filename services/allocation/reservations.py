"""The end of reservations: expired ones give their units back and are shared out again (A5)."""

from domain.allocation import AllocationTrigger
from persistence.allocation import reservations
from persistence.audit import record
from persistence.unit_of_work import UnitOfWork
from services.allocation.request import start_run
from services.batches import MOST_AT_ONCE, Batch, in_batches
from services.bootstrap import Dependencies


async def expire_reservations(deps: Dependencies) -> int:
    """Release every reservation whose time is over and have what became free shared out.

    Its lines may still ship when funded, but do not reserve again until the customer has paid
    something or CHANNEL releases them. How many reservations ended.
    """
    return await in_batches(deps, _expire)


async def _expire(uow: UnitOfWork, _: object) -> Batch:
    freed = await reservations.expire_due(uow, MOST_AT_ONCE)
    if freed.reservations:
        await record(
            uow, "reservationExpire", "Reservation", "due", after={"ended": freed.reservations}
        )
        await start_run(uow, AllocationTrigger.EXPIRY, freed.skus)
    return Batch(freed.reservations, after=freed.reservations == MOST_AT_ONCE or None)
