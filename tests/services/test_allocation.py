"""From arrival to committed plan, on the tiny company of `tests.world`."""

import asyncio
import datetime as dt
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from domain.messages import Message
from domain.principals import SYSTEM
from domain.supply import ReceiveGoods
from persistence.allocation.runs import hold_run
from persistence.events import EventStream
from services.allocation import run as running
from services.allocation.reservations import expire_reservations
from services.allocation.run import RunOutcome, run_allocation
from services.bootstrap import Dependencies
from services.supply import receive_goods
from tests.clock import FixedClock
from tests.services.plans import lines_of, plan_of
from tests.services.solver_stand_ins import (
    break_a_rule,
    lose_the_driver,
    lose_the_socket,
    solve_once_heard,
)
from tests.waiting import PATIENCE_S
from tests.world import ARRIVAL, add_order

pytestmark = pytest.mark.usefixtures("tiny_company")


async def arrive(deps: Dependencies, command: ReceiveGoods = ARRIVAL) -> int:
    async with deps.unit_of_work(SYSTEM) as uow:
        received = await receive_goods(command, uow)
    assert received.run_id is not None
    return received.run_id


async def ask(deps: Dependencies, statement: str) -> list[tuple[Any, ...]]:
    """Rows of a query, as the system sees them."""
    async with deps.unit_of_work(SYSTEM) as uow:
        return [tuple(row) for row in await uow.session.execute(text(statement))]


async def test_goods_are_shared_out_stage_by_stage(deps: Dependencies) -> None:
    """A2-A6: franchisees as far as their money reaches, reservations, then own regions."""
    run_id = await arrive(deps)

    assert await run_allocation(run_id, deps) is RunOutcome.COMMITTED

    assert await plan_of(deps, run_id) == [
        ("L:O1/0001", 4, 4, []),
        ("L:O2/0001", 3, 0, ["FUNDS"]),
        ("R:O2/0001", 3, 3, []),
        ("G:airport:TEE-40", 5, 4, ["SUPPLY"]),
        ("S:S1:TEE-40", 1, 1, []),
        ("S:S2:TEE-40", 3, 0, ["SUPPLY"]),
    ]


async def test_codes_may_hold_colons(deps: Dependencies) -> None:
    """A5 A11: a gap is known by its store and SKU, not by the text of its claim."""
    for table in ("regions", "stores", "skus"):
        await ask(deps, f"UPDATE {table} SET code = 'a:' || code RETURNING code")
    run_id = await arrive(
        deps, replace(ARRIVAL, lines=(replace(ARRIVAL.lines[0], sku="a:TEE-40"),))
    )

    assert await run_allocation(run_id, deps) is RunOutcome.COMMITTED

    stores, regions, skus = [
        dict(await ask(deps, f"SELECT id, code FROM {table}"))
        for table in ("stores", "regions", "skus")
    ]
    assert [
        (line.claim, stores.get(line.store_id), regions.get(line.region_id), skus[line.sku_id])
        for line in await lines_of(deps, run_id)
        if line.stage == 3
    ] == [
        ("G:a:airport:a:TEE-40", None, "a:airport", "a:TEE-40"),
        ("S:a:S1:a:TEE-40", "a:S1", None, "a:TEE-40"),
        ("S:a:S2:a:TEE-40", "a:S2", None, "a:TEE-40"),
    ]


async def test_a_commit_moves_stock_money_and_lines_together(deps: Dependencies) -> None:
    """A11 F1: picks, shipments, fund holds, reservations and events agree with the plan."""
    await run_allocation(await arrive(deps), deps)

    stock = await ask(deps, "SELECT units_on_hand, units_held, units_reserved FROM stock")
    assert stock == [(12, 9, 3)]
    lines = await ask(
        deps, "SELECT units_ordered, units_held, units_reserved FROM order_lines ORDER BY id"
    )
    assert lines == [(4, 4, 0), (3, 0, 3)]
    shipments = await ask(
        deps,
        "SELECT shipment_number, status, num_nonnulls(order_id), num_nonnulls(store_id), units"
        " FROM shipments JOIN shipment_lines ON shipment_id = shipments.id ORDER BY shipments.id",
    )
    assert shipments == [
        ("S000001-00001", "PICKING", 1, 0, 4),
        ("S000001-00002", "PICKING", 0, 0, 4),
        ("S000001-00003", "PICKING", 0, 1, 1),
    ]
    funds = await ask(
        deps,
        "SELECT code, balance, held FROM customer_funds JOIN customers ON id = customer_id"
        " ORDER BY code",
    )
    assert funds == [
        ("F1", Decimal("10.00"), Decimal("40.00")),
        ("F2", Decimal("0.00"), Decimal("0.00")),
    ]
    ledger = await ask(
        deps,
        "SELECT account, amount FROM ledger_postings JOIN ledger_transactions AS entry"
        " ON entry.id = transaction_id WHERE entry.kind = 'HOLD' ORDER BY amount",
    )
    assert ledger == [
        ("CUSTOMER_FUNDS", Decimal("-40.00")),
        ("CUSTOMER_HOLDS", Decimal("40.00")),
    ]
    in_transit = await ask(
        deps, "SELECT safety_stock, units_in_transit FROM store_stock ORDER BY store_id"
    )
    assert in_transit == [(2, 1), (3, 0)]
    assert await ask(deps, "SELECT units_in_transit FROM region_reserves") == [(4,)]
    events = await ask(deps, "SELECT kind, after->'units' FROM order_events ORDER BY id")
    assert events == [("ALLOCATED", 4), ("RESERVED", 3)]


async def test_shipment_numbers_keep_every_digit_of_their_run(deps: Dependencies) -> None:
    """A11: the run after the millionth has numbers of its own, however many digits that takes."""
    run_id = await arrive(deps)
    await _renumber(deps, run_id, 12_345_678)
    assert await run_allocation(12_345_678, deps) is RunOutcome.COMMITTED
    assert await ask(deps, "SELECT shipment_number FROM shipments ORDER BY id") == [
        ("S12345678-00001",),
        ("S12345678-00002",),
        ("S12345678-00003",),
    ]


async def _renumber(deps: Dependencies, run_id: int, number: int) -> None:
    async with deps.unit_of_work(SYSTEM) as uow:
        for statement in (
            "CREATE TEMPORARY TABLE goods ON COMMIT DROP AS SELECT * FROM allocation_run_goods",
            "CREATE TEMPORARY TABLE named ON COMMIT DROP AS SELECT * FROM allocation_run_receipts",
            "DELETE FROM allocation_run_goods",
            "DELETE FROM allocation_run_receipts",
            f"UPDATE allocation_runs SET id = {number} WHERE id = {run_id}",
            f"UPDATE goods SET run_id = {number}",
            f"UPDATE named SET run_id = {number}",
            "INSERT INTO allocation_run_goods SELECT * FROM goods",
            "INSERT INTO allocation_run_receipts SELECT * FROM named",
        ):
            await uow.session.execute(text(statement))


async def test_a_reservation_lasts_to_the_end_of_day_fifteen(deps: Dependencies) -> None:
    """A5: committed on 29 November in Shanghai, it ends as 14 December does."""
    await run_allocation(await arrive(deps), deps)
    ends = await ask(deps, "SELECT status, expires_at FROM reservations")
    assert ends == [("ACTIVE", dt.datetime(2013, 12, 14, 16, tzinfo=dt.UTC))]


async def test_an_expired_reservation_is_shared_out_again(
    deps: Dependencies, clock: FixedClock
) -> None:
    """J1 A5: its units go on to the next; its line reserves again once something is paid."""
    await run_allocation(await arrive(deps), deps)
    clock.advance(dt.timedelta(days=15))
    assert await expire_reservations(deps) == 0
    clock.advance(dt.timedelta(days=1))

    assert await expire_reservations(deps) == 1
    assert await expire_reservations(deps) == 0

    assert await ask(deps, "SELECT units_on_hand, units_held, units_reserved FROM stock") == [
        (12, 9, 0)
    ]
    [(run_id, trigger)] = await ask(
        deps, "SELECT id, trigger FROM allocation_runs WHERE status = 'QUEUED'"
    )
    assert trigger == "EXPIRY"
    await run_allocation(run_id, deps)
    assert [(claim, given) for claim, _, given, _ in await plan_of(deps, run_id)] == [
        ("L:O2/0001", 0),
        ("G:airport:TEE-40", 1),
        ("S:S2:TEE-40", 2),
    ]


async def test_the_same_run_delivered_twice_allocates_once(deps: Dependencies) -> None:
    """J2: the second delivery finds the run ended and writes nothing."""
    run_id = await arrive(deps)
    assert await run_allocation(run_id, deps) is RunOutcome.COMMITTED
    assert await run_allocation(run_id, deps) is RunOutcome.NOT_OURS
    assert await ask(deps, "SELECT count(*) FROM shipments") == [(3,)]


async def test_two_workers_at_once_allocate_once(deps: Dependencies) -> None:
    """J2 A11: one of two simultaneous deliveries does the work."""
    run_id = await arrive(deps)
    outcomes = await asyncio.gather(*(run_allocation(run_id, deps) for _ in range(2)))
    assert sorted(outcome.value for outcome in outcomes) == ["COMMITTED", "NOT_OURS"]
    assert await ask(deps, "SELECT count(*) FROM shipments") == [(3,)]


async def test_a_run_whose_worker_died_is_taken_over(deps: Dependencies) -> None:
    """J2: found SOLVING with nobody holding it, the run begins again and commits once."""
    run_id = await arrive(deps)
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(
            text("UPDATE allocation_runs SET status = 'SOLVING', attempts = 1, claimed_by = 'dead'")
        )
    assert await run_allocation(run_id, deps) is RunOutcome.COMMITTED
    assert await ask(deps, "SELECT attempts, status FROM allocation_runs") == [(2, "COMMITTED")]


async def test_a_run_that_a_living_worker_holds_is_left_alone(deps: Dependencies) -> None:
    """J2: the lock of a connection shows which worker lives."""
    run_id = await arrive(deps)
    async with hold_run(deps.engine, run_id) as held:
        assert held
        assert await run_allocation(run_id, deps) is RunOutcome.NOT_OURS


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE stock SET units_on_hand = 11",
        "UPDATE customer_funds SET balance = 39.99 WHERE balance = 50",
        "UPDATE order_lines SET units_ordered = 3 WHERE units_ordered = 4",
        "UPDATE orders SET status = 'CANCELLED' WHERE order_number = 'O1'",
        "WITH other AS (INSERT INTO skus (code, product_id, size, list_price, currency)"
        " SELECT 'TEE-41', product_id, '41', list_price, currency FROM skus RETURNING id)"
        " UPDATE order_lines SET sku_id = other.id FROM other WHERE units_ordered = 4",
        "UPDATE store_stock SET units_on_hand = 2 WHERE units_on_hand = 1",
        "UPDATE region_reserves SET target = 3",
    ],
    ids=[
        "stock",
        "funds",
        "line cut",
        "order cancelled",
        "line of another SKU",
        "store's gap",
        "reserve's gap",
    ],
)
async def test_a_plan_overtaken_by_events_starts_afresh(
    deps: Dependencies, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """A11: what the plan rests on changes between solving and commit; the run solves again."""
    run_id = await arrive(deps)
    in_worker = running.run_in_worker
    changes = [change]

    async def solve_and_be_overtaken(*arguments: Any, **options: Any) -> Any:
        plan = await in_worker(*arguments, **options)
        if changes:
            async with deps.unit_of_work(SYSTEM) as uow:
                await uow.session.execute(text(changes.pop()))
        return plan

    monkeypatch.setattr(running, "run_in_worker", solve_and_be_overtaken)
    assert await run_allocation(run_id, deps) is RunOutcome.COMMITTED
    assert await ask(deps, "SELECT fresh_starts FROM allocation_runs") == [(1,)]
    [(over,)] = await ask(
        deps,
        "SELECT count(*) FROM stock WHERE units_held + units_reserved > units_on_hand",
    )
    assert over == 0


async def test_a_run_overtaken_again_and_again_locks_what_it_needs(
    deps: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A11: after three fresh starts writers wait for the run instead of overtaking it."""
    run_id = await arrive(deps)
    in_worker = running.run_in_worker
    writers: list[asyncio.Task[None]] = []

    async def take_one_unit() -> None:
        async with deps.unit_of_work(SYSTEM) as uow:
            await uow.session.execute(
                text("UPDATE stock SET units_on_hand = units_on_hand - 1 WHERE units_held = 0")
            )

    async def solve_and_be_overtaken(*arguments: Any, **options: Any) -> Any:
        plan = await in_worker(*arguments, **options)
        task = asyncio.create_task(take_one_unit())
        writers.append(task)
        # In the last try the writer waits for the run's locks, so it can't be waited for here.
        if len(writers) <= running.MOST_FRESH_STARTS:
            await asyncio.wait_for(asyncio.shield(task), PATIENCE_S)
        return plan

    monkeypatch.setattr(running, "run_in_worker", solve_and_be_overtaken)
    assert await run_allocation(run_id, deps) is RunOutcome.COMMITTED
    await asyncio.gather(*writers)
    assert len(writers) == running.MOST_FRESH_STARTS + 1
    # Three units were taken while the run started afresh; the fourth writer came too late.
    assert await ask(deps, "SELECT units_on_hand, units_held + units_reserved FROM stock") == [
        (9, 9)
    ]


async def test_a_price_is_held_rounded_up(deps: Dependencies) -> None:
    """F1: a price of 3.333333 is held at 3.34 a unit; the hold never undercuts the debit."""
    async with deps.unit_of_work(SYSTEM) as uow:
        sku_id = await uow.session.scalar(text("SELECT id FROM skus"))
        await add_order(uow, "F0", 0, "100.00", "O0", sku_id, 3, unit_price="3.333333")
    await run_allocation(await arrive(deps), deps)
    assert await ask(
        deps,
        "SELECT amount FROM fund_holds JOIN customers ON customers.id = customer_id"
        " WHERE code = 'F0'",
    ) == [(Decimal("10.02"),)]


async def test_a_failed_run_says_why_and_writes_nothing_else(
    deps: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """J2: what broke in our own code is kept with the run; stock and lines stay as they were."""
    run_id = await arrive(deps)

    monkeypatch.setattr(running, "find_plan", break_a_rule)
    with pytest.raises(ArithmeticError, match="its own rules"):
        await run_allocation(run_id, deps)
    [(status, error)] = await ask(deps, "SELECT status, error FROM allocation_runs")
    assert (status, str(Message.from_kept(error))) == (
        "FAILED",
        "ArithmeticError: the plan breaks its own rules",
    )
    assert await ask(deps, "SELECT units_held, units_reserved FROM stock") == [(0, 0)]


@pytest.mark.parametrize(
    ("work", "outage"),
    [
        (lose_the_socket, ConnectionResetError),
        (lose_the_driver, asyncpg.InternalClientError),
    ],
    ids=["socket", "driver"],
)
async def test_an_outage_leaves_the_run_to_be_taken_up(
    deps: Dependencies, monkeypatch: pytest.MonkeyPatch, work: Any, outage: type[Exception]
) -> None:
    """J2: goods must not lie because the database was away for a moment."""
    run_id = await arrive(deps)

    with monkeypatch.context() as patch:
        patch.setattr(running, "find_plan", work)
        with pytest.raises(outage):
            await run_allocation(run_id, deps)
    assert await ask(deps, "SELECT status FROM allocation_runs") == [("SOLVING",)]
    assert await run_allocation(run_id, deps) is RunOutcome.COMMITTED


async def test_a_long_solve_reports_how_far_it_is(
    deps: Dependencies, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A10: subscribers hear of decided levels while the solver works, and of nothing twice."""
    run_id = await arrive(deps)
    monkeypatch.setattr(running, "LOOK_EVERY_S", 0.05)
    heard_of = tmp_path / "heard"
    monkeypatch.setattr(running, "find_plan", partial(solve_once_heard, str(heard_of)))
    stream = EventStream(deps.databases.application)
    await stream.start()
    with stream.subscribe() as news:
        run = asyncio.create_task(run_allocation(run_id, deps))
        heard = []
        async with asyncio.timeout(PATIENCE_S):
            async for event in news:
                heard.append(event.details)
                if event.details == {"levelsDone": 2, "levels": 6}:
                    heard_of.touch()
                if event.details.get("status") == "COMMITTED":
                    break
        assert await run is RunOutcome.COMMITTED
    await stream.stop()
    assert heard.count({"levelsDone": 2, "levels": 6}) == 1


@pytest.mark.parametrize(
    ("confirmed", "expected"),
    [
        ("2013-11-29", []),
        ("2013-11-28", []),
        ("2013-11-27", ["Funds were last confirmed on 2013-11-27, 2 working days ago."]),
        (None, ["Funds were never confirmed of F1, F2: FINANCE confirms them daily."]),
    ],
)
async def test_a_run_shows_how_old_its_figures_are(
    deps: Dependencies, confirmed: str | None, expected: list[str]
) -> None:
    """A3: on Friday 29 November figures of Thursday are fresh, those of Wednesday are warned of,
    and so are those that were never confirmed."""
    day = "NULL" if confirmed is None else f"date '{confirmed}'"
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(text(f"UPDATE customer_funds SET confirmed_on = {day}"))
    await run_allocation(await arrive(deps), deps)
    [(shown, warnings)] = await ask(
        deps, "SELECT summary->>'fundsConfirmedOn', warnings FROM allocation_runs"
    )
    assert shown == confirmed
    assert [str(Message.from_json(each)) for each in warnings] == expected
