"""Estimates follow their anchors until they are confirmed, and what comes after follows (M2).

Everything here is a pure function of the template, the order's days so far, and the calendar.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter

from domain.milestones.model import Anchors, Facts, StepFacts
from domain.milestones.steps import WORKING, EstimateRule, MilestoneStep
from domain.working_time import WorkCalendar


def reschedule(
    steps: Sequence[MilestoneStep], dates: Facts, anchors: Anchors, calendar: WorkCalendar
) -> dict[int, StepFacts]:
    """All steps with their estimates as the rules have them now.

    Closed, skipped and confirmed steps keep their days. A step whose rules know no day keeps the
    estimate it has. The first estimate a step ever got is kept beside the one in force.
    """
    found = dict(dates)
    _days(steps, found, anchors, calendar)
    return found


def _days(
    steps: Sequence[MilestoneStep],
    found: dict[int, StepFacts],
    anchors: Anchors,
    calendar: WorkCalendar,
) -> dict[int, dt.date | None]:
    """Project into `found`; the day each step has to be reckoned with, shown or not."""
    by_number = {step.number: step for step in steps}
    days: dict[int, dt.date | None] = {}
    for number in in_order(steps):
        step, known = by_number[number], found.get(number, StepFacts())
        day = known.effective
        if known.closed_on is None and not known.confirmed and not known.skipped:
            ruled = first_ruled(step, days, anchors, calendar)
            if ruled is not None:
                known = estimated(step, known, ruled)
                day = known.reported_on or ruled
        found[number] = known
        # A skipped step takes no time: what hangs on it hangs on what it would have waited for.
        days[number] = day if not known.skipped else first_ruled(step, days, anchors, calendar)
    return days


def estimated(step: MilestoneStep, known: StepFacts, day: dt.date) -> StepFacts:
    """A step with a new estimate in the fields it takes; its first estimate stays."""
    if not step.takes_estimate and not step.takes_event:
        return replace(known, reckoned_on=day)
    return replace(
        known,
        estimated_on=day if step.takes_estimate else known.estimated_on,
        event_on=day if step.takes_event else known.event_on,
        first_estimated_on=known.first_estimated_on or day,
    )


def first_ruled(
    step: MilestoneStep,
    days: Mapping[int, dt.date | None],
    anchors: Anchors,
    calendar: WorkCalendar,
) -> dt.date | None:
    """What the first of a step's rules that knows a day says."""
    for rule in step.estimate_rules:
        start = (
            days.get(rule.step) if rule.step is not None else anchors.events.get(rule.event or "")
        )
        length = _length(rule, anchors)
        if start is not None and length is not None:
            return _shift(start, length, rule.unit, calendar)
    return None


def in_order(steps: Sequence[MilestoneStep]) -> list[int]:
    """The steps' numbers, each after those that its estimate hangs on.

    Raises graphlib.CycleError when estimates hang on each other; a checked template has none.
    """
    known = {step.number for step in steps}
    graph = {
        step.number: sorted(
            rule.step
            for rule in step.estimate_rules
            if rule.step is not None and rule.step in known
        )
        for step in sorted(steps, key=lambda step: step.number)
    }
    return list(TopologicalSorter(graph).static_order())


@dataclass(frozen=True, slots=True)
class Delay:
    """What happens to one step because another is late."""

    number: int
    expected_on: dt.date
    now_on: dt.date

    @property
    def days(self) -> int:
        """How many days later than expected."""
        return (self.now_on - self.expected_on).days


def delayed_by(
    steps: Sequence[MilestoneStep],
    dates: Facts,
    anchors: Anchors,
    calendar: WorkCalendar,
    number: int,
    until: dt.date,
) -> list[Delay]:
    """What a step delays if it is done no earlier than `until` (M7).

    Also counts days that do not follow: confirmed ones, and those that an event gave. Nobody has
    moved them yet, but they can no longer be kept.
    """
    late = dates.get(number, StepFacts())
    if late.closed_on is not None or late.skipped:
        return []
    before: dict[int, StepFacts] = dict(dates)
    planned = _days(steps, before, anchors, calendar)
    # Each later step at the later of its own day and what the rules now say.
    days: dict[int, dt.date | None] = {}
    moved = []
    by_number = {step.number: step for step in steps}
    downstream = _downstream(steps, number)
    earliest = _earliest(steps, planned, anchors, calendar)
    for each in _by_dependence(steps):
        own = planned[each]
        if each == number:
            days[each] = max(own, until) if own is not None else until
            continue
        days[each] = own
        known = before[each]
        if each not in downstream or known.closed_on is not None or own is None:
            continue
        before_it = _flow_day(by_number[each], days, anchors, calendar)
        planned_so = earliest[each]
        if before_it is None or planned_so is None:
            continue
        # A day may have been set ahead of its flow; only what comes on top of that is a delay.
        late_by = (before_it - max(own, planned_so)).days
        if late_by > 0:
            days[each] = own + dt.timedelta(days=late_by)
            if not known.skipped:
                moved.append(Delay(each, own, own + dt.timedelta(days=late_by)))
    return sorted(moved, key=lambda delay: (delay.expected_on, delay.number))


def _earliest(
    steps: Sequence[MilestoneStep],
    planned: Mapping[int, dt.date | None],
    anchors: Anchors,
    calendar: WorkCalendar,
) -> dict[int, dt.date | None]:
    return {step.number: _flow_day(step, planned, anchors, calendar) for step in steps}


def _flow_day(
    step: MilestoneStep,
    days: Mapping[int, dt.date | None],
    anchors: Anchors,
    calendar: WorkCalendar,
) -> dt.date | None:
    """The day on which a step can be, after the steps that it hangs on; None where none is known.

    Of rules that name steps the first that knows a day decides; a day in the calendar waits for
    all of them. A term that nobody agreed on takes no time.
    """
    found = [day for before in step.predecessors if (day := days.get(before)) is not None]
    for rule in step.estimate_rules:
        start = None if rule.step is None else days.get(rule.step)
        if start is not None:
            found.append(_shift(start, _length(rule, anchors) or 0, rule.unit, calendar))
            if step.takes_closed:
                break
    return max(found, default=None)


def plan_backward(
    steps: Sequence[MilestoneStep],
    dates: Facts,
    anchors: Anchors,
    calendar: WorkCalendar,
    target: int,
    wanted_on: dt.date,
) -> dict[int, dt.date]:
    """The last day for each open step on the way to `target`, so that it is reached as wanted.

    A step must leave time for every step whose estimate may hang on it, and be done by the day of
    those that it precedes.
    """
    latest: dict[int, dt.date] = {target: wanted_on}
    by_number = {step.number: step for step in steps}
    for number in reversed(_by_dependence(steps)):
        day = latest.get(number)
        if day is None:
            continue
        step = by_number[number]
        needed: list[tuple[int, dt.date]] = [(before, day) for before in step.predecessors]
        for rule in step.estimate_rules:
            if rule.step is not None:
                # A term that nobody has agreed on takes no time; `missing_terms` names it.
                length = _length(rule, anchors) or 0
                needed.append((rule.step, _shift_back(day, length, rule.unit, calendar)))
        for before, by in needed:
            latest[before] = min(by, latest.get(before, by))
    open_steps = {
        number
        for number in latest
        if dates.get(number, StepFacts()).closed_on is None
        and not dates.get(number, StepFacts()).skipped
    }
    return {number: latest[number] for number in sorted(open_steps)}


def missing_terms(steps: Sequence[MilestoneStep], anchors: Anchors) -> list[str]:
    """The terms of the contract that rules of these steps name and the order does not have."""
    named = {rule.term for step in steps for rule in step.estimate_rules if rule.term is not None}
    return sorted(named - set(anchors.terms))


def steps_without_rule(
    steps: Sequence[MilestoneStep], dates: Facts, anchors: Anchors, calendar: WorkCalendar
) -> set[int]:
    """The steps whose rules know no day yet: only people or a backward plan can give them one."""
    days = _days(steps, dict(dates), anchors, calendar)
    return {step.number for step in steps if first_ruled(step, days, anchors, calendar) is None}


def _downstream(steps: Sequence[MilestoneStep], number: int) -> set[int]:
    """All steps that hang on a step, directly or through others."""
    by_number = {step.number: step for step in steps}
    found = {number}
    for each in _by_dependence(steps):
        if not found.isdisjoint(by_number[each].hangs_on):
            found.add(each)
    return found - {number}


def _by_dependence(steps: Iterable[MilestoneStep]) -> list[int]:
    """Each step after its predecessors and after what its estimate hangs on."""
    known = {step.number for step in steps}
    graph = {
        step.number: sorted(step.hangs_on & known)
        for step in sorted(steps, key=lambda step: step.number)
    }
    return list(TopologicalSorter(graph).static_order())


def _length(rule: EstimateRule, anchors: Anchors) -> int | None:
    if rule.term is None:
        return rule.days
    agreed = anchors.terms.get(rule.term)
    return None if agreed is None else agreed + rule.days


def _shift(day: dt.date, days: int, unit: str, calendar: WorkCalendar) -> dt.date:
    return calendar.day_after(day, days) if unit == WORKING else day + dt.timedelta(days=days)


def _shift_back(day: dt.date, days: int, unit: str, calendar: WorkCalendar) -> dt.date:
    """The last day from which `_shift` arrives no later than `day`."""
    if unit != WORKING:
        return day - dt.timedelta(days=days)
    # What must arrive by a Sunday must arrive by the Friday before.
    while not calendar.works_on(day):
        day -= dt.timedelta(days=1)
    return calendar.day_after(day, -days) if days else day
