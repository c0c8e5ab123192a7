"""A disk that fills up under a running server: `/readyz` and `doctor` say so, and when it is over.

A real disk, in memory, of a size that leaves less than what is asked for once a file lies on it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.health import LEAST_FREE_BYTES
from services.settings import Settings
from tests.conftest import REPOSITORY, environment_of
from tests.end_to_end.test_bad_places import command, disk, in_home
from tests.end_to_end.test_serve import free_port, is_alive
from tests.waiting import PATIENCE_S, wait_until

MIB = 1 << 20
SIZE_MIB = (LEAST_FREE_BYTES // MIB) + 300


@pytest.fixture
def settings(short_home: Path) -> Iterator[Settings]:
    with disk(short_home / "disk", f"size={SIZE_MIB}m"):
        yield in_home(short_home / "disk" / "home")


def ready(port: int) -> tuple[int, list[str]]:
    answer = httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=PATIENCE_S)
    return answer.status_code, answer.json()["problems"]


def disk_seen_by_the_doctor(settings: Settings) -> tuple[int, bool, str]:
    done = command(settings, "doctor", "--json")
    found = next(each for each in json.loads(done.stdout) if each["what"] == "disk")
    return done.returncode, found["good"], found["said"]


def test_a_disk_that_fills_up_is_seen(settings: Settings) -> None:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "cli", "serve", "--port", str(port)],
        cwd=REPOSITORY,
        env=environment_of(settings),
    )
    try:
        wait_until(lambda: is_alive(port))
        assert ready(port) == (200, [])
        assert disk_seen_by_the_doctor(settings)[:2] == (0, True)

        filler = settings.home / "filler"
        free = os.statvfs(settings.home).f_bavail * os.statvfs(settings.home).f_frsize
        with filler.open("wb") as out:
            os.posix_fallocate(out.fileno(), 0, free - 20 * MIB)
        status, problems = ready(port)
        assert status == 503
        assert len(problems) == 1
        assert problems[0].startswith("The disk of the embedded database is full: ")
        status, good, said = disk_seen_by_the_doctor(settings)
        assert (status, good) == (1, False)
        assert said.endswith("MiB are free. Free some; 256 MiB are needed.")

        filler.unlink()
        assert ready(port) == (200, [])
        assert disk_seen_by_the_doctor(settings)[:2] == (0, True)
    finally:
        server.terminate()
        assert server.wait(timeout=PATIENCE_S) == 0
