"""Tasks in the database: raised once per case, and changed by one at a time."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.tasks.vocabularies import TaskChangeKind
from persistence.tables import PersonRoleRow, PersonRow, TaskEventRow, TaskRow
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


# Locked in the order of their keys, as everywhere.
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


def add_event(
    uow: UnitOfWork,
    task_id: int,
    kind: TaskChangeKind,
    *,
    reason: str | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """One line of a task's history."""
    uow.session.add(
        TaskEventRow(
            task_id=task_id,
            at=uow.now,
            kind=kind,
            actor=uow.actor,
            reason=reason,
            before=before,
            after=after,
        )
    )


async def task_for_update(session: AsyncSession, task_id: int) -> TaskRow | None:
    """A task, locked until the transaction ends."""
    statement = select(TaskRow).where(TaskRow.id == task_id)
    return await session.scalar(
        statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    )


async def task_of_source(session: AsyncSession, source: str) -> TaskRow | None:
    """The task that a rule raised for a case, locked."""
    statement = select(TaskRow).where(TaskRow.source == source)
    return await session.scalar(
        statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    )


async def person_named(session: AsyncSession, subject: str) -> tuple[int, frozenset[str]] | None:
    """The key of a person and the roles it may act as; none of one who was shut out."""
    found = await session.execute(
        select(PersonRow.id, PersonRow.active, PersonRoleRow.role)
        .outerjoin(PersonRoleRow, PersonRoleRow.person_id == PersonRow.id)
        .where(PersonRow.subject == subject)
    )
    rows = found.all()
    if not rows:
        return None
    return rows[0].id, frozenset(row.role for row in rows if row.active and row.role is not None)


def end(uow: UnitOfWork, row: TaskRow, *, done: bool, note: str | None) -> None:
    """A task is done, or dropped because nothing is left to do."""
    row.ended_at, row.ended_by, row.done = uow.now, uow.actor, done
    row.note = note if note is not None else row.note
    row.version += 1
    add_event(uow, row.id, TaskChangeKind.DONE if done else TaskChangeKind.DROPPED, reason=note)


def raise_again(uow: UnitOfWork, row: TaskRow, due_on: dt.date) -> None:
    """A task that was dropped has to be done after all."""
    row.ended_at = row.ended_by = row.note = None
    row.due_on = due_on
    row.version += 1
    add_event(uow, row.id, TaskChangeKind.RAISED, after={"dueOn": due_on.isoformat()})


def move(uow: UnitOfWork, row: TaskRow, due_on: dt.date) -> None:
    """A task is due on another day, because what it hangs on has moved."""
    before, row.due_on = row.due_on, due_on
    row.version += 1
    add_event(
        uow,
        row.id,
        TaskChangeKind.MOVED,
        before={"dueOn": before.isoformat()},
        after={"dueOn": due_on.isoformat()},
    )
