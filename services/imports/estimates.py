"""Estimates of imported orders follow their anchors, as those of orders that began here (M2)."""

from itertools import groupby

from domain.milestones.model import Anchors, StepFacts
from domain.milestones.schedule import reschedule
from domain.milestones.steps import MilestoneStep
from domain.policy import Policy
from domain.working_time import WorkCalendar
from persistence.imports import orders
from persistence.imports.orders import NewStep
from persistence.milestones import templates
from persistence.milestones.templates import step_of
from persistence.unit_of_work import UnitOfWork
from services.calendar.business_days import work_calendar
from services.milestones.context import anchors_of_events

ORDERS_AT_ONCE = 1_000


async def begin_estimates(uow: UnitOfWork, policy: Policy, template: str) -> None:
    """Keep what the new orders' estimates hang on, and estimate the steps without a given day.

    A day that the input gives is confirmed: it stays, and what comes after hangs on it.
    """
    current = await templates.current_template(uow.session, template)
    if current is None or not await orders.add_plans(uow, template):
        return
    steps = [step_of(row) for row in await templates.steps_of_template(uow.session, current.id)]
    calendar = await work_calendar(uow, policy)
    last = 0
    while found := await orders.steps_to_estimate(uow, last, ORDERS_AT_ONCE):
        moved = []
        for _, group in groupby(found, key=lambda step: step.order_id):
            moved += _estimates(list(group), steps, policy, calendar)
        if moved:
            await orders.save_estimates(uow, moved)
        last = found[-1].order_id


def _estimates(
    rows: list[NewStep], steps: list[MilestoneStep], policy: Policy, calendar: WorkCalendar
) -> list[orders.Estimate]:
    """The steps of one order that get a day, or another one."""
    dates = {row.number: _dates_of(row) for row in rows}
    anchors: Anchors = anchors_of_events(rows[0].events, policy)
    projected = reschedule(steps, dates, anchors, calendar)
    return [
        (row.milestone_id, now.estimated_on, now.event_on, now.first_estimated_on)
        for row in rows
        if (now := projected[row.number]) != dates[row.number]
    ]


def _dates_of(row: NewStep) -> StepFacts:
    return StepFacts(
        row.estimated_on,
        row.event_on,
        row.closed_on,
        row.confirmed,
        first_estimated_on=row.first_estimated_on,
        baseline_on=row.baseline_on,
    )
