"""`apportion serve --with-worker`: both run, and both end together."""

import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path

import psycopg
import pytest

from services.settings import Settings
from tests.conftest import REPOSITORY, TestDatabase, environment_of
from tests.processes import children_of, lives
from tests.waiting import PATIENCE_S, wait_until


def free_port() -> int:
    """A port below those that the system hands out: nobody is given it before the server is up."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def is_alive(port: int) -> bool:
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)) as server:
        try:
            server.request("GET", "/livez")
            return server.getresponse().status == 200
        except OSError:
            return False


def clients(database: TestDatabase) -> set[str]:
    with psycopg.connect(**database.superuser.for_libpq()) as connection:
        found = connection.execute(
            "SELECT application_name FROM pg_stat_activity WHERE datname = current_database()"
        ).fetchall()
    return {name for (name,) in found}


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_server_and_worker_end_together(
    settings: Settings, database: TestDatabase, tmp_path: Path, stop: signal.Signals
) -> None:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "cli", "serve", "--port", str(port), "--with-worker"],
        cwd=REPOSITORY,
        env=environment_of(settings),
    )
    try:
        wait_until(lambda: is_alive(port))
        wait_until(lambda: "apportion-relay" in clients(database))
        server.send_signal(stop)
        assert server.wait(timeout=PATIENCE_S) == (-9 if stop is signal.SIGKILL else 0)
    finally:
        server.kill()
        server.wait()
    wait_until(lambda: not {name for name in clients(database) if "apportion" in name})


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the process in /proc")
def test_a_server_killed_while_its_worker_starts_leaves_none(settings: Settings) -> None:
    """J2: the worker's first line of Python runs long after its parent is gone."""
    server = subprocess.Popen(
        [sys.executable, "-m", "cli", "serve", "--port", str(free_port()), "--with-worker"],
        cwd=REPOSITORY,
        env=environment_of(settings),
    )
    try:
        while not (found := children_of(server.pid, b"\0worker\0")):
            assert server.poll() is None
            time.sleep(0.001)
    finally:
        server.kill()
        server.wait()
    wait_until(lambda: not lives(found[0]))
