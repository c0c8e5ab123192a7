"""An order's steps under one template, locked, with the rules that move them."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from domain.errors import NotFound, Stale, WrongState
from domain.milestones.flow import open_predecessors
from domain.milestones.projection import Anchors, StepDates, project
from domain.milestones.steps import MilestoneStep
from domain.policy import Policy
from domain.principals import Principal
from domain.roles import Action
from domain.working_time import WorkCalendar
from persistence.milestones import flows
from persistence.milestones.templates import step_of
from persistence.tables import MilestonePlanRow, MilestoneRow
from persistence.unit_of_work import UnitOfWork
from services.business_days import work_calendar
from services.milestones.follow_ups import raise_follow_up
from services.permissions import require, require_department
from services.policies import current_policy


def dates_of(row: MilestoneRow) -> StepDates:
    """What is known of the step of a row."""
    return StepDates(
        row.estimated_on,
        row.event_on,
        row.closed_on,
        row.confirmed,
        row.skipped,
        row.first_estimated_on,
        row.baseline_on,
        row.reported_on,
    )


def anchors_of(plan: MilestonePlanRow | None, policy: Policy) -> Anchors:
    """What the estimates of a plan hang on; the policy's terms where the contract says nothing."""
    if plan is None:
        return anchors_of_events({}, {}, policy)
    return anchors_of_events(plan.events, plan.terms, policy)


def anchors_of_events(
    events: Mapping[str, str], terms: Mapping[str, int], policy: Policy
) -> Anchors:
    """The same from days of events as a plan keeps them, and the contract's terms."""
    return Anchors(
        {name: dt.date.fromisoformat(day) for name, day in events.items()},
        {**policy.schedule.contract_terms, **{name: int(days) for name, days in terms.items()}},
    )


class Flow:
    """One order's steps under one template. Whoever holds it holds the order's lock."""

    def __init__(
        self,
        uow: UnitOfWork,
        policy: Policy,
        order: flows.LockedOrder,
        steps: Sequence[MilestoneStep],
        rows: Mapping[int, MilestoneRow],
        plan: MilestonePlanRow | None,
        template_id: int,
        calendar: WorkCalendar,
    ) -> None:
        self.uow = uow
        self.policy = policy
        self.order = order
        self.steps = steps
        self.rows = rows
        self.plan = plan
        self.template_id = template_id
        self.today = policy.local_date(uow.now)
        self.calendar = calendar

    @classmethod
    async def of_order(
        cls, uow: UnitOfWork, order: flows.LockedOrder, policy: Policy
    ) -> dict[int, Self]:
        """The flows of a locked order, by template."""
        plans = await flows.plans_of_order(uow.session, order.id)
        calendar = await work_calendar(uow, policy)
        found: dict[int, list[Any]] = {}
        for row, step in await flows.rows_of_order(uow.session, order.id):
            found.setdefault(step.template_id, []).append((row, step_of(step)))
        return {
            template_id: cls(
                uow,
                policy,
                order,
                [step for _, step in pairs],
                {step.number: row for row, step in pairs},
                plans.get(template_id),
                template_id,
                calendar,
            )
            for template_id, pairs in found.items()
        }

    @property
    def dates(self) -> dict[int, StepDates]:
        """What is known of each step."""
        return {number: dates_of(row) for number, row in self.rows.items()}

    @property
    def anchors(self) -> Anchors:
        """What the estimates hang on."""
        return anchors_of(self.plan, self.policy)

    def step(self, number: int) -> MilestoneStep:
        """The step of a number."""
        return next(step for step in self.steps if step.number == number)

    async def change_anchors(
        self, *, events: Mapping[str, dt.date] | None = None, terms: Mapping[str, int] | None = None
    ) -> None:
        """Put these days and terms in force beside those that are."""
        if self.plan is None:
            # An order that came in with its milestones from elsewhere has no plan yet.
            self.plan = await flows.add_plan(
                self.uow, self.order, self.template_id, terms={}, events={}
            )
        if events:
            known = {name: day.isoformat() for name, day in events.items()}
            self.plan.events = {**self.plan.events, **known}
        if terms:
            self.plan.terms = {**self.plan.terms, **terms}

    async def follow(self, because: str) -> list[int]:
        """Let every estimate follow its anchors; the numbers of the steps that moved.

        because: what moved, for the history of the steps that follow it.
        """
        moved = []
        for number, now in project(self.steps, self.dates, self.anchors, self.calendar).items():
            row = self.rows.get(number)
            if row is None:
                continue
            before = dates_of(row)
            if now == before:
                continue
            row.estimated_on, row.event_on = now.estimated_on, now.event_on
            row.first_estimated_on = now.first_estimated_on
            await self.changed(number, "PROJECTED", before, reason=because)
            moved.append(number)
        await self.uow.session.flush()
        return moved

    async def close_by_events(self, events: Mapping[str, dt.date]) -> list[int]:
        """Close the steps whose closed date is the day of one of these events (1, 10, 16).

        A step that still waits for another stays open, and so does one whose day is to come.
        """
        closed = []
        for step in sorted(self.steps, key=lambda step: step.number):
            day = events.get(step.closed_by_event or "")
            row = self.rows.get(step.number)
            if day is None or row is None or day > self.today:
                continue
            if row.closed_on is not None or row.skipped:
                continue
            if open_predecessors(step, self.steps, self.dates):
                continue
            before = dates_of(row)
            close_row(row, day, self.uow.actor, self.uow.now)
            await self.changed(step.number, "CLOSED", before)
            closed.append(step.number)
        return closed

    async def changed(
        self,
        number: int,
        kind: str,
        before: StepDates,
        *,
        reason: str | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """Count and write down a change of a step; news of its day is due anew."""
        row = self.rows[number]
        now = dates_of(row)
        row.version += 1
        if now.expected != before.expected:
            row.told_state = None
            # A day in the calendar that moved ahead again is to be watched again.
            ended = now.closed_on is not None or now.skipped
            if not row.takes_closed and now.expected is not None and not ended:
                row.is_open = row.is_open or now.expected >= self.today
        await flows.add_event(
            self.uow,
            row,
            kind,
            reason=reason,
            before=_told(before, now),
            after={**_told(now, before), **(more or {})},
        )
        step = self.step(number)
        if step.follow_up_days is not None and now.event_on is not None and now.confirmed:
            await raise_follow_up(self.uow, self.order, row.id, step, now.event_on)


def close_row(row: MilestoneRow, on: dt.date, by: str, at: dt.datetime) -> None:
    """Close the step of a row."""
    row.closed_on, row.closed_by, row.closed_at = on, by, at
    row.is_open = False


async def flow_of(
    uow: UnitOfWork, milestone_id: int, expected_version: int | None = None
) -> tuple[Flow, int]:
    """The locked flow that a milestone is part of, and the milestone's number in it.

    Raises NotAllowed, NotFound, Stale, or WrongState where the order was cancelled.
    """
    require(uow.principal, Action.WORK_MILESTONES)
    places = await flows.places_of(uow.session, [milestone_id])
    if milestone_id not in places:
        raise NotFound("milestone", str(milestone_id), field="id")
    order_id, template_id, number = places[milestone_id]
    flow = (await flows_of(uow, order_id))[template_id]
    if expected_version is not None and expected_version != flow.rows[number].version:
        raise Stale("milestone", expected_version, flow.rows[number].version)
    return flow, number


async def flows_of(
    uow: UnitOfWork, order_id: int, *, also_cancelled: bool = False
) -> dict[int, Flow]:
    """The flows of an order by template, locked. Raises NotFound, or WrongState when cancelled.

    also_cancelled: for the cancellation itself, which has just been written.
    """
    locked = await flows.lock_orders(uow.session, [order_id])
    if not locked:
        raise NotFound("order", str(order_id), field="orderId")
    if locked[0].status == "CANCELLED" and not also_cancelled:
        raise WrongState(f"Order {locked[0].order_number} is cancelled; its milestones stand.")
    _, policy = await current_policy(uow)
    return await Flow.of_order(uow, locked[0], policy)


def require_step(principal: Principal, step: MilestoneStep) -> None:
    """Refuse who neither owns a step, nor stands in for its owner, nor may work on any."""
    doing = f"work on step {step.number}, which belongs to {step.owner_role}"
    require_department(principal, step.owner_role, doing)


def _told(dates: StepDates, other: StepDates) -> dict[str, Any]:
    """What differs from the other, as history keeps it."""
    shown = {
        "estimatedOn": (dates.estimated_on, other.estimated_on),
        "eventOn": (dates.event_on, other.event_on),
        "closedOn": (dates.closed_on, other.closed_on),
        "reportedOn": (dates.reported_on, other.reported_on),
        "baselineOn": (dates.baseline_on, other.baseline_on),
        "confirmed": (dates.confirmed, other.confirmed),
        "skipped": (dates.skipped, other.skipped),
    }
    return {name: _json(ours) for name, (ours, theirs) in shown.items() if ours != theirs}


def _json(value: dt.date | bool | None) -> str | bool | None:
    return value.isoformat() if isinstance(value, dt.date) else value


def numbers(found: Iterable[int]) -> str:
    """Step numbers for a sentence."""
    return ", ".join(str(number) for number in sorted(found))
