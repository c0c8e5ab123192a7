"""What people do with time limits, and what rules do with those that they started."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.clocks.due import Pause, moved_due, resumed
from domain.clocks.model import Clock, Context, Outcome, unchanged
from domain.commands import command, described
from domain.errors import DomainError, WrongState
from domain.messages import Message, msg
from domain.roles import Action
from domain.tasks.vocabularies import ClockChangeKind
from domain.work import against_reason
from domain.working_time import WorkCalendar

CLOCK = "Clock"
_WHY = "Why; needed to pause and to stop."


@command(
    "clockPause",
    Action.WORK_CLOCKS,
    subject=CLOCK,
    title=("Pause the time limit", "暂停计时"),
    history=("Time limit paused", "计时已暂停"),
)
class PauseClock:
    """Let a clock stand still while we wait for others."""

    reason: str | None = described(_WHY, default=None)

    def against(self, clock: Clock, at: Context) -> Iterator[DomainError]:
        """It runs and its time is not over; a breach stays a breach."""
        if clock.paused_at is not None:
            yield WrongState(msg("clocks.PAUSED_ALREADY"))
        elif clock.is_over(at.now):
            yield WrongState(msg("clocks.OVER"))
        yield from against_reason(self.reason, msg("clocks.PAUSING"))

    def effect(self, clock: Clock, at: Context) -> Outcome:
        """From now on no time passes."""
        reason = (self.reason or "").strip()
        return unchanged(clock).then(ClockChangeKind.PAUSED, at.now, reason, paused_at=at.now)


@command(
    "clockResume",
    Action.WORK_CLOCKS,
    subject=CLOCK,
    title=("Resume the time limit", "恢复计时"),
    history=("Time limit resumed", "计时已恢复"),
)
class ResumeClock:
    """Let a paused clock run on with the time it had left."""

    reason: str | None = described(_WHY, default=None)
    # Looked up.
    calendar: WorkCalendar | None = None

    def against(self, clock: Clock, at: Context) -> Iterator[DomainError]:
        """It is paused."""
        if clock.paused_at is None:
            yield WrongState(msg("clocks.RUNNING"))
        yield from against_reason(self.reason)

    def effect(self, clock: Clock, at: Context) -> Outcome:
        """What was left when it was paused is left now, also until its reminder."""
        if self.calendar is None:
            raise LookupError("a clock runs on by the company's calendar, which was not looked up")
        since, calendar = clock.paused_at or at.now, self.calendar
        remind_at = clock.remind_at
        if remind_at is not None and clock.reminded_at is None:
            remind_at = resumed(clock.unit, remind_at, since, at.now, calendar)
        return unchanged(clock).then(
            ClockChangeKind.RESUMED,
            at.now,
            (self.reason or "").strip() or None,
            due_at=resumed(clock.unit, clock.due_at, since, at.now, calendar),
            remind_at=remind_at,
            paused_at=None,
        )


@command(
    "clockStop",
    Action.WORK_CLOCKS,
    subject=CLOCK,
    title=("Stop the time limit", "停止计时"),
    history=("Time limit stopped", "计时已停止"),
)
class StopClock:
    """Stop a clock by hand: what it waited for is done."""

    reason: str | None = described(_WHY, default=None)

    def against(self, clock: Clock, at: Context) -> Iterator[DomainError]:
        """A reason: no other command shows that it is done."""
        yield from against_reason(self.reason, msg("clocks.STOPPING"))

    def effect(self, clock: Clock, at: Context) -> Outcome:
        """It has ended."""
        return EndClock(ClockChangeKind.STOPPED, (self.reason or "").strip()).effect(clock, at)


@dataclass(frozen=True)
class EndClock:
    """What a time limit waited for is done or begins again (STOPPED), or is not awaited (DROPPED).

    Its time may be over without a sweep having seen it: it is in breach all the same.
    """

    kind: ClockChangeKind
    reason: str | None = None

    def effect(self, clock: Clock, at: Context) -> Outcome:
        """It has ended."""
        seen = NoteBreach().effect(clock, at) if clock.is_over(at.now) else unchanged(clock)
        return seen.then(self.kind, at.now, self.reason, stopped_at=at.now)


@dataclass(frozen=True)
class NoteBreach:
    """A time limit's time is over; that is noted once."""

    def effect(self, clock: Clock, at: Context) -> Outcome:
        """It was breached when its time was over."""
        if clock.breached_at is not None or not clock.is_over(at.now):
            return unchanged(clock)
        return unchanged(clock).then(
            ClockChangeKind.BREACHED, clock.due_at, breached_at=clock.due_at
        )


@dataclass(frozen=True)
class Remind:
    """The time of a time limit's reminder has come; it reminds once."""

    def effect(self, clock: Clock, at: Context) -> Outcome:
        """It has reminded."""
        if not clock.reminds(at.now):
            return unchanged(clock)
        return unchanged(clock).then(ClockChangeKind.REMINDED, at.now, reminded_at=at.now)


@dataclass(frozen=True)
class FollowCalendar:
    """A day is declared free or working: what counts over it is as long as before (P6).

    before: the calendar until now; pauses: from when to when the time limit stood still.
    """

    before: WorkCalendar
    after: WorkCalendar
    pauses: Sequence[Pause]
    because: Message

    def effect(self, clock: Clock, at: Context) -> Outcome:
        """It is due, and reminds, where the new calendar says."""
        due_at = self._moved(clock, clock.due_at)
        remind_at = clock.remind_at
        if remind_at is not None and clock.reminded_at is None:
            remind_at = self._moved(clock, remind_at)
        if (due_at, remind_at) == (clock.due_at, clock.remind_at):
            return unchanged(clock)
        reason = msg(
            "calendar.DUE_INSTEAD",
            because=self.because,
            due=last_day(due_at, self.after),
            was=last_day(clock.due_at, self.before),
        )
        return unchanged(clock).then(
            ClockChangeKind.MOVED, at.now, reason.kept, due_at=due_at, remind_at=remind_at
        )

    def _moved(self, clock: Clock, time: dt.datetime) -> dt.datetime:
        return moved_due(clock.unit, clock.started_at, time, self.pauses, self.before, self.after)


def last_day(due_at: dt.datetime, calendar: WorkCalendar) -> dt.date:
    """The day that ends at a due time: a day is over at the midnight after it."""
    return calendar.local_date(due_at - dt.timedelta(microseconds=1))
