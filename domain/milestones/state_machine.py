"""What a command makes of an order's milestones, and what can't be true of them (M1-M7, O15)."""

from collections.abc import Iterator
from typing import Protocol

from domain.errors import DomainError, Stale, WrongState, refuse_for
from domain.messages import msg
from domain.milestones.draft import Draft, Outcome
from domain.milestones.guards import AlreadyClosed, object_to_closing_day, waits
from domain.milestones.model import Context, Milestone, OrderMilestones, StepFacts
from domain.milestones.schedule import reschedule
from domain.milestones.steps import MilestoneStep
from domain.orders.order import FINAL
from domain.orders.vocabularies import OrderStatus
from domain.roles import Role, require_department

# What commands are about, as the audit log and the API name it.
MILESTONE, ORDER = "Milestone", "Order"


class StepCommand(Protocol):
    """Something that people do to one step."""

    def against(self, milestone: Milestone, at: Context) -> Iterator[DomainError]:
        """Every reason against it."""

    def effect(self, draft: Draft, number: int) -> None:
        """What it does, where there is no reason against it."""


class OrderCommand(Protocol):
    """Something that is done to all steps of an order under one template."""

    def against(self, order: OrderMilestones, at: Context) -> Iterator[DomainError]:
        """Every reason against it."""

    def effect(self, draft: Draft) -> None:
        """What it does, where there is no reason against it."""


def apply_to_step(
    milestone: Milestone, command: StepCommand, at: Context, expected_version: int | None = None
) -> Outcome:
    """The order's steps after a command for one of them; those given are never changed.

    Raises NotAllowed, or the first of all reasons against it with the others beside it.
    """
    refuse_for(reasons_against(milestone, command, at, expected_version))
    draft = Draft(milestone.order, at)
    command.effect(draft, milestone.number)
    return draft.outcome()


def apply(order: OrderMilestones, command: OrderCommand, at: Context) -> Outcome:
    """The order's steps after a command for all of them; those given are never changed.

    Raises NotAllowed, or the first of all reasons against it with the others beside it.
    """
    refuse_for(command.against(order, at))
    draft = Draft(order, at)
    command.effect(draft)
    return draft.outcome()


def reasons_against(
    milestone: Milestone, command: StepCommand, at: Context, expected_version: int | None = None
) -> list[DomainError]:
    """Why a command can't be done to a step; who was first is said before all else.

    Raises NotAllowed for whoever neither owns the step, nor stands in for its owner, nor may work
    on any.
    """
    step = milestone.step
    doing = msg("milestones.WORK_ON_STEP", number=step.number, role=Role(step.owner_role))
    require_department(at.principal, step.owner_role, doing)
    reasons = [*against_ended(milestone.order), *command.against(milestone, at)]
    actual = milestone.facts.version
    if expected_version is not None and expected_version != actual:
        comes_second = bool(reasons) and isinstance(reasons[0], AlreadyClosed)
        reasons.insert(comes_second, Stale("milestone", expected_version, actual))
    return reasons


def against_ended(order: OrderMilestones) -> Iterator[DomainError]:
    """The steps of an order that has ended are not changed."""
    if order.order_status in FINAL:
        yield WrongState(
            msg(
                "milestones.ORDER_ENDED",
                number=order.order_number,
                status=OrderStatus(order.order_status),
            )
        )


def contradictions(order: OrderMilestones, at: Context) -> list[str]:
    """What can't be true of an order's steps; empty for every order that the rules made."""
    found = []
    for step in order.steps:
        facts = order.facts.get(step.number)
        if facts is not None:
            found += [f"step {step.number} {each}" for each in _of_step(step, facts, order, at)]
    anchors = order.anchors(at.terms)
    if reschedule(order.steps, order.facts, anchors, at.calendar) != dict(order.facts):
        found.append("an open estimate does not follow its anchors")
    return found


def _of_step(
    step: MilestoneStep, facts: StepFacts, order: OrderMilestones, at: Context
) -> Iterator[str]:
    closed = facts.closed_on is not None
    if {closed} != {facts.closed_by is not None, facts.closed_at is not None}:
        yield "is closed on a day by nobody, or by a person on no day"
    if closed and facts.skipped:
        yield "is closed and left out"
    if facts.is_open and facts.has_ended:
        yield "is on the work lists after its end"
    if facts.closed_on is not None:
        if not step.takes_closed:
            yield "takes no closed date and has one"
        if object_to_closing_day(step, facts.closed_on, order.placed_on, at.today):
            yield "was closed on a day that is none of its order"
    if step.closes_with_order and closed and order.order_status != OrderStatus.CLOSED:
        yield "closes with its order and is closed before it"
    if (
        facts.expected is not None
        and facts.first_estimated_on is None
        and facts.reckoned_on is None
    ):
        yield "has a day and no first one"
    if facts.confirmed and facts.expected is None:
        yield "is confirmed without a day"
    if not step.takes_closed and not facts.skipped:
        arrived = order.order_status in (OrderStatus.DELIVERED, OrderStatus.CLOSED)
        if facts.waits != waits(step, order.steps, order.facts, arrived=arrived):
            yield "waits for what is done, or not for what is open"
