"""The one place where real engines and clocks are made; everything else receives them."""

import asyncio
import datetime as dt
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.errors import CannotRun
from domain.messages import msg
from domain.principals import Principal
from persistence.dsn import APPLICATION_ROLE, DatabaseAddress
from persistence.embedded.data_folder import has_cluster
from persistence.embedded.database import EmbeddedDatabase
from persistence.embedded.errors import InUse
from persistence.engine import Purpose, Revive, create_engine, create_sessions
from persistence.listen_connection import OUTAGES
from persistence.migrate import HEAD, MigrationError, migrate, reset, users_of
from persistence.role_check import refuse_unsafe_database, schema_revision
from persistence.unit_of_work import Sessions, UnitOfWork
from services.homes import known_to_run, running_homes
from services.settings import Settings

Clock = Callable[[], dt.datetime]

# What runs for long, so that other commands of the same user find its database.
LASTING: frozenset[Purpose] = frozenset({"api", "worker"})


class MissingSecret(CannotRun):
    """No secret is set where one must be; the message says what to do."""


class DatabaseAway(CannotRun):
    """The database takes no connection; the message says where it was looked for."""


class NoDatabase(DatabaseAway):
    """There is no embedded database in the home folder, and the command is none that makes one."""

    def __init__(self, home: Path) -> None:
        running = [folder for folder in running_homes() if folder != home]
        if running:
            homes = [f"APPORTION_HOME={folder}" for folder in running[:3]]
            remedy = msg("operating.RUNS_ELSEWHERE", homes=homes)
        else:
            remedy = msg("operating.MAKE_DATABASE")
        super().__init__(msg("operating.NO_DATABASE", home=home, remedy=remedy))


@dataclass(frozen=True)
class Databases:
    """Where the database is, as the application and as the owner; `embedded` when it is ours."""

    application: DatabaseAddress
    owner: DatabaseAddress
    embedded: EmbeddedDatabase | None = None

    @property
    def revive(self) -> Revive | None:
        """Starts the embedded server again should it have died; nobody can start another's."""
        return None if self.embedded is None else self.embedded.revive


@dataclass(frozen=True)
class Dependencies:
    """What use cases need from the outside world; one set per process and event loop."""

    settings: Settings
    databases: Databases
    engine: AsyncEngine
    sessions: Sessions
    clock: Clock

    @cached_property
    def secret(self) -> str:
        """What tokens are signed with."""
        return signing_secret(self.settings)

    def unit_of_work(self, principal: Principal, *, one_instant: bool = False) -> UnitOfWork:
        """A new transaction of `principal`, dated now."""
        return UnitOfWork(self.sessions, principal, self.clock(), one_instant=one_instant)


def system_clock() -> dt.datetime:
    """Now, in UTC."""
    return dt.datetime.now(dt.UTC)


def has_database(settings: Settings) -> bool:
    """Whether there is something to open: an outside database, or an embedded one made before."""
    return settings.database_url is not None or has_cluster(settings.home)


@contextmanager
def open_databases(settings: Settings, *, create: bool = False) -> Iterator[Databases]:
    """The outside database of the settings, or the embedded one, running until the block ends.

    create: make an embedded database where there is none yet; else that raises NoDatabase.
    """
    if not create and not has_database(settings):
        raise NoDatabase(settings.home)
    if settings.database_url is None:
        with EmbeddedDatabase(settings.home) as embedded:
            yield Databases(embedded.application, embedded.owner, embedded)
        return
    login = DatabaseAddress(settings.database_url)
    role = None if login.user == APPLICATION_ROLE else APPLICATION_ROLE
    yield Databases(
        application=DatabaseAddress(settings.database_url, role),
        owner=DatabaseAddress(settings.owner_url or settings.database_url),
    )


def reset_database(databases: Databases) -> None:
    """Empty a demonstration's database, or an unused one, and bring it to this version's schema.

    Nothing is touched where another process of ours uses it: raises InUse, which names what does.
    Raises MigrationError for a database that is no demonstration's.
    """
    if databases.embedded is None:
        reset(databases.owner)
        migrate(databases.owner)
        return
    try:
        # A server that is just starting has no connection yet, but holds the cluster.
        with databases.embedded.alone():
            reset(databases.owner)
            migrate(databases.owner)
    except InUse as used:
        raise InUse(used.place, used.users or users_of(databases.owner)) from None


@asynccontextmanager
async def open_dependencies(
    settings: Settings,
    *,
    purpose: Purpose = "api",
    create: bool = False,
    clock: Clock = system_clock,
) -> AsyncIterator[Dependencies]:
    """Everything that use cases need, checked, for as long as the block lasts.

    The embedded database is started and migrated; create: and made where there is none. An outside
    one is only checked: its owner migrates it with `apportion migrate`.
    Raises DatabaseAway when there is no connection, NoDatabase when there is nothing to connect to,
    MigrationError when the schema is not this version's, UnsafeDatabase when row level security
    would not hold.
    """
    async with AsyncExitStack() as stack:
        opened = open_databases(settings, create=create)
        databases = await asyncio.to_thread(opened.__enter__)
        stack.push_async_callback(asyncio.to_thread, opened.__exit__, None, None, None)
        embedded = databases.embedded
        if embedded is not None and purpose in LASTING:
            stack.enter_context(known_to_run(settings.home))
        engine = create_engine(
            databases.application,
            purpose=purpose,
            revive=databases.revive,
        )
        stack.push_async_callback(engine.dispose)
        try:
            revision = await schema_revision(engine)
        except OUTAGES as error:
            raise DatabaseAway(
                msg(
                    "operating.NO_ANSWER",
                    place=databases.application.without_password,
                    error=error,
                    setting="APPORTION_DATABASE_URL",
                )
            ) from error
        if revision != HEAD:
            if embedded is None:
                raise MigrationError(msg("operating.OLD_SCHEMA", revision=revision, needed=HEAD))
            await asyncio.to_thread(migrate, databases.owner)
        await refuse_unsafe_database(engine)
        yield Dependencies(settings, databases, engine, create_sessions(engine), clock)


def signing_secret(settings: Settings) -> str:
    """The secret that is set, or the one generated once into the home folder, for us alone to read.

    Raises MissingSecret with an outside database: several servers must share one.
    """
    if settings.secret is not None:
        return settings.secret
    if settings.database_url is not None:
        raise MissingSecret(msg("operating.SET_SECRET"))
    return _generated_once(settings.home / "secret")


def _generated_once(file: Path) -> str:
    """Whoever comes first writes it; a link is made in one step, so nobody reads half of it."""
    if not file.exists():
        draft = file.with_name(f"secret.{os.getpid()}.{secrets.token_hex(4)}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_hex(32))
        with suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
    return file.read_text().strip()
