"""Goods that lie free and are wanted get a run, whatever happens at the same moment (A2, A11)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from domain.orders.commands.confirmation import Confirm, ReturnConfirmation, SendConfirmation
from domain.orders.commands.decision import Decide
from domain.orders.commands.deposits import RecordDeposit
from domain.orders.commands.fulfilment import Cancel
from domain.orders.entries import Line
from domain.principals import SYSTEM
from domain.roles import Role
from persistence.allocation import claiming, runs
from services.allocation import run as running
from services.allocation.goods import goods_to_share, wake_waiting_run
from services.allocation.run import RunOutcome, run_allocation
from services.bootstrap import Dependencies
from services.commands import OnOne
from services.orders.commands import act_on_order
from services.supply import receive_goods
from tests.services.order_office import DONE, Office, person
from tests.services.test_allocation import arrive, ask
from tests.services.two_goods import SideBySide, of, two_goods, whole_order
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("tiny_company")

BLOCKED = (
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


async def done_or_waiting(deps: Dependencies, task: "asyncio.Task[Any]") -> None:
    """Until the task has ended, or waits for a lock that another transaction has."""

    async def looked() -> bool:
        return task.done() or bool(await ask(deps, BLOCKED))

    await until(looked)


async def order_to_confirm(office: Office, sku: str) -> int:
    """An order of F1 of which only the last step to CONFIRMED is left."""
    await two_goods(office.deps)
    await ask(office.deps, "UPDATE orders SET status = 'CANCELLED' RETURNING id")
    order = await office.place(lines=(Line(1, sku, 10, Decimal("10.00")),))
    await office.check_and_approve(order)
    await office.review(order)
    yes = Decide("ACCEPTED", production_promised_on=DONE)
    await office.do("PLANNING", order, yes)
    await office.do("ORDER_CLERK", order, SendConfirmation(DONE))
    back = ReturnConfirmation(True, True, True)
    await office.do("ORDER_CLERK", order, back)
    return order


ASKED = (
    "SELECT code FROM allocation_run_goods AS goods JOIN skus ON skus.id = sku_id"
    " JOIN allocation_runs AS run ON run.id = run_id AND status = 'QUEUED' WHERE asked ORDER BY 1"
)


async def test_an_order_confirmed_while_its_goods_arrive_gets_a_run(deps: Dependencies) -> None:
    """A2: neither has seen the other when it wrote; whoever ends second does."""
    office = Office(deps)
    order = await order_to_confirm(office, "TEE-41")
    async with deps.unit_of_work(SYSTEM) as uow:
        received = await receive_goods(of("GR-1", "TEE-41", 10), uow)
        confirming = asyncio.create_task(office.do("ORDER_CLERK", order, Confirm()))
        await done_or_waiting(deps, confirming)
    await confirming
    assert received.run_id is None
    assert await ask(deps, ASKED) == [("TEE-41",)]


async def test_goods_that_arrive_while_their_order_is_confirmed_get_a_run(
    deps: Dependencies,
) -> None:
    """A2: the same the other way round."""
    office = Office(deps)
    order = await order_to_confirm(office, "TEE-41")

    async def receipt() -> int | None:
        async with deps.unit_of_work(SYSTEM) as uow:
            return (await receive_goods(of("GR-1", "TEE-41", 10), uow)).run_id

    async with deps.unit_of_work(person(Role.ORDER_CLERK)) as uow:
        await act_on_order(OnOne(order, Confirm()), uow)
        arriving = asyncio.create_task(receipt())
        await done_or_waiting(deps, arriving)
    await arriving
    assert await ask(deps, ASKED) == [("TEE-41",)]


async def test_a_run_woken_while_it_is_still_held_is_asked_for_again(
    deps: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A11 J2: the request sent at the end of the other run found it held, and was spent."""
    first = await arrive(deps, of("GR-1", "TEE-40", 5))
    held = SideBySide(monkeypatch, 1)
    one = await held.begin(deps, first)
    second = await arrive(deps, of("GR-2", "TEE-40", 7))
    hold_run = runs.hold_run

    @asynccontextmanager
    async def slowly_let_go(engine: Any, run_id: int) -> AsyncIterator[bool]:
        async with hold_run(engine, run_id) as is_held:
            yield is_held
            monkeypatch.setattr(running.runs, "hold_run", hold_run)
            await held.meet()
            assert await one is RunOutcome.COMMITTED
            assert await run_allocation(second, deps) is RunOutcome.NOT_OURS

    monkeypatch.setattr(running.runs, "hold_run", slowly_let_go)
    assert await run_allocation(second, deps) is RunOutcome.WAITING
    # When it was asked for, at the end of the first, and once it was let go of.
    assert await ask(
        deps, f"SELECT count(*) FROM outbox WHERE payload->>'run_id' = '{second}'"
    ) == [(3,)]
    assert await run_allocation(second, deps) is RunOutcome.COMMITTED


async def test_a_run_called_off_as_it_is_claimed_waits_in_no_circle(deps: Dependencies) -> None:
    """A11: both lock the run first, then who may take goods."""
    run_id = await arrive(deps)
    async with deps.unit_of_work(SYSTEM) as uow:
        assert await runs.cancel_run(uow.session, run_id)
        claiming_it = asyncio.create_task(run_allocation(run_id, deps))
        await done_or_waiting(deps, claiming_it)
        await wake_waiting_run(uow, run_id)
    assert await claiming_it is RunOutcome.NOT_OURS
    assert await ask(
        deps, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    ) == [(0,)]


async def test_a_run_taken_over_leaves_what_is_tied_to_others(deps: Dependencies) -> None:
    """A8 A11: TEE-41 came when its worker had died; O9 wants it with TEE-40, which another has."""
    await two_goods(deps)
    await whole_order(deps, "TEE-40", "TEE-41")
    dead = await arrive(deps, of("GR-1", "TEE-41", 1))
    keys = dict(await ask(deps, "SELECT code, id FROM skus"))
    async with deps.unit_of_work(SYSTEM) as uow:
        claimed = await runs.claim_run(uow.session, dead, "dead", uow.now)
        assert claimed is not None
        # It was begun when no goods of its own were left.
        await claiming.take_goods(uow.session, dead, [])
    other = await arrive(deps, of("GR-2", "TEE-40", 12))
    async with deps.unit_of_work(SYSTEM) as uow:
        assert await runs.claim_run(uow.session, other, "other", uow.now) is not None
        await claiming.take_goods(uow.session, other, [keys["TEE-40"]])
    async with deps.unit_of_work(SYSTEM) as uow:
        again = await runs.claim_run(uow.session, dead, "next", uow.now)
        assert again is not None
        assert await goods_to_share(uow, dead, again) == frozenset()
        # What it has itself stays its own.
        await claiming.take_goods(uow.session, dead, [keys["TEE-41"]])
        assert await goods_to_share(uow, dead, again) == {keys["TEE-41"]}


async def test_goods_and_money_that_come_back_together_are_both_asked_for(
    deps: Dependencies,
) -> None:
    """A2 O7: TEE-40 is given back, and F1's other order wants TEE-41 that lies free."""
    await two_goods(deps)
    office = Office(deps)
    order = await office.place(special=True)
    await office.bring_to_confirmed(order, special=True)
    await run_allocation(await arrive(deps, of("GR-1", "TEE-40", 30)), deps)
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(
            text(
                "INSERT INTO stock (warehouse_id, sku_id, units_on_hand) SELECT w.id, s.id, 5"
                " FROM warehouses AS w, skus AS s WHERE w.code = 'C' AND s.code = 'TEE-41'"
            )
        )
    await whole_order(deps, "TEE-41")
    await ask(deps, "UPDATE store_stock SET safety_stock = 50 RETURNING 1")
    await office.do("SALES_MANAGER", order, Cancel("no longer wanted"))
    assert await ask(deps, ASKED) == [("TEE-40",), ("TEE-41",)]


async def test_a_deposit_locks_lapsed_lines_with_the_orders_own(deps: Dependencies) -> None:
    """A11 A5: by ascending key, so that a run that gives to both waits in no circle with it."""
    office = Office(deps)
    await ask(deps, "UPDATE customers SET payment_terms = 'TT_DEPOSIT' RETURNING id")
    order = await office.place()
    await office.bring_to_confirmed(order)
    lapsed = "SELECT id FROM order_lines WHERE NOT may_reserve"
    await ask(
        deps,
        "UPDATE order_lines SET may_reserve = false FROM orders"
        " WHERE orders.id = order_id AND order_number = 'O1' RETURNING 1",
    )
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(text(f"{lapsed} FOR NO KEY UPDATE"))
        paying = asyncio.create_task(
            office.do("FINANCE", order, RecordDeposit(Decimal(20), "slip 1"))
        )
        await done_or_waiting(deps, paying)
        await uow.session.execute(
            text(f"SELECT id FROM order_lines WHERE order_id = {order} FOR NO KEY UPDATE")
        )
    await paying
    assert await ask(deps, lapsed) == []
    assert await ask(
        deps, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    ) == [(0,)]
