"""Real workers, and the memory that they and their solvers take."""

import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from services.settings import Settings

REPOSITORY = Path(__file__).parents[2]
LOOK_EVERY_S = 0.1
START_WITHIN_S = 120.0
# A worker's own words once its solver is loaded.
WARM = "worker warm"
PAGE = os.sysconf("SC_PAGE_SIZE")


class WorkerFailed(Exception):
    """A worker ended by itself or did not come up; the message ends with its log."""


class Memory:
    """The memory of processes with all their children, looked at while a block lasts.

    together_peak: the most that they held at one moment, pages that they share counted in each.
    sum_of_peaks: each one's own peak as the kernel keeps it, added up: an upper bound.
    In bytes; None where the system does not say (other than Linux).
    """

    def __init__(self, roots: Sequence[int]) -> None:
        self._roots = roots
        self._peak = 0
        self._peaks: dict[int, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="memory")

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._look()
        self._stop.set()
        self._thread.join()

    @property
    def together_peak(self) -> int | None:
        return self._peak or None

    @property
    def sum_of_peaks(self) -> int | None:
        return sum(self._peaks.values()) or None

    def _watch(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            self._look()

    def _look(self) -> None:
        together = 0
        for pid in tree(self._roots):
            try:
                together += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
                self._peaks[pid] = max(self._peaks.get(pid, 0), _high_water(pid))
            except (OSError, ValueError, IndexError):
                continue  # it has just ended
        self._peak = max(self._peak, together)


def tree(roots: Sequence[int]) -> list[int]:
    """These processes and all that descend from them."""
    children = defaultdict(list)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # Behind the name, which may hold anything, come the state and the parent.
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue  # it has just ended
        children[parent].append(int(folder.name))
    found: list[int] = []
    ahead = list(roots)
    while ahead:
        pid = ahead.pop()
        found.append(pid)
        ahead += children[pid]
    return found


def _high_water(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment that leads a process to these settings and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("APPORTION_")}
    ours = {"APPORTION_HOME": str(settings.home)}
    if settings.database_url is not None:
        ours["APPORTION_DATABASE_URL"] = settings.database_url
    if settings.owner_url is not None:
        ours["APPORTION_OWNER_URL"] = settings.owner_url
    return {**kept, **ours}


@contextmanager
def workers(settings: Settings, count: int) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """This many workers, warm, for as long as the block lasts; then asked to stop.

    Raises WorkerFailed when one does not come up.
    """
    with TemporaryDirectory(prefix="apportion-bench-worker-") as folder:
        started: list[subprocess.Popen[bytes]] = []
        logs = [Path(folder) / f"worker-{number}.log" for number in range(count)]
        try:
            for log in logs:
                with log.open("wb") as out:
                    started.append(
                        subprocess.Popen(
                            [
                                sys.executable,
                                "-m",
                                "cli",
                                "worker",
                                "--follow-parent",
                                str(os.getpid()),
                            ],
                            cwd=REPOSITORY,
                            env=environment_of(settings),
                            stdout=out,
                            stderr=subprocess.STDOUT,
                        )
                    )
            for process, log in zip(started, logs, strict=True):
                _wait_until_warm(process, log)
            yield started
        finally:
            for process in started:
                process.terminate()
            for process in started:
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _wait_until_warm(process: "subprocess.Popen[bytes]", log: Path) -> None:
    give_up = time.monotonic() + START_WITHIN_S
    while WARM not in (said := log.read_text(errors="replace")):
        if process.poll() is not None or time.monotonic() > give_up:
            state = f"ended with {process.returncode}" if process.poll() is not None else "hangs"
            raise WorkerFailed(f"the worker {state}; its log ends:\n{said[-2000:]}")
        time.sleep(0.05)
