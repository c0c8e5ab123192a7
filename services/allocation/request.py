"""Asking for an allocation run, and calling one off."""

from domain.allocation import AllocationTrigger
from domain.errors import NotFound, WrongState
from persistence.allocation import runs
from persistence.audit import record
from persistence.unit_of_work import UnitOfWork
from services.allocation.goods import ask_for_run, wake_waiting_run


async def request_allocation(
    uow: UnitOfWork,
    *,
    trigger: AllocationTrigger = AllocationTrigger.REQUEST,
    skus: list[int] | None = None,
) -> int:
    """Have all free goods, or these, shared out; the key of the run that does it.

    That is the run that waits, if one does. The worker takes it from there.
    """
    run_id = await ask_for_run(uow, trigger, skus)
    await record(uow, "allocationRequest", "AllocationRun", run_id)
    return run_id


async def cancel_allocation(run_id: int, uow: UnitOfWork) -> None:
    """Call off a run that waits or is being solved; it then writes nothing.

    Raises NotFound, or WrongState once it has ended.
    """
    if await runs.cancel_run(uow.session, run_id):
        await record(uow, "allocationCancel", "AllocationRun", run_id)
        await wake_waiting_run(uow, run_id)
        return
    run = await runs.run_by_id(uow.session, run_id)
    if run is None:
        raise NotFound("allocation run", str(run_id), field="id")
    raise WrongState(f"Allocation run {run_id} is {run.status} and can no longer be cancelled.")
