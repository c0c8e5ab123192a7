"""Tasks on a random walk: anybody and any rule, in any order (M5, A1, O15)."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.errors import NotAllowed, Stale, WrongState
from domain.principals import Principal
from domain.roles import Action, Role, may, may_act_as
from domain.tasks.commands import CompleteTask, EndTask, HandOnTask, MoveTask, SnoozeTask
from domain.tasks.history import replayed
from domain.tasks.model import Context, Outcome, Task, TaskEvent
from domain.tasks.state_machine import apply, contradictions, reasons_against
from tests.extent import extent

MONDAY = dt.date(2014, 3, 3)
NOW = dt.datetime.combine(MONDAY, dt.time(9), dt.UTC)

roles = st.sampled_from(sorted(Role))
days = st.integers(-5, 400).map(lambda each: MONDAY + dt.timedelta(days=each))
texts = st.sampled_from([None, "because", "x" * 3_000])
commands = st.one_of(
    st.builds(CompleteTask, texts),
    st.builds(SnoozeTask, days, texts),
    st.builds(
        HandOnTask,
        owner_role=st.none() | roles,
        reason=st.sampled_from(["", " theirs ", "x" * 3_000]),
        person_id=st.none() | st.just(7),
        roles=st.just(frozenset(Role)) | st.just(frozenset()),
    ),
)
rules = st.one_of(st.builds(MoveTask, days), st.builds(EndTask, st.booleans(), texts))


def may_work(principal: Principal, owner: Role) -> bool:
    return may_act_as(principal, owner) or may(principal, Action.WORK_ANY_MILESTONE)


class AnyTask(RuleBasedStateMachine):
    """Anybody does anything to a task that a rule raised, and so do rules, while time goes on."""

    @initialize(role=roles.filter(lambda each: each != Role.CUSTOMER), due_on=days)
    def raised(self, role, due_on) -> None:
        self.today = MONDAY
        self.first = self.task = Task(role, due_on)
        self.history: list[TaskEvent] = []

    def at(self, role: str = "ADMIN") -> Context:
        now = dt.datetime.combine(self.today, dt.time(9), dt.UTC)
        return Context(Principal(role.lower(), frozenset({role})), now, self.today)

    def took_place(self, outcome: Outcome) -> None:
        assert outcome.before == self.task
        assert outcome.after.version == self.task.version + 1
        self.task = outcome.after
        self.history.append(outcome.event)

    @rule(role=roles, command=commands, version=st.none() | st.integers(1, 4))
    def people(self, role, command, version) -> None:
        """Who may not, and what cannot be, changes nothing; all reasons are given at once."""
        before, at = self.task, self.at(role)
        try:
            reasons = reasons_against(before, command, at, version)
        except NotAllowed:
            assert not may_work(at.principal, before.owner_role)
            return
        assert may_work(at.principal, before.owner_role)
        if before.ended_at is not None:
            assert [type(each) for each in reasons] == [WrongState]
        elif version not in (None, before.version):
            assert isinstance(reasons[0], Stale)
        if reasons:
            with pytest.raises(type(reasons[0])) as refusal:
                apply(before, command, at, version)
            assert len(refusal.value.also) == len(reasons) - 1
        else:
            self.took_place(apply(before, command, at, version))

    @rule(command=rules)
    def a_rule(self, command) -> None:
        """What is done stays done, and what has ended ends no second time."""
        if isinstance(command, EndTask) and self.task.ended_at is not None:
            return
        outcome = command.effect(self.task, self.at())
        if outcome is None:
            assert self.task.done or self.task.due_on == command.due_on
            return
        assert not self.task.done
        self.took_place(outcome)

    @rule(days=st.integers(1, 40))
    def time_goes_by(self, days) -> None:
        self.today += dt.timedelta(days=days)

    @invariant()
    def nothing_contradicts_itself(self) -> None:
        assert contradictions(self.task) == []

    @invariant()
    def the_history_leads_to_the_task(self) -> None:
        """O15: all events, played back, give its facts."""
        assert replayed(self.first, self.history) == self.task


TestAnyTask = AnyTask.TestCase
TestAnyTask.settings = settings(max_examples=extent(15, 300), stateful_step_count=30, deadline=None)


def test_a_refusal_names_the_field_of_the_input() -> None:
    """M5: what is too long, or another department's person, is said of the field that has it."""
    at = Context(Principal("ann", frozenset({"SALES"})), NOW, MONDAY)
    task = Task(Role.SALES, MONDAY)
    snooze = SnoozeTask(MONDAY + dt.timedelta(days=1), "x" * 3_000)
    hand_on = HandOnTask(reason="theirs", owner="wu", person_id=7, roles=frozenset({"WAREHOUSE"}))
    fields = [
        [reason.field for reason in reasons_against(task, command, at)]
        for command in (snooze, hand_on, CompleteTask("x" * 3_000))
    ]
    assert fields == [["reason"], ["owner"], ["note"]]


def test_a_contradiction_is_found() -> None:
    task = Task(Role.SALES, MONDAY)
    assert contradictions(replace(task, ended_by="li")) == [
        "has ended by nobody, or goes on though a person ended it"
    ]
    assert contradictions(replace(task, done=True)) == ["is done and goes on"]
    assert contradictions(replace(task, owner_role=Role.CUSTOMER)) == ["is a customer's"]
