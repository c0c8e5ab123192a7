"""Time limits on a random walk: paused, resumed, moved, over, ended, in any order (O16, P6)."""

import datetime as dt
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.calendar import BusinessCalendar
from domain.clocks.commands import (
    EndClock,
    FollowCalendar,
    NoteBreach,
    PauseClock,
    Remind,
    ResumeClock,
    StopClock,
)
from domain.clocks.definitions import (
    CLOCK_UNITS,
    STANDARD,
    WORKING_DAYS,
    WORKING_MINUTES,
    ClockDefinition,
    Limit,
)
from domain.clocks.model import Clock, ClockEvent, Context, Outcome
from domain.clocks.state_machine import apply, contradictions, replayed, started
from domain.errors import DomainError
from domain.messages import literal
from domain.principals import Principal
from domain.roles import Action, Role, may, may_act_as
from domain.tasks.vocabularies import ClockChangeKind
from domain.working_time import WorkCalendar
from tests.extent import extent

MONDAY = dt.datetime(2014, 3, 3, 9, tzinfo=dt.UTC)

roles = st.sampled_from(sorted(Role))
texts = st.sampled_from([None, "", "we wait for the bank", "x" * 3_000])
commands = st.one_of(
    st.builds(PauseClock, texts), st.builds(ResumeClock, texts), st.builds(StopClock, texts)
)


@st.composite
def limits(draw) -> Limit:
    breach = draw(st.integers(0, 400))
    return Limit(breach, draw(st.none() | st.integers(0, breach)))


def may_work(principal: Principal, owner: Role) -> bool:
    return may_act_as(principal, owner) or may(principal, Action.WORK_ANY_MILESTONE)


class AnyClock(RuleBasedStateMachine):
    """A clock runs while people, sweeps and the calendar do what they like."""

    @initialize(role=roles, unit=st.sampled_from(CLOCK_UNITS), limit=limits())
    def begins(self, role, unit, limit) -> None:
        self.now = MONDAY
        self.free_days: dict[dt.date, bool] = {}
        definition = ClockDefinition("C", literal("Limit"), role, unit, {STANDARD: limit})
        self.first = self.clock = started(
            definition, STANDARD, Role(role), self.now, self.calendar()
        )
        self.history: list[ClockEvent] = []
        self.pauses: list[tuple[dt.datetime, dt.datetime]] = []

    def at(self, role: str = "ADMIN") -> Context:
        return Context(Principal(role.lower(), frozenset({role})), self.now)

    def calendar(self) -> WorkCalendar:
        return WorkCalendar(BusinessCalendar("CN", dict(self.free_days)))

    def took_place(self, outcome: Outcome) -> None:
        before, after = outcome.before, outcome.after
        assert before == self.clock
        assert after.version == before.version + bool(outcome.events)
        assert (before == after) == (not outcome.events)
        # A breach is recorded once and stays.
        assert before.breached_at in (None, after.breached_at)
        assert before.reminded_at in (None, after.reminded_at)
        if before.paused_at is not None and after.paused_at is None:
            self.pauses.append((before.paused_at, self.now))
        self.clock = after
        self.history += outcome.events

    @rule(role=roles, command=commands)
    def people(self, role, command) -> None:
        """Only its department, and nothing once it has ended."""
        before, at = self.clock, self.at(role)
        if isinstance(command, ResumeClock):
            command = replace(command, calendar=self.calendar())
        try:
            outcome = apply(before, command, at)
        except DomainError:
            return
        assert may_work(at.principal, before.owner_role)
        assert before.stopped_at is None
        self.took_place(outcome)
        if isinstance(command, PauseClock):
            assert self.clock.paused_at == self.now
            assert not before.is_over(self.now)
        if isinstance(command, ResumeClock):
            assert not self.clock.is_over(self.now)

    @rule(kind=st.sampled_from([ClockChangeKind.STOPPED, ClockChangeKind.DROPPED]), reason=texts)
    def a_rule_ends_it(self, kind, reason) -> None:
        """Too late is a breach, whether a sweep has seen it or not."""
        if self.clock.stopped_at is None:
            was_over = self.clock.is_over(self.now)
            self.took_place(EndClock(kind, reason).effect(self.clock, self.at()))
            assert was_over == (self.clock.breached_at is not None)

    @rule()
    def a_sweep_passes(self) -> None:
        """Each breach and each reminder once, while it runs."""
        if self.clock.stopped_at is not None:
            return
        for command in (NoteBreach(), Remind()):
            self.took_place(command.effect(self.clock, self.at()))
            assert command.effect(self.clock, self.at()).events == ()

    @rule(day=st.integers(0, 60), is_working=st.booleans())
    def a_day_is_declared(self, day, is_working) -> None:
        """What counts working time moves, and what has ended or was breached does not."""
        before = self.calendar()
        self.free_days[(MONDAY + dt.timedelta(days=day)).date()] = is_working
        clock = self.clock
        if clock.stopped_at is None and clock.breached_at is None and not clock.is_over(self.now):
            follow = FollowCalendar(
                before, self.calendar(), list(self.pauses), literal("a holiday")
            )
            self.took_place(follow.effect(clock, self.at()))
            if clock.unit not in (WORKING_DAYS, WORKING_MINUTES):
                assert self.clock == clock

    @rule(minutes=st.sampled_from([1, 45, 600, 1_440, 10_000]))
    def time_goes_by(self, minutes) -> None:
        self.now += dt.timedelta(minutes=minutes)

    @invariant()
    def nothing_contradicts_itself(self) -> None:
        assert contradictions(self.clock, self.at()) == []

    @invariant()
    def the_history_leads_to_the_clock(self) -> None:
        """O15: all but the times that the calendar and pauses move."""
        recorded = replayed(self.first, self.history)
        clock = self.clock
        assert clock == replace(
            recorded, due_at=clock.due_at, remind_at=clock.remind_at, version=clock.version
        )


TestAnyClock = AnyClock.TestCase
TestAnyClock.settings = settings(
    max_examples=extent(15, 300), stateful_step_count=30, deadline=None
)


def test_a_contradiction_is_found() -> None:
    clock = Clock(Role.SALES, WORKING_DAYS, MONDAY, MONDAY + dt.timedelta(days=2))
    at = Context(Principal("li", frozenset()), MONDAY)
    later = MONDAY + dt.timedelta(days=3)
    assert contradictions(replace(clock, breached_at=MONDAY), at) == [
        "was breached at another time than its due time"
    ]
    assert contradictions(replace(clock, stopped_at=later), at) == [
        "ended after its time without a breach"
    ]
    assert contradictions(replace(clock, remind_at=later), at) == ["reminds after its time"]
    assert contradictions(replace(clock, paused_at=later), at) == ["is paused from a time to come"]
