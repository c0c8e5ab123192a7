"""What stops a command is one sentence with what to do; only our own mistakes show a trace."""

import errno
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from cli.failures import failure_of
from cli.language import Speaker
from domain.errors import InvalidInput
from domain.messages import literal
from persistence.locks import AdvisoryLock
from services.settings import Settings
from tests.conftest import REPOSITORY, TestDatabase, environment_of
from tests.services.import_world import replaced, write_company

# The command with an import's patience cut short: a minute is long for a test.
IMPATIENT = """
import sys
from persistence.imports import staging
staging.PATIENCE = "200ms"
from cli.main import main
sys.argv = ["apportion", *sys.argv[1:]]
main()
"""


def impatient(settings: Settings, *arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", IMPATIENT, *(str(word) for word in arguments)],
        check=False,
        cwd=REPOSITORY,
        env=environment_of(settings),
        capture_output=True,
        text=True,
    )


def last_line(done: "subprocess.CompletedProcess[str]") -> str:
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    return done.stderr.splitlines()[-1]


def test_an_import_that_waits_in_vain_for_another_says_so(
    settings: Settings, database: TestDatabase, tmp_path: Path
) -> None:
    assert impatient(settings, "migrate").returncode == 0
    folder = write_company(tmp_path / "tiny")
    with psycopg.connect(**database.superuser.for_libpq()) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (AdvisoryLock.IMPORT.value,))
        done = impatient(settings, "import", folder)
        assert other.execute("SELECT count(*) FROM orders").fetchone() == (0,)
    assert last_line(done) == (
        "Another import is running, and did not end within 200ms. Nothing was written. Run the "
        "command again when the other import has ended."
    )
    assert impatient(settings, "import", folder).returncode == 0


def test_a_command_that_waits_in_vain_for_rows_says_so(
    settings: Settings, database: TestDatabase, tmp_path: Path
) -> None:
    assert impatient(settings, "migrate").returncode == 0
    assert impatient(settings, "import", write_company(tmp_path / "tiny")).returncode == 0
    changed = write_company(tmp_path / "more", **replaced("products", "Tee", "Shirt"))
    with psycopg.connect(**database.superuser.for_libpq()) as other:
        other.execute("SELECT FROM customer_funds FOR UPDATE")
        done = impatient(settings, "import", changed)
    assert last_line(done).startswith("Other programs held what this command needs for longer")
    with psycopg.connect(**database.superuser.for_libpq()) as after:
        assert after.execute("SELECT name FROM products").fetchall() == [("Tee",)]


def test_a_database_without_a_policy_says_what_to_run(settings: Settings, tmp_path: Path) -> None:
    changes = tmp_path / "changes.toml"
    changes.write_text("reservation_days = 3\n")
    assert last_line(impatient(settings, "policy", "set", changes)) == (
        "This database has no policy yet. Run `apportion migrate`, which installs one."
    )


@pytest.mark.parametrize(
    ("error", "sentence", "status"),
    [
        (InvalidInput(literal("The day is no day.")), "The day is no day.", 2),
        (OSError(errno.ENOSPC, "No space left on device", "/x/out"), "/x/out: No space left", 1),
        (PermissionError(errno.EACCES, "Permission denied", b"/x"), "/x: Permission denied.", 1),
        (ConnectionResetError("by peer"), "The database went away (ConnectionResetError: by pe", 1),
        (psycopg.errors.DiskFull("no"), "The database has no room left on its disk", 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_mistake_of_ours_is_a_sentence(
    error: Exception, sentence: str, status: int
) -> None:
    failure = failure_of(error)
    assert failure is not None
    assert failure.sentence.startswith(sentence)
    assert failure.status == status


@pytest.mark.parametrize(
    "error", [KeyError("x"), ArithmeticError("y"), psycopg.errors.SyntaxError()]
)
def test_a_mistake_of_ours_shows_its_trace(error: Exception) -> None:
    assert failure_of(error) is None


@pytest.mark.parametrize(("named", "said"), [("fr", "Yes"), ("", "Yes"), ("zh", "是")])
def test_a_language_that_nobody_speaks_is_english(
    monkeypatch: pytest.MonkeyPatch, named: str, said: str
) -> None:
    monkeypatch.setenv("APPORTION_LANG", named)
    assert Speaker()("Yes", "是") == said
    assert Speaker().text(literal("As written.")) == "As written."
