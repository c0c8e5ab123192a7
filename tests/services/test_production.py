"""The making of an order: materials, stages, exceptions, inspections (O11, O12, A1)."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from domain.errors import InvalidInput, NotAllowed, Stale, WrongState
from domain.messages import Message
from domain.orders.commands.decision import Decide
from domain.orders.commands.fulfilment import Cancel
from domain.orders.commands.production import ReleaseGate, SignProductionOrder, SignWorkOrder
from domain.orders.commands.review import AskExtension
from domain.principals import SYSTEM, Principal
from domain.production import BookInspection, RecordInspection, RecordProgress, RecordPurchase
from domain.roles import Role
from domain.tasks.commands import CompleteTask, HandOnTask, SnoozeTask
from persistence.production.queries import inspections_by_order, stages_by_order
from persistence.tables import ClockRow, MaterialPurchaseRow, OrderEventRow, OrderRow, TaskRow
from services.bootstrap import Dependencies
from services.commands import OnOne
from services.orders.commands import act_on_order
from services.production.inspections import book_inspection, record_inspection
from services.production.purchases import raise_unconfirmed_purchases, record_purchase
from services.production.stages import record_progress
from services.tasks.commands import act_on_task
from tests.clock import FixedClock
from tests.services.order_office import Office

pytestmark = pytest.mark.usefixtures("tiny_company")

TODAY = dt.date(2013, 11, 29)
BUYER = Principal("bo", frozenset({"PURCHASING"}))
MAKER = Principal("pan", frozenset({"PRODUCTION"}))
QUALITY = Principal("qi", frozenset({"QUALITY"}))
SALES = Principal("ann", frozenset({"SALES"}))


@pytest.fixture
async def order_id(deps: Dependencies) -> int:
    async with deps.unit_of_work(SYSTEM) as uow:
        found = await uow.session.scalar(select(OrderRow.id).where(OrderRow.order_number == "O1"))
    assert found is not None
    return found


async def do(deps: Dependencies, who: Principal, act: Any, command: Any) -> Any:
    async with deps.unit_of_work(who) as uow:
        return await act(command, uow)


async def tasks(deps: Dependencies) -> list[TaskRow]:
    async with deps.unit_of_work(SYSTEM) as uow:
        return list(await uow.session.scalars(select(TaskRow).order_by(TaskRow.id)))


async def running(deps: Dependencies) -> list[str]:
    async with deps.unit_of_work(SYSTEM) as uow:
        found = await uow.session.scalars(
            select(ClockRow.code).where(ClockRow.stopped_at.is_(None)).order_by(ClockRow.id)
        )
        return list(found)


async def test_a_purchase_is_kept_per_material_and_supplier(
    deps: Dependencies, order_id: int
) -> None:
    """O11: needed, ordered, received; what is not said stays."""
    first = RecordPurchase(order_id, "Cotton", "Mill A", "m", Decimal("120.5"))
    key = await do(deps, BUYER, record_purchase, first)
    second = RecordPurchase(order_id, "Cotton", "Mill A", ordered=Decimal(130), ordered_on=TODAY)
    assert await do(deps, BUYER, record_purchase, second) == key
    async with deps.unit_of_work(SYSTEM) as uow:
        row = await uow.session.get_one(MaterialPurchaseRow, key)
    assert (row.needed, row.ordered, row.unit, row.version) == (Decimal("120.5"), 130, "m", 2)
    with pytest.raises(Stale):
        await do(
            deps,
            BUYER,
            record_purchase,
            RecordPurchase(order_id, "Cotton", "Mill A", expected_version=1),
        )
    with pytest.raises(InvalidInput, match="3 decimals"):
        await do(
            deps, BUYER, record_purchase, RecordPurchase(order_id, "Silk", needed=Decimal("0.0001"))
        )
    with pytest.raises(NotAllowed):
        await do(deps, SALES, record_purchase, first)


async def test_a_supplier_who_does_not_confirm_in_two_weeks_is_a_task_for_purchasing(
    deps: Dependencies, order_id: int, clock: FixedClock
) -> None:
    """J1 A1: once, on the day after the fourteenth; not for what was confirmed."""
    for supplier, confirmed in (("Mill A", None), ("Mill B", TODAY)):
        command = RecordPurchase(
            order_id, "Cotton", supplier, ordered_on=TODAY, confirmed_on=confirmed
        )
        await do(deps, BUYER, record_purchase, command)
    clock.advance(dt.timedelta(days=14))
    assert await raise_unconfirmed_purchases(deps) == 0
    clock.advance(dt.timedelta(days=1))
    assert await raise_unconfirmed_purchases(deps) == 1
    assert await raise_unconfirmed_purchases(deps) == 0
    (task,) = await tasks(deps)
    assert (task.owner_role, str(Message.from_json(task.title))) == (
        "PURCHASING",
        "Order O1: Mill A has not confirmed Cotton",
    )


async def test_stages_add_up_their_reports(deps: Dependencies, order_id: int) -> None:
    """O11 O16: delivered and defective are sums; the last completion starts the quality clock, and
    that of the payment."""
    pressing = RecordProgress(order_id, "PRESS", "Pressing", "冲床", 1, 100, 60, 2)
    await do(deps, MAKER, record_progress, pressing)
    await do(deps, MAKER, record_progress, RecordProgress(order_id, "DRILL", position=2))
    done = RecordProgress(
        order_id, "PRESS", units_delivered=40, units_defective=1, completed_on=TODAY
    )
    await do(deps, MAKER, record_progress, done)
    assert await running(deps) == []
    await do(deps, MAKER, record_progress, RecordProgress(order_id, "DRILL", completed_on=TODAY))
    assert sorted(await running(deps)) == ["FINAL_PAYMENT", "QUALITY_CHECK"]
    async with deps.unit_of_work(SYSTEM) as uow:
        (press, drill) = (await stages_by_order(uow.session, [order_id]))[order_id]
    assert (press.units_delivered, press.units_defective, press.label_zh) == (100, 3, "冲床")
    assert (drill.units_delivered, drill.label_en) == (0, "DRILL")
    with pytest.raises(InvalidInput, match="cannot be"):
        await do(
            deps, MAKER, record_progress, RecordProgress(order_id, "PRESS", units_defective=98)
        )


async def test_an_exception_goes_to_those_concerned_at_once(
    deps: Dependencies, order_id: int
) -> None:
    """O11: sales, service supervisor and marketing director, with a plan for the customer."""
    broken = RecordProgress(order_id, "PRESS", exception="The press is broken")
    with pytest.raises(InvalidInput, match="emergency plan"):
        await do(deps, MAKER, record_progress, broken)
    planned = RecordProgress(
        order_id, "PRESS", exception="The press is broken", emergency_plan="Half comes by air"
    )
    await do(deps, MAKER, record_progress, planned)
    await do(deps, MAKER, record_progress, planned)
    found = await tasks(deps)
    assert [(task.owner_role, task.due_on) for task in found] == [
        ("SALES", TODAY),
        ("SERVICE_SUPERVISOR", TODAY),
        ("MARKETING_DIRECTOR", TODAY),
    ]
    assert found[0].details["emergencyPlan"] == "Half comes by air"
    await do(deps, MAKER, record_progress, RecordProgress(order_id, "PRESS", exception=None))
    async with deps.unit_of_work(SYSTEM) as uow:
        kinds = list(
            await uow.session.scalars(
                select(OrderEventRow.kind)
                .where(OrderEventRow.order_id == order_id)
                .order_by(OrderEventRow.id)
            )
        )
        (stage,) = (await stages_by_order(uow.session, [order_id]))[order_id]
    assert kinds == ["PRODUCTION_EXCEPTION", "PRODUCTION_EXCEPTION_SOLVED"]
    assert stage.exception is None


async def test_a_failed_inspection_is_corrected_the_same_day(
    deps: Dependencies, order_id: int
) -> None:
    """O12: booked two weeks ahead; failed: a task and a clock of today; passed: dispatch."""
    late = BookInspection(order_id, "THIRD_PARTY", TODAY + dt.timedelta(days=7))
    with pytest.raises(InvalidInput, match="14 days ahead"):
        await do(deps, SALES, book_inspection, late)
    first = await do(
        deps,
        SALES,
        book_inspection,
        BookInspection(order_id, "OWN", TODAY, "L1", reason="asked today"),
    )
    failed = RecordInspection(first, "FAILED")
    with pytest.raises(NotAllowed):
        await do(deps, SALES, record_inspection, failed)
    await do(deps, QUALITY, record_inspection, failed)
    assert await running(deps) == ["CORRECTIVE_ACTION"]
    (task,) = await tasks(deps)
    assert (task.kind, task.owner_role, task.due_on) == ("CORRECTIVE_ACTION", "QUALITY", TODAY)
    with pytest.raises(WrongState):
        await do(deps, QUALITY, record_inspection, RecordInspection(first, "PASSED"))
    fixed = RecordInspection(first, corrective_action="All seams sewn again")
    await do(deps, QUALITY, record_inspection, fixed)
    second = await do(
        deps, SALES, book_inspection, BookInspection(order_id, "OWN", TODAY, "L1", reason="again")
    )
    await do(deps, QUALITY, record_inspection, RecordInspection(second, "PASSED"))
    assert await running(deps) == ["DISPATCH_AFTER_QUALITY"]
    async with deps.unit_of_work(SYSTEM) as uow:
        found = (await inspections_by_order(uow.session, [order_id]))[order_id]
    assert [(each.result, each.inspected_on) for each in found] == [
        ("FAILED", TODAY),
        ("PASSED", TODAY),
    ]
    assert found[0].late_booking_reason == "asked today"


async def test_a_task_is_done_snoozed_and_handed_on(deps: Dependencies, order_id: int) -> None:
    """M5 A1: by its department, one at a time, with a history."""
    planned = RecordProgress(order_id, "PRESS", exception="x", emergency_plan="y")
    await do(deps, MAKER, record_progress, planned)
    sales, service, _ = [task.id for task in await tasks(deps)]
    with pytest.raises(NotAllowed):
        await do(deps, MAKER, act_on_task, OnOne(sales, CompleteTask()))
    with pytest.raises(InvalidInput, match="after today"):
        await do(deps, SALES, act_on_task, OnOne(sales, SnoozeTask(TODAY)))
    await do(deps, SALES, act_on_task, OnOne(sales, SnoozeTask(TODAY + dt.timedelta(days=2))))
    with pytest.raises(Stale):
        await do(deps, SALES, act_on_task, OnOne(sales, CompleteTask(), 1))
    with pytest.raises(InvalidInput, match="needs a reason"):
        await do(
            deps, SALES, act_on_task, OnOne(sales, HandOnTask(owner_role=Role.PLANNING, reason=""))
        )
    await do(
        deps,
        SALES,
        act_on_task,
        OnOne(sales, HandOnTask(owner_role=Role.CUSTOMER_SERVICE, reason="theirs")),
    )
    supervisor = Principal("su", frozenset({"SERVICE_SUPERVISOR"}))
    for task in (sales, service):
        await do(deps, supervisor, act_on_task, OnOne(task, CompleteTask("called the customer")))
    with pytest.raises(WrongState, match="done first by su"):
        await do(deps, supervisor, act_on_task, OnOne(sales, CompleteTask()))


async def test_a_purchase_of_an_order_that_ended_is_no_task(
    deps: Dependencies, order_id: int, clock: FixedClock
) -> None:
    """A1 O14: the supplier of a cancelled order is not chased; that of another one is."""
    async with deps.unit_of_work(SYSTEM) as uow:
        other = await uow.session.scalar(select(OrderRow.id).where(OrderRow.order_number == "O2"))
    assert other is not None
    for order in (order_id, other):
        command = RecordPurchase(order, "Cotton", "Mill A", ordered_on=TODAY)
        await do(deps, BUYER, record_purchase, command)
    boss = Principal("zhou", frozenset({"SALES_MANAGER"}))
    await do(deps, boss, act_on_order, OnOne(order_id, Cancel("burnt down")))
    clock.advance(dt.timedelta(days=15))
    assert await raise_unconfirmed_purchases(deps) == 1
    (task,) = await tasks(deps)
    assert task.order_id == other
    with pytest.raises(WrongState, match="is cancelled"):
        await do(
            deps, BUYER, record_purchase, RecordPurchase(order_id, "Cotton", "Mill A", note="x")
        )


async def test_nothing_is_made_before_production_is_released(office: Office) -> None:
    """O5 O6 O11: confirmed, gate released, work order signed by all; a change closes it again."""
    order = await office.place()
    report = RecordProgress(order, "PRESS", units_delivered=4)
    with pytest.raises(WrongState, match="is received; it is made while it is confirmed"):
        await do(office.deps, MAKER, record_progress, report)
    await office.bring_to_confirmed(order)
    with pytest.raises(WrongState, match="release its gate first"):
        await do(office.deps, MAKER, record_progress, report)
    await office.do("SALES_ADMIN", order, ReleaseGate())
    with pytest.raises(WrongState, match="not signed by all"):
        await do(office.deps, MAKER, record_progress, report)
    for role in ("SALES_ADMIN", "PRODUCTION"):
        await office.do(role, order, SignProductionOrder(role))
    for role in ("SALES", "PLANNING", "ENGINEERING", "WAREHOUSE", "PRODUCTION"):
        await office.do(role, order, SignWorkOrder(role))
    await do(office.deps, MAKER, record_progress, report)
    assert await office.ask("SELECT units_delivered FROM production_stages") == [(4,)]


async def test_an_inspection_is_booked_for_a_confirmed_order(office: Office) -> None:
    """O12: two weeks ahead, so before production begins too; never before the confirmation, nor
    for an order that was rejected."""
    order = await office.place()
    book = BookInspection(order, "THIRD_PARTY", TODAY + dt.timedelta(days=14))
    with pytest.raises(WrongState, match="is received"):
        await do(office.deps, SALES, book_inspection, book)
    rejected = await office.place()
    await office.check_and_approve(rejected)
    await office.review(rejected, "NOT_FEASIBLE")
    await office.do("SALES", rejected, AskExtension("INSISTS"))
    await office.do("GENERAL_MANAGER", rejected, Decide("REJECTED"))
    with pytest.raises(WrongState, match="is rejected"):
        await do(office.deps, SALES, book_inspection, replace(book, order_id=rejected))
    assert await office.ask("SELECT count(*) FROM quality_inspections") == [(0,)]
    await office.bring_to_confirmed(order)
    await do(office.deps, SALES, book_inspection, book)
