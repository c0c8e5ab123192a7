"""`apportion serve --with-worker`: both run, and both end together."""

import random
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import psycopg
import pytest

from services.settings import Settings
from tests.conftest import REPOSITORY, TestDatabase, environment_of
from tests.waiting import PATIENCE_S, wait_until


def free_port() -> int:
    """A port below those that the system hands out: nobody is given it before the server is up."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def is_alive(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/livez").status_code == 200
    except httpx.TransportError:
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
