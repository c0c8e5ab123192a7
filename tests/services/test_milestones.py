"""Milestones of an order: begun with the confirmation, estimated, closed, reopened, skipped."""

import asyncio
import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from domain.clocks.commands import StopClock
from domain.errors import InvalidInput, NotAllowed, NotFound, Stale, WrongState
from domain.messages import msg
from domain.milestones.commands.closing import (
    CloseManyMilestones,
    CloseMilestone,
    ReopenMilestone,
    SkipMilestone,
)
from domain.milestones.commands.estimates import EstimateMilestone, PlanBackward, RecordVendorDate
from domain.milestones.commands.order import FollowTemplate
from domain.milestones.guards import AlreadyClosed, PinnedEstimate, PredecessorsOpen
from domain.orders.commands.fulfilment import Cancel
from domain.parties.people import AddPerson, UpdatePerson
from domain.principals import SYSTEM, Principal
from domain.roles import Role
from domain.tasks.commands import CompleteTask
from persistence.tables import (
    AuditRow,
    MilestoneEventRow,
    MilestoneRow,
    MilestoneStepRow,
    OrderRow,
    TaskRow,
)
from services.bootstrap import Dependencies
from services.clocks.running import act_on_clock
from services.commands import OnOne
from services.milestones.commands import (
    act_on_milestone,
    close_many_milestones,
    plan_order_backward,
    record_anchors,
)
from services.milestones.order import start_another
from services.orders.commands import act_on_order
from services.parties.people import add_person, update_person
from services.tasks.commands import act_on_task
from tests.clock import FixedClock
from tests.milestones import anchors_of, start_milestones

pytestmark = pytest.mark.usefixtures("tiny_company")

TODAY = dt.date(2013, 11, 29)  # a Friday
SALES = Principal("ann", frozenset({"SALES"}))
MANAGER = Principal("max", frozenset({"SALES_MANAGER"}))
BUYER = Principal("bo", frozenset({"PURCHASING"}))
LOGISTICS = Principal("lin", frozenset({"LOGISTICS"}))


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.fixture
async def ids(deps: Dependencies) -> list[int]:
    """Keys of the seventeen steps of order O1, confirmed today; its contract: 30 days to make."""
    async with deps.unit_of_work(SYSTEM) as uow:
        order_id = await order_key(uow)
        return await start_milestones(
            uow,
            order_id,
            task_created_on=day("2013-11-25"),
            terms={"production_days": 30, "transit_days": 10},
        )


async def order_key(uow) -> int:
    return await uow.session.scalar(select(OrderRow.id).where(OrderRow.order_number == "O1"))


async def steps(deps: Dependencies) -> dict[int, MilestoneRow]:
    async with deps.unit_of_work(SYSTEM) as uow:
        found = await uow.session.execute(
            select(MilestoneStepRow.number, MilestoneRow).join(
                MilestoneRow, MilestoneRow.step_id == MilestoneStepRow.id
            )
        )
        return dict(found.all())


async def do(deps: Dependencies, who: Principal, act, command):
    async with deps.unit_of_work(who) as uow:
        return await act(command, uow)


async def staff(deps: Dependencies, subject: str, roles=(Role.SALES,), **more) -> None:
    async with deps.unit_of_work(SYSTEM) as uow:
        await add_person(AddPerson(subject, tuple(roles), **more), uow)


async def shut_out(deps: Dependencies, subject: str) -> None:
    async with deps.unit_of_work(SYSTEM) as uow:
        await update_person(UpdatePerson(subject, active=False), uow)


async def act(deps: Dependencies, who: Principal, key: int, command, version=None) -> int:
    return await do(deps, who, act_on_milestone, OnOne(key, command, version))


async def anchors(deps: Dependencies, who: Principal, **events: str) -> None:
    """Record days of events for the order O1."""
    days = {name: day(on) for name, on in events.items()}
    async with deps.unit_of_work(who) as uow:
        await record_anchors(anchors_of(await order_key(uow), days, {}), uow)


async def close(deps: Dependencies, who: Principal, *milestones: int, version=None, **more) -> None:
    for each in milestones:
        await act(deps, who, each, CloseMilestone(**more), version)


async def history(deps: Dependencies, milestone_id: int) -> list[tuple[str, str, str | None]]:
    async with deps.unit_of_work(SYSTEM) as uow:
        found = await uow.session.execute(
            select(MilestoneEventRow.kind, MilestoneEventRow.actor, MilestoneEventRow.reason)
            .where(MilestoneEventRow.milestone_id == milestone_id)
            .order_by(MilestoneEventRow.id)
        )
        return [tuple(row) for row in found]


async def tasks(deps: Dependencies) -> list[TaskRow]:
    async with deps.unit_of_work(SYSTEM) as uow:
        return list(await uow.session.scalars(select(TaskRow).order_by(TaskRow.id)))


async def test_a_confirmed_order_gets_its_seventeen_steps_with_the_first_closed(
    deps: Dependencies, ids: list[int]
) -> None:
    """M2: step 1 is closed with the day the task was created; the first estimates are there."""
    found = await steps(deps)
    assert sorted(found) == list(range(1, 18))
    assert (found[1].closed_on, found[1].closed_by) == (day("2013-11-25"), "SYSTEM")
    # 2 on the next working day, a Monday; 3 within the 7 days of the deposit.
    assert found[2].estimated_on == found[2].event_on == day("2013-12-02")
    assert found[3].estimated_on == day("2013-12-09")
    assert found[4].estimated_on is None
    assert not found[2].confirmed


async def test_starting_twice_changes_nothing(deps: Dependencies, ids: list[int]) -> None:
    """M2: the confirmation may be delivered twice, the steps are there once."""
    async with deps.unit_of_work(SYSTEM) as uow:
        assert await start_milestones(uow, await order_key(uow)) == ids
    async with deps.unit_of_work(SYSTEM) as uow:
        assert await uow.session.scalar(select(func.count()).select_from(MilestoneRow)) == 17


async def test_estimates_follow_their_anchors(deps: Dependencies, ids: list[int]) -> None:
    """M2: 4 is 3 days after the packaging proof, 8 the production time after the confirmation."""
    await anchors(deps, SALES, PACKAGING_PROOF_SENT="2013-12-01")
    found = await steps(deps)
    assert found[4].estimated_on == day("2013-12-04")
    assert found[8].estimated_on == found[8].event_on == day("2014-01-03")
    # 10 takes no estimate, yet 11 is the final payment's 14 days after 8.
    assert found[10].estimated_on is None
    assert found[11].estimated_on == day("2014-01-17")
    # 12 on the next working day, 13 and 14 after it, 17 ten days later.
    assert found[12].estimated_on == day("2014-01-20")
    assert found[17].event_on == day("2014-02-01")
    assert found[17].first_estimated_on == day("2014-02-01")


async def test_what_comes_after_a_slip_follows_and_the_first_estimate_stays(
    deps: Dependencies, ids: list[int], clock: FixedClock
) -> None:
    """M2: packaging confirmed 6 days late moves completion by 6; first, baseline, current kept."""
    await anchors(deps, SALES, PACKAGING_PROOF_SENT="2013-12-01")
    await act(deps, SALES, ids[10], EstimateMilestone(day("2014-01-17")))
    clock.now = dt.datetime(2013, 12, 12, tzinfo=dt.UTC)
    await close(deps, SALES, ids[3], closed_on=day("2013-12-10"))
    found = await steps(deps)
    assert found[8].estimated_on == day("2014-01-09")
    assert found[8].first_estimated_on == day("2014-01-03")
    # 11 is confirmed: it does not move, and its baseline shows what was promised.
    assert found[11].estimated_on == found[11].baseline_on == day("2014-01-17")
    assert ("PROJECTED", "ann", msg("milestones.STEP_CLOSED", number=4).kept) in await history(
        deps, ids[7]
    )


async def test_the_first_confirmed_estimate_of_step_9_never_changes(
    deps: Dependencies, ids: list[int]
) -> None:
    """M2: a new vendor date is kept beside it and raises a task for the salesperson."""
    nine = ids[8]
    first = RecordVendorDate("Vendor A", day("2013-12-20"))
    await act(deps, BUYER, nine, first)
    assert (await steps(deps))[9].estimated_on == day("2013-12-20")
    await act(deps, BUYER, nine, EstimateMilestone(day("2013-12-20")))
    assert await tasks(deps) == []
    await act(deps, BUYER, nine, replace(first, promised_on=day("2013-12-27")))
    row = (await steps(deps))[9]
    assert (row.estimated_on, row.reported_on) == (day("2013-12-20"), day("2013-12-27"))
    (task,) = await tasks(deps)
    assert (task.kind, task.owner_role) == ("VENDOR_DATE_MOVED", "SALES")
    assert task.details == {
        "vendor": "Vendor A",
        "promisedOn": "2013-12-27",
        "firstOn": "2013-12-20",
    }
    # The final payment is asked for when production is complete: it follows the new date.
    assert (await steps(deps))[11].estimated_on == day("2014-01-10")
    with pytest.raises(PinnedEstimate):
        await act(deps, BUYER, nine, EstimateMilestone(day("2013-12-27")))


async def test_each_vendor_s_first_date_counts_until_confirmed(
    deps: Dependencies, ids: list[int]
) -> None:
    """M2: step 9 per vendor is the last of the first dates; a second date is only beside it."""
    for vendor, promised in (("A", "2013-12-20"), ("B", "2013-12-23"), ("A", "2013-12-30")):
        command = RecordVendorDate(vendor, day(promised))
        await act(deps, BUYER, ids[8], command)
    row = (await steps(deps))[9]
    assert (row.estimated_on, row.reported_on) == (day("2013-12-23"), day("2013-12-30"))
    assert len(await tasks(deps)) == 1


async def test_a_step_waits_for_its_predecessors(deps: Dependencies, ids: list[int]) -> None:
    """M4: 1>2>3; only a manager closes before, and says why."""
    with pytest.raises(PredecessorsOpen) as refused:
        await close(deps, SALES, ids[2])
    assert refused.value.waiting_for == (2,)
    with pytest.raises(NotAllowed):
        await close(deps, SALES, ids[2], override=True, reason="paid in cash")
    with pytest.raises(InvalidInput, match="needs a reason"):
        await close(deps, MANAGER, ids[2], override=True)
    await close(deps, MANAGER, ids[2], override=True, reason="paid in cash")
    assert (await history(deps, ids[2]))[-1] == ("CLOSED", "max", "paid in cash")
    await close(deps, SALES, ids[1])
    found = await steps(deps)
    assert [found[n].closed_on for n in (2, 3)] == [TODAY, TODAY]


async def test_a_closed_date_is_not_in_the_future_and_8_takes_none(
    deps: Dependencies, ids: list[int]
) -> None:
    """M4 M2: closed dates are of the past or today; 8 and 17 are days in the calendar."""
    with pytest.raises(InvalidInput, match="still to come"):
        await close(deps, SALES, ids[1], closed_on=day("2013-11-30"))
    with pytest.raises(InvalidInput, match="takes no closed date"):
        await close(deps, SALES, ids[7])
    with pytest.raises(InvalidInput, match="takes no estimate"):
        await act(deps, SALES, ids[9], EstimateMilestone(day("2013-12-20")))


async def test_a_step_belongs_to_its_owner(deps: Dependencies, ids: list[int]) -> None:
    """P1 M1: purchasing does not close what sales owns; a sales manager stands in for sales."""
    with pytest.raises(NotAllowed):
        await close(deps, BUYER, ids[1])
    with pytest.raises(NotAllowed):
        await close(deps, Principal("c", frozenset({"CUSTOMER"})), ids[1])
    await close(deps, MANAGER, ids[1])


async def test_reopening_keeps_the_history(deps: Dependencies, ids: list[int]) -> None:
    """M4: a reason is needed, and who closed it first can still be read."""
    await staff(deps, "wang.fang")
    await close(deps, SALES, ids[1], closed_by="wang.fang")
    with pytest.raises(InvalidInput, match="needs a reason"):
        await act(deps, SALES, ids[1], ReopenMilestone(" "))
    await act(deps, SALES, ids[1], ReopenMilestone("sent to the wrong address"))
    row = (await steps(deps))[2]
    assert (row.closed_on, row.closed_by, row.is_open) == (None, None, True)
    kinds = [kind for kind, _, _ in await history(deps, ids[1])]
    assert kinds == ["STARTED", "PROJECTED", "CLOSED", "REOPENED"]
    with pytest.raises(WrongState):
        await act(deps, SALES, ids[1], ReopenMilestone("again"))


async def test_a_step_is_closed_by_a_person_of_the_company(
    deps: Dependencies, ids: list[int]
) -> None:
    """M4: an unknown name, a customer's login and who was shut out are nobody who closes a step."""
    await staff(deps, "wang.fang")
    await staff(deps, "left")
    await shut_out(deps, "left")
    await staff(deps, "shop", roles=[Role.CUSTOMER], customer="F1")
    many = CloseManyMilestones((ids[1],), closed_by="shop")
    for nobody in ("Wang Fang", "WANG.FANG", "left", "shop"):
        with pytest.raises(NotFound, match="person of the company") as refused:
            await close(deps, SALES, ids[1], closed_by=nobody)
        assert refused.value.field == "closedBy"
    with pytest.raises(NotFound, match="person of the company"):
        await do(deps, SALES, close_many_milestones, many)
    assert (await steps(deps))[2].closed_on is None
    await close(deps, SALES, ids[1], closed_by="wang.fang")
    assert (await steps(deps))[2].closed_by == "wang.fang"


async def test_who_closed_a_step_and_who_recorded_it_are_both_in_the_audit_log(
    deps: Dependencies, ids: list[int]
) -> None:
    """M4 O15: one step or a list of them; left out, both are the one who asks."""
    await staff(deps, "wang.fang")
    await close(deps, SALES, ids[1], closed_by="wang.fang")
    await do(deps, SALES, close_many_milestones, CloseManyMilestones((ids[2], ids[3])))
    async with deps.unit_of_work(SYSTEM) as uow:
        found = await uow.session.execute(
            select(AuditRow.actor, AuditRow.action, AuditRow.object_id, AuditRow.after)
            .where(AuditRow.object_type == "Milestone")
            .order_by(AuditRow.id)
        )
        entries = [(who, what, int(key), after["closedBy"]) for who, what, key, after in found]
    assert entries == [
        ("ann", "milestoneClose", ids[1], "wang.fang"),
        ("ann", "milestoneCloseMany", ids[2], "ann"),
        ("ann", "milestoneCloseMany", ids[3], "ann"),
    ]


async def test_a_skipped_step_is_waited_for_no_longer(deps: Dependencies, ids: list[int]) -> None:
    """M4: without a down payment 2 is skipped, and 3 may close."""
    await act(deps, SALES, ids[1], SkipMilestone("no down payment agreed"))
    await close(deps, SALES, ids[2])
    with pytest.raises(WrongState, match="skipped"):
        await close(deps, SALES, ids[1])


async def test_of_two_who_close_at_once_the_second_hears_who_was_first(
    deps: Dependencies, ids: list[int]
) -> None:
    """M4: one wins, the other gets a conflict that names the winner; nothing is closed twice."""
    answers = await asyncio.gather(
        close(deps, SALES, ids[1]),
        close(deps, MANAGER, ids[1], closed_by=MANAGER.subject),
        return_exceptions=True,
    )
    winners = [each for each in answers if each is None]
    (conflict,) = [each for each in answers if each is not None]
    assert len(winners) == 1
    assert isinstance(conflict, AlreadyClosed)
    row = (await steps(deps))[2]
    assert conflict.closed_by == row.closed_by
    assert row.closed_by in str(conflict)
    assert [kind for kind, _, _ in await history(deps, ids[1])].count("CLOSED") == 1


async def test_a_version_that_has_passed_is_refused(deps: Dependencies, ids: list[int]) -> None:
    """M4: who read the step before it moved must read it again."""
    version = (await steps(deps))[2].version
    await act(deps, SALES, ids[1], EstimateMilestone(day("2013-12-03")))
    with pytest.raises(Stale):
        await close(deps, SALES, ids[1], version=version)


async def test_a_list_is_closed_as_far_as_it_can_be(deps: Dependencies, ids: list[int]) -> None:
    """M4: predecessors in the list go first; the rest says why not, and nothing else changes."""
    command = CloseManyMilestones((ids[2], ids[10], ids[1], ids[3], 999))
    closed, refused = await do(deps, SALES, close_many_milestones, command)
    assert closed == [ids[1], ids[2], ids[3]]
    assert {(each.milestone_id, each.error.code) for each in refused} == {
        (ids[10], "PREDECESSORS_OPEN"),
        (999, "NOT_FOUND"),
    }
    found = await steps(deps)
    assert [n for n in found if found[n].closed_on is not None] == [1, 2, 3, 4]


async def test_the_arrival_raises_a_follow_up_three_weeks_later(
    deps: Dependencies, ids: list[int]
) -> None:
    """M5: once, for the salesperson; when the arrival moves, so does the follow-up."""
    for arrival in ("2014-01-10", "2014-01-17"):
        command = EstimateMilestone(event_on=day(arrival))
        await act(deps, LOGISTICS, ids[16], command)
    (task,) = await tasks(deps)
    assert (task.kind, task.owner_role, task.due_on) == ("FOLLOW_UP", "SALES", day("2014-02-07"))


async def test_a_projected_arrival_raises_no_follow_up(deps: Dependencies, ids: list[int]) -> None:
    """M5: only the day that logistics sets counts."""
    await anchors(deps, SALES, PACKAGING_PROOF_SENT="2013-12-01")
    assert (await steps(deps))[17].event_on is not None
    assert await tasks(deps) == []


async def test_the_final_payment_request_closes_step_10(deps: Dependencies, ids: list[int]) -> None:
    """M2: 10 takes only a closed date, the day accounting sends the request; 11 follows it."""
    await anchors(deps, SALES, FINAL_PAYMENT_REQUEST_SENT="2013-11-28")
    found = await steps(deps)
    assert found[10].closed_on == day("2013-11-28")
    assert found[11].estimated_on == day("2013-12-12")


async def test_planning_backward_gives_the_last_day_of_each_step(
    deps: Dependencies, ids: list[int]
) -> None:
    """M2: wanted on 1 March, with 10 days of transit, 14 for the payment, 30 to make."""
    async with deps.unit_of_work(SALES) as uow:
        wanted = PlanBackward(await order_key(uow), day("2014-03-01"), apply=True)
        plan = await plan_order_backward(wanted, uow)
    by_id = {each.milestone_id: each.latest_on for each in plan.steps}
    # Dispatch by 19 February; 14, 13, 12 a working day each; payment, request, completion.
    assert by_id[ids[13]] == day("2014-02-19")
    assert by_id[ids[10]] == day("2014-02-14")
    assert by_id[ids[7]] == by_id[ids[8]] == day("2014-01-31")
    assert by_id[ids[3]] == day("2014-01-01")
    assert all(each.feasible for each in plan.steps)
    found = await steps(deps)
    assert found[14].baseline_on == found[14].estimated_on == day("2014-02-19")
    # 3 follows its own rule already; the plan is its baseline.
    assert found[3].estimated_on == day("2013-12-09")


async def test_a_cancelled_order_leaves_the_work_lists(deps: Dependencies, ids: list[int]) -> None:
    """O14: what is left is skipped for that reason, and its tasks are dropped."""
    await act(deps, LOGISTICS, ids[16], EstimateMilestone(event_on=day("2014-01-10")))
    async with deps.unit_of_work(MANAGER) as uow:
        cancel = OnOne(await order_key(uow), Cancel("order cancelled"))
        await act_on_order(cancel, uow)
    found = await steps(deps)
    assert not any(row.is_open for row in found.values())
    assert found[5].skipped
    assert not found[1].skipped
    (task,) = await tasks(deps)
    assert (task.ended_by, task.done, task.note) == ("max", False, "order cancelled")


async def test_permission_is_asked_for_whoever_calls(deps: Dependencies, ids: list[int]) -> None:
    """P1: not only in the API; an analyst does nothing to milestones, tasks and time limits."""
    analyst = Principal("di", frozenset({Role.ANALYST}))
    async with deps.unit_of_work(SYSTEM) as uow:
        order = await order_key(uow)
    for use_case, request in (
        (act_on_milestone, OnOne(ids[1], CloseMilestone())),
        (close_many_milestones, CloseManyMilestones((ids[1],))),
        (record_anchors, anchors_of(order, {"TASK_CREATED": TODAY}, {})),
        (plan_order_backward, PlanBackward(order, TODAY)),
        (start_another, FollowTemplate(order, "TRACKING_SHEET")),
        (act_on_task, OnOne(1, CompleteTask())),
        (act_on_clock, OnOne(1, StopClock("no"))),
    ):
        with pytest.raises(NotAllowed):
            await do(deps, analyst, use_case, request)
