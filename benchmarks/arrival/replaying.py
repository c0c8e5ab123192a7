"""A company's own data, wave by wave: `apportion demo --replay`, timed as a whole process."""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.arrival.processes import REPOSITORY, Memory, environment_of
from services.settings import Settings

MAPPING = REPOSITORY / "examples" / "adventureworks" / "mapping.toml"


class ReplayFailed(Exception):
    """The command did not succeed; the message ends with what it said."""


@dataclass(frozen=True)
class Replay:
    """Seconds from start to end, and the most memory it and its children held at one moment."""

    data: str
    seconds: float
    together_peak: int | None
    last_line: str


def measure_replay(data: Path, mapping: Path, rounds: int) -> Replay:
    """Run the command so often, each time in a new home; the medians."""
    took, peaks, said = [], [], ""
    for _ in range(rounds):
        with TemporaryDirectory(prefix="apportion-bench-") as folder:
            settings = Settings(home=Path(folder) / "home")
            log = Path(folder) / "replay.log"
            began = time.perf_counter()
            with log.open("wb") as out:
                process = subprocess.Popen(
                    [
                        *(sys.executable, "-m", "cli", "demo", "--replay"),
                        *("--data", str(data.resolve()), "--map", str(mapping.resolve())),
                    ],
                    cwd=REPOSITORY,
                    env=environment_of(settings),
                    stdout=out,
                    stderr=subprocess.STDOUT,
                )
                with Memory([process.pid]) as memory:
                    status = process.wait()
            took.append(time.perf_counter() - began)
            said = log.read_text(errors="replace")
            if status:
                raise ReplayFailed(f"the replay ended with {status}; it said:\n{said[-2000:]}")
            if memory.together_peak is not None:
                peaks.append(memory.together_peak)
    last = " ".join(said.strip().splitlines()[-1].split()) if said.strip() else ""
    return Replay(data.name, median(took), max(peaks, default=0) or None, last)
