"""What must be there before production is released, by the terms of payment (O6)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.documents import cleaned
from domain.money import percent_of, rounded, shown
from domain.orders.confirmation import promised_today
from domain.orders.context import Context
from domain.orders.facts import GateEntry, OrderFacts, following
from domain.orders.refusals import amount_must_fit, refuse
from domain.orders.vocabularies import GateItem
from domain.policy.orders import OrderPolicy

EXPORT_PAPERS = (GateItem.COST_SHEET, GateItem.CUSTOMER_ORDER, GateItem.FACTORY_CONTRACT)
CREDIT_TERMS = ("OPEN_ACCOUNT", "DA")


@dataclass(frozen=True)
class RecordGate:
    """One thing towards the release: a paper, a check, an approval; on behalf of `role`."""

    item: str
    role: str
    amount: Decimal | None = None
    reference: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class ReleaseGate:
    """Production may begin."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing the gate asks for, whether it is there, who owes it, and by when."""

    code: str
    owner_role: str
    is_met: bool
    message: str
    due_on: dt.date | None = None


def deposit_required(facts: OrderFacts, policy: OrderPolicy) -> Decimal:
    """The deposit that the order needs: 30 % for special orders and under TT_DEPOSIT (O6, O7)."""
    if facts.special:
        return percent_of(facts.total, policy.special_deposit_percent, facts.currency)
    if facts.payment_terms == "TT_DEPOSIT":
        return percent_of(facts.total, policy.tt_deposit_percent, facts.currency)
    return rounded(Decimal(0), facts.currency)


def requirements(facts: OrderFacts, context: Context) -> tuple[Requirement, ...]:
    """Everything the gate asks for under the order's terms; nothing where terms ask nothing."""
    policy, found = context.policy, []
    deposit = deposit_required(facts, policy)
    if deposit:
        found.append(
            Requirement(
                "DEPOSIT",
                "FINANCE",
                facts.deposit_paid >= deposit,
                f"The deposit: {shown(facts.deposit_paid, facts.currency)} of {deposit}"
                f" {facts.currency} received.",
            )
        )
    if facts.payment_terms == "LC":
        found += _letter_of_credit(facts, context)
    if facts.payment_terms in CREDIT_TERMS:
        approved = any(each.item == GateItem.CREDIT_APPROVED for each in facts.gate_entries)
        found.append(
            Requirement(
                GateItem.CREDIT_APPROVED,
                policy.credit_approver,
                approved,
                f"{policy.credit_approver}'s approval of delivery on credit.",
            )
        )
    if facts.customer_kind == "EXPORT":
        found += _export(facts, context)
    return tuple(found)


def _letter_of_credit(facts: OrderFacts, context: Context) -> list[Requirement]:
    policy, due_on = context.policy, None
    promised_on = promised_today(facts, context.today, context.calendar)
    if promised_on is not None:
        due_on = promised_on - dt.timedelta(days=policy.lc_lead_days)
    letter = letter_of_credit(facts)
    found = [
        Requirement(
            GateItem.LC_RECEIVED,
            "DOCUMENT_CLERK",
            letter is not None,
            "A letter of credit without known fault."
            if facts.gate_entries
            else "The letter of credit.",
            due_on,
        )
    ]
    for role in policy.lc_checkers:
        checked = letter is not None and any(
            each.item == GateItem.LC_CHECKED and each.role == role and each.no > letter.no
            for each in facts.gate_entries
        )
        found.append(
            Requirement(
                f"{GateItem.LC_CHECKED}:{role}",
                role,
                checked,
                f"{role}'s check of the letter.",
                due_on,
            )
        )
    return found


def letter_of_credit(facts: OrderFacts) -> GateEntry | None:
    """The letter in hand: the last one received, unless a fault was found in it since."""
    letter = None
    for each in facts.gate_entries:
        if each.item == GateItem.LC_RECEIVED:
            letter = each
        elif each.item == GateItem.LC_FAULT:
            letter = None
    return letter


def export_signers(facts: OrderFacts, context: Context) -> tuple[str, ...]:
    """Who signs the sheet of estimated costs; the general manager too where it is delicate."""
    policy = context.policy
    if _is_large(facts, context) or facts.prepayment or facts.commission:
        return (*policy.export_signers, policy.export_large_signer)
    return policy.export_signers


def _is_large(facts: OrderFacts, context: Context) -> bool:
    """Whether an order's amount is large in the company's money (O6); unknown counts as large."""
    policy, rate = context.policy, Decimal(1)
    if facts.currency != context.currency:
        if facts.currency not in policy.exchange_rates:
            return True
        rate = policy.exchange_rates[facts.currency]
    return facts.total * rate >= policy.export_large_amount


def _export(facts: OrderFacts, context: Context) -> list[Requirement]:
    papers = {each.item for each in facts.gate_entries}
    signed = {each.role for each in facts.gate_entries if each.item == GateItem.EXPORT_SIGNED}
    names = {
        GateItem.COST_SHEET: "The sheet of estimated costs.",
        GateItem.CUSTOMER_ORDER: "The customer's own order.",
        GateItem.FACTORY_CONTRACT: "The contract with the factory.",
    }
    return [
        *(Requirement(item, "SALES", item in papers, names[item]) for item in EXPORT_PAPERS),
        *(
            Requirement(
                f"{GateItem.EXPORT_SIGNED}:{role}",
                role,
                role in signed,
                f"{role}'s signature for export.",
            )
            for role in export_signers(facts, context)
        ),
    ]


def record_gate(facts: OrderFacts, deed: RecordGate, context: Context) -> OrderFacts:
    """Add one entry to the gate's record; each item has those who may bring it (O6)."""
    action = "orderGateRecord"
    if not GateItem.has(deed.item):
        raise refuse(
            action, "UNKNOWN_WORD", "O6", f"An item is one of {', '.join(GateItem)}.", "item"
        )
    context.acting_as(action, deed.role, "O6")
    _item_fits(facts, deed, context)
    new = GateEntry(
        following(facts.gate_entries),
        deed.item,
        deed.role,
        context.actor,
        context.today,
        deed.amount,
        cleaned(deed.reference or "") or None,
        deed.note,
    )
    return replace(facts, gate_entries=(*facts.gate_entries, new))


def _item_fits(facts: OrderFacts, deed: RecordGate, context: Context) -> None:
    action, policy, item = "orderGateRecord", context.policy, deed.item
    allowed: Mapping[str, tuple[str, ...]] = {
        GateItem.LC_RECEIVED: (*policy.lc_checkers, "FINANCE"),
        GateItem.LC_CHECKED: policy.lc_checkers,
        GateItem.LC_FAULT: policy.lc_checkers,
        GateItem.LC_AMENDMENT_ASKED: policy.lc_checkers,
        GateItem.CREDIT_APPROVED: (policy.credit_approver,),
        GateItem.EXPORT_SIGNED: export_signers(facts, context),
    }
    roles = allowed.get(item, ("SALES", "SALES_ASSISTANT", "DOCUMENT_CLERK"))
    if deed.role not in roles:
        raise refuse(action, "NOT_A_SIGNER", "O6", f"{item} is for {' or '.join(roles)}.", "role")
    asks = {
        "LC": item.startswith("LC_") and facts.payment_terms != "LC",
        "OPEN_ACCOUNT or DA": item == GateItem.CREDIT_APPROVED
        and facts.payment_terms not in CREDIT_TERMS,
        "export": (item in EXPORT_PAPERS or item == GateItem.EXPORT_SIGNED)
        and facts.customer_kind != "EXPORT",
    }
    for what, unasked in asks.items():
        if unasked:
            raise refuse(
                action, "NOT_ASKED_FOR", "O6", f"{item} is for {what} orders only.", "item"
            )
    if deed.amount is not None:
        amount_must_fit(action, "O6", deed.amount, facts.currency, "amount")
    letter = letter_of_credit(facts)
    if item in (GateItem.LC_CHECKED, GateItem.LC_FAULT) and letter is None:
        raise refuse(action, "NO_LETTER", "O6", "There is no letter of credit to check.", "item")
    nothing = Decimal(0)
    if (
        item == GateItem.LC_CHECKED
        and letter is not None
        and (letter.amount or nothing) < facts.total
    ):
        raise refuse(
            action,
            "LETTER_TOO_SMALL",
            "O6",
            f"The letter covers {shown(letter.amount or nothing, facts.currency)} of"
            f" {facts.total}: ask for an amendment.",
            "item",
        )
    if item == GateItem.LC_AMENDMENT_ASKED and (
        letter is not None or not any(each.item == GateItem.LC_FAULT for each in facts.gate_entries)
    ):
        raise refuse(
            action, "NO_FAULT", "O6", "An amendment is asked for a fault that was found.", "item"
        )
    if item == GateItem.EXPORT_SIGNED:
        papers = {each.item for each in facts.gate_entries}
        lacking = [paper for paper in EXPORT_PAPERS if paper not in papers]
        if lacking:
            raise refuse(
                action, "PAPER_MISSING", "O6", f"Still lacking: {', '.join(lacking)}.", "item"
            )


def release_gate(facts: OrderFacts, deed: ReleaseGate, context: Context) -> OrderFacts:
    """Note that production is released; the transition's guard has seen that nothing lacks."""
    return replace(facts, gate_released_on=context.today)
