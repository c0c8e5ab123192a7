"""What a step's history keeps, and every reason against a command at once (M2, M4, O15)."""

import datetime as dt

import pytest

from domain.calendar import BusinessCalendar
from domain.errors import DomainError, NotAllowed
from domain.milestones.commands.closing import CloseMilestone, ReopenMilestone, SkipMilestone
from domain.milestones.commands.estimates import EstimateMilestone
from domain.milestones.commands.order import StartMilestones
from domain.milestones.history import replayed
from domain.milestones.model import Context, Milestone, OrderMilestones
from domain.milestones.order_steps import ORDER_MILESTONE_STEPS
from domain.milestones.state_machine import apply, apply_to_step
from domain.milestones.vocabularies import AnchorEvent
from domain.orders.vocabularies import OrderStatus
from domain.principals import Principal
from domain.working_time import WorkCalendar

MONDAY = dt.date(2014, 3, 3)


def at(role: str = "SALES_MANAGER") -> Context:
    now = dt.datetime.combine(MONDAY, dt.time(9), dt.UTC)
    calendar = WorkCalendar(BusinessCalendar())
    return Context(Principal(role.lower(), frozenset({role})), now, MONDAY, calendar, {})


def started():
    """An order that was confirmed today; step 1 is closed."""
    order = OrderMilestones("O1", OrderStatus.CONFIRMED, MONDAY, ORDER_MILESTONE_STEPS, {})
    days = {AnchorEvent.ORDER_CONFIRMED: MONDAY, AnchorEvent.TASK_CREATED: MONDAY}
    return apply(order, StartMilestones(days), at())


def do(outcome, number: int, command, role: str = "SALES_MANAGER"):
    return outcome.then(apply_to_step(Milestone(outcome.after, number), command, at(role)))


def codes(order: OrderMilestones, number: int, command, version: int | None = None) -> list[str]:
    """Every reason against a command, the first first."""
    with pytest.raises(DomainError) as refused:
        apply_to_step(Milestone(order, number), command, at(), version)
    return [each.code for each in (refused.value, *refused.value.also)]


def test_an_event_keeps_what_changed_before_and_after() -> None:
    """M4 O15: of a closing the day, who did it and when; of a reopening what it had been."""
    outcome = do(do(started(), 2, CloseMilestone(closed_by="wang")), 2, ReopenMilestone("wrong"))
    closed, reopened = (
        next(each for each in outcome.events if (each.number, each.kind) == (2, kind))
        for kind in ("CLOSED", "REOPENED")
    )
    assert closed.after == {
        "closedOn": "2014-03-03",
        "closedBy": "wang",
        "closedAt": "2014-03-03T09:00:00+00:00",
        "isOpen": False,
    }
    assert reopened.before == closed.after
    assert reopened.reason == "wrong"


def test_a_history_with_a_gap_does_not_replay() -> None:
    """O15: an event that does not follow from the one before is noticed."""
    outcome = do(do(started(), 2, CloseMilestone()), 2, ReopenMilestone("wrong"))
    assert replayed(outcome.events)[2].closed_on is None
    without = [each for each in outcome.events if (each.number, each.kind) != (2, "CLOSED")]
    with pytest.raises(ValueError, match="does not follow"):
        replayed(without)


def test_every_reason_is_given_at_once() -> None:
    """M4: too early, before those it waits for and with too long a note are three reasons."""
    order = started().after
    early = CloseMilestone(MONDAY - dt.timedelta(days=1), note="x" * 3_000)
    assert codes(order, 3, early) == ["INVALID_INPUT", "PREDECESSORS_OPEN", "INVALID_INPUT"]
    assert codes(order, 3, early, version=9)[0] == "STALE_VERSION"
    no_reason = SkipMilestone(" ")
    assert codes(order, 16, no_reason) == ["INVALID_INPUT", "WRONG_STATE"]
    assert codes(order, 17, EstimateMilestone()) == ["INVALID_INPUT"]
    assert codes(order, 17, EstimateMilestone(dt.date(1999, 1, 1))) == ["INVALID_INPUT"] * 2


def test_who_was_first_is_said_before_the_version() -> None:
    """M4: the second of two hears who closed the step, and then that it has changed."""
    order = do(started(), 2, CloseMilestone()).after
    assert codes(order, 2, CloseMilestone(), version=1) == ["ALREADY_CLOSED", "STALE_VERSION"]


def test_a_command_leaves_the_facts_that_it_was_given() -> None:
    """M4: a rule makes new facts; whoever may not hears only that."""
    outcome = started()
    before = dict(outcome.after.facts)
    after = do(outcome, 2, CloseMilestone()).after
    assert after.facts != before == outcome.after.facts
    with pytest.raises(NotAllowed):
        do(outcome, 2, CloseMilestone(), "PURCHASING")
