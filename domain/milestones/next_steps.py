"""What comes next on an order, and what its late steps delay (M7)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.milestones.model import Anchors, Facts, StepFacts
from domain.milestones.schedule import Delay, delayed_by
from domain.milestones.steps import MilestoneStep
from domain.working_time import WorkCalendar


def is_waiting(step: MilestoneStep, known: StepFacts, today: dt.date) -> bool:
    """Whether a step is still to be done; a day in the calendar is, until it is over."""
    if known.closed_on is not None or known.skipped or not known.is_open:
        return False
    expected = known.expected
    return step.takes_closed or known.waits or expected is None or expected >= today


def _is_ready(step: MilestoneStep, steps: Sequence[MilestoneStep], dates: Facts) -> bool:
    """Whether a step can be done next: nothing that it hangs on is still to be done.

    Wider than what closing asks for: 12 may be closed before 11, yet it is not what comes next.
    What a skipped step would have waited for counts in its place.
    """
    by_number = {each.number: each for each in steps}
    asked, seen = list(step.hangs_on), set(step.hangs_on)
    while asked:
        before, known = by_number.get(asked[-1]), dates.get(asked.pop())
        if before is None or known is None or known.closed_on is not None:
            continue
        if known.skipped:
            asked += before.hangs_on - seen
            seen |= before.hangs_on
        elif before.takes_closed or known.waits:
            return False
    return True


def critical_next(
    steps: Sequence[MilestoneStep], dates: Facts, today: dt.date
) -> MilestoneStep | None:
    """The order's critical next step (M7): open, hanging on no open one, the first due.

    Where no day is expected the flow decides: the lowest number.
    """
    waiting = [
        step
        for step in steps
        if step.number in dates and is_waiting(step, dates[step.number], today)
    ]
    ready = [step for step in waiting if _is_ready(step, steps, dates)]
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
    dates: Mapping[int, StepFacts],
    anchors: Anchors,
    calendar: WorkCalendar,
    today: dt.date,
) -> list[Late]:
    """Every overdue step of an order with what it delays if it is done today at the earliest."""
    found = []
    for step in steps:
        known = dates.get(step.number)
        if known is None or not is_waiting(step, known, today):
            continue
        expected = known.expected
        if expected is not None and expected < today:
            delays = delayed_by(steps, dates, anchors, calendar, step.number, today)
            found.append(Late(step, (today - expected).days, tuple(delays)))
    return sorted(found, key=lambda late: (-late.days, late.step.number))
