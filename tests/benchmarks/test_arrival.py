"""The benchmark's made-up company is one that the system could have, and its figures are right."""

import datetime as dt
import os
import re
import subprocess
import sys
import time
from dataclasses import replace

import psycopg
import pytest

from benchmarks.__main__ import main as benchmarks_main
from benchmarks.arrival.arriving import (
    Arrival,
    Limit,
    database_bytes,
    measure_limit,
    stored_snapshot,
)
from benchmarks.arrival.company import (
    CENTRAL,
    Company,
    Size,
    make_company,
    one_of_all,
    one_sku_each,
)
from benchmarks.arrival.databases import NoServer, open_server
from benchmarks.arrival.loading import STATISTICS, Statistics, load
from benchmarks.arrival.processes import Memory, tree
from benchmarks.arrival.report import ARRIVAL_HEAD, TRICKLE_HEAD, arrival_row, trickle_row
from benchmarks.arrival.run import LINES, read_arguments
from benchmarks.arrival.trickling import Trickle
from domain.policy import Policy
from domain.principals import SYSTEM
from domain.supply import ReceiptLine, ReceiveGoods
from services.allocation.run import RunOutcome, run_allocation
from services.bootstrap import Dependencies
from services.health import examine
from services.policy import install
from services.supply import receive_goods
from tests.clock import FixedClock
from tests.conftest import TestDatabase

SMALL = Size(lines=400, franchisees=40, skus=60, stores=6)


@pytest.fixture
def company(clock: FixedClock) -> Company:
    return make_company(SMALL, clock().date())


async def settle(deps: Dependencies) -> None:
    async with deps.unit_of_work(SYSTEM) as uow:
        await install(uow, "LIVE", Policy())


async def wrong(deps: Dependencies) -> list[str]:
    """What the doctor finds wrong; clocks aside, since the tests' one stands still."""
    found = [each for each in await examine(deps) if each.what != "clocks"]
    return [str(each.said) for each in found if not each.good]


async def test_one_receipt_commits_and_the_books_agree_before_and_after(
    deps: Dependencies, database: TestDatabase, company: Company
) -> None:
    """A company as the system would have it: the doctor is content, and a run commits."""
    await settle(deps)
    load(database.superuser, company, "missing")
    assert await wrong(deps) == []

    async with deps.unit_of_work(SYSTEM) as uow:
        received = await receive_goods(ReceiveGoods("GR-ALL", CENTRAL, one_of_all(company)), uow)
    assert received.run_id is not None
    assert await run_allocation(received.run_id, deps) is RunOutcome.COMMITTED
    assert await wrong(deps) == []

    with psycopg.connect(**database.superuser.for_libpq(), autocommit=True) as connection:
        reasons = connection.execute(
            "SELECT count(*) FILTER (WHERE reasons ? 'FUNDS'),"
            " count(*) FILTER (WHERE reasons ? 'SUPPLY'),"
            " count(*) FILTER (WHERE units > 0 AND order_line_id IS NOT NULL),"
            " count(*) FILTER (WHERE units > 0 AND store_id IS NOT NULL),"
            " count(*) FILTER (WHERE units > 0 AND region_id IS NOT NULL)"
            " FROM allocation_lines"
        ).fetchone()
        # Money is short for some, goods for others, and all kinds of claimants get something.
        assert reasons is not None
        assert all(reasons), reasons
        limit = measure_limit(connection, received.run_id)
        assert limit.solve_s > 0
        assert limit.copy_s > 0
        assert len(stored_snapshot(connection, received.run_id)) > 1000
        assert database_bytes(connection) > 1_000_000


async def test_an_order_has_the_rows_of_an_imported_confirmed_one(
    deps: Dependencies, database: TestDatabase, company: Company
) -> None:
    """Lines, total, steps with the first done, plan, history and the import's fingerprint."""
    await settle(deps)
    load(database.superuser, company, "fresh")
    with psycopg.connect(**database.superuser.for_libpq(), autocommit=True) as connection:
        counts = connection.execute(
            "SELECT (SELECT count(*) FROM orders WHERE status = 'CONFIRMED'),"
            " (SELECT count(*) FROM order_lines),"
            " (SELECT count(*) FROM milestones WHERE is_open),"
            " (SELECT count(*) FROM milestones WHERE closed_on IS NOT NULL),"
            " (SELECT count(*) FROM milestone_plans), (SELECT count(*) FROM order_events),"
            " (SELECT count(*) FROM audit_log WHERE action = 'importOrder'),"
            " (SELECT count(*) FROM customer_funds), (SELECT count(*) FROM customers),"
            " (SELECT count(*) FROM orders AS o WHERE total <> (SELECT sum(amount)"
            "   FROM order_lines AS l WHERE l.order_id = o.id AND l.amount = l.units_ordered"
            "   * l.unit_price)),"
            " (SELECT count(*) FROM milestones WHERE is_open AND due_on < %s)",
            (company.today + dt.timedelta(days=20),),
        ).fetchone()
        orders = len(company.orders)
        expected = (orders, 400, 16 * orders, orders, orders, 2 * orders, orders, 40, 40, 0, 0)
        assert counts == expected
        # The system's own rows follow ours.
        following = connection.execute(
            "SELECT nextval(pg_get_serial_sequence('order_lines', 'id'))"
        ).fetchone()
        assert following == (401,)


@pytest.mark.parametrize(
    ("statistics", "known_lines"), [("missing", -1), ("stale", None), ("fresh", 400)]
)
async def test_the_planner_knows_what_the_cell_says(
    deps: Dependencies,
    database: TestDatabase,
    company: Company,
    statistics: Statistics,
    known_lines: int | None,
) -> None:
    """Missing, stale and fresh are what PostgreSQL keeps, not only words of the table."""
    await settle(deps)
    load(database.superuser, company, statistics)
    if known_lines is None:
        known_lines = company.orders[9].end
    with psycopg.connect(**database.superuser.for_libpq(), autocommit=True) as connection:
        found = connection.execute(
            "SELECT reltuples::int, 'autovacuum_enabled=off' = ANY (reloptions)"
            " FROM pg_class WHERE relname = 'order_lines'"
        ).fetchone()
        assert found == (known_lines, statistics != "fresh")


def test_the_same_seed_makes_the_same_company(company: Company) -> None:
    """Two measurements, weeks apart, are of the same thing."""
    again = make_company(SMALL, company.today)
    assert again == company
    assert make_company(SMALL, company.today, seed=8) != company
    assert one_of_all(again) == one_of_all(company)
    assert len(company.line_sku) == 400
    for order in company.orders:
        chosen = company.line_sku[order.first : order.end]
        assert len(set(chosen)) == len(chosen) > 0
    short = [
        f
        for n, f in enumerate(company.franchisees)
        if f.balance + f.credit_limit < sum(o.total for o in company.orders if o.franchisee == n)
    ]
    assert 0 < len(short) < len(company.franchisees) / 2
    assert any(order.ship_complete for order in company.orders)


def test_receipts_of_one_sku_bring_at_least_a_pack(company: Company) -> None:
    """A receipt that no claim could take would measure nothing."""
    arrivals = one_sku_each(company, 4)
    packs = {sku.code: sku.pack for sku in company.skus}
    first = [next(arrivals) for _ in range(len(company.skus))]
    assert all(
        lines == (ReceiptLine(lines[0].sku, max(4, packs[lines[0].sku])),) for lines in first
    )


def test_memory_is_that_of_the_process_and_its_children() -> None:
    """A hundred MiB of a child of a child count."""
    hungry = "import time; held = bytearray(100 << 20); print('held', flush=True); time.sleep(3600)"
    between = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hungry!r}])"
    process = subprocess.Popen(
        [sys.executable, "-c", between], stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        with Memory([process.pid]) as memory:
            assert process.stdout is not None
            assert process.stdout.readline() == b"held\n"
            time.sleep(0.2)
            assert len(tree([process.pid])) == 2
    finally:
        os.killpg(process.pid, 9)
        process.communicate()
    assert memory.together_peak is not None
    assert memory.sum_of_peaks is not None
    assert 100 << 20 < memory.together_peak < 200 << 20
    assert memory.sum_of_peaks >= memory.together_peak


def test_one_cell_can_be_measured_alone() -> None:
    """Naming a part leaves the others out; naming none takes arrivals and receipts."""
    one = read_arguments(
        [
            *("--lines", "10000", "--database", "embedded"),
            *("--statistics", "missing", "--rounds", "1"),
        ]
    )
    assert (one.lines, one.database, one.statistics, one.rounds, one.receipts, one.replay) == (
        [10_000],
        ["embedded"],
        ["missing"],
        1,
        None,
        None,
    )
    receipts = read_arguments(["--receipts"])
    assert (receipts.lines, receipts.receipts, receipts.workers) == ([], 200, [1, 2, 4])
    assert read_arguments(["--receipts", "1000"]).receipts == 1000
    whole = read_arguments([])
    assert (whole.lines, whole.receipts, whole.database) == (
        list(LINES),
        200,
        ["embedded", "outside"],
    )
    with pytest.raises(SystemExit):
        read_arguments(["--lines", "0"])


def test_the_list_of_benchmarks_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    """`python -m benchmarks` says what there is."""
    assert benchmarks_main([]) == 0
    assert "arrival      Goods received to the committed plan" in capsys.readouterr().out


def test_no_server_is_a_reason_and_no_fault() -> None:
    """Where no PostgreSQL answers, its cells are left out with a sentence."""
    address = "postgresql://nobody@127.0.0.1:9/none"
    with (
        pytest.raises(NoServer, match=re.escape(f"no PostgreSQL at {address}")),
        open_server("outside", address),
    ):
        raise AssertionError("nothing listens there")


def test_a_row_shows_medians_and_what_went_wrong() -> None:
    """Of three rounds the middle one counts; a round that failed is named."""
    one = Arrival(
        lines=10_000,
        database="embedded",
        statistics="stale",
        status="COMMITTED",
        seconds=2.0,
        given_rows=7_000,
        phases={"read": {"seconds": 0.5, "peak_mib": 90}},
        solver_seconds={"levels": 0.25, "warehouses": 0.05},
        together_peak=300 << 20,
        sum_of_peaks=310 << 20,
        grown=5 << 20,
        limit=Limit(0.3, 0.1),
    )
    rounds = [one, replace(one, seconds=9.0), replace(one, seconds=3.0, status="FAILED")]
    row = arrival_row(rounds)
    assert len(row) == len(ARRIVAL_HEAD)
    assert " ".join(row.split()) == (
        "10,000 embedded stale FAILED 3.00 0.50 - - - 0.30 0.40 7.5 7,000 300 310 5.0 0"
    )
    many = Trickle(
        lines=90_000,
        database="outside",
        statistics="fresh",
        workers=2,
        receipts=200,
        done=True,
        recording_s=10.0,
        seconds=20.0,
        runs={"COMMITTED": 190, "FAILED": 1},
        fresh_starts=3,
        deadlocks=2,
        grown=3_000_000,
        grown_after_checkpoint=4_000_000,
        together_peak=None,
        error="no",
    )
    row = trickle_row([many, replace(many, done=False, runs={"COMMITTED": 100, "QUEUED": 100})])
    assert len(row) == len(TRICKLE_HEAD)
    assert " ".join(row.split()) == (
        "90,000 outside fresh 2 200 450 20.0 196 100 1 4 6 15.0 20.0 -"
    )


def test_every_word_for_statistics_is_known() -> None:
    """The options and the loader speak of the same three."""
    assert STATISTICS == ("missing", "stale", "fresh")
