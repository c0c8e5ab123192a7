"""The milestones of an order as a whole: random walks over every template, history (M1-M7, O15)."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import asdict, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.calendar import BusinessCalendar
from domain.errors import DomainError
from domain.milestones.commands.closing import (
    BeginMilestone,
    CloseMilestone,
    HandOnMilestone,
    ReopenMilestone,
    SkipMilestone,
    close_many,
)
from domain.milestones.commands.estimates import (
    ApplyBackwardPlan,
    EstimateMilestone,
    RecordVendorDate,
)
from domain.milestones.commands.order import (
    EndMilestones,
    FollowCalendar,
    FollowOrder,
    StartMilestones,
)
from domain.milestones.draft import Outcome
from domain.milestones.further_templates import BUILT_IN_TEMPLATES
from domain.milestones.guards import open_predecessors
from domain.milestones.history import DERIVED, StepEvent, replayed
from domain.milestones.model import Context, Milestone, OrderMilestones, StepFacts
from domain.milestones.order_events import (
    DOWN_PAYMENT,
    GOODS_ARRIVED,
    GOODS_MADE,
    GOODS_SENT,
    PAID_IN_FULL,
    OrderEvent,
    OrderNews,
)
from domain.milestones.state_machine import apply, apply_to_step, contradictions
from domain.milestones.vocabularies import AnchorEvent, ContractTerm
from domain.principals import Principal
from domain.roles import Role
from domain.working_time import WorkCalendar
from tests.milestones import anchors_of

MONDAY = dt.date(2014, 3, 3)
# Where the contract is silent.
TERMS = {"deposit_days": 7, "final_payment_days": 14}

roles = st.just(Role.ADMIN) | st.sampled_from(sorted(Role))
days = st.integers(-20, 90).map(lambda each: MONDAY + dt.timedelta(days=each))
maybe_days = st.none() | days
reasons = st.sampled_from(["", "because", "x" * 3_000])
notes = st.sampled_from([None, "a note"])
step_commands = st.one_of(
    st.builds(CloseMilestone, maybe_days, st.sampled_from([None, "wang"]), st.booleans(), reasons),
    st.builds(CloseMilestone, note=notes),
    st.just(CloseMilestone()),
    st.builds(ReopenMilestone, reasons),
    st.builds(SkipMilestone, reasons),
    st.builds(BeginMilestone, note=notes),
    st.builds(HandOnMilestone, person_id=st.none() | st.just(7), roles=st.just(frozenset(Role))),
    st.builds(EstimateMilestone, maybe_days, maybe_days, st.booleans()),
    st.builds(RecordVendorDate, st.sampled_from(["A", "B", ""]), days),
)
anchors = st.builds(
    anchors_of,
    st.just(1),
    st.dictionaries(st.sampled_from(list(AnchorEvent)), days, max_size=3),
    st.dictionaries(st.sampled_from(list(ContractTerm)), st.integers(0, 60), max_size=2),
)
HAPPENINGS = {
    "SHIPPED": (GOODS_MADE, GOODS_SENT),
    "DELIVERED": (GOODS_ARRIVED,),
}
NEXT = {"CONFIRMED": "SHIPPED", "SHIPPED": "DELIVERED", "DELIVERED": "CLOSED"}


def recorded(facts: StepFacts, *, is_a_day: bool) -> dict[str, object]:
    """The facts that history holds; that a day in the calendar has passed makes no event."""
    left_out = (DERIVED - {"version"}) | ({"is_open"} if is_a_day else set())
    return {name: value for name, value in asdict(facts).items() if name not in left_out}


def attempt(act: Callable[[], Outcome]) -> tuple[Outcome | None, tuple[DomainError, ...]]:
    """What came of a command, or every reason against it."""
    try:
        return act(), ()
    except DomainError as refusal:
        return None, (refusal, *refusal.also)


class AnyFlow(RuleBasedStateMachine):
    """Anybody does anything to the steps of an order, while the order and time go on."""

    @initialize(
        template=st.sampled_from(BUILT_IN_TEMPLATES),
        promised=maybe_days,
        terms=st.dictionaries(st.sampled_from(list(ContractTerm)), st.integers(0, 60)),
    )
    def started(self, template, promised, terms) -> None:
        self.today = MONDAY
        self.free_days: dict[dt.date, bool] = {}
        self.history: list[StepEvent] = []
        placed_on = MONDAY - dt.timedelta(days=5)
        self.order = OrderMilestones("O1", "CONFIRMED", placed_on, template.steps, {})
        known = {AnchorEvent.ORDER_CONFIRMED: MONDAY, AnchorEvent.TASK_CREATED: placed_on}
        if promised is not None:
            known[AnchorEvent.PROMISED_COMPLETION] = promised
        start = StartMilestones(known, terms, salesperson_id=3)
        self.took_place(apply(self.order, start, self.at()))
        assert apply(self.order, start, self.at()).events == ()

    def at(self, role: str = "ADMIN") -> Context:
        now = dt.datetime.combine(self.today, dt.time(9), dt.UTC)
        calendar = WorkCalendar(BusinessCalendar("CN", self.free_days))
        return Context(Principal(role.lower(), frozenset({role})), now, self.today, calendar, TERMS)

    def took_place(self, outcome: Outcome) -> None:
        """What a command made: nothing that was known is lost, and nothing closes twice."""
        before, after = outcome.before, outcome.after
        for step in after.steps:
            was, now = before.facts.get(step.number), after.facts[step.number]
            if was is None:
                continue
            assert was.first_estimated_on in (None, now.first_estimated_on)
            if step.keeps_first_estimate and was.confirmed and was.estimated_on is not None:
                assert (now.confirmed, now.estimated_on) == (True, was.estimated_on)
            if was != now and was.closed_on is not None:
                assert now.closed_on in (None, was.closed_on)
        for event in outcome.events:
            was_before = event.before or {}
            if event.kind == "CLOSED":
                assert was_before["closedOn"] is None
            if event.kind == "REOPENED":
                assert was_before.get("closedBy") or was_before["skipped"]
        known = before.vendor_dates
        assert after.vendor_dates[: len(known)] == known
        self.order = after
        self.history += outcome.events

    @rule(data=st.data(), role=roles, command=step_commands, version=st.none() | st.integers(1, 5))
    def anybody_does_anything(self, data, role, command, version) -> None:
        number = data.draw(st.sampled_from([step.number for step in self.order.steps]))
        before = self.order
        milestone = Milestone(before, number)
        outcome, refusals = attempt(
            lambda: apply_to_step(milestone, command, self.at(role), version)
        )
        assert all(each.message for each in refusals)
        if outcome is None:
            return
        if isinstance(command, CloseMilestone):
            waiting = open_predecessors(milestone.step, before.steps, before.facts)
            assert command.override or not waiting
            closed = outcome.after.facts[number]
            assert closed.closed_by == command.closed_by or closed.closed_by == role.lower()
        assert version in (None, before.facts[number].version)
        self.took_place(outcome)

    @rule(data=st.data(), closed_on=maybe_days)
    def a_list_is_closed(self, data, closed_on) -> None:
        numbers = [step.number for step in self.order.steps]
        chosen = data.draw(st.lists(st.sampled_from(numbers), min_size=1, max_size=6, unique=True))
        at = self.at()
        outcome, refused = close_many(self.order, chosen, CloseMilestone(closed_on), at)
        closed = {event.number for event in outcome.events if event.kind == "CLOSED"}
        assert closed == set(chosen) - set(refused)
        if not closed:
            assert outcome.after == self.order
        self.took_place(outcome)

    @rule(role=roles, command=anchors)
    def anchors_are_recorded(self, role, command) -> None:
        outcome, _ = attempt(lambda: apply(self.order, command, self.at(role)))
        if outcome is not None:
            self.took_place(outcome)

    @rule(data=st.data(), wanted_on=days)
    def it_is_planned_backward(self, data, wanted_on) -> None:
        target = data.draw(st.sampled_from([step.number for step in self.order.steps]))
        plan = ApplyBackwardPlan(target, wanted_on)
        outcome, _ = attempt(lambda: apply(self.order, plan, self.at("SALES")))
        if outcome is not None:
            assert outcome.after.plan is not None
            assert outcome.after.plan.wanted_on == wanted_on
            self.took_place(outcome)

    @precondition(lambda self: self.order.order_status in NEXT)
    @rule(kind=st.sampled_from([DOWN_PAYMENT, GOODS_MADE, PAID_IN_FULL]), promised=maybe_days)
    def something_happens_to_the_order(self, kind, promised) -> None:
        moved = {} if promised is None else {AnchorEvent.PROMISED_COMPLETION: promised}
        news = OrderNews((OrderEvent(kind, self.today, "finance"),), moved)
        self.took_place(apply(self.order, FollowOrder(news), self.at()))

    @precondition(lambda self: self.order.order_status in NEXT)
    @rule()
    def the_order_goes_on(self) -> None:
        status = NEXT[self.order.order_status]
        self.order = replace(self.order, order_status=status)
        if status == "CLOSED":
            self.took_place(apply(self.order, EndMilestones("closed", cancelled=False), self.at()))
            return
        events = tuple(OrderEvent(kind, self.today) for kind in HAPPENINGS[status])
        news = OrderNews(
            events, {AnchorEvent.CLOSING_TASK_SENT: self.today} if status == "DELIVERED" else None
        )
        self.took_place(apply(self.order, FollowOrder(news), self.at()))

    @precondition(lambda self: self.order.order_status in NEXT and len(self.history) > 60)
    @rule()
    def the_order_is_called_off(self) -> None:
        self.order = replace(self.order, order_status="CANCELLED")
        self.took_place(apply(self.order, EndMilestones("sorry", cancelled=True), self.at()))

    @precondition(lambda self: self.order.order_status in NEXT)
    @rule(day=days, is_working=st.booleans())
    def a_day_is_declared_free_or_working(self, day, is_working) -> None:
        self.free_days = {**self.free_days, day: is_working}
        self.took_place(apply(self.order, FollowCalendar("a holiday"), self.at()))

    @rule(passed=st.integers(1, 9))
    def time_passes(self, passed: int) -> None:
        """And the sweep takes days in the calendar off the work lists."""
        self.today += dt.timedelta(days=passed)
        facts = dict(self.order.facts)
        for step in self.order.steps:
            known = facts[step.number]
            is_over = known.expected is not None and known.expected < self.today
            if not step.takes_closed and not known.waits and is_over:
                facts[step.number] = replace(known, is_open=False)
        self.order = replace(self.order, facts=facts)

    @invariant()
    def is_possible(self) -> None:
        """M2 M4: closed once, by one person; estimates follow their anchors; see there."""
        order = getattr(self, "order", None)
        if order is not None:
            assert contradictions(order, self.at()) == []

    @invariant()
    def nothing_is_open_once_the_order_has_ended(self) -> None:
        order = getattr(self, "order", None)
        if order is not None and order.order_status not in NEXT:
            assert not any(facts.is_open for facts in order.facts.values())

    @invariant()
    def history_replays_to_the_same_steps(self) -> None:
        """O15: written as JSON and read again, the events lead to the facts."""
        order = getattr(self, "order", None)
        if order is None:
            return
        events = [
            StepEvent(**each) for each in json.loads(json.dumps(list(map(asdict, self.history))))
        ]
        again = replayed(events)
        for step in order.steps:
            is_a_day = not step.takes_closed
            assert recorded(again[step.number], is_a_day=is_a_day) == recorded(
                order.facts[step.number], is_a_day=is_a_day
            )


AnyFlow.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestAnyFlow = AnyFlow.TestCase
