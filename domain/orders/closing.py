"""Shipping, delivery, complaints, closing and cancelling (O14)."""

from dataclasses import dataclass, replace

from domain.orders.context import Context
from domain.orders.deposits import pick_up_the_rest, settle_ended
from domain.orders.facts import Complaint, OrderFacts, entry, following, with_entry
from domain.orders.refusals import refuse
from domain.orders.vocabularies import OrderStatus
from domain.roles import Role


@dataclass(frozen=True)
class Ship:
    """Everything has left."""


@dataclass(frozen=True)
class Deliver:
    """Everything has arrived."""


@dataclass(frozen=True)
class SignReceipt:
    """The customer's signed receipt (到货回单) is here."""


@dataclass(frozen=True)
class Settle:
    """FINANCE finds the order paid in full."""


@dataclass(frozen=True)
class OpenComplaint:
    """The customer complains."""

    text: str
    owner_role: str = "AFTER_SALES"


@dataclass(frozen=True)
class AnswerComplaint:
    """A complaint is answered to the customer's content."""

    complaint: int
    answer: str


@dataclass(frozen=True)
class Close:
    """The order is done."""


@dataclass(frozen=True)
class Cancel:
    """The order is called off."""

    reason: str


def ship(facts: OrderFacts, deed: Ship, context: Context) -> OrderFacts:
    """Nothing of the order is left here; what was not picked up of a special one is now (O7)."""
    return replace(pick_up_the_rest(facts, context), status=OrderStatus.SHIPPED)


def deliver(facts: OrderFacts, deed: Deliver, context: Context) -> OrderFacts:
    """The customer has everything."""
    return replace(facts, status=OrderStatus.DELIVERED)


def sign_receipt(facts: OrderFacts, deed: SignReceipt, context: Context) -> OrderFacts:
    """The receipt is signed."""
    return replace(facts, receipt_signed_on=context.today)


def settle(facts: OrderFacts, deed: Settle, context: Context) -> OrderFacts:
    """Nothing is owed any more."""
    return replace(facts, settled_on=context.today)


def open_complaint(facts: OrderFacts, deed: OpenComplaint, context: Context) -> OrderFacts:
    """Take a complaint in, with an owner and a day by which it is answered (O13)."""
    action = "complaintOpen"
    if not deed.text.strip():
        raise refuse(action, "TEXT_MISSING", "O14", "Say what is wrong.", "text")
    if deed.owner_role not in set(Role):
        raise refuse(action, "UNKNOWN_WORD", "O14", f"No role {deed.owner_role!r}.", "ownerRole")
    complaint = Complaint(
        following(facts.complaints),
        deed.text,
        deed.owner_role,
        context.today,
        context.working_days_later(context.policy.complaint_days),
        context.actor,
    )
    return replace(facts, complaints=(*facts.complaints, complaint))


def answer_complaint(facts: OrderFacts, deed: AnswerComplaint, context: Context) -> OrderFacts:
    """Close a complaint with its answer."""
    action = "complaintAnswer"
    complaint = entry(facts.complaints, deed.complaint)
    if complaint is None:
        raise refuse(
            action, "NO_SUCH_COMPLAINT", "O14", f"There is no {deed.complaint}.", "complaint"
        )
    if complaint.closed_on is not None:
        raise refuse(
            action,
            "ANSWERED_ALREADY",
            "O14",
            f"{complaint.closed_by} answered it on {complaint.closed_on}.",
            "complaint",
        )
    if not deed.answer.strip():
        raise refuse(action, "TEXT_MISSING", "O14", "Say what was answered.", "answer")
    closed = replace(
        complaint, closed_on=context.today, closed_by=context.actor, answer=deed.answer
    )
    return replace(facts, complaints=with_entry(facts.complaints, closed))


def close(facts: OrderFacts, deed: Close, context: Context) -> OrderFacts:
    """Delivered, receipt signed, paid in full, no open complaint: done (O14)."""
    return replace(facts, status=OrderStatus.CLOSED)


def cancel(facts: OrderFacts, deed: Cancel, context: Context) -> OrderFacts:
    """Call the order off; stock, reservations and money go back where they came from (O14)."""
    if not deed.reason.strip():
        raise refuse("orderCancel", "REASON_MISSING", "O14", "Say why.", "reason")
    return replace(settle_ended(facts, context), status=OrderStatus.CANCELLED)


def open_complaints(facts: OrderFacts) -> tuple[Complaint, ...]:
    """Complaints without an answer."""
    return tuple(each for each in facts.complaints if each.closed_on is None)
