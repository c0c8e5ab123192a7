"""What belongs to an order by number: its lines, doubts, reviews, changes, papers and complaints.

Collections are numbered and only grow or change entry by entry, so that an event can say "entry 2
of its reviews is now this", and the history replays to the same facts (O15).
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, TypeVar

from domain.commands import changing, described, part
from domain.limits import CODE, MOST_PRICE, MOST_UNITS, Range, Text
from domain.messages import Message
from domain.money import line_amount
from domain.orders.vocabularies import (
    ChangeKind,
    ChangeState,
    ExtensionAnswer,
    GateItem,
    MissingInformation,
    OfferKind,
    ReviewKind,
    ReviewOutcome,
    ReviewVerdict,
)
from domain.parties.vocabularies import PaymentTerms
from domain.roles import Role


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
    """Something the customer must still say; line 0 is the order's head."""

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
    """A person signed a document of the order in one of the person's roles."""

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
