"""What the acts on a reviewed or confirmed order take: change, production, deposit, closing."""

import datetime as dt
from decimal import Decimal

import strawberry

from domain import limits
from domain.master_data import PaymentTerms
from domain.orders import changes, closing, confirmation, deposits, gates
from domain.orders.facts import LineChange
from domain.orders.vocabularies import ChangeKind, GateItem
from domain.roles import Role
from gql.input_changes import changing, given
from gql.input_limits import at_most, between
from gql.orders.inputs import PAPER, OrderActInput, OrderSignInput
from gql.scalars import CurrencyCode


@strawberry.input(description="What a change makes of a line; what is left out stays.")
class OrderLineChangeInput:
    """A line of a change."""

    line_no: int = strawberry.field(description="The line.")
    units: int | None = changing("How many now.", null=None, metadata=between(0, limits.MOST_UNITS))
    unit_price: Decimal | None = changing(
        "At which price.", null=None, metadata=between(0, limits.MOST_PRICE)
    )
    specification: str | None = changing(
        "How it shall be; only in a CONFIGURATION request.", null=None
    )
    sku: str | None = changing(
        "Another SKU in its place, as a new line, at the price plan's price unless one is named.",
        null=None,
        metadata=at_most(limits.CODE),
    )
    drop: bool = strawberry.field(
        default=False, description="Whether it is taken off; so it is with 0 units."
    )

    def change(self) -> LineChange:
        """The change in the words of the rules."""
        return LineChange(
            self.line_no,
            given(self.units),
            given(self.unit_price),
            given(self.specification),
            given(self.sku),
            self.drop,
        )


@strawberry.input(description="A line that a change adds; it gets the next number.")
class OrderNewLineInput:
    """A new line of a change."""

    sku: str = strawberry.field(description="What, by its SKU code.", metadata=at_most(limits.CODE))
    units: int = strawberry.field(description="How many.", metadata=between(1, limits.MOST_UNITS))
    unit_price: Decimal | None = strawberry.field(
        default=None,
        description="Price of a unit; left out, the price plan's of today.",
        metadata=between(0, limits.MOST_PRICE),
    )
    specification: str | None = strawberry.field(default=None, description="How it shall be.")

    def line(self) -> changes.NewLine:
        """The line in the words of the rules."""
        return changes.NewLine(self.sku, self.units, self.unit_price, self.specification)


@strawberry.input(description="A change is asked for; what is left out stays (O4).")
class OrderChangeRequestInput(OrderActInput):
    """A change order or modification request."""

    reason: str = strawberry.field(description="Why.")
    department: Role | None = strawberry.field(
        default=None,
        description="Which department asks; it bears the loss. A customer's own login leaves it "
        "out, and `loss` and prices too.",
    )
    kind: ChangeKind = strawberry.field(
        default=ChangeKind.ORDER_CHANGE, description="What kind of change it is."
    )
    lines: list[OrderLineChangeInput] = strawberry.field(
        default_factory=list, description="The lines that change."
    )
    add_lines: list[OrderNewLineInput] = strawberry.field(
        default_factory=list, description="Lines that are added."
    )
    required_on: dt.date | None = changing("The day it is wanted now.", null=None)
    delivery_address: str | None = changing("Where it is delivered now.", null=None)
    payment_terms: PaymentTerms | None = changing("The terms of payment now.", null=None)
    currency: CurrencyCode | None = changing(
        "The currency now: every line costs what the price plan in it says today, unless its price "
        "is named. Refused while money or goods stand in the old one.",
        null=None,
    )
    min_ship_value: Decimal | None = changing(
        "It ships for at least this now, or not at all.",
        null=None,
        metadata=between(0, limits.MOST_MONEY),
    )
    loss: Decimal = strawberry.field(
        default=Decimal("0.00"),
        description="What it costs us beside the new price.",
        metadata=between(0, limits.MOST_MONEY),
    )

    def deed(self) -> object:
        terms = given(self.payment_terms)
        return changes.RequestChange(
            kind=self.kind.name,
            reason=self.reason,
            department=None if self.department is None else self.department.name,
            lines=tuple(line.change() for line in self.lines),
            required_on=given(self.required_on),
            loss=self.loss,
            added=tuple(line.line() for line in self.add_lines),
            delivery_address=given(self.delivery_address),
            payment_terms=None if terms is None else terms.name,
            currency=given(self.currency),
            min_ship_value=given(self.min_ship_value),
        )


@strawberry.input(description="A modification request is signed (O4).")
class OrderChangeSignInput(OrderSignInput):
    """A signature of sales manager or deputy general manager."""

    def deed(self) -> object:
        return changes.SignChange(self.role.name)


@strawberry.input(description="The customer agreed to the change in writing (O4).")
class OrderChangeAgreeInput(OrderActInput):
    """An agreement."""

    agreement: str | None = strawberry.field(default=None, description=PAPER)

    def deed(self) -> object:
        return changes.AgreeChange(self.agreement)


@strawberry.input(description="The change is called off.")
class OrderChangeWithdrawInput(OrderActInput):
    """A change withdrawn."""

    def deed(self) -> object:
        return changes.WithdrawChange()


@strawberry.input(description="Something towards production's release is here (O6).")
class OrderGateRecordInput(OrderActInput):
    """A paper, a check or an approval."""

    item: GateItem = strawberry.field(description="What.")
    role: Role = strawberry.field(description="As what you record it.")
    amount: Decimal | None = strawberry.field(
        default=None,
        description="What a letter of credit covers.",
        metadata=between(0, limits.MOST_MONEY),
    )
    reference: str | None = strawberry.field(
        default=None, description="The paper's number.", metadata=at_most(limits.NAME)
    )
    note: str | None = strawberry.field(default=None, description="Remarks, such as a fault.")

    def deed(self) -> object:
        return gates.RecordGate(
            self.item.name, self.role.name, self.amount, self.reference, self.note
        )


@strawberry.input(description="Production is released (O6).")
class OrderGateReleaseInput(OrderActInput):
    """A release."""

    def deed(self) -> object:
        return gates.ReleaseGate()


@strawberry.input(description="The production order is signed (O5).")
class ProductionOrderSignInput(OrderSignInput):
    """A signature of SALES_ADMIN or production."""

    def deed(self) -> object:
        return confirmation.SignProductionOrder(self.role.name)


@strawberry.input(description="The work order is signed (O5).")
class WorkOrderSignInput(OrderSignInput):
    """A signature of one of the five departments."""

    def deed(self) -> object:
        return confirmation.SignWorkOrder(self.role.name)


@strawberry.input(description="A special order is signed (O7).")
class OrderSpecialSignInput(OrderSignInput):
    """A signature of sales manager or deputy general manager."""

    def deed(self) -> object:
        return deposits.SignSpecial(self.role.name)


@strawberry.input(description="FINANCE received a deposit (O6, O7).")
class DepositRecordInput(OrderActInput):
    """A deposit."""

    amount: Decimal = strawberry.field(
        description="How much, in the order's currency.", metadata=between(0, limits.MOST_MONEY)
    )
    reference: str = strawberry.field(
        description="The bank slip's number; it counts once per order.",
        metadata=at_most(limits.SLIP),
    )
    slip_amount: Decimal | None = strawberry.field(
        default=None,
        description="What the whole slip is for; asked for where it pays for several orders.",
        metadata=between(0, limits.MOST_MONEY),
    )

    def deed(self) -> object:
        return deposits.RecordDeposit(self.amount, self.reference, self.slip_amount)


@strawberry.input(description="The deposit is settled after the last day of pick-up (O7).")
class DepositSettleInput(OrderActInput):
    """A settlement; a timer does it too."""

    def deed(self) -> object:
        return deposits.SettleDeposit()


@strawberry.input(description="A special order's goods are in the warehouse (O7).")
class OrderStockInInput(OrderActInput):
    """A stock-in."""

    on: dt.date = strawberry.field(description="On which day.")

    def deed(self) -> object:
        return deposits.RecordStockIn(self.on)


@strawberry.input(description="Units of a special order were picked up (O7).")
class PickupRecordInput(OrderActInput):
    """A pick-up."""

    units: int = strawberry.field(description="How many.", metadata=between(0, limits.MOST_UNITS))
    on: dt.date = strawberry.field(description="On which day.")

    def deed(self) -> object:
        return deposits.RecordPickup(self.units, self.on)


@strawberry.input(description="What is being picked for the order leaves; nothing stays behind.")
class OrderShipInput(OrderActInput):
    """A goods issue."""

    def deed(self) -> object:
        return closing.Ship()


@strawberry.input(description="All of the order has arrived.")
class OrderDeliverInput(OrderActInput):
    """A delivery."""

    def deed(self) -> object:
        return closing.Deliver()


@strawberry.input(description="The customer's signed receipt is here (O14).")
class OrderReceiptSignInput(OrderActInput):
    """A receipt."""

    def deed(self) -> object:
        return closing.SignReceipt()


@strawberry.input(description="FINANCE finds the order paid in full (O14).")
class OrderSettleInput(OrderActInput):
    """A full payment."""

    def deed(self) -> object:
        return closing.Settle()


@strawberry.input(description="The customer complains (O14).")
class ComplaintOpenInput(OrderActInput):
    """A complaint."""

    text: str = strawberry.field(description="What is wrong.")
    owner_role: Role = strawberry.field(default=Role.AFTER_SALES, description="Who answers it.")

    def deed(self) -> object:
        return closing.OpenComplaint(self.text, self.owner_role.name)


@strawberry.input(description="A complaint is answered (O14).")
class ComplaintAnswerInput(OrderActInput):
    """An answer."""

    complaint: int = strawberry.field(description="The complaint's number.")
    answer: str = strawberry.field(description="What was answered.")

    def deed(self) -> object:
        return closing.AnswerComplaint(self.complaint, self.answer)


@strawberry.input(description="The order is done (O14).")
class OrderCloseInput(OrderActInput):
    """A closing."""

    def deed(self) -> object:
        return closing.Close()


@strawberry.input(description="The order is called off; what it holds goes back (O14).")
class OrderCancelInput(OrderActInput):
    """A cancellation."""

    reason: str = strawberry.field(description="Why.")

    def deed(self) -> object:
        return closing.Cancel(self.reason)
