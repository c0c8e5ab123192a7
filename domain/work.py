"""What stands against doing work, whether a step, a task or a time limit: reason, note, owner."""

from collections.abc import Iterator

from domain.errors import DomainError, InvalidInput
from domain.limits import TEXT
from domain.messages import Message, msg
from domain.principals import Principal
from domain.roles import may_act_as
from domain.unchanged import Unchanged


def against_reason(reason: str | None, what: Message | None = None) -> Iterator[DomainError]:
    """A reason fits, and is given. what: needs it; None where it may be left out."""
    words = (reason or "").strip()
    if what is not None and not words:
        yield InvalidInput(msg("milestones.NEEDS_REASON", what=what), field="reason")
    if len(words) > TEXT:
        yield InvalidInput(msg("milestones.REASON_LENGTH", most=TEXT), field="reason")


def against_note(note: str | Unchanged | None) -> Iterator[DomainError]:
    """A note fits."""
    if isinstance(note, str) and len(note) > TEXT:
        yield InvalidInput(msg("tasks.NOTE_LENGTH", most=TEXT), field="note")


def against_owner(role: str, person_id: int | None, roles: frozenset[str]) -> Iterator[DomainError]:
    """A person to whom work is given may act as the role that it belongs to."""
    if person_id is not None and not may_act_as(Principal("", roles), role):
        yield InvalidInput(
            msg("tasks.NOT_THEIR_ROLE", role=role),
            field="owner",
        )
