"""What asks for runs, what waits for what, and runs at the same time (A2, A11, J2)."""

import asyncio
from decimal import Decimal

import pytest
from sqlalchemy import text

from domain.allocation import CancelAllocation, RequestAllocation
from domain.principals import SYSTEM
from persistence.tables import SkuRow
from services.allocation.request import cancel_allocation, request_allocation
from services.allocation.run import RunOutcome, run_allocation
from services.bootstrap import Dependencies
from services.supply import receive_goods
from tests.services.plans import plan_of
from tests.services.test_allocation import arrive, ask
from tests.services.two_goods import SideBySide, of, two_goods, whole_order
from tests.waiting import PATIENCE_S
from tests.world import confirmed

pytestmark = pytest.mark.usefixtures("tiny_company")


async def test_receipts_that_wait_are_shared_out_by_one_run(deps: Dependencies) -> None:
    """A2: one run names them all; its plan is that of one receipt with all the goods."""
    await two_goods(deps)
    runs = {
        await arrive(deps, of("GR-1", "TEE-40", 5)),
        await arrive(deps, of("GR-2", "TEE-41", 2)),
        await arrive(deps, of("GR-3", "TEE-40", 7)),
    }
    [run_id] = runs
    assert await ask(deps, "SELECT count(*) FROM outbox WHERE sent_at IS NULL") == [(1,)]
    assert await run_allocation(run_id, deps) is RunOutcome.COMMITTED
    assert await plan_of(deps, run_id) == [
        ("L:O1/0001", 4, 4, []),
        ("L:O2/0001", 3, 0, ["FUNDS"]),
        ("L:O3/0001", 5, 2, ["SUPPLY"]),
        ("R:O2/0001", 3, 3, []),
        ("R:O3/0001", 3, 0, ["SUPPLY"]),
        ("G:airport:TEE-40", 5, 4, ["SUPPLY"]),
        ("S:S1:TEE-40", 1, 1, []),
        ("S:S2:TEE-40", 3, 0, ["SUPPLY"]),
    ]
    assert await ask(
        deps,
        "SELECT receipt_number FROM allocation_run_receipts JOIN goods_receipts"
        " ON id = goods_receipt_id ORDER BY 1",
    ) == [("GR-1",), ("GR-2",), ("GR-3",)]


async def test_receipts_at_once_agree_on_the_run_that_waits(deps: Dependencies) -> None:
    """A2: sixteen at the same moment ask for one run, and lose none of their goods."""
    runs = await asyncio.gather(
        *(arrive(deps, of(f"GR-{number}", "TEE-40", 1)) for number in range(16))
    )
    assert len(set(runs)) == 1
    assert await run_allocation(runs[0], deps) is RunOutcome.COMMITTED
    assert await ask(
        deps, "SELECT count(*), count(DISTINCT run_id) FROM allocation_run_receipts"
    ) == [(16, 1)]
    assert await ask(deps, "SELECT units_on_hand, units_held + units_reserved FROM stock") == [
        (16, 16)
    ]


async def test_goods_that_nobody_wants_make_no_run(deps: Dependencies) -> None:
    """A2: a run that would change nothing is not made; once a customer wants them, one is."""
    async with deps.unit_of_work(SYSTEM) as uow:
        product = (await uow.session.execute(text("SELECT id FROM products"))).scalar_one()
        uow.session.add(
            SkuRow(
                code="TEE-50",
                product_id=product,
                size="50",
                list_price=Decimal(10),
                currency="CNY",
            )
        )
    async with deps.unit_of_work(SYSTEM) as uow:
        received = await receive_goods(of("GR-1", "TEE-50", 9), uow)
    assert received.run_id is None
    assert await ask(deps, "SELECT count(*) FROM allocation_runs") == [(0,)]
    async with deps.unit_of_work(SYSTEM) as uow:
        again = await receive_goods(of("GR-1", "TEE-50", 9), uow)
    assert (again.run_id, again.new) == (None, False)


async def test_goods_less_than_a_pack_make_no_run(deps: Dependencies) -> None:
    """A2: every open claim takes packs of 6 and 5 pieces lie there."""
    await ask(deps, "UPDATE skus SET pack = 6 RETURNING id")
    await ask(deps, "UPDATE order_lines SET units_ordered = 12 RETURNING id")
    async with deps.unit_of_work(SYSTEM) as uow:
        received = await receive_goods(of("GR-1", "TEE-40", 5), uow)
    assert received.run_id is None


async def test_runs_that_share_no_goods_are_made_side_by_side(
    deps: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A11: both are being solved at one moment; neither starts afresh."""
    await two_goods(deps)
    first = await arrive(deps, of("GR-1", "TEE-40", 12))
    both = SideBySide(monkeypatch, 2)
    one = await both.begin(deps, first)
    second = await arrive(deps, of("GR-2", "TEE-41", 5))
    assert second != first
    two = asyncio.create_task(run_allocation(second, deps))
    # Only if both have come is either let go.
    await both.meet()
    assert await asyncio.gather(one, two) == [RunOutcome.COMMITTED, RunOutcome.COMMITTED]
    assert await ask(deps, "SELECT id, fresh_starts, attempts FROM allocation_runs ORDER BY 1") == [
        (first, 0, 1),
        (second, 0, 1),
    ]
    assert [line[:3] for line in await plan_of(deps, second)] == [("L:O3/0001", 5, 5)]
    assert await ask(deps, "SELECT count(*) FROM allocation_run_goods") == [(0,)]


async def test_a_run_waits_for_the_one_that_has_its_goods(
    deps: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A11: more of the same goods arrive meanwhile; asked again at its end, the second has them."""
    first = await arrive(deps, of("GR-1", "TEE-40", 5))
    held = SideBySide(monkeypatch, 1)
    one = await held.begin(deps, first)
    second = await arrive(deps, of("GR-2", "TEE-40", 7))
    assert await run_allocation(second, deps) is RunOutcome.WAITING
    assert await ask(deps, f"SELECT status FROM allocation_runs WHERE id = {second}") == [
        ("QUEUED",)
    ]
    await held.meet()
    assert await one is RunOutcome.COMMITTED
    # Sent when it was asked for, and again when the other ended.
    assert await ask(
        deps, f"SELECT count(*) FROM outbox WHERE payload->>'run_id' = '{second}'"
    ) == [(2,)]
    assert await run_allocation(second, deps) is RunOutcome.COMMITTED
    assert await ask(deps, "SELECT units_on_hand, units_held, units_reserved FROM stock") == [
        (12, 9, 3)
    ]


async def test_goods_that_a_whole_order_ties_together_are_not_torn_apart(
    deps: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A8 A11: an order that ships whole wants both, so the second run waits for the first."""
    await two_goods(deps)
    await ask(deps, "UPDATE customer_funds SET balance = 500 RETURNING 1")
    await whole_order(deps, "TEE-40", "TEE-41")
    first = await arrive(deps, of("GR-1", "TEE-40", 12))
    held = SideBySide(monkeypatch, 1)
    one = await held.begin(deps, first)
    second = await arrive(deps, of("GR-2", "TEE-41", 9))
    assert await run_allocation(second, deps) is RunOutcome.WAITING
    await held.meet()
    assert await one is RunOutcome.COMMITTED
    # Its first line was reserved meanwhile, so what is left of it ships whole.
    assert ("L:O9/0001", 2, 0, ["SHIP_COMPLETE"]) in await plan_of(deps, first)
    assert ("R:O9/0001", 2, 2, []) in await plan_of(deps, first)
    assert await run_allocation(second, deps) is RunOutcome.COMMITTED
    assert ("L:O9/0002", 2, 2, []) in await plan_of(deps, second)


async def test_two_runs_spend_the_same_money_once(
    deps: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A11 F1: F1's 50.00 pay for 40.00 of one run or of the other; the later one starts afresh."""
    await two_goods(deps)
    keys = dict(await ask(deps, "SELECT code, id FROM skus"))
    [(payer,)] = await ask(deps, "SELECT id FROM customers WHERE code = 'F1'")
    async with deps.unit_of_work(SYSTEM) as uow:
        await confirmed(uow, payer, "O4", {keys["TEE-41"]: 4})
    first = await arrive(deps, of("GR-1", "TEE-40", 12))
    both = SideBySide(monkeypatch, 2)
    one = await both.begin(deps, first)
    second = await arrive(deps, of("GR-2", "TEE-41", 9))
    two = asyncio.create_task(run_allocation(second, deps))
    await both.meet()
    assert await asyncio.gather(one, two) == [RunOutcome.COMMITTED, RunOutcome.COMMITTED]
    assert await ask(
        deps,
        "SELECT balance >= 0, held <= 50 FROM customer_funds JOIN customers ON id = customer_id"
        " WHERE code = 'F1'",
    ) == [(True, True)]
    assert await ask(deps, "SELECT sum(fresh_starts) FROM allocation_runs") == [(1,)]


async def test_a_request_for_all_goods_waits_for_all_runs(
    deps: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A11: and a receipt that comes then is shared out with it."""
    await two_goods(deps)
    first = await arrive(deps, of("GR-1", "TEE-40", 12))
    held = SideBySide(monkeypatch, 1)
    one = await held.begin(deps, first)
    async with deps.unit_of_work(SYSTEM) as uow:
        everything = await request_allocation(RequestAllocation(), uow)
    assert await run_allocation(everything, deps) is RunOutcome.WAITING
    assert await arrive(deps, of("GR-2", "TEE-41", 5)) == everything
    await held.meet()
    await one
    assert await run_allocation(everything, deps) is RunOutcome.COMMITTED
    assert ("L:O3/0001", 5, 5, []) in await plan_of(deps, everything)


async def test_a_run_called_off_lets_its_goods_go(
    deps: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A11 J2: who waited for them is asked for again."""
    first = await arrive(deps, of("GR-1", "TEE-40", 5))
    held = SideBySide(monkeypatch, 1)
    one = await held.begin(deps, first)
    second = await arrive(deps, of("GR-2", "TEE-40", 7))
    assert await run_allocation(second, deps) is RunOutcome.WAITING
    await asyncio.wait_for(held.one_is_there.wait(), PATIENCE_S)
    async with deps.unit_of_work(SYSTEM) as uow:
        await cancel_allocation(CancelAllocation(first), uow)
    assert await run_allocation(second, deps) is RunOutcome.COMMITTED
    await held.meet()
    assert await one is RunOutcome.CANCELLED
    assert await ask(deps, "SELECT units_on_hand, units_held, units_reserved FROM stock") == [
        (12, 9, 3)
    ]


async def test_a_run_asked_for_twice_at_once_is_made_once(deps: Dependencies) -> None:
    """A11: two ask for all goods; they mean the same run."""
    await arrive(deps)

    async def asks() -> int:
        async with deps.unit_of_work(SYSTEM) as uow:
            return await request_allocation(RequestAllocation(), uow)

    assert len(set(await asyncio.gather(*(asks() for _ in range(8))))) == 1
    assert await ask(deps, "SELECT count(*), bool_and(asks_for_all) FROM allocation_runs") == [
        (1, True)
    ]
