"""Tasks in the database: raised once per case, and changed by one at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import orjson
from sqlalchemy import ColumnElement, TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.tasks.model import Outcome, Task
from domain.tasks.vocabularies import TaskChangeKind
from persistence.tables import TaskRow
from persistence.unit_of_work import UnitOfWork

# Columns as arrays: however many tasks, one statement.
_ADD_TASKS = text(
    """
    WITH raised AS (
      INSERT INTO tasks (kind, title, details, owner_role, owner_person_id, order_id,
        customer_id, milestone_id, due_on, source, raised_at, raised_by)
      SELECT kind, CAST(title AS jsonb), CAST(details AS jsonb), owner_role, owner_person_id,
        order_id, customer_id, milestone_id, due_on, source, :now, :actor
      FROM unnest(CAST(:kind AS text[]), CAST(:title AS text[]),
        CAST(:details AS text[]), CAST(:owner_role AS text[]), CAST(:owner_person_id AS bigint[]),
        CAST(:order_id AS bigint[]), CAST(:customer_id AS bigint[]),
        CAST(:milestone_id AS bigint[]), CAST(:due_on AS date[]), CAST(:source AS text[]))
      AS given (kind, title, details, owner_role, owner_person_id, order_id,
        customer_id, milestone_id, due_on, source)
      ON CONFLICT (source) DO NOTHING
      RETURNING id, due_on)
    INSERT INTO task_events (task_id, at, kind, actor, after)
    SELECT id, :now, 'RAISED', :actor, jsonb_build_object('dueOn', due_on) FROM raised
    RETURNING task_id
    """
)


async def add_tasks(uow: UnitOfWork, columns: Mapping[str, Sequence[Any]]) -> list[int]:
    """Raise tasks, given column by column, but those that were raised before; keys of the new."""
    documents = {
        name: [orjson.dumps(each).decode() for each in columns[name]]
        for name in ("title", "details")
    }
    given = {**columns, **documents}
    added = await uow.session.scalars(_ADD_TASKS, {**given, "now": uow.now, "actor": uow.actor})
    return list(added)


# `EndTask` for however many tasks, in one statement; locked in the order of their keys.
_END_TASKS = """
    WITH due AS MATERIALIZED (
      SELECT id FROM tasks WHERE {cases} AND ended_at IS NULL ORDER BY id FOR NO KEY UPDATE),
    ended AS (
      UPDATE tasks SET ended_at = :now, ended_by = :actor, done = :done,
        note = coalesce(CAST(:note AS text), note), version = version + 1
      FROM due WHERE tasks.id = due.id
      RETURNING tasks.id)
    INSERT INTO task_events (task_id, at, kind, actor, reason)
    SELECT id, :now, :kind, :actor, CAST(:note AS text) FROM ended ORDER BY id
    RETURNING task_id
"""
_END_OF_CASES = text(_END_TASKS.format(cases="source = ANY(CAST(:cases AS text[]))"))
_END_OF_ORDER = text(_END_TASKS.format(cases="order_id = :cases"))


async def end_tasks_of_cases(
    uow: UnitOfWork, sources: Sequence[str], *, done: bool, note: str | None = None
) -> int:
    """End the open tasks that rules raised for these cases; how many."""
    return await _end(uow, _END_OF_CASES, list(sources), done=done, note=note)


async def end_tasks_of_order(uow: UnitOfWork, order_id: int, *, note: str) -> int:
    """Drop an order's open tasks; how many."""
    return await _end(uow, _END_OF_ORDER, order_id, done=False, note=note)


async def _end(
    uow: UnitOfWork, statement: TextClause, cases: Any, *, done: bool, note: str | None
) -> int:
    kind = TaskChangeKind.DONE if done else TaskChangeKind.DROPPED
    values = {"now": uow.now, "actor": uow.actor, "done": done, "kind": kind, "note": note}
    return len((await uow.session.scalars(statement, {**values, "cases": cases})).all())


@dataclass(frozen=True)
class LoadedTask:
    """A task as it is now: its facts, and the case for which a rule raised it."""

    key: int
    source: str | None
    facts: Task


# The facts are the columns of these names.
FACTS = tuple(each.name for each in fields(Task))
_TASKS = select(TaskRow.id, TaskRow.source, *(getattr(TaskRow, name) for name in FACTS))


async def source_of(session: AsyncSession, key: int) -> str | None:
    """The case for which a rule raised a task; it never becomes another."""
    found: str | None = await session.scalar(select(TaskRow.source).where(TaskRow.id == key))
    return found


async def task_by_key(session: AsyncSession, key: int) -> LoadedTask | None:
    """A task, locked."""
    found = await _load(session, TaskRow.id == key)
    return found[0] if found else None


async def tasks_of_sources(session: AsyncSession, sources: Sequence[str]) -> list[LoadedTask]:
    """The tasks that rules raised for these cases, locked."""
    return await _load(session, TaskRow.source.in_(sources)) if sources else []


async def _load(session: AsyncSession, condition: ColumnElement[bool]) -> list[LoadedTask]:
    """The tasks for which this holds, locked in the order of their keys."""
    rows = await session.execute(
        _TASKS.where(condition).order_by(TaskRow.id).with_for_update(key_share=True)
    )
    return [
        LoadedTask(row.id, row.source, Task(**{name: getattr(row, name) for name in FACTS}))
        for row in rows
    ]


async def save_tasks(uow: UnitOfWork, changes: Sequence[tuple[LoadedTask, Outcome]]) -> None:
    """Write what commands made of these tasks, with the lines of their history."""
    if not changes:
        return
    tasks = [
        {"id": loaded.key, **{name: getattr(outcome.after, name) for name in FACTS}}
        for loaded, outcome in changes
    ]
    events = [
        {
            "task_id": loaded.key,
            "kind": outcome.event.kind,
            "at": outcome.event.at,
            "actor": outcome.event.actor,
            "reason": outcome.event.reason,
            "before": outcome.event.before,
            "after": outcome.event.after,
        }
        for loaded, outcome in changes
    ]
    given = {"tasks": orjson.dumps(tasks).decode(), "events": orjson.dumps(events).decode()}
    await uow.session.execute(_SAVE, given)


_EVENT = "task_id, at, kind, actor, reason, before, after"
_SAVE = text(
    f"""
    WITH given AS (SELECT * FROM jsonb_populate_recordset(NULL::tasks, CAST(:tasks AS jsonb))),
    saved AS (
      UPDATE tasks SET {", ".join(f"{name} = given.{name}" for name in FACTS)}
      FROM given WHERE tasks.id = given.id)
    INSERT INTO task_events ({_EVENT})
    SELECT {_EVENT}
    FROM jsonb_populate_recordset(NULL::task_events, CAST(:events AS jsonb)) ORDER BY task_id
    """  # noqa: S608 - names of our own columns
)
