"""What must be there before production is released, by the terms of payment (O6)."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from domain.messages import Message, msg
from domain.money import percent_of, rounded, written
from domain.orders.confirmation import promised_today
from domain.orders.context import Context
from domain.orders.entries import GateEntry
from domain.orders.order import Order
from domain.orders.vocabularies import GateItem
from domain.parties.vocabularies import CustomerKind, PaymentTerms
from domain.policy.orders import OrderPolicy
from domain.roles import Role
from domain.sentences import Money

EXPORT_PAPERS = (GateItem.COST_SHEET, GateItem.CUSTOMER_ORDER, GateItem.FACTORY_CONTRACT)
CREDIT_TERMS = (PaymentTerms.OPEN_ACCOUNT, PaymentTerms.DA)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing the gate asks for, whether it is there, who owes it, and by when."""

    code: str
    owner_role: str
    is_met: bool
    message: Message
    due_on: dt.date | None = None


def deposit_required(facts: Order, policy: OrderPolicy) -> Decimal:
    """The deposit that the order needs: 30 % for special orders and under TT_DEPOSIT (O6, O7)."""
    if facts.special:
        return percent_of(facts.total, policy.special_deposit_percent, facts.currency)
    if facts.payment_terms == PaymentTerms.TT_DEPOSIT:
        return percent_of(facts.total, policy.tt_deposit_percent, facts.currency)
    return rounded(Decimal(0), facts.currency)


def requirements(facts: Order, context: Context) -> tuple[Requirement, ...]:
    """Everything the gate asks for under the order's terms; nothing where terms ask nothing."""
    policy, found = context.policy, []
    deposit = deposit_required(facts, policy)
    if deposit:
        found.append(
            Requirement(
                "DEPOSIT",
                Role.FINANCE,
                facts.deposit_paid >= deposit,
                msg(
                    "orders.DEPOSIT_OF",
                    paid=Money(written(facts.deposit_paid, facts.currency), facts.currency),
                    deposit=Money(written(deposit, facts.currency), facts.currency),
                ),
            )
        )
    if facts.payment_terms == PaymentTerms.LC:
        found += _letter_of_credit(facts, context)
    if facts.payment_terms in CREDIT_TERMS:
        approved = any(each.item == GateItem.CREDIT_APPROVED for each in facts.gate_entries)
        found.append(
            Requirement(
                GateItem.CREDIT_APPROVED,
                policy.credit_approver,
                approved,
                msg("orders.CREDIT_APPROVAL", role=policy.credit_approver),
            )
        )
    if facts.customer_kind == CustomerKind.EXPORT:
        found += _export(facts, context)
    return tuple(found)


def _letter_of_credit(facts: Order, context: Context) -> list[Requirement]:
    policy, due_on = context.policy, None
    promised_on = promised_today(facts, context.today, context.calendar)
    if promised_on is not None:
        due_on = promised_on - dt.timedelta(days=policy.lc_lead_days)
    letter = letter_of_credit(facts)
    found = [
        Requirement(
            GateItem.LC_RECEIVED,
            Role.DOCUMENT_CLERK,
            letter is not None,
            msg("orders.LETTER_WITHOUT_FAULT") if facts.gate_entries else msg("orders.LETTER"),
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
                msg("orders.CHECK_OF_LETTER", role=role),
                due_on,
            )
        )
    return found


def letter_of_credit(facts: Order) -> GateEntry | None:
    """The letter in hand: the last one received, unless a fault was found in it since."""
    letter = None
    for each in facts.gate_entries:
        if each.item == GateItem.LC_RECEIVED:
            letter = each
        elif each.item == GateItem.LC_FAULT:
            letter = None
    return letter


def export_signers(facts: Order, context: Context) -> tuple[str, ...]:
    """Who signs the sheet of estimated costs; the general manager too where it is delicate."""
    policy = context.policy
    if _is_large(facts, context) or facts.prepayment or facts.commission:
        return (*policy.export_signers, policy.export_large_signer)
    return policy.export_signers


def _is_large(facts: Order, context: Context) -> bool:
    """Whether an order's amount is large in the company's money (O6); unknown counts as large."""
    policy, rate = context.policy, Decimal(1)
    if facts.currency != context.currency:
        if facts.currency not in policy.exchange_rates:
            return True
        rate = policy.exchange_rates[facts.currency]
    return facts.total * rate >= policy.export_large_amount


def _export(facts: Order, context: Context) -> list[Requirement]:
    papers = {each.item for each in facts.gate_entries}
    signed = {each.role for each in facts.gate_entries if each.item == GateItem.EXPORT_SIGNED}
    names = {
        GateItem.COST_SHEET: msg("orders.COST_SHEET"),
        GateItem.CUSTOMER_ORDER: msg("orders.CUSTOMERS_ORDER"),
        GateItem.FACTORY_CONTRACT: msg("orders.FACTORY_CONTRACT"),
    }
    return [
        *(Requirement(item, Role.SALES, item in papers, names[item]) for item in EXPORT_PAPERS),
        *(
            Requirement(
                f"{GateItem.EXPORT_SIGNED}:{role}",
                role,
                role in signed,
                msg("orders.EXPORT_SIGNATURE", role=role),
            )
            for role in export_signers(facts, context)
        ),
    ]
