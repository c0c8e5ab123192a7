"""Change orders (订单变更) and modification requests: asked for, signed, agreed, withdrawn (O4)."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from decimal import Decimal
from typing import Self

from domain.commands import changing, described, part
from domain.currencies import CurrencyCode
from domain.limits import CODE, MOST_MONEY, MOST_PRICE, MOST_UNITS, Range, Text
from domain.messages import msg
from domain.orders import guards as must
from domain.orders.change_lines import price_of_new, priced
from domain.orders.changes import end_change, with_content
from domain.orders.context import Context
from domain.orders.currency import currency_may_change
from domain.orders.entries import Change, Line, LineChange, following, with_entry
from domain.orders.intake import MOST_LINES
from domain.orders.order import Order
from domain.orders.prices import Article, Wanted, doubts_of, pack_doubts, with_doubts
from domain.orders.refusals import amount_must_fit, refuse
from domain.orders.reviews import sign
from domain.orders.terms import min_ship_value_is_said, terms_make_sense
from domain.orders.transition import BOUND, Detail, OrderCommand, order_command
from domain.orders.vocabularies import ChangeKind, ChangeState
from domain.parties.vocabularies import PaymentTerms
from domain.roles import Action, Role

_MONEY = Range(0, MOST_MONEY)
_NUMBER = Detail("changeNumber", "changes", "no", label=("Change number", "变更序号"))


@part("OrderNewLineInput")
class NewLine:
    """A line that a change adds; it gets the next number."""

    sku: str = described("What, by its SKU code.", limit=Text(CODE))
    units: int = described("How many.", limit=Range(1, MOST_UNITS))
    unit_price: Decimal | None = described(
        "Price of a unit; left out, the price plan's of today.",
        default=None,
        limit=Range(0, MOST_PRICE),
    )
    specification: str | None = described("How it shall be.", default=None)


@order_command(
    "orderChangeRequest",
    Action.REQUEST_CHANGES,
    title=("Request a change", "申请订单变更"),
    history=("Change requested", "已申请订单变更"),
    sources=BOUND,
    guards=(must.content_is_frozen, must.no_change_is_open, must.no_review_is_under_way),
    customers_see=(
        _NUMBER,
        Detail("changeKind", "changes", "kind", label=("Kind of change", "变更类型")),
        Detail("lines", "changes", "lines"),
        Detail("newDate", "changes", "required_on"),
        Detail(
            "newAddress",
            "changes",
            "delivery_address",
            label=("New delivery address", "新收货地址"),
        ),
        Detail("newTerms", "changes", "payment_terms", label=("New payment terms", "新付款方式")),
        Detail("newCurrency", "changes", "currency", label=("New currency", "新币种")),
        Detail("minShipValue", "changes", "min_ship_value"),
        Detail(
            "costEffect", "changes", "cost_effect", label=("Effect on the price", "对金额的影响")
        ),
        Detail("newTotal", "changes", "new_total", label=("New total", "变更后金额")),
        Detail(
            "daysEffect", "changes", "days_effect", label=("Effect in days", "对交期的影响（天）")
        ),
    ),
    staff_see=(
        Detail("department", "changes", "department", label=("Department", "岗位")),
        Detail("loss", "changes", "loss", label=("Loss", "损失")),
    ),
    input_description="A change is asked for; what is left out stays (O4).",
)
class RequestChange(OrderCommand):
    """A change of a reviewed order is asked for; its effect is shown at once (O4).

    A customer's own login asks for itself: no department, no loss, no prices. articles: products of
    the lines before and after, in the currency after; looked up for it.
    """

    reason: str = described("Why.")
    department: Role | None = described(
        "Which department asks; it bears the loss. A customer's own login leaves it "
        "out, and `loss` and prices too.",
        default=None,
    )
    kind: ChangeKind = described("What kind of change it is.", default=ChangeKind.ORDER_CHANGE)
    lines: tuple[LineChange, ...] = described("The lines that change.", default=())
    added: tuple[NewLine, ...] = described("Lines that are added.", default=(), name="addLines")
    required_on: dt.date | None = changing("The day it is wanted now.", null=None, default=None)
    delivery_address: str | None = changing("Where it is delivered now.", null=None, default=None)
    payment_terms: PaymentTerms | None = changing(
        "The terms of payment now.", null=None, default=None
    )
    currency: CurrencyCode | None = changing(
        "The currency now: every line costs what the price plan in it says today, unless its price "
        "is named. Refused while money or goods stand in the old one.",
        null=None,
        default=None,
    )
    min_ship_value: Decimal | None = changing(
        "It ships for at least this now, or not at all.", null=None, default=None, limit=_MONEY
    )
    loss: Decimal = described(
        "What it costs us beside the new price.", default=Decimal("0.00"), limit=_MONEY
    )
    articles: Mapping[str, Article] = field(default_factory=dict)

    def effect(self, facts: Order, context: Context) -> Order:
        """Ask for a change; its effect on the order's price and date is computed at once (O4).

        Lines that are added, swapped or dearer, and all lines under another currency, are held
        against the price plan: a doubt is answered before the change is reviewed (O2).
        """
        _words_make_sense(self)
        department = _department(self, context)
        if not (
            self.lines
            or self.added
            or self.required_on is not None
            or self.delivery_address
            or self.payment_terms
            or self.currency
            or self.min_ship_value is not None
        ):
            raise refuse("NOTHING_SAID", "O4", msg("orders.SAY_WHAT_CHANGE"))
        no, currency = following(facts.changes), self.currency or facts.currency
        if currency != facts.currency:
            currency_may_change("O4", facts, currency, context)
            min_ship_value_is_said("O4", facts, currency, self.min_ship_value)
        amount_must_fit("O4", self.loss, facts.currency, "loss")
        if self.min_ship_value is not None:
            amount_must_fit("O4", self.min_ship_value, currency, "minShipValue")
        if self.kind != ChangeKind.CONFIGURATION and any(line.specification for line in self.lines):
            raise refuse(
                "CONFIGURATION_REQUEST_NEEDED",
                "O4",
                msg("orders.CONFIGURATION_SIGNED", kind=ChangeKind.CONFIGURATION),
                "kind",
            )
        wanted, swapped = priced(facts, self.lines, self.articles, currency, context)
        added = _new_lines(facts, self, currency, context, len(swapped))
        change = Change(
            no=no,
            kind=self.kind,
            reason=self.reason,
            asked_by=context.actor,
            department=department,
            asked_on=context.today,
            lines=wanted,
            required_on=self.required_on,
            loss=self.loss,
            cost_effect=None,
            days_effect=0,
            added=swapped + added,
            delivery_address=self.delivery_address or None,
            payment_terms=self.payment_terms,
            currency=None if currency == facts.currency else currency,
            min_ship_value=self.min_ship_value,
        )
        after = with_content(facts, change, context)
        if self.required_on is not None and facts.required_on is not None:
            days = (self.required_on - facts.required_on).days
            change = replace(change, days_effect=days)
        if change.currency is None:
            change = replace(change, cost_effect=after.total - facts.total)
        change = replace(change, new_total=after.total)
        doubts = with_doubts(
            facts.doubts, _doubts(facts, after, change, self.articles, context), no
        )
        return replace(facts, changes=(*facts.changes, change), doubts=doubts)


def _words_make_sense(asked: RequestChange) -> None:
    if not ChangeKind.has(asked.kind):
        raise refuse("UNKNOWN_WORD", "O4", msg("orders.CHANGE_IS", allowed=ChangeKind), "kind")
    if not asked.reason.strip():
        raise refuse("REASON_MISSING", "O4", msg("orders.SAY_WHY_CHANGE"), "reason")
    if asked.loss < 0:
        raise refuse("BAD_AMOUNT", "O4", msg("orders.LOSS_NOT_NEGATIVE"), "loss")
    terms_make_sense("O4", asked.payment_terms, asked.currency)


def _department(asked: RequestChange, context: Context) -> Role:
    """Who bears the loss; a customer's own login asks for the customer and names no prices."""
    if context.is_customer:
        if asked.department not in (None, Role.CUSTOMER) or asked.loss:
            raise refuse(
                "NOT_YOURS_TO_SAY",
                "O4",
                msg("orders.FOR_OUR_PEOPLE"),
                "department",
            )
        prices = [line.unit_price for line in asked.lines] + [
            line.unit_price for line in asked.added
        ]
        if any(price is not None for price in prices):
            raise refuse(
                "NOT_YOURS_TO_SAY",
                "O4",
                msg("orders.LEAVE_OUT_PRICES"),
                "lines",
            )
        return Role.CUSTOMER
    if asked.department is None or asked.department not in set(Role):
        raise refuse(
            "UNKNOWN_WORD",
            "O4",
            msg("orders.NO_DEPARTMENT", department=asked.department),
            "department",
        )
    return asked.department


def _new_lines(
    facts: Order, asked: RequestChange, currency: str, context: Context, swapped: int
) -> tuple[Line, ...]:
    """The lines that are added, under the next numbers after those of swaps, with their prices."""
    if len(facts.lines) + swapped + len(asked.added) > MOST_LINES:
        raise refuse(
            "TOO_MANY_LINES",
            "O4",
            msg("orders.MOST_LINES", most=MOST_LINES),
            "addLines",
        )
    first = following(facts.lines) + swapped
    lines = tuple(
        Line(first + place, each.sku, each.units, each.unit_price, each.specification)
        for place, each in enumerate(asked.added)
    )
    for line in lines:
        if line.sku not in asked.articles:
            raise refuse("NO_SUCH_SKU", "O4", msg("orders.NO_PRODUCT", sku=line.sku), "addLines")
        if not line.units or line.units < 1:
            raise refuse(
                "BAD_LINE",
                "O4",
                msg("orders.NEW_LINE_UNITS", sku=line.sku, units=line.units),
                "addLines",
            )
        if line.unit_price is not None and line.unit_price < 0:
            raise refuse(
                "BAD_AMOUNT", "O4", msg("orders.NEGATIVE_PRICE", line=line.sku), "addLines"
            )
    return tuple(
        replace(line, unit_price=price_of_new(line, asked.articles, currency, context))
        for line in lines
    )


def _doubts(
    facts: Order,
    after: Order,
    change: Change,
    articles: Mapping[str, Article],
    context: Context,
) -> list[Wanted]:
    """What of the change's content does not fit price plan, past orders and packs (O2)."""
    before = {line.no: line for line in facts.lines}
    found: list[Wanted] = []
    for line in after.lines:
        was, article = before.get(line.no), articles.get(line.sku or "")
        if line == was or line.dropped_by is not None or article is None:
            continue
        if (
            was is None
            or change.currency is not None
            or (line.sku, line.unit_price) != (was.sku, was.unit_price)
        ):
            found += doubts_of(line, article, after, context, context.today)
        else:
            found += [(line.no, code, message) for code, message in pack_doubts(line, article)]
    return found


@order_command(
    "orderChangeSign",
    Action.SIGN_PAPERS,
    title=("Sign the modification request", "签字确认产品修改申请书"),
    history=("Modification request signed", "产品修改申请书已签字"),
    sources=BOUND,
    guards=(must.change_is_open, must.change_is_not_in_review),
    staff_see=(Detail("role", "signatures", "role"),),
)
class SignChange(OrderCommand):
    """A modification request is signed (O4)."""

    role: Role = described("As what you sign.")

    def effect(self, facts: Order, context: Context) -> Order:
        """Sales manager and deputy general manager sign a modification request (O4)."""
        change = _open(facts)
        if change.kind != ChangeKind.CONFIGURATION:
            raise refuse("NOT_A_CONFIGURATION", "O4", msg("orders.ONLY_MODIFICATION_SIGNED"))
        signers = context.policy.configuration_signers
        return sign(
            facts,
            "O4",
            ChangeKind.CONFIGURATION,
            self.role,
            signers,
            context,
            change.no,
        )

    @classmethod
    def attempts(cls, facts: Order, context: Context) -> Iterator[Self]:
        """One who has not signed the modification request signs."""
        for role in context.policy.configuration_signers:
            yield cls(Role(role))


@order_command(
    "orderChangeAgree",
    Action.AGREE_TO_TERMS,
    title=("Agree to the change", "登记客户书面同意变更"),
    history=("Customer agreed to the change in writing", "客户已书面同意变更"),
    sources=BOUND,
    guards=(must.change_is_open, must.change_is_not_agreed),
    customers_see=(_NUMBER,),
    staff_see=(Detail("agreement", "changes", "agreement"),),
)
class AgreeChange(OrderCommand):
    """The customer agreed to the change in writing (O4)."""

    agreement: str | None = described(
        "The paper in which it does; a customer's own login needs none.", default=None
    )

    def effect(self, facts: Order, context: Context) -> Order:
        """Keep the customer's written agreement; only then the change is reviewed (O4)."""
        agreement = context.written(self.agreement)
        if agreement is None:
            raise refuse("PAPER_MISSING", "O4", msg("orders.AGREEMENT_IN_WRITING"), "agreement")
        change = replace(
            _open(facts), state=ChangeState.AGREED, agreement=agreement, agreed_on=context.today
        )
        return replace(facts, changes=with_entry(facts.changes, change))


@order_command(
    "orderChangeWithdraw",
    Action.REQUEST_CHANGES,
    title=("Withdraw the change", "撤回订单变更"),
    history=("Change withdrawn", "订单变更已撤回"),
    sources=BOUND,
    guards=(must.change_is_open, must.change_is_not_in_review, must.change_is_the_customer_s),
    customers_see=(_NUMBER,),
)
class WithdrawChange(OrderCommand):
    """The change is called off."""

    def effect(self, facts: Order, context: Context) -> Order:
        """Call a change off; the order stays as it was."""
        return end_change(facts, _open(facts), ChangeState.WITHDRAWN, context)


def _open(facts: Order) -> Change:
    change = facts.open_change
    if change is None:
        raise LookupError("the table lets this command only on an open change")
    return change
