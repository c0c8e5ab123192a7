"""Rows are locked in one order by everybody, so that no two transactions wait in a circle (A11)."""

import asyncio
import datetime as dt
import random
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from domain.allocation import RequestAllocation
from domain.funding import RecordPayment
from domain.orders.commands.fulfilment import Cancel
from domain.orders.refusals import OrderRefused
from domain.principals import SYSTEM
from domain.roles import Role
from domain.supply import ReceiptLine, ReceiveGoods
from persistence import retry
from persistence.engine import LIMITS
from persistence.invariants import check_invariants
from persistence.lock_order import ORDER
from persistence.tables import SkuRow, StockRow
from services.allocation.request import request_allocation
from services.allocation.reservations import expire_reservations
from services.allocation.run import RunOutcome, run_allocation
from services.bootstrap import Dependencies, open_dependencies
from services.funding import record_payment
from services.settings import Settings
from services.supply import receive_goods
from tests.clock import FixedClock
from tests.services.order_office import Office, person
from tests.services.test_allocation import ask
from tests.waiting import PATIENCE_S
from tests.world import add_order, confirmed

pytestmark = pytest.mark.usefixtures("tiny_company")

PERSISTENCE = Path(__file__).parents[2] / "persistence"
CLIENTS, WORKERS, ACTS = 16, 4, 10

_TABLES = re.compile(r"(?:FROM|JOIN)\s+(\w+)(?:\s+AS\s+(\w+))?", re.IGNORECASE)
_LOCKS = re.compile(r"FOR NO KEY UPDATE(?:\s+OF\s+([\w, ]+))?", re.IGNORECASE)
_CHANGES = re.compile(r"^\s*UPDATE\s+(\w+)|^\s*INSERT INTO\s+(\w+)[^;]*DO UPDATE", re.IGNORECASE)


def test_no_row_is_locked_more_strongly_than_it_is_changed() -> None:
    """A11: FOR UPDATE would wait for who only refers to the row, and keep them waiting."""
    found = [
        f"{file.relative_to(PERSISTENCE)}:{number}"
        for file in sorted(PERSISTENCE.rglob("*.py"))
        if file.name != "lock_order.py"
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if "FOR UPDATE" in line or re.search(r"with_for_update\((?!.*key_share)", line)
    ]
    assert found == []


@dataclass
class Transaction:
    """What a transaction has locked so far, and where it went back in the order."""

    locked: list[str] = field(default_factory=list)
    went_back: list[str] = field(default_factory=list)

    def note(self, statement: str) -> None:
        for table in self._locked_by(statement):
            if table in self.locked:
                continue
            latest = max((ORDER.index(one) for one in self.locked), default=-1)
            if ORDER.index(table) < latest:
                self.went_back.append(f"{table} after {', '.join(self.locked)}: {statement}")
            self.locked.append(table)

    def _locked_by(self, statement: str) -> list[str]:
        changed = _CHANGES.match(statement)
        if changed is not None:
            name = changed.group(1) or changed.group(2)
            return [name] if name in ORDER else []
        asked = _LOCKS.search(statement)
        if asked is None:
            return []
        named = {alias or table: table for table, alias in _TABLES.findall(statement)}
        if asked.group(1):
            tables = [named.get(one.strip(), one.strip()) for one in asked.group(1).split(",")]
        else:
            # Without OF, the rows of the innermost statement's own table.
            tables = [next(iter(named.values()))]
        return sorted((one for one in tables if one in ORDER), key=ORDER.index)


@contextmanager
def transactions_of(deps: Dependencies) -> Iterator[list[Transaction]]:
    """Every transaction of these parts while the block lasts, with what it locked."""
    found: list[Transaction] = []
    open_ones: dict[Any, Transaction] = {}
    engine = deps.engine.sync_engine

    def before(connection: Any, _: Any, statement: str, *__: Any) -> None:
        one = open_ones.setdefault(connection.connection.dbapi_connection, Transaction())
        one.note(statement)

    def ended(connection: Any) -> None:
        one = open_ones.pop(connection.connection.dbapi_connection, None)
        if one is not None:
            found.append(one)

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "commit", ended)
    event.listen(engine, "rollback", ended)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "commit", ended)
        event.remove(engine, "rollback", ended)


async def receive(deps: Dependencies, number: str, *lines: ReceiptLine) -> int | None:
    async with deps.unit_of_work(SYSTEM) as uow:
        return (await receive_goods(ReceiveGoods(number, "C", lines), uow)).run_id


async def pay(deps: Dependencies, customer: str, slip: str, amount: int = 30) -> None:
    async with deps.unit_of_work(person(Role.FINANCE)) as uow:
        await record_payment(RecordPayment(customer, Decimal(amount), slip), uow)


async def test_acts_lock_in_the_order_that_is_written_down(
    deps: Dependencies, clock: FixedClock
) -> None:
    """A11: receipt, run, payment, expiry and cancelling, looked at statement by statement."""
    office = Office(deps)
    with transactions_of(deps) as seen:
        run_id = await receive(deps, "GR-1", ReceiptLine("TEE-40", 12))
        assert run_id is not None
        await run_allocation(run_id, deps)
        clock.advance(dt.timedelta(days=16))
        assert await expire_reservations(deps) == 1
        await pay(deps, "F2", "slip 1")
        [(waiting,)] = await ask(deps, "SELECT id FROM allocation_runs WHERE status = 'QUEUED'")
        await run_allocation(waiting, deps)
        orders = await ask(deps, "SELECT id FROM orders ORDER BY id")
        await office.do("SALES_MANAGER", orders[0][0], Cancel("closed down"))
    locked = {table for one in seen for table in one.locked}
    assert locked == set(ORDER)
    assert [step for one in seen for step in one.went_back] == []


async def test_sixteen_clients_and_four_workers_never_wait_in_a_circle(
    deps: Dependencies,
    settings: Settings,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A11: receipts, payments, cancelled orders, expiry and runs at random over few goods.

    Nothing is FAILED, the books agree, and no transaction was given up for another's sake.
    """
    circles: list[str] = []
    is_contention = retry.is_contention

    def noting(error: Exception) -> bool:
        if retry.sql_state(error) == "40P01":
            circles.append(str(error))
        return is_contention(error)

    monkeypatch.setattr(retry, "is_contention", noting)
    waited = round(PATIENCE_S)
    for of in ("api", "worker"):
        patient = replace(LIMITS[of], statement_s=waited, lock_s=waited)
        monkeypatch.setitem(LIMITS, of, patient)
    await crowd(deps)
    orders = [key for (key,) in await ask(deps, "SELECT id FROM orders ORDER BY id")]
    async with AsyncExitStack() as stack:
        clients, workers = [
            await stack.enter_async_context(open_dependencies(settings, purpose=of, clock=clock))
            for of in ("api", "worker")
        ]
        stopping = asyncio.Event()
        running = [asyncio.create_task(work(workers, stopping)) for _ in range(WORKERS)]
        await asyncio.gather(
            *(
                act_at_random(clients, number, orders, random.Random(number))
                for number in range(CLIENTS)
            )
        )
        stopping.set()
        await asyncio.gather(*running)
    assert circles == []
    assert (
        await ask(
            deps,
            "SELECT status, count(*) FROM allocation_runs WHERE status <> 'COMMITTED' GROUP BY 1",
        )
        == []
    )
    assert await ask(
        deps, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    ) == [(0,)]
    async with deps.unit_of_work(SYSTEM, one_instant=True) as uow:
        assert [found for found in await check_invariants(uow.session) if found.broken] == []


async def crowd(deps: Dependencies) -> None:
    """The tiny company with six more SKUs and twelve more franchisees of four orders each."""
    some = random.Random(5)
    async with deps.unit_of_work(SYSTEM) as uow:
        product = (await uow.session.execute(text("SELECT id FROM products"))).scalar_one()
        skus = [
            SkuRow(
                code=f"K{number}",
                product_id=product,
                size=str(number),
                list_price=Decimal(10),
                currency="CNY",
            )
            for number in range(6)
        ]
        uow.session.add_all(skus)
        await uow.session.flush()
        for number in range(12):
            line = await add_order(
                uow, f"X{number}", number // 3, "40.00", f"X{number}-0", skus[0].id, 3
            )
            for order_no in range(1, 4):
                await confirmed(
                    uow,
                    line.customer_id,
                    f"X{number}-{order_no}",
                    {sku.id: some.randint(1, 6) for sku in some.sample(skus, 4)},
                    ship_complete=order_no == 3,
                )
        warehouse = (
            await uow.session.execute(text("SELECT id FROM warehouses WHERE code = 'C'"))
        ).scalar_one()
        uow.session.add_all(StockRow(warehouse_id=warehouse, sku_id=sku.id) for sku in skus)


async def act_at_random(
    deps: Dependencies, number: int, orders: list[int], some: random.Random
) -> None:
    office = Office(deps)
    for turn in range(ACTS):
        match some.randrange(6):
            case 0 | 1 | 2:
                goods = some.sample([f"K{sku}" for sku in range(6)], some.randint(1, 3))
                lines = (ReceiptLine(sku, some.randint(1, 8)) for sku in goods)
                await receive(deps, f"GR-{number}-{turn}", *lines)
            case 3:
                await pay(deps, f"X{some.randrange(12)}", f"slip {number}-{turn}")
            case 4:
                try:
                    await office.do("SALES_MANAGER", some.choice(orders), Cancel("closed down"))
                except OrderRefused:
                    # It was called off by another client before.
                    continue
            case _:
                async with deps.unit_of_work(SYSTEM) as uow:
                    await request_allocation(RequestAllocation(), uow)


async def work(deps: Dependencies, stopping: asyncio.Event) -> None:
    """A worker: makes whatever run is open, until none is and the clients have gone."""
    while True:
        gone = stopping.is_set()
        opened = await ask(
            deps,
            "SELECT id FROM allocation_runs WHERE status IN ('QUEUED', 'CLAIMED', 'SOLVING')"
            " ORDER BY random()",
        )
        for (run_id,) in opened:
            if await run_allocation(run_id, deps) is RunOutcome.COMMITTED:
                break
        if gone and not opened:
            return
        await asyncio.sleep(0.01)
