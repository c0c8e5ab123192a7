"""Databases to measure on: in the embedded server, or in one of the machine's own.

A company is written once into a database of its own and copied for each measurement, so that all
begin alike. In the embedded server, too, these are databases beside the shipped one, reached over
its socket.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from benchmarks.arrival.company import Company
from benchmarks.arrival.loading import Statistics, load
from domain.policy import Policy
from domain.principals import SYSTEM
from persistence.dsn import APPLICATION_ROLE, OWNER_ROLE, DatabaseAddress, socket_address
from persistence.embedded.cluster import SUPERUSER
from persistence.embedded.database import EmbeddedDatabase
from persistence.migrate import migrate
from services.bootstrap import open_dependencies
from services.policy import install
from services.settings import Settings

EMBEDDED, OUTSIDE = "embedded", "outside"
DEFAULT_URL = "postgresql://postgres@127.0.0.1:5432/postgres"
# Databases of an outside server bear this name and our process's number.
PREFIX = "apportion_bench"


class NoServer(Exception):
    """There is nothing to measure on; the message says why."""


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL in which databases may be made and dropped."""

    kind: str
    home: Path
    # The folder of the socket, or the address of an outside server.
    socket: str | None = None
    url: str = ""

    def administrator(self, database: str) -> DatabaseAddress:
        """A database, spoken to as who sees and may do everything."""
        if self.socket is not None:
            return socket_address(self.socket, user=SUPERUSER, database=database)
        return DatabaseAddress(urlunsplit(urlsplit(self.url)._replace(path=f"/{quote(database)}")))

    def settings(self, database: str) -> Settings:
        """What leads the application, and its workers, to a database."""
        if self.socket is None:
            url = self.administrator(database).url
            return Settings(home=self.home, database_url=url, owner_url=url)
        return Settings(
            home=self.home,
            database_url=socket_address(self.socket, user=APPLICATION_ROLE, database=database).url,
            owner_url=socket_address(self.socket, user=OWNER_ROLE, database=database).url,
        )

    @property
    def _maintenance(self) -> DatabaseAddress:
        if self.socket is None:
            return DatabaseAddress(self.url)
        return socket_address(self.socket, user=SUPERUSER, database="postgres")

    @contextmanager
    def company(self, name: str, company: Company, statistics: Statistics) -> Iterator[str]:
        """A database that holds a company, to be copied; dropped at the end."""
        name = f"{PREFIX}_{os.getpid()}_{name}"
        owner = OWNER_ROLE if self.socket is not None else None
        with self._database(name, owner=owner):
            settings = self.settings(name)
            assert settings.owner_url is not None
            migrate(DatabaseAddress(settings.owner_url))
            asyncio.run(_install(settings))
            load(self.administrator(name), company, statistics)
            yield name

    @contextmanager
    def copy_of(self, template: str) -> Iterator[str]:
        """A copy of a company's database; dropped at the end."""
        name = f"{template}_copy"
        with self._database(name, template=template):
            with self.connect(name) as connection:
                # What is still to be written of the copy is not of the measurement.
                connection.execute("CHECKPOINT")
            yield name

    def connect(self, database: str) -> "psycopg.Connection[Any]":
        """A connection that sees all rows, each statement by itself."""
        connection = psycopg.connect(**self.administrator(database).for_libpq(), autocommit=True)
        connection.execute("SELECT set_config('app.scope', 'all', false)")
        return connection

    @contextmanager
    def _database(
        self, name: str, *, template: str = "template0", owner: str | None = None
    ) -> Iterator[None]:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        if owner is not None:
            statement += sql.SQL(" OWNER {}").format(sql.Identifier(owner))
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        maintenance = self._maintenance.for_libpq()
        with psycopg.connect(**maintenance, autocommit=True) as connection:
            connection.execute(statement)
        try:
            yield
        finally:
            with psycopg.connect(**maintenance, autocommit=True) as connection:
                connection.execute(drop)


@contextmanager
def open_server(kind: str, url: str) -> Iterator[Server]:
    """The embedded server, in a home of its own, or the outside one at `url`.

    Raises NoServer when none answers there, or it is too old to copy databases.
    """
    with TemporaryDirectory(prefix="apportion-bench-") as folder:
        home = Path(folder)
        if kind == EMBEDDED:
            with EmbeddedDatabase(home / "home") as embedded:
                yield Server(kind, home, socket=str(embedded.socket_folder))
            return
        address = DatabaseAddress(url)
        try:
            with psycopg.connect(**{**address.for_libpq(), "connect_timeout": 3}) as connection:
                version = connection.info.server_version
        except psycopg.OperationalError as error:
            raise NoServer(
                f"no PostgreSQL at {address.without_password}: {str(error).splitlines()[0]}"
            ) from error
        if version < 150000:
            raise NoServer(f"PostgreSQL {version // 10000} is too old; 15 or later is needed")
        yield Server(kind, home, url=url)


async def _install(settings: Settings) -> None:
    async with (
        open_dependencies(settings, purpose="command") as deps,
        deps.unit_of_work(SYSTEM) as uow,
    ):
        await install(uow, "LIVE", Policy())
