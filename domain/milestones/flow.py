"""Closing, reopening and skipping steps, and what comes next on an order (M4, M7)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.errors import DomainError, InvalidInput, WrongState
from domain.limits import TEXT
from domain.milestones.projection import Anchors, Dates, Delay, StepDates, delayed_by
from domain.milestones.steps import MilestoneStep
from domain.working_time import WorkCalendar


class PredecessorsOpen(DomainError):
    """A step can't close before those that it waits for, unless a manager says why."""

    code = "PREDECESSORS_OPEN"

    def __init__(self, number: int, waiting_for: Sequence[int]) -> None:
        steps = ", ".join(str(each) for each in waiting_for)
        super().__init__(
            f"Step {number} waits for step {steps}: close that first, or have a manager override "
            "it with a reason.",
            field="override",
        )
        self.number = number
        self.waiting_for = tuple(waiting_for)


class AlreadyClosed(DomainError):
    """Somebody else closed the step first."""

    code = "ALREADY_CLOSED"

    def __init__(self, number: int, closed_by: str, closed_on: dt.date, at: dt.datetime | None):
        when = f" at {at:%Y-%m-%d %H:%M} UTC" if at is not None else ""
        super().__init__(
            f"Step {number} was closed first by {closed_by}{when}, with the date "
            f"{closed_on.isoformat()}. Reopen it to change that."
        )
        self.number = number
        self.closed_by = closed_by
        self.closed_on = closed_on
        self.closed_at = at


class PinnedEstimate(DomainError):
    """The first confirmed estimate of a step never changes (step 9)."""

    code = "ESTIMATE_PINNED"

    def __init__(self, number: int, estimated_on: dt.date) -> None:
        super().__init__(
            f"The first confirmed estimate of step {number}, {estimated_on.isoformat()}, never "
            "changes: record the vendor's new date beside it.",
            field="estimatedOn",
        )
        self.number = number
        self.estimated_on = estimated_on


def open_predecessors(
    step: MilestoneStep, steps: Sequence[MilestoneStep], dates: Dates
) -> list[int]:
    """The steps that a step still waits for.

    One that takes no closed date can't be closed at all: in its place stands what it waits for.
    """
    by_number = {each.number: each for each in steps}
    found: set[int] = set()
    asked, seen = list(step.predecessors), set(step.predecessors)
    while asked:
        before = by_number[asked.pop()]
        known = dates.get(before.number)
        if known is None or known.closed_on is not None or known.skipped:
            continue
        if before.takes_closed:
            found.add(before.number)
        else:
            asked += [each for each in before.predecessors if each not in seen]
            seen |= set(before.predecessors)
    return sorted(found)


def check_closing(step: MilestoneStep, closed_on: dt.date, today: dt.date) -> None:
    """A step that takes a closed date, and a day that has come (M4)."""
    if not step.takes_closed:
        raise InvalidInput(
            f"Step {step.number} takes no closed date: it is a day in the calendar.", field="id"
        )
    if closed_on > today:
        raise InvalidInput(
            f"{closed_on.isoformat()} is still to come; a step is closed when it is done.",
            field="closedOn",
        )


def check_estimate(
    step: MilestoneStep,
    known: StepDates,
    estimated_on: dt.date | None,
    event_on: dt.date | None,
) -> None:
    """The fields a step takes, an open step, and the estimate that never changes (M1, M2)."""
    if estimated_on is None and event_on is None:
        raise InvalidInput("Give an estimated day, or the day of the event.", field="estimatedOn")
    if estimated_on is not None and not step.takes_estimate:
        raise InvalidInput(f"Step {step.number} takes no estimate.", field="estimatedOn")
    if event_on is not None and not step.takes_event:
        raise InvalidInput(f"Step {step.number} takes no calendar event.", field="eventOn")
    if known.closed_on is not None:
        raise WrongState(f"Step {step.number} is closed: reopen it before you move its day.")
    if known.skipped:
        raise WrongState(f"Step {step.number} is skipped: reopen it before you give it a day.")
    if (
        step.keeps_first_estimate
        and known.confirmed
        and known.estimated_on is not None
        and estimated_on != known.estimated_on
    ):
        raise PinnedEstimate(step.number, known.estimated_on)


def reason_given(reason: str | None, what: str) -> str:
    """The reason; a refusal where there is none."""
    words = (reason or "").strip()
    if not words:
        raise InvalidInput(f"{what} needs a reason.", field="reason")
    if len(words) > TEXT:
        raise InvalidInput(f"A reason has {TEXT} characters at most.", field="reason")
    return words


def is_waiting(step: MilestoneStep, known: StepDates, today: dt.date) -> bool:
    """Whether a step is still to be done; a day in the calendar is, until it has passed."""
    if known.closed_on is not None or known.skipped:
        return False
    expected = known.expected
    return step.takes_closed or expected is None or expected >= today


def critical_next(
    steps: Sequence[MilestoneStep], dates: Dates, today: dt.date
) -> MilestoneStep | None:
    """The order's critical next step (M7): open, not waiting for another, the first due.

    Where no day is expected the flow decides: the lowest number.
    """
    waiting = [
        step
        for step in steps
        if step.number in dates and is_waiting(step, dates[step.number], today)
    ]
    ready = [step for step in waiting if not open_predecessors(step, steps, dates)]
    return min(
        ready or waiting,
        key=lambda step: (dates[step.number].expected or dt.date.max, step.number),
        default=None,
    )


@dataclass(frozen=True)
class Late:
    """An overdue step and what it delays."""

    step: MilestoneStep
    days: int
    delays: tuple[Delay, ...]


def late_steps(
    steps: Sequence[MilestoneStep],
    dates: Mapping[int, StepDates],
    anchors: Anchors,
    calendar: WorkCalendar,
    today: dt.date,
) -> list[Late]:
    """Every overdue step of an order with what it delays if it is done today at the earliest."""
    found = []
    for step in steps:
        known = dates.get(step.number)
        if known is None or not step.takes_closed or not is_waiting(step, known, today):
            continue
        expected = known.expected
        if expected is not None and expected < today:
            delays = delayed_by(steps, dates, anchors, calendar, step.number, today)
            found.append(Late(step, (today - expected).days, tuple(delays)))
    return sorted(found, key=lambda late: (-late.days, late.step.number))
