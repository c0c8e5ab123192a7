"""What the tests stand on: a real database for each test, a clock that stands still, a worker.

One embedded cluster serves the whole session. Its database `apportion` is migrated once and then
only copied (some hundredths of a second), so every test has an empty database of its own. A test
that asks for `tiny_company` has a copy of a database into which that company was written, once.
Where the tests run in several processes, each is a session with a cluster of its own.
"""

import datetime as dt
import gc
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from hypothesis import HealthCheck, settings
from psycopg import sql

from persistence.dsn import APPLICATION_ROLE, OWNER_ROLE, DatabaseAddress, socket_address
from persistence.embedded.cluster import DATABASE, SERVER_SETTINGS, SUPERUSER
from persistence.embedded.database import EmbeddedDatabase
from persistence.engine import LIMITS
from persistence.migrate import migrate
from services import solvers
from services.allocation import explanation
from services.bootstrap import Dependencies, open_dependencies
from services.settings import Settings
from tests.clock import FixedClock
from tests.extent import LONG
from tests.waiting import PATIENCE_S, wait_until
from tests.world import write_tiny_company

REPOSITORY = Path(__file__).parents[1]

# No example is timed: a busy machine is no defect. The short run has the same examples each time,
# so that a change is judged by what it changed; the long one looks for new ones.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("short", UNTIMED, derandomize=True, database=None)
settings.register_profile("long", UNTIMED, print_blob=True)
settings.load_profile("long" if LONG else "short")

# Of the session's cluster only. A machine that loses power may take the tests' databases along, and
# what gathers statistics and cleans up does so at moments of its own choosing.
CARELESS = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
# A database is three hundred small files: in memory they are copied ten times as fast as on a disk.
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder's own name is made by mkdtemp
IN_MEMORY_FREE_BYTES = 2 << 30

# Friday, 29 November 2013, 08:00 in Shanghai: when the tiny company was written, and tests begin.
BEGINNING = dt.datetime(2013, 11, 29, tzinfo=dt.UTC)
TINY_DATABASE = f"{DATABASE}_tiny"
SECRET = "a secret of the tests' own, long enough to sign with"

# A file of half a minute that begins last is waited for by all.
LONGEST = (
    "test_cut_off.py",
    "test_one_database.py",
    "test_docs.py",
    "test_demo.py",
    "test_solvers.py",
    "test_bad_places.py",
    "test_database_broker.py",
    "test_worker.py",
)

_numbers = count(1)


@dataclass(frozen=True)
class TestDatabase:
    """A migrated database of this test's own."""

    __test__ = False

    name: str
    application: DatabaseAddress
    owner: DatabaseAddress
    superuser: DatabaseAddress


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files begin first: while one is waited for, other processes have work."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


def pytest_collection_finish() -> None:
    """What is imported by now stays; to look through it for garbage takes a seventh of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def without_outside_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings of the shell that runs the tests don't reach them, nor do its commands find ours."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        for name in os.environ:
            if name.startswith("APPORTION_") and not name.startswith("APPORTION_TEST_"):
                patch.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def patient_limits() -> Iterator[None]:
    """No test depends on how fast the machine is; whoever tests a limit sets its own."""
    patient = replace(LIMITS["command"], lock_s=round(PATIENCE_S))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explanation, "TIME_LIMIT_S", PATIENCE_S)
        patch.setattr(explanation, "WAIT_S", PATIENCE_S)
        patch.setattr(solvers, "KILL_GRACE_S", PATIENCE_S)
        patch.setitem(LIMITS, "command", patient)
        yield


@pytest.fixture(scope="session", autouse=True)
def plain_traces() -> None:
    """Logged traces as Python prints them: to decorate one of a failed statement takes seconds."""
    renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], renderer])


def make_short_home() -> Path:
    """A folder for an embedded database: short enough for a socket, open enough for its account.

    In memory where there is room. pytest's own folders are neither short nor open: it takes passage
    away from all but us whenever a session begins, also under the feet of another one.
    """
    roomy = (
        os.access(IN_MEMORY, os.W_OK | os.X_OK)
        and shutil.disk_usage(IN_MEMORY).free >= IN_MEMORY_FREE_BYTES
    )
    return Path(tempfile.mkdtemp(prefix="apportion-test-", dir=IN_MEMORY if roomy else None))


@pytest.fixture
def short_home() -> Iterator[Path]:
    """A folder for an embedded database of the test's own."""
    folder = make_short_home()
    yield folder
    shutil.rmtree(folder)


# Reads until the session that started it is gone, in whatever way, and removes what it left behind.
CARETAKER = """
import sys
sys.stdin.read()
from pathlib import Path
from shutil import rmtree
from persistence.embedded.database import EmbeddedDatabase
folder = Path(sys.argv[1])
if folder.exists():
    # The last to leave stops the server.
    with EmbeddedDatabase(folder):
        pass
    rmtree(folder)
"""


@contextmanager
def looked_after(folder: Path) -> Iterator[None]:
    """A session that is interrupted or killed leaves no server, and no memory taken, behind."""
    caretaker = subprocess.Popen(
        [sys.executable, "-c", CARETAKER, str(folder)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        # What interrupts us must not reach it.
        start_new_session=True,
    )
    try:
        yield
    finally:
        caretaker.communicate()


@pytest.fixture(scope="session")
def cluster(without_outside_settings: None) -> Iterator[EmbeddedDatabase]:
    """The session's embedded PostgreSQL, with the migrated database to copy."""
    folder = make_short_home()
    embedded = EmbeddedDatabase(folder)
    with looked_after(folder):
        with pytest.MonkeyPatch.context() as patch:
            for name, value in CARELESS.items():
                patch.setitem(SERVER_SETTINGS, name, value)
            embedded.start()
        migrate(embedded.owner)
        yield embedded
        embedded.release()
        shutil.rmtree(folder)


def copy_database(cluster: EmbeddedDatabase, name: str, template: str) -> TestDatabase:
    """A copy of one of the cluster's databases, to which nobody may be connected."""
    with psycopg.connect(**maintenance(cluster), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(template), sql.Identifier(OWNER_ROLE)
            )
        )
    folder = str(cluster.socket_folder)
    roles = (APPLICATION_ROLE, OWNER_ROLE, SUPERUSER)
    return TestDatabase(name, *(socket_address(folder, user=role, database=name) for role in roles))


def maintenance(cluster: EmbeddedDatabase) -> dict[str, Any]:
    """Leads to where databases are made and dropped."""
    folder = str(cluster.socket_folder)
    return socket_address(folder, user=SUPERUSER, database="postgres").for_libpq()


def settings_of(database: TestDatabase, home: Path) -> Settings:
    """Settings that lead to this database and nowhere else."""
    return Settings(
        home=home,
        database_url=database.application.url,
        owner_url=database.owner.url,
        secret=SECRET,
    )


@pytest.fixture(scope="session")
async def tiny_template(
    cluster: EmbeddedDatabase, tmp_path_factory: pytest.TempPathFactory
) -> TestDatabase:
    """The migrated database with the tiny company, to copy."""
    template = copy_database(cluster, TINY_DATABASE, DATABASE)
    settings = settings_of(template, tmp_path_factory.mktemp("tiny"))
    clock = FixedClock(BEGINNING)
    async with open_dependencies(settings, purpose="command", clock=clock) as deps:
        await write_tiny_company(deps)
    return template


@pytest.fixture
def tiny_company() -> None:
    """Asked for, it has `database` hold the tiny company of `tests.world`."""


@pytest.fixture
def database(request: pytest.FixtureRequest, cluster: EmbeddedDatabase) -> Iterator[TestDatabase]:
    """A migrated database, empty or with the tiny company."""
    template = DATABASE
    if "tiny_company" in request.fixturenames:
        template = request.getfixturevalue("tiny_template").name
    name = f"test_{next(_numbers)}"
    yield copy_database(cluster, name, template)
    with psycopg.connect(**maintenance(cluster), autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


@pytest.fixture
def clock() -> FixedClock:
    """Stands at the beginning until the test moves it."""
    return FixedClock(BEGINNING)


@pytest.fixture
def settings(database: TestDatabase, tmp_path: Path) -> Settings:
    """Settings that lead to this test's database and nowhere else."""
    return settings_of(database, tmp_path)


@pytest.fixture
async def deps(settings: Settings, clock: FixedClock) -> AsyncIterator[Dependencies]:
    """What use cases need, on this test's database and the clock that stands still."""
    async with open_dependencies(settings, purpose="command", clock=clock) as opened:
        yield opened


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment that gives a child process these settings."""
    given = settings.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    ours = {
        f"APPORTION_{name.upper()}": ",".join(value) if isinstance(value, list) else str(value)
        for name, value in given.items()
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("APPORTION_")}
    return {**kept, **ours, "PYTHONPATH": str(REPOSITORY)}


StartWorker = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def worker_process(settings: Settings, tmp_path: Path) -> Iterator[StartWorker]:
    """Starts real workers, `python -m cli worker`, and returns each when it takes jobs.

    What is left of them at the end of the test is killed.
    """
    started: list[subprocess.Popen[bytes]] = []

    numbers = count(1)

    def start(
        *arguments: str, settings: Settings = settings, inside: Sequence[str] = ()
    ) -> "subprocess.Popen[bytes]":
        ready = tmp_path / f"worker-{next(numbers)}.ready"
        command = [sys.executable, "-m", "cli", "worker", "--ready-file", str(ready), *arguments]
        worker = subprocess.Popen(
            [*inside, *command],
            cwd=REPOSITORY,
            env=environment_of(settings),
            stdout=subprocess.DEVNULL,
        )
        started.append(worker)
        wait_until(lambda: ready.exists() or worker.poll() is not None)
        assert ready.exists(), f"the worker ended with {worker.returncode}"
        return worker

    yield start
    for worker in started:
        worker.kill()
        worker.wait()


@pytest.fixture(scope="session")
def outside_postgres() -> DatabaseAddress:
    """A PostgreSQL of the machine's own, as its superuser; skips where none answers."""
    url = os.environ.get(
        "APPORTION_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"
    )
    address = DatabaseAddress(url)
    try:
        # Where none is, that is known at once.
        psycopg.connect(**{**address.for_libpq(), "connect_timeout": 60}).close()
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL at {address.without_password}: {error}")
    return address


@pytest.fixture(scope="session")
def redis_url() -> str:
    """A Redis of the machine's own; skips where none answers."""
    import redis

    url = os.environ.get("APPORTION_TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
    client = redis.Redis.from_url(url, socket_connect_timeout=60)
    try:
        client.ping()
    except redis.RedisError as error:
        pytest.skip(f"no Redis at {url}: {error}")
    finally:
        client.close()
    return url


@pytest.fixture(scope="session")
def rabbitmq_url() -> str:
    """A RabbitMQ of the machine's own; skips where none answers."""
    import pika

    url = os.environ.get("APPORTION_TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672/%2F")
    try:
        pika.BlockingConnection(pika.URLParameters(url)).close()
    except pika.exceptions.AMQPError as error:
        pytest.skip(f"no RabbitMQ at the address given: {error!r}")
    return url
