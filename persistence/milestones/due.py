"""Steps whose day has come or passed, taken some at a time by whoever keeps time.

A step belongs to its order: who changes one holds the order, and so do these statements. Orders
that another transaction holds are passed over, so nobody waits for a timer, nor it for anybody;
their steps are found the next time.
"""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Place:
    """How far the steps were looked at, by day and key."""

    due_on: dt.date
    id: int


START = Place(dt.date(1, 1, 1), 0)


@dataclass(frozen=True, slots=True)
class Found:
    """How many steps were changed, and how far was looked; None when there are no more."""

    changed: int
    until: Place | None


async def settle_passed_days(
    session: AsyncSession, today: dt.date, after: Place, limit: int
) -> Found:
    """Take days in the calendar off the work lists that have passed and wait for nothing."""
    return await _take(session, _SETTLE, after, limit, today=today)


async def note_overdue(session: AsyncSession, today: dt.date, after: Place, limit: int) -> Found:
    """Note which open steps are overdue and were no news yet; a trigger notifies subscribers."""
    return await _take(session, _OVERDUE, after, limit, today=today)


async def note_due_soon(
    session: AsyncSession, today: dt.date, soon: dt.date, after: Place, limit: int
) -> Found:
    """Note which open steps are due from today until `soon` and were no news yet."""
    return await _take(session, _DUE_SOON, after, limit, today=today, soon=soon)


async def _take(
    session: AsyncSession, statement: TextClause, after: Place, limit: int, **days: dt.date
) -> Found:
    values = {"after_day": after.due_on, "after_id": after.id, "limit": limit, **days}
    row = (await session.execute(statement, values)).one()
    return Found(row.changed, Place(row.due_on, row.id) if row.seen == limit else None)


def _statement(condition: str, change: str) -> TextClause:
    """`condition` is of the step m. It is judged again once the order is held."""
    return text(
        f"""
        WITH due AS MATERIALIZED (
          SELECT m.id, m.order_id, m.due_on FROM milestones AS m
           WHERE m.is_open AND {condition}
             AND (m.due_on, m.id) > (CAST(:after_day AS date), CAST(:after_id AS bigint))
           ORDER BY m.due_on, m.id LIMIT :limit),
        held AS MATERIALIZED (
          SELECT id FROM orders WHERE id IN (SELECT order_id FROM due)
           ORDER BY id FOR NO KEY UPDATE SKIP LOCKED),
        changed AS (
          UPDATE milestones AS m SET {change}
            FROM due JOIN held ON held.id = due.order_id
           WHERE m.id = due.id AND m.is_open AND {condition}
          RETURNING m.id)
        SELECT (SELECT count(*) FROM changed) AS changed, seen.count AS seen, last.due_on, last.id
          FROM (SELECT count(*) FROM due) AS seen
          LEFT JOIN LATERAL (
            SELECT due_on, id FROM due ORDER BY due_on DESC, id DESC LIMIT 1) AS last ON true
        """  # noqa: S608 - our own words, below
    )


_SETTLE = _statement(
    "NOT m.takes_closed AND NOT m.waits AND m.due_on < CAST(:today AS date)", "is_open = false"
)
_OVERDUE = _statement(
    "(m.takes_closed OR m.waits) AND m.due_on < CAST(:today AS date)"
    " AND m.told_state IS DISTINCT FROM 'OVERDUE'",
    "told_state = 'OVERDUE'",
)
_DUE_SOON = _statement(
    "m.due_on BETWEEN CAST(:today AS date) AND CAST(:soon AS date)"
    " AND m.told_state IS DISTINCT FROM 'DUE_SOON'",
    "told_state = 'DUE_SOON'",
)
