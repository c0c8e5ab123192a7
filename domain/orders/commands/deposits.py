"""Special regional orders and deposits: signed, paid, stocked in, picked up, settled (O6, O7)."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Self

from domain.commands import described
from domain.documents import cleaned
from domain.limits import MOST_MONEY, MOST_UNITS, SLIP, Range, Text
from domain.messages import msg
from domain.orders import guards as must
from domain.orders.context import Context
from domain.orders.deposits import SPECIAL, pick_up, settle_today
from domain.orders.order import Order
from domain.orders.refusals import amount_must_fit, refuse
from domain.orders.reviews import sign
from domain.orders.transition import BEGUN, LATE, Detail, OrderCommand, order_command
from domain.orders.vocabularies import OrderStatus
from domain.roles import Action, Role

_MONEY = Range(0, MOST_MONEY)


@order_command(
    "orderSpecialSign",
    Action.SIGN_PAPERS,
    title=("Sign the special order", "签署特殊订单"),
    history=("Special order signed", "特殊订单已签字"),
    sources=BEGUN,
    guards=(must.is_special,),
    staff_see=(Detail("role", "signatures", "role"),),
)
class SignSpecial(OrderCommand):
    """A special order is signed (O7)."""

    role: Role = described("As what you sign.")

    def effect(self, facts: Order, context: Context) -> Order:
        """Sales manager and deputy general manager sign a special order (O7)."""
        signers = context.policy.special_signers
        return sign(facts, "O7", SPECIAL, self.role, signers, context)

    @classmethod
    def attempts(cls, facts: Order, context: Context) -> Iterator[Self]:
        """One who has not signed the special order signs."""
        for role in context.policy.special_signers:
            yield cls(Role(role))


@order_command(
    "depositRecord",
    Action.RECORD_DEPOSITS,
    title=("Record a deposit", "登记定金"),
    history=("Deposit received", "已收到定金"),
    sources=(
        OrderStatus.UNDER_CHECK,
        OrderStatus.UNDER_REVIEW,
        OrderStatus.AWAITING_CONFIRMATION,
        OrderStatus.CONFIRMED,
    ),
    guards=(must.takes_a_deposit, must.deposit_is_open),
    customers_see=(),
)
class RecordDeposit(OrderCommand):
    """FINANCE received a deposit (O6, O7)."""

    amount: Decimal = described("How much, in the order's currency.", limit=_MONEY)
    reference: str = described(
        "The bank slip's number; it counts once per order.", limit=Text(SLIP)
    )
    slip_amount: Decimal | None = described(
        "What the whole slip is for; asked for where it pays for several orders.",
        default=None,
        limit=_MONEY,
    )

    def effect(self, facts: Order, context: Context) -> Order:
        """Add what FINANCE received for the order (O6, O7)."""
        if self.amount <= 0:
            raise refuse("BAD_AMOUNT", "O7", msg("orders.DEPOSIT_MORE_THAN_NOTHING"), "amount")
        for name, amount in (("amount", self.amount), ("slipAmount", self.slip_amount)):
            if amount is not None:
                amount_must_fit("O7", amount, facts.currency, name)
        slip = cleaned(self.reference)
        if not slip:
            raise refuse("PAPER_MISSING", "O7", msg("orders.NAME_SLIP"), "reference")
        if len(slip) > SLIP:
            raise refuse(
                "TOO_LONG",
                "O7",
                msg("orders.SLIP_LENGTH", most=SLIP),
                "reference",
            )
        if self.slip_amount is not None and self.slip_amount < self.amount:
            raise refuse(
                "SLIP_TOO_SMALL",
                "O7",
                msg("orders.SLIP_DOES_NOT_PAY", slip_amount=self.slip_amount, amount=self.amount),
                "slipAmount",
            )
        return replace(facts, deposit_paid=facts.deposit_paid + self.amount)


@order_command(
    "depositSettle",
    Action.RECORD_DEPOSITS,
    title=("Settle the deposit", "结算定金"),
    history=("Deposit settled", "定金已结算"),
    sources=LATE,
    guards=(must.is_special, must.deposit_is_open, must.pickup_time_is_over),
    customers_see=(),
)
class SettleDeposit(OrderCommand):
    """The deposit is settled after the last day of pick-up (O7)."""

    def effect(self, facts: Order, context: Context) -> Order:
        """Settle after the last day; 30 % is lost whether or not the rest is picked up (O7)."""
        return settle_today(facts, context)


@order_command(
    "orderStockIn",
    Action.RECORD_STOCK_IN,
    title=("Record the stock-in", "登记产品入库"),
    history=("Goods in the warehouse", "产品已入库"),
    sources=(OrderStatus.CONFIRMED,),
    guards=(must.is_special, must.is_not_stocked_in),
    customers_see=(Detail("stockInOn", "stock_in_on"),),
)
class RecordStockIn(OrderCommand):
    """A special order's goods are in the warehouse (O7)."""

    on: dt.date = described("On which day.")

    def effect(self, facts: Order, context: Context) -> Order:
        """Note the day of stock-in (O7)."""
        if self.on > context.today or self.on < facts.placed_on:
            raise refuse("BAD_DATE", "O7", msg("orders.STOCK_IN_DAY"), "on")
        return replace(facts, stock_in_on=self.on)


@order_command(
    "pickupRecord",
    Action.RECORD_PICKUPS,
    title=("Record a pick-up", "登记提货"),
    history=("Goods picked up", "已提货"),
    sources=LATE,
    guards=(must.is_special, must.is_stocked_in),
    customers_see=(Detail("units", "pickups", "units"), Detail("pickedUpOn", "pickups", "on")),
)
class RecordPickup(OrderCommand):
    """Units of a special order were picked up (O7)."""

    units: int = described("How many.", limit=Range(0, MOST_UNITS))
    on: dt.date = described("On which day.")

    def effect(self, facts: Order, context: Context) -> Order:
        """Note a pick-up; with the last unit the deposit is settled (O7)."""
        return pick_up(facts, self.units, self.on, context)

    @classmethod
    def attempts(cls, facts: Order, context: Context) -> Iterator[Self]:
        """A unit that is left is picked up today."""
        yield cls(1, context.today)
