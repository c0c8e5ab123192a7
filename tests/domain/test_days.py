"""Days, settings and receipts as plain rules: an objection says what is wrong and what to do."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from domain.days import (
    object_to_arrival_day,
    object_to_day_done,
    object_to_kept_day,
    object_to_shipped_day,
    object_to_wanted_day,
)
from domain.milestones import ORDER_MILESTONE_STEPS
from domain.milestones.guards import object_to_closing_day
from domain.objections import Objection
from domain.policy import Policy
from domain.policy.checks import Surroundings, settings_faults
from domain.roles import object_to_roles, object_to_subject
from domain.supply import object_to_receipt_lines, object_to_units_received

TODAY = dt.date(2026, 3, 2)
YESTERDAY, TOMORROW = TODAY - dt.timedelta(1), TODAY + dt.timedelta(1)


def said(objection: Objection | None) -> str | None:
    return None if objection is None else str(objection.problem)


def test_what_was_done_has_come() -> None:
    """M4 A3: today is the last day on which something was done."""
    assert object_to_day_done(TODAY, TODAY) is None
    assert said(object_to_day_done(TOMORROW, TODAY)) == "is still to come."


def test_goods_go_in_the_order_in_which_things_go() -> None:
    """O1 S1: ordered, shipped, arrived; each on the day of the one before at the earliest."""
    assert object_to_wanted_day(TODAY, TODAY) is None
    assert object_to_shipped_day(TODAY, TODAY, TODAY) is None
    assert object_to_arrival_day(TODAY, TODAY) is None
    before = "is before 2026-03-02, the day the order was placed."
    assert said(object_to_wanted_day(YESTERDAY, TODAY)) == before
    assert said(object_to_shipped_day(YESTERDAY, TODAY, TODAY)) == before
    assert said(object_to_shipped_day(TOMORROW, TODAY, TODAY)) == "is still to come."
    assert said(object_to_arrival_day(YESTERDAY, TODAY)) == "is before the goods were shipped."


def test_days_lie_in_the_span_that_is_kept() -> None:
    """O1: from 1970 to 2099."""
    assert object_to_kept_day(dt.date(1970, 1, 1)) is object_to_kept_day(dt.date(2099, 12, 31))
    for day in (dt.date(1969, 12, 31), dt.date(2100, 1, 1)):
        assert said(object_to_kept_day(day)) == "is no day that is kept."


@pytest.mark.parametrize(
    ("number", "closed_on", "problem"),
    [
        (2, TODAY, None),
        (2, YESTERDAY, "is too early: the order was placed on 2026-03-02."),
        (2, TOMORROW, "is still to come."),
        (1, TODAY - dt.timedelta(366), None),
        (1, TODAY - dt.timedelta(367), "is too early: the order was placed on 2026-03-02."),
    ],
)
def test_a_step_is_closed_on_a_day_of_its_order(
    number: int, closed_on: dt.date, problem: str | None
) -> None:
    """M4: what was said before an order belongs to it for a year."""
    step = ORDER_MILESTONE_STEPS[number - 1]
    assert said(object_to_closing_day(step, closed_on, TODAY, TODAY)) == problem


def test_a_receipt_has_lines_and_its_lines_units() -> None:
    """A2: one line and one unit at the least."""
    assert object_to_units_received(1) is object_to_units_received(1_000_000_000) is None
    assert object_to_receipt_lines(1) is object_to_receipt_lines(20_000) is None
    for units in (0, -1, 1_000_000_001):
        assert object_to_units_received(units) is not None
    for lines in (0, 20_001):
        assert said(object_to_receipt_lines(lines)) == f"has {lines} lines."


def test_roles_and_subjects_are_a_person_s() -> None:
    """P1: a customer's login is that and nothing else."""
    assert object_to_roles(["SALES", "FINANCE"], of_customer=False) is None
    assert object_to_roles(["CUSTOMER"], of_customer=True) is None
    assert said(object_to_roles([], of_customer=False)) == "are none."
    assert said(object_to_roles(["CUSTOMER", "SALES"], of_customer=True)) == (
        "stand beside CUSTOMER."
    )
    for roles, of_customer in ((["CUSTOMER"], False), (["SALES"], True)):
        assert said(object_to_roles(roles, of_customer=of_customer)) == (
            "do not go with the customer."
        )
    assert object_to_subject("li") is None
    assert object_to_subject("service:x") is not None


def test_only_settings_that_change_are_asked_about() -> None:
    """P7: ABC stays where it was before; an amount is asked about again with its currency."""
    known = Surroundings(regions=["airport"])
    old = replace(Policy(), currency="ABC", default_credit_limit=Decimal("10.50"))
    assert [f.setting for f in settings_faults(replace(old, due_soon_days=5), known, old)] == []
    yen = replace(old, currency="JPY")
    assert [(f.setting, f.value) for f in settings_faults(yen, known, old)] == [
        ("default_credit_limit", "10.50")
    ]
    # All of it, where nothing was in force before: the documents' regions are not this company's.
    found = {f.setting for f in settings_faults(old, known)}
    assert found == {"currency", "region_order.SPRING_SUMMER", "region_order.AUTUMN_WINTER"}
