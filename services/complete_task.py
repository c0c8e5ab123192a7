"""A task is done, and with it what it stands for."""

from domain.tasks.commands import CompleteTask
from persistence.clocks import writing as clocks
from persistence.tasks import writing as tasks
from persistence.unit_of_work import UnitOfWork
from services.clocks.running import stop_clocks
from services.commands import OnOne, use_case
from services.tasks import CLOCK_SOURCE, checked_note, open_task


@use_case
async def complete_task(request: OnOne[CompleteTask], uow: UnitOfWork) -> int:
    """Note that a task is done; the clock that it stands for stops.

    Raises WrongState when it has ended already.
    """
    row = await open_task(uow, request)
    note = checked_note(request.command.note)
    tasks.end(uow, row, done=True, note=note)
    await uow.session.flush()
    if row.source is not None and row.source.startswith(CLOCK_SOURCE):
        key = int(row.source.removeprefix(CLOCK_SOURCE))
        clock = await clocks.clock_for_update(uow.session, key)
        if clock is not None and clock.stopped_at is None:
            await stop_clocks(uow, [clock], reason=note)
    return row.id
