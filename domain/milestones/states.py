"""Where a step of an order stands on a given day (M7)."""

import datetime as dt

NOT_STARTED = "NOT_STARTED"
DUE_SOON = "DUE_SOON"
OVERDUE = "OVERDUE"
CLOSED_ON_TIME = "CLOSED_ON_TIME"
CLOSED_LATE = "CLOSED_LATE"
SKIPPED = "SKIPPED"
MILESTONE_STATES = (NOT_STARTED, DUE_SOON, OVERDUE, CLOSED_ON_TIME, CLOSED_LATE, SKIPPED)


def expected_on(estimated_on: dt.date | None, event_on: dt.date | None) -> dt.date | None:
    """The day a step is expected: its estimate, or its calendar event where it takes only that."""
    return estimated_on if estimated_on is not None else event_on


def milestone_state(
    expected: dt.date | None,
    closed_on: dt.date | None,
    skipped: bool,
    today: dt.date,
    due_soon_days: int,
    *,
    takes_closed: bool = True,
    baseline: dt.date | None = None,
    ended: bool = False,
) -> str:
    """Where a step stands today (M7). A step closed on its expected day is on time.

    ended: its order is closed or cancelled, and nobody will do it any more.

    A step that takes no closed date, such as 8 and 17, is a day in the calendar: it is over when
    its day is, and late when that day came after the baseline.
    """
    if skipped:
        return SKIPPED
    if closed_on is not None:
        return CLOSED_LATE if expected is not None and closed_on > expected else CLOSED_ON_TIME
    if expected is None or ended:
        return NOT_STARTED
    if expected < today:
        if takes_closed:
            return OVERDUE
        return CLOSED_LATE if baseline is not None and expected > baseline else CLOSED_ON_TIME
    if (expected - today).days <= due_soon_days:
        return DUE_SOON
    return NOT_STARTED


def days_late(
    expected: dt.date | None,
    closed_on: dt.date | None,
    today: dt.date,
    *,
    takes_closed: bool = True,
    baseline: dt.date | None = None,
    ended: bool = False,
) -> int | None:
    """Days late (positive) or left (negative); None where no day is expected any more (M7)."""
    if expected is None or (ended and closed_on is None):
        return None
    if closed_on is None and not takes_closed and expected < today:
        return 0 if baseline is None else (expected - baseline).days
    return ((closed_on or today) - expected).days


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
