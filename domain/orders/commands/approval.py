"""Doubts are answered, finance and sales approve (O2)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Self

from domain.commands import described
from domain.messages import msg
from domain.orders import guards as must
from domain.orders.context import Context
from domain.orders.entries import entry, with_entry
from domain.orders.order import Order
from domain.orders.refusals import refuse
from domain.orders.reviews import is_reviewed, settled
from domain.orders.transition import WORKING, Detail, OrderCommand, order_command
from domain.orders.vocabularies import OrderStatus
from domain.roles import Action


@order_command(
    "orderPriceDoubtRelease",
    Action.RELEASE_DOUBTS,
    title=("Answer a doubt", "答复疑问"),
    history=("Doubt answered", "疑问已答复"),
    sources=(*WORKING, OrderStatus.CONFIRMED),
    staff_see=(
        Detail("doubt", "doubts", "message", label=("Doubt", "疑问")),
        Detail("releasedAs", "doubts", "released_as", label=("Answered as", "答复身份")),
    ),
)
class ReleaseDoubt(OrderCommand):
    """A doubt is released, or passed on upwards (O2)."""

    doubt: int = described("The doubt's number.")
    reason: str = described("Why it is right so, or why it is passed on.")
    escalate: bool = described("Pass it on to the next of the chain instead.", default=False)

    def effect(self, facts: Order, context: Context) -> Order:
        """Release a doubt, or pass it up: sales manager, supervisor, general manager (O2)."""
        doubt = entry(facts.doubts, self.doubt)
        if doubt is None:
            raise refuse("NO_SUCH_DOUBT", "O2", msg("orders.NO_DOUBT", no=self.doubt), "doubt")
        if doubt.released_by is not None:
            raise refuse(
                "DOUBT_RELEASED",
                "O2",
                msg("orders.DOUBT_RELEASED", person=doubt.released_by),
                "doubt",
            )
        if not self.reason.strip():
            raise refuse("REASON_MISSING", "O2", msg("orders.SAY_WHY_RIGHT"), "reason")
        chain = context.policy.doubt_chain
        role = context.one_of(chain[doubt.level :])
        if role is None:
            raise refuse(
                "NOT_YOUR_ROLE",
                "O2",
                msg("orders.DOUBT_LIES_WITH", role=chain[doubt.level]),
            )
        if self.escalate:
            if doubt.level + 1 >= len(chain):
                raise refuse(
                    "END_OF_CHAIN", "O2", msg("orders.NOBODY_ABOVE", role=chain[-1]), "escalate"
                )
            changed = replace(doubt, level=doubt.level + 1, reason=self.reason)
        else:
            changed = replace(
                doubt, released_by=context.actor, released_as=role, reason=self.reason
            )
        return replace(facts, doubts=with_entry(facts.doubts, changed))

    @classmethod
    def attempts(cls, facts: Order, context: Context) -> Iterator[Self]:
        """An open doubt is answered by whom it waits for, or by one after him."""
        for doubt in facts.open_doubts:
            yield cls(doubt.no, "a reason")


@order_command(
    "orderFinanceApprove",
    Action.APPROVE_FINANCES,
    title=("Approve price and terms", "财务审核价格"),
    history=("Price and terms approved by finance", "财务价格审核通过"),
    sources=(*WORKING, OrderStatus.CONFIRMED),
    guards=(must.finance_has_not_approved, must.doubts_are_released),
)
class FinanceApprove(OrderCommand):
    """FINANCE approves price, amount and terms (O2)."""

    def effect(self, facts: Order, context: Context) -> Order:
        """Note who of FINANCE approved price, amount and terms (O2)."""
        return replace(facts, finance_approved_by=context.actor, finance_approved_on=context.today)


@order_command(
    "orderApprove",
    Action.APPROVE_ORDERS,
    title=("Approve the order", "销售审批"),
    history=("Order approved by sales", "销售主管审批通过"),
    sources=(*WORKING, OrderStatus.CONFIRMED),
    targets=(
        OrderStatus.UNDER_CHECK,
        OrderStatus.UNDER_REVIEW,
        OrderStatus.AWAITING_CONFIRMATION,
        OrderStatus.CONFIRMED,
    ),
    guards=(must.is_not_approved, must.doubts_are_released),
)
class Approve(OrderCommand):
    """The sales supervisor or manager approves the order (O2)."""

    def effect(self, facts: Order, context: Context) -> Order:
        """Note the approval; what is not reviewed goes on to the customer's confirmation (O2)."""
        approved = replace(facts, approved_by=context.actor, approved_on=context.today)
        if facts.status == OrderStatus.UNDER_CHECK and not is_reviewed(facts, context.policy):
            return settled(approved, None)
        return approved
