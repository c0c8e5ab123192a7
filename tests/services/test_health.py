"""What the doctor and `/readyz` see: a policy that cannot be read, a run that failed, the disk."""

import datetime as dt
import json
from collections.abc import AsyncIterator

import psycopg
import pytest

from domain.policy import Policy
from domain.principals import SYSTEM
from services.bootstrap import Dependencies, open_dependencies
from services.health import examine, readiness
from services.policy import UnreadablePolicy, current_policy, install
from services.settings import Settings
from tests.conftest import TestDatabase


@pytest.fixture
async def deps(settings: Settings) -> AsyncIterator[Dependencies]:
    """By the clock of the machine, which the doctor holds against the database's."""
    async with open_dependencies(settings, purpose="command") as opened:
        yield opened


async def seen(deps: Dependencies) -> dict[str, str]:
    """What the doctor finds wrong."""
    return {found.what: str(found.said) for found in await examine(deps) if not found.good}


async def ready(deps: Dependencies) -> tuple[list[str], list[str]]:
    """Problems and warnings of the server."""
    found = await readiness(lambda: deps.unit_of_work(SYSTEM), deps.databases)
    return [*map(str, found.problems)], [*map(str, found.warnings)]


async def installed(deps: Dependencies) -> None:
    async with deps.unit_of_work(SYSTEM) as uow:
        await install(uow, "LIVE", Policy())


def do(database: TestDatabase, statement: str, *values: object) -> None:
    with psycopg.connect(**database.superuser.for_libpq()) as connection:
        connection.execute(statement.encode(), values)


async def test_a_new_database_is_well_but_not_ready(deps: Dependencies) -> None:
    assert await seen(deps) == {}
    assert await ready(deps) == (["This database has no policy yet."], [])
    await installed(deps)
    assert await ready(deps) == ([], [])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"seazon": "SPRING_SUMMER"}, "Unknown policy setting 'seazon'"),
        ({"reservation_days": "many"}, "reservation_days is 'many'"),
        ({"orders": 5}, "orders must be a table of settings."),
        ({"region_order": {"SPRING_SUMMER": 5}}, "region_order.SPRING_SUMMER must be a list of"),
        (["no", "table"], "it is no table of settings."),
        ("nonsense", "it is no table of settings."),
    ],
    ids=lambda value: str(value)[:25],
)
async def test_a_policy_that_cannot_be_read_is_seen(
    deps: Dependencies, database: TestDatabase, body: object, reason: str
) -> None:
    await installed(deps)
    do(database, "UPDATE policies SET body = %s", json.dumps(body))
    found = await seen(deps)
    assert list(found) == ["policy"]
    assert found["policy"].startswith(f"Version 1 of the policy cannot be read: {reason}")
    assert await ready(deps) == (["Version 1 of the policy cannot be read."], [])
    async with deps.unit_of_work(SYSTEM) as uow:
        with pytest.raises(UnreadablePolicy, match="correct the version's body"):
            await current_policy(uow)
    do(database, "UPDATE policies SET body = %s", json.dumps(Policy().to_body()))
    assert (await seen(deps), await ready(deps)) == ({}, ([], []))


async def test_a_planned_policy_that_cannot_be_read_is_seen_before_its_day(
    deps: Dependencies, database: TestDatabase
) -> None:
    await installed(deps)
    do(
        database,
        "INSERT INTO policies (version, effective_from, body, created_by)"
        " VALUES (2, %s, '{\"seazon\": 1}', 'li')",
        deps.clock() + dt.timedelta(days=3),
    )
    assert (await seen(deps))["policy"].startswith("Version 2 of the policy cannot be read")
    assert await ready(deps) == ([], [])


RUN = (
    "INSERT INTO allocation_runs (status, trigger, requested_by, requested_at, claimed_at,"
    " committed_at, error) VALUES (%s, 'REQUEST', 'li', %s, %s, %s, %s)"
)


def add_run(database: TestDatabase, status: str, at: dt.datetime) -> None:
    committed = at if status == "COMMITTED" else None
    error = "Died: the solver died twice." if status == "FAILED" else None
    do(database, RUN, status, at, at if status != "QUEUED" else None, committed, error)


async def test_a_run_that_failed_is_seen_until_another_is_committed(
    deps: Dependencies, database: TestDatabase
) -> None:
    """The server goes on: without it nobody could ask for the run that mends it."""
    await installed(deps)
    now, hour = deps.clock(), dt.timedelta(hours=1)
    add_run(database, "COMMITTED", now - 3 * hour)
    assert await seen(deps) == {}
    add_run(database, "FAILED", now - 2 * hour)
    expected = {
        "runs": (
            "allocation run 2 failed and none was committed since: Died: the solver died twice. "
            "When the cause is mended, ask for another run."
        )
    }
    assert await seen(deps) == expected
    assert await ready(deps) == ([], ["Allocation run 2 failed."])
    # What waits or was called off has shared nothing out.
    add_run(database, "QUEUED", now - hour)
    add_run(database, "CANCELLED", now - hour)
    assert await seen(deps) == expected
    add_run(database, "COMMITTED", now)
    assert (await seen(deps), await ready(deps)) == ({}, ([], []))


async def test_an_outside_database_s_disk_is_tried(deps: Dependencies) -> None:
    """It cannot be looked at from here; a MiB is written, and gone."""
    disk = next(found for found in await examine(deps) if found.what == "disk")
    assert (disk.good, str(disk.said)) == (
        True,
        "the database takes what is written; its disk is its owner's",
    )
