"""The seventeen steps and where a step stands today."""

import datetime as dt

import pytest

from domain.milestones import ORDER_MILESTONE_STEPS, days_late, milestone_state

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
