"""How long each phase of a run takes, and how much memory it needs at most."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

READ, ASSEMBLE, SOLVE, WRITE = "read", "assemble", "solve", "write"
PHASES = (READ, ASSEMBLE, SOLVE, WRITE)

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
# What makes Linux forget the highest memory of this process so far.
_RESET_PEAK = "5"


class Phases:
    """Seconds and peak memory by phase; a phase done again counts its last time.

    Memory is that of this process, and while it solves that of the solver's process too; it
    includes that of another run in the same process at the time.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.peak_mib: dict[str, int] = {}

    @contextmanager
    def measured(self, phase: str, *, more: bool = False) -> Iterator[None]:
        """Measure what the block does as this phase; more: as a further part of it."""
        reset_peak()
        started = time.monotonic()
        yield
        seconds, peak = time.monotonic() - started, peak_mib()
        if more:
            seconds += self.seconds.get(phase, 0.0)
            peak = max(peak, self.peak_mib.get(phase, 0))
        self.seconds[phase] = round(seconds, 4)
        self.peak_mib[phase] = peak

    def add_memory(self, phase: str, mib: int) -> None:
        """Count what another process needed for the phase."""
        self.peak_mib[phase] = self.peak_mib.get(phase, 0) + mib

    def to_json(self) -> dict[str, dict[str, float]]:
        """By phase, in their order: seconds, peak_mib."""
        return {
            phase: {"seconds": self.seconds[phase], "peak_mib": self.peak_mib[phase]}
            for phase in PHASES
            if phase in self.seconds
        }


def reset_peak() -> None:
    """Begin to measure this process's highest memory afresh, where the system can."""
    with suppress(OSError):
        _RESET.write_text(_RESET_PEAK)


def peak_mib() -> int:
    """The most memory that this process had, in MiB; 0 where the system does not say."""
    with suppress(OSError):
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    return 0
