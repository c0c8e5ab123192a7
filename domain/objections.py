"""What is wrong with one value, in the same words at every door: the API, an import, a file."""

from dataclasses import dataclass

from domain.errors import InvalidInput
from domain.messages import Message, msg


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a value can't be taken, and what to do instead.

    problem: goes on after the value, such as "is still to come."; remedy: a sentence of its own.
    """

    problem: Message
    remedy: Message

    def about(self, value: object) -> Message:
        """The whole of it in sentences that begin with the value."""
        return msg(
            "common.OBJECTION",
            value=value if isinstance(value, Message) else str(value),
            problem=self.problem,
            remedy=self.remedy,
        )


def refuse(value: object, objection: Objection | None, field: str) -> None:
    """Refuse a value that there is an objection to. Raises InvalidInput."""
    if objection is not None:
        raise InvalidInput(objection.about(value), field=field)
