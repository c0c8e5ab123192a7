"""What a person's command makes of a task, and what can't be true of one (O15)."""

from collections.abc import Iterator
from typing import Protocol

from domain.errors import DomainError, Stale, refuse_for
from domain.messages import msg
from domain.roles import Role, require_department
from domain.tasks.commands import against_ended
from domain.tasks.model import Context, Outcome, Task


class TaskCommand(Protocol):
    """Something that people do to a task."""

    def against(self, task: Task, at: Context) -> Iterator[DomainError]:
        """Every reason against it."""

    def effect(self, task: Task, at: Context) -> Outcome:
        """What it does, where there is no reason against it."""


def apply(
    task: Task, command: TaskCommand, at: Context, expected_version: int | None = None
) -> Outcome:
    """The task after a command; the one given is never changed.

    Raises NotAllowed, or the first of all reasons against it with the others beside it.
    """
    refuse_for(reasons_against(task, command, at, expected_version))
    return command.effect(task, at)


def reasons_against(
    task: Task, command: TaskCommand, at: Context, expected_version: int | None = None
) -> list[DomainError]:
    """Why a command can't be done; who ended the task first is said before all else.

    Raises NotAllowed for whoever neither owns the task nor stands in for its owner.
    """
    role = Role(task.owner_role)
    require_department(at.principal, role, msg("tasks.DO_TASK_OF", role=role))
    ended = list(against_ended(task))
    if ended:
        return ended
    reasons = [*command.against(task, at)]
    if expected_version is not None and expected_version != task.version:
        reasons.insert(0, Stale("task", expected_version, task.version))
    return reasons


def contradictions(task: Task) -> list[str]:
    """What can't be true of a task; empty for every one that the rules made."""
    found = []
    if (task.ended_at is None) != (task.ended_by is None):
        found.append("has ended by nobody, or goes on though a person ended it")
    if task.done and task.ended_at is None:
        found.append("is done and goes on")
    if task.owner_role == Role.CUSTOMER:
        found.append("is a customer's")
    return found
