"""Loading: all of it or nothing, twice changes nothing, what has come to life is left alone."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from domain.messages import Message
from domain.policy import Policy
from domain.principals import SYSTEM, Principal
from domain.supply import ReceiptLine, ReceiveGoods
from persistence.invariants import check_invariants
from persistence.unit_of_work import UnitOfWork
from services.allocation.run import run_allocation
from services.bootstrap import Dependencies
from services.imports import BadInput, Examined, Fault, import_data
from services.policy import change_policy, current_policy
from services.supply import receive_goods
from tests.services.import_world import (
    FILES,
    ask,
    examine,
    load,
    replaced,
    with_row,
    write_company,
)

# Everything that an import may write, and everything else that must stay as it is.
TABLES = """
regions warehouses products skus customers stores store_stock region_reserves people person_roles
orders order_lines order_events milestones milestone_plans shipments shipment_lines stock
stock_movements customer_funds ledger_transactions ledger_postings guarantees policies imports
audit_log outbox
"""


async def everything(deps: Dependencies) -> dict[str, list[str]]:
    """All rows of all tables, as text."""
    return {
        table: [row[0] for row in await ask(deps, f"SELECT t::text FROM {table} t ORDER BY 1")]
        for table in TABLES.split()
    }


async def refused(deps: Dependencies, examined: Examined) -> tuple[Fault, ...]:
    """The faults with which an import is refused; asserts that it wrote nothing."""
    before = await everything(deps)
    with pytest.raises(BadInput) as bad:
        await load(deps, examined)
    assert await everything(deps) == before
    return bad.value.faults


async def test_the_tiny_company_is_loaded_whole(deps: Dependencies, tmp_path: Path) -> None:
    """F1 F2 P1-P4: every canonical table becomes the rows it stands for."""
    report = await load(deps, examine(write_company(tmp_path / "tiny")))
    assert report.changed_anything
    assert await ask(
        deps,
        "SELECT o.order_number, c.code, o.status, o.total::text, o.note FROM orders o"
        " JOIN customers c ON c.id = o.customer_id ORDER BY o.id",
    ) == [
        ("O1", "F1", "CONFIRMED", "59.980", "=2+3"),
        ("O2", "F2", "CONFIRMED", "20.000", None),
        ("O3", "F2", "DELIVERED", "30.000", None),
    ]
    # 9.99 less 33.3333 % is 6.660003..., kept with six decimals; the amount is rounded once.
    assert [
        tuple(map(str, row))
        for row in await ask(
            deps,
            "SELECT line_no, units_ordered, units_shipped, unit_price, amount FROM order_lines"
            " ORDER BY id",
        )
    ] == [
        ("1", "4", "0", "10.000000", "40.000"),
        ("2", "3", "1", "6.660003", "19.980"),
        ("1", "2", "0", "10.000000", "20.000"),
        ("1", "5", "5", "6.000000", "30.000"),
    ]
    funds = "SELECT code, balance::text, confirmed_on::text FROM customer_funds JOIN customers"
    assert await ask(deps, f"{funds} ON id = customer_id ORDER BY code") == [
        ("F1", "100.000", "2026-03-01"),
        ("F2", "0.000", "2026-03-01"),
    ]
    assert await ask(
        deps,
        "SELECT kind, account, amount::int FROM ledger_postings p JOIN ledger_transactions t"
        " ON t.id = p.transaction_id ORDER BY p.id",
    ) == [("OPENING", "CUSTOMER_FUNDS", 100), ("OPENING", "OPENING_BALANCE", -100)]
    assert await ask(deps, "SELECT amount::int, given_by FROM guarantees") == [(25, "import")]
    assert await ask(deps, "SELECT units_on_hand FROM stock") == [(7,)]
    assert await ask(
        deps,
        "SELECT subject, string_agg(role, ',' ORDER BY role) FROM people p"
        " JOIN person_roles r ON r.person_id = p.id GROUP BY 1 ORDER BY 1",
    ) == [("first", "CUSTOMER"), ("wang", "PLANNING,PRODUCT")]


async def test_milestones_shipments_and_history_come_along(
    deps: Dependencies, tmp_path: Path
) -> None:
    """M2 O15: a confirmed order has all its steps, an old one what the input states."""
    await load(deps, examine(write_company(tmp_path / "tiny")))
    assert await ask(
        deps,
        "SELECT order_number, count(*) FROM milestones m JOIN orders o ON o.id = m.order_id"
        " GROUP BY 1 ORDER BY 1",
    ) == [("O1", 17), ("O2", 17), ("O3", 1)]
    assert await ask(
        deps,
        "SELECT order_number, number, estimated_on::text, event_on::text, closed_on::text,"
        " closed_by FROM milestones m JOIN orders o ON o.id = m.order_id"
        " JOIN milestone_steps s ON s.id = m.step_id"
        " WHERE closed_on IS NOT NULL OR confirmed ORDER BY 1, 2",
    ) == [
        ("O1", 1, None, None, "2026-02-01", "SYSTEM"),
        ("O1", 3, "2026-02-10", "2026-02-10", "2026-02-12", "chen"),
        ("O2", 1, None, None, "2026-02-02", "SYSTEM"),
        ("O3", 17, None, "2026-01-20", None, None),
    ]
    assert await ask(
        deps,
        "SELECT shipment_number, status, tracking_number, shipped_at::text, sku.code, units"
        " FROM shipments h JOIN shipment_lines l ON l.shipment_id = h.id"
        " JOIN skus sku ON sku.id = l.sku_id",
    ) == [("SH1", "DELIVERED", "T1", "2026-01-14 16:00:00+00", "TEE-41", 5)]
    assert await ask(
        deps,
        "SELECT kind, at::text FROM order_events e JOIN orders o ON o.id = e.order_id"
        " WHERE order_number = 'O3' ORDER BY e.id",
    ) == [("PLACED", "2026-01-04 16:00:00+00"), ("IMPORTED", "2026-03-21 00:00:00+00")]


async def test_importing_twice_changes_nothing(deps: Dependencies, tmp_path: Path) -> None:
    path = write_company(tmp_path / "tiny")
    await load(deps, examine(path))
    before = await everything(deps)
    assert not (await load(deps, examine(path))).changed_anything
    assert await everything(deps) == before


@pytest.mark.parametrize(
    ("changes", "runs"),
    [
        ({"arrivals": None}, 1),
        ({}, 0),
        ({"arrivals": None, "stock": None}, 0),
        ({"arrivals": None, **replaced("orders", "OPEN", "HELD")}, 0),
    ],
    ids=["free goods are wanted", "goods are announced", "nothing is free", "nothing is confirmed"],
)
async def test_what_is_new_is_served_from_what_lies_there(
    deps: Dependencies, tmp_path: Path, changes: dict[str, Any], runs: int
) -> None:
    """A2 A4: one run for the whole import, unless its own goods receipt will trigger it."""
    path = write_company(tmp_path / "tiny", **changes)
    first = await load(deps, examine(path))
    again = await load(deps, examine(path))
    assert (first.run_id is not None, again.run_id) == (runs == 1, None)
    assert await ask(deps, "SELECT trigger, status FROM allocation_runs") == (
        [("ORDER", "QUEUED")] * runs
    )
    assert await ask(deps, "SELECT payload FROM outbox") == [({"run_id": first.run_id},)] * runs


async def test_an_order_that_comes_after_the_goods_is_served(
    deps: Dependencies, tmp_path: Path
) -> None:
    """A2: the receipt was shared out before; a later import finds its rest."""
    path = write_company(tmp_path / "tiny")
    await load(deps, examine(path))
    async with deps.unit_of_work(SYSTEM) as uow:
        received = await receive_goods(
            ReceiveGoods("R1", "CENTRAL", (ReceiptLine("TEE-40", 12),)), uow
        )
    assert received.run_id is not None
    await run_allocation(received.run_id, deps)
    write_company(
        path,
        **with_row("orders", "O4,F1,2026-03-02,,OPEN,CNY,"),
        **with_row("order_lines", "O4,1,TEE-41,1,10.00,0,0"),
    )
    report = await load(deps, examine(path))
    assert report.run_id is not None
    await run_allocation(report.run_id, deps)
    assert await ask(
        deps,
        "SELECT units_held FROM order_lines JOIN orders ON orders.id = order_id"
        " WHERE order_number = 'O4'",
    ) == [(1,)]


async def test_the_same_rows_in_a_larger_import_change_nothing(
    deps: Dependencies, tmp_path: Path
) -> None:
    """Row by row, not only as a whole: another fingerprint, the same rows untouched."""
    path = write_company(tmp_path / "tiny")
    await load(deps, examine(path))
    before = await everything(deps)
    write_company(path, **with_row("regions", "Beijing,Beijing,北京"))
    report = await load(deps, examine(path))
    assert {name: (c.added, c.changed) for name, c in report.changes.items()} == {"regions": (1, 0)}
    after = await everything(deps)
    grown = {"regions", "imports", "audit_log"}
    assert {table for table in TABLES.split() if after[table] != before[table]} == grown


async def test_importing_again_after_the_goods_moved_changes_nothing(
    deps: Dependencies, tmp_path: Path
) -> None:
    """A11: what the allocation has given, held and reserved is not undone by the same files."""
    path = write_company(tmp_path / "tiny")
    examined = examine(path)
    arrival = (await load(deps, examined)).awaited[0]
    lines = tuple(ReceiptLine(sku, units) for sku, units in arrival.units_by_sku.items())
    async with deps.unit_of_work(SYSTEM) as uow:
        command = ReceiveGoods(arrival.receipt_id, arrival.warehouse_id, lines)
        received = await receive_goods(command, uow)
    assert received.run_id is not None
    await run_allocation(received.run_id, deps)
    before = await everything(deps)
    again = await load(deps, examine(path))
    assert (again.changed_anything, again.awaited) == (False, ())
    write_company(path, **with_row("regions", "Beijing,Beijing,北京"))
    await load(deps, examine(path))
    after = await everything(deps)
    for table in ("orders", "order_lines", "stock", "customer_funds", "shipments", "milestones"):
        assert after[table] == before[table]
    async with deps.unit_of_work(SYSTEM) as uow:
        assert [i.name for i in await check_invariants(uow.session) if i.broken] == []


async def test_changed_master_data_is_updated_and_audited(
    deps: Dependencies, tmp_path: Path
) -> None:
    """P7: versions go up and the audit log keeps before and after, for changed rows only."""
    path = write_company(tmp_path / "tiny")
    await load(deps, examine(path))
    write_company(path, **replaced("customers", "Second,FRANCHISEE,B", "Second,FRANCHISEE,C"))
    report = await load(deps, examine(path))
    assert {n: (c.added, c.changed) for n, c in report.changes.items()} == {"customers": (0, 1)}
    assert await ask(deps, "SELECT code, class, version FROM customers ORDER BY code") == [
        ("F1", "A", 1),
        ("F2", "C", 2),
    ]
    assert await ask(
        deps,
        "SELECT object_type, before ->> 'class', after ->> 'class' FROM audit_log"
        " WHERE action = 'importChange'",
    ) == [("Customer", "B", "C")]


async def test_columns_that_the_input_lacks_are_left_alone(
    deps: Dependencies, tmp_path: Path
) -> None:
    await load(deps, examine(write_company(tmp_path / "tiny")))
    regions = "region_id,name\nairport,Airport\nShenzhen,New Shenzhen\n"
    others = {name: None for name in FILES if name != "regions"}
    await load(deps, examine(write_company(tmp_path / "more", **{**others, "regions": regions})))
    assert await ask(deps, "SELECT name, name_zh FROM regions ORDER BY code") == [
        ("New Shenzhen", "深圳"),
        ("Airport", "机场"),
    ]


async def test_names_that_the_database_knows_are_no_faults(
    deps: Dependencies, tmp_path: Path
) -> None:
    """Later files bring orders of customers and SKUs that were imported before."""
    await load(deps, examine(write_company(tmp_path / "tiny")))
    later: dict[str, str | bytes | None] = dict.fromkeys(FILES)
    later["orders"] = "order_id,customer_id,placed_on\nO9,F1,2026-03-01\n"
    later["order_lines"] = "order_id,line_no,sku_id,quantity,unit_price\nO9,1,TEE-40,2,10.00\n"
    examined = examine(write_company(tmp_path / "later", **later))
    assert len(examined.faults()) == 2
    assert (await load(deps, examined)).changes["orders"].added == 1

    later["orders"] = "order_id,customer_id,placed_on\nO8,F1,2026-03-01\nO7,F7,2026-03-01\n"
    later["order_lines"] = None
    found = await refused(deps, examine(write_company(tmp_path / "last", **later)))
    assert [(f.file, f.row, f.column, f.value) for f in found] == [
        ("orders.csv", 2, "order_id", "O8"),
        ("orders.csv", 3, "customer_id", "F7"),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        with_row("order_lines", "O1,3,TEE-99,4,10.00,0,0"),
        {"people": ""},
        {"people": b"user,name\nx,\xff\n"},
        with_row("orders", "O2,F1,2026-02-03,,OPEN,CNY,"),
    ],
)
async def test_one_fault_and_nothing_is_written(
    changes: dict[str, str | bytes | None], deps: Dependencies, tmp_path: Path
) -> None:
    assert await refused(deps, examine(write_company(tmp_path / "tiny", **changes)))


async def test_an_order_with_other_content_is_refused(deps: Dependencies, tmp_path: Path) -> None:
    """O4: orders that live here are changed here, not by a file."""
    path = write_company(tmp_path / "tiny")
    await load(deps, examine(path))
    write_company(path, **replaced("order_lines", "O2,1,TEE-40,2", "O2,1,TEE-40,4"))
    found = await refused(deps, examine(path))
    assert [(f.file, f.row, f.column, f.value) for f in found] == [
        ("orders.csv", 3, "order_id", "O2")
    ]


async def test_an_opening_balance_may_be_corrected_until_money_moves(
    deps: Dependencies, tmp_path: Path
) -> None:
    """F1: a correction is a further entry; after a payment the opening balance is history."""
    path = write_company(tmp_path / "tiny")
    await load(deps, examine(path))
    write_company(path, **replaced("customers", ",50.00,100.00,", ",50.00,80.00,"))
    await load(deps, examine(path))
    assert await ask(
        deps,
        "SELECT reference, amount::int FROM ledger_transactions t JOIN ledger_postings p"
        " ON p.transaction_id = t.id AND account = 'CUSTOMER_FUNDS' ORDER BY t.id",
    ) == [("import 1", 100), ("import 2", -20)]
    await pay(deps, "F1", 30)
    write_company(path, **replaced("customers", ",50.00,100.00,", ",50.00,90.00,"))
    fault = (await refused(deps, examine(path)))[0]
    assert (fault.file, fault.row, fault.column, fault.value) == (
        "customers.csv",
        2,
        "balance",
        "90.00",
    )
    assert "opening balance 80.00, and money has moved since" in str(fault.problem)


async def pay(deps: Dependencies, customer: str, amount: int) -> None:
    """A bank slip, as the ledger keeps it."""
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(
            text(
                "WITH t AS (INSERT INTO ledger_transactions (customer_id, kind, reference, at,"
                " actor) SELECT id, 'RECEIPT', 'slip', now(), 'test' FROM customers"
                " WHERE code = :code RETURNING id, customer_id),"
                " p AS (INSERT INTO ledger_postings (transaction_id, customer_id, account, amount,"
                " currency) SELECT id, customer_id, account, sign * CAST(:amount AS numeric),"
                " 'CNY' FROM t, (VALUES ('CUSTOMER_FUNDS', 1), ('BANK', -1)) AS s (account, sign))"
                " UPDATE customer_funds SET balance = balance + CAST(:amount AS numeric) FROM t"
                " WHERE customer_funds.customer_id = t.customer_id"
            ),
            {"code": customer, "amount": amount},
        )


async def test_an_import_waits_in_the_order_of_a_plan_s_commit(
    deps: Dependencies, tmp_path: Path
) -> None:
    """While a commit holds the money, an import holds no goods that the commit goes on to."""
    await load(deps, examine(write_company(tmp_path / "tiny")))
    changes = (
        replaced("customers", "F1,First,", "F1,First of all,")
        | replaced("stock", "TEE-41,7", "TEE-41,8")
        | replaced("store_stock", "TEE-40,3", "TEE-40,4")
    )
    again = examine(write_company(tmp_path / "again", **changes))
    async with deps.unit_of_work(SYSTEM) as commit:
        await commit.session.execute(text("SELECT FROM customer_funds FOR UPDATE"))
        loading = asyncio.create_task(load(deps, again))
        while not await _a_session_waits(deps):
            assert not loading.done()
        for table in ("stock", "store_stock", "region_reserves"):
            await commit.session.execute(text(f"SELECT FROM {table} FOR UPDATE NOWAIT"))
    report = await loading
    assert set(report.changes) == {"customers", "stock", "store_stock"}


async def _a_session_waits(deps: Dependencies) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'transactionid'"
    [(count,)] = await ask(deps, waiting)
    return bool(count)


async def test_opening_stock_may_be_corrected_until_goods_move(
    deps: Dependencies, tmp_path: Path
) -> None:
    path = write_company(tmp_path / "tiny")
    await load(deps, examine(path))
    write_company(path, **replaced("stock", "TEE-41,7", "TEE-41,5"))
    await load(deps, examine(path))
    assert await ask(deps, "SELECT units_on_hand FROM stock") == [(5,)]
    assert await ask(deps, "SELECT units FROM stock_movements ORDER BY id") == [(7,), (-2,)]
    async with deps.unit_of_work(SYSTEM) as uow:
        await receive_goods(ReceiveGoods("G1", "CENTRAL", (ReceiptLine("TEE-41", 1),)), uow)
    write_company(path, **replaced("stock", "TEE-41,7", "TEE-41,6"))
    fault = (await refused(deps, examine(path)))[0]
    assert (fault.file, fault.row, fault.column) == ("stock.csv", 2, "on_hand")


async def test_a_changed_guarantee_ends_and_is_given_again(
    deps: Dependencies, tmp_path: Path
) -> None:
    """F2: guarantees are records; an import that knows another amount adds one."""
    path = write_company(tmp_path / "tiny")
    await load(deps, examine(path))
    write_company(path, **replaced("customers", "100.00,25.00", "100.00,40.00"))
    await load(deps, examine(path))
    assert await ask(deps, "SELECT amount::int, ended_at IS NULL FROM guarantees ORDER BY id") == [
        (25, False),
        (40, True),
    ]


async def test_a_customers_currency_cannot_change(deps: Dependencies, tmp_path: Path) -> None:
    path = write_company(tmp_path / "tiny")
    await load(deps, examine(path))
    write_company(
        path,
        customers=FILES["customers"].replace("PREPAID,CNY,1", "PREPAID,USD,1"),
        orders=FILES["orders"].replace(
            "O1,F1,2026-02-01,2026-03-20,OPEN,CNY", "O1,F1,2026-02-01,2026-03-20,OPEN,USD"
        ),
    )
    found = await refused(deps, examine(path))
    assert ("customers.csv", 2, "currency") in {(f.file, f.row, f.column) for f in found}


async def test_the_policy_beside_the_tables_replaces_only_the_default(
    deps: Dependencies, tmp_path: Path
) -> None:
    """P7: once ADMIN has decided on a policy, an import leaves it alone and says so."""
    path = write_company(tmp_path / "tiny")
    order = '[region_order]\nSPRING_SUMMER = ["airport"]\nAUTUMN_WINTER = ["airport"]\n'
    (path / "company.toml").write_text(f"reservation_days = 20\n{order}")
    await load(deps, examine(path))
    assert (await policy_of(deps)).reservation_days == 20
    async with deps.unit_of_work(SYSTEM) as uow:
        await change_policy(uow, Policy(reservation_days=10))
    (path / "company.toml").write_text(f"reservation_days = 30\n{order}")
    write_company(path, **with_row("regions", "Beijing,Beijing,北京"))
    report = await load(deps, examine(path))
    assert (await policy_of(deps)).reservation_days == 10
    assert str(report.said[-1]).endswith("the input's was not applied.")


async def policy_of(deps: Dependencies) -> Policy:
    async with deps.unit_of_work(SYSTEM) as uow:
        return (await current_policy(uow))[1]


async def test_progress_is_reported(deps: Dependencies, tmp_path: Path) -> None:
    reported: list[tuple[Message, int, int]] = []
    examined = examine(write_company(tmp_path / "tiny"))
    async with deps.unit_of_work(SYSTEM) as uow:
        await import_data(examined, uow, lambda *progress: reported.append(progress))
    phases = {str(phase): (done, total) for phase, done, total in reported}
    assert phases["copying"] == (24, 24)
    assert phases["writing"][0] == phases["writing"][1]
    copied = [done for phase, done, _ in reported if str(phase) == "copying"]
    assert copied == sorted(copied)


async def test_a_customer_may_not_import(deps: Dependencies, tmp_path: Path) -> None:
    """P1: row level security lets a customer's login write none of it."""
    customer = Principal("first", frozenset({"CUSTOMER"}), customer_id=1)
    uow: UnitOfWork = deps.unit_of_work(customer)
    with pytest.raises(Exception, match="row-level security"):
        async with uow:
            await import_data(examine(write_company(tmp_path / "tiny")), uow)
    assert await ask(deps, "SELECT count(*) FROM orders") == [(0,)]


async def test_chinese_names_are_loaded_beside_the_others(
    deps: Dependencies, tmp_path: Path
) -> None:
    """P2: of warehouses, customers and stores, as of regions and products."""
    named = {
        "warehouses": "warehouse_id,name,name_zh,kind\nCENTRAL,Central,总仓,CENTRAL\n",
        "stores": "store_id,name,name_zh,region_id,tier\nS1,Store one,一店,airport,A\n",
        **replaced("customers", "customer_id,name,", "customer_id,name,name_zh,"),
    }
    named["customers"] = named["customers"].replace("F1,First,", "F1,First,一号,")
    named["customers"] = named["customers"].replace("F2,Second,", "F2,Second,,")
    await load(deps, examine(write_company(tmp_path / "tiny", **named)))
    question = "SELECT name, name_zh FROM {} ORDER BY code"
    assert await ask(deps, question.format("customers")) == [("First", "一号"), ("Second", None)]
    assert await ask(deps, question.format("stores")) == [("Store one", "一店")]
    assert await ask(deps, question.format("warehouses")) == [("Central", "总仓")]
