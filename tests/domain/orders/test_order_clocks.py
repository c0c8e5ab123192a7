"""Which time limits run is a matter of the order's state; the table says which commands do it."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis.stateful import invariant, precondition, rule

from domain.clocks.definitions import (
    DOCUMENT_CLOCKS,
    INTAKE_CLOCKS,
    PROFILES,
    RECORD_INSPECTION,
    RECORD_PROGRESS,
)
from domain.orders.clocks import (
    BY_EVENT,
    BY_STATE,
    EVENTS,
    INSPECTION_FAILED,
    INSPECTION_PASSED,
    PRODUCTION_COMPLETED,
    ClockEffect,
    Effect,
    effects_of_command,
    effects_of_event,
)
from domain.orders.commands import TRANSITIONS
from domain.orders.commands.changes import AgreeChange
from domain.orders.commands.confirmation import Confirm
from domain.orders.commands.decision import Decide
from domain.orders.commands.deposits import RecordDeposit
from domain.orders.commands.fulfilment import Deliver, Settle
from domain.orders.commands.intake import SupplyInformation
from domain.orders.commands.production import ReleaseGate, SignProductionOrder, SignWorkOrder
from domain.orders.commands.review import OpenReview
from domain.orders.entries import Change
from domain.orders.order import FINAL, Order
from domain.orders.vocabularies import ReviewOutcome
from tests.domain.orders.desk import DONE, MONDAY, Desk, with_terms
from tests.domain.orders.test_machine import AnyLife
from tests.extent import extent

START, RESTART, RESTART_IF_RUNNING, STOP = Effect
COMMAND_OF = {
    PRODUCTION_COMPLETED: RECORD_PROGRESS,
    INSPECTION_PASSED: RECORD_INSPECTION,
    INSPECTION_FAILED: RECORD_INSPECTION,
}
# Of these the order process has no command yet: after-sales, samples and contracts come later.
WITHOUT_COMMANDS = {"CONTRACT", "SAMPLE_CONFIRMATION", "AFTER_SALES_ANSWER", "CUSTOMER_CONTACT"}


class Clocks:
    """The clocks of an order, as the rules change them; checks that the table names the command."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.seen = 0
        self.running = set(INTAKE_CLOCKS[desk.order.fulfilment])

    def follow(self) -> None:
        """Catch up with what was done at the desk."""
        for name, before, after in self.desk.commands[self.seen :]:
            self.take(name, self.effects(before, after))
            if after.status in FINAL:
                self.running.clear()
        self.seen = len(self.desk.commands)

    def effects(self, before: Order, after: Order) -> list[ClockEffect]:
        return effects_of_command(before, after, self.desk.policy, INTAKE_CLOCKS[after.fulfilment])

    def happens(self, event: str) -> None:
        """Production or an inspection is over."""
        self.take(COMMAND_OF[event], effects_of_event(event, self.desk.order, self.desk.policy))

    def take(self, name: str, effects: list[ClockEffect]) -> None:
        for effect in effects:
            definition, runs = DOCUMENT_CLOCKS[effect.code], effect.code in self.running
            if effect.kind == STOP:
                if runs and name != "orderCancel":
                    assert name in definition.stops, f"{name} stops {effect.code}"
                self.running.discard(effect.code)
            elif effect.kind != RESTART_IF_RUNNING or runs:
                if effect.kind != START or not runs:
                    assert name in definition.starts, f"{name} starts {effect.code}"
                self.running.add(effect.code)


class AnyClocks(AnyLife):
    """Whatever is done to an order, its clocks follow its state."""

    @property
    def clocks(self) -> Clocks:
        if getattr(self, "_clocks", None) is None or self._clocks.desk is not self.desk:
            self._clocks = Clocks(self.desk)
        return self._clocks

    @precondition(lambda self: self.desk.order.status == "CONFIRMED")
    @rule()
    def production_is_complete(self) -> None:
        self.clocks.follow()
        self.clocks.happens(PRODUCTION_COMPLETED)

    @precondition(lambda self: self.desk.order.status == "CONFIRMED")
    @rule()
    def inspected(self) -> None:
        self.clocks.follow()
        self.clocks.happens(INSPECTION_PASSED)

    @invariant()
    def what_runs_is_what_the_state_says(self) -> None:
        if getattr(self, "desk", None) is None:
            return
        self.clocks.follow()
        order, policy = self.desk.order, self.desk.policy
        for code, case_of in BY_STATE.items():
            definition = DOCUMENT_CLOCKS[code]
            due = case_of(order, policy) is not None and order.fulfilment in definition.profiles
            assert (code in self.clocks.running) == (due and order.status not in FINAL), code
        for code, case_of in BY_EVENT.items():
            if code in self.clocks.running:
                assert case_of(order, policy) is not None, code


AnyClocks.TestCase.settings = settings(max_examples=extent(15, 300), stateful_step_count=30)
TestAnyClocks = AnyClocks.TestCase
TestAnyClocks.__doc__ = "O16: each clock starts and stops by the commands that the table names."


def running(desk: Desk, clocks: Clocks) -> set[str]:
    clocks.follow()
    return clocks.running


def test_every_limit_has_its_commands_or_waits_for_a_later_part() -> None:
    """O16: commands are those of the schema; without one are only those that nothing begins yet."""
    known = {*TRANSITIONS, "orderPlace", "taskDone", RECORD_PROGRESS, RECORD_INSPECTION}
    for definition in DOCUMENT_CLOCKS.values():
        assert {*definition.starts, *definition.stops} <= known
        assert bool(definition.starts) == bool(definition.stops)
        assert bool(definition.starts) == (definition.code not in WITHOUT_COMMANDS)
        assert set(definition.profiles) <= set(PROFILES)
    ruled = {*BY_STATE, *BY_EVENT, "CORRECTIVE_ACTION"}
    assert ruled == set(DOCUMENT_CLOCKS) - WITHOUT_COMMANDS
    assert {code for effects in EVENTS.values() for code, _ in effects} == set(BY_EVENT)


def test_an_order_that_is_made_goes_from_clock_to_clock() -> None:
    """O16: from the first check to the final payment."""
    desk = Desk(customer=with_terms("TT_DEPOSIT"))
    clocks = Clocks(desk)
    assert running(desk, clocks) == {"FIRST_CHECK"}
    desk.check()
    assert running(desk, clocks) == {"HANDOVER_TO_PLANNING"}
    desk.approve()
    desk.do("PLANNING", OpenReview())
    assert running(desk, clocks) == {"REVIEW"}
    desk.accept()
    assert running(desk, clocks) == set()
    desk.get_confirmation_back()
    assert running(desk, clocks) == {"DEPOSIT"}
    desk.do("ORDER_CLERK", Confirm())
    desk.do("FINANCE", RecordDeposit(Decimal(29), "slip 1"))
    assert running(desk, clocks) == {"DEPOSIT"}
    desk.do("FINANCE", RecordDeposit(Decimal(1), "slip 2"))
    assert running(desk, clocks) == set()
    desk.do("SALES_ADMIN", ReleaseGate())
    for role in ("SALES_ADMIN", "PRODUCTION"):
        desk.do(role, SignProductionOrder(role))
    assert running(desk, clocks) == {"PRODUCTION_PLAN"}
    desk.do("SALES", SignWorkOrder("SALES"))
    assert running(desk, clocks) == {"PRODUCTION_PLAN"}
    desk.do("PLANNING", SignWorkOrder("PLANNING"))
    assert running(desk, clocks) == set()
    clocks.happens(PRODUCTION_COMPLETED)
    assert running(desk, clocks) == {"QUALITY_CHECK", "FINAL_PAYMENT"}
    clocks.happens(INSPECTION_PASSED)
    assert running(desk, clocks) == {"DISPATCH_AFTER_QUALITY", "FINAL_PAYMENT"}
    desk.ship()
    assert running(desk, clocks) == {"NOTICE_TO_CUSTOMER", "FINAL_PAYMENT"}
    desk.do("WAREHOUSE", Deliver())
    assert running(desk, clocks) == {"FINAL_PAYMENT"}
    desk.do("FINANCE", Settle())
    assert running(desk, clocks) == set()


@pytest.mark.parametrize(("more", "days"), [({}, 2), ({"irregularities": ("CUSTOM_DESIGN",)}, 10)])
def test_a_review_has_the_days_of_its_kind_and_its_lead_as_owner(more: dict, days: int) -> None:
    """O3 O16: the clock's last day is the one the review itself names."""
    desk = Desk(**more)
    desk.open_review()
    name, before, after = desk.commands[-1]
    effects = effects_of_command(before, after, desk.policy, ("FIRST_CHECK",))
    assert name == "orderReviewOpen"
    assert ClockEffect("HANDOVER_TO_PLANNING", STOP) in effects
    (review,) = [effect for effect in effects if effect.kind != STOP]
    assert (review.code, review.kind) == ("REVIEW", START)
    assert review.case is not None
    assert review.case.owner_role == "PLANNING"
    assert review.case.due_on == desk.context("PLANNING").working_days_later(days)
    assert review.case.due_on > MONDAY + dt.timedelta(days=days - 1)


def test_an_order_from_stock_is_worked_again_once_it_is_complete() -> None:
    """O16: while something is missing, only the question for it runs."""
    desk = Desk(fulfilment="FROM_STOCK", delivery_address=None)
    clocks = Clocks(desk)
    assert running(desk, clocks) == {"ORDER_WORKED", "DISPATCH_FROM_STOCK"}
    desk.check()
    assert running(desk, clocks) == {"MISSING_INFORMATION"}
    desk.do("SALES", SupplyInformation(delivery_address="1 Nanjing Road"))
    assert running(desk, clocks) == {"ORDER_WORKED", "DISPATCH_FROM_STOCK"}


def test_a_change_restarts_what_hangs_on_the_order_s_content() -> None:
    """O4 O16: quality, dispatch and payment count from the change; what does not run stays off."""
    desk = Desk()
    clocks = Clocks(desk)
    desk.confirm()
    running(desk, clocks)
    clocks.happens(PRODUCTION_COMPLETED)
    desk.change()
    desk.do("SALES", AgreeChange("mail"))
    desk.do("PLANNING", OpenReview())
    assert running(desk, clocks) == {"QUALITY_CHECK", "FINAL_PAYMENT", "REVIEW"}
    desk.hear_everybody()
    desk.do("PLANNING", Decide(ReviewOutcome.ACCEPTED, production_promised_on=DONE))
    _, before, after = desk.commands[-1]
    kinds = {effect.code: effect.kind for effect in clocks.effects(before, after)}
    assert kinds == {
        "REVIEW": STOP,
        "QUALITY_CHECK": RESTART_IF_RUNNING,
        "DISPATCH_AFTER_QUALITY": RESTART_IF_RUNNING,
        "FINAL_PAYMENT": RESTART_IF_RUNNING,
    }
    assert running(desk, clocks) == {"QUALITY_CHECK", "FINAL_PAYMENT"}


def test_a_changed_order_from_stock_has_its_days_of_dispatch_again() -> None:
    """O4 O16: three working days from the change on."""
    desk = Desk(fulfilment="FROM_STOCK")
    desk.check()
    desk.approve()
    before = desk.order
    changed = replace(changes_of(before), state="APPLIED")
    after = replace(before, changes=(changed,))
    (effect,) = effects_of_command(before, after, desk.policy, INTAKE_CLOCKS["FROM_STOCK"])
    assert (effect.code, effect.kind) == ("DISPATCH_FROM_STOCK", RESTART)


def changes_of(facts: Order) -> Change:
    return Change(1, "ORDER_CHANGE", "r", "a", "SALES", MONDAY, (), None, Decimal(0), Decimal(0), 0)


def test_only_what_is_due_with_completion_is_waited_for() -> None:
    """O16: an order on credit is paid by its own terms, a paid one not again."""
    for terms, effects in (("PREPAID", 2), ("OPEN_ACCOUNT", 1), ("LC", 1), ("MONTHLY", 1)):
        desk = Desk(customer=with_terms(terms))
        desk.confirm()
        found = effects_of_event(PRODUCTION_COMPLETED, desk.order, desk.policy)
        assert len(found) == effects, terms
    desk = Desk()
    desk.confirm()
    desk.do("FINANCE", Settle())
    codes = [m.code for m in effects_of_event(PRODUCTION_COMPLETED, desk.order, desk.policy)]
    assert codes == ["QUALITY_CHECK"]


def test_a_company_that_does_not_begin_with_a_clock_never_has_it() -> None:
    """O16 P7: which clocks an order begins with is policy, also when it begins again."""
    desk = Desk(delivery_address=None)
    desk.check()
    desk.do("SALES", SupplyInformation(delivery_address="1 Nanjing Road"))
    _, before, after = desk.commands[-1]
    for begun, kind in (((), None), (("FIRST_CHECK",), START)):
        found = {m.code: m.kind for m in effects_of_command(before, after, desk.policy, begun)}
        assert found.get("FIRST_CHECK") == kind
