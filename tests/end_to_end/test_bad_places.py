"""A home, a data folder or a port that cannot be used: one sentence with what to do, status 1.

Real processes on real folders. Nothing is migrated, and no server is left behind.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from persistence.embedded.database import EmbeddedDatabase
from persistence.migrate import reset
from services.settings import Settings
from tests.conftest import REPOSITORY, TestDatabase, environment_of
from tests.end_to_end.test_serve import free_port
from tests.waiting import PATIENCE_S


def command(settings: Settings, *arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cli", *(str(word) for word in arguments)],
        check=False,
        cwd=REPOSITORY,
        env=environment_of(settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )


def sentence(done: "subprocess.CompletedProcess[str]") -> str:
    """What a command said that failed: no trace, and one line beside what the log has.

    Which database it is about stands before it, once that is known.
    """
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert done.stdout == ""
    said = [line for line in done.stderr.splitlines() if "[warning" not in line]
    lines = [line for line in said if not line.startswith("Database: ")]
    assert said[len(said) - len(lines) :] == lines
    assert len(lines) == 1, done.stderr
    return lines[0]


def in_home(home: Path) -> Settings:
    return Settings(home=home, secret="a secret of the tests' own, long enough to sign with")


@pytest.fixture
def made(short_home: Path) -> Path:
    """A home with a cluster, which is stopped."""
    with EmbeddedDatabase(short_home):
        pass
    return short_home


@contextmanager
def disk(folder: Path, options: str) -> Iterator[None]:
    """A small disk of its own at a folder; skips where none may be mounted."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"{options},mode=755", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no disk may be mounted here")
    try:
        yield
    finally:
        subprocess.run(
            ["umount", "--lazy", str(folder)],  # noqa: S607 - where the system has it
            check=True,
        )


@pytest.fixture
def read_only(short_home: Path) -> Iterator[Path]:
    """A folder that cannot be written; root may write everything but a disk that is read-only."""
    folder = short_home / "locked"
    if os.geteuid() != 0:
        (folder / "home").mkdir(parents=True)
        (folder / "home").chmod(0o500)
        folder.chmod(0o500)
        yield folder
        folder.chmod(0o700)
        (folder / "home").chmod(0o700)
        return
    with disk(folder, "size=1m"):
        (folder / "home").mkdir()
        subprocess.run(
            ["mount", "-o", "remount,ro", str(folder)],  # noqa: S607 - where the system has it
            check=True,
        )
        yield folder


@pytest.mark.parametrize("home", ["home", "new"])
def test_a_home_that_cannot_be_written(read_only: Path, home: str) -> None:
    said = sentence(command(in_home(read_only / home), "migrate"))
    assert said.startswith(f"No permission to write {read_only / home}")
    assert said.endswith("Set APPORTION_HOME to a folder of your own.")


@pytest.mark.parametrize("beneath", [False, True], ids=["itself", "above it"])
def test_a_home_that_is_a_file(short_home: Path, beneath: bool) -> None:
    file = short_home / "file"
    file.write_text("mine")
    said = sentence(command(in_home(file / "home" if beneath else file), "migrate"))
    assert "is a file where a folder has to be" in said
    assert file.read_text() == "mine"


def test_a_data_folder_with_something_else_in_it(short_home: Path) -> None:
    data = short_home / "postgres"
    data.mkdir()
    (data / "notes.txt").write_text("mine")
    said = sentence(command(in_home(short_home), "migrate"))
    assert said.startswith(f"{data} is damaged: it does not say which PostgreSQL wrote it.")
    assert [file.name for file in data.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("lost", ["PG_VERSION", "global/pg_control", "postgresql.conf"])
def test_a_data_folder_that_lost_a_file(made: Path, lost: str) -> None:
    (made / "postgres" / lost).unlink()
    said = sentence(command(in_home(made), "migrate"))
    assert str(made / "postgres") in said
    assert "APPORTION_HOME" in said


def test_a_version_that_cannot_be_read(made: Path) -> None:
    (made / "postgres" / "PG_VERSION").write_text("")
    said = sentence(command(in_home(made), "migrate"))
    assert "is damaged" in said


@pytest.fixture
def small_disk(short_home: Path) -> Iterator[Path]:
    """A disk of 12 MiB."""
    with disk(short_home / "disk", "size=12m"):
        yield short_home / "disk"


def test_a_disk_with_no_room_for_a_database(small_disk: Path) -> None:
    said = sentence(command(in_home(small_disk / "home"), "migrate"))
    assert said == (
        f"There is no room left on the disk that holds {small_disk / 'home'}. Free some, then run "
        "the command again."
    )


def revision(database: TestDatabase) -> list[tuple[str | None]]:
    with psycopg.connect(**database.owner.for_libpq()) as connection:
        return connection.execute("SELECT to_regclass('public.alembic_version')::text").fetchall()


@pytest.mark.parametrize("with_worker", [False, True])
def test_a_port_in_use_is_found_before_anything_is_done(
    short_home: Path, with_worker: bool
) -> None:
    """No database is started, or made; exit status 1, not the server library's 3."""
    home = short_home / "home"
    port = free_port()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        more = ["--with-worker"] if with_worker else []
        done = command(in_home(home), "serve", "--port", port, *more)
    assert sentence(done) == (
        f"Another program listens on port {port} of 127.0.0.1. Stop it, or choose another port "
        "with --port."
    )
    assert not home.exists()


def test_a_port_in_use_leaves_an_outside_database_as_it_is(
    settings: Settings, database: TestDatabase
) -> None:
    with psycopg.connect(**database.owner.for_libpq()) as connection:
        connection.execute("INSERT INTO installation VALUES (1, 'DEMO')")
    reset(database.owner)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = command(settings, "serve", "--port", other.getsockname()[1])
    assert "Another program listens on port" in sentence(done)
    assert revision(database) == [(None,)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "nowhere.invalid"], "There is no address 'nowhere.invalid' to listen on"),
        (["--host", "x" * 90], "There is no address 'xxx"),
        (["--host", "192.0.2.7"], "The server cannot listen on port"),
    ],
)
def test_an_address_that_is_not_ours(short_home: Path, arguments: list[str], said: str) -> None:
    done = command(in_home(short_home / "home"), "serve", "--port", free_port(), *arguments)
    assert sentence(done).startswith(said)
    assert not (short_home / "home").exists()


def test_a_company_file_that_cannot_be_read_is_bad_input(
    settings: Settings, database: TestDatabase, tmp_path: Path
) -> None:
    company = tmp_path / "company.toml"
    company.write_text("reservation_dais = 3\n")
    done = command(settings.model_copy(update={"company": company}), "migrate")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert done.stderr.splitlines()[1].startswith("Unknown policy setting 'reservation_dais'")


def test_a_reader_that_hangs_up_gets_no_trace(settings: Settings) -> None:
    """`apportion schema | head -1`"""
    with subprocess.Popen(
        [sys.executable, "-m", "cli", "schema"],
        cwd=REPOSITORY,
        env=environment_of(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as reading:
        assert reading.stdout is not None
        assert reading.stderr is not None
        reading.stdout.readline()
        reading.stdout.close()
        assert reading.stderr.read() == ""
