"""Errors that say nothing of the work itself: writers in each other's way, a database gone away."""

from collections.abc import AsyncIterator

import asyncpg
import stamina
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from domain.errors import CannotRun

# Serialization failure, deadlock, lock not available in time.
CONTENTION_CODES = frozenset({"40001", "40P01", "55P03"})
# Shut down by hand or by a crash, not taking connections yet, idle in a transaction for too long.
OUTAGE_CODES = frozenset({"57P01", "57P02", "57P03", "25P03"})
# Connection faults; too little memory, disk or connections.
OUTAGE_CLASSES = frozenset({"08", "53"})
DISK_FULL = "53100"
# Whatever a statement may fail with, by way of SQLAlchemy or straight from driver and socket.
DATABASE_ERRORS = (
    SQLAlchemyError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
    TimeoutError,
)
MOST_TRIES = 5


class InTheWay(CannotRun):
    """Others held for too long what was needed; the message says who, and what to do."""


def is_contention(error: Exception) -> bool:
    """Whether a transaction failed only because another was in its way."""
    return isinstance(error, DBAPIError) and sql_state(error) in CONTENTION_CODES


def is_cancelled(error: BaseException) -> bool:
    """Whether the database stopped a statement that took longer than it was given."""
    return isinstance(error, DBAPIError) and sql_state(error) == "57014"


def is_outage(error: BaseException) -> bool:
    """Whether the database is away, has no room, or was changed under a prepared statement."""
    if isinstance(error, OSError | TimeoutError | NoConnectionFree | asyncpg.InternalClientError):
        return True
    if isinstance(error, DBAPIError):
        stale = AsyncAdapt_asyncpg_dbapi.InvalidCachedStatementError
        if error.connection_invalidated or isinstance(error.orig, stale):
            return True
    elif isinstance(error, asyncpg.InterfaceError):
        return True
    code = sql_state(error)
    return code in OUTAGE_CODES or code[:2] in OUTAGE_CLASSES


def is_passing(error: Exception) -> bool:
    """Whether an error says nothing of the work itself: contention, or an outage."""
    return is_contention(error) or is_outage(error)


def sql_state(error: BaseException) -> str:
    """The SQLSTATE of an error, by way of SQLAlchemy or straight from the driver; or nothing."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(cause, "sqlstate", None) or "")


async def retrying() -> AsyncIterator[stamina.Attempt]:
    """Attempts at one whole transaction: `async for attempt in retrying(): with attempt: ...`."""
    async for attempt in stamina.retry_context(
        on=is_contention, attempts=MOST_TRIES, timeout=30.0, wait_initial=0.05, wait_max=1.0
    ):
        yield attempt
