"""What people are told of a run or scenario that broke: never SQL, paths or other insides."""

from allocator import Died, InputFaults, OutOfTime
from domain.errors import DomainError

# Raised with sentences of our own about the figures.
_OUR_WORDS = (DomainError, InputFaults, ArithmeticError, Died, OutOfTime)


def describe_failure(error: Exception) -> str:
    """A sentence for the row that clients read; the worker's log has the rest."""
    name = type(error).__name__
    if isinstance(error, _OUR_WORDS):
        return f"{name}: {error}"[:2000]
    return f"{name} on our side; see the worker's log."
