"""Asking for an allocation run, and calling one off."""

from domain.errors import NotFound, WrongState
from persistence.allocation import runs
from persistence.audit import record
from persistence.outbox import add_to_outbox
from persistence.unit_of_work import UnitOfWork
from services.supply import RUN_TOPIC


async def request_allocation(uow: UnitOfWork, *, trigger: str = "REQUEST") -> int:
    """Queue a run over all free stock and open claims; its key. The worker takes it from there."""
    run_id = await runs.add_run(uow.session, trigger, uow.actor)
    await add_to_outbox(uow.session, RUN_TOPIC, {"run_id": run_id})
    await record(uow, "allocationRequest", "AllocationRun", run_id)
    return run_id


async def cancel_allocation(run_id: int, uow: UnitOfWork) -> None:
    """Call off a run that waits or is being solved; it then writes nothing.

    Raises NotFound, or WrongState once it has ended.
    """
    if await runs.cancel_run(uow.session, run_id):
        await record(uow, "allocationCancel", "AllocationRun", run_id)
        return
    run = await runs.run_by_id(uow.session, run_id)
    if run is None:
        raise NotFound("allocation run", str(run_id), field="id")
    raise WrongState(f"Allocation run {run_id} is {run.status} and can no longer be cancelled.")
