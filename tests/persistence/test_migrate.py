"""Migrations: all or nothing, safe when two run at once, and true to the tables in the code."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from dramatiq_postgres.schema import generate_init_sql
from sqlalchemy import create_engine

from persistence.dsn import DatabaseAddress
from persistence.migrate import HEAD, MigrationError, configuration, migrate, reset
from persistence.row_security import (
    APPEND_ONLY,
    CUSTOMER_OWNED,
    OPEN_TO_ALL,
    STAFF_ONLY,
    secured,
)
from persistence.tables import metadata
from tests.conftest import TestDatabase
from tests.persistence.revisions import VERSIONS, do, rows


def test_head_is_the_newest_revision() -> None:
    assert ScriptDirectory.from_config(configuration(None)).get_current_head() == HEAD


def test_the_migrated_schema_is_that_of_the_tables(database: TestDatabase) -> None:
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(**database.owner.for_libpq())
    )
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_every_check_and_index_predicate_is_that_of_the_tables(database: TestDatabase) -> None:
    """What Alembic does not compare: a schema made from the tables has the same definitions."""
    question = """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
           AND contype <> 't'
           AND conrelid::regclass::text <> 'alembic_version'
         UNION ALL
        SELECT tablename, indexname, indexdef FROM pg_indexes
         WHERE schemaname = 'public' AND tablename <> 'alembic_version'
         ORDER BY 1, 2, 3
    """
    migrated = rows(database.owner, question)
    do(database.owner, "INSERT INTO installation VALUES (1, 'DEMO')")
    reset(database.owner)
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(**database.owner.for_libpq())
    )
    # The tables' checks and indexes call functions, which are no part of the tables.
    do(database.owner, (VERSIONS / "0012_functions.sql").read_text("utf-8"))
    metadata.create_all(engine)
    engine.dispose()
    assert rows(database.owner, question) == migrated


def test_every_table_says_who_may_see_it() -> None:
    """P1: a new table is owned by customers, for staff only, or open, and says which."""
    said = [*secured(), *OPEN_TO_ALL]
    assert sorted(said) == sorted(metadata.tables)
    for name, table in metadata.tables.items():
        if "customer_id" in table.c:
            assert name in CUSTOMER_OWNED or name in STAFF_ONLY, name


def test_every_guarded_table_is_guarded(database: TestDatabase) -> None:
    """Rows of a customer are seen by nobody else (P1): the policies stand, and are forced."""
    forced = rows(
        database.owner,
        "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity",
    )
    assert {name for (name,) in forced} == set(secured())
    history = rows(
        database.owner,
        "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'refuse_change'",
    )
    assert {name for (name,) in history} == set(APPEND_ONLY)


def test_the_queue_is_as_its_library_lays_it_out(database: TestDatabase) -> None:
    question = """
        SELECT table_name, column_name, udt_name, is_nullable, column_default
          FROM information_schema.columns WHERE table_schema = 'dramatiq' ORDER BY 1, 2
    """
    ours = rows(database.superuser, question)
    do(database.superuser, "DROP SCHEMA dramatiq CASCADE")
    do(database.superuser, generate_init_sql())
    assert rows(database.superuser, question) == ours


def test_the_application_reads_and_writes_rows_and_nothing_else(database: TestDatabase) -> None:
    do(database.application, "INSERT INTO regions (code, name) VALUES ('R', 'R')")
    assert rows(database.application, "DELETE FROM regions RETURNING code") == [("R",)]
    assert rows(database.application, "SELECT count(*) FROM dramatiq.queue") == [(0,)]
    for forbidden in (
        "UPDATE alembic_version SET version_num = 'x'",
        "TRUNCATE outbox",
        "DROP TABLE outbox",
        "ALTER TABLE orders DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE mine (n int)",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            do(database.application, forbidden)


def test_a_job_is_asked_for_by_all_and_seen_by_the_relay_alone(database: TestDatabase) -> None:
    """P1: what others asked for is no business of a customer's transaction."""
    do(database.application, "INSERT INTO outbox (topic, payload) VALUES ('t', '{}')")
    assert rows(database.application, "SELECT topic FROM outbox") == []
    assert rows(database.application, "DELETE FROM outbox RETURNING topic") == []
    everything = psycopg.connect(**database.application.for_libpq())
    with everything as connection:
        connection.execute("SELECT set_config('app.scope', 'all', true)")
        assert connection.execute("DELETE FROM outbox RETURNING topic").fetchall() == [("t",)]


def test_a_key_is_seen_by_who_sent_it(database: TestDatabase) -> None:
    """P1: an outcome kept under a client's key is no other's to read or to write."""
    key = (
        "INSERT INTO idempotency_keys (principal, mutation, key, input_hash, outcome)"
        " VALUES ('li', 'm', 'k', 'h', '{}')"
    )
    with psycopg.connect(**database.application.for_libpq()) as connection:
        connection.execute("SELECT set_config('app.subject', 'li', true)")
        connection.execute(key)
        assert connection.execute("SELECT key FROM idempotency_keys").fetchall() == [("k",)]
        connection.execute("SELECT set_config('app.subject', 'wu', true)")
        assert connection.execute("SELECT key FROM idempotency_keys").fetchall() == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(key.replace("'k'", "'other'"))


def test_what_a_shipment_holds_is_its_customer_s(database: TestDatabase) -> None:
    """P1: the keys refuse a child that says it is another customer's than its parent."""
    two = (
        "INSERT INTO customers (id, code, name, kind, rank, currency)"
        " VALUES (1, 'A', 'A', 'FRANCHISEE', 1, 'CNY'), (2, 'B', 'B', 'FRANCHISEE', 1, 'CNY')"
    )
    order = (
        "INSERT INTO orders (id, order_number, customer_id, status, placed_at, currency, total)"
        " VALUES (1, 'SO1', 1, 'SHIPPED', now(), 'CNY', 0)"
    )
    shipment = (
        "INSERT INTO shipments (id, shipment_number, order_id, customer_id, status)"
        " VALUES (1, 'S1', 1, 1, 'DISPATCHED')"
    )
    for statement in (two, order, shipment):
        do(database.superuser, statement)
    event = (
        "INSERT INTO tracking_events (shipment_id, customer_id, at, code)"
        " VALUES (1, {}, now(), 'X')"
    )
    do(database.superuser, event.format(1))
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        do(database.superuser, event.format(2))


def test_later_tables_are_granted_too(database: TestDatabase) -> None:
    do(database.owner, "CREATE TABLE later (id bigint GENERATED BY DEFAULT AS IDENTITY, n int)")
    do(database.application, "INSERT INTO later (n) VALUES (1)")
    assert rows(database.application, "SELECT id, n FROM later") == [(1, 1)]


def test_a_demonstration_is_emptied_and_migrated_again(database: TestDatabase) -> None:
    do(database.owner, "INSERT INTO installation VALUES (1, 'DEMO')")
    reset(database.owner)
    assert rows(database.owner, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [
        (0,)
    ]
    assert migrate(database.owner) is True
    assert migrate(database.owner) is False
    assert rows(database.application, "SELECT count(*) FROM installation") == [(0,)]


def test_a_company_s_own_database_is_never_emptied(database: TestDatabase) -> None:
    """A company's product is there: whatever the purpose says, short of DEMO, it stays."""
    product = (
        "INSERT INTO products (code, name, season, launch_rank)"
        " VALUES ('P', 'P', 'NON_SEASONAL', 1)"
    )
    do(database.owner, product)
    for purpose in (None, "LIVE"):
        if purpose is not None:
            do(database.owner, f"INSERT INTO installation VALUES (1, '{purpose}')")
        with pytest.raises(MigrationError, match="left alone"):
            reset(database.owner)
    assert rows(database.owner, "SELECT purpose FROM installation") == [("LIVE",)]


@pytest.mark.parametrize(
    "used",
    [
        "INSERT INTO people (subject, name) VALUES ('li', 'Li')",
        "INSERT INTO audit_log (at, actor, action, object_type, object_id)"
        " VALUES (now(), 'li', 'a', 'b', '1')",
    ],
)
def test_rows_that_the_owner_cannot_see_count_too(database: TestDatabase, used: str) -> None:
    """Row security is forced on the owner as well; emptying looks in everybody's name."""
    do(database.superuser, used)
    with pytest.raises(MigrationError, match="left alone"):
        reset(database.owner)


def test_a_database_that_was_installed_and_never_used_may_be_emptied(
    database: TestDatabase,
) -> None:
    """Who started the server first can still run the demonstration."""
    do(database.owner, "INSERT INTO installation VALUES (1, 'LIVE')")
    reset(database.owner)
    assert rows(database.owner, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [
        (0,)
    ]


def test_emptying_leaves_what_others_own(database: TestDatabase) -> None:
    do(database.superuser, "CREATE TABLE theirs AS SELECT 1 AS n")
    do(database.owner, "INSERT INTO installation VALUES (1, 'DEMO')")
    reset(database.owner)
    assert rows(database.superuser, "SELECT n FROM theirs") == [(1,)]


def test_two_migrations_at_once_do_it_once(database: TestDatabase) -> None:
    do(database.owner, "INSERT INTO installation VALUES (1, 'DEMO')")
    reset(database.owner)
    with ThreadPoolExecutor() as threads:
        done = list(threads.map(migrate, [database.owner] * 3))
    assert sorted(done) == [False, False, True]


def test_a_newer_version_s_schema_is_refused(database: TestDatabase) -> None:
    do(database.owner, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(MigrationError, match="newer version"):
        migrate(database.owner)
    assert rows(database.owner, "SELECT version_num FROM alembic_version") == [("9999",)]


def test_a_failed_migration_leaves_nothing(database: TestDatabase) -> None:
    do(database.owner, "INSERT INTO installation VALUES (1, 'DEMO')")
    reset(database.owner)
    do(database.owner, "CREATE TABLE orders (n int)")
    with pytest.raises(Exception, match="already exists"):
        migrate(database.owner)
    assert rows(database.owner, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == [
        ("orders",)
    ]


def test_an_outside_database_is_migrated_by_its_owner(outside_postgres: DatabaseAddress) -> None:
    """One superuser's URL for both: the migration makes the role, connections take it on."""
    name = f"apportion_test_{uuid4().hex}"
    with psycopg.connect(**outside_postgres.for_libpq(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    inside = DatabaseAddress(outside_postgres.url.rpartition("/")[0] + f"/{name}")
    try:
        assert migrate(inside) is True
        as_application = DatabaseAddress(inside.url, role="apportion_app")
        assert rows(as_application, "SELECT current_user, count(*) FROM outbox") == [
            ("apportion_app", 0)
        ]
    finally:
        with psycopg.connect(**outside_postgres.for_libpq(), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def test_a_database_that_is_away_is_reported_without_its_password() -> None:
    away = DatabaseAddress("postgresql://me:word@127.0.0.1:1/x")
    with pytest.raises(MigrationError, match=r"no answer from .* postgresql://me@127.0.0.1:1/x"):
        migrate(away)
