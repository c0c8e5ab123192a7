"""Writes a made-up company into an empty, migrated database, all constraints in force.

By COPY, as who may see every row; an order gets the rows that an imported, confirmed one has.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import psycopg
from psycopg import sql

from benchmarks.arrival.company import (
    CENTRAL,
    CURRENCY,
    REGIONS,
    RESERVE,
    SAFETY_STOCK,
    Company,
    Order,
)
from persistence.dsn import DatabaseAddress

Statistics = Literal["missing", "stale", "fresh"]
STATISTICS: tuple[Statistics, ...] = ("missing", "stale", "fresh")

ACTOR = "benchmark"
TEMPLATE = "ORDER_MILESTONES"
# What the planner knows where its statistics are stale.
FIRST_ORDERS = 10
ORDERS_AT_A_TIME = 20_000
# Steps begin to be due well after today: a worker that reports due steps is another benchmark.
FIRST_STEP_DAYS = 20

Row = tuple[Any, ...]


def load(address: DatabaseAddress, company: Company, statistics: Statistics) -> None:
    """Write the company; the policy and the milestone templates are there already.

    missing: nothing was ever analysed. stale: analysed when ten orders were there, never since.
    fresh: analysed at the end, and autovacuum goes on as it would.
    """
    with psycopg.connect(**address.for_libpq(), autocommit=True) as connection:
        # An owner that row security binds, too, sees all.
        connection.execute("SELECT set_config('app.scope', 'all', false)")
        if statistics != "fresh":
            _leave_alone(connection)
        with connection.transaction():
            _masters(connection, company)
            _money(connection, company)
        orders = company.orders
        _orders(connection, company, 0, min(FIRST_ORDERS, len(orders)))
        if statistics == "stale":
            connection.execute("ANALYZE")
        for first in range(FIRST_ORDERS, len(orders), ORDERS_AT_A_TIME):
            _orders(connection, company, first, min(first + ORDERS_AT_A_TIME, len(orders)))
        if statistics == "fresh":
            connection.execute("ANALYZE")


def _leave_alone(connection: psycopg.Connection[Any]) -> None:
    """Let no autovacuum gather statistics meanwhile."""
    tables = connection.execute(
        "SELECT relnamespace::regnamespace::text, relname FROM pg_class WHERE relkind = 'r'"
        " AND relnamespace IN (SELECT oid FROM pg_namespace"
        "   WHERE nspname IN ('public', 'dramatiq'))"
    ).fetchall()
    for schema, table in tables:
        connection.execute(
            sql.SQL("ALTER TABLE {} SET (autovacuum_enabled = off)").format(
                sql.Identifier(schema, table)
            )
        )


def _masters(connection: psycopg.Connection[Any], company: Company) -> None:
    _copy(
        connection,
        "regions",
        "id, code, name, position",
        ((n + 1, region, region, n) for n, region in enumerate(REGIONS)),
    )
    _copy(
        connection,
        "warehouses",
        "id, code, name, kind, region_id",
        [
            (1, CENTRAL, "Central", "CENTRAL", None),
            *((n + 2, f"W-{region}", region, "REGION", n + 1) for n, region in enumerate(REGIONS)),
        ],
    )
    _copy(
        connection,
        "products",
        "id, code, name, season, launch_rank",
        (
            (n + 1, f"P{n:04}", f"Product {n}", "SPRING_SUMMER", n + 1)
            for n in range(company.products)
        ),
    )
    _copy(
        connection,
        "skus",
        "id, code, product_id, size, colour, pack, list_price, currency",
        (
            (n + 1, s.code, s.product + 1, s.code[-2:], "w", s.pack, s.list_price, CURRENCY)
            for n, s in enumerate(company.skus)
        ),
    )
    _copy(
        connection,
        "stores",
        "id, code, name, kind, region_id, tier",
        (
            (n + 1, f"ST{n:03}", f"Store {n}", "DIRECT", n % len(REGIONS) + 1, "ABC"[n % 3])
            for n in range(company.stores)
        ),
    )
    _copy(
        connection,
        "store_stock",
        "store_id, sku_id, safety_stock, units_on_hand, pack",
        ((s + 1, k + 1, SAFETY_STOCK, held, 1) for s, k, held in company.store_stock),
    )
    _copy(
        connection,
        "region_reserves",
        "region_id, sku_id, target, units_on_hand, pack",
        ((r + 1, k + 1, RESERVE, held, 2) for r, k, held in company.reserves),
    )
    _copy(
        connection,
        "customers",
        "id, code, name, kind, class, region_id, payment_terms, currency, rank, credit_limit",
        (
            (
                n + 1,
                f.code,
                f"Franchisee {n}",
                "FRANCHISEE",
                f.customer_class,
                f.region + 1,
                "PREPAID",
                CURRENCY,
                f.rank,
                _amount(f.credit_limit),
            )
            for n, f in enumerate(company.franchisees)
        ),
    )
    for table in ("regions", "warehouses", "products", "skus", "stores", "customers"):
        _go_on_counting(connection, table)


def _money(connection: psycopg.Connection[Any], company: Company) -> None:
    """Opening balances: double entry, one transaction a franchisee."""
    _copy(
        connection,
        "customer_funds",
        "customer_id, currency, balance, blocked, confirmed_on",
        (
            (n + 1, CURRENCY, _amount(f.balance), f.blocked, company.today)
            for n, f in enumerate(company.franchisees)
        ),
    )
    connection.execute(
        """
        WITH entries AS (
          INSERT INTO ledger_transactions (customer_id, kind, reference, at, actor, memo)
          SELECT customer_id, 'OPENING', 'import 1', %(today)s, %(actor)s, 'opening balance'
          FROM customer_funds WHERE balance > 0 ORDER BY customer_id
          RETURNING id, customer_id
        )
        INSERT INTO ledger_postings (transaction_id, customer_id, account, amount, currency)
        SELECT entries.id, entries.customer_id, side.account, side.sign * funds.balance,
          funds.currency
        FROM entries JOIN customer_funds AS funds ON funds.customer_id = entries.customer_id
        CROSS JOIN (VALUES ('CUSTOMER_FUNDS', 1), ('OPENING_BALANCE', -1)) AS side (account, sign)
        ORDER BY entries.id, side.sign DESC
        """,
        {"today": company.today, "actor": ACTOR},
    )


def _orders(connection: psycopg.Connection[Any], company: Company, first: int, end: int) -> None:
    """Orders `first` to `end` with lines, history, and steps of which the first is done."""
    chosen = company.orders[first:end]
    with connection.transaction():
        _copy(
            connection,
            "orders",
            "id, order_number, customer_id, status, placed_at, required_on, promised_on, currency,"
            " total, ship_complete, min_ship_value",
            (_order(first + n, order) for n, order in enumerate(chosen)),
        )
        _copy(
            connection,
            "order_lines",
            "id, order_id, customer_id, line_no, sku_id, units_ordered, unit_price, amount",
            _lines(company, first, chosen),
        )
        for table in ("orders", "order_lines"):
            _go_on_counting(connection, table)
        for statement in (_EVENTS, _AUDIT, _PLANS, _MILESTONES):
            connection.execute(
                statement,
                {
                    "first": first + 1,
                    "end": first + len(chosen),
                    "actor": ACTOR,
                    "template": TEMPLATE,
                    "today": company.today,
                    "days": FIRST_STEP_DAYS,
                },
            )


def _order(number: int, order: Order) -> Row:
    placed = dt.datetime.combine(order.placed_on, dt.time(4), dt.UTC)
    return (
        number + 1,
        f"O-{number:06}",
        order.franchisee + 1,
        "CONFIRMED",
        placed,
        order.placed_on + dt.timedelta(days=75),
        order.placed_on + dt.timedelta(days=60),
        CURRENCY,
        _amount(order.total),
        order.ship_complete,
        _amount(order.min_ship_value),
    )


def _lines(company: Company, first: int, orders: list[Order]) -> Iterator[Row]:
    for number, order in enumerate(orders, first):
        for line_no, line in enumerate(range(order.first, order.end), 1):
            sku, units = company.line_sku[line], company.line_units[line]
            price = company.price(order.franchisee, sku)
            yield (
                line + 1,
                number + 1,
                order.franchisee + 1,
                line_no,
                sku + 1,
                units,
                _amount(price),
                _amount(price * units),
            )


_EVENTS = """
INSERT INTO order_events (order_id, customer_id, at, kind, actor, after)
SELECT id, customer_id, placed_at, kind, %(actor)s,
  CASE kind WHEN 'IMPORTED' THEN jsonb_build_object('status', status, 'source', 'benchmark') END
FROM orders CROSS JOIN (VALUES ('PLACED', 1), ('IMPORTED', 2)) AS raised (kind, step)
WHERE id BETWEEN %(first)s AND %(end)s ORDER BY id, step
"""
_AUDIT = """
INSERT INTO audit_log (at, actor, action, object_type, object_id, after)
SELECT placed_at, %(actor)s, 'importOrder', 'Order', id::text,
  jsonb_build_object('source', 'benchmark', 'fingerprint', md5(order_number))
FROM orders WHERE id BETWEEN %(first)s AND %(end)s ORDER BY id
"""
_PLANS = """
INSERT INTO milestone_plans (order_id, customer_id, template_id, terms, events, started_at,
  started_by)
SELECT o.id, o.customer_id, t.id, '{}', jsonb_build_object('ORDER_CONFIRMED', o.placed_at::date,
    'TASK_CREATED', o.placed_at::date, 'PROMISED_COMPLETION', o.promised_on),
  o.placed_at, %(actor)s
FROM orders AS o CROSS JOIN milestone_templates AS t
WHERE t.code = %(template)s AND t.is_current AND o.id BETWEEN %(first)s AND %(end)s ORDER BY o.id
"""
_MILESTONES = """
INSERT INTO milestones (order_id, customer_id, step_id, owner_role, takes_closed, estimated_on,
  event_on, reckoned_on, waits, confirmed, first_estimated_on, baseline_on, closed_on, closed_by,
  is_open)
SELECT order_id, customer_id, step_id, owner_role, takes_closed,
  CASE WHEN takes_estimate THEN day END, CASE WHEN takes_event THEN day END,
  CASE WHEN NOT takes_estimate AND NOT takes_event THEN day END,
  NOT takes_closed, takes_estimate OR takes_event,
  CASE WHEN takes_estimate OR takes_event THEN day END,
  CASE WHEN takes_estimate OR takes_event THEN day END,
  CASE WHEN number = 1 THEN placed_on END, CASE WHEN number = 1 THEN %(actor)s END, number <> 1
FROM (
  SELECT o.id AS order_id, o.customer_id, step.id AS step_id, step.number, step.owner_role,
    step.takes_closed, step.takes_estimate, step.takes_event, o.placed_at::date AS placed_on,
    CASE WHEN step.number = 1 THEN o.placed_at::date
      ELSE %(today)s::date + %(days)s + 3 * step.number END AS day
  FROM orders AS o CROSS JOIN milestone_steps AS step
  JOIN milestone_templates AS t ON t.id = step.template_id
  WHERE t.code = %(template)s AND t.is_current AND o.id BETWEEN %(first)s AND %(end)s
) AS due
ORDER BY order_id, number
"""


def _copy(
    connection: psycopg.Connection[Any], table: str, columns: str, rows: Iterable[Row]
) -> None:
    names = sql.SQL(", ").join(sql.Identifier(name.strip()) for name in columns.split(","))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _go_on_counting(connection: psycopg.Connection[Any], table: str) -> None:
    """Our rows bring their keys; the next one follows."""
    connection.execute(
        sql.SQL(
            "SELECT setval(pg_get_serial_sequence({}, 'id'), coalesce(max(id), 1)) FROM {}"
        ).format(sql.Literal(table), sql.Identifier(table))
    )


def _amount(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"
