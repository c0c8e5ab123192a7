"""The command itself: exit status, and one sentence for what went wrong."""

import json
import subprocess
import sys
from importlib.metadata import version

import psycopg
import pytest

from persistence.migrate import HEAD
from services.settings import Settings
from tests.conftest import REPOSITORY, TestDatabase, environment_of
from tests.waiting import PATIENCE_S


def run(settings: Settings, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        check=False,
        cwd=REPOSITORY,
        env=environment_of(settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )


def test_migrate_says_what_it_did(settings: Settings) -> None:
    done = run(settings, "migrate")
    assert (done.returncode, done.stdout) == (
        0,
        f"The schema is at revision {HEAD} already.\n",
    )


def test_the_doctor_finds_nothing_in_an_empty_database(settings: Settings) -> None:
    done = run(settings, "doctor", "--json")
    assert done.returncode == 0
    assert all(finding["good"] for finding in json.loads(done.stdout))


def test_the_doctor_s_status_shows_that_something_is_wrong(
    settings: Settings, database: TestDatabase
) -> None:
    with psycopg.connect(**database.superuser.for_libpq()) as connection:
        connection.execute(
            "INSERT INTO outbox (topic, payload, created_at)"
            " VALUES ('t', '{}', now() - interval '2 minutes')"
        )
    done = run(settings, "doctor")
    assert done.returncode == 1
    assert "WRONG jobs     1 to send" in done.stdout


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"broker_url": "kafka://x"}, 2, "APPORTION_BROKER_URL: must begin with"),
        (
            {"database_url": "postgresql://nobody@127.0.0.1:1/x"},
            1,
            "There is no answer from the database at",
        ),
    ],
)
def test_what_went_wrong_is_one_line(
    settings: Settings, changes: dict[str, str], status: int, said: str
) -> None:
    done = run(settings.model_copy(update=changes), "doctor")
    assert done.returncode == status
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [("runs",), ("orders",), ("explain", "O1"), ("whatif",)])
def test_a_database_without_a_policy_is_one_line(
    settings: Settings, words: tuple[str, ...]
) -> None:
    """Migrated and not installed, as an administrator may leave it."""
    done = run(settings, *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[1:] == [
        "This database has no policy yet. Run `apportion migrate`, which installs one."
    ]


def test_an_unknown_subcommand_is_bad_usage(settings: Settings) -> None:
    done = run(settings, "fly")
    assert done.returncode == 2
    assert "No such command 'fly'" in done.stderr


def test_the_version_is_printed(settings: Settings) -> None:
    done = run(settings, "--version")
    assert (done.returncode, done.stdout) == (0, f"apportion {version('apportion')}\n")


def test_help_needs_no_settings(settings: Settings) -> None:
    """Also where they are wrong: help is what one then asks for."""
    wrong = settings.model_copy(update={"broker_url": "kafka://x"})
    done = run(wrong, "--help")
    assert done.returncode == 0
    assert "Record goods that arrived." in done.stdout
