"""What the business says no to. Each error has a code for programs and a sentence for people."""

from collections.abc import Sequence
from dataclasses import dataclass


class DomainError(Exception):
    """The business refuses; nothing was changed. `field` names the input that is at fault."""

    code = "REFUSED"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(DomainError):
    """No such object, or none that this principal may see."""

    code = "NOT_FOUND"

    def __init__(self, what: str, key: str, *, field: str | None = None) -> None:
        super().__init__(f"There is no {what} {key!r}.", field=field)
        self.what = what
        self.key = key


class InvalidInput(DomainError):
    """A value that can't be right, with what to do instead."""

    code = "INVALID_INPUT"


class NotAllowed(DomainError):
    """None of the principal's roles may do this."""

    code = "FORBIDDEN"

    def __init__(self, action: str) -> None:
        super().__init__(f"None of your roles may {action}.")
        self.action = action


class KeyReused(DomainError):
    """An idempotency key came back with another input."""

    code = "IDEMPOTENCY_KEY_REUSED"

    def __init__(self, key: str) -> None:
        super().__init__(
            f"The idempotency key {key!r} was used with another input; take a new key.",
            field="idempotencyKey",
        )


class Stale(DomainError):
    """The object changed since the version that the client read."""

    code = "STALE_VERSION"

    def __init__(self, what: str, expected: int, actual: int) -> None:
        super().__init__(
            f"The {what} is at version {actual}, not {expected}: read it again and repeat.",
            field="expectedVersion",
        )
        self.expected = expected
        self.actual = actual


class WrongState(DomainError):
    """The object is not in a state that allows this."""

    code = "WRONG_STATE"


class InsufficientFunds(DomainError):
    """A customer's available funds do not cover an amount."""

    code = "INSUFFICIENT_FUNDS"

    def __init__(self, customer: str, missing: str, currency: str) -> None:
        super().__init__(f"Customer {customer!r} lacks {missing} {currency} of available funds.")
        self.customer = customer
        self.missing = missing
        self.currency = currency


@dataclass(frozen=True)
class ItemFault:
    """What is wrong with one item of a list, and what to do about it."""

    index: int
    field: str
    message: str
    remedy: str
    code: str = "INVALID_INPUT"


class FaultyItems(DomainError):
    """Items of a list cannot be taken, so none was; every fault is told at once."""

    code = "FAULTY_ITEMS"

    def __init__(self, faults: Sequence[ItemFault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.index, fault.field)))
        first = self.faults[0]
        more = f" ({len(self.faults) - 1} more)" if len(self.faults) > 1 else ""
        super().__init__(f"Item {first.index}: {first.message}{more}", field=first.field)
