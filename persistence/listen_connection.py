"""What belongs to a connection and not to a transaction: LISTEN, and locks that last."""

import asyncio
import contextlib
from types import TracebackType
from typing import Self

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from persistence.dsn import DatabaseAddress
from persistence.engine import Revive, connect
from persistence.locks import AdvisoryLock

# What a lost database shows itself as, on a pooled or on a listening connection. The internal error
# comes up when the server dies between the two steps of a statement.
OUTAGES = (
    DBAPIError,
    NoConnectionFree,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)


class ConnectionLost(ConnectionError):
    """The listening connection is gone, and its locks and channels with it."""


class ListenConnection:
    """One connection outside the pool for as long as the block lasts.

    Its locks are let go the moment it closes, also when the process is killed.
    """

    def __init__(
        self, database: DatabaseAddress, *, name: str, revive: Revive | None = None
    ) -> None:
        self._database = database
        self._name = name
        self._revive = revive
        self._connection: asyncpg.Connection | None = None
        self._stirred = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._connection = await connect(
            self._database, application_name=self._name, revive=self._revive
        )
        self._connection.add_termination_listener(lambda _: self._stirred.set())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._connection is not None:
            # A connection that is gone already answers with one of these.
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.shield(self._connection.close(timeout=2))

    async def listen(self, channel: str) -> None:
        """Hear of `channel` from now on."""
        await self._open.add_listener(channel, lambda *_: self._stirred.set())

    async def wait(self, timeout_s: float) -> bool:
        """Whether a notification came since the last call, or comes within the time.

        Raises ConnectionLost.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._stirred.wait()
        notified = self._stirred.is_set()
        self._stirred.clear()
        if self._open.is_closed():
            raise ConnectionLost("the database closed the connection")
        return notified

    async def try_lock(self, lock: AdvisoryLock) -> bool:
        """Take a lock that is ours until the connection closes; False when another has it."""
        return bool(await self._open.fetchval("SELECT pg_try_advisory_lock($1)", lock.value))

    @property
    def _open(self) -> asyncpg.Connection:
        if self._connection is None:
            raise RuntimeError("a listening connection is used only inside its `async with` block")
        return self._connection
