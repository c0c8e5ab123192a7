"""What the business says no to. Each error has a code for programs and a message for people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.messages import Message, msg, thing
from domain.sentences import Money
from domain.vocabulary import Vocabulary


class DomainError(Exception):
    """The business refuses; nothing was changed. `field` names the input that is at fault.

    also: what else is in the way, where several things are.
    """

    code = "REFUSED"
    also: tuple["DomainError", ...] = ()

    def __init__(self, message: Message, *, field: str | None = None) -> None:
        super().__init__(str(message))
        self.message = message
        self.field = field


class CannotRun(RuntimeError):
    """What Apportion stands on is not there or in its way; the message says what to do."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


class NotFound(DomainError):
    """No such object, or none that this principal may see.

    what: the object's kind, a name of the catalogue's section `things`.
    """

    code = "NOT_FOUND"

    def __init__(self, what: str, key: str, *, field: str | None = None) -> None:
        super().__init__(msg("common.NOT_FOUND", what=thing(what), key=key), field=field)
        self.what = what
        self.key = key


class InvalidInput(DomainError):
    """A value that can't be right, with what to do instead."""

    code = "INVALID_INPUT"


class NotAllowed(DomainError):
    """None of the principal's roles may do this."""

    code = "FORBIDDEN"

    def __init__(self, action: Message | Vocabulary) -> None:
        super().__init__(msg("common.NOT_ALLOWED", action=action))
        self.action = action


class KeyReused(DomainError):
    """An idempotency key came back with another input."""

    code = "IDEMPOTENCY_KEY_REUSED"

    def __init__(self, key: str) -> None:
        super().__init__(msg("common.KEY_REUSED", key=key), field="idempotencyKey")


class Stale(DomainError):
    """The object changed since the version that the client read.

    what: the object's kind, a name of the catalogue's section `things`, or the object itself.
    """

    code = "STALE_VERSION"

    def __init__(self, what: str | Message, expected: int, actual: int) -> None:
        super().__init__(
            msg("common.STALE", what=_thing(what), expected=expected, actual=actual),
            field="expectedVersion",
        )
        self.expected = expected
        self.actual = actual


def require_version(what: str | Message, expected: int | None, actual: int) -> None:
    """Raise Stale where the object has another version than was read; None takes any."""
    if expected is not None and expected != actual:
        raise Stale(what, expected, actual)


class WrongState(DomainError):
    """The object is not in a state that allows this."""

    code = "WRONG_STATE"


class InsufficientFunds(DomainError):
    """A customer's available funds do not cover an amount."""

    code = "INSUFFICIENT_FUNDS"

    def __init__(self, customer: str, missing: str, currency: str) -> None:
        lacking = Money(Decimal(missing), currency)
        super().__init__(msg("funding.INSUFFICIENT", customer=customer, missing=lacking))
        self.customer = customer
        self.missing = missing
        self.currency = currency


@dataclass(frozen=True)
class ItemFault:
    """What is wrong with one item of a list, and what to do about it."""

    index: int
    field: str
    message: Message
    remedy: Message
    code: str = "INVALID_INPUT"


class FaultyItems(DomainError):
    """Items of a list cannot be taken, so none was; every fault is named at once."""

    code = "FAULTY_ITEMS"

    def __init__(self, faults: Sequence[ItemFault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.index, fault.field)))
        first, more = self.faults[0], len(self.faults) - 1
        key = "common.FAULTY_ITEMS" if more else "common.FAULTY_ITEM"
        params = {"more": more} if more else {}
        super().__init__(
            msg(key, index=first.index, fault=first.message, **params), field=first.field
        )


def refuse_for(errors: Iterable[DomainError]) -> None:
    """Refuse where there is an error; the first is raised, with all others beside it."""
    found = list(errors)
    if found:
        found[0].also = tuple(found[1:])
        raise found[0]


def _thing(what: str | Message) -> Message:
    return thing(what) if isinstance(what, str) else what
