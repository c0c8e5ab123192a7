"""What people do with tasks and clocks."""

import datetime as dt
from typing import Annotated

import strawberry

from domain import limits
from domain.roles import Action, Role
from gql.acts import act_on_one
from gql.context import Info
from gql.input_limits import at_most
from gql.mutations import KEY, REFUSALS, UserError
from gql.nodes import key_of
from gql.parties.people import person_key_of
from gql.permissions import Needs
from gql.tasks.types import Clock, Task, clock_by_key, task_by_key
from services.clocks.running import PauseClock, pause_clock, resume_clock, stop_clock_by_id
from services.complete_task import CompleteTask, complete_task
from services.tasks import HandOnTask, SnoozeTask, hand_on_task, snooze_task

VERSION = "Refused when the object has changed since this version."


@strawberry.input(description="A task that is done.")
class TaskDoneInput:
    """Which task."""

    id: strawberry.ID = strawberry.field(description="The task's id.")
    note: str | None = strawberry.field(default=None, description="What came of it.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A task for a later day.")
class TaskSnoozeInput:
    """Which task, and until when."""

    id: strawberry.ID = strawberry.field(description="The task's id.")
    until: dt.date = strawberry.field(description="The day on which it comes back.")
    reason: str | None = strawberry.field(default=None, description="Why.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A task for somebody else.")
class TaskHandOnInput:
    """Which task, and to whom."""

    id: strawberry.ID = strawberry.field(description="The task's id.")
    owner_role: Role | None = strawberry.field(
        default=None, description="Another department; the same where left out."
    )
    owner: str | None = strawberry.field(
        default=None,
        description="A person's subject; the whole department where left out.",
        metadata=at_most(limits.NAME),
    )
    reason: str = strawberry.field(description="Why.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


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


Clocked = Annotated[ClockChangeInput, strawberry.argument(description="Which clock.")]


@strawberry.type
class TaskMutations:
    """Root fields that change tasks and clocks."""

    @strawberry.mutation(description="A task is done.", extensions=[Needs(Action.WORK_TASKS)])
    async def task_done(
        self,
        info: Info,
        input: Annotated[TaskDoneInput, strawberry.argument(description="Which task.")],
    ) -> TaskPayload:
        """Finish a task."""
        command = CompleteTask(key_of(input.id, "Task", "id"), input.note, input.expected_version)
        task, errors = await act_on_one(
            info, "taskDone", input.idempotency_key, command, complete_task, task_by_key
        )
        return TaskPayload(task=task, user_errors=errors)

    @strawberry.mutation(
        description="Take a task off the list until a later day.",
        extensions=[Needs(Action.WORK_TASKS)],
    )
    async def task_snooze(
        self,
        info: Info,
        input: Annotated[TaskSnoozeInput, strawberry.argument(description="Which task.")],
    ) -> TaskPayload:
        """Snooze a task."""
        command = SnoozeTask(
            key_of(input.id, "Task", "id"), input.until, input.reason, input.expected_version
        )
        task, errors = await act_on_one(
            info, "taskSnooze", input.idempotency_key, command, snooze_task, task_by_key
        )
        return TaskPayload(task=task, user_errors=errors)

    @strawberry.mutation(
        description="Give a task to another department or person.",
        extensions=[Needs(Action.WORK_TASKS)],
    )
    async def task_hand_on(
        self,
        info: Info,
        input: Annotated[TaskHandOnInput, strawberry.argument(description="Which task.")],
    ) -> TaskPayload:
        """Hand a task on."""
        command = HandOnTask(
            key_of(input.id, "Task", "id"),
            input.owner_role,
            await person_key_of(info.context, input.owner),
            input.reason,
            input.expected_version,
        )
        task, errors = await act_on_one(
            info, "taskHandOn", input.idempotency_key, command, hand_on_task, task_by_key
        )
        return TaskPayload(task=task, user_errors=errors)

    @strawberry.mutation(
        description="Let a clock stand still while we wait for others.",
        extensions=[Needs(Action.WORK_CLOCKS)],
    )
    async def clock_pause(self, info: Info, input: Clocked) -> ClockPayload:
        """Pause a clock."""
        command = PauseClock(key_of(input.id, "Clock", "id"), input.reason)
        clock, errors = await act_on_one(
            info, "clockPause", input.idempotency_key, command, pause_clock, clock_by_key
        )
        return ClockPayload(clock=clock, user_errors=errors)

    @strawberry.mutation(
        description="Let a paused clock run on with the time it had left.",
        extensions=[Needs(Action.WORK_CLOCKS)],
    )
    async def clock_resume(self, info: Info, input: Clocked) -> ClockPayload:
        """Resume a clock."""
        command = PauseClock(key_of(input.id, "Clock", "id"), input.reason)
        clock, errors = await act_on_one(
            info, "clockResume", input.idempotency_key, command, resume_clock, clock_by_key
        )
        return ClockPayload(clock=clock, user_errors=errors)

    @strawberry.mutation(
        description="Stop a clock by hand: what it waited for is done.",
        extensions=[Needs(Action.WORK_CLOCKS)],
    )
    async def clock_stop(self, info: Info, input: Clocked) -> ClockPayload:
        """Stop a clock."""
        command = PauseClock(key_of(input.id, "Clock", "id"), input.reason)
        clock, errors = await act_on_one(
            info, "clockStop", input.idempotency_key, command, stop_clock_by_id, clock_by_key
        )
        return ClockPayload(clock=clock, user_errors=errors)
