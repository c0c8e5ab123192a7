"""A task's history: the facts that its events lead to (O15)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from domain.roles import Role
from domain.tasks.model import Task, TaskEvent
from domain.tasks.vocabularies import TaskChangeKind


def replayed(raised: Task, events: Iterable[TaskEvent]) -> Task:
    """The task after these events; raised: as its rule raised it.

    A task that was handed on is on its new owner's list at once.
    """
    task = raised
    for event in events:
        task = replace(_after(task, event), version=task.version + 1)
    return task


def _after(task: Task, event: TaskEvent) -> Task:
    after = event.after or {}
    match event.kind:
        case TaskChangeKind.MOVED:
            return replace(task, due_on=dt.date.fromisoformat(after["dueOn"]))
        case TaskChangeKind.RAISED:
            due_on = dt.date.fromisoformat(after["dueOn"])
            return replace(task, due_on=due_on, ended_at=None, ended_by=None, note=None)
        case TaskChangeKind.SNOOZED:
            return replace(task, snoozed_until=dt.date.fromisoformat(after["snoozedUntil"]))
        case TaskChangeKind.HANDED_ON:
            role, person = Role(after["ownerRole"]), after["ownerPersonId"]
            return replace(task, owner_role=role, owner_person_id=person, snoozed_until=None)
        case TaskChangeKind.DONE | TaskChangeKind.DROPPED:
            return replace(
                task,
                ended_at=event.at,
                ended_by=event.actor,
                done=event.kind == TaskChangeKind.DONE,
                note=task.note if event.reason is None else event.reason,
            )
