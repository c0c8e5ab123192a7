"""Why the embedded database cannot be had here or now."""

from collections.abc import Sequence

from domain.errors import CannotRun
from domain.messages import Message, msg


class EmbeddedDatabaseError(CannotRun):
    """The embedded database cannot run here; the message says what to do."""


class InUse(CannotRun):
    """Other processes of ours use a database that one needs for itself.

    place: where it is. users: what they are, where that is known.
    """

    def __init__(self, place: str, users: Sequence[Message] = ()) -> None:
        who = users or (msg("operating.ANOTHER_PROCESS"),)
        super().__init__(msg("operating.IN_USE", place=place, users=who))
        self.place = place
        self.users = tuple(users)
