"""J2 A11: whatever is killed, and whenever, a receipt is allocated once and the books agree.

Real workers as processes. They are stopped in mid-job by a transaction of the test's own that holds
the order lines which the plan is about to serve.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.principals import SYSTEM
from persistence.invariants import check_invariants
from persistence.outbox import add_to_outbox
from persistence.retry import is_passing
from services.allocation.goods import RUN_TOPIC
from services.allocation.stale_runs import requeue_stale_runs
from services.bootstrap import Dependencies, open_dependencies
from services.settings import Settings
from services.supply import receive_goods
from tests.conftest import StartWorker
from tests.waiting import PATIENCE_S, until
from tests.world import ARRIVAL, write_tiny_company

pytestmark = pytest.mark.usefixtures("tiny_company")

# Of the 12 that arrived: F1's 4, the store's 1 and the reserve's 4 are held, F2's 3 reserved.
SHARED_OUT = [(12, 9, 3)]


async def ask(deps: Dependencies, statement: str) -> list[tuple[Any, ...]]:
    async with deps.unit_of_work(SYSTEM) as uow:
        return [tuple(row) for row in await uow.session.execute(text(statement))]


async def arrive(deps: Dependencies) -> int:
    """The tiny company's 12 pieces arrive; the run that this queues."""
    async with deps.unit_of_work(SYSTEM) as uow:
        received = await receive_goods(ARRIVAL, uow)
    assert received.run_id is not None
    return received.run_id


async def wait_for(
    deps: Dependencies, statement: str, true: Callable[[list[tuple[Any, ...]]], bool]
) -> None:
    """Wait until the database answers as expected; that it is away for a while is part of it."""

    async def is_true() -> bool:
        try:
            return true(await ask(deps, statement))
        except Exception as error:
            if not is_passing(error):
                raise
            return False

    await until(is_true)


async def wait_for_status(deps: Dependencies, status: str) -> None:
    await wait_for(
        deps, "SELECT status FROM allocation_runs ORDER BY id", lambda rows: rows == [(status,)]
    )


@asynccontextmanager
async def lines_held(deps: Dependencies) -> AsyncIterator[AsyncSession]:
    """Holds the order lines: a worker gets as far as its commit, and no further."""
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(text("SELECT 1 FROM order_lines FOR UPDATE"))
        yield uow.session


async def wait_for_a_commit_under_way(deps: Dependencies) -> None:
    await wait_for(
        deps,
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'apportion-worker'"
        " AND wait_event_type = 'Lock'",
        lambda rows: rows[0][0] > 0,
    )


async def kill_the_server_at_the_commit(deps: Dependencies) -> None:
    """Raises what the end of the server does to a statement under way."""
    embedded = deps.databases.embedded
    assert embedded is not None
    async with lines_held(deps) as session:
        await arrive(deps)
        await wait_for_a_commit_under_way(deps)
        os.kill(int((embedded.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        await session.execute(text("SELECT pg_sleep(60)"))


async def assert_allocated_once(deps: Dependencies) -> None:
    assert (
        await ask(
            deps, "SELECT sum(units_on_hand), sum(units_held), sum(units_reserved) FROM stock"
        )
        == SHARED_OUT
    )
    assert await ask(deps, "SELECT count(*) FROM allocation_runs") == [(1,)]
    assert await ask(deps, "SELECT count(*) FROM audit_log WHERE action = 'allocationCommit'") == [
        (1,)
    ]
    async with deps.unit_of_work(SYSTEM, one_instant=True) as uow:
        assert [found for found in await check_invariants(uow.session) if found.broken] == []


async def test_a_receipt_is_allocated_by_a_worker(
    deps: Dependencies, worker_process: StartWorker
) -> None:
    """A2: the happy story, through outbox, relay, broker and worker."""
    worker_process()
    await arrive(deps)
    await wait_for_status(deps, "COMMITTED")
    await assert_allocated_once(deps)


async def test_a_worker_killed_at_its_commit_leaves_the_run_to_another(
    deps: Dependencies, worker_process: StartWorker
) -> None:
    """J2: its transaction is undone, and another worker makes the run again."""
    async with lines_held(deps):
        worker = worker_process()
        await arrive(deps)
        await wait_for_status(deps, "SOLVING")
        await wait_for_a_commit_under_way(deps)
        worker.kill()
        worker.wait()
    worker_process()
    await wait_for_status(deps, "COMMITTED")
    await assert_allocated_once(deps)
    (attempts,) = await ask(deps, "SELECT attempts FROM allocation_runs")
    assert attempts[0] >= 2


async def test_two_workers_and_every_message_twice(
    deps: Dependencies, worker_process: StartWorker
) -> None:
    workers = [worker_process(), worker_process()]
    async with lines_held(deps):
        run_id = await arrive(deps)
        async with deps.unit_of_work(SYSTEM) as uow:
            for _ in range(3):
                await add_to_outbox(uow.session, RUN_TOPIC, {"run_id": run_id})
        await wait_for_a_commit_under_way(deps)
    await wait_for_status(deps, "COMMITTED")
    await wait_for(deps, "SELECT count(*) FROM dramatiq.queue", lambda rows: rows == [(0,)])
    await assert_allocated_once(deps)
    assert [worker.poll() for worker in workers] == [None, None]


async def test_a_run_whose_message_was_lost_is_asked_for_again(deps: Dependencies) -> None:
    """Even a broker that forgets loses no run: the sweep asks for what nobody works on."""
    run_id = await arrive(deps)
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(text("DELETE FROM outbox"))
        await uow.session.execute(
            text(
                "UPDATE allocation_runs SET status = 'CLAIMED', claimed_at = now(),"
                " claimed_by = 'gone:1', attempts = 1"
            )
        )
    assert await requeue_stale_runs(deps) == 1
    assert await requeue_stale_runs(deps) == 0, "it was asked for a moment ago"
    assert await ask(deps, "SELECT topic, payload FROM outbox") == [(RUN_TOPIC, {"run_id": run_id})]


async def test_a_database_killed_in_mid_job_forgets_nothing(
    short_home: Path, worker_process: StartWorker
) -> None:
    """J2: the embedded server is killed at the commit, recovers, and the run is committed once."""
    settings = Settings(home=short_home / "home")
    async with open_dependencies(settings, purpose="command", create=True) as deps:
        await write_tiny_company(deps)
        worker = worker_process(settings=settings)
        with pytest.raises(DBAPIError):
            await kill_the_server_at_the_commit(deps)
        await wait_for_status(deps, "COMMITTED")
        await assert_allocated_once(deps)
        assert worker.poll() is None, "the worker lives through it"
        worker.send_signal(signal.SIGTERM)
        await asyncio.to_thread(worker.wait, PATIENCE_S)
