"""What belongs to an order's process: doubts, reviews, changes, papers, deposit, next commands."""

import datetime as dt
from decimal import Decimal

import strawberry
from strawberry.extensions import FieldExtension

from domain.messages import Message
from domain.orders import entries as rules
from domain.orders.gates import Requirement
from domain.orders.order import Order
from domain.orders.state_machine import NextAction
from domain.orders.vocabularies import (
    DepositState,
    OfferKind,
)
from domain.roles import Action, Role
from gql.context import Info
from gql.language import LocaleArgument, pick, reason_in_words, said_in_words
from gql.mutations import RefusalReason
from gql.permissions import Needs
from gql.scalars import Money

WORK: list[FieldExtension] = [Needs(Action.VIEW_ORDER_WORK)]


@strawberry.type(description="A command that your roles have, while the order is in this state.")
class OrderAction:
    """A command, and whether it may be given now."""

    action: strawberry.Private[NextAction]
    name: str = strawberry.field(description="The mutation that does it, such as orderApprove.")
    is_allowed: bool = strawberry.field(description="Whether it may be done now.")
    reasons: list[RefusalReason] = strawberry.field(description="What stands against it now.")

    @classmethod
    def of(cls, action: NextAction) -> "OrderAction":
        """The command of the rules."""
        return cls(
            action=action,
            name=action.name,
            is_allowed=action.is_allowed,
            reasons=[
                RefusalReason(code=each.code, rule=each.rule, said=each.message)
                for each in action.reasons
            ],
        )

    @strawberry.field(description="What will have been done, as the history says it.")
    def title(self, info: Info, locale: LocaleArgument = None) -> str:
        """Its title in a language."""
        return pick(info, locale, *self.action.title)


@strawberry.type(description="Something that an order still lacks (O1).")
class MissingInformation:
    """What is missing."""

    line_no: int = strawberry.field(description="The line; 0 is the order itself.")
    what: str = strawberry.field(description="A lasting word for programs, such as UNITS.")
    said: strawberry.Private[Message]
    message: str = strawberry.field(resolver=said_in_words, description="A sentence for people.")

    @classmethod
    def of(cls, missing: rules.Missing) -> "MissingInformation":
        """What the rules found missing."""
        return cls(line_no=missing.line_no, what=missing.what, said=missing.message)


@strawberry.type(description="What was offered for units that stock did not cover (O1).")
class OrderOffer:
    """An offer."""

    no: int = strawberry.field(description="Its number, to choose it by.")
    line_no: int = strawberry.field(description="The short line.")
    kind: OfferKind = strawberry.field(description="What is offered.")
    units: int = strawberry.field(description="For how many units.")
    sku_code: str | None = strawberry.field(description="The substitute.")
    warehouse_code: str | None = strawberry.field(description="Where a transfer comes from.")
    expected_on: dt.date | None = strawberry.field(description="When a backorder is expected.")
    chosen: bool = strawberry.field(description="Whether the customer took it.")

    @classmethod
    def of(cls, offer: rules.Offer) -> "OrderOffer":
        """The offer of the facts."""
        return cls(
            no=offer.no,
            line_no=offer.line_no,
            kind=offer.kind,
            units=offer.units,
            sku_code=offer.sku,
            warehouse_code=offer.warehouse,
            expected_on=offer.expected_on,
            chosen=offer.chosen_by is not None,
        )


@strawberry.type(description="A doubt about code, specification or price (O2).")
class OrderDoubt:
    """A doubt."""

    no: int = strawberry.field(description="Its number, to release it by.")
    line_no: int = strawberry.field(description="The line it is about.")
    change_no: int | None = strawberry.field(
        description="The change order it is about; null where it is about the order as it stands."
    )
    code: str = strawberry.field(description="A lasting word for programs.")
    said: strawberry.Private[Message]
    message: str = strawberry.field(resolver=said_in_words, description="A sentence for people.")
    waits_for: Role | None = strawberry.field(description="Whose answer it waits for.")
    released_by: str | None = strawberry.field(description="Who released it.")
    because: strawberry.Private[str | None]
    reason: str | None = strawberry.field(
        resolver=reason_in_words, description="Why, or why it was passed on."
    )

    @classmethod
    def of(cls, doubt: rules.Doubt, chain: tuple[str, ...]) -> "OrderDoubt":
        """The doubt of the facts."""
        return cls(
            no=doubt.no,
            line_no=doubt.line_no,
            change_no=doubt.change_no,
            code=doubt.code,
            said=doubt.message,
            waits_for=None if doubt.released_by else Role(chain[doubt.level]),
            released_by=doubt.released_by,
            because=doubt.reason,
        )


@strawberry.type(description="A signature under one of the order's papers.")
class OrderSignature:
    """A signature."""

    document: str = strawberry.field(description="The paper, such as PRODUCTION_ORDER.")
    role: Role = strawberry.field(description="As what it was signed.")
    by: str = strawberry.field(description="Who signed.")
    on: dt.date = strawberry.field(description="When.")

    @classmethod
    def of(cls, signature: rules.Signature) -> "OrderSignature":
        """The signature of the facts."""
        return cls(
            document=signature.document,
            role=signature.role,
            by=signature.by,
            on=signature.on,
        )


@strawberry.type(description="The customer's confirmation (回传), and what its delay does (O5).")
class OrderConfirmation:
    """The confirmation."""

    sent_on: dt.date | None = strawberry.field(description="When it was sent.")
    sent_back_on: dt.date | None = strawberry.field(
        description="When the customer sent it back; null until then, and again after a defect."
    )
    sent_back_by: str | None = strawberry.field(description="Who sent it back.")
    remarks: str | None = strawberry.field(description="The special remarks that came with it.")
    returned_on: dt.date | None = strawberry.field(description="When it was back in order.")
    defects: list[str] = strawberry.field(description="What it lacked when it last came back.")
    first_promised_on: dt.date | None = strawberry.field(description="The day first promised.")
    promised_on: dt.date | None = strawberry.field(
        description="The day as of today: later by a day for each working day of delay."
    )


@strawberry.type(description="One thing that the terms of payment ask for (O6).")
class GateRequirement:
    """A requirement of the gate."""

    code: str = strawberry.field(description="A lasting word for programs.")
    owner_role: Role = strawberry.field(description="Who owes it.")
    is_met: bool = strawberry.field(description="Whether it is there.")
    said: strawberry.Private[Message]
    message: str = strawberry.field(resolver=said_in_words, description="A sentence for people.")
    due_on: dt.date | None = strawberry.field(description="By when, where there is a day.")

    @classmethod
    def of(cls, requirement: Requirement) -> "GateRequirement":
        """The requirement of the rules."""
        return cls(
            code=requirement.code,
            owner_role=Role(requirement.owner_role),
            is_met=requirement.is_met,
            said=requirement.message,
            due_on=requirement.due_on,
        )


@strawberry.type(description="On the way from confirmation to production (O5, O6).")
class ProductionRelease:
    """Gate and papers of production."""

    requirements: list[GateRequirement] = strawberry.field(description="What the terms ask for.")
    released_on: dt.date | None = strawberry.field(description="When production was released.")
    ordered_on: dt.date | None = strawberry.field(
        description="When the production order had all its signatures."
    )
    work_started_on: dt.date | None = strawberry.field(
        description="When the work order had all its signatures."
    )
    promised_on: dt.date | None = strawberry.field(
        description="Production's own written date, to which it is held."
    )


@strawberry.type(description="The deposit of an order, and what becomes of it (O6, O7).")
class OrderDeposit:
    """A deposit."""

    state: DepositState = strawberry.field(description="Where it stands today.")
    required: Money = strawberry.field(description="How much is needed.")
    paid: Money = strawberry.field(description="How much is here.")
    forfeited: Money = strawberry.field(description="How much was lost.")
    stock_in_on: dt.date | None = strawberry.field(description="When the goods came in.")
    offset_until: dt.date | None = strawberry.field(
        description="The last day on which all of it offsets the price."
    )
    last_day: dt.date | None = strawberry.field(
        description="The last day before the larger part is lost."
    )
    picked_up_on: dt.date | None = strawberry.field(description="When the last unit left.")
    settled_on: dt.date | None = strawberry.field(description="When it was settled.")


@strawberry.type(description="A complaint about the order (O14).")
class OrderComplaint:
    """A complaint."""

    no: int = strawberry.field(description="Its number, to answer it by.")
    text: str = strawberry.field(description="What is wrong.")
    owner_role: Role = strawberry.field(description="Who answers it.")
    opened_on: dt.date = strawberry.field(description="When it came.")
    due_on: dt.date = strawberry.field(description="By when it is answered.")
    closed_on: dt.date | None = strawberry.field(description="When it was answered.")
    answer: str | None = strawberry.field(description="The answer.")

    @classmethod
    def of(cls, complaint: rules.Complaint) -> "OrderComplaint":
        """The complaint of the facts."""
        return cls(
            no=complaint.no,
            text=complaint.text,
            owner_role=complaint.owner_role,
            opened_on=complaint.opened_on,
            due_on=complaint.due_on,
            closed_on=complaint.closed_on,
            answer=complaint.answer,
        )


def money(amount: Decimal, facts: Order) -> Money:
    """An amount in the order's currency."""
    return Money.of(amount, facts.currency)
