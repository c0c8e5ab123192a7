"""Asking for an allocation run, and calling one off."""

from domain.allocation import AllocationTrigger, CancelAllocation, RequestAllocation
from domain.errors import NotFound, WrongState
from domain.messages import msg
from persistence.allocation import runs
from persistence.audit import record
from persistence.unit_of_work import UnitOfWork
from services.allocation.goods import ask_for_run, wake_waiting_run
from services.commands import row_of, use_case


@use_case
async def request_allocation(command: RequestAllocation, uow: UnitOfWork) -> int:
    """Have all free goods shared out; the key of the run that does it."""
    return await start_run(uow, AllocationTrigger.REQUEST)


async def start_run(
    uow: UnitOfWork, trigger: AllocationTrigger, skus: list[int] | None = None
) -> int:
    """Have all free goods, or these, shared out as something else asks for it.

    That is the run that waits, if one does. The worker takes it from there.
    """
    run_id = await ask_for_run(uow, trigger, skus)
    await record(uow, "allocationRequest", "AllocationRun", run_id)
    return run_id


@use_case
async def cancel_allocation(command: CancelAllocation, uow: UnitOfWork) -> int:
    """Call off a run that waits or is being solved; it then writes nothing.

    Raises NotFound, or WrongState once it has ended.
    """
    run_id = command.run_id
    if await runs.cancel_run(uow.session, run_id):
        await record(uow, row_of(command).name, "AllocationRun", run_id)
        await wake_waiting_run(uow, run_id)
        return run_id
    run = await runs.run_by_id(uow.session, run_id)
    if run is None:
        raise NotFound("allocation run", str(run_id), field="id")
    raise WrongState(msg("allocation.NOT_CANCELLABLE", run=run_id, status=run.status))
