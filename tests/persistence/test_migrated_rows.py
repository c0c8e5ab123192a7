"""Rows of an earlier version as migrations leave them: nothing lost, or refused with a remedy."""

from typing import Any

import psycopg
import pytest

from domain.messages import Message
from persistence.migrate import MigrationError, migrate
from tests.conftest import TestDatabase
from tests.persistence.revisions import VERSIONS, at_revision, do, rows

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
    at_revision(database, "0004")
    do(database.superuser, _ANOTHER_S_EVENT)
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        migrate(database.owner)
    assert rows(database.owner, "SELECT version_num FROM alembic_version") == [("0004",)]


def test_days_that_had_passed_for_nothing_are_watched_again(database: TestDatabase) -> None:
    """M7: an older schema's steps get the days that the rules give; an arrival was not on time."""
    at_revision(database, "0007")
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
    at_revision(database, "0008")
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
    """F6: it is nobody's to round, so it is reported; nothing was changed."""
    at_revision(database, "0008")
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
    """A2: each of them is reported; nothing was changed."""
    at_revision(database, "0008")
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
    """O1: what a customer had said is there as it was said; a line that was checked once and sent
    again keeps its row; 3 x 0.125 are 0.38."""
    at_revision(database, "0008")
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
    at_revision(database, "0015")
    task = """
        INSERT INTO tasks (kind, title_en, title_zh, owner_role, due_on, raised_at, raised_by)
        VALUES ('CONFIRM_FUNDS', 'Confirm funds', '核实资金', 'FINANCE', '2026-01-05', now(), '')"""
    (title,) = _after(database, "tasks", task, "0016_task_titles.sql", "SELECT title FROM tasks")
    assert title["params"] == {"text": {"label": ["Confirm funds", "核实资金"]}}


def test_time_limits_keep_their_names(database: TestDatabase) -> None:
    at_revision(database, "0020")
    clock = """
        INSERT INTO clocks (code, variant, label_en, label_zh, owner_role, unit, subject_type,
          subject_id, started_at, due_at)
        VALUES ('TEA', 'STANDARD', 'Tea', '茶', 'SALES', 'MINUTES', 'Order', '1', now(), now())"""
    (label,) = _after(database, "clocks", clock, "0021_clocks.sql", "SELECT label FROM clocks")
    assert Message.from_json(label).labels == ("Tea", "茶")


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


def test_who_had_one_name_keeps_it(database: TestDatabase) -> None:
    """P2: rows of before have no Chinese name."""
    at_revision(database, "0019")
    customer = """
        INSERT INTO customers (code, name, kind, rank, currency)
        VALUES ('F1', 'Luohu', 'FRANCHISEE', 1, 'CNY')"""
    do(database.superuser, customer)
    assert migrate(database.owner) is True
    assert rows(database.superuser, "SELECT name, name_zh FROM customers") == [("Luohu", None)]
