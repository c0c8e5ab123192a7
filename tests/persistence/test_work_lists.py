"""A page of a work list over ten thousand milestones is as fast as over ten (M7)."""

import datetime as dt
import json
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.principals import SYSTEM
from persistence.milestones.queries import MilestoneQuestion, milestones
from persistence.paging import Page, PageRequest
from persistence.tables import PersonRow
from persistence.tasks.queries import TaskQuestion, tasks
from persistence.work_lists import Mine
from services.bootstrap import Dependencies
from tests.conftest import TestDatabase

pytestmark = pytest.mark.usefixtures("tiny_company")

TODAY = dt.date(2013, 11, 29)
MANY = 700  # orders, each with 17 milestones
PAGE = PageRequest(20)

# Each order's steps are due over two years around today; a third of the steps is closed, and every
# tenth order is one salesperson's in person.
_ORDERS = """
INSERT INTO orders (order_number, customer_id, status, placed_at, currency, total)
SELECT 'B-' || n, (SELECT id FROM customers WHERE code = 'F1'), 'CONFIRMED', now(), 'CNY', 1
FROM generate_series(1, :count) AS n
"""
_MILESTONES = """
INSERT INTO milestones (order_id, customer_id, step_id, owner_role, owner_person_id, takes_closed,
  estimated_on, closed_on, closed_by, is_open)
SELECT o.id, o.customer_id, s.id, s.owner_role,
  CASE WHEN o.id % 10 = 0 AND s.owner_role = 'SALES' THEN CAST(:person AS bigint) END,
  s.takes_closed,
  date '2013-01-01' + ((o.id * 37 + s.number * 11) % 700)::int,
  CASE WHEN (o.id + s.number) % 3 = 0 THEN date '2013-01-01' END,
  CASE WHEN (o.id + s.number) % 3 = 0 THEN 'Li' END, (o.id + s.number) % 3 <> 0
FROM orders AS o
CROSS JOIN milestone_steps AS s JOIN milestone_templates AS t ON t.id = s.template_id
WHERE t.code = 'ORDER_MILESTONES' AND o.order_number LIKE 'B-%'
"""
_TASKS = """
INSERT INTO tasks (kind, title, owner_role, due_on, raised_at, raised_by)
SELECT 'T', '{"key": "common.TEXT", "params": {"text": "t"}}',
  CASE WHEN n % 5 = 0 THEN 'QUALITY' ELSE 'SALES' END,
  date '2013-01-01' + (n % 700), now(), 'test'
FROM generate_series(1, 10000) AS n
"""

_QUESTIONS = {
    "mine": MilestoneQuestion(TODAY, 3, mine=Mine(["SALES", "SALES_MANAGER"], 1)),
    "overdue of a department": MilestoneQuestion(
        TODAY, 3, owner_role="PURCHASING", states=["OVERDUE"]
    ),
    "due this week": MilestoneQuestion(
        TODAY, 3, open_only=True, due_from=TODAY, due_to=TODAY + dt.timedelta(days=2)
    ),
    # Some hundreds fall into the span: it is read in its order, and not sorted.
    "due in a span": MilestoneQuestion(
        TODAY, 3, open_only=True, due_from=TODAY - dt.timedelta(days=60), due_to=TODAY
    ),
    "a department": MilestoneQuestion(TODAY, 3, owner_role="LOGISTICS", open_only=True),
}


@pytest.fixture
async def crowd(deps: Dependencies, database: TestDatabase) -> Dependencies:
    """Ten thousand milestones and tasks, freshly counted by the planner."""
    async with deps.unit_of_work(SYSTEM) as uow:
        person = PersonRow(subject="ann", name="Ann")
        uow.session.add(person)
        await uow.session.flush()
        await uow.session.execute(text(_ORDERS), {"count": MANY})
        await uow.session.execute(text(_MILESTONES), {"person": person.id})
        await uow.session.execute(text(_TASKS))
    with psycopg.connect(**database.owner.for_libpq()) as connection:
        connection.execute("ANALYZE milestones, tasks")
    return deps


async def rows_touched(
    deps: Dependencies, ask: Callable[[AsyncSession], Awaitable[Page[Any]]]
) -> tuple[int, Page[Any]]:
    """How many rows the statement of a page read, by PostgreSQL's own account, and the page."""
    said: list[Any] = []
    async with deps.unit_of_work(SYSTEM) as uow:
        session = uow.session
        real = session.execute

        async def explained(statement: Any, *rest: Any, **more: Any) -> Any:
            compiled = statement.compile(
                dialect=session.get_bind().dialect, compile_kwargs={"literal_binds": True}
            )
            plan = await real(text(f"EXPLAIN (ANALYZE, FORMAT JSON) {_plain(compiled)}"))
            said.append(plan.scalar_one())
            return await real(statement, *rest, **more)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(session, "execute", explained)
            page = await ask(session)
    (plan,) = said
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return sum(_scanned(node["Plan"]) for node in plan), page


def _plain(compiled: object) -> str:
    # A colon would be read as a parameter's beginning.
    return str(compiled).replace(":", "\\:")


def _scanned(node: dict[str, Any]) -> int:
    own = 0
    if "Scan" in node["Node Type"] and node.get("Relation Name"):
        own = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return int(own) + sum(_scanned(child) for child in node.get("Plans", []))


@pytest.mark.parametrize("name", _QUESTIONS)
async def test_a_page_reads_what_it_shows_and_not_much_more(crowd: Dependencies, name: str) -> None:
    """M7: of 11,900 milestones a page of twenty touches a few dozen rows, first page or later."""
    question = _QUESTIONS[name]
    deps = crowd
    first, page = await rows_touched(deps, lambda s: milestones(s, question, PAGE))
    assert len(page.rows) == 20
    assert first <= 200
    later = PageRequest(20, after=page.cursors[-1])
    second, following = await rows_touched(deps, lambda s: milestones(s, question, later))
    assert second <= 200
    shown = [row.id for row in page.rows]
    assert not set(shown) & {row.id for row in following.rows}
    days = [row.due_on for row in (*page.rows, *following.rows)]
    assert days == sorted(days)


async def test_my_list_is_the_department_s_list_narrowed(crowd: Dependencies) -> None:
    """M7: what the indexes give in parts is what one condition over all would give."""
    question = _QUESTIONS["mine"]
    async with crowd.unit_of_work(SYSTEM) as uow:
        page = await milestones(uow.session, question, PageRequest(200))
        everything = await uow.session.scalars(
            text(
                "SELECT id FROM milestones WHERE is_open AND (takes_closed OR due_on >= :today)"
                " AND (owner_person_id = 1 OR owner_role IN ('SALES', 'SALES_MANAGER')"
                "      AND owner_person_id IS NULL) ORDER BY due_on, id LIMIT 200"
            ),
            {"today": TODAY},
        )
        assert [row.id for row in page.rows] == list(everything)


async def test_a_page_of_tasks_reads_little(crowd: Dependencies) -> None:
    """M7: the same for tasks."""
    question = TaskQuestion(TODAY, mine=Mine(["QUALITY"], None))
    touched, page = await rows_touched(crowd, lambda s: tasks(s, question, PAGE))
    assert len(page.rows) == 20
    assert touched <= 200
