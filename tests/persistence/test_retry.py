"""Which errors say nothing of the work itself, as the real database and driver raise them."""

import asyncpg
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from domain.principals import SYSTEM
from persistence.dsn import DatabaseAddress, socket_address
from persistence.engine import connect, create_engine
from persistence.retry import is_contention, is_outage, is_passing
from services.bootstrap import Dependencies
from tests.conftest import TestDatabase
from tests.waiting import eventually


async def error_of(deps: Dependencies, *statements: str) -> Exception:
    """What the last of these statements fails with, as a use case would see it."""
    try:
        async with deps.unit_of_work(SYSTEM) as uow:
            for statement in statements:
                await uow.session.execute(text(statement))
    except DBAPIError as error:
        return error
    raise AssertionError("nothing failed")


def is_connected(database: TestDatabase, pid: int) -> bool:
    with psycopg.connect(**database.superuser.for_libpq()) as connection:
        found = connection.execute("SELECT FROM pg_stat_activity WHERE pid = %s", (pid,))
        return found.fetchone() is not None


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT pg_terminate_backend(pg_backend_pid())",
        "DO $$ BEGIN RAISE EXCEPTION 'no room left' USING ERRCODE = 'disk_full'; END $$",
        "DO $$ BEGIN RAISE EXCEPTION 'not yet' USING ERRCODE = 'cannot_connect_now'; END $$",
    ],
    ids=["shut down", "disk full", "starting up"],
)
async def test_an_outage_passes(deps: Dependencies, statement: str) -> None:
    """J2: a run that meets one is taken up again, not marked as failed."""
    error = await error_of(deps, statement)
    assert is_outage(error)
    assert is_passing(error)


async def test_a_transaction_closed_for_idling_passes(
    deps: Dependencies, database: TestDatabase
) -> None:
    """The limit holds between statements; the next one finds the connection closed."""
    async with deps.unit_of_work(SYSTEM) as uow:
        pid = await uow.session.scalar(text("SELECT pg_backend_pid()"))
        await uow.session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '10ms'"))
        await eventually(lambda: not is_connected(database, pid))
        with pytest.raises(DBAPIError) as caught:
            await uow.session.execute(text("SELECT 1"))
        await uow.session.rollback()
    assert is_passing(caught.value)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1 / 0",
        "SELECT * FROM no_such_table",
        "INSERT INTO outbox (topic, payload, attempts) VALUES ('t', '{}', -1)",
    ],
)
async def test_a_mistake_of_ours_does_not_pass(deps: Dependencies, statement: str) -> None:
    """What would break again each time it is tried."""
    assert not is_passing(await error_of(deps, statement))


async def test_contention_passes_and_is_no_outage(
    deps: Dependencies, database: TestDatabase
) -> None:
    with psycopg.connect(**database.superuser.for_libpq()) as other:
        other.execute("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE")
        error = await error_of(
            deps, "SET LOCAL lock_timeout = '10ms'", "SELECT count(*) FROM outbox"
        )
    assert is_contention(error)
    assert is_passing(error)
    assert not is_outage(error)


async def test_a_pool_without_a_free_connection_passes(database: TestDatabase) -> None:
    """A busy process says nothing of the job."""
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: connect(database.application, application_name="test"),
        pool_size=1,
        max_overflow=0,
        pool_timeout=0.05,
    )
    async with engine.connect():
        with pytest.raises(Exception, match="QueuePool limit") as caught:
            await engine.connect().start()
    await engine.dispose()
    assert is_passing(caught.value)


async def test_a_database_that_is_not_there_passes() -> None:
    engine = create_engine(socket_address("/nowhere", user="u", database="d"), purpose="api")
    with pytest.raises(OSError, match="No such file") as caught:
        await engine.connect().start()
    await engine.dispose()
    assert is_passing(caught.value)


async def test_a_table_changed_under_a_prepared_statement_passes(
    deps: Dependencies, database: TestDatabase
) -> None:
    """A migration while this version still runs: the next try prepares its statements again."""
    async with deps.unit_of_work(SYSTEM) as uow:
        for _ in range(2):
            await uow.session.execute(text("SELECT * FROM products"))
    with psycopg.connect(**database.owner.for_libpq()) as owner:
        owner.execute("ALTER TABLE products ADD COLUMN added text")
    assert is_passing(await error_of(deps, "SELECT * FROM products"))
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(text("SELECT * FROM products"))


async def test_the_driver_s_own_errors_count_without_sqlalchemy(database: TestDatabase) -> None:
    """The errors of listening connections, which are no pool's."""
    address: DatabaseAddress = database.application
    connection = await connect(address, application_name="test")
    with pytest.raises(asyncpg.PostgresError) as shut:
        await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(asyncpg.InterfaceError) as closed:
        await connection.execute("SELECT 1")
    assert is_outage(shut.value)
    assert is_outage(closed.value)
    assert is_outage(asyncpg.InternalClientError("got result for unknown protocol state 3"))
