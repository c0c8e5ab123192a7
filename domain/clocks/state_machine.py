"""What a command makes of a time limit, and what can't be true of one (O15, O16)."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Protocol

from domain.clocks.definitions import ClockDefinition
from domain.clocks.due import due_times
from domain.clocks.model import Clock, ClockEvent, Context, Outcome
from domain.errors import DomainError, InvalidInput, refuse_for
from domain.messages import msg
from domain.roles import Role, require_department
from domain.tasks.vocabularies import ClockChangeKind
from domain.working_time import WorkCalendar


class ClockCommand(Protocol):
    """Something that people do to a time limit."""

    def against(self, clock: Clock, at: Context) -> Iterator[DomainError]:
        """Every reason against it."""

    def effect(self, clock: Clock, at: Context) -> Outcome:
        """What it does, where there is no reason against it."""


def apply(clock: Clock, command: ClockCommand, at: Context) -> Outcome:
    """The time limit after a command; the one given is never changed.

    Raises NotAllowed, or the first of all reasons against it with the others beside it.
    """
    role = Role(clock.owner_role)
    require_department(at.principal, role, msg("clocks.TOUCH_CLOCK_OF", role=role))
    if clock.stopped_at is not None:
        refuse_for([InvalidInput(msg("clocks.STOPPED"), field="id")])
    refuse_for(command.against(clock, at))
    return command.effect(clock, at)


def started(
    definition: ClockDefinition,
    variant: str,
    owner: Role,
    now: dt.datetime,
    calendar: WorkCalendar,
) -> Clock:
    """A time limit as it begins now."""
    due = due_times(definition, variant, now, calendar)
    return Clock(owner, definition.unit, now, due.breach_at, due.remind_at)


def replayed(begun: Clock, events: Iterable[ClockEvent]) -> Clock:
    """What the events after its start say of a time limit.

    When it is due is no part of them: what moves it is the calendar, and how long it was paused.
    """
    clock = begun
    for event in events:
        match event.kind:
            case ClockChangeKind.PAUSED:
                clock = replace(clock, paused_at=event.at)
            case ClockChangeKind.RESUMED:
                clock = replace(clock, paused_at=None)
            case ClockChangeKind.REMINDED:
                clock = replace(clock, reminded_at=event.at)
            case ClockChangeKind.BREACHED:
                clock = replace(clock, breached_at=event.at)
            case ClockChangeKind.STOPPED | ClockChangeKind.DROPPED:
                clock = replace(clock, stopped_at=event.at)
    return clock


def contradictions(clock: Clock, at: Context) -> list[str]:
    """What can't be true of a time limit; empty for every one that the rules made."""
    found = []
    if clock.breached_at is not None and clock.breached_at != clock.due_at:
        found.append("was breached at another time than its due time")
    ended_unpaused = clock.stopped_at is not None and clock.paused_at is None
    if (
        ended_unpaused
        and clock.breached_at is None
        and clock.due_at <= (clock.stopped_at or at.now)
    ):
        found.append("ended after its time without a breach")
    if clock.remind_at is not None and clock.remind_at > clock.due_at:
        found.append("reminds after its time")
    if clock.paused_at is not None and clock.paused_at > at.now:
        found.append("is paused from a time to come")
    return found
