"""What people do with tasks."""

import datetime as dt
from dataclasses import KW_ONLY

from domain.commands import command, described
from domain.limits import NAME, Text
from domain.roles import Action, Role

TASK = "Task"


@command(
    "taskDone",
    Action.WORK_TASKS,
    subject=TASK,
    title=("Complete the task", "完成待办"),
    history=("Task done", "待办已完成"),
    input_description="A task that is done.",
)
class CompleteTask:
    """A task is done."""

    note: str | None = described("What came of it.", default=None)


@command(
    "taskSnooze",
    Action.WORK_TASKS,
    subject=TASK,
    title=("Snooze the task", "推迟待办"),
    history=("Task snoozed", "待办已推迟"),
    input_description="A task for a later day.",
)
class SnoozeTask:
    """Take a task off the list until a later day."""

    until: dt.date = described("The day on which it comes back.")
    reason: str | None = described("Why.", default=None)


@command(
    "taskHandOn",
    Action.WORK_TASKS,
    subject=TASK,
    title=("Hand the task on", "转交待办"),
    history=("Task handed on", "待办已转交"),
    input_description="A task for somebody else.",
)
class HandOnTask:
    """Give a task to another department or person."""

    # In the order of the API.
    _: KW_ONLY
    owner_role: Role | None = described(
        "Another department; the same where left out.", default=None
    )
    owner: str | None = described(
        "A person's subject; the whole department where left out.",
        default=None,
        limit=Text(NAME),
    )
    reason: str = described("Why.")
