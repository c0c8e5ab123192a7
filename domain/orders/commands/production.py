"""What leads to production: its papers and release, production order and work order (O5, O6)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Self

from domain.commands import described
from domain.documents import cleaned
from domain.limits import MOST_MONEY, NAME, Range, Text
from domain.messages import msg
from domain.money import shown
from domain.orders import guards as must
from domain.orders.confirmation import PRODUCTION_ORDER, WORK_ORDER
from domain.orders.context import Context
from domain.orders.entries import GateEntry, following
from domain.orders.gates import CREDIT_TERMS, EXPORT_PAPERS, export_signers, letter_of_credit
from domain.orders.order import Order
from domain.orders.refusals import amount_must_fit, refuse
from domain.orders.reviews import sign
from domain.orders.transition import BOUND, Detail, OrderCommand, order_command
from domain.orders.vocabularies import GateItem, OrderStatus
from domain.parties.vocabularies import CustomerKind, PaymentTerms
from domain.roles import Action, Role
from domain.vocabulary import Vocabulary

_SIGNED = (Detail("role", "signatures", "role"),)


@order_command(
    "orderGateRecord",
    Action.RECORD_GATES,
    title=("Record papers towards production's release", "登记投产资料"),
    history=("Recorded towards production's release", "已登记投产资料"),
    sources=BOUND,
    guards=(must.is_made_to_order, must.gate_is_closed),
    staff_see=(
        Detail("item", "gate_entries", "item", label=("Item", "资料名称")),
        Detail("role", "gate_entries", "role"),
        Detail("reference", "gate_entries", "reference", label=("Reference", "凭证号")),
        Detail("note", "gate_entries", "note"),
    ),
)
class RecordGate(OrderCommand):
    """Something towards production's release is here (O6)."""

    item: GateItem = described("What.")
    role: Role = described("As what you record it.")
    amount: Decimal | None = described(
        "What a letter of credit covers.", default=None, limit=Range(0, MOST_MONEY)
    )
    reference: str | None = described("The paper's number.", default=None, limit=Text(NAME))
    note: str | None = described("Remarks, such as a fault.", default=None)

    def effect(self, facts: Order, context: Context) -> Order:
        """Add one entry to the gate's record; each item has those who may bring it (O6)."""
        if not GateItem.has(self.item):
            raise refuse("UNKNOWN_WORD", "O6", msg("orders.ITEM_IS", allowed=GateItem), "item")
        context.acting_as(self.role, "O6")
        _item_fits(facts, self, context)
        new = GateEntry(
            following(facts.gate_entries),
            self.item,
            self.role,
            context.actor,
            context.today,
            self.amount,
            cleaned(self.reference or "") or None,
            self.note,
        )
        return replace(facts, gate_entries=(*facts.gate_entries, new))

    @classmethod
    def attempts(cls, facts: Order, context: Context) -> Iterator[Self]:
        """Something that the terms ask for is recorded by one who may bring it."""
        policy = context.policy
        roles = dict.fromkeys(
            (
                *policy.lc_checkers,
                Role.FINANCE,
                policy.credit_approver,
                *export_signers(facts, context),
                Role.SALES,
                Role.SALES_ASSISTANT,
                Role.DOCUMENT_CLERK,
            )
        )
        for item in GateItem:
            for role in roles:
                yield cls(item, Role(role), facts.total, "a paper")


@order_command(
    "orderGateRelease",
    Action.RELEASE_PRODUCTION,
    title=("Release production", "准予下达生产"),
    history=("Production released", "已准予下达生产"),
    sources=(OrderStatus.CONFIRMED,),
    guards=(
        must.is_made_to_order,
        must.gate_is_closed,
        must.no_change_is_open,
        must.finance_has_approved,
        must.is_approved,
        must.gate_requirements_are_met,
    ),
    customers_see=(),
)
class ReleaseGate(OrderCommand):
    """Production is released (O6)."""

    def effect(self, facts: Order, context: Context) -> Order:
        """Note that production is released; the transition's guard has seen that nothing lacks."""
        return replace(facts, gate_released_on=context.today)


@order_command(
    "productionOrderSign",
    Action.SIGN_PAPERS,
    title=("Sign the production order", "签署生产指令单"),
    history=("Production order signed", "生产指令单已签字"),
    sources=(OrderStatus.CONFIRMED,),
    guards=(must.is_made_to_order, must.no_change_is_open, must.gate_is_released),
    staff_see=_SIGNED,
)
class SignProductionOrder(OrderCommand):
    """The production order is signed (O5)."""

    role: Role = described("As what you sign.")

    def effect(self, facts: Order, context: Context) -> Order:
        """SALES_ADMIN and production sign; with the last signature it is given out (O5)."""
        policy, of = context.policy, facts.revision
        signers = policy.production_order_signers
        facts = sign(facts, "O5", PRODUCTION_ORDER, self.role, signers, context, of)
        if set(signers) <= set(facts.signers(PRODUCTION_ORDER, of)):
            return replace(facts, production_ordered_on=context.today)
        return facts

    @classmethod
    def attempts(cls, facts: Order, context: Context) -> Iterator[Self]:
        """One who has not signed the production order signs."""
        for role in context.policy.production_order_signers:
            yield cls(Role(role))


@order_command(
    "workOrderSign",
    Action.SIGN_PAPERS,
    title=("Sign the work order", "会签工单"),
    history=("Work order signed", "工单已会签"),
    sources=(OrderStatus.CONFIRMED,),
    guards=(must.is_made_to_order, must.no_change_is_open, must.production_is_ordered),
    staff_see=_SIGNED,
)
class SignWorkOrder(OrderCommand):
    """The work order is signed (O5)."""

    role: Role = described("As what you sign.")

    def effect(self, facts: Order, context: Context) -> Order:
        """The five departments sign; with the last signature work starts (O5)."""
        signers, of = context.policy.work_order_signers, facts.revision
        facts = sign(facts, "O5", WORK_ORDER, self.role, signers, context, of)
        if set(signers) <= set(facts.signers(WORK_ORDER, of)):
            return replace(facts, work_started_on=context.today)
        return facts

    @classmethod
    def attempts(cls, facts: Order, context: Context) -> Iterator[Self]:
        """One who has not signed the work order signs."""
        for role in context.policy.work_order_signers:
            yield cls(Role(role))


def _item_fits(facts: Order, asked: RecordGate, context: Context) -> None:
    policy, item = context.policy, asked.item
    allowed: Mapping[str, tuple[str, ...]] = {
        GateItem.LC_RECEIVED: (*policy.lc_checkers, Role.FINANCE),
        GateItem.LC_CHECKED: policy.lc_checkers,
        GateItem.LC_FAULT: policy.lc_checkers,
        GateItem.LC_AMENDMENT_ASKED: policy.lc_checkers,
        GateItem.CREDIT_APPROVED: (policy.credit_approver,),
        GateItem.EXPORT_SIGNED: export_signers(facts, context),
    }
    roles = allowed.get(item, (Role.SALES, Role.SALES_ASSISTANT, Role.DOCUMENT_CLERK))
    if asked.role not in roles:
        raise refuse("NOT_A_SIGNER", "O6", msg("orders.ITEM_FOR", item=item, roles=roles), "role")
    asks: dict[tuple[Vocabulary, ...], bool] = {
        (PaymentTerms.LC,): item.startswith("LC_") and facts.payment_terms != PaymentTerms.LC,
        (PaymentTerms.OPEN_ACCOUNT, PaymentTerms.DA): item == GateItem.CREDIT_APPROVED
        and facts.payment_terms not in CREDIT_TERMS,
        (CustomerKind.EXPORT,): (item in EXPORT_PAPERS or item == GateItem.EXPORT_SIGNED)
        and facts.customer_kind != CustomerKind.EXPORT,
    }
    for what, unasked in asks.items():
        if unasked:
            raise refuse(
                "NOT_ASKED_FOR", "O6", msg("orders.ITEM_ONLY_FOR", item=item, terms=what), "item"
            )
    if asked.amount is not None:
        amount_must_fit("O6", asked.amount, facts.currency, "amount")
    letter = letter_of_credit(facts)
    if item in (GateItem.LC_CHECKED, GateItem.LC_FAULT) and letter is None:
        raise refuse("NO_LETTER", "O6", msg("orders.NO_LETTER"), "item")
    nothing = Decimal(0)
    if (
        item == GateItem.LC_CHECKED
        and letter is not None
        and (letter.amount or nothing) < facts.total
    ):
        raise refuse(
            "LETTER_TOO_SMALL",
            "O6",
            msg(
                "orders.LETTER_COVERS",
                amount=shown(letter.amount or nothing, facts.currency),
                total=facts.total,
            ),
            "item",
        )
    if item == GateItem.LC_AMENDMENT_ASKED and (
        letter is not None or not any(each.item == GateItem.LC_FAULT for each in facts.gate_entries)
    ):
        raise refuse("NO_FAULT", "O6", msg("orders.AMENDMENT_FOR_FAULT"), "item")
    if item == GateItem.EXPORT_SIGNED:
        papers = {each.item for each in facts.gate_entries}
        lacking = [paper for paper in EXPORT_PAPERS if paper not in papers]
        if lacking:
            raise refuse(
                "PAPER_MISSING", "O6", msg("orders.STILL_LACKING", lacking=lacking), "item"
            )
