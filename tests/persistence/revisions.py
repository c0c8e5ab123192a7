"""Databases at an earlier revision, and plain SQL in them."""

from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from sqlalchemy import create_engine

from persistence import migrations
from persistence.dsn import DatabaseAddress
from persistence.migrate import configuration, reset
from tests.conftest import TestDatabase

VERSIONS = Path(migrations.__file__).parent / "versions"


def rows(address: DatabaseAddress, question: str) -> list[tuple[Any, ...]]:
    """What a statement finds."""
    with psycopg.connect(**address.for_libpq()) as connection:
        return connection.execute(question.encode()).fetchall()


def do(address: DatabaseAddress, statement: str) -> None:
    """Run a statement and commit."""
    with psycopg.connect(**address.for_libpq()) as connection:
        connection.execute(statement.encode())


def at_revision(database: TestDatabase, revision: str) -> None:
    """The schema as it was."""
    do(database.owner, "INSERT INTO installation VALUES (1, 'DEMO')")
    reset(database.owner)
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(**database.owner.for_libpq())
    )
    with engine.connect() as connection:
        command.upgrade(configuration(connection), revision)
        connection.commit()
    engine.dispose()
