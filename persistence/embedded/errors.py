"""Why the embedded database cannot be had here or now."""

from collections.abc import Sequence


class EmbeddedDatabaseError(RuntimeError):
    """The embedded database cannot run here; the message says what to do."""


class InUse(RuntimeError):
    """Other processes of ours use a database that one needs for itself.

    place: where it is. users: what they are, where that is known.
    """

    def __init__(self, place: str, users: Sequence[str] = ()) -> None:
        who = " and ".join(users) or "another process of Apportion"
        super().__init__(
            f"The database in {place} is in use by {who}, so nothing was touched. Stop that first "
            "(Ctrl-C where `make serve` or `apportion worker` runs), or name another place."
        )
        self.place = place
        self.users = tuple(users)
