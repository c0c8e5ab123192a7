"""Every command on tasks and time limits as a mutation: those of the table."""

from typing import Any

import strawberry

from domain.clocks.commands import PauseClock, ResumeClock, StopClock
from domain.commands import Command, command_of
from domain.tasks.commands import CompleteTask, HandOnTask, SnoozeTask
from gql import contract
from gql.context import Info
from gql.mutations import KEY, REFUSALS, UserError, carried_out
from gql.nodes import key_of
from gql.tasks.types import Clock, Task, clock_by_key, task_by_key
from services.clocks.running import act_on_clock
from services.commands import OnOne
from services.tasks.commands import act_on_task


@strawberry.input(description="Which task.")
class TaskIdInput:
    """What every command on a task takes before its own fields, which come from the table."""

    id: strawberry.ID = strawberry.field(description="The task's id.")


# Three commands share it.
@strawberry.input(description="A clock that is to stand still, run on or stop.")
class ClockChangeInput:
    """Which clock, and why."""

    id: strawberry.ID = strawberry.field(description="The clock's id.")
    reason: str | None = strawberry.field(
        default=None, description="Why; needed to pause and to stop."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.type(description="The task as it is now, or why nothing was done.")
class TaskPayload:
    """The answer of the mutations of tasks."""

    task: Task | None = strawberry.field(description="The task.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.type(description="The clock as it is now, or why nothing was done.")
class ClockPayload:
    """The answer of the mutations of clocks."""

    clock: Clock | None = strawberry.field(description="The clock.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


async def _act_on_task(info: Info, row: Command, data: Any) -> TaskPayload:
    command = contract.command_from(row.kind, data)
    request = OnOne(key_of(data.id, "Task", "id"), command, data.expected_version)
    outcome, errors = await carried_out(info, act_on_task, request, data.idempotency_key)
    found = await task_by_key(info.context, outcome.get("id"))
    return TaskPayload(task=found, user_errors=errors)


async def _act_on_clock(info: Info, row: Command, data: Any) -> ClockPayload:
    request = OnOne(key_of(data.id, "Clock", "id"), contract.command_from(row.kind, data))
    outcome, errors = await carried_out(info, act_on_clock, request, data.idempotency_key)
    found = await clock_by_key(info.context, outcome.get("id"))
    return ClockPayload(clock=found, user_errors=errors)


@strawberry.type
@contract.mutations(
    [command_of(kind) for kind in (PauseClock, ResumeClock, StopClock)],
    ClockPayload,
    _act_on_clock,
    takes=ClockChangeInput,
    argument="Which clock.",
)
@contract.mutations(
    [command_of(kind) for kind in (CompleteTask, SnoozeTask, HandOnTask)],
    TaskPayload,
    _act_on_task,
    base=TaskIdInput,
    version="Refused when the object has changed since this version.",
    argument="Which task.",
)
class TaskMutations:
    """Root fields that change tasks and clocks."""
