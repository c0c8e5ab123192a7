"""Which tasks are there, and what happened to them?"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.tasks.vocabularies import TaskState
from persistence.filters import asked, equals, since, until
from persistence.lookups import LONGEST_LIST, lists_by, rows_by
from persistence.paging import Key, Page, PageRequest, Sorting
from persistence.tables import TaskRow
from persistence.work_lists import Mine, count_work, work_page

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
    return await work_page(session, _tasks(question), TaskRow, question.mine, BY_DUE_DAY, page)


async def count_tasks(session: AsyncSession, question: TaskQuestion) -> int:
    """How many tasks are asked for."""
    return await count_work(session, _tasks(question), TaskRow, question.mine)


async def tasks_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, TaskRow]:
    """These tasks, where they may be seen."""
    return await rows_by(session, select(TaskRow), TaskRow.id, ids)


async def tasks_by_order(session: AsyncSession, orders: Sequence[int]) -> dict[int, list[TaskRow]]:
    """Each order's tasks, the oldest first; none for a customer."""
    return await lists_by(
        session, select(TaskRow), TaskRow.order_id, orders, TaskRow.id, most=LONGEST_LIST
    )


def _tasks(question: TaskQuestion) -> Select[TaskRow]:
    row = TaskRow
    statement = select(row).where(
        *asked(
            equals(row.owner_role, question.owner_role),
            equals(row.kind, question.kind),
            equals(row.order_id, question.order_id),
            since(row.due_on, question.due_from),
            until(row.due_on, question.due_to),
        )
    )
    open_task = row.ended_at.is_(None)
    asleep = row.snoozed_until > question.today
    conditions: Mapping[str, ColumnElement[bool]] = {
        TaskState.OPEN: open_task & (row.snoozed_until.is_(None) | ~asleep),
        TaskState.SNOOZED: open_task & asleep,
        TaskState.DONE: ~open_task & row.done,
        TaskState.DROPPED: ~open_task & ~row.done,
    }
    if question.states:
        statement = statement.where(or_(*(conditions[state] for state in question.states)))
        if set(question.states) <= {TaskState.OPEN, TaskState.SNOOZED}:
            # Said once more without the OR, for the indexes over what is open.
            statement = statement.where(open_task)
    return statement
