"""Tasks: raised by rules or people; done, snoozed, handed on."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.errors import InvalidInput, NotFound, WrongState, refuse_for, require_version
from domain.limits import TEXT
from domain.messages import Message, msg
from domain.milestones.commands.closing import against_owner
from domain.milestones.guards import reason_given
from domain.roles import Role, require_department
from domain.tasks.commands import HandOnTask, SnoozeTask
from domain.tasks.vocabularies import TaskChangeKind
from persistence.tables import TaskRow
from persistence.tasks import writing as tasks
from persistence.unit_of_work import UnitOfWork
from services.commands import OnOne, use_case
from services.policy import current_policy

# The case of a task that stands for a clock: the clock's key comes after it.
CLOCK_SOURCE = "clock:"
LONGEST_SNOOZE = dt.timedelta(days=366)


@dataclass(frozen=True)
class RaiseTask:
    """What is to be done, by whom and when.

    source: the rule and its case; with one, the same task is never raised twice.
    """

    kind: str
    title: Message
    owner_role: str
    due_on: dt.date
    owner_person_id: int | None = None
    order_id: int | None = None
    customer_id: int | None = None
    milestone_id: int | None = None
    source: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


async def raise_task(uow: UnitOfWork, command: RaiseTask) -> int | None:
    """Raise a task; None when its rule raised it before. Rules call it in their own transaction."""
    added = await tasks.add_tasks(uow, {name: [each] for name, each in _columns(command).items()})
    return added[0] if added else None


async def raise_tasks(uow: UnitOfWork, commands: Sequence[RaiseTask]) -> int:
    """Raise tasks, but those that their rules raised before; how many are new."""
    if not commands:
        return 0
    rows = [_columns(command) for command in commands]
    added = await tasks.add_tasks(uow, {name: [row[name] for row in rows] for name in rows[0]})
    return len(added)


def _columns(command: RaiseTask) -> dict[str, Any]:
    return {
        "kind": command.kind,
        "title": command.title.to_json(),
        "details": command.details,
        "owner_role": command.owner_role,
        "owner_person_id": command.owner_person_id,
        "order_id": command.order_id,
        "customer_id": command.customer_id,
        "milestone_id": command.milestone_id,
        "due_on": command.due_on,
        "source": command.source,
    }


async def raise_or_move_task(uow: UnitOfWork, command: RaiseTask) -> int:
    """Raise a task, or move the one that the rule raised before; one dropped is raised again."""
    task_id = await raise_task(uow, command)
    if task_id is not None:
        return task_id
    row = await tasks.task_of_source(uow.session, command.source or "")
    if row is None:
        raise LookupError(f"the task {command.source!r} vanished")
    if row.ended_at is not None and not row.done:
        tasks.raise_again(uow, row, command.due_on)
        await uow.session.flush()
    elif row.ended_at is None and row.due_on != command.due_on:
        tasks.move(uow, row, command.due_on)
        await uow.session.flush()
    return row.id


@use_case
async def snooze_task(request: OnOne[SnoozeTask], uow: UnitOfWork) -> int:
    """Take a task off the list until a later day."""
    command, row = request.command, await open_task(uow, request)
    _, policy = await current_policy(uow)
    today = policy.local_date(uow.now)
    if not today < command.until <= today + LONGEST_SNOOZE:
        raise InvalidInput(msg("tasks.SNOOZE"), field="until")
    before = None if row.snoozed_until is None else row.snoozed_until.isoformat()
    row.snoozed_until = command.until
    row.version += 1
    tasks.add_event(
        uow,
        row.id,
        TaskChangeKind.SNOOZED,
        reason=checked_note(command.reason),
        before={"snoozedUntil": before},
        after={"snoozedUntil": command.until.isoformat()},
    )
    await uow.session.flush()
    return row.id


@use_case
async def hand_on_task(request: OnOne[HandOnTask], uow: UnitOfWork) -> int:
    """Give a task to another department or person, with a reason."""
    command, row = request.command, await open_task(uow, request)
    reason = reason_given(command.reason, msg("tasks.HANDING_ON"))
    role = Role(command.owner_role or row.owner_role)
    person_id = await _owner(uow, role, command.owner)
    before = {"ownerRole": row.owner_role, "ownerPersonId": row.owner_person_id}
    row.owner_role, row.owner_person_id = role, person_id
    row.snoozed_until = None
    row.version += 1
    after = {"ownerRole": role, "ownerPersonId": person_id}
    tasks.add_event(
        uow, row.id, TaskChangeKind.HANDED_ON, reason=reason, before=before, after=after
    )
    await uow.session.flush()
    return row.id


async def end_tasks(uow: UnitOfWork, sources: Sequence[str], *, done: bool) -> int:
    """End the open tasks of these cases, done by other means or no longer to be done; how many."""
    return await tasks.end_tasks_of_cases(uow, sources, done=done)


async def drop_tasks(uow: UnitOfWork, order_id: int, reason: str) -> int:
    """End an order's open tasks because nothing is left to do; how many."""
    return await tasks.end_tasks_of_order(uow, order_id, note=reason)


async def drop_task(uow: UnitOfWork, source: str, reason: str) -> None:
    """End the task that a rule raised for a case, where it is open: nothing is left to do."""
    await tasks.end_tasks_of_cases(uow, [source], done=False, note=reason)


async def settle_task(uow: UnitOfWork, source: str) -> None:
    """End the task that a rule raised for a case, where it is open: what it asked for is done."""
    await tasks.end_tasks_of_cases(uow, [source], done=True)


async def _owner(uow: UnitOfWork, role: Role, subject: str | None) -> int | None:
    """The key of a person who may act as a role of the company; None where nobody is named.

    Raises InvalidInput, or NotFound.
    """
    if role == Role.CUSTOMER:
        raise InvalidInput(msg("tasks.NO_ROLE", role=role.value), field="ownerRole")
    if subject is None:
        return None
    person = await tasks.person_named(uow.session, subject)
    if person is None:
        raise NotFound("person", subject, field="owner")
    key, roles = person
    refuse_for(against_owner(role, key, roles))
    return key


async def open_task(uow: UnitOfWork, request: OnOne[Any]) -> TaskRow:
    """An open task of the principal's department, locked. Raises WrongState once it was ended."""
    row = await tasks.task_for_update(uow.session, request.key)
    if row is None:
        raise NotFound("task", str(request.key), field="id")
    if row.ended_at is not None:
        how = msg("tasks.DONE") if row.done else msg("tasks.DROPPED")
        raise WrongState(msg("tasks.ENDED_FIRST", how=how, person=row.ended_by, at=row.ended_at))
    require_version("task", request.expected_version, row.version)
    require_department(
        uow.principal, row.owner_role, msg("tasks.DO_TASK_OF", role=Role(row.owner_role))
    )
    return row


def checked_note(words: str | None) -> str | None:
    """A note that fits. Raises InvalidInput."""
    if words is not None and len(words) > TEXT:
        raise InvalidInput(msg("tasks.NOTE_LENGTH", most=TEXT), field="note")
    return words
