"""Every time limit of orders: begun by a command, reported once when over, ended by another."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from domain.clocks.commands import StopClock
from domain.clocks.definitions import DOCUMENT_CLOCKS
from domain.funding import FundsAccount
from domain.messages import Message
from domain.orders.commands.changes import AgreeChange, RequestChange
from domain.orders.commands.confirmation import SendConfirmation
from domain.orders.commands.decision import Decide
from domain.orders.commands.deposits import RecordDeposit
from domain.orders.commands.fulfilment import Settle, Ship
from domain.orders.commands.intake import Check, ChooseOffer, SupplyInformation
from domain.orders.commands.production import ReleaseGate, SignProductionOrder, SignWorkOrder
from domain.orders.commands.review import AskExtension, OpenReview
from domain.orders.entries import LineChange
from domain.orders.vocabularies import OrderFulfilment
from domain.policy import Policy
from domain.policy.orders import OrderPolicy
from domain.principals import SYSTEM
from domain.production import BookInspection, RecordInspection, RecordProgress
from domain.tasks.commands import CompleteTask
from persistence.tables import PersonRow
from services.clocks.of_orders import CHANGED
from services.clocks.running import record_breaches
from services.commands import OnOne
from services.orders.commands import act_on_order
from services.production.inspections import book_inspection, record_inspection
from services.production.stages import record_progress
from services.tasks.commands import act_on_task
from services.timeline.reading import TimelineReader, timelines_by_order
from tests.clock import FixedClock
from tests.services.order_office import DONE, Office, add_customer, give_goods, person, put_in_force


def at(text: str) -> dt.datetime:
    """An instant of Shanghai's clock; an order of these tests begins on 29 November at 8."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=Policy().zone).astimezone(dt.UTC)


async def placed(office: Office) -> int:
    return await office.place()


async def incomplete(office: Office) -> int:
    order = await office.place(delivery_address=None)
    await office.do("ORDER_CLERK", order, Check())
    return order


async def checked(office: Office) -> int:
    order = await office.place()
    await office.check_and_approve(order)
    return order


async def under_review(office: Office) -> int:
    order = await checked(office)
    await office.review(order)
    return order


async def new_product(office: Office) -> int:
    order = await office.place(irregularities=("CUSTOM_DESIGN",))
    await office.check_and_approve(order)
    await office.review(order)
    return order


async def asked_for_its_deposit(office: Office) -> int:
    await add_customer(office, "TT_DEPOSIT")
    order = await office.place("N1")
    await office.check_and_approve(order)
    await office.review(order)
    await office.do("PLANNING", order, Decide("ACCEPTED", production_promised_on=DONE))
    await office.do("ORDER_CLERK", order, SendConfirmation(DONE))
    return order


async def ordered_from_production(office: Office) -> int:
    order = await office.place()
    await office.bring_to_confirmed(order)
    await office.do("SALES_ADMIN", order, ReleaseGate())
    for role in ("SALES_ADMIN", "PRODUCTION"):
        await office.do(role, order, SignProductionOrder(role))
    return order


async def release_production(office: Office, order: int) -> None:
    await office.do("SALES_ADMIN", order, ReleaseGate())
    for role in ("SALES_ADMIN", "PRODUCTION"):
        await office.do(role, order, SignProductionOrder(role))
    for role in ("SALES", "PLANNING", "ENGINEERING", "WAREHOUSE", "PRODUCTION"):
        await office.do(role, order, SignWorkOrder(role))


async def complete(office: Office, order: int, stage: str = "sewing") -> None:
    async with office.deps.unit_of_work(person("PRODUCTION")) as uow:
        today = Policy().local_date(uow.now)
        await record_progress(RecordProgress(order, stage, completed_on=today), uow)


async def produced(office: Office) -> int:
    order = await office.place()
    await office.bring_to_confirmed(order)
    await release_production(office, order)
    await complete(office, order)
    return order


async def inspect(office: Office, order: int, result: str, lot: str = "A") -> int:
    async with office.deps.unit_of_work(person("QUALITY")) as uow:
        today = Policy().local_date(uow.now)
        booked = await book_inspection(BookInspection(order, "OWN", today, lot, reason="now"), uow)
        await record_inspection(RecordInspection(booked, result), uow)
    return booked


async def passed(office: Office) -> int:
    order = await produced(office)
    await inspect(office, order, "PASSED")
    return order


async def shipped(office: Office) -> int:
    order = await office.place()
    await office.bring_to_confirmed(order)
    await pay_and_give(office, order)
    await office.do("WAREHOUSE", order, Ship())
    return order


async def pay_and_give(office: Office, order: int) -> None:
    from persistence.orders.money import Movement, move_money

    customer = (await office.loaded(order)).customer_id
    async with office.deps.unit_of_work(SYSTEM) as uow:
        paid = Movement(
            "RECEIPT",
            "slip 9",
            "paid",
            {FundsAccount.BANK: Decimal(-500), FundsAccount.CUSTOMER_FUNDS: Decimal(500)},
        )
        await move_money(uow, customer, "CNY", paid)
    await give_goods(office, 40)


async def from_stock(office: Office) -> int:
    return await office.place(fulfilment=OrderFulfilment.FROM_STOCK)


async def supply(office: Office, order: int) -> None:
    information = SupplyInformation(delivery_address="1 Nanjing Road")
    await office.do("SALES", order, information)


async def send_from_stock(office: Office, order: int) -> None:
    await office.check_and_approve(order)
    await office.do("SALES", order, ChooseOffer(1))
    await office.confirm(order)
    await pay_and_give(office, order)
    await office.do("WAREHOUSE", order, Ship())


async def notify_the_customer(office: Office, order: int) -> None:
    ((task,),) = await office.ask(
        "SELECT id FROM tasks WHERE kind = 'CLOCK_TASK' AND order_id = :o AND ended_at IS NULL",
        o=order,
    )
    async with office.deps.unit_of_work(person("SALES")) as uow:
        await act_on_task(OnOne(task, CompleteTask("sent the tracking link")), uow)


def act(role: str, command: object) -> Callable[[Office, int], Awaitable[None]]:
    async def do(office: Office, order: int) -> None:
        await office.do(role, order, command)

    return do


@dataclass(frozen=True)
class Course:
    """How a clock begins, by when it is due (and reminds), and what ends it."""

    begin: Callable[[Office], Awaitable[int]]
    due: str
    end: Callable[[Office, int], Awaitable[None]]
    owner: str
    remind: str | None = None


COURSES = {
    "FIRST_CHECK": Course(placed, "2013-12-03", act("ORDER_CLERK", Check()), "SALES"),
    "MISSING_INFORMATION": Course(incomplete, "2013-12-04", supply, "SALES"),
    "HANDOVER_TO_PLANNING": Course(checked, "2013-12-03", act("PLANNING", OpenReview()), "SALES"),
    "REVIEW": Course(
        under_review,
        "2013-12-04",
        act("PLANNING", Decide("ACCEPTED", production_promised_on=DONE)),
        "PLANNING",
    ),
    "REVIEW of a new product": Course(
        new_product,
        "2013-12-14",
        act("GENERAL_MANAGER", Decide("ACCEPTED", production_promised_on=DONE)),
        "PLANNING",
    ),
    "DEPOSIT": Course(
        asked_for_its_deposit,
        "2013-12-11",
        act("FINANCE", RecordDeposit(Decimal(30), "slip 1")),
        "FINANCE",
    ),
    "PRODUCTION_PLAN": Course(
        ordered_from_production,
        "2013-12-04",
        act("PLANNING", SignWorkOrder("PLANNING")),
        "PLANNING",
    ),
    "QUALITY_CHECK": Course(
        produced, "2013-12-03", lambda o, key: _ignore(inspect(o, key, "PASSED")), "QUALITY"
    ),
    "DISPATCH_AFTER_QUALITY": Course(
        passed,
        "2013-12-03",
        lambda o, key: _then(pay_and_give(o, key), lambda: o.do("WAREHOUSE", key, Ship())),
        "LOGISTICS",
    ),
    "FINAL_PAYMENT": Course(
        produced, "2013-12-20", act("FINANCE", Settle()), "SALES", "2013-12-14"
    ),
    "NOTICE_TO_CUSTOMER": Course(shipped, "2013-11-29 10:00", notify_the_customer, "SALES"),
    "ORDER_WORKED": Course(
        from_stock, "2013-11-29 14:00", lambda o, key: o.check_and_approve(key), "ORDER_CLERK"
    ),
    "DISPATCH_FROM_STOCK": Course(from_stock, "2013-12-05", send_from_stock, "LOGISTICS"),
}


async def _ignore(answer: Awaitable[object]) -> None:
    await answer


async def _then(first: Awaitable[None], second: Callable[[], Awaitable[None]]) -> None:
    await first
    await second()


@pytest.mark.parametrize("name", COURSES)
async def test_a_limit_begins_is_reported_once_when_over_and_ends(
    office: Office, clock: FixedClock, name: str
) -> None:
    """O16 O15 J1: due in working days; two sweeps at once raise one breach, reported to its owner
    and those concerned, on the timeline in both languages; the ending act clears the work lists."""
    course, code = COURSES[name], name.split(" ")[0]
    order = await course.begin(office)
    key, due, remind, stopped, breached, owner = await newest(office, order, code)
    assert (due, remind) == (at(course.due), None if course.remind is None else at(course.remind))
    assert (stopped, breached, owner) == (None, None, course.owner)

    clock.now = at(course.due) - dt.timedelta(seconds=1)
    await record_breaches(office.deps)
    assert (await newest(office, order, code))[4] is None
    clock.now = at(course.due) + dt.timedelta(minutes=1)
    await asyncio.gather(record_breaches(office.deps), record_breaches(office.deps))
    assert await record_breaches(office.deps) == 0
    events = await office.ask(
        "SELECT kind, at, actor FROM clock_events WHERE clock_id = :k AND kind = 'BREACHED'", k=key
    )
    assert events == [("BREACHED", due, "SYSTEM")]
    assert await notified(office, key) == sorted({course.owner, *DOCUMENT_CLOCKS[code].also_told})

    definition = DOCUMENT_CLOCKS[code]
    async with office.deps.unit_of_work(SYSTEM) as uow:
        reader = TimelineReader(ZoneInfo("Asia/Shanghai"), is_staff=True)
        story = (await timelines_by_order(uow.session, [order], reader))[order]
    titles = [e.title for e in story if e.kind == "CLOCK_BREACHED" and e.at == due]
    english, chinese = definition.label.labels
    assert (f"Time limit passed: {english}", f"已超时：{chinese}") in titles

    await course.end(office, order)
    _, _, _, stopped, breached, _ = await newest(office, order, code)
    assert (stopped, breached) == (clock.now, due)
    assert await notified(office, key) == []
    assert await record_breaches(office.deps) == 0


async def newest(office: Office, order: int, code: str) -> tuple[object, ...]:
    """The newest clock of a kind: key, due, reminds, stopped, breached, owner."""
    rows = await office.ask(
        "SELECT id, due_at, remind_at, stopped_at, breached_at, owner_role FROM clocks"
        " WHERE order_id = :o AND code = :c ORDER BY id DESC LIMIT 1",
        o=order,
        c=code,
    )
    return rows[0]


async def notified(office: Office, key: object) -> list[str]:
    """The roles with an open task for a clock's breach."""
    rows = await office.ask(
        "SELECT owner_role FROM tasks WHERE kind = 'CLOCK_BREACH' AND ended_at IS NULL"
        " AND source LIKE :s ORDER BY owner_role",
        s=f"breach:{key}:%",
    )
    return [role for (role,) in rows]


async def running(office: Office, order: int) -> list[str]:
    rows = await office.ask(
        "SELECT code FROM clocks WHERE order_id = :o AND stopped_at IS NULL ORDER BY code", o=order
    )
    return [code for (code,) in rows]


async def test_each_failed_lot_is_corrected_the_same_day(office: Office, clock: FixedClock) -> None:
    """O12 O16: a clock per lot; the correction of one leaves the other's running."""
    order = await produced(office)
    first = await inspect(office, order, "FAILED", "A")
    await inspect(office, order, "FAILED", "B")
    assert await running(office, order) == [
        "CORRECTIVE_ACTION",
        "CORRECTIVE_ACTION",
        "FINAL_PAYMENT",
    ]
    async with office.deps.unit_of_work(person("QUALITY")) as uow:
        await record_inspection(RecordInspection(first, corrective_action="sewn again"), uow)
    assert await running(office, order) == ["CORRECTIVE_ACTION", "FINAL_PAYMENT"]
    open_tasks = "SELECT details ->> 'lot' FROM tasks WHERE kind = :k AND ended_at IS NULL"
    assert await office.ask(open_tasks, k="CORRECTIVE_ACTION") == [("B",)]
    clock.now = at("2013-11-30 00:00")
    assert await record_breaches(office.deps) == 1


async def test_the_salesperson_hears_in_person(office: Office, clock: FixedClock) -> None:
    """O16: a breach goes to the customer's salesperson, others' to their department."""
    async with office.deps.unit_of_work(SYSTEM) as uow:
        uow.session.add(PersonRow(id=77, subject="ann", name="Ann"))
    await office.ask("UPDATE customers SET salesperson_id = 77 WHERE code = 'F1' RETURNING id")
    order = await office.place()
    clock.now = at("2013-12-03 09:00")
    await record_breaches(office.deps)
    assert await office.ask(
        "SELECT owner_role, owner_person_id FROM tasks WHERE order_id = :o ORDER BY 1", o=order
    ) == [("SALES", 77), ("SALES_MANAGER", None)]


async def test_a_change_restarts_the_limits_of_a_produced_order(
    office: Office, clock: FixedClock
) -> None:
    """O4 O16: quality check and payment count from the change, what was stopped says why."""
    order = await produced(office)
    clock.now = at("2013-12-02 10:00")
    six = RequestChange("smaller", "SALES", lines=(LineChange(1, units=6),))
    await office.do("SALES", order, six)
    await office.do("SALES", order, AgreeChange("mail"))
    await office.review(order)
    assert await running(office, order) == ["FINAL_PAYMENT", "QUALITY_CHECK", "REVIEW"]
    await office.do("PLANNING", order, Decide("ACCEPTED"))
    assert await running(office, order) == ["FINAL_PAYMENT", "QUALITY_CHECK"]
    assert (await newest(office, order, "QUALITY_CHECK"))[1] == at("2013-12-04 00:00")
    assert await office.ask(
        "SELECT code, kind, reason FROM clock_events JOIN clocks ON clocks.id = clock_id"
        " WHERE order_id = :o AND kind = 'STOPPED' AND reason IS NOT NULL ORDER BY code",
        o=order,
    ) == [
        ("FINAL_PAYMENT", "STOPPED", CHANGED),
        ("QUALITY_CHECK", "STOPPED", CHANGED),
    ]


async def test_another_stage_means_that_production_was_not_complete(
    office: Office, clock: FixedClock
) -> None:
    """O12 O16: completed again two days later, quality check and payment count from then."""
    order = await produced(office)
    clock.now = at("2013-12-03 10:00")
    await complete(office, order, "ironing")
    assert (await newest(office, order, "QUALITY_CHECK"))[1] == at("2013-12-05 00:00")
    # The first one was over by then, and stays so.
    assert await office.ask("SELECT count(*) FROM clocks WHERE breached_at IS NOT NULL") == [(1,)]


async def test_a_rejected_order_has_no_limit_left(office: Office) -> None:
    """O3 O16: the decision ends the review's, the rest is dropped."""
    order = await under_review(office)
    await office.do("SALES", order, AskExtension("INSISTS"))
    await office.do("GENERAL_MANAGER", order, Decide("REJECTED"))
    assert await running(office, order) == []


async def test_the_review_s_limit_is_that_of_the_orders_policy(office: Office) -> None:
    """O3 O16 P7: one number, by which the review's day and its clock go."""
    days = {"REGULAR": 4, "NON_REGULAR": 10, "SPARE_PART": 2, "CHANGE": 2}
    await put_in_force(office, OrderPolicy(review_days=days, review_lead="ENGINEERING"))
    order = await checked(office)
    async with office.deps.unit_of_work(person("ADMIN")) as uow:
        await act_on_order(OnOne(order, OpenReview()), uow)
    row = await newest(office, order, "REVIEW")
    assert (row[1], row[5]) == (at("2013-12-06 00:00"), "ENGINEERING")
    assert (await office.facts(order)).reviews[-1].due_on == dt.date(2013, 12, 5)


async def test_a_clock_stopped_by_hand_takes_its_task_along(office: Office) -> None:
    """O16: the customer was notified by phone; nobody is asked for it any more."""
    from services.clocks.running import act_on_clock

    order = await shipped(office)
    key = (await newest(office, order, "NOTICE_TO_CUSTOMER"))[0]
    open_tasks = "SELECT owner_role, title FROM tasks WHERE ended_at IS NULL AND order_id = :o"
    ((owner, title),) = await office.ask(open_tasks, o=order)
    assert (owner, str(Message.from_json(title)).split(": ")[1]) == (
        "SALES",
        "Customer notified of the dispatch",
    )
    async with office.deps.unit_of_work(person("SALES")) as uow:
        assert isinstance(key, int)
        await act_on_clock(OnOne(key, StopClock("notified by phone")), uow)
    assert await office.ask(open_tasks, o=order) == []
