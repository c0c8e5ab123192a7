"""What other processes do, as Linux has it in /proc."""

from contextlib import suppress
from pathlib import Path

PROCESSES = Path("/proc")


def children_of(pid: int, word: bytes) -> list[int]:
    """The processes that one has started whose command line has a word, or a part of one."""
    found = []
    for thread in (PROCESSES / str(pid) / "task").glob("*/children"):
        # Either may have ended since it was listed.
        with suppress(OSError):
            for child in thread.read_text().split():
                with suppress(OSError):
                    if word in (PROCESSES / child / "cmdline").read_bytes():
                        found.append(int(child))
    return found


def lives(pid: int) -> bool:
    """Whether a process is there and has not ended."""
    with suppress(OSError):
        stat = (PROCESSES / str(pid) / "stat").read_text()
        return stat.rpartition(")")[2].split()[0] != "Z"
    return False
