"""The seventeen steps and where a step stands today."""

import datetime as dt

import pytest

from domain.milestones import ORDER_MILESTONE_STEPS, days_late, milestone_state
from domain.milestones.guards import against_closing
from domain.milestones.steps import ANCHOR_OWNERS
from domain.milestones.vocabularies import AnchorEvent, ContractTerm
from domain.roles import Role

TODAY = dt.date(2026, 6, 10)


def day(offset: int) -> dt.date:
    return TODAY + dt.timedelta(days=offset)


def test_there_are_seventeen_steps_in_their_flow() -> None:
    """M1 M4: numbered 1 to 17; 1>2>3, 4>8, 10>11."""
    assert [step.number for step in ORDER_MILESTONE_STEPS] == list(range(1, 18))
    flow = {step.number: step.predecessors for step in ORDER_MILESTONE_STEPS if step.predecessors}
    assert flow == {2: (1,), 3: (2,), 8: (4,), 11: (10,)}


@pytest.mark.parametrize(
    ("numbers", "takes"),
    [
        ((1, 10, 16), (False, False, True)),
        ((2, 3, 4, 11), (True, True, True)),
        ((8,), (True, True, False)),
        ((17,), (False, True, False)),
    ],
)
def test_steps_take_just_the_dates_of_the_procedure(
    numbers: tuple[int, ...], takes: tuple[bool, bool, bool]
) -> None:
    """M2: (estimate, calendar event, closed date) as D1 lists them."""
    for step in ORDER_MILESTONE_STEPS:
        if step.number in numbers:
            assert (step.takes_estimate, step.takes_event, step.takes_closed) == takes


@pytest.mark.parametrize(
    ("expected", "closed", "state", "late"),
    [
        (None, None, "NOT_STARTED", None),
        (day(10), None, "NOT_STARTED", -10),
        (day(3), None, "DUE_SOON", -3),
        (day(0), None, "DUE_SOON", 0),
        (day(-1), None, "OVERDUE", 1),
        (day(-5), day(-5), "CLOSED_ON_TIME", 0),
        (day(-5), day(-4), "CLOSED_LATE", 1),
        (None, day(-4), "CLOSED_ON_TIME", None),
    ],
)
def test_where_a_step_stands(
    expected: dt.date | None, closed: dt.date | None, state: str, late: int | None
) -> None:
    """M7: a step closed on its day is on time; due soon is within three days."""
    assert milestone_state(expected, closed, False, TODAY, due_soon_days=3) == state
    assert days_late(expected, closed, TODAY) == late


def test_a_skipped_step_is_neither_late_nor_due() -> None:
    """M7: skipping ends a step."""
    assert milestone_state(day(-9), None, True, TODAY, due_soon_days=3) == "SKIPPED"


@pytest.mark.parametrize(
    ("expected", "baseline", "waits", "is_open", "state", "late"),
    [
        # Its day has passed, and nothing before it is open: over, against its baseline.
        (day(-2), None, False, True, "CLOSED_ON_TIME", 0),
        (day(-2), day(-5), False, True, "CLOSED_LATE", 3),
        # Its day has passed, but what it waits for is not done.
        (day(-2), day(-2), True, True, "OVERDUE", 2),
        (day(1), None, True, True, "DUE_SOON", -1),
        # A fact ended it today, or the order ended before it.
        (day(0), day(0), False, False, "CLOSED_ON_TIME", 0),
        (day(4), None, False, False, "NOT_STARTED", None),
        (day(-2), None, True, False, "NOT_STARTED", None),
    ],
)
def test_a_day_in_the_calendar_is_over_only_when_nothing_before_it_is_open(
    expected: dt.date,
    baseline: dt.date | None,
    waits: bool,
    is_open: bool,
    state: str,
    late: int | None,
) -> None:
    """M7: 8 and 17 are not done by their day alone."""
    known = {"takes_closed": False, "baseline": baseline, "waits": waits, "is_open": is_open}
    assert milestone_state(expected, None, False, TODAY, 3, **known) == state
    assert days_late(expected, None, TODAY, **known) == late


@pytest.mark.parametrize(
    ("number", "closed", "refusal"),
    [
        (2, day(-30), None),
        (2, day(-31), "too early"),
        (2, day(1), "still to come"),
        # The talks began before the order.
        (1, day(-200), None),
        (1, day(-800), "too early"),
        (8, day(-1), "no closed date"),
        (16, day(-1), "closing the order"),
    ],
)
def test_a_closed_date_is_a_day_of_the_order(
    number: int, closed: dt.date, refusal: str | None
) -> None:
    """M4: not in the future, and not before the order was placed, 30 days ago; 16 by no click."""
    step = ORDER_MILESTONE_STEPS[number - 1]
    reasons = [str(each) for each in against_closing(step, closed, day(-30), TODAY)]
    assert len(reasons) == (refusal is not None)
    assert (refusal or "") in " ".join(reasons)


def test_every_anchor_and_term_has_those_who_record_it() -> None:
    """P1 M2: nothing moves an order's estimates that nobody answers for."""
    assert set(ANCHOR_OWNERS) == {*AnchorEvent, *ContractTerm}
    assert {role for owners in ANCHOR_OWNERS.values() for role in owners} <= set(Role)
