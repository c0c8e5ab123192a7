"""Production and inspections in numbers (O11, O12)."""

import datetime as dt
from decimal import Decimal

import pytest

from domain.errors import InvalidInput, WrongState
from domain.production import (
    check_booking,
    check_result,
    check_units,
    countdown,
    defect_rate,
    stage_days_late,
    stage_state,
)

TODAY = dt.date(2024, 3, 4)


def on(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


def test_the_defect_rate_is_empty_when_nothing_was_delivered() -> None:
    """O11: empty, not an error; the sheet said #DIV/0!."""
    assert defect_rate(0, 0) is None
    assert defect_rate(200, 3) == Decimal("0.0150")


def test_days_late_and_countdown() -> None:
    """O11: late days count up, the countdown goes below zero and ends with the stage."""
    assert (stage_days_late(on(-2), None, TODAY), countdown(on(-2), None, TODAY)) == (2, -2)
    assert (stage_days_late(on(3), None, TODAY), countdown(on(3), None, TODAY)) == (0, 3)
    assert (stage_days_late(on(-5), on(-4), TODAY), countdown(on(-5), on(-4), TODAY)) == (1, None)
    assert (stage_days_late(None, None, TODAY), countdown(None, None, TODAY)) == (None, None)


def test_a_stage_with_an_exception_says_so_until_it_is_done() -> None:
    """O11: exception state and done state."""
    assert stage_state(None, None) == "RUNNING"
    assert stage_state("press is broken", None) == "EXCEPTION"
    assert stage_state("press is broken", TODAY) == "DONE"


def test_no_more_defective_than_delivered() -> None:
    """O11: over all reports together; corrections may take back what was reported."""
    check_units(None, 5, 5, already=(0, 0))
    check_units(None, -2, -2, already=(5, 2))
    with pytest.raises(InvalidInput):
        check_units(None, 0, 1, already=(5, 5))
    with pytest.raises(InvalidInput):
        check_units(None, -6, 0, already=(5, 0))


@pytest.mark.parametrize(("kind", "days_ahead"), [("OWN", 7), ("CUSTOMER", 7), ("THIRD_PARTY", 14)])
def test_inspections_are_booked_ahead(kind: str, days_ahead: int) -> None:
    """O12: a week, or two for a third party; later only with a reason, and never in the past."""
    check_booking(kind, on(days_ahead), TODAY, days_ahead, None)
    with pytest.raises(InvalidInput, match="days ahead"):
        check_booking(kind, on(days_ahead - 1), TODAY, days_ahead, " ")
    check_booking(kind, on(days_ahead - 1), TODAY, days_ahead, "the customer insists")
    with pytest.raises(InvalidInput, match="is past"):
        check_booking(kind, on(-1), TODAY, days_ahead, "the customer insists")


def test_an_inspection_has_one_result() -> None:
    """O12: of a day that has come."""
    check_result("PASSED", TODAY, TODAY, "BOOKED")
    with pytest.raises(WrongState):
        check_result("PASSED", TODAY, TODAY, "FAILED")
    with pytest.raises(InvalidInput, match="still to come"):
        check_result("FAILED", on(1), TODAY, "BOOKED")
