"""An order's steps under one template, locked, with the rules that move them."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from domain.errors import NotFound, Stale, WrongState
from domain.milestones.facts import FACT_WORDS, stands_for
from domain.milestones.guards import check_day_done, open_predecessors, waits
from domain.milestones.schedule import Anchors, StepFacts, reschedule
from domain.milestones.states import is_over
from domain.milestones.steps import MilestoneStep
from domain.milestones.vocabularies import AnchorEvent
from domain.orders.facts import FINAL
from domain.policy import Policy
from domain.principals import Principal
from domain.roles import Action
from domain.working_time import WorkCalendar
from persistence.milestones import flows
from persistence.milestones.templates import step_of
from persistence.tables import MilestonePlanRow, MilestoneRow
from persistence.unit_of_work import UnitOfWork
from services.calendar.business_days import work_calendar
from services.milestones.follow_ups import drop_follow_up, raise_follow_up
from services.permissions import require, require_department
from services.policy import current_policy


def dates_of(row: MilestoneRow) -> StepFacts:
    """What is known of the step of a row."""
    return StepFacts(
        row.estimated_on,
        row.event_on,
        row.closed_on,
        row.confirmed,
        row.skipped,
        row.first_estimated_on,
        row.baseline_on,
        row.reported_on,
        row.reckoned_on,
        row.waits,
        row.is_open,
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
        self.placed_on = policy.local_date(order.placed_at)
        self.calendar = calendar
        # Steps whose follow-up is to be looked at anew.
        self._touched: set[int] = set()

    @classmethod
    async def of_order(
        cls, uow: UnitOfWork, order: flows.LockedOrder, policy: Policy
    ) -> dict[int, Self]:
        """The flows of a locked order, by template."""
        return (await cls.of_orders(uow, [order], policy))[order.id]

    @classmethod
    async def of_orders(
        cls, uow: UnitOfWork, orders: Sequence[flows.LockedOrder], policy: Policy
    ) -> dict[int, dict[int, Self]]:
        """The flows of locked orders, by order and template, read together."""
        keys = [order.id for order in orders]
        plans = await flows.plans_of_orders(uow.session, keys)
        calendar = await work_calendar(uow, policy)
        found: dict[tuple[int, int], list[Any]] = {}
        for row, step in await flows.rows_of_orders(uow.session, keys):
            found.setdefault((row.order_id, step.template_id), []).append((row, step_of(step)))
        by_order: dict[int, dict[int, Self]] = {key: {} for key in keys}
        locked = {order.id: order for order in orders}
        for (key, template_id), pairs in found.items():
            by_order[key][template_id] = cls(
                uow,
                policy,
                locked[key],
                [step for _, step in pairs],
                {step.number: row for row, step in pairs},
                plans.get((key, template_id)),
                template_id,
                calendar,
            )
        return by_order

    @property
    def dates(self) -> dict[int, StepFacts]:
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
        self._touched |= set(self.rows)

    async def follow(self, because: str, *, flush: bool = True) -> list[int]:
        """Let every estimate follow its anchors; the numbers of the steps that moved.

        because: what moved, for the history of the steps that follow it.
        flush: false where many flows are written together.
        """
        moved = []
        for number, now in reschedule(self.steps, self.dates, self.anchors, self.calendar).items():
            row = self.rows.get(number)
            if row is None:
                continue
            before = dates_of(row)
            if now == before:
                continue
            row.estimated_on, row.event_on = now.estimated_on, now.event_on
            row.first_estimated_on = now.first_estimated_on
            if now.reckoned_on != before.reckoned_on:
                # No day of its own: nobody stands by it, so history need not tell of it.
                row.reckoned_on, row.told_state = now.reckoned_on, None
                continue
            await self.changed(number, "PROJECTED", before, reason=because)
            moved.append(number)
        self._watch()
        await self._keep_follow_ups()
        if flush:
            await self.uow.session.flush()
        return moved

    def _watch(self) -> None:
        """Note which days in the calendar still wait for something; see `domain.milestones`."""
        dates = self.dates
        arrived = self.order.status in ("DELIVERED", "CLOSED")
        for step in self.steps:
            row = self.rows[step.number]
            if step.takes_closed or row.skipped:
                continue
            row.waits = waits(step, self.steps, dates, arrived=arrived)
            # One that had passed is to be watched again when a step before it was reopened.
            row.is_open = row.is_open or (row.waits and self.order.status != "CLOSED")

    async def _keep_follow_ups(self) -> None:
        """A follow-up for every arrival that somebody named, none for one left out (M5)."""
        for step in self.steps:
            row = self.rows[step.number]
            if step.follow_up_days is None or step.number not in self._touched:
                continue
            if row.skipped:
                await drop_follow_up(self.uow, row.id, f"step {step.number} was skipped")
            elif row.event_on is not None and (row.confirmed or self._names_arrival(step)):
                await raise_follow_up(self.uow, self.order, row.id, step, row.event_on)
        self._touched.clear()

    def _names_arrival(self, step: MilestoneStep) -> bool:
        return step.is_arrival and AnchorEvent.ARRIVAL_EXPECTED in self.anchors.events

    async def note(
        self, fact: str, on: dt.date, *, by: str | None = None, reason: str | None = None
    ) -> list[int]:
        """Close the steps that a fact of the business stands for; the numbers of those closed.

        A fact waits for nothing: a step that had to be done before is left out as overtaken. A
        day in the calendar comes true on the fact's day. What is closed or left out stays so.
        """
        because = reason or FACT_WORDS[fact]
        noted = []
        for step in sorted(self.steps, key=lambda step: step.number):
            row = self.rows[step.number]
            ended = row.closed_on is not None or not row.is_open or self.is_over(step.number)
            if ended or not stands_for(step, fact):
                continue
            await self._overtake(step, because)
            before = dates_of(row)
            if step.takes_closed:
                close_row(row, on, by or self.uow.actor, self.uow.now)
                more = {"closedBy": row.closed_by}
                await self.changed(step.number, "CLOSED", before, reason=because, more=more)
            else:
                # What was planned stays readable: the day is late when it came after that.
                row.baseline_on = row.baseline_on or before.expected
                row.estimated_on = on if step.takes_estimate else None
                row.event_on = on if step.takes_event else None
                row.first_estimated_on = row.first_estimated_on or on
                row.confirmed = True
                await self.changed(step.number, "ESTIMATED", before, reason=because)
                row.is_open = row.waits = False
            noted.append(step.number)
        return noted

    def is_over(self, number: int) -> bool:
        """Whether a day in the calendar is behind us, also before the sweep says so."""
        row = self.rows[number]
        return is_over(
            dates_of(row).expected,
            self.today,
            takes_closed=row.takes_closed,
            waits=row.waits,
            is_open=row.is_open,
        )

    async def _overtake(self, step: MilestoneStep, because: str) -> None:
        for number in open_predecessors(step, self.steps, self.dates):
            row = self.rows[number]
            await self._overtake(self.step(number), because)
            before = dates_of(row)
            row.skipped, row.is_open = True, False
            await self.changed(number, "SKIPPED", before, reason=f"overtaken: {because}")

    async def close_by_events(self, events: Mapping[str, dt.date]) -> list[int]:
        """Close the steps whose closed date is the day of one of these events (1, 10).

        A step that still waits for another stays open, and so does one whose day is to come, or
        that closes with the order (16). Raises InvalidInput for a day before the order.
        """
        closed = []
        for step in sorted(self.steps, key=lambda step: step.number):
            day = events.get(step.closed_by_event or "")
            row = self.rows.get(step.number)
            if day is None or row is None or day > self.today:
                continue
            if row.closed_on is not None or row.skipped or step.closes_with_order:
                continue
            check_day_done(step, day, self.placed_on, self.today)
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
        before: StepFacts,
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
        self._touched.add(number)


def close_row(row: MilestoneRow, on: dt.date, by: str, at: dt.datetime) -> None:
    """Close the step of a row."""
    row.closed_on, row.closed_by, row.closed_at = on, by, at
    row.is_open = False


async def flow_of(
    uow: UnitOfWork, milestone_id: int, expected_version: int | None = None
) -> tuple[Flow, int]:
    """The locked flow that a milestone is part of, and the milestone's number in it.

    Raises NotAllowed, NotFound, Stale, or WrongState where the order has ended.
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


async def flows_of(uow: UnitOfWork, order_id: int, *, also_ended: bool = False) -> dict[int, Flow]:
    """The flows of an order by template, locked. Raises NotFound, or WrongState when it has ended.

    also_ended: for the act itself that ends the order, which has just been written.
    """
    locked = await flows.lock_orders(uow.session, [order_id])
    if not locked:
        raise NotFound("order", str(order_id), field="orderId")
    if not also_ended:
        check_goes_on(locked[0])
    _, policy = await current_policy(uow)
    return await Flow.of_order(uow, locked[0], policy)


def check_goes_on(order: flows.LockedOrder) -> None:
    """Refuse to change the steps of an order that has ended. Raises WrongState."""
    if order.status in FINAL:
        raise WrongState(
            f"Order {order.order_number} is {order.status.lower()}; its milestones stand."
        )


def require_step(principal: Principal, step: MilestoneStep) -> None:
    """Refuse who neither owns a step, nor stands in for its owner, nor may work on any."""
    doing = f"work on step {step.number}, which belongs to {step.owner_role}"
    require_department(principal, step.owner_role, doing)


def _told(dates: StepFacts, other: StepFacts) -> dict[str, Any]:
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
