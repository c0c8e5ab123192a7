"""What stands against changing a step: its state, its day, those that it waits for (M1, M2, M4)."""

import datetime as dt
from collections.abc import Iterator, Sequence

from domain.errors import DomainError, InvalidInput, WrongState
from domain.messages import msg
from domain.milestones.model import Facts, StepFacts
from domain.milestones.steps import MilestoneStep
from domain.objections import Objection

# Steps that come before the order itself, and how long before it they may be. Ours: a year.
BEFORE_THE_ORDER = frozenset({"COMMUNICATION_INITIATED", "ENQUIRY", "QUOTATION"})
LONGEST_TALK = dt.timedelta(days=366)
EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2200, 1, 1)


class PredecessorsOpen(DomainError):
    """A step can't close before those that it waits for, unless a manager says why."""

    code = "PREDECESSORS_OPEN"

    def __init__(self, number: int, waiting_for: Sequence[int]) -> None:
        steps = ", ".join(str(each) for each in waiting_for)
        super().__init__(
            msg("milestones.STEP_WAITS", number=number, steps=steps),
            field="override",
        )
        self.number = number
        self.waiting_for = tuple(waiting_for)


class AlreadyClosed(DomainError):
    """Another person closed the step first."""

    code = "ALREADY_CLOSED"

    def __init__(self, number: int, closed_by: str, closed_on: dt.date, at: dt.datetime | None):
        when = msg("milestones.AT_TIME", at=at) if at is not None else ""
        super().__init__(
            msg(
                "milestones.CLOSED_FIRST",
                number=number,
                person=closed_by,
                when=when,
                closed_on=closed_on,
            )
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
            msg("milestones.FIRST_ESTIMATE_STAYS", number=number, day=estimated_on),
            field="estimatedOn",
        )
        self.number = number
        self.estimated_on = estimated_on


def open_predecessors(
    step: MilestoneStep, steps: Sequence[MilestoneStep], facts: Facts
) -> list[int]:
    """The steps that a step still waits for.

    One that takes no closed date can't be closed at all: in its place stands what it waits for.
    """
    by_number = {each.number: each for each in steps}
    found: set[int] = set()
    asked, seen = list(step.predecessors), set(step.predecessors)
    while asked:
        before, known = by_number.get(asked[-1]), facts.get(asked.pop())
        # An order that came from elsewhere may have some of the steps only.
        if before is None or known is None or known.has_ended:
            continue
        if before.takes_closed:
            found.add(before.number)
        else:
            asked += [each for each in before.predecessors if each not in seen]
            seen |= set(before.predecessors)
    return sorted(found)


def against_closing(
    step: MilestoneStep, closed_on: dt.date, placed_on: dt.date, today: dt.date
) -> Iterator[DomainError]:
    """What is wrong with a step or day for closing: people close it, on a day that came (M4)."""
    if not step.takes_closed:
        yield InvalidInput(msg("milestones.NO_CLOSED_DATE", number=step.number), field="id")
    if step.closes_with_order:
        yield WrongState(msg("milestones.CLOSED_BY_ORDER", number=step.number))
    yield from against_closing_day(step, closed_on, placed_on, today)


def against_closing_day(
    step: MilestoneStep, closed_on: dt.date, placed_on: dt.date, today: dt.date
) -> Iterator[DomainError]:
    """The day something was done has come, and is not before the order was placed (M4)."""
    objection = object_to_closing_day(step, closed_on, placed_on, today)
    if objection is not None:
        yield InvalidInput(objection.about(closed_on), field="closedOn")


def object_to_closing_day(
    step: MilestoneStep, closed_on: dt.date, placed_on: dt.date, today: dt.date
) -> Objection | None:
    """A step is closed on a day that has come, of its order or, for a talk, shortly before it."""
    earliest = placed_on - (LONGEST_TALK if step.code in BEFORE_THE_ORDER else dt.timedelta(0))
    if closed_on < earliest:
        return Objection(
            msg("milestones.TOO_EARLY", placed_on=placed_on),
            msg("milestones.DONE_ON_OR_AFTER", number=step.number, earliest=earliest),
        )
    if closed_on > today:
        return Objection(msg("values.STILL_TO_COME"), msg("milestones.CLOSED_WHEN_DONE"))
    return None


def against_estimate(
    step: MilestoneStep,
    known: StepFacts,
    estimated_on: dt.date | None,
    event_on: dt.date | None,
) -> Iterator[DomainError]:
    """The fields a step takes, an open step, and the estimate that never changes (M1, M2)."""
    if estimated_on is None and event_on is None:
        yield InvalidInput(msg("milestones.GIVE_ESTIMATE"), field="estimatedOn")
    if estimated_on is not None and not step.takes_estimate:
        yield InvalidInput(msg("milestones.NO_ESTIMATE", number=step.number), field="estimatedOn")
    if event_on is not None and not step.takes_event:
        yield InvalidInput(msg("milestones.NO_EVENT", number=step.number), field="eventOn")
    if known.closed_on is not None:
        yield WrongState(msg("milestones.CLOSED_DAY", number=step.number))
    if known.skipped:
        yield WrongState(msg("milestones.SKIPPED_DAY", number=step.number))
    if (
        step.keeps_first_estimate
        and known.confirmed
        and known.estimated_on is not None
        and estimated_on != known.estimated_on
    ):
        yield PinnedEstimate(step.number, known.estimated_on)
    for day in (estimated_on, event_on):
        yield from against_day(day)


def against_day(day: dt.date | None) -> Iterator[DomainError]:
    """A day lies where orders do, not in another age."""
    if day is not None and not EARLIEST <= day <= LATEST:
        yield InvalidInput(msg("milestones.NO_DAY_OF_ORDER", day=day), field="estimatedOn")


def waits(
    step: MilestoneStep, steps: Sequence[MilestoneStep], facts: Facts, *, arrived: bool
) -> bool:
    """Whether something that a day in the calendar waits for is still open (8, 17).

    8 waits for the packaging and the vendors, 17 for the dispatch and until the order has arrived.
    A step that people close waits by `open_predecessors` instead.
    """
    if step.takes_closed:
        return False
    if step.is_arrival and not arrived:
        return True
    by_number = {each.number: each for each in steps}
    return any(
        known.closed_on is None and not known.skipped and by_number[number].takes_closed
        for number in step.hangs_on
        if (known := facts.get(number)) is not None
    )
