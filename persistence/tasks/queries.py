"""Which tasks are there, and what happened to them?"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from domain.tasks.vocabularies import TaskState
from persistence.lookups import LONGEST_LIST, lists_by, rows_by
from persistence.milestones.queries import Mine, mine_parts
from persistence.paging import Key, Page, PageRequest, Sorting, count_rows, fetch_page, nearest
from persistence.tables import TaskRow

BY_DUE_DAY = Sorting("due", (Key(TaskRow.due_on), Key(TaskRow.id)))


@dataclass(frozen=True)
class TaskQuestion:
    """Which tasks are asked for; what is None or empty does not narrow."""

    today: dt.date
    states: Sequence[str] = (TaskState.OPEN,)
    owner_role: str | None = None
    mine: Mine | None = None
    kind: str | None = None
    order_id: int | None = None
    due_from: dt.date | None = None
    due_to: dt.date | None = None


async def tasks(session: AsyncSession, question: TaskQuestion, page: PageRequest) -> Page[TaskRow]:
    """One page of tasks, the first due first."""
    statement = _tasks(question)
    if question.mine is not None:
        parts = [
            nearest(statement.with_only_columns(TaskRow.id).where(part), BY_DUE_DAY, page)
            for part in mine_parts(TaskRow, question.mine)
        ]
        chosen = union_all(*(part.subquery().select() for part in parts)).subquery()
        statement = select(TaskRow).where(TaskRow.id.in_(select(chosen.c[0])))
    return await fetch_page(session, statement, BY_DUE_DAY, page)


async def count_tasks(session: AsyncSession, question: TaskQuestion) -> int:
    """How many tasks are asked for."""
    statement = _tasks(question)
    if question.mine is not None:
        statement = statement.where(or_(*mine_parts(TaskRow, question.mine)))
    return await count_rows(session, statement.with_only_columns(TaskRow.id))


async def tasks_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, TaskRow]:
    """These tasks, where they may be seen."""
    return await rows_by(session, select(TaskRow), TaskRow.id, ids)


async def tasks_by_order(session: AsyncSession, orders: Sequence[int]) -> dict[int, list[TaskRow]]:
    """Each order's tasks, the oldest first; none for a customer."""
    return await lists_by(
        session, select(TaskRow), TaskRow.order_id, orders, TaskRow.id, most=LONGEST_LIST
    )


def _tasks(question: TaskQuestion) -> Select[TaskRow]:
    statement = select(TaskRow)
    open_task = TaskRow.ended_at.is_(None)
    asleep = TaskRow.snoozed_until > question.today
    conditions: Mapping[str, ColumnElement[bool]] = {
        TaskState.OPEN: open_task & (TaskRow.snoozed_until.is_(None) | ~asleep),
        TaskState.SNOOZED: open_task & asleep,
        TaskState.DONE: ~open_task & TaskRow.done,
        TaskState.DROPPED: ~open_task & ~TaskRow.done,
    }
    if question.states:
        statement = statement.where(or_(*(conditions[state] for state in question.states)))
        if set(question.states) <= {TaskState.OPEN, TaskState.SNOOZED}:
            # Said once more without the OR, for the indexes over what is open.
            statement = statement.where(open_task)
    if question.owner_role is not None:
        statement = statement.where(TaskRow.owner_role == question.owner_role)
    if question.kind is not None:
        statement = statement.where(TaskRow.kind == question.kind)
    if question.order_id is not None:
        statement = statement.where(TaskRow.order_id == question.order_id)
    if question.due_from is not None:
        statement = statement.where(TaskRow.due_on >= question.due_from)
    if question.due_to is not None:
        statement = statement.where(TaskRow.due_on <= question.due_to)
    return statement
