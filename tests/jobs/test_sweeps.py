"""Sweeps: one worker of all acts, another takes over when it is gone."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from domain.allocation import RequestAllocation
from domain.principals import SYSTEM
from jobs import sweeps
from jobs.sweeps import (
    SWEEPS,
    Sweep,
    prune_idempotency_keys,
    requeue_runs,
    return_messages,
    run_sweeps,
)
from persistence.outbox import add_to_outbox, mark_sent, prune_sent, take_unsent
from persistence.queue import queued_messages
from services.allocation.request import request_allocation
from services.bootstrap import Dependencies
from services.installation import ensure_installed
from tests.clock import FixedClock
from tests.conftest import TestDatabase
from tests.waiting import eventually


def do(database: TestDatabase, statement: str) -> None:
    with psycopg.connect(**database.superuser.for_libpq()) as connection:
        connection.execute(statement.encode())


class Acted:
    """A sweep that notes which worker acted."""

    def __init__(self) -> None:
        self.by: list[str] = []

    def as_worker(self, name: str, *, breaks: str | None = None) -> tuple[Sweep, ...]:
        async def act(deps: Dependencies) -> int:
            self.by.append(name)
            if breaks:
                async with deps.unit_of_work(SYSTEM) as uow:
                    await uow.session.execute(text(breaks))
            return 1

        return (Sweep("note", 0.01, act),)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(sweeps, "TRY_EVERY_S", 0.02)


async def stop(*running: asyncio.Task[Any]) -> None:
    for task in running:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_one_acts_and_another_takes_over(deps: Dependencies, database: TestDatabase) -> None:
    acted = Acted()
    first = asyncio.create_task(run_sweeps(deps, acted.as_worker("first")))
    await eventually(lambda: len(acted.by) > 2)
    second = asyncio.create_task(run_sweeps(deps, acted.as_worker("second")))
    await eventually(lambda: len(acted.by) > 6)
    assert set(acted.by) == {"first"}
    await stop(first)
    await eventually(lambda: acted.by[-1] == "second")
    await stop(second)


async def test_a_lost_connection_ends_the_acting(
    deps: Dependencies, database: TestDatabase
) -> None:
    acted = Acted()
    running = asyncio.create_task(run_sweeps(deps, acted.as_worker("it")))
    await eventually(lambda: len(acted.by) > 2)
    do(
        database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'apportion-sweeps' AND datname = current_database()",
    )
    before = len(acted.by)
    await eventually(lambda: len(acted.by) > before + 2)
    await stop(running)


@pytest.mark.parametrize(
    "mistake",
    ["SELECT 1 / 0", "INSERT INTO outbox (topic, payload, attempts) VALUES ('t', '{}', -1)"],
    ids=["a mistake of arithmetic", "a rule of the database broken"],
)
async def test_one_sweep_s_mistake_does_not_stop_the_others(
    deps: Dependencies, mistake: str
) -> None:
    """J1: what the database refuses is a mistake too, and no outage."""
    broken, sound = Acted(), Acted()
    sweeps = (*broken.as_worker("broken", breaks=mistake), *sound.as_worker("sound"))
    sweeps = (Sweep("broken", 0.01, sweeps[0].act), sweeps[1])
    running = asyncio.create_task(run_sweeps(deps, sweeps))
    await eventually(lambda: len(broken.by) > 1 and len(sound.by) > 1)
    await stop(running)


async def test_a_long_sweep_does_not_hold_up_the_others(deps: Dependencies) -> None:
    """J1: a dead worker's run must not wait for the milestones of a whole company."""
    acted, over = Acted(), asyncio.Event()

    async def last(_: Dependencies) -> int:
        await over.wait()
        return 0

    sweeps = (Sweep("long", 0.01, last), *acted.as_worker("short"))
    running = asyncio.create_task(run_sweeps(deps, sweeps))
    await eventually(lambda: len(acted.by) > 2)
    over.set()
    await stop(running)


async def test_every_sweep_runs_where_nothing_is_to_be_done(deps: Dependencies) -> None:
    """J1: an installed database with no orders, goods or master data."""
    await ensure_installed(deps)
    assert [await sweep.act(deps) for sweep in SWEEPS] == [0] * len(SWEEPS)


@pytest.mark.parametrize(("age", "returned"), [("119 minutes", 0), ("121 minutes", 1)])
async def test_a_message_taken_longer_ago_than_any_job_lasts_returns(
    deps: Dependencies, database: TestDatabase, age: str, returned: int
) -> None:
    do(
        database,
        "INSERT INTO dramatiq.queue (message_id, queue_name, state, message, consumed_at)"
        f" VALUES (gen_random_uuid(), 'apportion', 'consumed', '{{}}', now() - interval '{age}')",
    )
    assert await return_messages(deps) == returned
    async with deps.unit_of_work(SYSTEM) as uow:
        assert await queued_messages(uow.session) == returned


# As if exactly one step lay between the instant given and now, however long it took: what was asked
# meanwhile was asked at that instant. The clock that stands still judges `requested_at`.
STEP_PASSES = b"""
    WITH shift AS (SELECT %(step)s - (now() - %(since)s) AS by),
         asked AS (UPDATE outbox SET created_at = least(created_at, %(since)s) - shift.by,
                                     sent_at = CASE WHEN %(relay)s THEN now() ELSE sent_at END
                     FROM shift),
         runs AS (UPDATE allocation_runs SET requested_at = requested_at - %(step)s,
                                             claimed_at = claimed_at - shift.by
                    FROM shift)
    SELECT now()
"""


async def requests_at(
    seconds: Sequence[int], deps: Dependencies, database: TestDatabase, *, relay: bool = True
) -> list[int]:
    """In which of these seconds, from 0 on, a run that waits was asked for again."""
    asked = []
    with psycopg.connect(**database.superuser.for_libpq(), autocommit=True) as connection:
        now = connection.execute("SELECT now()").fetchone()
        for second, next_second in pairwise([*seconds, seconds[-1] + 1]):
            if await requeue_runs(deps):
                asked.append(second)
            assert now is not None
            step = dt.timedelta(seconds=next_second - second)
            passed = {"since": now[0], "step": step, "relay": relay}
            now = connection.execute(STEP_PASSES, passed).fetchone()
    return asked


async def test_a_run_that_waits_for_others_is_asked_for_ever_more_rarely(
    deps: Dependencies, database: TestDatabase, clock: FixedClock
) -> None:
    """J1 J2: behind other runs for an hour it gets five requests, not three hundred; one that was
    lost is repeated after two minutes."""
    await ensure_installed(deps)
    clock.now = dt.datetime.now(dt.UTC)
    async with deps.unit_of_work(SYSTEM) as uow:
        await request_allocation(RequestAllocation(), uow)
    minutes = [second / 60 for second in await requests_at(range(0, 3600, 15), deps, database)]
    assert minutes[:4] == pytest.approx([2, 6, 14, 30], abs=0.5)
    assert len(minutes) <= 5


async def test_a_run_whose_worker_died_is_asked_for_at_once(
    deps: Dependencies, database: TestDatabase, clock: FixedClock
) -> None:
    """J2: then after ten seconds, twenty, forty: its request may be waiting behind others."""
    await ensure_installed(deps)
    clock.now = dt.datetime.now(dt.UTC)
    async with deps.unit_of_work(SYSTEM) as uow:
        await request_allocation(RequestAllocation(), uow)
        claimed = "status = 'CLAIMED', claimed_by = 'gone:1', attempts = 1, claimed_at = now()"
        await uow.session.execute(text(f"UPDATE allocation_runs SET {claimed}"))
    # As often as we sweep, then more rarely to the end of the hour.
    asked = await requests_at([*range(0, 120, 5), *range(120, 3600, 30)], deps, database)
    assert asked[:4] == [0, 10, 30, 70]
    assert len(asked) <= 11


async def test_what_the_relay_could_not_send_is_not_asked_for_again(
    deps: Dependencies, database: TestDatabase, clock: FixedClock
) -> None:
    """J2: while the broker is away one request waits for it, however long."""
    await ensure_installed(deps)
    clock.now = dt.datetime.now(dt.UTC)
    async with deps.unit_of_work(SYSTEM) as uow:
        await request_allocation(RequestAllocation(), uow)
    assert await requests_at(range(0, 3600, 60), deps, database, relay=False) == []


async def test_sent_jobs_are_forgotten_after_a_week(deps: Dependencies, clock: FixedClock) -> None:
    for age in (8, 6):
        clock.now = dt.datetime(2013, 11, 29, tzinfo=dt.UTC) - dt.timedelta(days=age)
        async with deps.unit_of_work(SYSTEM) as uow:
            await add_to_outbox(uow.session, "count", {"age": age})
            (asked,) = await take_unsent(uow.session, 10)
            await mark_sent(uow.session, [asked.id], uow.now)
    week_ago = dt.datetime(2013, 11, 22, tzinfo=dt.UTC)
    async with deps.unit_of_work(SYSTEM) as uow:
        await add_to_outbox(uow.session, "count", {"age": 0})
        assert await prune_sent(uow.session, week_ago, 1_000) == 1
        assert len(await take_unsent(uow.session, 10)) == 1


async def test_idempotency_keys_are_kept_for_a_week(
    deps: Dependencies, database: TestDatabase, clock: FixedClock
) -> None:
    """A repeated mutation gets its first answer for days; the table does not grow for ever."""
    for days in (8, 6):
        do(
            database,
            "INSERT INTO idempotency_keys (principal, mutation, key, input_hash, outcome,"
            f" created_at) VALUES ('p', 'm', 'k{days}', 'h', '{{}}',"
            f" timestamptz '2013-11-29 00:00Z' - interval '{days} days')",
        )
    assert await prune_idempotency_keys(deps) == 1
    assert await prune_idempotency_keys(deps) == 0
