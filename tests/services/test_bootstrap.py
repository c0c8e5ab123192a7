"""What a process starts with: settings, secret, a checked database, readable logs."""

import io
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import structlog
from pydantic import ValidationError

from domain.principals import SYSTEM
from persistence.migrate import MigrationError, reset
from persistence.policy import policy_at
from persistence.role_check import UnsafeDatabase
from services.bootstrap import MissingSecret, open_dependencies, signing_secret
from services.health import examine
from services.logs import configure_logging
from services.settings import Settings
from tests.conftest import TestDatabase


def test_a_secret_is_generated_once_and_for_us_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with ThreadPoolExecutor() as threads:
        secrets = set(threads.map(signing_secret, [settings] * 8))
    assert len(secrets) == 1
    assert len(secrets.pop()) == 64
    (file,) = tmp_path.iterdir()
    assert file.name == "secret"
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_secret_that_is_set_is_taken(tmp_path: Path) -> None:
    assert signing_secret(Settings(home=tmp_path, secret="ours")) == "ours"
    assert list(tmp_path.iterdir()) == []


def test_servers_of_an_outside_database_must_share_a_secret(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url="postgresql://db/a")
    with pytest.raises(MissingSecret, match="APPORTION_SECRET"):
        signing_secret(settings)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPORTION_CORS_ORIGINS", "https://a.example, https://b.example")
    monkeypatch.setenv("APPORTION_HOME", "~/goods")
    monkeypatch.setenv("APPORTION_INTROSPECTION", "0")
    monkeypatch.setenv("APPORTION_SECRET", "")
    settings = Settings()
    assert settings.cors_origins == ("https://a.example", "https://b.example")
    assert settings.home == Path.home() / "goods"
    assert settings.introspection is False
    assert settings.secret is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("database_url", "mysql://db/a"), ("broker_url", "kafka://db"), ("log", "xml")],
)
def test_settings_that_cannot_be_right_are_refused(name: str, value: str) -> None:
    with pytest.raises(ValidationError, match=name):
        Settings.model_validate({name: value})


def test_settings_show_no_password() -> None:
    shown = repr(
        Settings(
            database_url="postgresql://me:pass@db/a",
            broker_url="redis://:pass@r",
            secret="pass",
        )
    )
    assert "pass" not in shown


async def test_the_embedded_database_is_started_and_migrated(short_home: Path) -> None:
    settings = Settings(home=short_home / "home")
    async with open_dependencies(settings, create=True) as deps:
        async with deps.unit_of_work(SYSTEM) as uow:
            assert await policy_at(uow.session, uow.now) is None
        embedded = deps.databases.embedded
        assert embedded is not None
        assert embedded.is_ready()
    assert not embedded.is_ready()


async def test_an_outside_database_that_was_not_migrated_is_refused(
    settings: Settings, database: TestDatabase
) -> None:
    with psycopg.connect(**database.owner.for_libpq()) as connection:
        connection.execute("INSERT INTO installation VALUES (1, 'DEMO')")
    reset(database.owner)
    with pytest.raises(MigrationError, match="apportion migrate"):
        async with open_dependencies(settings):
            pass


async def test_a_superuser_s_url_takes_on_the_application_s_role(
    settings: Settings, database: TestDatabase
) -> None:
    """One URL for everything works, and row level security still holds."""
    as_superuser = settings.model_copy(update={"database_url": database.superuser.url})
    async with open_dependencies(as_superuser) as deps:
        (role,) = [str(found.said) for found in await examine(deps) if found.what == "role"]
    assert role.startswith("apportion_app:")


async def test_an_unsafe_role_is_refused_at_the_start(
    settings: Settings, database: TestDatabase
) -> None:
    with psycopg.connect(**database.superuser.for_libpq()) as connection:
        connection.execute("ALTER TABLE outbox OWNER TO apportion_app")
    with pytest.raises(UnsafeDatabase, match="APPORTION_OWNER_URL"):
        async with open_dependencies(settings):
            pass


async def test_all_is_well_with_an_empty_database(settings: Settings) -> None:
    async with open_dependencies(settings) as deps:
        findings = await examine(deps)
    assert [found for found in findings if not found.good] == []
    assert {found.what for found in findings} == {
        "database", "disk", "schema", "role", "clocks", "calendar", "jobs", "policy", "runs",
        "books",
    }  # fmt: skip


async def test_a_job_that_nobody_sends_and_a_wrong_clock_are_noticed(
    settings: Settings, database: TestDatabase
) -> None:
    with psycopg.connect(**database.superuser.for_libpq()) as connection:
        connection.execute(
            "INSERT INTO outbox (topic, payload, created_at)"
            " VALUES ('t', '{}', now() - interval '2 minutes')"
        )
    from tests.clock import FixedClock

    async with open_dependencies(settings) as deps:
        sound = deps.clock()
    async with open_dependencies(settings, clock=FixedClock(sound.replace(year=2013))) as deps:
        wrong = [found.what for found in await examine(deps) if not found.good]
    assert wrong == ["clocks", "jobs"]


@pytest.fixture
def untouched_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, ours = root.handlers, root.level, structlog.get_config()
    yield
    root.handlers, root.level = handlers, level
    structlog.configure(**ours)


@pytest.mark.usefixtures("untouched_logging")
def test_a_json_log_line_has_request_and_run() -> None:
    out = io.StringIO()
    configure_logging("json", stream=out)
    with structlog.contextvars.bound_contextvars(request_id="r1", run_id=7):
        structlog.get_logger("ours").info("plan committed", units=12)
        logging.getLogger("theirs").warning("slow %s", "query")
    ours, theirs = map(json.loads, out.getvalue().splitlines())
    assert {name: ours[name] for name in ("event", "units", "request_id", "run_id")} == {
        "event": "plan committed", "units": 12, "request_id": "r1", "run_id": 7,
    }  # fmt: skip
    assert (theirs["event"], theirs["logger"], theirs["run_id"]) == ("slow query", "theirs", 7)


@pytest.mark.usefixtures("untouched_logging")
@pytest.mark.parametrize("form", ["json", "text"])
def test_a_trace_shows_no_local_variables(form: str) -> None:
    out = io.StringIO()
    configure_logging("json" if form == "json" else "text", stream=out)
    try:
        password = "-".join(["hunter", "2"])
        raise ZeroDivisionError(len(password))
    except ZeroDivisionError:
        structlog.get_logger("ours").exception("it broke")
    assert "ZeroDivisionError" in out.getvalue()
    assert "hunter-2" not in out.getvalue()
