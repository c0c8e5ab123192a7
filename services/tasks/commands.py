"""What people do with tasks: loaded and locked, judged, written with what follows.

Of two at once the second waits for the first, and its rules see what the first did.
"""

from dataclasses import replace

from domain.clocks.commands import EndClock
from domain.errors import NotFound
from domain.tasks.commands import CompleteTask, HandOnTask
from domain.tasks.state_machine import TaskCommand, apply
from domain.tasks.vocabularies import ClockChangeKind
from persistence.clocks.writing import LoadedClock, clock_by_key
from persistence.tasks import writing as tasks
from persistence.unit_of_work import UnitOfWork
from services.clocks.running import end_clocks
from services.commands import OnOne, use_case
from services.parties.references import owner_named
from services.policy import current_policy
from services.tasks.raising import acting_on_tasks, clock_of


@use_case
async def act_on_task(request: OnOne[TaskCommand], uow: UnitOfWork) -> int:
    """Carry out a command on a task; the clock that a task stands for stops when it is done.

    The task's key. Raises NotAllowed, NotFound, or the first of all reasons against it.
    """
    command = await _informed(uow, request.command)
    # Before the task, as all lock them: whoever ends a clock ends its tasks then.
    clock = await _its_clock(uow, request.key) if isinstance(command, CompleteTask) else None
    loaded = await tasks.task_by_key(uow.session, request.key)
    if loaded is None:
        raise NotFound("task", str(request.key), field="id")
    _, policy = await current_policy(uow)
    at = acting_on_tasks(uow, policy)
    outcome = apply(loaded.facts, command, at, request.expected_version)
    await tasks.save_tasks(uow, [(loaded, outcome)])
    if isinstance(command, CompleteTask) and clock is not None and clock.facts.stopped_at is None:
        await end_clocks(uow, [clock], EndClock(ClockChangeKind.STOPPED, command.note))
    return request.key


async def _informed(uow: UnitOfWork, command: TaskCommand) -> TaskCommand:
    """The command with what must be looked up for it; the person that it names is there."""
    if isinstance(command, HandOnTask) and command.owner is not None:
        key, roles = await owner_named(uow, command.owner)
        return replace(command, person_id=key, roles=roles)
    return command


async def _its_clock(uow: UnitOfWork, task: int) -> LoadedClock | None:
    """The clock that a task stands for, locked."""
    key = clock_of(await tasks.source_of(uow.session, task))
    return None if key is None else await clock_by_key(uow.session, key)
