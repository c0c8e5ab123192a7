"""Shipping, delivery, complaints, closing and cancelling (O14)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Self

from domain.commands import described
from domain.messages import msg
from domain.orders import guards as must
from domain.orders.context import Context
from domain.orders.deposits import pick_up_the_rest, settle_ended
from domain.orders.entries import Complaint, entry, following, with_entry
from domain.orders.order import Order
from domain.orders.refusals import refuse
from domain.orders.transition import BEGUN, LATE, Detail, OrderCommand, order_command
from domain.orders.vocabularies import OrderStatus
from domain.roles import Action, Role


@order_command(
    "orderShip",
    Action.SHIP_ORDERS,
    title=("Ship everything", "全部发货"),
    history=("Everything shipped", "已全部发货"),
    sources=(OrderStatus.CONFIRMED,),
    targets=(OrderStatus.SHIPPED,),
    guards=(
        must.no_change_is_open,
        must.change_is_approved_by_finance,
        must.change_is_approved,
        must.special_is_stocked_in,
        must.something_is_ordered,
        must.everything_is_shipped,
    ),
    customers_see=(),
)
class Ship(OrderCommand):
    """What is being picked for the order leaves; nothing stays behind."""

    def effect(self, facts: Order, context: Context) -> Order:
        """Nothing is left here; what was not picked up of a special order is now (O7)."""
        return replace(pick_up_the_rest(facts, context), status=OrderStatus.SHIPPED)


@order_command(
    "orderDeliver",
    Action.DELIVER_ORDERS,
    title=("Record the delivery", "登记全部送达"),
    history=("Everything delivered", "已全部送达"),
    sources=(OrderStatus.SHIPPED,),
    targets=(OrderStatus.DELIVERED,),
    customers_see=(),
)
class Deliver(OrderCommand):
    """All of the order has arrived."""

    def effect(self, facts: Order, context: Context) -> Order:
        """The customer has everything."""
        return replace(facts, status=OrderStatus.DELIVERED)


@order_command(
    "orderReceiptSign",
    Action.SIGN_RECEIPTS,
    title=("Sign the receipt", "登记到货回单签收"),
    history=("Receipt signed", "到货回单已签收"),
    sources=(OrderStatus.DELIVERED,),
    guards=(must.receipt_is_not_signed,),
    customers_see=(),
)
class SignReceipt(OrderCommand):
    """The customer's signed receipt is here (O14)."""

    def effect(self, facts: Order, context: Context) -> Order:
        """The receipt is signed."""
        return replace(facts, receipt_signed_on=context.today)


@order_command(
    "orderSettle",
    Action.SETTLE_ORDERS,
    title=("Find the order paid in full", "登记货款结清"),
    history=("Paid in full", "货款已结清"),
    sources=LATE,
    guards=(must.is_not_settled,),
    customers_see=(),
)
class Settle(OrderCommand):
    """FINANCE finds the order paid in full (O14)."""

    def effect(self, facts: Order, context: Context) -> Order:
        """Nothing is owed any more."""
        return replace(facts, settled_on=context.today)


@order_command(
    "complaintOpen",
    Action.HANDLE_COMPLAINTS,
    title=("Open a complaint", "登记客户投诉"),
    history=("Complaint opened", "已登记客户投诉"),
    sources=LATE,
    customers_see=(
        Detail("text", "complaints", "text", label=("Text", "内容")),
        Detail("dueOn", "complaints", "due_on"),
    ),
    staff_see=(Detail("ownerRole", "complaints", "owner_role"),),
)
class OpenComplaint(OrderCommand):
    """The customer complains (O14)."""

    text: str = described("What is wrong.")
    owner_role: Role = described("Who answers it.", default=Role.AFTER_SALES)

    def effect(self, facts: Order, context: Context) -> Order:
        """Take a complaint in, with an owner and a day by which it is answered (O13)."""
        if not self.text.strip():
            raise refuse("TEXT_MISSING", "O14", msg("orders.SAY_WHAT_IS_WRONG"), "text")
        if self.owner_role not in set(Role):
            raise refuse(
                "UNKNOWN_WORD", "O14", msg("orders.NO_ROLE", role=self.owner_role), "ownerRole"
            )
        complaint = Complaint(
            following(facts.complaints),
            self.text,
            self.owner_role,
            context.today,
            context.working_days_later(context.policy.complaint_days),
            context.actor,
        )
        return replace(facts, complaints=(*facts.complaints, complaint))


@order_command(
    "complaintAnswer",
    Action.HANDLE_COMPLAINTS,
    title=("Answer a complaint", "答复投诉"),
    history=("Complaint answered", "投诉已答复"),
    sources=LATE,
    customers_see=(Detail("answer", "complaints", "answer", label=("Answer", "答复")),),
)
class AnswerComplaint(OrderCommand):
    """A complaint is answered (O14)."""

    complaint: int = described("The complaint's number.")
    answer: str = described("What was answered.")

    def effect(self, facts: Order, context: Context) -> Order:
        """Close a complaint with its answer."""
        complaint = entry(facts.complaints, self.complaint)
        if complaint is None:
            raise refuse(
                "NO_SUCH_COMPLAINT",
                "O14",
                msg("orders.NO_COMPLAINT", no=self.complaint),
                "complaint",
            )
        if complaint.closed_on is not None:
            raise refuse(
                "ANSWERED_ALREADY",
                "O14",
                msg(
                    "orders.COMPLAINT_ANSWERED", person=complaint.closed_by, day=complaint.closed_on
                ),
                "complaint",
            )
        if not self.answer.strip():
            raise refuse("TEXT_MISSING", "O14", msg("orders.SAY_THE_ANSWER"), "answer")
        closed = replace(
            complaint, closed_on=context.today, closed_by=context.actor, answer=self.answer
        )
        return replace(facts, complaints=with_entry(facts.complaints, closed))

    @classmethod
    def attempts(cls, facts: Order, context: Context) -> Iterator[Self]:
        """A complaint that is open is answered."""
        for complaint in facts.open_complaints:
            yield cls(complaint.no, "an answer")


@order_command(
    "orderClose",
    Action.CLOSE_ORDERS,
    title=("Close the order", "订单结案"),
    history=("Order closed", "订单已结案"),
    sources=(OrderStatus.DELIVERED,),
    targets=(OrderStatus.CLOSED,),
    guards=(
        must.receipt_is_signed,
        must.is_paid_in_full,
        must.deposit_is_settled,
        must.no_complaint_is_open,
    ),
    customers_see=(),
)
class Close(OrderCommand):
    """The order is done (O14)."""

    def effect(self, facts: Order, context: Context) -> Order:
        """Delivered, receipt signed, paid in full, no open complaint: done (O14)."""
        return replace(facts, status=OrderStatus.CLOSED)


@order_command(
    "orderCancel",
    Action.CANCEL_ORDERS,
    title=("Cancel the order", "取消订单"),
    history=("Order cancelled", "订单已取消"),
    sources=BEGUN,
    targets=(OrderStatus.CANCELLED,),
    guards=(must.nothing_is_shipped,),
    customers_see=(),
)
class Cancel(OrderCommand):
    """The order is called off; what it holds goes back (O14)."""

    reason: str = described("Why.")

    def effect(self, facts: Order, context: Context) -> Order:
        """Call the order off; stock, reservations and money go back where they came from (O14)."""
        if not self.reason.strip():
            raise refuse("REASON_MISSING", "O14", msg("orders.SAY_WHY"), "reason")
        return replace(settle_ended(facts, context), status=OrderStatus.CANCELLED)
