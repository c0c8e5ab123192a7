"""The outbox relay: what a committed transaction asked for reaches the broker, at least once."""

import asyncio
from functools import partial
from typing import Any

import dramatiq
import psycopg
import pytest

from domain.principals import SYSTEM
from jobs import relay as relay_module
from jobs.actors import register
from jobs.brokers import BrokerAway, broker_from
from jobs.relay import Relay
from persistence.outbox import add_to_outbox
from persistence.retry import is_outage
from services.bootstrap import Dependencies
from tests.conftest import TestDatabase
from tests.jobs.conftest import NOTHING, Recorder, StartWork
from tests.waiting import eventually


def rows(database: TestDatabase, question: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(**database.superuser.for_libpq()) as connection:
        return connection.execute(question.encode()).fetchall()


def queued(database: TestDatabase) -> list[dict[str, Any]]:
    """The payloads of the messages in the database's queue, in order."""
    found = rows(database, "SELECT message -> 'args' -> 0 FROM dramatiq.queue ORDER BY position")
    return [payload for (payload,) in found]


def is_queued(database: TestDatabase, expected: list[dict[str, Any]]) -> bool:
    return queued(database) == expected


async def ask(deps: Dependencies, *numbers: int, topic: str = "count") -> None:
    async with deps.unit_of_work(SYSTEM) as uow:
        for number in numbers:
            await add_to_outbox(uow.session, topic, {"number": number})


async def ask_in_spite_of_outages(deps: Dependencies, number: int) -> None:
    """Ask once, as a client does who tries again: its own connection may be gone without a word."""
    while True:
        try:
            return await ask(deps, number)
        except Exception as error:
            # Before anything was written: the connection was closed while it lay in the pool.
            if not is_outage(error):
                raise


async def test_a_committed_request_is_sent_once_and_marked(
    deps: Dependencies, database: TestDatabase, database_broker: dramatiq.Broker
) -> None:
    register(database_broker, NOTHING, {"count": Recorder()})
    await ask(deps, 1, 2)
    relay = Relay(deps, database_broker)
    assert await relay.send_batch() == 2
    assert await relay.send_batch() == 0
    assert queued(database) == [{"number": 1}, {"number": 2}]
    assert rows(database, "SELECT count(*) FROM outbox WHERE sent_at IS NULL") == [(0,)]


async def test_a_rolled_back_request_is_never_sent(
    deps: Dependencies, database: TestDatabase, database_broker: dramatiq.Broker
) -> None:
    register(database_broker, NOTHING, {"count": Recorder()})

    async def ask_and_break() -> None:
        async with deps.unit_of_work(SYSTEM) as uow:
            await add_to_outbox(uow.session, "count", {"number": 1})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ask_and_break()
    assert await Relay(deps, database_broker).send_batch() == 0
    assert queued(database) == []


async def test_a_crash_after_sending_sends_again_rather_than_never(
    deps: Dependencies,
    database: TestDatabase,
    database_broker: dramatiq.Broker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """J2: what the crash leaves is a message that comes twice, not one that is lost."""
    register(database_broker, NOTHING, {"count": Recorder()})
    await ask(deps, 1)
    relay = Relay(deps, database_broker)

    async def crash(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(relay_module, "mark_sent", crash)
        with pytest.raises(ZeroDivisionError):
            await relay.send_batch()
    assert await relay.send_batch() == 1
    assert queued(database) == [{"number": 1}, {"number": 1}]


async def test_two_relays_share_the_work(
    deps: Dependencies, database: TestDatabase, database_broker: dramatiq.Broker
) -> None:
    register(database_broker, NOTHING, {"count": Recorder()})
    await ask(deps, *range(120))
    relays = [Relay(deps, database_broker) for _ in range(2)]

    async def drain(relay: Relay) -> int:
        sent = 0
        while batch := await relay.send_batch():
            sent += batch
        return sent

    assert sum(await asyncio.gather(*map(drain, relays))) == 120
    assert sorted(payload["number"] for payload in queued(database)) == list(range(120))


async def test_a_job_without_an_actor_waits_for_a_newer_worker(
    deps: Dependencies, database: TestDatabase, database_broker: dramatiq.Broker
) -> None:
    register(database_broker, NOTHING, {"count": Recorder()})
    await ask(deps, 1, topic="of.tomorrow")
    await ask(deps, 2)
    assert await Relay(deps, database_broker).send_batch() == 1
    assert queued(database) == [{"number": 2}]
    left = rows(database, "SELECT topic, attempts FROM outbox WHERE sent_at IS NULL")
    assert left == [("of.tomorrow", 1)]


async def test_a_broker_that_is_away_loses_nothing(
    deps: Dependencies, database: TestDatabase
) -> None:
    broker = broker_from("amqp://guest:guest@127.0.0.1:1/?connection_attempts=1")
    register(broker, NOTHING, {"count": Recorder()})
    await ask(deps, 1, 2)
    with pytest.raises(BrokerAway):
        await Relay(deps, broker).send_batch()
    left = rows(database, "SELECT attempts FROM outbox WHERE sent_at IS NULL ORDER BY id")
    assert left == [(1,), (0,)]


async def test_a_running_relay_is_woken_by_the_commit(
    deps: Dependencies,
    database: TestDatabase,
    database_broker: dramatiq.Broker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The poll is only the safety net: with one of an hour the job still leaves at once."""
    monkeypatch.setattr(relay_module, "POLL_S", 3600.0)
    register(database_broker, NOTHING, {"count": Recorder()})
    running = asyncio.create_task(Relay(deps, database_broker).run())
    for number in (1, 2):
        await ask(deps, number)
        expected = [{"number": sent} for sent in range(1, number + 1)]
        await eventually(partial(is_queued, database, expected))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_running_relay_outlives_its_connections(
    deps: Dependencies, database: TestDatabase, database_broker: dramatiq.Broker
) -> None:
    register(database_broker, NOTHING, {"count": Recorder()})
    running = asyncio.create_task(Relay(deps, database_broker).run())
    listening = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'apportion-relay'"
    await eventually(lambda: rows(database, listening) == [(1,)])
    rows(
        database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE usename = 'apportion_app' AND datname = current_database()",
    )
    await ask_in_spite_of_outages(deps, 1)
    await eventually(lambda: queued(database) == [{"number": 1}])
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_every_broker_carries_jobs_from_the_outbox_to_the_handler(
    deps: Dependencies, broker: dramatiq.Broker, work: StartWork, mark: str
) -> None:
    handler = Recorder()
    work(broker, {"carry": handler})
    async with deps.unit_of_work(SYSTEM) as uow:
        await add_to_outbox(uow.session, "carry", {"mark": mark})
    assert await Relay(deps, broker).send_batch() == 1
    await eventually(lambda: {"mark": mark} in handler.seen)
