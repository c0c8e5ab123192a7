"""Why something cannot be done to an order: each reason has a name and the rule behind it."""

from dataclasses import dataclass
from decimal import Decimal

from domain.errors import DomainError
from domain.messages import Message, sentences
from domain.money import object_to_amount


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: a lasting word, the rule's ID, and a sentence for people."""

    code: str
    rule: str
    message: Message
    field: str | None = None


class OrderRefused(DomainError):
    """The rules refuse; nothing was changed. The first reason gives the code."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        first = reasons[0]
        super().__init__(sentences(tuple(reason.message for reason in reasons)), field=first.field)
        self.code = first.code
        self.rule = first.rule
        self.reasons = reasons


def refuse(code: str, rule: str, message: Message, field: str | None = None) -> OrderRefused:
    """A refusal for one reason."""
    return OrderRefused((Reason(code, rule, message, field),))


def amount_must_fit(rule: str, amount: Decimal, currency: str, field: str) -> None:
    """Refuse an amount that is finer than its currency's minor unit."""
    objection = object_to_amount(amount, currency)
    if objection is not None:
        raise refuse("BAD_AMOUNT", rule, objection.about(amount), field)
