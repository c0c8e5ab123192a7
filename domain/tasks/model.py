"""What is known of one task, as plain values; every rule reads these and nothing else."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.principals import Principal
from domain.roles import Role
from domain.tasks.vocabularies import TaskChangeKind

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """The facts of a task: the columns of its row, by name.

    done: it ended because it was done; else it was dropped, since nothing was left to do.
    """

    owner_role: Role
    due_on: dt.date
    owner_person_id: int | None = None
    snoozed_until: dt.date | None = None
    ended_at: dt.datetime | None = None
    ended_by: str | None = None
    done: bool = False
    note: str | None = None
    version: int = 1


@dataclass(frozen=True)
class Context:
    """Who acts on a task, when, and on which day of the company's."""

    principal: Principal
    now: dt.datetime
    today: dt.date


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """A line of a task's history: what happened to it, why, and what changed, as JSON."""

    kind: TaskChangeKind
    at: dt.datetime
    actor: str
    reason: str | None = None
    before: Json | None = None
    after: Json | None = None


@dataclass(frozen=True)
class Outcome:
    """A task before and after a command, and the line of its history."""

    before: Task
    after: Task
    event: TaskEvent


def changed(
    task: Task,
    at: Context,
    kind: TaskChangeKind,
    *,
    reason: str | None = None,
    before: Json | None = None,
    after: Json | None = None,
    **facts: Any,
) -> Outcome:
    """The task with other facts, and the event that says so."""
    event = TaskEvent(kind, at.now, at.principal.subject, reason, before, after)
    return Outcome(task, replace(task, version=task.version + 1, **facts), event)
