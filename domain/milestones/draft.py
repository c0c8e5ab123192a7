"""What a command makes of an order's steps: new facts, the events that lead to them, tasks."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.messages import Message, msg
from domain.milestones.guards import open_predecessors, waits
from domain.milestones.history import StepEvent, difference
from domain.milestones.model import Context, Milestone, OrderMilestones, Plan, StepFacts, VendorDate
from domain.milestones.order_events import EVENT_SENTENCES, closes
from domain.milestones.schedule import reschedule
from domain.milestones.states import is_over
from domain.milestones.steps import MilestoneStep
from domain.milestones.vocabularies import AnchorEvent, MilestoneChangeKind
from domain.orders.vocabularies import OrderStatus


@dataclass(frozen=True, slots=True)
class FollowUpDue:
    """The salesperson asks for the next order on a day, counted from an arrival (M5)."""

    number: int
    due_on: dt.date
    event_on: dt.date


@dataclass(frozen=True, slots=True)
class FollowUpDropped:
    """The arrival was left out, so nobody follows it up (M5)."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class VendorDateMoved:
    """A vendor has another date than its first; the salesperson is notified (M2).

    nth: which date of the step it is.
    """

    number: int
    vendor: str
    first_on: dt.date | None
    promised_on: dt.date
    nth: int
    due_on: dt.date


Task = FollowUpDue | FollowUpDropped | VendorDateMoved


@dataclass(frozen=True)
class Outcome:
    """An order's steps before and after a command, with the events in between and tasks due."""

    before: OrderMilestones
    after: OrderMilestones
    events: tuple[StepEvent, ...] = ()
    tasks: tuple[Task, ...] = ()

    @property
    def changed(self) -> list[int]:
        """The numbers of the steps that have an event."""
        return sorted({event.number for event in self.events})

    def then(self, following: "Outcome") -> "Outcome":
        """Both as one; the other began where this one ended."""
        return Outcome(
            self.before,
            following.after,
            (*self.events, *following.events),
            (*self.tasks, *following.tasks),
        )


class Draft:
    """An order's steps while a command changes them; what it began with stays as it was."""

    def __init__(self, before: OrderMilestones, at: Context) -> None:
        self._before = before
        self.at = at
        self.steps = before.steps
        self.facts: dict[int, StepFacts] = dict(before.facts)
        self.plan = before.plan
        self._vendor_dates = list(before.vendor_dates)
        self._events: list[StepEvent] = []
        self._tasks: list[Task] = []

    @property
    def order(self) -> OrderMilestones:
        """The order's steps as they are by now."""
        return replace(
            self._before,
            facts=self.facts,
            plan=self.plan,
            vendor_dates=tuple(self._vendor_dates),
        )

    def outcome(self) -> Outcome:
        """What came of it."""
        after = self.order
        tasks = (*self._tasks, *_follow_ups(self._before, after))
        return Outcome(self._before, after, tuple(self._events), tasks)

    def milestone(self, number: int) -> Milestone:
        """A step among the others as they are by now."""
        return Milestone(self.order, number)

    def add_task(self, task: Task) -> None:
        """Have a task raised or dropped."""
        self._tasks.append(task)

    def start(self, number: int, owner_person_id: int | None) -> None:
        """Begin a step."""
        facts = self.facts[number] = StepFacts(owner_person_id=owner_person_id)
        _, after = difference(StepFacts(), facts)
        self._events.append(
            StepEvent(number, MilestoneChangeKind.STARTED, None, None, after or None)
        )

    def change(
        self,
        number: int,
        kind: MilestoneChangeKind,
        *,
        reason: str | None = None,
        details: Mapping[str, Any] | None = None,
        **facts: Any,
    ) -> None:
        """Give a step these facts, with the event for its history."""
        before = self.facts[number]
        now: StepFacts = replace(before, **facts, version=before.version + 1)
        moved_ahead = (
            now.expected is not None
            and now.expected != before.expected
            and now.expected >= self.at.today
        )
        step = self._before.step(number)
        if moved_ahead and not step.takes_closed and not now.has_ended and "is_open" not in facts:
            # A day in the calendar that moved ahead again is to be watched again.
            now = replace(now, is_open=True)
        self.facts[number] = now
        old, new = difference(before, now)
        self._events.append(StepEvent(number, kind, reason, old, {**new, **(details or {})}))

    def close(
        self, number: int, on: dt.date, by: str, *, reason: str | None = None, **more: Any
    ) -> None:
        """Close a step."""
        self.change(
            number,
            MilestoneChangeKind.CLOSED,
            reason=reason,
            closed_on=on,
            closed_by=by,
            closed_at=self.at.now,
            is_open=False,
            **more,
        )

    def skip(self, number: int, reason: str) -> None:
        """Leave a step out."""
        self.change(number, MilestoneChangeKind.SKIPPED, reason=reason, skipped=True, is_open=False)

    def end_day(self, number: int) -> None:
        """Watch a day in the calendar no longer: it is over, which needs no event."""
        self.facts[number] = replace(self.facts[number], is_open=False)

    def put_in_force(
        self,
        events: Mapping[str, dt.date] | None = None,
        terms: Mapping[str, int] | None = None,
        wanted_on: dt.date | None = None,
    ) -> None:
        """Put these days and terms in force beside those that are."""
        plan = self.plan or Plan()
        self.plan = Plan(
            {**plan.events, **(events or {})},
            {**plan.terms, **(terms or {})},
            wanted_on or plan.wanted_on,
        )

    def record_vendor_date(self, number: int, vendor: str, promised_on: dt.date) -> None:
        """Keep a day that a vendor gave."""
        self._vendor_dates.append(VendorDate(number, vendor, promised_on))

    def reschedule(self, because: str) -> None:
        """Let every estimate follow its anchors.

        because: what moved, for the history of the steps that follow it.
        """
        anchors = self.order.anchors(self.at.terms)
        found = reschedule(self.steps, self.facts, anchors, self.at.calendar)
        for number, now in found.items():
            before = self.facts.get(number)
            if before is None or now == before:
                continue
            if now.reckoned_on != before.reckoned_on:
                # No day of its own: nobody stands by it, so it makes no history.
                self.facts[number] = now
                continue
            self.change(
                number,
                MilestoneChangeKind.PROJECTED,
                reason=because,
                estimated_on=now.estimated_on,
                event_on=now.event_on,
                first_estimated_on=now.first_estimated_on,
            )
        self._watch()

    def _watch(self) -> None:
        """Note which days in the calendar still wait for something; see `guards.waits`."""
        status = self._before.order_status
        arrived = status in (OrderStatus.DELIVERED, OrderStatus.CLOSED)
        for step in self.steps:
            known = self.facts[step.number]
            if step.takes_closed or known.skipped:
                continue
            still = waits(step, self.steps, self.facts, arrived=arrived)
            # One that had passed is to be watched again when a step before it was reopened.
            is_open = known.is_open or (still and status != OrderStatus.CLOSED)
            self.facts[step.number] = replace(known, waits=still, is_open=is_open)

    def note(self, event: str, on: dt.date, *, by: str | None = None) -> None:
        """Close the steps that an event of the order closes.

        It waits for nothing: a step that had to be done before is left out as overtaken. A day in
        the calendar comes true on the event's day. What is closed or left out stays so.
        """
        because = EVENT_SENTENCES[event].kept
        for step in sorted(self.steps, key=lambda step: step.number):
            known = self.facts[step.number]
            ended = known.closed_on is not None or not known.is_open or self.is_over(step)
            if ended or not closes(event, step):
                continue
            self._overtake(step, because)
            if step.takes_closed:
                self.close(step.number, on, by or self.at.actor, reason=because)
                continue
            # What was planned stays readable: the day is late when it came after that.
            self.change(
                step.number,
                MilestoneChangeKind.ESTIMATED,
                reason=because,
                baseline_on=known.baseline_on or known.expected,
                estimated_on=on if step.takes_estimate else None,
                event_on=on if step.takes_event else None,
                first_estimated_on=known.first_estimated_on or on,
                confirmed=True,
                is_open=False,
                waits=False,
            )

    def _overtake(self, step: MilestoneStep, because: str) -> None:
        for number in open_predecessors(step, self.steps, self.facts):
            self._overtake(self._before.step(number), because)
            self.skip(number, msg("milestones.OVERTAKEN", because=Message.from_kept(because)).kept)

    def is_over(self, step: MilestoneStep) -> bool:
        """Whether a day in the calendar is behind us, also before the sweep says so."""
        known = self.facts[step.number]
        return is_over(
            known.expected,
            self.at.today,
            takes_closed=step.takes_closed,
            waits=known.waits,
            is_open=known.is_open,
        )

    def closed_by_anchors(self, days: Mapping[str, dt.date]) -> list[tuple[MilestoneStep, dt.date]]:
        """The open steps whose closed date is one of these anchors' days (1, 10), with that day.

        Not one whose day is to come, nor one that closes with the order (16).
        """
        found = []
        for step in sorted(self.steps, key=lambda step: step.number):
            day = days.get(step.closed_by_event or "")
            if day is None or day > self.at.today or step.closes_with_order:
                continue
            if not self.facts[step.number].has_ended:
                found.append((step, day))
        return found

    def close_by_anchors(self, days: Mapping[str, dt.date]) -> None:
        """Close these steps; one that still waits for another stays open."""
        for step, day in self.closed_by_anchors(days):
            if not open_predecessors(step, self.steps, self.facts):
                self.close(step.number, day, self.at.actor)


def _follow_ups(before: OrderMilestones, after: OrderMilestones) -> Iterator[Task]:
    """A follow-up for every arrival whose day was named, none for one left out (M5)."""
    for step in after.steps:
        was, now = before.facts.get(step.number), after.facts[step.number]
        if step.follow_up_days is None:
            continue
        if now.skipped:
            if was is None or not was.skipped:
                yield FollowUpDropped(
                    step.number, msg("milestones.STEP_SKIPPED", number=step.number).kept
                )
            continue
        is_news = was is None or was.version != now.version or not _is_named(step, before)
        if now.event_on is not None and is_news and _is_named(step, after):
            due_on = now.event_on + dt.timedelta(days=step.follow_up_days)
            yield FollowUpDue(step.number, due_on, now.event_on)


def _is_named(step: MilestoneStep, order: OrderMilestones) -> bool:
    """Whether its day was given by a person, and is not only projected."""
    days = {} if order.plan is None else order.plan.events
    if step.is_arrival and AnchorEvent.ARRIVAL_EXPECTED in days:
        return True
    return order.facts[step.number].confirmed
