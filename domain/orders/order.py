"""What is known of one order, as plain values; every rule reads these and nothing else."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from domain.facts import fact, recorded
from domain.limits import NAME, TEXT, Text
from domain.messages import msg
from domain.money import rounded
from domain.orders.entries import (
    Change,
    Complaint,
    Doubt,
    GateEntry,
    Line,
    Missing,
    Offer,
    Opinion,
    Pickup,
    Review,
    Signature,
)
from domain.orders.vocabularies import (
    ChangeState,
    ConfirmationDefect,
    Irregularity,
    MissingInformation,
    OrderChannel,
    OrderFulfilment,
    OrderStatus,
    OrderUrgency,
)
from domain.parties.vocabularies import CustomerKind, PaymentTerms
from domain.roles import Action, Role

FINAL = (OrderStatus.CLOSED, OrderStatus.CANCELLED, OrderStatus.REJECTED)


@recorded
class Order:
    """One order as it is."""

    number: str = fact("Number", "订单号")
    customer: str = fact("Customer", "客户")
    customer_kind: CustomerKind = fact("Kind of customer", "客户类型")
    payment_terms: PaymentTerms = fact(
        "Payment terms", "付款方式", shown="The terms of payment of this order."
    )
    currency: str = fact("Currency", "币种")
    status: OrderStatus = fact("Status", "状态", is_outcome=True)
    placed_on: dt.date = fact("Placed on", "下单日期")
    channel: OrderChannel = fact("Channel", "接单渠道", shown="How it came in.")
    urgency: OrderUrgency = fact(
        "Urgency", "紧急程度", default=OrderUrgency.NORMAL, shown="How urgent it is."
    )
    fulfilment: OrderFulfilment = fact(
        "Fulfilment",
        "供货方式",
        default=OrderFulfilment.MADE_TO_ORDER,
        shown="Where its goods come from.",
    )
    special: bool = fact(
        "Special order",
        "特殊订单",
        default=False,
        shown="Whether it is a special regional order (O7).",
        name="isSpecial",
    )
    spare_part: bool = fact(
        "Spare parts",
        "配件",
        default=False,
        shown="Whether it is an order of spare parts.",
        name="isSparePart",
    )
    irregularities: tuple[Irregularity, ...] = fact(
        "Irregularities",
        "非常规原因",
        default=(),
        shown="What makes it non-regular; empty for a regular order (O3).",
    )
    needs_logistics: bool = fact(
        "Needs logistics",
        "需物流评审",
        default=False,
        shown="Whether logistics takes part in its review.",
        needs=Action.VIEW_ORDER_WORK,
    )
    commission: bool = fact(
        "Commission",
        "有无佣金",
        default=False,
        shown="Whether a commission is paid for it (export).",
        name="hasCommission",
        needs=Action.VIEW_ORDER_WORK,
    )
    prepayment: bool = fact(
        "Prepayment",
        "有无预付款",
        default=False,
        shown="Whether we pay something ahead for it (export).",
        name="hasPrepayment",
        needs=Action.VIEW_ORDER_WORK,
    )
    required_on: dt.date | None = fact("Wanted on", "要求交期", default=None, is_outcome=True)
    delivery_address: str | None = fact(
        "Delivery address",
        "收货地址",
        default=None,
        limit=Text(TEXT),
        shown="Where it is delivered.",
    )
    stated_total: Decimal | None = fact("Total as stated", "客户所报合计", default=None)
    ship_complete: bool = fact("Ships whole or not at all", "整单发货", default=False)
    min_ship_value: Decimal = fact("Ships for at least", "最低发货金额", default=Decimal("0.00"))
    # The customer's own number for the order.
    customer_po: str | None = fact("Customer's order number", "客户订单号", default=None)
    note: str | None = fact("Note", "备注", default=None)
    lines: tuple[Line, ...] = fact("Lines", "订单明细", default=())
    acknowledged_on: dt.date | None = fact(
        "Acknowledged on",
        "受理通知日期",
        default=None,
        shown="When its receipt was acknowledged to the customer.",
    )
    acknowledged_by: str | None = fact(
        "Acknowledged by", "受理通知人", default=None, limit=Text(NAME)
    )
    missing: tuple[Missing, ...] = fact("Missing", "缺少信息", default=())
    checks_passed: int = fact("Checks passed", "已通过核对次数", default=0)
    offers: tuple[Offer, ...] = fact("Offers", "缺货方案", default=())
    doubts: tuple[Doubt, ...] = fact("Doubts", "疑问", default=())
    finance_approved_by: str | None = fact(
        "Approved by finance",
        "财务审核人",
        default=None,
        limit=Text(NAME),
        shown="Who of FINANCE approved it (O2).",
        needs=Action.VIEW_ORDER_WORK,
    )
    finance_approved_on: dt.date | None = fact(
        "Approved by finance on", "财务审核日期", default=None
    )
    approved_by: str | None = fact(
        "Approved by",
        "审批人",
        default=None,
        limit=Text(NAME),
        shown="Who of sales approved it (O2).",
        needs=Action.VIEW_ORDER_WORK,
    )
    approved_on: dt.date | None = fact("Approved on", "审批日期", default=None)
    reviews: tuple[Review, ...] = fact("Reviews", "评审", default=())
    opinions: tuple[Opinion, ...] = fact("Opinions", "评审意见", default=())
    signatures: tuple[Signature, ...] = fact("Signatures", "签字", default=())
    frozen: bool = fact(
        "Frozen",
        "是否冻结",
        default=False,
        shown="Whether it changes only by change orders (O4).",
        name="isFrozen",
    )
    changes: tuple[Change, ...] = fact("Changes", "订单变更", default=())
    # Production is held to the first date; the customer is promised the second (O5, O10).
    production_promised_on: dt.date | None = fact(
        "Promised by production", "生产部承诺交期", default=None
    )
    promised_on: dt.date | None = fact("Promised on", "承诺交期", default=None, is_outcome=True)
    first_promised_on: dt.date | None = fact("First promised day", "首次承诺交期", default=None)
    confirmation_sent_on: dt.date | None = fact(
        "Sent on", "发送日期", default=None, is_outcome=True, in_history="sentOn"
    )
    confirmation_defects: tuple[ConfirmationDefect, ...] = fact(
        "Defects of the confirmation", "回传件问题", default=()
    )
    # By the customer's own hand; it counts as back once it was looked at.
    confirmation_sent_back_on: dt.date | None = fact(
        "Sent back on", "客户回传日期", default=None, is_outcome=True, in_history="sentBackOn"
    )
    confirmation_sent_back_by: str | None = fact(
        "Sent back by", "回传人", default=None, limit=Text(NAME)
    )
    confirmation_remarks: str | None = fact(
        "Remarks on the confirmation", "特殊要求备注", default=None, limit=Text(TEXT)
    )
    confirmation_returned_on: dt.date | None = fact(
        "Returned on", "回传核对日期", default=None, is_outcome=True, in_history="returnedOn"
    )
    confirmed_on: dt.date | None = fact("Confirmed on", "确认日期", default=None)
    gate_entries: tuple[GateEntry, ...] = fact(
        "Papers for production's release", "投产资料", default=()
    )
    gate_released_on: dt.date | None = fact(
        "Production released on", "准予下达生产日期", default=None
    )
    production_ordered_on: dt.date | None = fact(
        "Production ordered on", "生产指令日期", default=None
    )
    work_started_on: dt.date | None = fact("Work started on", "开工日期", default=None)
    stock_in_on: dt.date | None = fact("In the warehouse on", "入库日期", default=None)
    pickups: tuple[Pickup, ...] = fact("Pick-ups", "提货记录", default=())
    picked_up_on: dt.date | None = fact("Picked up on", "提货日期", default=None)
    deposit_paid: Decimal = fact("Deposit paid", "已付定金", default=Decimal("0.00"), is_money=True)
    deposit_forfeited: Decimal = fact(
        "Deposit forfeited", "扣除定金", default=Decimal("0.00"), is_money=True
    )
    deposit_settled_on: dt.date | None = fact("Deposit settled on", "定金结算日期", default=None)
    receipt_signed_on: dt.date | None = fact("Receipt signed on", "回单签收日期", default=None)
    settled_on: dt.date | None = fact("Paid in full on", "结清日期", default=None)
    complaints: tuple[Complaint, ...] = fact("Complaints", "投诉", default=())

    @property
    def total(self) -> Decimal:
        """What all lines cost, as far as it is known; an amount is rounded per line."""
        return total_of(self.lines, self.currency)

    @property
    def units(self) -> int:
        """Units ordered in all."""
        return sum(line.units or 0 for line in self.lines)

    @property
    def revision(self) -> int:
        """How many changes have been applied; papers are signed again for each revision."""
        return sum(change.state == ChangeState.APPLIED for change in self.changes)

    @property
    def open_doubts(self) -> tuple[Doubt, ...]:
        """Doubts about the order itself that nobody has released."""
        return self.doubts_open_of(None)

    def doubts_open_of(self, change_no: int | None) -> tuple[Doubt, ...]:
        """Doubts about a change order that nobody has released; None: about the order itself."""
        return tuple(
            doubt
            for doubt in self.doubts
            if doubt.released_by is None and doubt.change_no == change_no
        )

    @property
    def open_complaints(self) -> tuple[Complaint, ...]:
        """Complaints without an answer."""
        return tuple(each for each in self.complaints if each.closed_on is None)

    @property
    def review(self) -> Review | None:
        """The latest review."""
        return self.reviews[-1] if self.reviews else None

    @property
    def open_change(self) -> Change | None:
        """The change that is under way; there is never more than one."""
        if self.changes and self.changes[-1].state in (
            ChangeState.REQUESTED,
            ChangeState.AGREED,
            ChangeState.UNDER_REVIEW,
        ):
            return self.changes[-1]
        return None

    def signers(self, document: str, of: int = 0) -> tuple[Role, ...]:
        """The roles in which a document has been signed."""
        return tuple(
            sign.role for sign in self.signatures if (sign.document, sign.of) == (document, of)
        )


def total_of(lines: Iterable[Line], currency: str) -> Decimal:
    """What these lines cost, as far as it is known."""
    nothing = rounded(Decimal(0), currency)
    return sum((line.amount(currency) or nothing for line in lines), nothing)


def unapproved(facts: Order) -> Order:
    """The order with its approvals void, as they are once its content has changed."""
    return replace(
        facts,
        finance_approved_by=None,
        finance_approved_on=None,
        approved_by=None,
        approved_on=None,
    )


def already_bound(facts: Order) -> Order:
    """An order that an import brought: whatever it took to bind it was done elsewhere."""
    if facts.status in (
        OrderStatus.CONFIRMED,
        OrderStatus.SHIPPED,
        OrderStatus.DELIVERED,
        OrderStatus.CLOSED,
    ):
        facts = replace(
            facts,
            frozen=True,
            confirmed_on=facts.placed_on,
            confirmation_returned_on=facts.placed_on,
        )
    if facts.status == OrderStatus.CLOSED:
        return replace(facts, receipt_signed_on=facts.placed_on, settled_on=facts.placed_on)
    if facts.status == OrderStatus.NEEDS_INFO:
        return replace(
            facts, missing=(Missing(0, MissingInformation.UNKNOWN, msg("orders.LACK_NOT_SAID")),)
        )
    return facts
