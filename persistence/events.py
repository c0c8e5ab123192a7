"""News for subscribers: triggers send it with the transaction, every server process hears it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson
import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.dsn import DatabaseAddress
from persistence.engine import connect
from persistence.listen_connection import OUTAGES

log = structlog.get_logger(__name__)

CHANNEL = "apportion_events"
ORDER = "order"
ALLOCATION_RUN = "allocationRun"
MILESTONE_DUE = "milestoneDue"
# Sent to every subscriber after the connection was lost: something may have been missed.
MISSED = "missed"
# A subscriber that reads more slowly than this many events come in gets MISSED instead.
BACKLOG = 1_000
RECONNECT_S = (0.1, 0.5, 2, 5)


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to an object; what, the subscriber reads under its own rights."""

    kind: str
    id: int | None = None
    customer_id: int | None = None
    details: dict[str, Any] = field(default_factory=dict)


class EventStream:
    """One listening connection per process, shared out to all its subscribers."""

    def __init__(self, database: DatabaseAddress) -> None:
        self._database = database
        self._subscribers: set[asyncio.Queue[Event]] = set()
        self._task: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    @property
    def subscribers(self) -> int:
        """How many are listening now."""
        return len(self._subscribers)

    async def start(self) -> None:
        """Begin to listen; returns when the first connection stands."""
        self._task = asyncio.create_task(self._listen(), name="events")
        ready = asyncio.create_task(self._listening.wait())
        await asyncio.wait({self._task, ready}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()

    async def stop(self) -> None:
        """Close the connection and drop the subscribers."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._subscribers.clear()

    @contextlib.contextmanager
    def subscribe(self) -> Iterator[AsyncIterator[Event]]:
        """All events from now on, while the block lasts."""
        queue: asyncio.Queue[Event] = asyncio.Queue(BACKLOG)
        self._subscribers.add(queue)
        try:
            yield _each(queue)
        finally:
            self._subscribers.discard(queue)

    async def _listen(self) -> None:
        failures = 0
        while True:
            try:
                await self._listen_until_lost()
                failures = 0
            except OUTAGES as error:
                log.warning("events: no connection", error=str(error))
            self._listening.clear()
            await asyncio.sleep(RECONNECT_S[min(failures, len(RECONNECT_S) - 1)])
            failures += 1

    async def _listen_until_lost(self) -> None:
        connection = await connect(self._database, application_name="apportion-events")
        try:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _connection: lost.set())
            await connection.add_listener(CHANNEL, self._heard)
            self._listening.set()
            self._tell(Event(MISSED))
            await lost.wait()
        finally:
            await asyncio.shield(_close(connection))

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self._tell(_read(str(payload)))

    def _tell(self, event: Event) -> None:
        for queue in self._subscribers:
            try:
                queue.put_nowait(event)
            except asyncio.QueueFull:
                # Make room for the one word that makes the subscriber read again.
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(Event(MISSED))


async def _each(queue: asyncio.Queue[Event]) -> AsyncIterator[Event]:
    while True:
        yield await queue.get()


def _read(payload: str) -> Event:
    said = orjson.loads(payload)
    return Event(said.pop("kind"), said.pop("id", None), said.pop("customer", None), said)


async def _close(connection: asyncpg.Connection) -> None:
    # A connection that is gone already answers with one of these.
    with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        await connection.close(timeout=2)


async def announce(session: AsyncSession, kind: str, key: int, **details: int) -> None:
    """Notify every listening process, after the commit, of something no trigger sees."""
    news = orjson.dumps({"kind": kind, "id": key, **details}).decode()
    await session.execute(select(func.pg_notify(CHANNEL, news)))
