"""What the acts up to the confirmation take; every input knows the deed it stands for."""

import datetime as dt
from abc import abstractmethod
from collections.abc import Iterable
from decimal import Decimal
from enum import Enum

import strawberry

from domain import limits
from domain.master_data import PaymentTerms
from domain.orders import confirmation, corrections, intake, prices, reviews
from domain.orders.facts import Line
from domain.orders.vocabularies import (
    ExtensionAnswer,
    Irregularity,
    OrderChannel,
    OrderFulfilment,
    OrderUrgency,
    ReviewOutcome,
    ReviewVerdict,
)
from domain.roles import Role
from domain.unchanged import UNCHANGED
from gql.input_changes import asked, changing, given
from gql.input_limits import at_most, between
from gql.mutations import KEY
from gql.scalars import CurrencyCode
from services.orders.place import PlaceOrder

PAPER = "The paper in which it does; a customer's own login needs none."


def _name(word: Enum | None) -> str | None:
    """The name of what a `changing` field that refuses null gives."""
    found = given(word)
    return None if found is None else found.name


def _names(words: Iterable[Enum]) -> tuple[str, ...]:
    """Each word once, whoever said it twice."""
    return tuple(dict.fromkeys(word.name for word in words))


@strawberry.input(description="Which order, and as it was when you read it.")
class OrderActInput:
    """What every act on an order takes."""

    id: strawberry.ID = strawberry.field(description="The order's id.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse when the order has another version by now."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)

    @abstractmethod
    def deed(self) -> object:
        """The act in the words of the rules."""


@strawberry.input(description="A line as the customer gave it; leave out what was not said.")
class OrderLineInput:
    """A line of a new or corrected order."""

    line_no: int = strawberry.field(description="Its number within the order, from 1.")
    sku: str | None = strawberry.field(
        default=None, description="What, by its SKU code.", metadata=at_most(limits.CODE)
    )
    units: int | None = strawberry.field(
        default=None, description="How many.", metadata=between(0, limits.MOST_UNITS)
    )
    unit_price: Decimal | None = strawberry.field(
        default=None, description="Price of a unit.", metadata=between(0, limits.MOST_PRICE)
    )
    specification: str | None = strawberry.field(default=None, description="How it shall be.")

    def line(self) -> Line:
        """The line in the words of the rules."""
        return Line(self.line_no, self.sku, self.units, self.unit_price, self.specification)


@strawberry.input(description="A new order as the customer gave it (O1).")
class OrderPlaceInput:
    """An order taken in."""

    customer: str = strawberry.field(description="Whose, by the customer's code.")
    channel: OrderChannel = strawberry.field(description="How it came in.")
    lines: list[OrderLineInput] = strawberry.field(
        default_factory=list, description="What is ordered; 1,000 lines at most."
    )
    order_number: str | None = strawberry.field(
        default=None,
        description="A number of your own; left out, one is made.",
        metadata=at_most(limits.CODE),
    )
    customer_po: str | None = strawberry.field(
        default=None, description="The customer's own number for it.", metadata=at_most(limits.CODE)
    )
    note: str | None = strawberry.field(default=None, description="Remarks.")
    urgency: OrderUrgency = strawberry.field(
        default=OrderUrgency.NORMAL, description="How urgent it is."
    )
    fulfilment: OrderFulfilment = strawberry.field(
        default=OrderFulfilment.MADE_TO_ORDER, description="Where its goods come from."
    )
    special: bool = strawberry.field(
        default=False, description="Whether it is a special regional order (O7)."
    )
    spare_part: bool = strawberry.field(
        default=False, description="Whether it is an order of spare parts."
    )
    irregularities: list[Irregularity] = strawberry.field(
        default_factory=list, description="What makes it non-regular (O3)."
    )
    needs_logistics: bool = strawberry.field(
        default=False, description="Whether logistics takes part in its review."
    )
    commission: bool = strawberry.field(
        default=False, description="Whether a commission is paid for it (export)."
    )
    prepayment: bool = strawberry.field(
        default=False, description="Whether we pay something ahead for it (export)."
    )
    required_on: dt.date | None = strawberry.field(
        default=None, description="The day the customer wants it."
    )
    delivery_address: str | None = strawberry.field(
        default=None, description="Where it is delivered."
    )
    stated_total: Decimal | None = strawberry.field(
        default=None,
        description="The total as the customer has it.",
        metadata=between(0, limits.MOST_MONEY),
    )
    ship_complete: bool = strawberry.field(
        default=False, description="Whether it ships whole or not at all."
    )
    min_ship_value: Decimal = strawberry.field(
        default=Decimal("0.00"),
        description="It ships for at least this, or not at all.",
        metadata=between(0, limits.MOST_MONEY),
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)

    def command(self) -> PlaceOrder:
        """The command of the use case."""
        order = intake.Place(
            customer=self.customer,
            channel=self.channel.name,
            lines=tuple(line.line() for line in self.lines),
            urgency=self.urgency.name,
            fulfilment=self.fulfilment.name,
            special=self.special,
            spare_part=self.spare_part,
            irregularities=_names(self.irregularities),
            needs_logistics=self.needs_logistics,
            commission=self.commission,
            prepayment=self.prepayment,
            required_on=self.required_on,
            delivery_address=self.delivery_address,
            stated_total=self.stated_total,
            ship_complete=self.ship_complete,
            min_ship_value=self.min_ship_value,
            customer_po=self.customer_po,
            note=self.note,
        )
        return PlaceOrder(order=order, order_number=self.order_number)


@strawberry.input(description="The customer was told that the order is here.")
class OrderAcknowledgeInput(OrderActInput):
    """An acknowledgement."""

    def deed(self) -> object:
        return intake.Acknowledge()


@strawberry.input(description="The order is checked line by line (O1, O2).")
class OrderCheckInput(OrderActInput):
    """A check against catalogue, price plan, past orders and stock."""

    def deed(self) -> object:
        return intake.Check()


@strawberry.input(
    description="What the customer told since, or was taken in wrongly; what is left out stays."
)
class OrderSupplyInformationInput(OrderActInput):
    """Missing information, or a correction of anything that was taken in."""

    lines: list[OrderLineInput] | None = changing(
        "All lines; they take the place of those there were. 1,000 at most.", null=None
    )
    required_on: dt.date | None = changing("The day the customer wants it.", null="unknown")
    delivery_address: str | None = changing("Where it is delivered.", null="unknown")
    stated_total: Decimal | None = changing(
        "The total as the customer has it.",
        null="unknown",
        metadata=between(0, limits.MOST_MONEY),
    )
    channel: OrderChannel | None = changing("How it came in.", null=None)
    urgency: OrderUrgency | None = changing("How urgent it is.", null=None)
    fulfilment: OrderFulfilment | None = changing("Where its goods come from.", null=None)
    special: bool | None = changing("Whether it is a special regional order (O7).", null=None)
    spare_part: bool | None = changing("Whether it is an order of spare parts.", null=None)
    irregularities: list[Irregularity] | None = changing(
        "All that makes it non-regular (O3).", null="regular"
    )
    needs_logistics: bool | None = changing(
        "Whether logistics takes part in its review.", null=None
    )
    commission: bool | None = changing("Whether a commission is paid for it (export).", null=None)
    prepayment: bool | None = changing("Whether we pay something ahead for it (export).", null=None)
    payment_terms: PaymentTerms | None = changing("Terms of payment of this order.", null=None)
    currency: CurrencyCode | None = changing(
        "The currency of all its amounts. Without `lines` each line gets the price that the price "
        "plan has in it, and lacks one where there is none.",
        null=None,
    )
    ship_complete: bool | None = changing("Whether it ships whole or not at all.", null=None)
    min_ship_value: Decimal | None = changing(
        "It ships for at least this, or not at all.",
        null=None,
        metadata=between(0, limits.MOST_MONEY),
    )
    customer_po: str | None = changing(
        "The customer's own number for it.", null="unknown", metadata=at_most(limits.CODE)
    )
    note: str | None = changing("Remarks.", null="none")

    def deed(self) -> object:
        lines = given(self.lines)
        wrong = asked(self.irregularities)
        return corrections.SupplyInformation(
            lines=None if lines is None else tuple(line.line() for line in lines),
            required_on=asked(self.required_on),
            delivery_address=asked(self.delivery_address),
            stated_total=asked(self.stated_total),
            channel=_name(self.channel),
            urgency=_name(self.urgency),
            fulfilment=_name(self.fulfilment),
            special=given(self.special),
            spare_part=given(self.spare_part),
            irregularities=None if wrong is UNCHANGED else _names(wrong or ()),
            needs_logistics=given(self.needs_logistics),
            commission=given(self.commission),
            prepayment=given(self.prepayment),
            payment_terms=_name(self.payment_terms),
            currency=given(self.currency),
            ship_complete=given(self.ship_complete),
            min_ship_value=given(self.min_ship_value),
            customer_po=asked(self.customer_po),
            note=asked(self.note),
        )


@strawberry.input(description="The customer takes an offer for a short line.")
class OrderOfferChooseInput(OrderActInput):
    """A choice."""

    offer: int = strawberry.field(description="The offer's number.")

    def deed(self) -> object:
        return intake.ChooseOffer(self.offer)


@strawberry.input(description="A doubt is released, or passed on upwards (O2).")
class OrderPriceDoubtReleaseInput(OrderActInput):
    """An answer to a doubt."""

    doubt: int = strawberry.field(description="The doubt's number.")
    reason: str = strawberry.field(description="Why it is right so, or why it is passed on.")
    escalate: bool = strawberry.field(
        default=False, description="Pass it on to the next of the chain instead."
    )

    def deed(self) -> object:
        return prices.ReleaseDoubt(self.doubt, self.reason, self.escalate)


@strawberry.input(description="FINANCE approves price, amount and terms (O2).")
class OrderFinanceApproveInput(OrderActInput):
    """An approval of finance."""

    def deed(self) -> object:
        return prices.FinanceApprove()


@strawberry.input(description="The sales supervisor or manager approves the order (O2).")
class OrderApproveInput(OrderActInput):
    """An approval of sales."""

    def deed(self) -> object:
        return prices.Approve()


@strawberry.input(description="The review of the order, or of its change, begins (O3).")
class OrderReviewOpenInput(OrderActInput):
    """A review."""

    def deed(self) -> object:
        return reviews.OpenReview()


@strawberry.input(description="What a department says in the review (O3).")
class OrderReviewOpinionInput(OrderActInput):
    """An opinion."""

    role: Role = strawberry.field(description="The department you speak for.")
    verdict: ReviewVerdict = strawberry.field(description="Its verdict.")
    note: str | None = strawberry.field(default=None, description="What it adds.")

    def deed(self) -> object:
        return reviews.GiveOpinion(self.role.name, self.verdict.name, self.note)


@strawberry.input(description="Material availability in writing (O3).")
class OrderMaterialsStateInput(OrderActInput):
    """A statement."""

    statement: str = strawberry.field(description="What materials there are.")

    def deed(self) -> object:
        return reviews.StateMaterials(self.statement)


@strawberry.input(description="A signature; you must hold the role you sign in.")
class OrderSignInput(OrderActInput):
    """A signature under one of the papers."""

    role: Role = strawberry.field(description="As what you sign.")


@strawberry.input(description="The statement on materials is signed (O3).")
class OrderMaterialsSignInput(OrderSignInput):
    """A signature of engineering or purchasing."""

    def deed(self) -> object:
        return reviews.SignMaterials(self.role.name)


@strawberry.input(description="The drawing, and the customer's written word on it (O3).")
class OrderDrawingFileInput(OrderActInput):
    """A drawing."""

    drawing: str = strawberry.field(description="Which drawing.")
    customer_confirmation: str = strawberry.field(description="The paper that confirms it.")

    def deed(self) -> object:
        return reviews.FileDrawing(self.drawing, self.customer_confirmation)


@strawberry.input(description="The customer was asked to extend the date (O3).")
class OrderExtensionAskInput(OrderActInput):
    """An answer."""

    answer: ExtensionAnswer = strawberry.field(description="What the customer said.")

    def deed(self) -> object:
        return reviews.AskExtension(self.answer.name)


@strawberry.input(description="The outcome of the review (O3).")
class OrderReviewDecideInput(OrderActInput):
    """A decision."""

    outcome: ReviewOutcome = strawberry.field(description="What comes of it.")
    production_promised_on: dt.date | None = strawberry.field(
        default=None, description="Production's written date; needed to accept an order."
    )
    new_date: dt.date | None = strawberry.field(
        default=None, description="A later date, as a condition."
    )
    solution: str | None = strawberry.field(
        default=None, description="Another technical solution, as a condition."
    )

    def deed(self) -> object:
        return reviews.Decide(
            self.outcome.name, self.production_promised_on, self.new_date, self.solution
        )


@strawberry.input(description="The customer's answer to the conditions (O3).")
class OrderConditionsAgreeInput(OrderActInput):
    """An answer."""

    agreed: bool = strawberry.field(description="Whether the customer agrees.")
    agreement: str | None = strawberry.field(default=None, description=PAPER)

    def deed(self) -> object:
        return reviews.AgreeConditions(self.agreed, self.agreement)


@strawberry.input(description="The confirmation goes to the customer (O5).")
class OrderConfirmationSendInput(OrderActInput):
    """A confirmation."""

    promised_on: dt.date = strawberry.field(description="The day of completion it promises.")

    def deed(self) -> object:
        return confirmation.SendConfirmation(self.promised_on)


@strawberry.input(description="The customer sends the confirmation back (O5).")
class OrderConfirmationSendBackInput(OrderActInput):
    """A confirmation on its way back."""

    remarks: str | None = strawberry.field(
        default=None, description="The customer's special remarks."
    )

    def deed(self) -> object:
        return confirmation.SendBackConfirmation(self.remarks)


@strawberry.input(description="The confirmation came back and was looked at (O5).")
class OrderConfirmationReturnInput(OrderActInput):
    """A confirmation returned."""

    is_signed: bool = strawberry.field(description="Whether its signature is clear.")
    is_stamped: bool = strawberry.field(description="Whether its stamp is clear.")
    remarks_are_clear: bool = strawberry.field(
        description="Whether its special remarks are complete."
    )

    def deed(self) -> object:
        return confirmation.ReturnConfirmation(
            self.is_signed, self.is_stamped, self.remarks_are_clear
        )


@strawberry.input(description="The order stands, and competes for goods (F3).")
class OrderConfirmInput(OrderActInput):
    """A confirmation of ours."""

    def deed(self) -> object:
        return confirmation.Confirm()
