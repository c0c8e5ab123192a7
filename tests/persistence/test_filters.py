"""What is not asked for narrows nothing."""

import datetime as dt

import pytest
from sqlalchemy import ColumnElement, select

from persistence.filters import among, asked, before, equals, refers_to, since, until, whether
from persistence.tables import OrderRow, RegionRow, TaskRow

DAY = dt.date(2013, 12, 2)


def test_nothing_asked_is_no_condition() -> None:
    row = TaskRow
    assert (
        asked(
            equals(row.kind, None),
            among(row.kind, ()),
            since(row.due_on, None),
            until(row.due_on, None),
            before(row.due_on, None),
            whether(row.done, None),
            refers_to(row.id, RegionRow, RegionRow.code, None),
        )
        == []
    )


@pytest.mark.parametrize(
    ("condition", "sql"),
    [
        (equals(TaskRow.kind, "CALL"), "tasks.kind = :kind_1"),
        (among(OrderRow.status, ["CLOSED"]), "orders.status IN (__[POSTCOMPILE_status_1])"),
        (since(TaskRow.due_on, DAY), "tasks.due_on >= :due_on_1"),
        (until(TaskRow.due_on, DAY), "tasks.due_on <= :due_on_1"),
        (before(TaskRow.due_on, DAY), "tasks.due_on < :due_on_1"),
        (whether(TaskRow.note.is_(None), False), "tasks.note IS NOT NULL"),
    ],
)
def test_what_is_asked_is_a_condition(condition: ColumnElement[bool], sql: str) -> None:
    assert str(condition) == sql


def test_a_row_is_named_by_its_code() -> None:
    statement = select(TaskRow.id).where(
        *asked(refers_to(TaskRow.id, RegionRow, RegionRow.code, "N"))
    )
    assert "WHERE tasks.id IN (SELECT regions.id" in " ".join(str(statement).split())
