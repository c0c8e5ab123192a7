"""Tasks in the database: raised once per case, and changed by one at a time."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.tasks import TaskChangeKind
from persistence.tables import PersonRoleRow, PersonRow, TaskEventRow, TaskRow
from persistence.unit_of_work import UnitOfWork


async def add_task(uow: UnitOfWork, values: dict[str, Any]) -> int | None:
    """Raise a task; None when its rule has raised one for the same case before."""
    task_id = await uow.session.scalar(
        insert(TaskRow)
        .values(**values, raised_at=uow.now, raised_by=uow.actor)
        .on_conflict_do_nothing(index_elements=[TaskRow.source])
        .returning(TaskRow.id)
    )
    if task_id is not None:
        add_event(
            uow, task_id, TaskChangeKind.RAISED, after={"dueOn": values["due_on"].isoformat()}
        )
    return task_id


# Columns as arrays: however many tasks, one statement.
_ADD_TASKS = text(
    """
    WITH raised AS (
      INSERT INTO tasks (kind, title_en, title_zh, details, owner_role, owner_person_id, order_id,
        customer_id, milestone_id, due_on, source, raised_at, raised_by)
      SELECT kind, title_en, title_zh, CAST(details AS jsonb), owner_role, owner_person_id,
        order_id, customer_id, milestone_id, due_on, source, :now, :actor
      FROM unnest(CAST(:kind AS text[]), CAST(:title_en AS text[]), CAST(:title_zh AS text[]),
        CAST(:details AS text[]), CAST(:owner_role AS text[]), CAST(:owner_person_id AS bigint[]),
        CAST(:order_id AS bigint[]), CAST(:customer_id AS bigint[]),
        CAST(:milestone_id AS bigint[]), CAST(:due_on AS date[]), CAST(:source AS text[]))
      AS given (kind, title_en, title_zh, details, owner_role, owner_person_id, order_id,
        customer_id, milestone_id, due_on, source)
      ON CONFLICT (source) DO NOTHING
      RETURNING id, due_on)
    INSERT INTO task_events (task_id, at, kind, actor, after)
    SELECT id, :now, 'RAISED', :actor, jsonb_build_object('dueOn', due_on) FROM raised
    RETURNING task_id
    """
)


async def add_tasks(uow: UnitOfWork, columns: Mapping[str, Sequence[Any]]) -> int:
    """Raise tasks, given column by column, but those that were raised before; how many are new."""
    given = {**columns, "details": [orjson.dumps(each).decode() for each in columns["details"]]}
    added = await uow.session.scalars(_ADD_TASKS, {**given, "now": uow.now, "actor": uow.actor})
    return len(added.all())


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


async def open_tasks_of_sources(session: AsyncSession, sources: Sequence[str]) -> Sequence[TaskRow]:
    """The open tasks that rules raised for these cases, locked."""
    statement = (
        select(TaskRow)
        .where(TaskRow.source.in_(sources), TaskRow.ended_at.is_(None))
        .order_by(TaskRow.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).all()


async def open_tasks_of_order(session: AsyncSession, order_id: int) -> Sequence[TaskRow]:
    """An order's open tasks, locked."""
    statement = (
        select(TaskRow)
        .where(TaskRow.order_id == order_id, TaskRow.ended_at.is_(None))
        .order_by(TaskRow.id)
        .with_for_update(key_share=True)
    )
    return (await session.scalars(statement)).all()


async def person_may(session: AsyncSession, person_id: int) -> set[str]:
    """The roles of a person who may act; none of one who was shut out."""
    found = await session.scalars(
        select(PersonRoleRow.role)
        .join(PersonRow, PersonRow.id == PersonRoleRow.person_id)
        .where(PersonRow.id == person_id, PersonRow.active)
    )
    return set(found)


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
