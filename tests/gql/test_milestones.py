"""The work list of milestones: by state, owner and due day; SQL and domain judge alike (M7)."""

import datetime as dt
from itertools import product
from typing import Any

import pytest
from sqlalchemy import select, update

from domain.principals import SYSTEM
from persistence.tables import MilestoneRow
from tests.gql.company import add_orders
from tests.gql.conftest import Client

pytestmark = pytest.mark.usefixtures("tiny_company")

DOCUMENT = """query ($filter: MilestoneFilter) {
  milestones(filter: $filter, first: 200) {
    totalCount nodes { number state order { orderNumber } }
  }
}"""


@pytest.mark.parametrize(
    ("filter", "numbers"),
    [
        ({"state": ["OVERDUE"]}, [3, 3]),
        ({"state": ["DUE_SOON"]}, [4, 4]),
        ({"state": ["CLOSED_ON_TIME"]}, [1, 1]),
        ({"state": ["CLOSED_LATE"]}, [2, 2]),
        ({"state": ["SKIPPED"]}, []),
        ({"state": ["OVERDUE", "DUE_SOON"], "ownerRole": "SALES"}, [3, 3, 4, 4]),
        ({"dueBetween": {"from": "2013-11-27", "to": "2013-12-01"}}, [3, 3, 4, 4]),
        ({"dueBetween": {"to": "2013-11-26"}}, [1, 2, 1, 2]),
        ({"ownerRole": "ANALYST"}, []),
    ],
)
async def test_the_work_list_is_narrowed(
    client: Client, filter: dict[str, Any], numbers: list[int]
) -> None:
    """Two orders of F1, each with steps 1 and 2 closed, 3 overdue, 4 due in two days."""
    await add_orders(client.dependencies, "F1", 2)
    found = (await client.ask(DOCUMENT, {"filter": filter}))["milestones"]
    assert [node["number"] for node in found["nodes"]] == numbers
    assert found["totalCount"] == len(numbers)


@pytest.mark.parametrize(
    "state",
    ["NOT_STARTED", "DUE_SOON", "OVERDUE", "CLOSED_ON_TIME", "CLOSED_LATE", "SKIPPED"],
)
async def test_a_step_is_found_under_the_state_it_shows(client: Client, state: str) -> None:
    """M7: the filter in SQL and the state from the domain are one judgement."""
    await add_orders(client.dependencies, "F1", 1)
    everything = (await client.ask(DOCUMENT))["milestones"]["nodes"]
    assert len(everything) == 17
    found = (await client.ask(DOCUMENT, {"filter": {"state": [state]}}))["milestones"]["nodes"]
    assert found == [node for node in everything if node["state"] == state]


async def test_steps_without_a_day_come_last(client: Client) -> None:
    await add_orders(client.dependencies, "F1", 1)
    numbers = [node["number"] for node in (await client.ask(DOCUMENT))["milestones"]["nodes"]]
    assert numbers[:4] == [1, 2, 3, 4]
    assert numbers[4:] == sorted(numbers[4:])


async def test_days_in_the_calendar_are_judged_alike(client: Client) -> None:
    """M7: whatever is known of a step, the filter finds it under the state that it shows."""
    keys = await add_orders(client.dependencies, "F1", 9)
    today = dt.date(2013, 11, 29)
    days = [None, *(today + dt.timedelta(days=each) for each in (-3, 0, 2, 9))]
    known = product(days, (None, today - dt.timedelta(days=1)), *[(False, True)] * 3)
    async with client.dependencies.unit_of_work(SYSTEM) as uow:
        rows = await uow.session.scalars(
            select(MilestoneRow.id)
            .where(MilestoneRow.order_id.in_(keys), MilestoneRow.closed_on.is_(None))
            .order_by(MilestoneRow.id)
        )
        for key, (day, baseline, takes_closed, waits, is_open) in zip(rows, known, strict=False):
            values = {
                "estimated_on": None,
                "event_on": None,
                "reckoned_on": day,
                "baseline_on": baseline,
                "takes_closed": takes_closed,
                "waits": waits,
                "is_open": is_open,
            }
            await uow.session.execute(
                update(MilestoneRow).where(MilestoneRow.id == key).values(**values)
            )
    everything = (await client.ask(DOCUMENT))["milestones"]["nodes"]
    assert len(everything) == 9 * 17
    seen = 0
    for state in sorted({node["state"] for node in everything}):
        found = (await client.ask(DOCUMENT, {"filter": {"state": [state]}}))["milestones"]["nodes"]
        assert found == [node for node in everything if node["state"] == state], state
        seen += len(found)
    assert seen == len(everything)
