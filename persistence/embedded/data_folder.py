"""Whether a home holds an embedded database; loads nothing, for commands that only look."""

from pathlib import Path

DATA = "postgres"


def has_cluster(home: Path) -> bool:
    """Whether there is an embedded database in `home`."""
    try:
        return any((home / DATA).iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return False
    except PermissionError:
        # Another account's; starting it says so.
        return True
