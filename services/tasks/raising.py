"""Tasks that rules raise, move and end, in their own transactions."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.messages import Message
from domain.policy import Policy
from domain.tasks.commands import MoveTask
from domain.tasks.model import Context
from persistence.tasks import writing as tasks
from persistence.tasks.writing import LoadedTask
from persistence.unit_of_work import UnitOfWork
from services.policy import current_policy

# The case of a task that stands for a clock: the clock's key comes after it.
CLOCK_SOURCE = "clock:"


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
    found = await tasks.tasks_of_sources(uow.session, [command.source or ""])
    if not found:
        raise LookupError(f"the task {command.source!r} vanished")
    await move_tasks(uow, [(found[0], command.due_on)])
    return found[0].key


async def move_tasks(uow: UnitOfWork, moves: Sequence[tuple[LoadedTask, dt.date]]) -> None:
    """Have these tasks done on these days: what they hang on has moved."""
    _, policy = await current_policy(uow)
    at = acting_on_tasks(uow, policy)
    outcomes = [(loaded, MoveTask(day).effect(loaded.facts, at)) for loaded, day in moves]
    await tasks.save_tasks(
        uow, [(loaded, outcome) for loaded, outcome in outcomes if outcome is not None]
    )


def clock_of(source: str | None) -> int | None:
    """The key of the clock that a task of this case stands for."""
    if source is None or not source.startswith(CLOCK_SOURCE):
        return None
    return int(source.removeprefix(CLOCK_SOURCE))


def acting_on_tasks(uow: UnitOfWork, policy: Policy) -> Context:
    """The person of a transaction at tasks."""
    return Context(uow.principal, uow.now, policy.local_date(uow.now))


async def end_tasks(
    uow: UnitOfWork, sources: Sequence[str], *, done: bool, note: str | None = None
) -> int:
    """End the open tasks of these cases, done by other means or no longer to be done; how many."""
    return await tasks.end_tasks_of_cases(uow, sources, done=done, note=note)


async def drop_tasks(uow: UnitOfWork, order_id: int, reason: str) -> int:
    """End an order's open tasks because nothing is left to do; how many."""
    return await tasks.end_tasks_of_order(uow, order_id, note=reason)
