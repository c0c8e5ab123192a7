"""How much of a customer's money counts for allocation (F2)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from domain.calendar import BusinessCalendar
from domain.commands import command, described, part
from domain.errors import FaultyItems, InvalidInput, ItemFault, Stale
from domain.limits import MEMO, MOST_MONEY, REFERENCE, Text
from domain.messages import Message, msg
from domain.parties.vocabularies import PaymentTerms
from domain.policy import Policy
from domain.roles import Action
from domain.vocabulary import Vocabulary, word

MOST_CUSTOMERS = 10_000


@command(
    "paymentRecord",
    Action.RECORD_PAYMENTS,
    title=("Record a payment", "登记打款"),
    history=("Payment recorded", "已登记打款"),
    input_description="Money that a customer paid (水单).",
)
class RecordPayment:
    """FINANCE enters money that came in; it counts for allocation at once (F1)."""

    customer: str = described("Who paid, by the customer's code.")
    amount: Decimal = described("How much, in the customer's currency.")
    slip: str = described("The bank slip's number; it counts once.", limit=Text(REFERENCE))
    note: str | None = described(
        "What it is for, such as an order's number.", default=None, limit=Text(MEMO)
    )


@part("FundsOfInput")
class FundsOf:
    """A customer whose funds are confirmed."""

    customer: str = described("The customer, by code.")
    expected_version: int | None = described(
        "Refused when its funds have another version by now.", default=None
    )


@command(
    "fundsConfirm",
    Action.CONFIRM_FUNDS,
    title=("Confirm funds", "核实资金"),
    history=("Funds confirmed", "已核实资金"),
    input_description="Funds to confirm.",
)
class ConfirmFunds:
    """FINANCE confirms that figures are those of a day; a run warns of old ones (A3)."""

    customers: tuple[FundsOf, ...] | None = described(
        "Whose figures; none = everybody's.", default=None
    )
    day: dt.date | None = described("The day of the figures; none = today.", default=None)


class PaymentStatus(Vocabulary):
    """What became of money set aside for a shipment."""

    HELD = word("Held", "资金已占用", "Set aside until the goods are issued.")
    DEBITED = word("Debited", "已冲减资金", "Taken when the goods were issued.")
    RELEASED = word("Released", "占用资金已释放", "Given back.")


class FundsAccount(Vocabulary):
    """An account of the ledger of customers' money."""

    CUSTOMER_FUNDS = word("Customers' funds", "客户资金")
    CUSTOMER_HOLDS = word("Customers' funds held", "客户占用资金")
    CUSTOMER_DEPOSITS = word("Customers' deposits", "客户定金")
    BANK = word("Bank", "银行存款")
    SALES = word("Sales", "销售收入")
    FORFEITS = word("Forfeited deposits", "扣除定金收入")
    OPENING_BALANCE = word("Opening balance", "期初余额")


class FundsTransactionKind(Vocabulary):
    """What kind of movement of a customer's money it is."""

    OPENING = word("Opening balance", "期初余额")
    RECEIPT = word("Receipt", "收款")
    DEPOSIT = word("Deposit", "收取定金")
    DEPOSIT_RELEASE = word("Deposit credited", "定金冲抵货款")
    HOLD = word("Funds held", "资金占用")
    HOLD_RELEASE = word("Hold released", "释放占用资金")
    GOODS_ISSUE = word("Goods issue", "发货过账")
    REFUND = word("Refund", "退款")
    FORFEIT = word("Deposit forfeited", "扣除定金")


# Terms under which no bank slip is asked for: their own limit holds, and without one there is none.
TERMS_WITHOUT_SLIP = frozenset(
    {PaymentTerms.MONTHLY, PaymentTerms.OPEN_ACCOUNT, PaymentTerms.DA, PaymentTerms.LC}
)


@dataclass(frozen=True, slots=True)
class FundsFacts:
    """What is known of a customer's money; all amounts in its currency.

    balance: the ledger's, after open holds, and may be negative.
    credit_limit: its own, or None where none is set.
    """

    payment_terms: str
    balance: Decimal
    credit_limit: Decimal | None
    guarantees: Decimal
    extensions: Decimal
    last_month_unpaid: bool
    open_order_value: Decimal


@dataclass(frozen=True, slots=True)
class AvailableFunds:
    """The parts of what a customer can spend now; `total` is never negative."""

    balance: Decimal
    credit: Decimal
    guarantees: Decimal
    extensions: Decimal
    blocked: bool
    unlimited: bool

    @property
    def total(self) -> Decimal:
        """What counts for allocation: nothing for a blocked customer."""
        if self.blocked:
            return Decimal(0)
        return max(Decimal(0), self.balance + self.credit + self.guarantees + self.extensions)


def available_funds(facts: FundsFacts, policy: Policy) -> AvailableFunds:
    """Balance, credit, guarantees and signed extensions, as the payment terms allow (F2).

    Customers who pay by slip have their own credit limit or the policy's default. Those on account
    have their own limit; where none is set, credit is what their open orders still lack.
    """
    unlimited = facts.payment_terms in TERMS_WITHOUT_SLIP and facts.credit_limit is None
    if unlimited:
        # The solver needs a number; the value of all open orders never binds.
        others = facts.balance + facts.guarantees + facts.extensions
        credit = max(Decimal(0), facts.open_order_value - min(others, Decimal(0)))
    elif facts.credit_limit is None:
        credit = policy.default_credit_limit
    else:
        credit = facts.credit_limit
    return AvailableFunds(
        balance=facts.balance,
        credit=credit,
        guarantees=facts.guarantees,
        extensions=facts.extensions,
        blocked=facts.payment_terms == PaymentTerms.MONTHLY and facts.last_month_unpaid,
        unlimited=unlimited,
    )


MOST_NAMED = 5


def stale_figures(
    confirmed_on: Mapping[str, dt.date | None],
    today: dt.date,
    policy: Policy,
    calendar: BusinessCalendar,
) -> list[Message]:
    """FINANCE confirms funds daily; what a run on older or unconfirmed figures says (A3).

    confirmed_on: by customer, the day of its figures; None where they were never confirmed.
    """
    found = []
    dated = [day for day in confirmed_on.values() if day is not None]
    if dated:
        oldest = min(dated)
        age = calendar.working_days_after(oldest, today)
        if age > policy.stale_figures_after_working_days:
            found.append(msg("funding.CONFIRMED_LONG_AGO", oldest=oldest, age=age))
    never = sorted(customer for customer, day in confirmed_on.items() if day is None)
    if never:
        customers, more = never[:MOST_NAMED], len(never) - MOST_NAMED
        found.append(
            msg("funding.NEVER_CONFIRMED", customers=customers)
            if more <= 0
            else msg("funding.MANY_NEVER_CONFIRMED", customers=customers, more=more)
        )
    return found


def check_payment(command: RecordPayment) -> None:
    """A payment is an amount of money, with a note that fits. Raises InvalidInput."""
    if not command.amount.is_finite() or not 0 < command.amount <= MOST_MONEY:
        raise InvalidInput(msg("funding.PAYMENT_RANGE", most=MOST_MONEY), field="amount")
    if len(command.note or "") > MEMO:
        raise InvalidInput(msg("tasks.NOTE_LENGTH", most=MEMO), field="note")


def check_customer_count(asked: tuple[FundsOf, ...] | None) -> None:
    """One call names one customer at least, and a limited number. Raises InvalidInput."""
    if asked is not None and not 1 <= len(asked) <= MOST_CUSTOMERS:
        raise InvalidInput(msg("funding.CUSTOMERS_AT_ONCE", most=MOST_CUSTOMERS), field="customers")


def check_confirmed(asked: tuple[FundsOf, ...], versions: Mapping[str, int]) -> None:
    """Figures are confirmed of customers there are, as they were seen (A3).

    versions: of the funds of those that there are. Raises FaultyItems with every fault.
    """
    faults = []
    for index, each in enumerate(asked):
        actual = versions.get(each.customer)
        if actual is None:
            said = msg("funding.NO_CUSTOMER", customer=each.customer)
            remedy = msg("funding.CORRECT_OR_ENTER")
            faults.append(ItemFault(index, "customer", said, remedy, "NOT_FOUND"))
        elif each.expected_version not in (None, actual):
            what = msg("funding.FUNDS_OF", customer=each.customer)
            stale = Stale(what, each.expected_version or 0, actual)
            remedy = msg("funding.LOOK_AGAIN")
            faults.append(ItemFault(index, "expectedVersion", stale.message, remedy, Stale.code))
    if faults:
        raise FaultyItems(faults)
