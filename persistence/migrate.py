"""Bring a database to this version's schema, or empty a demonstration's."""

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from domain.errors import CannotRun
from domain.messages import Message, literal, msg
from persistence.dsn import APPLICATION_ROLE, DatabaseAddress
from persistence.embedded.errors import InUse
from persistence.locks import AdvisoryLock

if TYPE_CHECKING:
    import psycopg

_SCRIPTS = Path(__file__).parent / "migrations"
# The newest revision, by the names of their files: Alembic itself takes half a second to import.
HEAD = max(file.name[:4] for file in (_SCRIPTS / "versions").glob("[0-9]*.py"))

_ONE_AT_A_TIME = threading.Lock()

# How long one who is about to leave is waited for.
_LEAVING_S = 3.0

_A_SERVER = msg("operating.A_SERVER")
_A_WORKER = msg("operating.A_WORKER")
_A_COMMAND = msg("operating.A_COMMAND")
# What connections of ours call themselves, in words.
_CLIENTS = {
    "apportion-api": _A_SERVER,
    "apportion-events": _A_SERVER,
    "apportion-worker": _A_WORKER,
    "apportion-relay": _A_WORKER,
    "apportion-sweeps": _A_WORKER,
}

_log = structlog.get_logger(__name__)


class MigrationError(CannotRun):
    """The schema cannot be brought to this version; the message says what to do."""


def migrate(owner: DatabaseAddress) -> bool:
    """Apply what is missing, all of it or nothing; False when there was nothing to do.

    Two processes may call it at once: the second waits and finds the work done.
    """
    import psycopg

    with _connect(owner) as connection:
        if _revision(connection) == HEAD:
            return False
        # Held until the connection closes: SQLAlchemy begins by rolling back, which would end a
        # transaction's lock.
        connection.execute("SELECT pg_advisory_lock(%s)", (AdvisoryLock.MIGRATION.value,))
        before = _revision(connection)
        if before == HEAD:
            return False
        started = time.monotonic()
        try:
            _run_alembic(connection)
        except psycopg.errors.InsufficientPrivilege as error:
            raise MigrationError(
                msg("operating.OWNER_MAY_NOT", error=error, role=APPLICATION_ROLE)
            ) from error
        except psycopg.errors.RaiseException as error:
            # A revision found what only people can decide, and says what.
            raise MigrationError(literal(error.diag.message_primary or str(error))) from error
    seconds = round(time.monotonic() - started, 2)
    _log.info("schema migrated", before=before, after=HEAD, seconds=seconds)
    return True


def reset(owner: DatabaseAddress) -> None:
    """Drop everything of ours from a demonstration's database, or an unused one; refuse others.

    Raises InUse, before anything is touched, where a server, worker or command of ours is
    connected.
    """
    import psycopg

    with _connect(owner) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (AdvisoryLock.MIGRATION.value,))
        users = _others(connection)
        give_up = time.monotonic() + _LEAVING_S
        while users and time.monotonic() < give_up:
            # A connection that was closed is seen for a moment longer.
            time.sleep(0.05)
            users = _others(connection)
        if users:
            raise InUse(owner.without_password, users)
        if _revision(connection) is None:
            return
        # The owner, too, sees rows only in a principal's name.
        connection.execute("SELECT set_config('app.scope', 'all', true)")
        if connection.execute(_MAY_BE_EMPTIED).fetchone() != (True,):
            raise MigrationError(msg("operating.NO_DEMONSTRATION"))
        try:
            connection.execute(f"SET lock_timeout = '{_LEAVING_S:.0f}s'")
            connection.execute(_DROP_OURS)
        except psycopg.errors.LockNotAvailable:
            raise MigrationError(
                msg("operating.TABLES_HELD", place=owner.without_password)
            ) from None


def users_of(owner: DatabaseAddress) -> list[Message]:
    """What of ours is connected to the database, in words: a server, a worker, a command."""
    with _connect(owner) as connection:
        return _others(connection)


def _others(connection: "psycopg.Connection[Any]") -> list[Message]:
    found = {_CLIENTS.get(name, _A_COMMAND) for (name,) in connection.execute(_CONNECTED)}
    return sorted(found, key=str, reverse=True)


def _connect(owner: DatabaseAddress) -> "psycopg.Connection[Any]":
    import psycopg

    try:
        return psycopg.connect(
            **owner.for_libpq(search_path="public"), application_name="apportion-migrate"
        )
    except psycopg.OperationalError as error:
        raise MigrationError(
            msg(
                "operating.NO_ANSWER",
                place=owner.without_password,
                error=error,
                setting="APPORTION_OWNER_URL",
            )
        ) from error


def _revision(connection: "psycopg.Connection[Any]") -> str | None:
    """The schema's revision; None when there is no schema."""
    row = connection.execute("SELECT to_regclass('public.alembic_version')").fetchone()
    if row is None or row[0] is None:
        return None
    row = connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
    return None if row is None else str(row[0])


def _run_alembic(connection: "psycopg.Connection[Any]") -> None:
    # Imported late: a database that is up to date should not pay for half a second of imports.
    from alembic import command
    from alembic.script.revision import ResolutionError
    from alembic.util import CommandError
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: connection, poolclass=StaticPool
    )
    # Alembic keeps its context in globals: one migration at a time within a process as well.
    with _ONE_AT_A_TIME, engine.connect() as bound:
        try:
            command.upgrade(configuration(bound), "head")
        except CommandError as error:
            if not isinstance(error.__cause__, ResolutionError):
                raise
            raise MigrationError(
                msg("operating.NEWER_VERSION", revision=_revision(connection))
            ) from error
        bound.commit()


def configuration(connection: Any) -> Any:
    """Alembic's settings, for a connection of SQLAlchemy's."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


# Every role is shown these columns, also of the connections of others.
_CONNECTED = """
SELECT application_name FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
   AND application_name LIKE 'apportion-%'
"""

# A demonstration's own, or a database that was installed and never used.
_MAY_BE_EMPTIED = """
SELECT coalesce((SELECT purpose = 'DEMO' FROM public.installation), false) OR NOT (
  EXISTS (SELECT FROM public.audit_log) OR EXISTS (SELECT FROM public.customers)
  OR EXISTS (SELECT FROM public.people) OR EXISTS (SELECT FROM public.products))
"""

# Only what the caller owns: in an outside database, others may keep things beside ours.
_DROP_OURS = """
DO $$
DECLARE
  found record;
  function text;
BEGIN
  FOR found IN
    SELECT c.oid::regclass AS name FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
       AND pg_get_userbyid(c.relowner) = current_user
  LOOP
    EXECUTE format('DROP TABLE IF EXISTS %s CASCADE', found.name);
  END LOOP;
  -- Named before the first one goes: it takes those along that call it.
  FOREACH function IN ARRAY (
    SELECT coalesce(array_agg(p.oid::regprocedure::text), '{}') FROM pg_proc p
     WHERE p.pronamespace = 'public'::regnamespace
       AND pg_get_userbyid(p.proowner) = current_user)
  LOOP
    EXECUTE format('DROP FUNCTION IF EXISTS %s CASCADE', function);
  END LOOP;
  DROP SCHEMA IF EXISTS dramatiq CASCADE;
END $$
"""
