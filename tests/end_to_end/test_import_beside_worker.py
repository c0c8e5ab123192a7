"""`apportion import` while a worker runs: neither waits for the other."""

import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from persistence.locks import AdvisoryLock
from persistence.migrate import migrate
from services.settings import Settings
from tests.conftest import REPOSITORY, StartWorker, TestDatabase, environment_of
from tests.services.import_world import FILES, write_company
from tests.waiting import PATIENCE_S, wait_until

FIELD_CASE = REPOSITORY.parent / "shared/data/field-cases/01-import-while-worker-runs/a"


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


def rows(database: TestDatabase, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(**database.superuser.for_libpq()) as connection:
        return connection.execute(question.encode()).fetchall()


def is_held(database: TestDatabase, lock: AdvisoryLock) -> bool:
    return (
        rows(
            database,
            "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
            f" AND objid = {lock.value}"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        )
        != []
    )


@pytest.fixture
def installed(settings: Settings, database: TestDatabase) -> Settings:
    """A database in use: with its purpose and policy."""
    assert migrate(database.owner) is False
    done = command(settings, "migrate")
    assert done.returncode == 0, done.stderr
    return settings


@pytest.mark.parametrize("data", ["tiny", "field case"])
def test_an_import_goes_through_beside_a_scheduler_that_acts(
    installed: Settings,
    database: TestDatabase,
    worker_process: StartWorker,
    tmp_path: Path,
    data: str,
) -> None:
    """J2: and again while it shares out what the import brought."""
    folder = tmp_path / "data"
    if data == "tiny":
        write_company(folder)
    elif FIELD_CASE.exists():
        shutil.copytree(FIELD_CASE, folder)
    else:
        pytest.skip("the field cases are not here")
    worker_process()
    wait_until(lambda: is_held(database, AdvisoryLock.SCHEDULER))

    first = command(installed, "import", folder)
    assert (first.returncode, first.stderr.count("Traceback")) == (0, 0), first.stderr
    orders = len((folder / "orders.csv").read_text().splitlines()) - 1
    assert f"orders: {orders} added" in first.stdout
    assert rows(database, "SELECT count(*) FROM orders") == [(orders,)]
    assert is_held(database, AdvisoryLock.SCHEDULER)

    again = command(installed, "import", folder)
    assert again.returncode == 0, again.stderr
    assert "is imported already; nothing was changed." in again.stdout


def test_two_imports_at_once_bring_the_same_rows_once(
    installed: Settings, database: TestDatabase, worker_process: StartWorker, tmp_path: Path
) -> None:
    folder = write_company(tmp_path / "tiny")
    worker_process()
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "cli", "import", str(folder)],
            cwd=REPOSITORY,
            env=environment_of(installed),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=PATIENCE_S) for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    assert sorted("nothing was changed" in out for out, _ in said) == [False, True]
    orders = len(FILES["orders"].splitlines()) - 1
    assert rows(database, "SELECT count(*) FROM orders") == [(orders,)]
