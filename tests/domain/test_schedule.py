"""Estimates follow their anchors, whatever the flow looks like (M2, M7)."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.milestones.guards import waits
from domain.milestones.model import Anchors, StepFacts
from domain.milestones.next_steps import critical_next, late_steps
from domain.milestones.order_steps import ORDER_MILESTONE_STEPS
from domain.milestones.schedule import (
    delayed_by,
    plan_backward,
    reschedule,
    steps_without_rule,
)
from domain.milestones.states import slip_days
from domain.milestones.steps import CALENDAR, WORKING, EstimateRule, MilestoneStep
from domain.working_time import WorkCalendar
from tests.extent import extent

CHINA = WorkCalendar()
MONDAY = dt.date(2014, 3, 3)
TERMS = {"deposit_days": 7, "final_payment_days": 14, "production_days": 30, "transit_days": 10}

days = st.dates(dt.date(2014, 1, 1), dt.date(2014, 12, 31))


def on(day: int) -> dt.date:
    return MONDAY + dt.timedelta(days=day)


@st.composite
def flows(draw: st.DrawFn) -> tuple[list[MilestoneStep], dict[int, StepFacts], Anchors]:
    """A random flow without circles, some of it closed, confirmed or skipped."""
    count = draw(st.integers(2, 8))
    steps, dates = [], {}
    for number in range(1, count + 1):
        rules = []
        if number > 1 and draw(st.booleans()):
            unit = draw(st.sampled_from([CALENDAR, WORKING]))
            before = draw(st.integers(1, number - 1))
            rules.append(EstimateRule(step=before, days=draw(st.integers(0, 20)), unit=unit))
        if draw(st.booleans()):
            rules.append(EstimateRule(event="ORDER_CONFIRMED", days=draw(st.integers(0, 20))))
        steps.append(
            MilestoneStep(number, f"S{number}", "s", "s", "SALES", estimate_rules=tuple(rules))
        )
        dates[number] = StepFacts(
            estimated_on=draw(st.none() | days),
            closed_on=draw(st.none() | st.none() | days),
            confirmed=draw(st.booleans()),
            skipped=draw(st.integers(0, 9)) == 0,
        )
    events = {"ORDER_CONFIRMED": draw(days)} if draw(st.booleans()) else {}
    return steps, dates, Anchors(events, TERMS)


@given(flows())
def test_following_twice_changes_nothing_more(flow) -> None:
    """M2: estimates that follow have followed."""
    steps, dates, anchors = flow
    once = reschedule(steps, dates, anchors, CHINA)
    assert reschedule(steps, once, anchors, CHINA) == once


@given(flows())
def test_what_is_closed_confirmed_or_skipped_keeps_its_day(flow) -> None:
    """M2: only estimates that nobody stands by follow."""
    steps, dates, anchors = flow
    after = reschedule(steps, dates, anchors, CHINA)
    for number, before in dates.items():
        if before.closed_on is not None or before.confirmed or before.skipped:
            assert after[number] == before


@given(flows())
def test_an_estimate_is_never_lost_and_the_first_stays(flow) -> None:
    """M2: a step whose anchors know nothing keeps its day; the first estimate never changes."""
    steps, dates, anchors = flow
    once = reschedule(steps, dates, anchors, CHINA)
    moved = Anchors({"ORDER_CONFIRMED": dt.date(2014, 7, 1)}, TERMS)
    twice = reschedule(steps, once, moved, CHINA)
    for number, before in dates.items():
        assert (once[number].estimated_on is None) <= (before.estimated_on is None)
        if once[number].first_estimated_on is not None:
            assert twice[number].first_estimated_on == once[number].first_estimated_on


@given(flows(), st.integers(1, 60))
def test_a_later_anchor_never_makes_anything_earlier(flow, later: int) -> None:
    """M2: re-projection is monotone: a slip of what comes first only moves others back."""
    steps, dates, anchors = flow
    slipped = Anchors(
        {name: day + dt.timedelta(days=later) for name, day in anchors.events.items()}, TERMS
    )
    before = reschedule(steps, dates, anchors, CHINA)
    after = reschedule(steps, dates, slipped, CHINA)
    for number in dates:
        day = before[number].estimated_on
        if day is not None:
            assert after[number].estimated_on >= day


@given(flows(), days)
@settings(max_examples=extent(50, 1000))
def test_a_backward_plan_arrives_in_time(flow, wanted: dt.date) -> None:
    """M2: whoever keeps the last days of the plan reaches the wanted one."""
    steps, dates, _ = flow
    fresh = {number: StepFacts() for number in dates}
    nothing = Anchors({}, TERMS)
    target = steps[-1].number
    plan = plan_backward(steps, fresh, nothing, CHINA, target, wanted)
    roots = steps_without_rule(steps, fresh, nothing, CHINA)
    kept = {
        number: StepFacts(closed_on=plan[number]) if number in roots and number in plan else each
        for number, each in fresh.items()
    }
    reached = reschedule(steps, kept, nothing, CHINA)[target]
    arrived = reached.closed_on or reached.estimated_on
    assert arrived is None or arrived <= wanted


@given(flows(), days)
def test_delays_are_shown_only_of_open_steps_and_only_later_days(flow, until: dt.date) -> None:
    """M7: what a late step delays is still to be done, and later than expected."""
    steps, dates, anchors = flow
    now = reschedule(steps, dates, anchors, CHINA)
    for step in steps:
        for delay in delayed_by(steps, now, anchors, CHINA, step.number, until):
            assert delay.days > 0
            assert now[delay.number].closed_on is None
            assert delay.number != step.number


def test_the_order_s_flow_from_the_packaging_proof() -> None:
    """M2: 4 three days after the proof, 8 thirty after 4, 11 fourteen after 8."""
    anchors = Anchors({"ORDER_CONFIRMED": MONDAY, "PACKAGING_PROOF_SENT": MONDAY}, TERMS)
    fresh = {step.number: StepFacts() for step in ORDER_MILESTONE_STEPS}
    found = reschedule(ORDER_MILESTONE_STEPS, fresh, anchors, CHINA)
    assert found[2].estimated_on == on(1)
    assert found[4].estimated_on == on(3)
    assert found[8].estimated_on == on(33)
    # 10 takes no estimate: it is due when production is complete, and shows no day of its own.
    assert (found[10].estimated_on, found[10].expected) == (None, on(33))
    assert found[11].estimated_on == on(47)


def test_an_overdue_step_delays_what_hangs_on_it_even_if_confirmed() -> None:
    """M7: 4 is five days late, so 8 cannot be kept although it was promised."""
    anchors = Anchors({"PACKAGING_PROOF_SENT": MONDAY}, TERMS)
    fresh = {step.number: StepFacts() for step in ORDER_MILESTONE_STEPS}
    found = reschedule(ORDER_MILESTONE_STEPS, fresh, anchors, CHINA)
    found[8] = replace(found[8], confirmed=True)
    late = late_steps(ORDER_MILESTONE_STEPS, found, anchors, CHINA, on(8))
    assert [(each.step.number, each.days) for each in late] == [(4, 5)]
    assert [(each.number, each.days) for each in late[0].delays][:3] == [(8, 5), (10, 5), (11, 5)]


def fresh(**closed: dt.date) -> dict[int, StepFacts]:
    """The seventeen steps with nothing known but these closed dates, as in `s1=MONDAY`."""
    return {
        step.number: StepFacts(closed_on=closed.get(f"s{step.number}"))
        for step in ORDER_MILESTONE_STEPS
    }


def test_what_is_anchored_is_delayed_by_what_comes_before_it() -> None:
    """M7: a promised completion and an expected arrival can't be kept when 9 and 14 are late."""
    events = {"PROMISED_COMPLETION": on(5), "ARRIVAL_EXPECTED": on(6), "VENDOR_COMPLETION": on(3)}
    anchors = Anchors(events, TERMS)
    found = reschedule(ORDER_MILESTONE_STEPS, fresh(), anchors, CHINA)
    found[14] = replace(found[14], estimated_on=on(4), confirmed=True)
    for number in (8, 17):
        found[number] = replace(found[number], waits=True)
    late = late_steps(ORDER_MILESTONE_STEPS, found, anchors, CHINA, on(20))
    delays = {each.step.number: {d.number: d.days for d in each.delays} for each in late}
    assert {8, 9, 14, 17} <= set(delays)
    # The vendors may be 2 days late, 20 are 15 too many for the fifth; 10 follows the vendors.
    assert delays[9][8] == 15
    # Ten days of transit from the 20th on, instead of from the 4th: 16 days more than the 6th.
    assert delays[14][17] == 16


def test_without_a_term_an_arrival_is_not_before_its_dispatch() -> None:
    """M7: nobody agreed on the days of transit, yet what leaves on the 20th arrives no earlier."""
    anchors = Anchors({"ARRIVAL_EXPECTED": on(6)}, {})
    found = reschedule(ORDER_MILESTONE_STEPS, fresh(), anchors, CHINA)
    found[14] = replace(found[14], estimated_on=on(4), confirmed=True)
    (late,) = late_steps(ORDER_MILESTONE_STEPS, found, anchors, CHINA, on(5))
    assert [(each.number, each.days) for each in late.delays if each.number == 17] == []
    late = late_steps(ORDER_MILESTONE_STEPS, found, anchors, CHINA, on(20))[0]
    assert [(each.number, each.days) for each in late.delays if each.number == 17] == [(17, 14)]


@pytest.mark.parametrize(
    ("closed", "number"),
    [
        # 10 is sent when production is complete, long before goods are released.
        ([1, 2, 3, 4, 5, 6, 7, 9], 10),
        ([1, 2, 3, 4, 5, 6, 7, 9, 10], 11),
        ([1, 2, 3, 4, 5, 6, 7, 9, 10, 11], 12),
        ([1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12], 13),
        # Dispatched before its turn: its papers are due first.
        ([1, 2, 3, 4, 5, 6, 7, 9, 10, 14], 15),
        ([1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14], 15),
        ([1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15], 17),
    ],
)
def test_the_critical_next_step_all_along_the_flow(closed: list[int], number: int) -> None:
    """M7: also where the next step shows no day of its own, as 10, or nothing locks it, as 12."""
    anchors = Anchors({"ORDER_CONFIRMED": MONDAY, "PROMISED_COMPLETION": on(-1)}, TERMS)
    dates = fresh(**{f"s{each}": on(-2) for each in closed})
    found = reschedule(ORDER_MILESTONE_STEPS, dates, anchors, CHINA)
    for each in ORDER_MILESTONE_STEPS:
        waiting = waits(each, ORDER_MILESTONE_STEPS, found, arrived=False)
        found[each.number] = replace(found[each.number], waits=waiting)
    step = critical_next(ORDER_MILESTONE_STEPS, found, MONDAY)
    assert step is not None
    assert step.number == number


@pytest.mark.parametrize(
    ("closed", "arrived", "eight", "seventeen"),
    [
        ([1], False, True, True),
        ([1, 4], False, True, True),
        ([1, 4, 9], False, False, True),
        ([1, 4, 9, 14], False, False, True),
        ([1, 4, 9, 14], True, False, False),
        ([1], True, True, True),
    ],
)
def test_a_day_in_the_calendar_waits_for_what_comes_before_it(
    closed: list[int], arrived: bool, eight: bool, seventeen: bool
) -> None:
    """M7: 8 for the packaging and the vendors, 17 for the dispatch and the order's arrival."""
    dates = fresh(**{f"s{each}": MONDAY for each in closed})
    found = [
        waits(step, ORDER_MILESTONE_STEPS, dates, arrived=arrived)
        for step in ORDER_MILESTONE_STEPS
        if step.number in (8, 17)
    ]
    assert found == [eight, seventeen]


def test_the_critical_next_step_waits_for_no_other() -> None:
    """M7: 3 is due first, but waits for 2; so 2 is next. Once 2 is closed, it is 3."""
    dates = {
        1: StepFacts(closed_on=MONDAY),
        2: StepFacts(estimated_on=on(5)),
        3: StepFacts(estimated_on=on(4)),
        4: StepFacts(estimated_on=on(9)),
    }
    steps = ORDER_MILESTONE_STEPS[:4]
    found = critical_next(steps, dates, MONDAY)
    assert found is not None
    assert found.number == 2
    dates[2] = StepFacts(closed_on=on(1))
    found = critical_next(steps, dates, MONDAY)
    assert found is not None
    assert found.number == 3


def test_slippage_is_measured_against_the_baseline_else_the_first_estimate() -> None:
    """M2: first estimate, baseline and the day in force are three things."""
    assert slip_days(on(0), on(5), on(9)) == 4
    assert slip_days(on(0), None, on(9)) == 9
    assert slip_days(on(0), on(5), on(4)) == -1
    assert slip_days(None, None, on(4)) is None
