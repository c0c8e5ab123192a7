"""The worker as a process: it says when it is ready, stops when asked, and may be killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from persistence.embedded.database import EmbeddedDatabase
from services.settings import Settings
from tests.conftest import REPOSITORY, StartWorker, TestDatabase, environment_of
from tests.processes import children_of, lives
from tests.waiting import PATIENCE_S, wait_until


def unsent(database: TestDatabase) -> int:
    with psycopg.connect(**database.superuser.for_libpq()) as connection:
        row = connection.execute("SELECT count(*) FROM outbox WHERE sent_at IS NULL").fetchone()
    assert row is not None
    return int(row[0])


def left_in_queue(database: TestDatabase) -> int:
    with psycopg.connect(**database.superuser.for_libpq()) as connection:
        row = connection.execute("SELECT count(*) FROM dramatiq.queue").fetchone()
    assert row is not None
    return int(row[0])


def ask_for_run(database: TestDatabase, run_id: int) -> None:
    with psycopg.connect(**database.application.for_libpq()) as connection:
        connection.execute(
            "INSERT INTO outbox (topic, payload)"
            " VALUES ('allocation.run', jsonb_build_object('run_id', %s::bigint))",
            (run_id,),
        )


def test_a_worker_does_its_jobs_and_stops_when_asked(
    database: TestDatabase, worker_process: StartWorker
) -> None:
    """A run that does not exist is nothing to do: the message is taken, and gone."""
    worker = worker_process()
    ask_for_run(database, 7)
    wait_until(lambda: unsent(database) == 0)
    wait_until(lambda: left_in_queue(database) == 0)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=PATIENCE_S) == 0


def test_what_was_asked_before_the_start_is_done(
    database: TestDatabase, worker_process: StartWorker
) -> None:
    ask_for_run(database, 7)
    worker_process()
    wait_until(lambda: unsent(database) == 0 and left_in_queue(database) == 0)


def test_a_killed_worker_s_jobs_are_done_by_another(
    database: TestDatabase, worker_process: StartWorker
) -> None:
    """J2: a message in the hands of a killed worker comes back after its silence."""
    worker_process().kill()
    with psycopg.connect(**database.superuser.for_libpq()) as connection:
        # As the killed worker would have left it: taken, by a process heard of 12 seconds ago.
        connection.execute(
            "WITH dead AS (INSERT INTO dramatiq.worker VALUES (gen_random_uuid(),"
            " now() - interval '12 s') RETURNING worker_id)"
            " INSERT INTO dramatiq.queue (message_id, queue_name, state, message, worker_id,"
            " consumed_at) SELECT '00000000-0000-4000-8000-000000000007', 'apportion',"
            " 'consumed', %s, worker_id, now() FROM dead",
            (
                '{"queue_name": "apportion", "actor_name": "allocation.run", "args":'
                ' [{"run_id": 7}], "kwargs": {}, "options": {}, "message_timestamp": 0,'
                ' "message_id": "00000000-0000-4000-8000-000000000007"}',
            ),
        )
    worker_process()
    wait_until(lambda: left_in_queue(database) == 0)


def test_a_worker_that_cannot_start_says_why(settings: Settings) -> None:
    far = settings.model_copy(update={"broker_url": "kafka://x"})
    done = subprocess.run(
        [sys.executable, "-m", "cli", "worker"],
        check=False,
        cwd=REPOSITORY,
        env=environment_of(far),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 2
    assert "APPORTION_BROKER_URL" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the process in /proc")
def test_a_worker_goes_when_its_parent_is_gone(settings: Settings, tmp_path: Path) -> None:
    """A demonstration that is killed leaves no worker behind."""
    ready = tmp_path / "ready"
    arguments = ["worker", "--ready-file", str(ready), "--follow-parent"]
    script = (
        "import os, subprocess, sys, time;"
        f"subprocess.Popen([sys.executable, '-m', 'cli', *{arguments!r}, str(os.getpid())]);"
        "time.sleep(3600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], cwd=REPOSITORY, env=environment_of(settings)
    )
    wait_until(ready.exists)
    worker = int(ready.read_text())
    parent.kill()
    parent.wait()
    wait_until(lambda: not lives(worker))


def solvers_of(pid: int) -> list[int]:
    """The processes that a worker has started to solve in."""
    return children_of(pid, b"spawn_main")


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the process in /proc")
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "stopped"])
def test_a_worker_s_solver_ends_with_it(
    worker_process: StartWorker, ending: signal.Signals
) -> None:
    """J2: nobody is left to solve for."""
    worker = worker_process()
    wait_until(lambda: bool(solvers_of(worker.pid)))
    solvers = solvers_of(worker.pid)
    worker.send_signal(ending)
    worker.wait(timeout=PATIENCE_S)
    wait_until(lambda: not any(lives(pid) for pid in solvers))


def test_a_killed_embedded_database_is_started_again(short_home: Path, tmp_path: Path) -> None:
    """The worker goes on: whoever first finds the server gone starts it."""
    home = short_home / "home"
    ready = tmp_path / "ready"
    environment = environment_of(Settings(home=home))
    # A worker makes no database.
    made = [sys.executable, "-m", "cli", "migrate"]
    subprocess.run(made, cwd=REPOSITORY, env=environment, check=True)
    worker = subprocess.Popen(
        [sys.executable, "-m", "cli", "worker", "--ready-file", str(ready)],
        cwd=REPOSITORY,
        env=environment,
    )
    try:
        wait_until(ready.exists)
        with EmbeddedDatabase(home) as database:
            server = database.data / "postmaster.pid"
            first = int(server.read_text().split()[0])
            os.kill(first, signal.SIGKILL)
            wait_until(lambda: _number_in(server) not in (None, first))
            wait_until(database.is_ready)
            with psycopg.connect(**database.application.for_libpq()) as connection:
                connection.execute(
                    "INSERT INTO outbox (topic, payload) VALUES ('allocation.run',"
                    " '{\"run_id\": 7}')"
                )

            def is_sent() -> bool:
                with psycopg.connect(**database.application.for_libpq()) as connection:
                    connection.execute("SELECT set_config('app.scope', 'all', true)")
                    row = connection.execute("SELECT count(sent_at) FROM outbox").fetchone()
                return row == (1,)

            wait_until(is_sent)
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=PATIENCE_S) == 0


def _number_in(file: Path) -> int | None:
    words = file.read_text().split() if file.exists() else []
    return int(words[0]) if words else None
