"""The embedded PostgreSQL: started once, found again, stopped by whoever leaves last."""

import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, local
from types import SimpleNamespace
from typing import Any, LiteralString

import psycopg
import pytest

from persistence.embedded import cluster
from persistence.embedded.account import Account, server_account
from persistence.embedded.cluster import Cluster
from persistence.embedded.database import EmbeddedDatabase
from persistence.embedded.errors import EmbeddedDatabaseError
from tests.waiting import PATIENCE_S

REPOSITORY = Path(__file__).parents[2]

# Starts the database in the folder given, says so, and stays until asked to go.
HOLDER = """
import sys
from pathlib import Path
from persistence.embedded.database import EmbeddedDatabase

with EmbeddedDatabase(Path(sys.argv[1])) as database:
    print("server", database.data.joinpath("postmaster.pid").read_text().split()[0], flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def home(short_home: Path) -> Iterator[Path]:
    yield short_home / "home"
    # A test that failed half-way leaves no server behind.
    with EmbeddedDatabase(short_home / "home"):
        pass


def hold(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def server_of(holder: subprocess.Popen[str]) -> int:
    """The server's process number, once the holder has it running."""
    assert holder.stdout is not None
    for line in holder.stdout:
        if line.startswith("server "):
            return int(line.split()[1])
    raise AssertionError(f"the holder ended with {holder.wait()}")


def leave(holder: subprocess.Popen[str]) -> None:
    holder.communicate(timeout=PATIENCE_S)
    assert holder.returncode == 0


def ask(database: EmbeddedDatabase, question: LiteralString) -> list[tuple[Any, ...]]:
    with psycopg.connect(**database.superuser.for_libpq()) as connection:
        return connection.execute(question).fetchall()


def do(database: EmbeddedDatabase, statement: LiteralString) -> None:
    with psycopg.connect(**database.superuser.for_libpq()) as connection:
        connection.execute(statement)


def server_number(database: EmbeddedDatabase) -> int:
    return int((database.data / "postmaster.pid").read_text().split()[0])


def test_it_starts_keeps_its_data_and_stops(home: Path) -> None:
    with EmbeddedDatabase(home) as database:
        do(database, "CREATE TABLE kept AS SELECT 7 AS n")
    assert not database.is_ready()
    with EmbeddedDatabase(home) as database:
        assert ask(database, "SELECT n FROM kept") == [(7,)]
        assert ask(database, "SHOW server_version_num")[0][0] >= "180000"


def test_it_listens_on_no_port_and_its_socket_is_private(home: Path) -> None:
    with EmbeddedDatabase(home) as database:
        assert ask(database, "SHOW listen_addresses") == [("",)]
        folder = Path(ask(database, "SHOW unix_socket_directories")[0][0].strip('"'))
        assert folder.stat().st_mode & 0o077 == 0


def test_a_home_with_a_long_name_and_a_blank_works(short_home: Path) -> None:
    home = short_home / ("long name " * 12).strip()
    with EmbeddedDatabase(home) as database:
        folder = Path(ask(database, "SHOW unix_socket_directories")[0][0].strip('"'))
        assert folder != database.data
        assert folder.stat().st_mode & 0o077 == 0
    folder.rmdir()


def test_the_application_role_is_no_superuser_and_owns_nothing(home: Path) -> None:
    with (
        EmbeddedDatabase(home) as database,
        psycopg.connect(**database.application.for_libpq()) as connection,
    ):
        row = connection.execute(
            "SELECT current_user, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb"
            "  FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert row == ("apportion_app", False, False, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (n int)")


def test_the_last_to_leave_stops_it(home: Path) -> None:
    first, second = EmbeddedDatabase(home), EmbeddedDatabase(home)
    first.start()
    second.start()
    first.release()
    assert second.is_ready()
    second.release()
    assert not second.is_ready()


def test_two_processes_starting_at_once_share_one_server(home: Path) -> None:
    holders = [hold(home) for _ in range(2)]
    servers = {server_of(holder) for holder in holders}
    assert len(servers) == 1
    for holder in holders:
        leave(holder)
    assert not EmbeddedDatabase(home).is_ready()


def test_a_server_whose_starter_was_killed_is_found_and_later_stopped(home: Path) -> None:
    holder = hold(home)
    server = server_of(holder)
    holder.kill()
    holder.communicate()
    with EmbeddedDatabase(home) as database:
        assert server_number(database) == server
        assert ask(database, "SELECT 1") == [(1,)]
    assert not database.is_ready()


def test_a_killed_server_recovers_what_was_committed(home: Path) -> None:
    with EmbeddedDatabase(home) as database:
        do(database, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
        os.kill(server_number(database), signal.SIGKILL)
        with EmbeddedDatabase(home) as again:
            assert ask(again, "SELECT count(*) FROM kept") == [(1000,)]


def test_a_recovering_server_is_waited_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The start goes on asking for as long as the server lives, however long recovery takes."""
    ready = Cluster.is_ready
    asked: list[bool] = []

    def recovering(self: Cluster) -> bool:
        asked.append(True)
        return len(asked) > 50 and ready(self)

    monkeypatch.setattr(Cluster, "is_ready", recovering)
    with EmbeddedDatabase(home) as database:
        assert len(asked) > 50
        assert ask(database, "SELECT 1") == [(1,)]


def test_a_stale_process_number_of_another_program_is_seen_through(home: Path) -> None:
    with EmbeddedDatabase(home) as database:
        pass
    (database.data / "postmaster.pid").write_text(f"{os.getpid()}\n{database.data}\n0\n")
    with EmbeddedDatabase(home) as database:
        assert ask(database, "SELECT 1") == [(1,)]


def test_the_account_is_added_once_for_two_that_start_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root, on a machine that has no such account: both looked before either has added it."""
    both_looked = Barrier(2)
    first_look = local()
    added: list[str] = []

    def getpwnam(name: str) -> SimpleNamespace:
        if not hasattr(first_look, "over"):
            first_look.over = both_looked.wait(PATIENCE_S)
            raise KeyError(name)
        if name not in added:
            raise KeyError(name)
        return SimpleNamespace(pw_uid=901, pw_gid=902)

    def run(command: list[str], **_: object) -> None:
        added.append(command[-1])

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwnam", getpwnam)
    monkeypatch.setattr(subprocess, "run", run)
    with ThreadPoolExecutor(2) as threads:
        accounts = list(threads.map(server_account, [tmp_path / "none"] * 2))
    assert accounts == [Account(901, 902)] * 2
    assert added == ["pgserver"]


def test_a_half_made_cluster_is_made_again(home: Path) -> None:
    (home / "postgres.unfinished").mkdir(parents=True)
    (home / "postgres.unfinished" / "PG_VERSION").write_text("18\n")
    with EmbeddedDatabase(home) as database:
        assert ask(database, "SELECT 1") == [(1,)]


def test_another_version_s_data_is_refused_with_a_remedy(home: Path) -> None:
    (home / "postgres").mkdir(parents=True)
    version = home / "postgres" / "PG_VERSION"
    version.write_text("16\n")
    with pytest.raises(EmbeddedDatabaseError, match="pg_dumpall"):
        EmbeddedDatabase(home).start()
    version.unlink()


def test_a_server_that_cannot_start_shows_its_log(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "LAUNCH_PATIENCE_S", 0.2)
    monkeypatch.setitem(cluster.SERVER_SETTINGS, "shared_buffers", "nonsense")
    with pytest.raises(EmbeddedDatabaseError, match="shared_buffers"):
        EmbeddedDatabase(home).start()
    monkeypatch.undo()
