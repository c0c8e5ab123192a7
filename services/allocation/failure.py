"""What people read of a run or scenario that broke: never SQL, paths or other insides."""

from allocator import Died, InputFaults, OutOfTime
from domain.errors import DomainError
from domain.limits import TEXT
from domain.messages import Message, literal, message_of, msg, sentences

MOST_REASONS = 5


def describe_failure(error: Exception) -> str:
    """A sentence for the row that clients read, as it keeps one; the worker's log has the rest."""
    kept = _described(error, type(error).__name__).kept
    return kept if len(kept) <= TEXT else str(_described(error, type(error).__name__))[:TEXT]


def _described(error: Exception, kind: str) -> Message:
    match error:
        case DomainError():
            return msg("runs.FAILED", kind=kind, reason=error.message)
        case InputFaults():
            reasons = tuple(message_of(each.problem) for each in error.faults[:MOST_REASONS])
            return msg("runs.FAILED", kind=kind, reason=sentences(reasons))
        case OutOfTime():
            return msg("runs.OUT_OF_TIME", kind=kind, seconds=error.seconds)
        case Died():
            return msg("runs.DIED", kind=kind)
        case ArithmeticError():
            # A plan that breaks its own rules: a defect, described by the verifier in English.
            return msg("runs.FAILED", kind=kind, reason=literal(str(error)))
    return msg("runs.BROKE", kind=kind)
