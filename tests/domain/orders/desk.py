"""A desk at which one order is worked on: commands by role, a day that moves on, and a history.

The order: customer F1 wants 10 TEE-40 at 10.00 each by 31 January 2014, placed on Monday,
2 December 2013. Its price plan says 10.00.
"""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

from domain.calendar import BusinessCalendar
from domain.orders import intake, prices
from domain.orders.commands.approval import Approve, FinanceApprove
from domain.orders.commands.changes import RequestChange
from domain.orders.commands.confirmation import Confirm, ReturnConfirmation, SendConfirmation
from domain.orders.commands.decision import Decide
from domain.orders.commands.deposits import RecordDeposit, SignSpecial
from domain.orders.commands.fulfilment import Ship
from domain.orders.commands.intake import Check, Place, place
from domain.orders.commands.production import RecordGate
from domain.orders.commands.review import GiveOpinion, OpenReview, SignMaterials, StateMaterials
from domain.orders.context import Context, Goods
from domain.orders.entries import Line, LineChange
from domain.orders.history import Event, changes_between
from domain.orders.order import Order
from domain.orders.refusals import OrderRefused
from domain.orders.state_machine import apply
from domain.orders.transition import transition_of
from domain.orders.vocabularies import ChangeKind, ReviewOutcome, ReviewVerdict
from domain.policy.orders import OrderPolicy
from domain.pricing import DatedPrice
from domain.principals import Principal
from domain.roles import require

MONDAY = dt.date(2013, 12, 2)
WANTED = dt.date(2014, 1, 31)
DONE = dt.date(2014, 1, 20)

TEE = prices.Article(
    "TEE-40",
    Decimal("10.00"),
    "CNY",
    plan_prices=(DatedPrice(Decimal("10.00"), dt.date(2013, 1, 1), None, 1),),
)
F1 = intake.CustomerFile("F1", "FRANCHISEE", "PREPAID", "CNY", has_file=True, past_orders=0)


def tees(units: int = 10, price: str = "10.00", **more: Any) -> tuple[Line, ...]:
    """One line of TEE-40."""
    return (Line(1, "TEE-40", units, Decimal(price), **more),)


def act(order: Order, command: object, context: Context) -> Order:
    """The order after a person's command; permission is asked first, as the use case does (P1)."""
    require(Principal(context.actor, context.roles), transition_of(command).action)
    return apply(order, command, context)


class Desk:
    """One order and everybody who works on it."""

    def __init__(
        self,
        *,
        customer: intake.CustomerFile = F1,
        articles: tuple[prices.Article, ...] = (TEE,),
        policy: OrderPolicy | None = None,
        **placed: Any,
    ) -> None:
        self.today = MONDAY
        self.policy = policy or OrderPolicy()
        self.articles = {article.sku: article for article in articles}
        self.goods: dict[int, Goods] = {}
        self.events: list[Event] = []
        # Each command with the order before and after it.
        self.commands: list[tuple[str, Order, Order]] = []
        given: dict[str, Any] = {
            "lines": tees(),
            "required_on": WANTED,
            "delivery_address": "1 Nanjing Road",
            **placed,
        }
        command = Place(customer.code, given.pop("channel", "PHONE"), **given)
        self.order: Order = place(command, "O1", customer, self.context("ORDER_CLERK"))
        self.events.append(Event("orderPlace", *changes_between(None, self.order)))

    def context(self, *roles: str, name: str | None = None) -> Context:
        """What a person of these roles acts in, named after the role unless said otherwise."""
        actor = name or roles[0].lower()
        return Context(
            actor, frozenset(roles), self.today, self.policy, BusinessCalendar(), self.goods
        )

    def do(self, role: str, command: object, *, name: str | None = None) -> Order:
        """Let a role give a command; the history grows by one event."""
        before = self.order
        self.order = act(before, command, self.context(role, name=name))
        kind = transition_of(command).name
        self.events.append(Event(kind, *changes_between(before, self.order)))
        self.commands.append((kind, before, self.order))
        return self.order

    def refused(self, role: str, command: object) -> list[str]:
        """The codes with which a command is refused."""
        before = self.order
        try:
            act(before, command, self.context(role))
        except OrderRefused as refusal:
            assert self.order is before
            return [reason.code for reason in refusal.reasons]
        raise AssertionError(f"{type(command).__name__} was allowed")

    def later(self, days: int) -> None:
        """Move on this many calendar days."""
        self.today += dt.timedelta(days=days)

    def check(self) -> Order:
        """The clerk checks the order."""
        return self.do("ORDER_CLERK", Check(self.articles))

    def approve(self) -> Order:
        """FINANCE and the sales supervisor approve."""
        self.do("FINANCE", FinanceApprove())
        return self.do("SALES_SUPERVISOR", Approve())

    def open_review(self) -> Order:
        """Check, approve, and open the review."""
        self.check()
        self.approve()
        return self.do("PLANNING", OpenReview())

    def hear_everybody(self, verdict: str = ReviewVerdict.FEASIBLE) -> Order:
        """Materials stated and signed; every department gives the same verdict."""
        review = self.order.reviews[-1]
        self.do("PURCHASING", StateMaterials("Cotton for 10 tees is in stock."))
        for role in self.policy.materials_signers:
            self.do(role, SignMaterials(role))
        for role in review.required:
            self.do(role, GiveOpinion(role, verdict))
        return self.order

    def accept(self) -> Order:
        """Everybody finds it feasible, and planning accepts."""
        self.hear_everybody()
        return self.do("PLANNING", Decide(ReviewOutcome.ACCEPTED, production_promised_on=DONE))

    def get_confirmation_back(self) -> Order:
        """Sent, and back on the same day without a defect."""
        self.do("ORDER_CLERK", SendConfirmation(DONE))
        return self.do("ORDER_CLERK", ReturnConfirmation(True, True, True))

    def confirm(self) -> Order:
        """The whole way from intake to CONFIRMED on one day."""
        self.open_review()
        self.accept()
        self.get_confirmation_back()
        return self.do("ORDER_CLERK", Confirm())

    def make_special(self, paid: str = "30.00") -> Order:
        """A special order's signatures and deposit; after these it can be confirmed."""
        for role in self.policy.special_signers:
            self.do(role, SignSpecial(role))
        return self.do("FINANCE", RecordDeposit(Decimal(paid), "slip 1"))

    def ship(self) -> Order:
        """Everything leaves."""
        self.goods = {line.no: Goods(shipped=line.units or 0) for line in self.order.lines}
        return self.do("WAREHOUSE", Ship())

    def gate(self, item: str, role: str, **more: Any) -> Order:
        """Record something towards production's release."""
        return self.do(role, RecordGate(item, role, **more))

    def change(self, **more: Any) -> Order:
        """Ask for 6 instead of 10 units."""
        given: dict[str, Any] = {
            "kind": ChangeKind.ORDER_CHANGE,
            "reason": "the shop is smaller",
            "department": "SALES",
            "lines": (LineChange(1, units=6),),
            "articles": self.articles,
            **more,
        }
        return self.do("SALES", RequestChange(**given))


def export(terms: str) -> intake.CustomerFile:
    """An export customer with these terms."""
    return replace(F1, code="X1", kind="EXPORT", payment_terms=terms)


def with_terms(terms: str) -> intake.CustomerFile:
    """F1 with other payment terms."""
    return replace(F1, payment_terms=terms)
