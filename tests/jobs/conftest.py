"""Workers of the test's own process, on whichever broker a test asks for."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, cast
from uuid import uuid4

import dramatiq
import pytest
from dramatiq.common import dq_name, xq_name

from jobs import actors, brokers
from jobs.actors import Handler, register
from jobs.brokers import broker_from
from jobs.worker import event_loop, worker_of
from services.bootstrap import Dependencies
from tests.conftest import TestDatabase

# The handlers of these tests look at their payload and at nothing else.
NOTHING = cast(Dependencies, None)


class Recorder:
    """A handler that notes what it was given, after failing as often as it is asked to."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.seen: list[dict[str, Any]] = []

    async def __call__(self, payload: dict[str, Any], _: Dependencies) -> None:
        self.seen.append(payload)
        if self.failures:
            raise self.failures.pop(0)


StartWork = Callable[..., dramatiq.Worker]


@pytest.fixture
def work() -> Iterator[StartWork]:
    """Registers handlers on a broker and lets threads work on them until the test ends."""
    with ExitStack() as stack:
        stack.enter_context(event_loop())

        def start(
            broker: dramatiq.Broker, topics: dict[str, Handler], threads: int = 1
        ) -> dramatiq.Worker:
            register(broker, NOTHING, topics)
            worker = worker_of(broker, threads)
            worker.start()
            # A job that hangs must not hold up the end of a failed test.
            stack.callback(worker.stop, timeout=10_000)
            return worker

        yield start


@pytest.fixture(params=["database", "redis", "rabbitmq"])
def broker(
    request: pytest.FixtureRequest,
    database: TestDatabase,
    mark: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[dramatiq.Broker]:
    """Each broker in turn, with a queue of this test's own: others may be testing beside us."""
    if request.param == "database":
        made = broker_from(database.application)
    else:
        url: str = request.getfixturevalue(f"{request.param}_url")
        for module in (actors, brokers):
            monkeypatch.setattr(module, "QUEUE", f"apportion-{mark}")
        made = broker_from(url)
    made.emit_after("process_boot")
    yield made
    if request.param != "database":
        remove_queue(made, f"apportion-{mark}")
    made.close()


def remove_queue(broker: Any, queue: str) -> None:
    """Leave nothing of a test's queue on a server of the machine's."""
    if type(broker).__name__ == "RedisBroker":
        # The queue's name is the namespace as well.
        keys = list(broker.client.scan_iter(match=f"{queue}:*"))
        assert keys
        broker.client.delete(*keys)
    else:
        for name in (queue, dq_name(queue), xq_name(queue)):
            broker.channel.queue_delete(name)


@pytest.fixture
def database_broker(database: TestDatabase) -> Iterator[dramatiq.Broker]:
    """The broker in the test's own database."""
    made = broker_from(database.application)
    yield made
    made.close()


@pytest.fixture
def mark() -> str:
    """A word that only this test's messages have."""
    return uuid4().hex
