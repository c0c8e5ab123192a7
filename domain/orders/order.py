"""What is known of one order, as plain values; every rule reads these and nothing else.

Collections are numbered and only grow or change entry by entry, so that a change of an order can be
told as "entry 2 of its reviews is now this", and the history replays to the same facts (O15).
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol, TypeVar

from domain.commands import changing, described, part
from domain.limits import CODE, MOST_PRICE, MOST_UNITS, Range, Text
from domain.master_data import PaymentTerms
from domain.messages import Message, msg
from domain.money import line_amount, rounded
from domain.orders.vocabularies import (
    ChangeKind,
    ChangeState,
    ConfirmationDefect,
    ExtensionAnswer,
    GateItem,
    Irregularity,
    MissingInformation,
    OfferKind,
    OrderChannel,
    OrderFulfilment,
    OrderStatus,
    OrderUrgency,
    ReviewKind,
    ReviewOutcome,
    ReviewVerdict,
)
from domain.parties import CustomerKind
from domain.roles import Role

FINAL = (OrderStatus.CLOSED, OrderStatus.CANCELLED, OrderStatus.REJECTED)


@part("OrderLineInput")
class Line:
    """A line as the customer gave it; leave out what was not said.

    dropped_by: the change order that took it off; such a line stays with no units.
    """

    no: int = described("Its number within the order, from 1.", name="lineNo")
    sku: str | None = described("What, by its SKU code.", limit=Text(CODE))
    units: int | None = described("How many.", limit=Range(0, MOST_UNITS))
    unit_price: Decimal | None = described("Price of a unit.", limit=Range(0, MOST_PRICE))
    specification: str | None = described("How it shall be.", default=None)
    dropped_by: int | None = None

    def amount(self, currency: str) -> Decimal | None:
        """What the line costs in its order's currency; None while units or price are open."""
        if self.units is None or self.unit_price is None:
            return None
        return line_amount(self.unit_price, self.units, currency)


@dataclass(frozen=True, slots=True)
class Missing:
    """Something the customer must still tell; line 0 is the order's head."""

    line_no: int
    what: MissingInformation
    message: Message


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered for units that stock does not cover (O1)."""

    no: int
    line_no: int
    kind: OfferKind
    units: int
    sku: str | None = None
    warehouse: str | None = None
    expected_on: dt.date | None = None
    # Which check made it; only those of the latest can be chosen.
    of: int = 1
    chosen_by: str | None = None
    # A change of the line has overtaken it.
    lapsed: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """A code, specification or price that does not fit; open until released (O2)."""

    no: int
    line_no: int
    code: str
    message: Message
    # Its place in the chain of those who answer it.
    level: int = 0
    released_by: str | None = None
    released_as: Role | None = None
    reason: str | None = None
    # The change order whose content it is about; None: the order's own.
    change_no: int | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """One review of the order, or of a change of it (O3)."""

    no: int
    kind: ReviewKind
    lead: Role
    required: tuple[Role, ...]
    opened_on: dt.date
    due_on: dt.date
    change_no: int | None = None
    materials: str | None = None
    drawing: str | None = None
    customer_confirmation: str | None = None
    extension_answer: ExtensionAnswer | None = None
    outcome: ReviewOutcome | None = None
    decided_by: str | None = None
    decided_on: dt.date | None = None
    new_date: dt.date | None = None
    solution: str | None = None
    agreed: bool | None = None
    agreement: str | None = None
    agreed_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one department says in a review."""

    no: int
    review_no: int
    role: Role
    verdict: ReviewVerdict
    by: str
    on: dt.date
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """Somebody signed a document of the order as one of his roles."""

    no: int
    document: str
    role: Role
    by: str
    on: dt.date
    # Which review or change it belongs to; 0 where there is only one such document.
    of: int = 0


@part("OrderLineChangeInput")
class LineChange:
    """What a change makes of a line; what is left out stays."""

    line_no: int = described("The line.")
    units: int | None = changing(
        "How many now.", null=None, default=None, limit=Range(0, MOST_UNITS)
    )
    unit_price: Decimal | None = changing(
        "At which price.", null=None, default=None, limit=Range(0, MOST_PRICE)
    )
    specification: str | None = changing(
        "How it shall be; only in a CONFIGURATION request.", null=None, default=None
    )
    # Only as it is asked for, see `change_lines`.
    sku: str | None = changing(
        "Another SKU in its place, as a new line, at the price plan's price unless one is named.",
        null=None,
        default=None,
        limit=Text(CODE),
    )
    drop: bool = described("Whether it is taken off; so it is with 0 units.", default=False)


@dataclass(frozen=True, slots=True)
class Change:
    """A change order (订单变更) or modification request (产品修改申请书) (O4).

    Terms that are None stay as they are; `lines` and `added` hold the prices that will be asked.
    cost_effect: the new total less the old; None where the currency changes.
    """

    no: int
    kind: ChangeKind
    reason: str
    asked_by: str
    department: Role
    asked_on: dt.date
    lines: tuple[LineChange, ...]
    required_on: dt.date | None
    # What it costs us beside the new total; the department that asked bears it.
    loss: Decimal
    cost_effect: Decimal | None
    days_effect: int
    state: ChangeState = ChangeState.REQUESTED
    agreement: str | None = None
    agreed_on: dt.date | None = None
    added: tuple[Line, ...] = ()
    delivery_address: str | None = None
    payment_terms: PaymentTerms | None = None
    currency: str | None = None
    min_ship_value: Decimal | None = None
    # In the currency after the change; None for changes of a time when it was not kept.
    new_total: Decimal | None = None


@dataclass(frozen=True, slots=True)
class GateEntry:
    """One paper, payment or approval on the way to production (O6)."""

    no: int
    item: GateItem
    role: Role
    by: str
    on: dt.date
    amount: Decimal | None = None
    reference: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Pickup:
    """Units of a special order that were picked up (O7)."""

    no: int
    units: int
    on: dt.date
    by: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint about the order; while one is open it is not closed (O14)."""

    no: int
    text: str
    owner_role: Role
    opened_on: dt.date
    due_on: dt.date
    by: str
    closed_on: dt.date | None = None
    closed_by: str | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One order as it stands."""

    number: str
    customer: str
    customer_kind: CustomerKind
    payment_terms: PaymentTerms
    currency: str
    status: OrderStatus
    placed_on: dt.date
    channel: OrderChannel
    urgency: OrderUrgency = OrderUrgency.NORMAL
    fulfilment: OrderFulfilment = OrderFulfilment.MADE_TO_ORDER
    special: bool = False
    spare_part: bool = False
    irregularities: tuple[Irregularity, ...] = ()
    needs_logistics: bool = False
    commission: bool = False
    prepayment: bool = False
    required_on: dt.date | None = None
    delivery_address: str | None = None
    stated_total: Decimal | None = None
    ship_complete: bool = False
    min_ship_value: Decimal = Decimal("0.00")
    # The customer's own number for the order.
    customer_po: str | None = None
    note: str | None = None
    lines: tuple[Line, ...] = ()
    acknowledged_on: dt.date | None = None
    acknowledged_by: str | None = None
    missing: tuple[Missing, ...] = ()
    checks_passed: int = 0
    offers: tuple[Offer, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    finance_approved_by: str | None = None
    finance_approved_on: dt.date | None = None
    approved_by: str | None = None
    approved_on: dt.date | None = None
    reviews: tuple[Review, ...] = ()
    opinions: tuple[Opinion, ...] = ()
    signatures: tuple[Signature, ...] = ()
    frozen: bool = False
    changes: tuple[Change, ...] = ()
    # Production is held to the first date; the customer is told the second (O5, O10).
    production_promised_on: dt.date | None = None
    promised_on: dt.date | None = None
    first_promised_on: dt.date | None = None
    confirmation_sent_on: dt.date | None = None
    confirmation_defects: tuple[ConfirmationDefect, ...] = ()
    # By the customer's own hand; it counts as back once it was looked at.
    confirmation_sent_back_on: dt.date | None = None
    confirmation_sent_back_by: str | None = None
    confirmation_remarks: str | None = None
    confirmation_returned_on: dt.date | None = None
    confirmed_on: dt.date | None = None
    gate_entries: tuple[GateEntry, ...] = ()
    gate_released_on: dt.date | None = None
    production_ordered_on: dt.date | None = None
    work_started_on: dt.date | None = None
    stock_in_on: dt.date | None = None
    pickups: tuple[Pickup, ...] = ()
    picked_up_on: dt.date | None = None
    deposit_paid: Decimal = Decimal("0.00")
    deposit_forfeited: Decimal = Decimal("0.00")
    deposit_settled_on: dt.date | None = None
    receipt_signed_on: dt.date | None = None
    settled_on: dt.date | None = None
    complaints: tuple[Complaint, ...] = ()

    @property
    def total(self) -> Decimal:
        """What all lines cost, as far as it is known; an amount is rounded per line."""
        return total_of(self.lines, self.currency)

    @property
    def units(self) -> int:
        """Units ordered in all."""
        return sum(line.units or 0 for line in self.lines)

    @property
    def revision(self) -> int:
        """How many changes have been applied; papers are signed anew for each revision."""
        return sum(change.state == ChangeState.APPLIED for change in self.changes)

    @property
    def open_doubts(self) -> tuple[Doubt, ...]:
        """Doubts about the order as it stands that nobody has released."""
        return self.doubts_open_of(None)

    def doubts_open_of(self, change_no: int | None) -> tuple[Doubt, ...]:
        """Doubts about a change order that nobody has released; None: about the order itself."""
        return tuple(
            doubt
            for doubt in self.doubts
            if doubt.released_by is None and doubt.change_no == change_no
        )

    @property
    def open_complaints(self) -> tuple[Complaint, ...]:
        """Complaints without an answer."""
        return tuple(each for each in self.complaints if each.closed_on is None)

    @property
    def review(self) -> Review | None:
        """The latest review."""
        return self.reviews[-1] if self.reviews else None

    @property
    def open_change(self) -> Change | None:
        """The change that is under way; there is never more than one."""
        if self.changes and self.changes[-1].state in (
            ChangeState.REQUESTED,
            ChangeState.AGREED,
            ChangeState.UNDER_REVIEW,
        ):
            return self.changes[-1]
        return None

    def signers(self, document: str, of: int = 0) -> tuple[Role, ...]:
        """The roles in which a document has been signed."""
        return tuple(
            sign.role for sign in self.signatures if (sign.document, sign.of) == (document, of)
        )


def total_of(lines: Iterable[Line], currency: str) -> Decimal:
    """What these lines cost, as far as it is known."""
    nothing = rounded(Decimal(0), currency)
    return sum((line.amount(currency) or nothing for line in lines), nothing)


class Numbered(Protocol):
    """An entry of a collection."""

    @property
    def no(self) -> int:
        """Its number within the order."""


N = TypeVar("N", bound=Numbered)


def entry(entries: tuple[N, ...], no: int) -> N | None:
    """The entry of that number."""
    return next((each for each in entries if each.no == no), None)


def with_entry(entries: tuple[N, ...], changed: N) -> tuple[N, ...]:
    """The entries with one of them put in place of that of the same number."""
    return tuple(changed if each.no == changed.no else each for each in entries)


def following(entries: tuple[N, ...]) -> int:
    """The number of the next entry."""
    return 1 + max((each.no for each in entries), default=0)


def unapproved(facts: Order) -> Order:
    """The order with its approvals void, as they are once its content has changed."""
    return replace(
        facts,
        finance_approved_by=None,
        finance_approved_on=None,
        approved_by=None,
        approved_on=None,
    )


def already_bound(facts: Order) -> Order:
    """An order that an import brought: whatever it took to bind it was done elsewhere."""
    if facts.status in (
        OrderStatus.CONFIRMED,
        OrderStatus.SHIPPED,
        OrderStatus.DELIVERED,
        OrderStatus.CLOSED,
    ):
        facts = replace(
            facts,
            frozen=True,
            confirmed_on=facts.placed_on,
            confirmation_returned_on=facts.placed_on,
        )
    if facts.status == OrderStatus.CLOSED:
        return replace(facts, receipt_signed_on=facts.placed_on, settled_on=facts.placed_on)
    if facts.status == OrderStatus.NEEDS_INFO:
        return replace(
            facts, missing=(Missing(0, MissingInformation.UNKNOWN, msg("orders.LACK_NOT_SAID")),)
        )
    return facts
