"""Where a step of an order stands on a given day (M7)."""

import datetime as dt

from domain.milestones.vocabularies import MilestoneState


def expected_on(
    estimated_on: dt.date | None, event_on: dt.date | None, reckoned_on: dt.date | None = None
) -> dt.date | None:
    """The day a step is expected: its estimate, else its calendar event, else what is reckoned.

    reckoned_on: what the rules give for a step that shows neither, such as 10 and 16.
    """
    if estimated_on is not None:
        return estimated_on
    return event_on if event_on is not None else reckoned_on


def is_over(
    expected: dt.date | None,
    today: dt.date,
    *,
    takes_closed: bool,
    waits: bool,
    is_open: bool,
) -> bool:
    """Whether a step that takes no closed date, such as 8 and 17, is behind us.

    It is a day in the calendar: over when its day is, unless something that it waits for is still
    open. One that a fact ended, such as a delivery, is over on that day already.
    """
    if takes_closed or waits or expected is None:
        return False
    return expected < today or (not is_open and expected == today)


def milestone_state(
    expected: dt.date | None,
    closed_on: dt.date | None,
    skipped: bool,
    today: dt.date,
    due_soon_days: int,
    *,
    takes_closed: bool = True,
    baseline: dt.date | None = None,
    waits: bool = False,
    is_open: bool = True,
) -> MilestoneState:
    """Where a step stands today (M7). A step closed on its expected day is on time.

    waits: what a day in the calendar waits for is still open; when the day has passed, it is
    overdue. Over, it is late when it came after its baseline.
    is_open: false once its order is closed or cancelled, and nobody will do it any more.
    """
    if skipped:
        return MilestoneState.SKIPPED
    if closed_on is not None:
        return (
            MilestoneState.CLOSED_LATE
            if expected is not None and closed_on > expected
            else MilestoneState.CLOSED_ON_TIME
        )
    if expected is None:
        return MilestoneState.NOT_STARTED
    if is_over(expected, today, takes_closed=takes_closed, waits=waits, is_open=is_open):
        return (
            MilestoneState.CLOSED_LATE
            if baseline is not None and expected > baseline
            else MilestoneState.CLOSED_ON_TIME
        )
    if not is_open:
        return MilestoneState.NOT_STARTED
    if expected < today:
        return MilestoneState.OVERDUE
    return (
        MilestoneState.DUE_SOON
        if (expected - today).days <= due_soon_days
        else MilestoneState.NOT_STARTED
    )


def days_late(
    expected: dt.date | None,
    closed_on: dt.date | None,
    today: dt.date,
    *,
    takes_closed: bool = True,
    baseline: dt.date | None = None,
    waits: bool = False,
    is_open: bool = True,
) -> int | None:
    """Days late (positive) or left (negative); None where no day is expected any more (M7)."""
    if expected is None:
        return None
    if closed_on is not None:
        return (closed_on - expected).days
    if is_over(expected, today, takes_closed=takes_closed, waits=waits, is_open=is_open):
        return 0 if baseline is None else (expected - baseline).days
    return (today - expected).days if is_open else None


def slip_days(
    first: dt.date | None, baseline: dt.date | None, current: dt.date | None
) -> int | None:
    """How far the day in force is behind what was planned: the baseline, else the first estimate.

    Negative when it is earlier than planned; None where nothing was planned or is expected.
    """
    planned = baseline if baseline is not None else first
    if planned is None or current is None:
        return None
    return (current - planned).days
