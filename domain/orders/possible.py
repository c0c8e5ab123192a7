"""Inputs with which an act may be accepted: what is offered can be done with one of them.

Guards look at the order alone. Where the effect refuses some inputs too, such as a signature in a
role that has signed, these are the inputs to try, the likeliest first; whether one of them is
accepted is for the effect itself to say. What they lack is told as the reasons why not.
"""

import datetime as dt
from collections.abc import Callable, Iterator

from domain.orders import changes, closing, confirmation, deposits, gates, intake, prices, reviews
from domain.orders.context import Context
from domain.orders.facts import OrderFacts
from domain.orders.vocabularies import GateItem, ReviewOutcome, ReviewVerdict

Inputs = Callable[[OrderFacts, Context], Iterator[object]]

_PAPER = "a paper"


def open_offers(facts: OrderFacts, context: Context) -> Iterator[object]:
    """One of the latest check's offers is chosen."""
    for offer in intake.current_offers(facts):
        yield intake.ChooseOffer(offer.no)


def open_doubts(facts: OrderFacts, context: Context) -> Iterator[object]:
    """A doubt is answered by whom it waits for, or by one after him."""
    for doubt in facts.open_doubts:
        yield prices.ReleaseDoubt(doubt.no, _PAPER)


def opinions(facts: OrderFacts, context: Context) -> Iterator[object]:
    """A department that is asked speaks."""
    review = reviews.review_under_way(facts)
    for role in () if review is None else review.required:
        yield reviews.GiveOpinion(role, ReviewVerdict.FEASIBLE)


def statement(facts: OrderFacts, context: Context) -> Iterator[object]:
    """Materials are stated while nobody has signed."""
    yield reviews.StateMaterials(_PAPER)


def materials_signatures(facts: OrderFacts, context: Context) -> Iterator[object]:
    """One who has not signed the statement signs."""
    for role in context.policy.materials_signers:
        yield reviews.SignMaterials(role)


def decisions(facts: OrderFacts, context: Context) -> Iterator[object]:
    """The review is decided this way or that."""
    today: dt.date = context.today
    for promised_on in (today, None):
        yield reviews.Decide(ReviewOutcome.ACCEPTED, promised_on)
    yield reviews.Decide(ReviewOutcome.ACCEPTED_WITH_CONDITIONS, new_date=today)
    yield reviews.Decide(ReviewOutcome.REJECTED)


def change_signatures(facts: OrderFacts, context: Context) -> Iterator[object]:
    """One who has not signed the modification request signs."""
    for role in context.policy.configuration_signers:
        yield changes.SignChange(role)


def gate_entries(facts: OrderFacts, context: Context) -> Iterator[object]:
    """Something that the terms ask for is recorded by one who may bring it."""
    policy = context.policy
    bringers = dict.fromkeys(
        (
            *policy.lc_checkers,
            "FINANCE",
            policy.credit_approver,
            *gates.export_signers(facts, context),
            "SALES",
            "SALES_ASSISTANT",
            "DOCUMENT_CLERK",
        )
    )
    for item in GateItem:
        for role in bringers:
            yield gates.RecordGate(item, role, facts.total, _PAPER)


def production_order_signatures(facts: OrderFacts, context: Context) -> Iterator[object]:
    """One who has not signed the production order signs."""
    for role in context.policy.production_order_signers:
        yield confirmation.SignProductionOrder(role)


def work_order_signatures(facts: OrderFacts, context: Context) -> Iterator[object]:
    """One who has not signed the work order signs."""
    for role in context.policy.work_order_signers:
        yield confirmation.SignWorkOrder(role)


def special_signatures(facts: OrderFacts, context: Context) -> Iterator[object]:
    """One who has not signed the special order signs."""
    for role in context.policy.special_signers:
        yield deposits.SignSpecial(role)


def pickups(facts: OrderFacts, context: Context) -> Iterator[object]:
    """A unit that is left is picked up today."""
    yield deposits.RecordPickup(1, context.today)


def answers(facts: OrderFacts, context: Context) -> Iterator[object]:
    """A complaint that is open is answered."""
    for complaint in closing.open_complaints(facts):
        yield closing.AnswerComplaint(complaint.no, _PAPER)
