"""The database as broker: it notifies of messages, so that nobody asks all the time."""

import asyncio
import re
import signal
import time
from pathlib import Path
from typing import Any

import dramatiq
import psycopg
import pytest

from domain.errors import WrongState
from domain.messages import literal
from jobs.brokers import broker_from, send
from persistence.embedded.database import EmbeddedDatabase
from services.bootstrap import Dependencies
from tests.conftest import StartWorker, TestDatabase
from tests.jobs.conftest import Recorder, StartWork
from tests.waiting import PATIENCE_S, wait_until

# Nothing in these tests waits for the safety net.
NEVER_S = 3600.0
# What one worker may ask of the database while there is nothing to do: some 1.1 and 4.7, and what
# chance adds to so short a time. BEGIN and COMMIT are statements too.
MOST_TRANSACTIONS_A_SECOND = 2.0
MOST_STATEMENTS_A_SECOND = 8.0
WATCHED_S = 10.0


@pytest.fixture
def sleeper(database_broker: dramatiq.Broker) -> dramatiq.Broker:
    """A broker whose consumers hear of messages or of none."""
    database_broker.poll_interval = NEVER_S  # type: ignore[attr-defined]  # the database's alone
    return database_broker


def one(database: TestDatabase, question: str) -> Any:
    with psycopg.connect(**database.superuser.for_libpq(), autocommit=True) as connection:
        found = connection.execute(question.encode())
        row = found.fetchone() if found.description else None
    return None if row is None else row[0]


def test_a_message_wakes_a_consumer(sleeper: dramatiq.Broker, work: StartWork) -> None:
    """J2: each of them, also those sent while it is at work or about to sleep."""
    handler = Recorder()
    work(sleeper, {"try": handler})
    for number in range(50):
        send(sleeper, "try", {"number": number})
        if number % 7 == 0:
            wait_until(lambda number=number: len(handler.seen) > number)  # type: ignore[misc]  # bound
    wait_until(lambda: len(handler.seen) == 50)


def test_what_was_sent_before_the_start_is_found(sleeper: dramatiq.Broker, work: StartWork) -> None:
    """Also by a consumer that began to listen after it was sent."""
    handler = Recorder()
    worker = work(sleeper, {"try": handler})
    worker.stop()
    for number in range(20):
        send(sleeper, "try", {"number": number})
    again = dramatiq.Worker(sleeper, worker_threads=1, worker_timeout=50)
    again.start()
    wait_until(lambda: len(handler.seen) == 20)
    again.stop()


def test_a_message_that_waits_for_its_time_is_taken_then(
    sleeper: dramatiq.Broker, work: StartWork
) -> None:
    """J2: a job that failed is tried again when its pause is over; nobody announces that."""
    handler = Recorder(ConnectionResetError(), ConnectionResetError())
    work(sleeper, {"try": handler})
    began = time.monotonic()
    send(sleeper, "try", {})
    wait_until(lambda: len(handler.seen) == 3)
    # Half a second and a second at the least, of which the library takes up to half off.
    assert time.monotonic() - began > 0.5


def give_back(database: TestDatabase) -> None:
    with psycopg.connect(**database.superuser.for_libpq()) as connection:
        connection.execute(
            "UPDATE dramatiq.queue SET state = 'queued', worker_id = NULL WHERE state = 'consumed'"
        )


def test_a_message_that_is_given_back_wakes_a_consumer(
    database: TestDatabase, sleeper: dramatiq.Broker, work: StartWork
) -> None:
    """J2: whoever gives it back: a worker that stops, or the upkeep after one that died."""
    handler = Recorder()
    work(sleeper, {"try": handler})
    send(sleeper, "try", {"number": 1})
    wait_until(lambda: one(database, "SELECT count(*) FROM dramatiq.queue") == 0)
    with psycopg.connect(**database.superuser.for_libpq()) as connection:
        connection.execute(
            "INSERT INTO dramatiq.queue (message_id, queue_name, state, message, consumed_at)"
            " SELECT id, 'apportion', 'consumed', jsonb_build_object('queue_name', 'apportion',"
            " 'actor_name', 'try', 'args', '[{\"number\": 2}]'::jsonb, 'kwargs', '{}'::jsonb,"
            " 'options', '{}'::jsonb, 'message_id', id, 'message_timestamp', 0), now()"
            " FROM (SELECT gen_random_uuid() AS id) AS new"
        )
    give_back(database)
    wait_until(lambda: handler.seen == [{"number": 1}, {"number": 2}])


def test_a_lost_connection_costs_no_message(
    database: TestDatabase, sleeper: dramatiq.Broker, work: StartWork
) -> None:
    """What was sent while nobody listened is asked for when a consumer does again."""
    handler = Recorder()
    work(sleeper, {"try": handler})
    send(sleeper, "try", {"number": 1})
    wait_until(lambda: len(handler.seen) == 1)
    one(
        database,
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE application_name = 'dramatiq-postgres' AND datname = current_database()",
    )
    send(sleeper, "try", {"number": 2})
    wait_until(lambda: handler.seen[-1] == {"number": 2})


def test_two_workers_share_what_comes(
    database: TestDatabase, sleeper: dramatiq.Broker, work: StartWork
) -> None:
    """J2: four jobs for two workers of two threads each are done side by side.

    None waits in the hands of one worker while the other has nothing to do.
    """
    together = asyncio.Barrier(4)
    passed = []

    async def meet(payload: dict[str, Any], _: Dependencies) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await together.wait()
        passed.append(payload)

    other = broker_from(database.application)
    try:
        for broker in (sleeper, other):
            work(broker, {"meet": meet}, 2)
        for number in range(4):
            send(sleeper, "meet", {"number": number})
        wait_until(lambda: len(passed) == 4)
    finally:
        other.close()


def test_a_refused_job_frees_its_place(sleeper: dramatiq.Broker, work: StartWork) -> None:
    """More messages than a consumer takes at a time; the end of each makes room for the next."""
    handler = Recorder(*[WrongState(literal("no")) for _ in range(9)])
    work(sleeper, {"try": handler})
    for number in range(12):
        send(sleeper, "try", {"number": number})
    wait_until(lambda: len(handler.seen) == 12)


def test_an_idle_worker_leaves_the_database_alone(
    cluster: EmbeddedDatabase, database: TestDatabase, worker_process: StartWorker
) -> None:
    """J1 J2: a transaction a second, for jobs, heartbeats, relay and all timers together."""
    one(database, f"ALTER DATABASE {database.name} SET log_statement = 'all'")
    worker = worker_process()
    # Each timer has come by once.
    wait_until(lambda: "DELETE FROM idempotency_keys" in " ".join(logged(cluster, 0)))
    began, start = time.monotonic(), log_of(cluster).stat().st_size
    time.sleep(WATCHED_S)
    seconds, statements = time.monotonic() - began, logged(cluster, start)
    ends = [each for each in statements if each.startswith(("COMMIT", "ROLLBACK"))]
    assert len(ends) / seconds <= MOST_TRANSACTIONS_A_SECOND
    assert len(statements) / seconds <= MOST_STATEMENTS_A_SECOND
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=PATIENCE_S) == 0


def log_of(cluster: EmbeddedDatabase) -> Path:
    return max((cluster.data / "log").glob("*.log"), key=lambda file: file.stat().st_mtime)


def logged(cluster: EmbeddedDatabase, start: int) -> list[str]:
    """The statements that the server's log has from a place on."""
    log = log_of(cluster).read_bytes()[start:].decode(errors="replace")
    return re.findall(r"LOG:  (?:statement|execute [^:]*): (.*)", log)
