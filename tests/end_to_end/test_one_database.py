"""Which database a command touches: the same in every terminal, said, and never a second one."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from cli.main import COMMANDS
from persistence.embedded.database import EmbeddedDatabase
from services.settings import Settings
from tests.conftest import REPOSITORY, TestDatabase, environment_of
from tests.end_to_end.test_serve import free_port, is_alive
from tests.waiting import PATIENCE_S, wait_until

# A command line for each command that touches a database, and whether it may make one.
TOUCH: dict[str, tuple[tuple[str, ...], bool]] = {
    "demo": (("demo",), True),
    "import": (("import", "examples/footwear"), True),
    "receive": (("receive", "receipt.csv"), False),
    "whatif": (("whatif", "--season", "AUTUMN_WINTER"), False),
    "serve": (("serve",), True),
    "worker": (("worker",), False),
    "migrate": (("migrate",), True),
    "doctor": (("doctor",), False),
    "token": (("token", "--role", "ADMIN"), False),
    "user": (("user", "li", "--role", "SALES"), False),
    "policy": (("policy", "show"), False),
    "explain": (("explain", "O1"), False),
    "orders": (("orders",), False),
    "runs": (("runs",), False),
}
TOUCH_NONE = {"solve", "schema", "commands"}
# What the Makefile's targets are asked with.
VARIABLES_OF_MAKE = set(re.findall(r"\$\((\w+)\)", (REPOSITORY / "Makefile").read_text("utf-8")))
MAKE_NONE = {name: words for name, (words, makes) in TOUCH.items() if not makes}


def shell(
    folder: Path, state: Path, *arguments: str, **settings: str
) -> "subprocess.CompletedProcess[str]":
    """The command as it is typed in `folder`, with no setting but these."""
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=folder,
        env=plain_environment(state, **settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def plain_environment(state: Path, **settings: str) -> dict[str, str]:
    """No setting of ours from outside, nor what a `make` that runs the tests gives one beneath it.

    Make hands on the variables of its command line, `make test ARGS=...`, under their own names.
    """
    ours = ("APPORTION_", "MAKE", "MFLAGS")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(ours) and name not in VARIABLES_OF_MAKE
    }
    folders = {"XDG_STATE_HOME": str(state / "state"), "XDG_DATA_HOME": str(state / "data")}
    return {**kept, **folders, "PYTHONPATH": str(REPOSITORY), **settings}


@contextmanager
def running(
    folder: Path, environment: dict[str, str], *arguments: str
) -> "Iterator[subprocess.Popen[bytes]]":
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", *arguments], cwd=folder, env=environment
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)


def test_what_make_was_asked_with_reaches_no_command_of_a_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`make test ARGS=...` is none of the business of a `make demo` within."""
    for name in ("ARGS", "ROLE", "MAKEFLAGS", "MAKEOVERRIDES", "APPORTION_HOME"):
        monkeypatch.setenv(name, "-n0")
    assert "-n0" not in plain_environment(tmp_path).values()


def test_every_command_is_known_to_touch_a_database_or_none() -> None:
    assert {*TOUCH, *TOUCH_NONE} == {*COMMANDS}


@pytest.mark.parametrize("name", MAKE_NONE)
def test_a_command_makes_no_database_where_there_is_none(tmp_path: Path, name: str) -> None:
    """One sentence with the folder, after the line that names it; exit status 1; nothing made."""
    (tmp_path / "receipt.csv").write_text("warehouse_id,sku_id,units\nCENTRAL,S01-38,1\n")
    ended = shell(tmp_path, tmp_path, *MAKE_NONE[name])
    home = tmp_path / "data" / "apportion"
    assert (ended.returncode, ended.stdout) == (1, "")
    said = ended.stderr.splitlines()
    assert said[0] == f"Database: {home} (your own folder)"
    assert said[-1].startswith(f"There is no database in {home}. Set APPORTION_HOME")
    assert "Traceback" not in ended.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["receipt.csv"]


def test_a_check_of_an_import_makes_no_database(tmp_path: Path) -> None:
    """The customer is in no file: nobody knows it, and there is no database to ask."""
    company = tmp_path / "company"
    company.mkdir()
    (company / "orders.csv").write_text(
        "order_id,customer_id,placed_on,status,currency\nO1,F1,2026-01-05,OPEN,CNY\n"
    )
    ended = shell(tmp_path, tmp_path, "import", str(company), "--check")
    assert ended.returncode == 2
    assert "F1" in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["company"]


def test_a_second_terminal_finds_the_server_and_its_token_is_taken(
    short_home: Path, tmp_path: Path
) -> None:
    """No setting in the second terminal, which stands anywhere: the same home, the same secret."""
    port = free_port()
    server = {**plain_environment(tmp_path), "APPORTION_HOME": str(short_home / "home")}
    with running(tmp_path, server, "serve", "--port", str(port)):
        wait_until(lambda: is_alive(port))
        printed = shell(tmp_path, tmp_path, "token", "--role", "ADMIN")
        assert printed.returncode == 0, printed.stderr
        assert printed.stderr == f"Database: {short_home / 'home'} (where your server runs)\n"
        answer = httpx.post(
            f"http://127.0.0.1:{port}/graphql",
            json={"query": "{ viewer { roles } }"},
            headers={"Authorization": f"Bearer {printed.stdout.strip()}"},
            timeout=PATIENCE_S,
        )
        assert answer.json()["data"] == {"viewer": {"roles": ["ADMIN"]}}
    assert not (tmp_path / "data").exists()


def test_what_is_named_comes_first(tmp_path: Path) -> None:
    """APPORTION_DATABASE_URL, then APPORTION_HOME; no password is shown."""
    named = {"APPORTION_HOME": str(tmp_path / "named")}
    ended = shell(REPOSITORY, tmp_path, "doctor", **named)
    assert ended.stderr.startswith(f"Database: {tmp_path / 'named'} (APPORTION_HOME)\n")
    url = "postgresql://me:hunter2@127.0.0.1:1/goods?sslmode=disable"
    ended = shell(REPOSITORY, tmp_path, "doctor", **named, APPORTION_DATABASE_URL=url)
    place = "postgresql://me@127.0.0.1:1/goods"
    assert ended.stderr.startswith(f"Database: {place} (APPORTION_DATABASE_URL)\n")
    assert "hunter2" not in ended.stderr


def in_use(ended: "subprocess.CompletedProcess[str]", who: str) -> None:
    assert ended.returncode == 1
    [said] = [line for line in ended.stderr.splitlines() if not line.startswith("Database: ")]
    assert f"is in use by {who}, so nothing was touched. Stop that first" in said


def test_a_demonstration_beside_a_server_or_a_worker_touches_nothing(
    short_home: Path, tmp_path: Path
) -> None:
    """Embedded: it is refused before anything is emptied, and goes through once they are gone."""
    environment = {**plain_environment(tmp_path), "APPORTION_HOME": str(short_home)}
    home = {"APPORTION_HOME": str(short_home)}
    assert shell(REPOSITORY, tmp_path, "migrate", **home).returncode == 0
    before = ask(short_home, TABLES)

    def is_refused(who: str) -> None:
        in_use(shell(REPOSITORY, tmp_path, "demo", **home), who)
        assert ask(short_home, TABLES) == before

    port, ready = free_port(), tmp_path / "ready"
    with running(REPOSITORY, environment, "serve", "--with-worker", "--port", str(port)):
        wait_until(lambda: is_alive(port))
        wait_until(lambda: ("apportion-relay",) in ask(short_home, CLIENTS))
        is_refused("a worker and a server")
    with running(REPOSITORY, environment, "worker", "--ready-file", str(ready)):
        wait_until(ready.exists)
        is_refused("a worker")
    ended = shell(REPOSITORY, tmp_path, "demo", **home)
    assert ended.returncode == 0, ended.stderr


CLIENTS = "SELECT application_name FROM pg_stat_activity"
TABLES = "SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY oid"


def ask(home: Path, question: str) -> list[tuple[Any, ...]]:
    """What the embedded database in `home` answers; it is held meanwhile, as a command would."""
    with (
        EmbeddedDatabase(home) as embedded,
        psycopg.connect(**embedded.superuser.for_libpq()) as connection,
    ):
        return connection.execute(question).fetchall()


def test_a_demonstration_on_an_outside_database_in_use_touches_nothing(
    settings: Settings, database: TestDatabase, tmp_path: Path
) -> None:
    """A worker alone, on another machine for all we know: its connection is seen."""
    environment = {**environment_of(settings), "XDG_STATE_HOME": str(tmp_path)}
    with psycopg.connect(**database.owner.for_libpq()) as connection:
        connection.execute("INSERT INTO installation VALUES (1, 'DEMO')")
    ready = tmp_path / "ready"

    def demo() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "cli", "demo"],
            cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    with running(REPOSITORY, environment, "worker", "--ready-file", str(ready)):
        wait_until(ready.exists)
        in_use(demo(), "a worker")
        with psycopg.connect(**database.owner.for_libpq()) as connection:
            assert connection.execute("SELECT purpose FROM installation").fetchall() == [("DEMO",)]
    assert demo().returncode == 0
