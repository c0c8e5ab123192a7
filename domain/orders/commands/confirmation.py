"""The customer's confirmation (回传): sent, sent back, looked at, confirmed (O5, F3)."""

import datetime as dt
from dataclasses import replace

from domain.commands import described
from domain.limits import TEXT
from domain.messages import msg
from domain.orders import guards as must
from domain.orders.confirmation import rolled_over
from domain.orders.context import Context
from domain.orders.order import Order
from domain.orders.refusals import refuse
from domain.orders.transition import Detail, OrderCommand, order_command
from domain.orders.vocabularies import ConfirmationDefect, OrderStatus
from domain.roles import Action

_AWAITING = (OrderStatus.AWAITING_CONFIRMATION,)


@order_command(
    "orderConfirmationSend",
    Action.SEND_CONFIRMATIONS,
    title=("Send the confirmation", "发送订单确认书"),
    history=("Confirmation sent to the customer", "订单确认书已发送"),
    sources=_AWAITING,
    guards=(
        must.confirmation_is_not_sent,
        must.no_change_is_open,
        must.doubts_are_released,
        must.offers_are_answered,
        must.finance_has_approved,
        must.is_approved,
    ),
    customers_see=(),
)
class SendConfirmation(OrderCommand):
    """The confirmation goes to the customer (O5)."""

    promised_on: dt.date = described("The day of completion it promises.")

    def effect(self, facts: Order, context: Context) -> Order:
        """Send it; the day promised to the customer is never before production's own (O5)."""
        if self.promised_on < context.today:
            raise refuse("DATE_PAST", "O5", msg("orders.PROMISED_PAST"), "promisedOn")
        production = facts.production_promised_on
        if production is not None and self.promised_on < production:
            raise refuse(
                "BEFORE_PRODUCTION",
                "O5",
                msg("orders.PRODUCTION_PROMISES", promised=production),
                "promisedOn",
            )
        return replace(
            facts,
            confirmation_sent_on=context.today,
            confirmation_sent_back_on=None,
            confirmation_sent_back_by=None,
            confirmation_remarks=None,
            confirmation_defects=(),
            promised_on=self.promised_on,
            first_promised_on=self.promised_on,
        )


@order_command(
    "orderConfirmationSendBack",
    Action.SEND_BACK_CONFIRMATIONS,
    title=("Send the confirmation back", "登记客户回传"),
    history=("Confirmation sent back by the customer", "客户已回传确认书"),
    sources=_AWAITING,
    guards=(must.confirmation_is_out, must.confirmation_is_not_sent_back),
    customers_see=(Detail("remarks", "confirmation_remarks", label=("Remarks", "备注")),),
    input_description="The customer sends the confirmation back (O5).",
)
class SendBackConfirmation(OrderCommand):
    """The customer sends the confirmation back; we then look at it (O5)."""

    remarks: str | None = described("The customer's special remarks.", default=None)

    def effect(self, facts: Order, context: Context) -> Order:
        """Note that the customer sent it back; it counts once one of us has looked at it (O5).

        The promised day then no longer moves: what our look takes is not the customer's delay.
        """
        remarks = (self.remarks or "").strip() or None
        if remarks is not None and len(remarks) > TEXT:
            raise refuse(
                "TEXT_TOO_LONG",
                "O5",
                msg("orders.REMARKS_LENGTH", most=TEXT),
                "remarks",
            )
        return replace(
            facts,
            confirmation_sent_back_on=context.today,
            confirmation_sent_back_by=context.actor,
            confirmation_remarks=remarks,
            confirmation_defects=(),
        )


@order_command(
    "orderConfirmationReturn",
    Action.SEND_CONFIRMATIONS,
    title=("Check the returned confirmation", "核对回传件"),
    history=("Returned confirmation checked", "订单回传已核对"),
    sources=_AWAITING,
    guards=(must.confirmation_is_out,),
    customers_see=(Detail("defects", "confirmation_defects", label=("Defects", "回传件问题")),),
)
class ReturnConfirmation(OrderCommand):
    """The confirmation came back and was looked at (O5)."""

    is_signed: bool = described("Whether its signature is clear.")
    is_stamped: bool = described("Whether its stamp is clear.")
    remarks_are_clear: bool = described("Whether its special remarks are complete.")

    def effect(self, facts: Order, context: Context) -> Order:
        """Check what came back; with a defect it must come again, and the date moves on (O5)."""
        if facts.first_promised_on is None or facts.confirmation_sent_on is None:
            raise LookupError("the table lets this command only on a confirmation sent")
        defects = tuple(
            name
            for name, good in (
                (ConfirmationDefect.SIGNATURE, self.is_signed),
                (ConfirmationDefect.STAMP, self.is_stamped),
                (ConfirmationDefect.SPECIAL_REMARKS, self.remarks_are_clear),
            )
            if not good
        )
        if defects:
            return replace(
                facts,
                confirmation_defects=defects,
                confirmation_sent_back_on=None,
                confirmation_sent_back_by=None,
            )
        back_on = facts.confirmation_sent_back_on or context.today
        return replace(
            facts,
            confirmation_defects=(),
            confirmation_returned_on=context.today,
            promised_on=rolled_over(
                facts.first_promised_on, facts.confirmation_sent_on, back_on, context.calendar
            ),
        )


@order_command(
    "orderConfirm",
    Action.CONFIRM_ORDERS,
    title=("Confirm the order", "确认订单"),
    history=("Order confirmed", "订单已确认"),
    sources=_AWAITING,
    targets=(OrderStatus.CONFIRMED,),
    guards=(
        must.confirmation_is_back,
        must.no_change_is_open,
        must.doubts_are_released,
        must.finance_has_approved,
        must.is_approved,
        must.is_effective,
        must.something_is_ordered,
    ),
    customers_see=(),
)
class Confirm(OrderCommand):
    """The order stands, and competes for goods (F3)."""

    def effect(self, facts: Order, context: Context) -> Order:
        """From now on the order competes for goods (F3)."""
        return replace(facts, status=OrderStatus.CONFIRMED, confirmed_on=context.today)
