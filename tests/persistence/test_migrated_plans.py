"""Plans of an earlier version are read as plans of this one, and nothing of them is lost (A9)."""

import psycopg
import pytest

from persistence.migrate import migrate
from services.bootstrap import Dependencies
from tests.conftest import TestDatabase
from tests.persistence.revisions import at_revision, do, rows
from tests.services.plans import levels_of, plan_of

# A run that gave an order line 4 of 6, the store its 2 and the reserve nothing; an earlier one that
# gave the store 1. Three runs that waited, two of them for a receipt.
_OLD_PLANS = """
SELECT set_config('app.scope', 'all', true);
INSERT INTO customers (id, code, name, kind, currency, rank)
  VALUES (1, 'F1', 'F1', 'FRANCHISEE', 'CNY', 1);
INSERT INTO regions (id, code, name) VALUES (1, 'R', 'R');
INSERT INTO warehouses (id, code, name, kind) VALUES (1, 'C', 'C', 'CENTRAL');
INSERT INTO stores (id, code, name, region_id, tier) VALUES (1, 'S1', 'S1', 1, 'A');
INSERT INTO products (id, code, name, season, launch_rank) VALUES (1, 'P', 'P', 'NON_SEASONAL', 1);
INSERT INTO skus (id, code, product_id, size, list_price, currency)
  VALUES (1, 'K', 1, '', 1, 'CNY');
INSERT INTO orders (id, order_number, customer_id, status, placed_at, currency, total)
  VALUES (1, 'A', 1, 'CONFIRMED', now(), 'CNY', 1);
INSERT INTO order_lines (id, order_id, customer_id, line_no, sku_id, units_ordered, unit_price,
  amount) VALUES (1, 1, 1, 1, 1, 6, 1, 6);
INSERT INTO goods_receipts (id, receipt_number, warehouse_id, received_at, recorded_by)
  SELECT n, 'GR-' || n, 1, now(), 'x' FROM generate_series(1, 3) AS n;
INSERT INTO allocation_runs (id, status, trigger, goods_receipt_id, requested_by, committed_at)
VALUES (1, 'COMMITTED', 'REQUEST', NULL, 'x', '2013-11-01'),
  (2, 'COMMITTED', 'GOODS_RECEIPT', 1, 'x', '2013-11-02'),
  (3, 'QUEUED', 'GOODS_RECEIPT', 2, 'x', NULL),
  (4, 'QUEUED', 'REQUEST', NULL, 'x', NULL), (5, 'QUEUED', 'GOODS_RECEIPT', 3, 'x', NULL);
INSERT INTO allocation_levels (run_id, position, stage, key, units_given, fairness, proven, bound)
VALUES (2, 0, 1, '[1, 1, 1, "P"]', 4, 9, true, 4), (2, 1, 3, '[3, 1, 0]', 2, 5, false, 3);
INSERT INTO allocation_lines (id, run_id, seq, claim, stage, level, customer_id, order_line_id,
  store_id, region_id, sku_id, warehouse_id, units_wanted, units, reasons)
VALUES (1, 1, 0, 'S:S1:K', 3, 0, NULL, NULL, 1, NULL, 1, 1, 3, 1, '["SUPPLY"]'),
  (2, 2, 0, 'L:A/0001', 1, 0, 1, 1, NULL, NULL, 1, 1, 6, 4, '["FUNDS"]'),
  (3, 2, 1, 'R:A/0001', 2, 0, 1, 1, NULL, NULL, 1, NULL, 2, 0, '["SUPPLY", "SHARE_CAP"]'),
  (4, 2, 2, 'G:R:K', 3, 1, NULL, NULL, NULL, 1, 1, NULL, 5, 0, '["SUPPLY"]'),
  (5, 2, 3, 'S:S1:K', 3, 1, NULL, NULL, 1, NULL, 1, 1, 2, 2, '[]');
"""


async def test_a_plan_of_before_is_read_as_it_was(
    deps: Dependencies, database: TestDatabase
) -> None:
    """A9 K1: lines given and refused, levels, wishes; of runs that waited the first is left."""
    await deps.engine.dispose()
    at_revision(database, "0008")
    do(database.superuser, _OLD_PLANS)
    assert migrate(database.owner) is True

    assert await plan_of(deps, 2) == [
        ("L:A/0001", 6, 4, ["FUNDS"]),
        ("R:A/0001", 2, 0, ["SUPPLY", "SHARE_CAP"]),
        ("G:R:K", 5, 0, ["SUPPLY"]),
        ("S:S1:K", 2, 2, []),
    ]
    [level] = await levels_of(deps, 2, stage=3)
    assert (level.position, level.key, level.units_given, level.fairness) == (1, [3, 1, 0], 2, 5)
    assert (level.proven, level.bound) == (False, 3)
    superuser = database.superuser
    assert rows(superuser, "SELECT id, status, asks_for_all FROM allocation_runs ORDER BY 1") == [
        (1, "COMMITTED", False),
        (2, "COMMITTED", False),
        (3, "QUEUED", True),
        (4, "DISCARDED", False),
        (5, "DISCARDED", False),
    ]
    assert rows(
        superuser, "SELECT goods_receipt_id, run_id FROM allocation_run_receipts ORDER BY 1"
    ) == [(1, 2), (2, 3), (3, 3)]
    # The store lacked 3, of which it was given 1 and 2; the reserve still lacks 5.
    assert rows(
        superuser,
        "SELECT store_id, region_id, units, units_given, run_id FROM gap_wishes ORDER BY 1, 2",
    ) == [(1, None, 3, 3, 2), (None, 1, 5, 0, 2)]


def test_a_second_run_that_waits_is_refused(database: TestDatabase) -> None:
    """A2: the database itself keeps it to one."""
    waits = (
        "INSERT INTO allocation_runs (status, trigger, requested_by)"
        " VALUES ('QUEUED', 'REQUEST', 'x')"
    )
    do(database.superuser, waits)
    with pytest.raises(psycopg.errors.UniqueViolation):
        do(database.superuser, waits)
