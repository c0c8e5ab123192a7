"""Actors: contention is tried again, a refusal is not, and nothing is registered by an import."""

import socket
import subprocess
import sys

import dramatiq
import psycopg
import pytest

from domain.errors import WrongState
from domain.messages import literal
from jobs.actors import TOPICS, register
from jobs.brokers import MOST_RETRIES, broker_from, redis_faults, send, with_heartbeat
from persistence.silence import tcp_options
from tests.conftest import REPOSITORY, TestDatabase
from tests.jobs.conftest import NOTHING, Recorder, StartWork
from tests.waiting import wait_until


def states(database: TestDatabase) -> list[str]:
    with psycopg.connect(**database.superuser.for_libpq()) as connection:
        found = connection.execute("SELECT state::text FROM dramatiq.queue").fetchall()
    return [state for (state,) in found]


def test_a_passing_fault_is_tried_again(
    broker: dramatiq.Broker, work: StartWork, mark: str
) -> None:
    handler = Recorder(ConnectionResetError("the database went away"))
    work(broker, {"try": handler})
    send(broker, "try", {"mark": mark})
    wait_until(lambda: handler.seen.count({"mark": mark}) == 2)


def test_a_refusal_is_not_tried_again(
    database: TestDatabase, database_broker: dramatiq.Broker, work: StartWork
) -> None:
    handler = Recorder(WrongState(literal("The run has ended.")))
    work(database_broker, {"try": handler})
    send(database_broker, "try", {})
    wait_until(lambda: states(database) == ["rejected"])
    assert len(handler.seen) == 1


def test_a_job_that_always_fails_is_given_up(
    database: TestDatabase,
    database_broker: dramatiq.Broker,
    work: StartWork,
) -> None:
    for middleware in database_broker.middleware:
        if isinstance(middleware, dramatiq.middleware.Retries):
            assert middleware.max_retries == MOST_RETRIES
            middleware.max_retries, middleware.min_backoff = 2, 10
    handler = Recorder(*(ArithmeticError("always") for _ in range(9)))
    work(database_broker, {"try": handler})
    send(database_broker, "try", {})
    wait_until(lambda: states(database) == ["rejected"])
    assert len(handler.seen) == 3


def test_a_message_delivered_twice_is_handled_twice(
    database_broker: dramatiq.Broker, work: StartWork
) -> None:
    """Delivery repeats, so every use case behind a topic must bear it (J2)."""
    handler = Recorder()
    work(database_broker, {"try": handler})
    for _ in range(2):
        send(database_broker, "try", {"run_id": 7})
    wait_until(lambda: handler.seen == [{"run_id": 7}, {"run_id": 7}])


def test_nothing_is_registered_by_importing() -> None:
    script = (
        "import jobs.actors, jobs.worker, dramatiq, sys;"
        "from dramatiq import broker;"
        "assert broker.global_broker is None;"
        "assert 'ortools' not in sys.modules and 'polars' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, check=True)


def test_every_topic_becomes_an_actor(database_broker: dramatiq.Broker) -> None:
    register(database_broker, NOTHING)
    assert database_broker.get_declared_actors() == set(TOPICS)
    assert database_broker.get_declared_queues() == {"apportion"}


def test_an_unknown_broker_is_refused() -> None:
    with pytest.raises(ValueError, match="kafka:// is no broker we know"):
        broker_from("kafka://somewhere")


def test_a_redis_that_could_lose_jobs_is_warned_of(redis_url: str) -> None:
    import redis

    client = redis.Redis.from_url(redis_url)
    settings = {**client.config_get("appendonly"), **client.config_get("maxmemory-policy")}
    faults = [*map(str, redis_faults(client))]
    client.close()
    assert any("appendonly" in fault for fault in faults) is (settings["appendonly"] == "no")
    assert any("noeviction" in fault for fault in faults) is (
        settings["maxmemory-policy"] != "noeviction"
    )


def test_rabbitmq_confirms_delivery(rabbitmq_url: str) -> None:
    broker = broker_from(rabbitmq_url)
    assert broker.confirm_delivery is True  # type: ignore[attr-defined]  # RabbitMQ's alone
    broker.close()


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("amqp://guest@broker/%2F", "amqp://guest@broker/%2F?heartbeat=7"),
        ("amqp://broker/?ssl_options=x", "amqp://broker/?ssl_options=x&heartbeat=7"),
        ("amqp://broker/?heartbeat=60", "amqp://broker/?heartbeat=60"),
    ],
)
def test_a_silent_rabbitmq_connection_is_given_up_after_two_heartbeats(
    url: str, asked: str
) -> None:
    """J2: what a cut-off worker has taken goes to another; an address may say otherwise."""
    assert with_heartbeat(url) == asked


def test_a_redis_connection_notices_silence(redis_url: str) -> None:
    """J2: after 14 s it is over, also one with something left to send."""
    broker = broker_from(redis_url)
    pool = broker.client.connection_pool  # type: ignore[attr-defined]  # Redis's alone
    connection = pool.get_connection()
    options = tcp_options()
    connected = connection._sock
    assert connected.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    assert {
        number: connected.getsockopt(socket.IPPROTO_TCP, number) for number in options
    } == options
    pool.release(connection)
    broker.close()
