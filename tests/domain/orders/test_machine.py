"""The state machine as a whole: random walks, allowed next acts, history (O15)."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from domain.errors import DomainError, InvalidInput, NotAllowed
from domain.orders import intake
from domain.orders.commands import TRANSITIONS
from domain.orders.commands.approval import Approve, FinanceApprove, ReleaseDoubt
from domain.orders.commands.confirmation import Confirm, ReturnConfirmation, SendConfirmation
from domain.orders.commands.decision import Decide
from domain.orders.commands.deposits import RecordPickup, RecordStockIn
from domain.orders.commands.fulfilment import Cancel
from domain.orders.commands.intake import Check
from domain.orders.commands.review import (
    FileDrawing,
    GiveOpinion,
    OpenReview,
    SignMaterials,
    StateMaterials,
)
from domain.orders.context import Goods
from domain.orders.history import Event, changes_between, from_json, replayed, to_json
from domain.orders.order import FINAL
from domain.orders.refusals import OrderRefused
from domain.orders.state_machine import apply, contradictions, next_actions
from domain.orders.transition import transition_of
from domain.orders.vocabularies import OrderStatus
from domain.policy import Policy
from tests.domain.orders import any_commands
from tests.domain.orders.desk import TEE, Desk, act, export, with_terms
from tests.extent import extent

ARTICLES = {
    "TEE-40": replace(TEE, units_free=6, substitutes=(("TEE-40", 3),)),
    "TEE-42": replace(TEE, sku="TEE-42"),
}
CUSTOMERS = [
    *(with_terms(terms) for terms in ("PREPAID", "TT_DEPOSIT", "LC", "DA", "MONTHLY")),
    export("LC"),
]


def _refusal(act: Callable[[], object]) -> DomainError | None:
    """How an act was refused; None when it was done."""
    try:
        act()
    except (OrderRefused, NotAllowed) as refusal:
        return refusal
    return None


class AnyLife(RuleBasedStateMachine):
    """Anybody does anything to an order, or what the machine says may be done next."""

    @initialize(customer=st.sampled_from(CUSTOMERS), order=any_commands.placed)
    def placed(self, customer: intake.CustomerFile, order: dict[str, Any]) -> None:
        self.desk = Desk(customer=customer, articles=tuple(ARTICLES.values()), **order)

    def _act(self, role: str, command: object) -> None:
        desk = self.desk
        before = desk.order
        refusal = _refusal(lambda: desk.do(role, command))
        if refusal is None:
            assert before.status in transition_of(command).sources
        else:
            assert desk.order is before
        if isinstance(refusal, OrderRefused):
            assert refusal.reasons
            for reason in refusal.reasons:
                assert reason.code.isupper()
                assert reason.rule[0] in "OP"
                assert reason.message

    @rule(role=any_commands.roles, command=any_commands.commands(ARTICLES))
    def anybody_does_anything(self, role: str, command: object) -> None:
        self._act(role, command)

    @rule(command=any_commands.commands(ARTICLES))
    def who_may_does_anything(self, command: object) -> None:
        self._act("ADMIN", command)

    @rule(data=st.data())
    def a_role_does_what_is_allowed_next(self, data: st.DataObject) -> None:
        """What is offered as allowed is refused only for its input, never for the order's state."""
        context = self.desk.context("ADMIN")
        names = [each.name for each in next_actions(self.desk.order, context) if each.is_allowed]
        if not names:
            return
        name = data.draw(st.sampled_from(names))
        if name == "orderCancel":
            return
        wanted = TRANSITIONS[name].kind
        command = data.draw(
            any_commands.commands(ARTICLES).filter(lambda each: type(each) is wanted)
        )
        guarded = {
            reason.code
            for guard in TRANSITIONS[name].guards
            for reason in guard(self.desk.order, context)
        }
        assert guarded == set()
        desk = self.desk
        refusal = _refusal(lambda: desk.do("ADMIN", command))
        assert refusal is None or refusal.code != "WRONG_STATE"

    @rule(role=st.just("ADMIN") | any_commands.roles)
    def what_is_offered_can_be_done_and_nothing_else(self, role: str) -> None:
        """O15: of all inputs that matter one is accepted, exactly where the act is allowed."""
        context, tried = self.desk.context(role), any_commands.tried(self.desk)
        for each in next_actions(self.desk.order, context):
            accepted = any(
                _refusal(lambda command=command: apply(self.desk.order, command, context)) is None
                for command in tried[TRANSITIONS[each.name].kind]
            )
            assert each.is_allowed is accepted, (each, self.desk.order)
            assert each.is_allowed is (not each.reasons)

    @rule()
    def the_whole_way_to_a_confirmed_order(self) -> None:
        """Random acts alone rarely come far; this walks an untouched order to CONFIRMED."""
        _refusal(self._walk)

    def _walk(self) -> None:
        desk = self.desk
        desk.do("ADMIN", Check(desk.articles))
        for doubt in desk.order.open_doubts:
            desk.do("ADMIN", ReleaseDoubt(doubt.no, "yes"))
        desk.do("ADMIN", FinanceApprove())
        desk.do("ADMIN", Approve())
        desk.do("ADMIN", OpenReview())
        desk.do("ADMIN", FileDrawing("D", "yes"))
        if desk.order.special:
            desk.make_special("100.00")
        desk.do("ADMIN", StateMaterials("all there"))
        for role in desk.policy.materials_signers:
            desk.do("ADMIN", SignMaterials(role))
        for role in desk.order.reviews[-1].required:
            desk.do("ADMIN", GiveOpinion(role, "FEASIBLE"))
        promised = desk.today + dt.timedelta(days=1)
        desk.do("ADMIN", Decide("ACCEPTED", promised))
        desk.do("ADMIN", SendConfirmation(promised))
        desk.do("ADMIN", ReturnConfirmation(True, True, True))
        desk.do("ADMIN", Confirm())

    @rule(days=st.integers(1, 9))
    def time_passes(self, days: int) -> None:
        self.desk.later(days)

    @precondition(lambda self: self.desk.order.status == "CONFIRMED")
    @rule(kind=st.sampled_from(["held", "shipped"]))
    def goods_move(self, kind: str) -> None:
        self.desk.goods = {
            line.no: Goods(**{kind: line.units or 0}) for line in self.desk.order.lines
        }

    @invariant()
    def is_possible(self) -> None:
        desk = getattr(self, "desk", None)
        if desk is not None:
            assert contradictions(desk.order, desk.context("ADMIN")) == []

    @invariant()
    def history_replays_to_the_same_order(self) -> None:
        desk = getattr(self, "desk", None)
        if desk is not None:
            written = json.loads(json.dumps([to_json(event) for event in desk.events]))
            events = [Event(**event) for event in written]
            assert replayed(events) == desk.order


AnyLife.TestCase.settings = settings(max_examples=extent(15, 300), stateful_step_count=30)
TestAnyLife = AnyLife.TestCase


def test_every_act_has_a_name_of_its_own_and_known_states() -> None:
    """O15: named transitions; sources and targets are states there are."""
    for transition in TRANSITIONS.values():
        assert set(transition.sources) | set(transition.targets) <= set(OrderStatus)
        assert all(transition.title)
        assert all(transition.history or ())


def test_a_pick_up_of_nothing_is_not_offered() -> None:
    """O7: with the last unit picked up there is nothing to pick up, though the order goes on."""
    desk = Desk(special=True)
    desk.open_review()
    desk.accept()
    desk.get_confirmation_back()
    desk.make_special()
    desk.do("ORDER_CLERK", Confirm())
    desk.do("WAREHOUSE", RecordStockIn(desk.today))

    def offered() -> dict[str, list[str]]:
        context = desk.context("WAREHOUSE")
        return {
            each.name: [str(reason.message) for reason in each.reasons]
            for each in next_actions(desk.order, context)
        }

    assert offered()["pickupRecord"] == []
    desk.do("WAREHOUSE", RecordPickup(10, desk.today))
    assert offered()["pickupRecord"] == ["0 units are left to be picked up."]
    # Nor a signature that is there, or an answer to no complaint.
    assert offered()["orderSpecialSign"] == ["You do not act as sales manager."]
    names = {each.name: each for each in next_actions(desk.order, desk.context("ADMIN"))}
    assert not names["orderSpecialSign"].is_allowed
    assert [each.code for each in names["complaintAnswer"].reasons] == ["NOTHING_TO_DO"]


def test_nothing_follows_the_end() -> None:
    """O15: a cancelled order offers nothing to anybody, and an act is refused by its state."""
    desk = Desk()
    desk.do("SALES_MANAGER", Cancel("sorry"))
    assert desk.order.status in FINAL
    assert next_actions(desk.order, desk.context("ADMIN")) == ()


def test_next_acts_are_those_of_the_role_with_the_reasons_why_not() -> None:
    """O15: while a doubt is open the supervisor sees why the order cannot be approved."""
    desk = Desk(lines=(replace(Desk().order.lines[0], unit_price=Decimal(8)),))
    desk.check()
    (approve, *_) = [
        each
        for each in next_actions(desk.order, desk.context("SALES_SUPERVISOR"))
        if each.name == "orderApprove"
    ]
    assert not approve.is_allowed
    assert [reason.code for reason in approve.reasons] == ["DOUBT_OPEN"]
    assert approve.title == ("Approve the order", "销售审批")
    names = {each.name for each in next_actions(desk.order, desk.context("FINANCE"))}
    assert names == {"orderFinanceApprove", "depositRecord", "orderSpecialSign"}
    desk.do("SALES_MANAGER", ReleaseDoubt(1, "a favour"))
    allowed = {e.name for e in next_actions(desk.order, desk.context("FINANCE")) if e.is_allowed}
    assert allowed == {"orderFinanceApprove"}


def test_a_customer_s_login_does_nothing_to_orders() -> None:
    """P1: it sees its own; whatever roles stand beside it."""
    desk = Desk()
    with pytest.raises(NotAllowed):
        act(desk.order, Check({}), desk.context("CUSTOMER", "ADMIN"))


def test_an_event_holds_only_what_changed() -> None:
    """O15: before and after of an approval are who and when."""
    desk = Desk()
    desk.check()
    desk.do("FINANCE", FinanceApprove(), name="zhao")
    assert desk.events[-1] == Event(
        "orderFinanceApprove",
        {"finance_approved_by": None, "finance_approved_on": None},
        {"finance_approved_by": "zhao", "finance_approved_on": "2013-12-02"},
    )


def test_a_history_with_a_gap_does_not_replay() -> None:
    """O15: an event that does not follow from the one before is noticed."""
    desk = Desk()
    desk.confirm()
    assert replayed(desk.events) == desk.order
    with pytest.raises(ValueError, match="does not follow"):
        replayed(desk.events[:1] + desk.events[2:])
    with pytest.raises(ValueError, match="no events"):
        replayed([])


def test_facts_survive_json() -> None:
    """O15: written as JSON and read again, an order is the same."""
    desk = Desk(special=True, irregularities=("CUSTOM_DESIGN",))
    desk.open_review()
    back = from_json(type(desk.order), json.loads(json.dumps(to_json(desk.order))))
    assert back == desk.order
    assert changes_between(desk.order, back) == ({}, {})


def test_the_rules_numbers_are_policy() -> None:
    """P7: a company's own numbers are read back as they were given; nonsense is refused."""
    body = {
        "pickup_days": 10,
        "forfeit_base": "DEPOSIT",
        "review_days": {"REGULAR": 3},
        "exchange_rates": {"USD": "7.12"},
    }
    policy = Policy.from_body({"orders": body}).orders
    assert policy.exchange_rates == {"USD": Decimal("7.12")}
    assert (policy.pickup_days, policy.review_days["REGULAR"]) == (10, 3)
    assert policy.review_days["CHANGE"] == 2
    company = Policy(orders=policy)
    assert Policy.from_body(json.loads(json.dumps(company.to_body()))) == company
    for body in (
        {"forfeit_base": "NOTHING"},
        {"pickup_day": 1},
        {"pickup_days": "7"},
        {"pickup_days": -1},
        {"pickup_days": 20},
        {"refusers": "GENERAL_MANAGER"},
        {"review_days": {"WHATEVER": 3}},
        {"review_days": 3},
        {"exchange_rates": {"USD": 7.12}},
        {"exchange_rates": {"USD": "0"}},
        {"exchange_rates": {"dollar": "7.12"}},
        {"exchange_rates": {"USD": "seven"}},
        {"exchange_rates": "7.12"},
        {"special_deposit_percent": "a third"},
    ):
        with pytest.raises(InvalidInput) as refusal:
            Policy.from_body({"orders": body})
        assert refusal.value.field == f"orders.{next(iter(body))}".replace(
            "orders.pickup_days", refusal.value.field or ""
        )


def test_every_fact_is_a_date_a_number_a_word_or_entries_of_those() -> None:
    """O15: what the facts hold can be written as JSON."""
    desk = Desk()
    desk.confirm()
    for item in fields(desk.order):
        json.dumps(to_json(getattr(desk.order, item.name)))
    assert desk.order.placed_on == dt.date(2013, 12, 2)
