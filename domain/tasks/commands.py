"""What people do with tasks, and what rules do with those that they raised."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass

from domain.commands import command, described
from domain.errors import DomainError, InvalidInput, WrongState
from domain.limits import NAME, Text
from domain.messages import msg
from domain.roles import Action, Role
from domain.tasks.model import Context, Outcome, Task, changed
from domain.tasks.vocabularies import TaskChangeKind
from domain.work import against_note, against_owner, against_reason

TASK = "Task"
LONGEST_SNOOZE = dt.timedelta(days=366)


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

    def against(self, task: Task, at: Context) -> Iterator[DomainError]:
        """A note fits."""
        yield from against_note(self.note)

    def effect(self, task: Task, at: Context) -> Outcome:
        """It has ended."""
        return EndTask(done=True, note=self.note).effect(task, at)


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

    def against(self, task: Task, at: Context) -> Iterator[DomainError]:
        """It comes back on a day after today, within a year."""
        if not at.today < self.until <= at.today + LONGEST_SNOOZE:
            yield InvalidInput(msg("tasks.SNOOZE"), field="until")
        yield from against_reason(self.reason)

    def effect(self, task: Task, at: Context) -> Outcome:
        """It is off the list until then."""
        return changed(
            task,
            at,
            TaskChangeKind.SNOOZED,
            reason=(self.reason or "").strip() or None,
            before={"snoozedUntil": _day(task.snoozed_until)},
            after={"snoozedUntil": _day(self.until)},
            snoozed_until=self.until,
        )


@command(
    "taskHandOn",
    Action.WORK_TASKS,
    subject=TASK,
    title=("Hand the task on", "转交待办"),
    history=("Task handed on", "待办已转交"),
    input_description="A task for another owner.",
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
    # Looked up: the person's key, and the roles that it holds.
    person_id: int | None = None
    roles: frozenset[str] = frozenset()

    def against(self, task: Task, at: Context) -> Iterator[DomainError]:
        """A reason, a role of the company, and a person who may act as it."""
        role = self.owner_role or task.owner_role
        yield from against_reason(self.reason, msg("tasks.HANDING_ON"))
        if role == Role.CUSTOMER:
            yield InvalidInput(msg("tasks.NO_ROLE", role=role.value), field="ownerRole")
        yield from against_owner(role, self.person_id, self.roles)

    def effect(self, task: Task, at: Context) -> Outcome:
        """It is on the new owner's list at once."""
        role = self.owner_role or task.owner_role
        return changed(
            task,
            at,
            TaskChangeKind.HANDED_ON,
            reason=self.reason.strip(),
            before={"ownerRole": task.owner_role, "ownerPersonId": task.owner_person_id},
            after={"ownerRole": role, "ownerPersonId": self.person_id},
            owner_role=role,
            owner_person_id=self.person_id,
            snoozed_until=None,
        )


@dataclass(frozen=True)
class EndTask:
    """A rule ends its task: done by other means, or dropped because nothing is left to do."""

    done: bool
    note: str | None = None

    def effect(self, task: Task, at: Context) -> Outcome:
        """It has ended; what was noted stays where nothing else is."""
        return changed(
            task,
            at,
            TaskChangeKind.DONE if self.done else TaskChangeKind.DROPPED,
            reason=self.note,
            ended_at=at.now,
            ended_by=at.principal.subject,
            done=self.done,
            note=task.note if self.note is None else self.note,
        )


@dataclass(frozen=True)
class MoveTask:
    """A rule wants its task done on a day: what it hangs on has moved, or is there again."""

    due_on: dt.date

    def effect(self, task: Task, at: Context) -> Outcome | None:
        """It is due on that day, and raised again where it was dropped; None where nothing changes.

        What is done stays done.
        """
        after = {"dueOn": _day(self.due_on)}
        if task.ended_at is None and task.due_on != self.due_on:
            before = {"dueOn": _day(task.due_on)}
            return changed(
                task, at, TaskChangeKind.MOVED, before=before, after=after, due_on=self.due_on
            )
        if task.ended_at is not None and not task.done:
            return changed(
                task,
                at,
                TaskChangeKind.RAISED,
                after=after,
                due_on=self.due_on,
                ended_at=None,
                ended_by=None,
                note=None,
            )
        return None


def against_ended(task: Task) -> Iterator[DomainError]:
    """A task ends once; who was first is said."""
    if task.ended_at is not None:
        how = msg("tasks.DONE") if task.done else msg("tasks.DROPPED")
        yield WrongState(msg("tasks.ENDED_FIRST", how=how, person=task.ended_by, at=task.ended_at))


def _day(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()
