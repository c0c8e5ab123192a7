"""Migrations: all or nothing, safe when two run at once, and true to the tables in the code."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from dramatiq_postgres.schema import generate_init_sql
from sqlalchemy import create_engine

from persistence import migrations
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

VERSIONS = Path(migrations.__file__).parent / "versions"


def rows(address: DatabaseAddress, question: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(**address.for_libpq()) as connection:
        return connection.execute(question.encode()).fetchall()


def do(address: DatabaseAddress, statement: str) -> None:
    with psycopg.connect(**address.for_libpq()) as connection:
        connection.execute(statement.encode())


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
    """Somebody's product is there: whatever the purpose says, short of DEMO, it stays."""
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


_OLD_ORDERS = """
SELECT set_config('app.scope', 'all', true);
INSERT INTO customers (id, code, name, kind, currency, rank)
  VALUES (1, 'F1', 'F1', 'FRANCHISEE', 'CNY', 1);
INSERT INTO orders (id, order_number, customer_id, status, placed_at, currency, total)
  VALUES (1, 'A', 1, 'CONFIRMED', now(), 'CNY', 1), (2, 'B', 1, 'DELIVERED', now(), 'CNY', 1);
INSERT INTO milestone_templates (id, code, name, version) VALUES (1, 'OLD', 'Old', 1);
INSERT INTO milestone_steps (id, template_id, number, code, label_en, label_zh, owner_role,
  attendees, predecessors, takes_estimate, takes_event, takes_closed, estimate_rules)
VALUES
  (9, 1, 9, 'NINE', 'n', 'n', 'SALES', '{}', '[]', true, false, true, '[]'),
  (10, 1, 10, 'TEN', 'n', 'n', 'SALES', '{}', '[]', false, false, true,
    '[{"event": "FINAL_PAYMENT_REQUEST_SENT", "days": 0, "unit": "CALENDAR"},
      {"step": 9, "days": 2, "unit": "CALENDAR"}]'),
  (17, 1, 17, 'ARRIVAL', 'n', 'n', 'SALES', '{}', '[10]', false, true, false,
    '[{"event": "ARRIVAL_EXPECTED", "days": 0, "unit": "CALENDAR"}]');
INSERT INTO milestones (order_id, customer_id, step_id, owner_role, takes_closed, estimated_on,
  event_on, closed_on, closed_by, is_open)
SELECT o.id, 1, s.id, 'SALES', s.takes_closed,
  CASE WHEN s.id = 9 THEN date '2013-11-20' END, CASE WHEN s.id = 17 THEN date '2013-11-25' END,
  CASE WHEN o.id = 2 AND s.takes_closed THEN date '2013-11-22' END,
  CASE WHEN o.id = 2 AND s.takes_closed THEN 'Li' END, o.id = 1 AND s.takes_closed
FROM orders AS o CROSS JOIN milestone_steps AS s;
"""


_ANOTHER_S_EVENT = """
INSERT INTO customers (id, code, name, kind, rank, currency)
VALUES (1, 'A', 'A', 'FRANCHISEE', 1, 'CNY'), (2, 'B', 'B', 'FRANCHISEE', 1, 'CNY');
INSERT INTO orders (id, order_number, customer_id, status, placed_at, currency, total)
VALUES (1, 'SO1', 1, 'SHIPPED', now(), 'CNY', 0);
INSERT INTO shipments (id, shipment_number, order_id, customer_id, status)
VALUES (1, 'S1', 1, 1, 'DISPATCHED');
INSERT INTO tracking_events (shipment_id, customer_id, at, code) VALUES (1, 2, now(), 'X');
"""


def test_a_key_is_made_over_the_rows_that_are_there(database: TestDatabase) -> None:
    """P1: an older schema's row that lies about its customer stops the migration."""
    _at_revision(database, "0004")
    do(database.superuser, _ANOTHER_S_EVENT)
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        migrate(database.owner)
    assert rows(database.owner, "SELECT version_num FROM alembic_version") == [("0004",)]


def _at_revision(database: TestDatabase, revision: str) -> None:
    """The schema as it was."""
    do(database.owner, "INSERT INTO installation VALUES (1, 'DEMO')")
    reset(database.owner)
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(**database.owner.for_libpq())
    )
    with engine.connect() as connection:
        command.upgrade(configuration(connection), revision)
        connection.commit()
    engine.dispose()


def test_days_that_had_passed_for_nothing_are_watched_again(database: TestDatabase) -> None:
    """M7: an older schema's steps get the days that the rules give; an arrival was not on time."""
    _at_revision(database, "0007")
    do(database.owner, _OLD_ORDERS)
    assert migrate(database.owner) is True
    question = """
        SELECT set_config('app.scope', 'all', true);
        SELECT order_id, step_id, due_on::text, waits, is_open FROM milestones ORDER BY 1, 2"""
    with psycopg.connect(**database.owner.for_libpq()) as connection:
        cursor = connection.execute(question.encode())
        cursor.nextset()
        assert cursor.fetchall() == [
            (1, 9, "2013-11-20", False, True),
            (1, 10, "2013-11-22", False, True),
            (1, 17, "2013-11-25", True, True),
            (2, 9, "2013-11-20", False, False),
            (2, 10, "2013-11-24", False, False),
            (2, 17, "2013-11-25", False, False),
        ]


_OLD_YEN = """
SELECT set_config('app.scope', 'all', true);
INSERT INTO products (id, code, name, season, launch_rank) VALUES (1, 'P', 'P', 'NON_SEASONAL', 1);
INSERT INTO skus (id, code, product_id, list_price, currency) VALUES (1, 'X1', 1, 100.5, 'JPY');
INSERT INTO customers (id, code, name, kind, currency, rank, credit_limit)
  VALUES (1, 'K1', 'K1', 'FRANCHISEE', 'JPY', 1, 100.90);
INSERT INTO orders (id, order_number, customer_id, status, placed_at, currency, total,
  min_ship_value) VALUES (1, 'O1', 1, 'CONFIRMED', now(), 'JPY', 401.50, 10.50);
INSERT INTO order_lines (order_id, customer_id, line_no, sku_id, units_ordered, unit_price, amount)
  VALUES (1, 1, 1, 1, 3, 100.5, 301.50), (1, 1, 2, 1, 1, 100, 100.00);
"""


def test_amounts_of_yen_that_were_kept_in_hundredths_are_made_again(
    database: TestDatabase,
) -> None:
    """F6: a line of 3 at 100.5 is 302, its order 402; a limit is never raised."""
    _at_revision(database, "0008")
    do(database.owner, _OLD_YEN)
    assert migrate(database.owner) is True
    assert rows(
        database.superuser,
        "SELECT total::text, min_ship_value::text, credit_limit::text,"
        " (SELECT string_agg(amount::text, ' ' ORDER BY line_no) FROM order_lines)"
        " FROM orders, customers",
    ) == [("402.000", "10.000", "100.000", "302.000 100.000")]
    with pytest.raises(psycopg.errors.CheckViolation, match="ck_orders_minor_unit"):
        do(database.superuser, "UPDATE orders SET total = 402.5")


def test_money_that_moved_in_hundredths_of_a_yen_stops_the_migration(
    database: TestDatabase,
) -> None:
    """F6: it is nobody's to round, so it is told; nothing was changed."""
    _at_revision(database, "0008")
    do(database.owner, _OLD_YEN)
    do(
        database.owner,
        """
        SELECT set_config('app.scope', 'all', true);
        INSERT INTO ledger_transactions (id, customer_id, kind, reference, at, actor)
          VALUES (1, 1, 'RECEIPT', 'S1', now(), 'li');
        INSERT INTO ledger_postings (transaction_id, customer_id, account, amount, currency)
          VALUES (1, 1, 'CUSTOMER_FUNDS', 10.5, 'JPY'), (1, 1, 'BANK', -10.5, 'JPY');
        """,
    )
    with pytest.raises(MigrationError, match=r"10\.5 JPY of customer K1.*amounts\.md"):
        migrate(database.owner)
    assert rows(database.owner, "SELECT version_num FROM alembic_version") == [("0008",)]


def test_numbers_that_are_one_number_stop_the_migration(database: TestDatabase) -> None:
    """A2: each of them is told; nothing was changed."""
    _at_revision(database, "0008")
    do(
        database.owner,
        "INSERT INTO warehouses (id, code, name, kind) VALUES (1, 'C', 'C', 'CENTRAL')",
    )
    do(
        database.owner,
        "INSERT INTO goods_receipts (receipt_number, warehouse_id, received_at, recorded_by)"
        " VALUES ('GR-TS', 1, now(), 'li'), ('GR-TS ', 1, now(), 'li'), ('GR-2', 1, now(), 'li')",
    )
    with pytest.raises(MigrationError, match="goods receipts 'GR-TS' and 'GR-TS '"):
        migrate(database.owner)
    assert rows(database.owner, "SELECT version_num FROM alembic_version") == [("0008",)]


_ORDERS_BEFORE_THEIR_LINES = """
SELECT set_config('app.scope', 'all', true);
INSERT INTO customers (id, code, name, kind, currency, rank)
  VALUES (1, 'F1', 'F1', 'FRANCHISEE', 'CNY', 1);
INSERT INTO products (id, code, name, season, launch_rank) VALUES (1, 'P', 'P', 'NON_SEASONAL', 1);
INSERT INTO skus (id, code, product_id, size, list_price, currency, pack)
  VALUES (1, 'TEE', 1, 'M', 10, 'CNY', 1);
INSERT INTO orders (id, order_number, customer_id, status, placed_at, currency, total)
  VALUES (1, 'A', 1, 'NEEDS_INFO', now(), 'CNY', 0), (2, 'B', 1, 'RECEIVED', now(), 'CNY', 0),
    (3, 'C', 1, 'CONFIRMED', now(), 'CNY', 10);
INSERT INTO order_lines (id, order_id, customer_id, line_no, sku_id, units_ordered, unit_price,
  amount)
VALUES (21, 2, 1, 1, 1, 5, 10, 50), (22, 2, 1, 9, 1, 5, 10, 50), (31, 3, 1, 1, 1, 1, 10, 10);
INSERT INTO order_lives (order_id, customer_id, customer_kind, payment_terms, channel, urgency,
  fulfilment, special, spare_part, irregularities, needs_logistics, commission, prepayment,
  stated_lines, missing, checks_passed, frozen, confirmation_defects, deposit_paid,
  deposit_forfeited)
SELECT id, 1, 'FRANCHISEE', 'PREPAID', 'PHONE', 'NORMAL', 'FROM_STOCK', false, false, '[]', false,
  false, false, CASE id
    WHEN 1 THEN '[{"no": 1, "sku": "TEA", "units": 4, "unit_price": null, "specification": "red"},
                  {"no": 2, "sku": null, "units": null, "unit_price": "2.5"}]'
    WHEN 2 THEN '[{"no": 1, "sku": "TEE", "units": 3, "unit_price": "0.125"}]'
    ELSE '[]' END::jsonb,
  '[]', 0, false, '[]', 0, 0 FROM orders;
INSERT INTO order_changes (order_id, no, customer_id, kind, reason, asked_by, department, asked_on,
  lines, loss, cost_effect, days_effect, state)
VALUES (3, 1, 1, 'ORDER_CHANGE', 'r', 'li', 'SALES', '2013-11-29', '[]', 0, 5, 0, 'REQUESTED');
"""


def test_lines_that_waited_for_their_check_become_rows(database: TestDatabase) -> None:
    """O1: what a customer had said is there as it was said; a line that was checked once and told
    anew keeps its row; 3 x 0.125 are 0.38."""
    _at_revision(database, "0008")
    do(database.owner, _ORDERS_BEFORE_THEIR_LINES)
    assert migrate(database.owner) is True
    question = """
        SELECT set_config('app.scope', 'all', true);
        SELECT order_id, line_no, id IN (21, 31), sku_id, stated_sku, units_ordered,
          unit_price::text, amount::text, specification FROM order_lines ORDER BY 1, 2;
        SELECT added, new_total, cost_effect::text FROM order_changes"""
    with psycopg.connect(**database.owner.for_libpq()) as connection:
        cursor = connection.execute(question.encode())
        cursor.nextset()
        assert cursor.fetchall() == [
            (1, 1, False, None, "TEA", 4, None, None, "red"),
            (1, 2, False, None, None, None, "2.500000", None, None),
            (2, 1, True, 1, None, 3, "0.125000", "0.380", None),
            (3, 1, True, 1, None, 1, "10.000000", "10.000", None),
        ]
        cursor.nextset()
        assert cursor.fetchall() == [([], None, "5.000")]


def _after(database: TestDatabase, table: str, rows: str, file: str, question: str) -> list[Any]:
    """What a file makes of rows, run by an owner whom row security binds; then undone."""
    with psycopg.connect(**database.superuser.for_libpq()) as connection:
        connection.execute(rows.encode())
        connection.execute("CREATE ROLE bound_owner")
        connection.execute("GRANT ALL ON SCHEMA public TO bound_owner")
        connection.execute(f"ALTER TABLE {table} OWNER TO bound_owner".encode())
        connection.execute("SET ROLE bound_owner")
        connection.execute((VERSIONS / file).read_bytes())
        connection.execute("RESET ROLE")
        found = [value for (value,) in connection.execute(question.encode())]
        connection.rollback()
    return found


def test_tasks_keep_their_titles(database: TestDatabase) -> None:
    _at_revision(database, "0015")
    task = """
        INSERT INTO tasks (kind, title_en, title_zh, owner_role, due_on, raised_at, raised_by)
        VALUES ('CONFIRM_FUNDS', 'Confirm funds', '核实资金', 'FINANCE', '2026-01-05', now(), '')"""
    (title,) = _after(database, "tasks", task, "0016_task_titles.sql", "SELECT title FROM tasks")
    assert title["params"] == {"text": {"label": ["Confirm funds", "核实资金"]}}


def test_what_a_mutation_answered_before_is_found_under_id(database: TestDatabase) -> None:
    """A client that sends its mutation again after the upgrade gets its object, not null."""
    kept = """
        INSERT INTO idempotency_keys (principal, mutation, key, input_hash, outcome) VALUES
          ('a', 'penaltyWaive', '1', 'h', '{"penalty": 7}'),
          ('a', 'allocationRequest', '2', 'h', '{"run": 8}'),
          ('a', 'paymentRecord', '3', 'h', '{"customer": 9, "run": 8}'),
          ('a', 'fundsConfirm', '4', 'h', '{"customers": 2}')"""
    question = "SELECT outcome FROM idempotency_keys ORDER BY key"
    outcomes = _after(database, "idempotency_keys", kept, "0018_outcomes_by_id.sql", question)
    assert outcomes == [{"id": 7}, {"id": 8}, {"customer": 9, "run": 8}, {"customers": 2}]


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


def test_a_database_that_is_away_is_told_of_without_its_password() -> None:
    away = DatabaseAddress("postgresql://me:word@127.0.0.1:1/x")
    with pytest.raises(MigrationError, match=r"no answer from .* postgresql://me@127.0.0.1:1/x"):
        migrate(away)
