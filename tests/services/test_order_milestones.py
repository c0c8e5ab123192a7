"""An order's acts and its milestones are one life: what the acts do, the steps show (M2, M4-M7)."""

import asyncio
import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from domain.errors import InvalidInput, NotAllowed, NotFound, WrongState
from domain.milestones.commands.closing import (
    CloseManyMilestones,
    CloseMilestone,
    ReopenMilestone,
    SkipMilestone,
)
from domain.milestones.commands.estimates import PlanBackward
from domain.milestones.commands.order import FollowTemplate
from domain.milestones.guards import AlreadyClosed
from domain.milestones.vocabularies import AnchorEvent
from domain.orders.commands.changes import AgreeChange, RequestChange
from domain.orders.commands.decision import Decide
from domain.orders.commands.deposits import RecordDeposit, RecordStockIn
from domain.orders.commands.fulfilment import Cancel, Close, Deliver, Settle, Ship, SignReceipt
from domain.orders.commands.production import ReleaseGate
from domain.orders.entries import LineChange
from domain.policy import Policy
from domain.policy.schedule import SchedulePolicy
from domain.principals import SYSTEM, Principal
from domain.sentences import within
from persistence.tables import MilestoneRow, MilestoneStepRow, TaskRow
from services.commands import OnOne
from services.milestones.commands import (
    act_on_milestone,
    close_many_milestones,
    plan_order_backward,
    record_anchors,
)
from services.milestones.order import start_another
from services.policy import change_policy
from tests.clock import FixedClock
from tests.milestones import anchors_of
from tests.services.order_office import DONE, Office, add_customer, give_goods, person
from tests.statements import counting

TODAY = dt.date(2013, 11, 29)  # a Friday
MANAGER = person("SALES_MANAGER")
SALES = person("SALES")
LOGISTICS = person("LOGISTICS")


def later(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


async def steps(office: Office, order: int):
    """The order's steps by number."""
    async with office.deps.unit_of_work(SYSTEM) as uow:
        found = await uow.session.execute(
            select(MilestoneStepRow.number, MilestoneRow)
            .join(MilestoneRow, MilestoneRow.step_id == MilestoneStepRow.id)
            .where(MilestoneRow.order_id == order)
            .order_by(MilestoneStepRow.template_id, MilestoneStepRow.number)
        )
        return dict(found.all())


async def done(office: Office, order: int) -> dict[int, tuple[dt.date, str]]:
    """The closed steps with their day and who closed them."""
    found = (await steps(office, order)).items()
    return {number: (row.closed_on, row.closed_by) for number, row in found if row.closed_on}


async def tasks(office: Office, kind: str) -> list[TaskRow]:
    async with office.deps.unit_of_work(SYSTEM) as uow:
        found = await uow.session.scalars(select(TaskRow).where(TaskRow.kind == kind))
        return list(found)


async def work(office: Office, who: Principal, act, command):
    async with office.deps.unit_of_work(who) as uow:
        return await act(command, uow)


async def act(office: Office, who: Principal, key: int, command) -> int:
    return await work(office, who, act_on_milestone, OnOne(key, command))


async def confirmed(office: Office) -> int:
    """An order of F1, confirmed today and done on DONE."""
    order = await office.place()
    await office.bring_to_confirmed(order)
    return order


async def test_an_order_s_acts_close_its_steps_with_who_did_them(
    office: Office, clock: FixedClock
) -> None:
    """M2 M4 M5 O14: deposit, dispatch, arrival, payment and closing; nothing is left open."""
    await add_customer(office, "TT_DEPOSIT")
    order = await office.place("N1")
    await office.check_and_approve(order)
    # Part of the deposit closes nothing; the rest comes two days before the confirmation.
    await office.do("FINANCE", order, RecordDeposit(Decimal(20), "slip 1"))
    await office.do("FINANCE", order, RecordDeposit(Decimal(80), "slip 2"), name="wei")
    clock.advance(dt.timedelta(days=2))
    await office.review(order)
    yes = Decide("ACCEPTED", production_promised_on=DONE)
    await office.do("PLANNING", order, yes)
    await office.confirm(order)
    assert await done(office, order) == {
        1: (TODAY, "order_clerk"),
        2: (TODAY, "wei"),
        3: (TODAY, "wei"),
    }
    await office.produce(order)
    await give_goods(office, 40)
    clock.advance(dt.timedelta(days=3))
    await office.do("WAREHOUSE", order, Ship())
    found = await done(office, order)
    assert {number: found[number] for number in (9, 12, 13, 14)} == dict.fromkeys(
        (9, 12, 13, 14), (later(5), "warehouse")
    )
    # Completion came long before the promised day, with the goods that left.
    eight = (await steps(office, order))[8]
    assert (eight.event_on, eight.baseline_on, eight.is_open) == (later(5), DONE, False)
    clock.advance(dt.timedelta(days=4))
    await office.do("LOGISTICS", order, Deliver())
    arrival = (await steps(office, order))[17]
    assert (arrival.event_on, arrival.is_open, arrival.waits) == (later(9), False, False)
    (follow_up,) = await tasks(office, "FOLLOW_UP")
    assert follow_up.due_on == later(9 + 21)
    clock.advance(dt.timedelta(days=1))
    await office.do("SALES_ADMIN", order, SignReceipt())
    assert await tasks(office, "CLOSE_ORDER") == []
    await office.do("FINANCE", order, Settle())
    found = await done(office, order)
    assert (found[10], found[11]) == ((later(10), "finance"), (later(10), "finance"))
    assert 16 not in found
    # Nothing is in the way any more: the closing task goes to the sales manager.
    (task,) = await tasks(office, "CLOSE_ORDER")
    assert (task.owner_role, task.ended_at) == ("SALES_MANAGER", None)
    clock.advance(dt.timedelta(days=2))
    await office.do("SALES_MANAGER", order, Close())
    # D1: the date of 16 is that on which the task was sent.
    assert (await done(office, order))[16] == (later(10), "sales_manager")
    ended = await steps(office, order)
    assert [number for number, row in ended.items() if row.is_open] == []
    left_out = [number for number, row in ended.items() if row.skipped]
    assert left_out == [4, 5, 6, 7, 15]
    assert [row.closed_on is not None for row in ended.values()].count(True) == 10
    (task,) = await tasks(office, "CLOSE_ORDER")
    assert task.done
    (follow_up,) = await tasks(office, "FOLLOW_UP")
    assert follow_up.ended_at is None


async def test_no_click_closes_step_16_and_an_ended_order_stands(office: Office) -> None:
    """M2 P1: not closing, not skipping, not an anchor, not a list; only the order's closing."""
    order = await confirmed(office)
    sixteen = (await steps(office, order))[16].id
    with pytest.raises(WrongState, match="closing the order"):
        await act(office, MANAGER, sixteen, CloseMilestone())
    with pytest.raises(WrongState, match="closing the order"):
        await act(office, MANAGER, sixteen, CloseMilestone(override=True, reason="done"))
    with pytest.raises(WrongState, match="closing the order"):
        await act(office, MANAGER, sixteen, SkipMilestone("not needed"))
    sent = anchors_of(order, {"CLOSING_TASK_SENT": TODAY}, {})
    await work(office, MANAGER, record_anchors, sent)
    _, (refused,) = await work(
        office, MANAGER, close_many_milestones, CloseManyMilestones((sixteen,))
    )
    assert refused.error.code == "WRONG_STATE"
    assert sorted(await done(office, order)) == [1]
    await office.do("SALES_MANAGER", order, Cancel("no longer wanted"))
    with pytest.raises(WrongState, match="cancelled"):
        await act(office, MANAGER, sixteen, ReopenMilestone("again"))


async def test_the_promised_day_moves_step_8(office: Office) -> None:
    """M2 O4: a change agreed and reviewed moves completion, and with it step 8."""
    order = await confirmed(office)
    assert (await steps(office, order))[8].event_on == DONE
    ask = RequestChange("more", "SALES", lines=(LineChange(1, units=12),))
    await office.do("SALES", order, ask)
    await office.do("SALES", order, AgreeChange("fax"))
    await office.review(order)
    moved = DONE + dt.timedelta(days=10)
    await office.do("PLANNING", order, Decide("ACCEPTED", production_promised_on=moved))
    facts = await office.facts(order)
    assert facts.promised_on == moved
    row = (await steps(office, order))[8]
    assert (row.event_on, row.first_estimated_on) == (moved, DONE)


async def test_a_deposit_and_a_click_close_step_3_once(office: Office) -> None:
    """M4: whoever is first closes it; the deposit goes through, the second click is refused."""
    await add_customer(office, "TT_DEPOSIT")
    order = await office.place("N1")
    await office.bring_to_confirmed(order)
    found = await steps(office, order)
    await act(office, SALES, found[2].id, CloseMilestone())
    answers = await asyncio.gather(
        office.do("FINANCE", order, RecordDeposit(Decimal(30), "slip 1")),
        act(office, SALES, found[3].id, CloseMilestone()),
        return_exceptions=True,
    )
    assert [each for each in answers if isinstance(each, BaseException)] in (
        [],
        [answers[1]],
    )
    assert answers[0] is None
    assert answers[1] == found[3].id or isinstance(answers[1], AlreadyClosed)
    closings = "SELECT count(*) FROM milestone_events WHERE milestone_id = :m AND kind = 'CLOSED'"
    assert await office.ask(closings, m=found[3].id) == [(1,)]
    assert (await office.facts(order)).deposit_paid == Decimal(30)


async def test_each_anchor_is_recorded_by_those_whose_it_is(office: Office) -> None:
    """P1 M2: the warehouse neither closes sales' step 10 by its event nor promises a day."""
    order = await confirmed(office)
    for event in ("FINAL_PAYMENT_REQUEST_SENT", "PROMISED_COMPLETION", "ARRIVAL_EXPECTED"):
        refused = anchors_of(order, {event: TODAY}, {})
        with pytest.raises(NotAllowed, match=within(AnchorEvent[event].english)):
            await work(office, person("ENGINEERING"), record_anchors, refused)
    terms = anchors_of(order, {}, {"production_days": 3})
    with pytest.raises(NotAllowed, match="days of production"):
        await work(office, person("WAREHOUSE"), record_anchors, terms)
    # Accounting sends the request, which is the closed date of sales' step 10 (D1).
    sent = anchors_of(order, {"FINAL_PAYMENT_REQUEST_SENT": TODAY}, {})
    await work(office, person("FINANCE"), record_anchors, sent)
    assert (await done(office, order))[10] == (TODAY, "finance")
    plan = PlanBackward(order, later(90), apply=True)
    with pytest.raises(NotAllowed):
        await work(office, person("WAREHOUSE"), plan_order_backward, plan)
    await work(office, person("WAREHOUSE"), plan_order_backward, replace(plan, apply=False))
    await work(office, SALES, plan_order_backward, plan)


async def test_an_expected_arrival_raises_the_follow_up_and_a_skip_drops_it(
    office: Office,
) -> None:
    """M5: whichever way logistics names the day; left out, nobody follows up; opened, again."""
    order = await confirmed(office)
    for day in (10, 12):
        named = anchors_of(order, {"ARRIVAL_EXPECTED": later(day)}, {})
        await work(office, LOGISTICS, record_anchors, named)
        (task,) = await tasks(office, "FOLLOW_UP")
        assert (task.due_on, task.ended_at) == (later(day + 21), None)
    arrival = (await steps(office, order))[17].id
    await act(office, LOGISTICS, arrival, SkipMilestone("fetched"))
    (task,) = await tasks(office, "FOLLOW_UP")
    assert (task.ended_by, task.done) == ("logistics", False)
    await act(office, LOGISTICS, arrival, ReopenMilestone("sent after all"))
    (task,) = await tasks(office, "FOLLOW_UP")
    assert (task.ended_at, task.due_on) == (None, later(33))


async def test_a_closed_date_before_the_order_is_refused(office: Office) -> None:
    """M4: 1990 is no day of this order, by click or by anchor; nothing changes."""
    order = await confirmed(office)
    long_ago = dt.date(2013, 11, 28)
    two = (await steps(office, order))[2].id
    with pytest.raises(InvalidInput, match="too early"):
        await act(office, SALES, two, CloseMilestone(long_ago))
    sent = anchors_of(order, {"FINAL_PAYMENT_REQUEST_SENT": long_ago}, {})
    with pytest.raises(InvalidInput, match="too early"):
        await work(office, SALES, record_anchors, sent)
    assert sorted(await done(office, order)) == [1]


async def test_the_policy_chooses_the_template_and_another_is_started_by_hand(
    office: Office,
) -> None:
    """M6: exporters get the export flow; the tracking sheet is started beside it, once."""
    async with office.deps.unit_of_work(SYSTEM) as uow:
        schedule = SchedulePolicy(milestone_template_for={"EXPORT": "EXPORT_FLOW"})
        policy = Policy(schedule=schedule)
        assert Policy.from_body(policy.to_body()) == policy
        await change_policy(uow, policy)
    await add_customer(office, "PREPAID", kind="EXPORT")
    order = await office.place("N1")
    await office.bring_to_confirmed(order)
    started = (
        "SELECT t.code, count(*) FROM milestones JOIN milestone_steps AS s ON s.id = step_id"
        " JOIN milestone_templates AS t ON t.id = template_id WHERE order_id = :o"
        " GROUP BY t.code ORDER BY t.code"
    )
    assert await office.ask(started, o=order) == [("EXPORT_FLOW", 10)]
    sheet = FollowTemplate(order, "TRACKING_SHEET")
    keys = await work(office, SALES, start_another, sheet)
    assert await work(office, SALES, start_another, sheet) == keys
    assert await office.ask(started, o=order) == [("EXPORT_FLOW", 10), ("TRACKING_SHEET", 11)]
    # A flow that begins later knows what the first one knows: the promised completion.
    keys = await work(office, SALES, start_another, FollowTemplate(order, "ORDER_MILESTONES"))
    promised = "SELECT event_on FROM milestones WHERE id = :m"
    assert await office.ask(promised, m=keys[7]) == [(DONE,)]
    with pytest.raises(NotAllowed):
        await work(office, LOGISTICS, start_another, sheet)
    with pytest.raises(NotFound):
        await work(office, SALES, start_another, FollowTemplate(order, "NONE"))
    other = await office.place()
    with pytest.raises(WrongState, match="is received"):
        await work(office, SALES, start_another, FollowTemplate(other, "TRACKING_SHEET"))
    # The other one, not exported, has the company's default.
    await office.bring_to_confirmed(other)
    assert await office.ask(started, o=other) == [("ORDER_MILESTONES", 17)]


async def test_a_list_over_five_orders_costs_as_much_as_over_one(office: Office) -> None:
    """M4: plans, steps and calendar are read once for all orders, and written once."""
    orders = [await confirmed(office) for _ in range(6)]
    twos = [(await steps(office, order))[2].id for order in orders]
    counts = []
    for chosen in (twos[:1], twos[1:]):
        with counting(office.deps.engine) as statements:
            closed, refused = await work(
                office, SALES, close_many_milestones, CloseManyMilestones(tuple(chosen))
            )
        assert (closed, refused) == (chosen, [])
        counts.append(len(statements))
    assert counts[0] == counts[1]


async def test_goods_in_stock_are_made(office: Office) -> None:
    """M2 O7: the stock-in of a special order completes its production, on the day it came in."""
    order = await office.place(special=True)
    await office.bring_to_confirmed(order, special=True)
    await office.do("WAREHOUSE", order, RecordStockIn(TODAY))
    found = await steps(office, order)
    assert (found[9].closed_on, found[9].closed_by) == (TODAY, "warehouse")
    assert (found[8].event_on, found[8].waits, found[8].is_open) == (TODAY, False, False)
    assert found[4].skipped


async def test_a_day_that_was_over_is_not_moved_by_a_later_fact(
    office: Office, clock: FixedClock
) -> None:
    """M7: complete on its promised day, in stock a week later: step 8 was on time, and stays so."""
    order = await office.place(special=True)
    await office.bring_to_confirmed(order, special=True)
    found = await steps(office, order)
    for number in (4, 9):
        await act(office, MANAGER, found[number].id, CloseMilestone())
    clock.now = dt.datetime.combine(DONE + dt.timedelta(days=7), dt.time(4), dt.UTC)
    stock_in = RecordStockIn(DONE + dt.timedelta(days=7))
    await office.do("WAREHOUSE", order, stock_in)
    eight = (await steps(office, order))[8]
    assert (eight.event_on, eight.baseline_on) == (DONE, None)


async def test_production_released_closes_nothing(office: Office) -> None:
    """M4: an act that is no step of the flow leaves the steps as they are."""
    order = await confirmed(office)
    before = {n: row.version for n, row in (await steps(office, order)).items()}
    await office.do("SALES_ADMIN", order, ReleaseGate())
    assert {n: row.version for n, row in (await steps(office, order)).items()} == before
