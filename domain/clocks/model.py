"""What is known of one time limit, as plain values; every rule reads these and nothing else."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from domain.principals import Principal
from domain.roles import Role
from domain.tasks.vocabularies import ClockChangeKind


@dataclass(frozen=True, slots=True)
class Clock:
    """The facts of a time limit: the columns of its row, by name.

    breached_at: when its time was over, which is its due time, not when that was noticed.
    """

    owner_role: Role
    unit: str
    started_at: dt.datetime
    due_at: dt.datetime
    remind_at: dt.datetime | None = None
    reminded_at: dt.datetime | None = None
    paused_at: dt.datetime | None = None
    stopped_at: dt.datetime | None = None
    breached_at: dt.datetime | None = None
    version: int = 1

    def is_over(self, now: dt.datetime) -> bool:
        """Whether its time is over; while it is paused no time passes."""
        return self.breached_at is not None or (self.paused_at is None and self.due_at <= now)

    def reminds(self, now: dt.datetime) -> bool:
        """Whether the time of its one reminder has come."""
        if self.remind_at is None or self.reminded_at is not None or self.paused_at is not None:
            return False
        return self.remind_at <= now


@dataclass(frozen=True)
class Context:
    """Who acts on a time limit, and when."""

    principal: Principal
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class ClockEvent:
    """A line of a time limit's history: what happened to it, when and why."""

    kind: ClockChangeKind
    at: dt.datetime
    reason: str | None = None


@dataclass(frozen=True)
class Outcome:
    """A time limit before and after a command, with the events in between."""

    before: Clock
    after: Clock
    events: tuple[ClockEvent, ...] = ()

    def then(
        self, kind: ClockChangeKind, at: dt.datetime, reason: str | None = None, **facts: Any
    ) -> "Outcome":
        """And then this as well."""
        after = replace(self.after, version=self.before.version + 1, **facts)
        return Outcome(self.before, after, (*self.events, ClockEvent(kind, at, reason)))


def unchanged(clock: Clock) -> Outcome:
    """Where a command begins."""
    return Outcome(clock, clock)
