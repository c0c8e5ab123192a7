"""Engines: whose powers a connection has, how long it may take, what an address may say."""

import os
import socket
from decimal import Decimal
from typing import Any

import asyncpg
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from persistence.dsn import DatabaseAddress
from persistence.engine import connect, create_engine
from persistence.migrate import HEAD
from persistence.role_check import UnsafeDatabase, refuse_unsafe_database, schema_revision
from persistence.silence import tcp_options
from tests.conftest import TestDatabase
from tests.waiting import eventually


async def test_a_connection_has_the_limits_of_its_purpose(database: TestDatabase) -> None:
    engine = create_engine(database.application, purpose="api")
    async with engine.connect() as connection:
        shown = [
            (await connection.execute(text(f"SHOW {name}"))).scalar_one()
            for name in (
                "statement_timeout",
                "lock_timeout",
                "idle_in_transaction_session_timeout",
                "application_name",
                "timezone",
            )
        ]
    await engine.dispose()
    assert shown == ["15s", "5s", "15s", "apportion-api", "UTC"]


WATCHED = (
    "tcp_keepalives_idle",
    "tcp_keepalives_interval",
    "tcp_keepalives_count",
    "tcp_user_timeout",
    "client_connection_check_interval",
)


async def test_both_sides_of_a_connection_notice_silence(outside_postgres: DatabaseAddress) -> None:
    """J2: after 14 s without a sign of life a connection is over, and its locks are free."""
    expected = ["2", "2", "6", "14000", "2s"]
    ours = await connect(outside_postgres, application_name="test")
    assert [await ours.fetchval(f"SHOW {name}") for name in WATCHED] == expected
    options = tcp_options()
    connected = ours._transport.get_extra_info("socket")
    assert connected.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    assert {
        number: connected.getsockopt(socket.IPPROTO_TCP, number) for number in options
    } == options
    await ours.close()
    with psycopg.connect(**outside_postgres.for_libpq()) as theirs:
        shown = [theirs.execute(f"SHOW {name}".encode()).fetchone() for name in WATCHED]
        assert [row[0] for row in shown if row is not None] == expected
        with socket.socket(fileno=os.dup(theirs.fileno())) as connected:
            assert {
                number: connected.getsockopt(socket.IPPROTO_TCP, number) for number in options
            } == options


async def test_a_unix_socket_has_no_silence_to_notice(database: TestDatabase) -> None:
    """The embedded database takes the same settings and does without them."""
    connection = await connect(database.application, application_name="test")
    assert [await connection.fetchval(f"SHOW {name}") for name in WATCHED] == [*"0000", "2s"]
    await connection.close()


def test_what_an_address_says_of_silence_counts() -> None:
    """A company with a slow line chooses for itself."""
    address = DatabaseAddress(
        "postgresql://me@db/a?tcp_user_timeout=60000&options=-c%20tcp_keepalives_idle%3D30"
    )
    arguments = address.for_libpq(role="app")
    assert arguments["tcp_user_timeout"] == "60000"
    *_, idle, role = arguments["options"].split("-c ")
    assert (idle.strip(), role) == ("tcp_keepalives_idle=30", "role=app")


async def test_a_connection_that_ended_in_the_pool_is_replaced(database: TestDatabase) -> None:
    """Without asking the server: no statement more than the transaction's own."""
    engine = create_engine(database.application, purpose="api")
    async with engine.connect() as connection:
        first = await connection.scalar(text("SELECT pg_backend_pid()"))
        driver: Any = (await connection.get_raw_connection()).driver_connection
    with psycopg.connect(**database.superuser.for_libpq()) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (first,))
    await eventually(driver.is_closed)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT pg_backend_pid()")) != first
    await engine.dispose()


async def test_json_keeps_the_digits_of_money(database: TestDatabase) -> None:
    engine = create_engine(database.application, purpose="api")
    async with engine.begin() as connection:
        from persistence.tables import OutboxRow

        await connection.execute(text("SELECT set_config('app.scope', 'all', true)"))
        await connection.execute(
            OutboxRow.__table__.insert(), {"topic": "t", "payload": {"paid": Decimal("0.10")}}
        )
        kept = (await connection.execute(text("SELECT payload FROM outbox"))).scalar_one()
        with pytest.raises(DBAPIError) as refused:
            await connection.execute(text("SELECT 1/0"))
    await engine.dispose()
    assert kept == {"paid": "0.10"}
    assert "division by zero" in str(refused.value)


async def test_a_role_is_taken_on_for_good(database: TestDatabase) -> None:
    """A superuser's login speaks as the application, and RESET ROLE does not lead out of it."""
    address = DatabaseAddress(database.superuser.url, role="apportion_app")
    connection = await connect(address, application_name="test")
    assert await connection.fetchval("SELECT current_user") == "apportion_app"
    await connection.execute("RESET ROLE")
    assert await connection.fetchval("SELECT current_user") == "apportion_app"
    await connection.close()
    with psycopg.connect(**address.for_libpq()) as other:
        assert other.execute("SELECT current_user").fetchone() == ("apportion_app",)


async def test_the_application_role_is_accepted(database: TestDatabase) -> None:
    engine = create_engine(database.application, purpose="api")
    await refuse_unsafe_database(engine)
    await engine.dispose()


async def test_a_superuser_is_refused(database: TestDatabase) -> None:
    engine = create_engine(database.superuser, purpose="api")
    with pytest.raises(UnsafeDatabase, match=r"'postgres' is a superuser.*APPORTION_OWNER_URL"):
        await refuse_unsafe_database(engine)
    await engine.dispose()


async def test_a_role_that_bypasses_row_security_is_refused(database: TestDatabase) -> None:
    engine = create_engine(database.owner, purpose="api")
    with pytest.raises(UnsafeDatabase, match="'apportion_owner' has BYPASSRLS"):
        await refuse_unsafe_database(engine)
    await engine.dispose()


async def test_an_owner_is_refused(database: TestDatabase) -> None:
    with psycopg.connect(**database.superuser.for_libpq()) as connection:
        connection.execute("ALTER TABLE outbox OWNER TO apportion_app")
    engine = create_engine(database.application, purpose="api")
    with pytest.raises(UnsafeDatabase, match="owns outbox"):
        await refuse_unsafe_database(engine)
    await engine.dispose()


async def test_a_table_without_forced_row_security_is_refused(database: TestDatabase) -> None:
    with psycopg.connect(**database.owner.for_libpq()) as connection:
        connection.execute("ALTER TABLE orders NO FORCE ROW LEVEL SECURITY")
    engine = create_engine(database.application, purpose="api")
    with pytest.raises(UnsafeDatabase, match="not forced on orders"):
        await refuse_unsafe_database(engine)
    await engine.dispose()


async def test_the_schema_s_revision_is_read(database: TestDatabase) -> None:
    engine = create_engine(database.application, purpose="api")
    assert await schema_revision(engine) == HEAD
    await engine.dispose()
    empty = DatabaseAddress(database.superuser.url.replace(database.name, "postgres"))
    engine = create_engine(empty, purpose="api")
    assert await schema_revision(engine) is None
    await engine.dispose()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:word@db:5433/a?sslmode=require", "postgresql://me@db:5433/a?sslmode=require"),
        ("postgresql://db/a?user=me&password=word", "postgresql://db/a?user=me"),
        ("postgresql://me@db/a", "postgresql://me@db/a"),
    ],
)  # fmt: skip
def test_a_password_is_never_shown(url: str, shown: str) -> None:
    address = DatabaseAddress(url)
    assert address.without_password == shown
    assert "word" not in repr(address)


def test_words_that_only_libpq_knows_are_not_sent_as_settings() -> None:
    address = DatabaseAddress(
        "postgresql://me@db/a?sslmode=verify-full&channel_binding=require&connect_timeout=3"
    )
    assert address.for_asyncpg() == "postgresql://me@db/a?sslmode=verify-full"


async def test_sslmode_is_obeyed(outside_postgres: DatabaseAddress) -> None:
    """`disable` connects; `require` is refused by a server without TLS rather than ignored."""
    plain = DatabaseAddress(f"{outside_postgres.url}?sslmode=disable")
    connection = await connect(plain, application_name="test")
    has_tls = await connection.fetchval("SHOW ssl") == "on"
    assert not await connection.fetchval("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    await connection.close()
    strict = DatabaseAddress(f"{outside_postgres.url}?sslmode=require")
    if has_tls:
        connection = await connect(strict, application_name="test")
        assert await connection.fetchval("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        await connection.close()
    else:
        with pytest.raises((ConnectionError, asyncpg.PostgresError)):
            await connect(strict, application_name="test")
