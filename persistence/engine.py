"""Engines and sessions: how long a statement may take, and as whom it speaks."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import asyncpg
import orjson
import structlog
from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from persistence.dsn import DatabaseAddress
from persistence.silence import CONNECT_S, SERVER_SETTINGS, notice_silence

__all__ = ["DatabaseAddress", "Purpose", "connect", "create_engine", "create_sessions"]

Purpose = Literal["api", "worker", "command"]
Revive = Callable[[], None]

# How long a new connection waits for a server that is starting up or recovering.
PATIENCE_S = 20.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Limits:
    """What a connection may cost: waiting clients are served worse by patience than by an error."""

    statement_s: int
    lock_s: int
    idle_in_transaction_s: int
    pool_size: int
    overflow: int


LIMITS: Mapping[Purpose, Limits] = {
    "api": Limits(statement_s=15, lock_s=5, idle_in_transaction_s=15, pool_size=10, overflow=10),
    # The relay holds its rows while a broker that is down makes it wait, up to two minutes.
    "worker": Limits(
        statement_s=120, lock_s=15, idle_in_transaction_s=300, pool_size=5, overflow=10
    ),
    "command": Limits(
        statement_s=600, lock_s=15, idle_in_transaction_s=300, pool_size=2, overflow=8
    ),
}


async def connect(
    database: DatabaseAddress,
    *,
    application_name: str,
    settings: Mapping[str, str] | None = None,
    revive: Revive | None = None,
) -> asyncpg.Connection:
    """Open one connection outside any pool, speaking as the address's role.

    The role goes into the connection's start: `RESET ROLE` then leads back to it, not to the
    login role. A server that is still starting or recovering is waited for a while; `revive` is
    called, once, when there is none. Both sides notice when the other falls silent.
    """
    server_settings = {
        **SERVER_SETTINGS,
        "application_name": application_name,
        **(settings or {}),
    }
    if database.role is not None:
        server_settings["role"] = database.role
    give_up = time.monotonic() + PATIENCE_S
    while True:
        try:
            connection: asyncpg.Connection = await asyncpg.connect(
                dsn=database.for_asyncpg(), server_settings=server_settings, timeout=CONNECT_S
            )
            # The driver has no public name for its socket.
            notice_silence(connection._transport.get_extra_info("socket"))
            return connection
        except asyncpg.CannotConnectNowError:
            if time.monotonic() > give_up:
                raise
            await asyncio.sleep(0.1)
        except (ConnectionRefusedError, FileNotFoundError):
            if revive is None:
                raise
            once, revive = revive, None
            _log.warning("the embedded database is gone; starting it again")
            await asyncio.to_thread(once)


def create_engine(
    database: DatabaseAddress, *, purpose: Purpose, revive: Revive | None = None
) -> AsyncEngine:
    """A pool of connections to `database` with the limits of `purpose`; opens none yet."""
    limits = LIMITS[purpose]
    settings = {
        "statement_timeout": f"{limits.statement_s}s",
        "lock_timeout": f"{limits.lock_s}s",
        "idle_in_transaction_session_timeout": f"{limits.idle_in_transaction_s}s",
        "timezone": "UTC",
        "jit": "off",
    }

    async def open_connection() -> asyncpg.Connection:
        return await connect(
            database,
            application_name=f"apportion-{purpose}",
            settings=settings,
            revive=revive,
        )

    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=open_connection,
        pool_size=limits.pool_size,
        max_overflow=limits.overflow,
        pool_timeout=limits.statement_s,
        pool_use_lifo=True,
        json_serializer=_to_json,
        json_deserializer=orjson.loads,
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(connection: Any, _record: object, _proxy: object) -> None:
    """A connection that has ended in the pool is replaced, and with it all that are as old.

    The driver knows without asking: the kernel reports an end to it, and notices silence. A ping
    would cost three round trips each time.
    """
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError


def create_sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Sessions whose objects stay readable after the commit: a hidden query is a bug."""
    return async_sessionmaker(engine, expire_on_commit=False)


def _to_json(value: Any) -> str:
    return orjson.dumps(value, _as_text, orjson.OPT_NON_STR_KEYS).decode()


def _as_text(value: object) -> str:
    """Money keeps its digits: a decimal becomes text, never a float."""
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
