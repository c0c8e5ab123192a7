"""What the image and compose files rest on, checked without an engine."""

import asyncio
import os
import re
import subprocess
import tomllib
from pathlib import Path

import psycopg

from persistence.embedded.database import EmbeddedDatabase
from persistence.migrate import migrate
from services.bootstrap import open_dependencies
from services.health import examine
from services.settings import Settings
from tests.conftest import REPOSITORY

DOCKER = REPOSITORY / "docker"


def test_every_package_is_copied_into_the_image() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    image = (DOCKER / "Dockerfile").read_text()
    copied = re.findall(r"^COPY (\w+) (\w+)$", image, re.MULTILINE)
    assert sorted(copied) == sorted((name, name) for name in packages)
    kept = (REPOSITORY / ".dockerignore").read_text().split()
    assert {f"!{name}" for name in [*packages, "requirements.lock"]} <= set(kept)


def test_the_image_runs_as_an_ordinary_user() -> None:
    last_stage = (DOCKER / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    assert re.search(r"^USER [1-9]\d*$", last_stage, re.MULTILINE)


def test_compose_sets_only_settings_that_there_are() -> None:
    known = {f"APPORTION_{name.upper()}" for name in Settings.model_fields}
    named = set(re.findall(r"APPORTION_[A-Z_]+", (DOCKER / "compose.yaml").read_text()))
    assert named
    assert named <= known


def test_every_variable_of_compose_is_in_the_example() -> None:
    wanted = set(re.findall(r"\$\{([A-Z_]+)", (DOCKER / "compose.yaml").read_text()))
    assert wanted == set(re.findall(r"^(?:# )?([A-Z_]+)=", example(), re.MULTILINE))


def test_postgres_is_not_called_ready_while_its_roles_are_made() -> None:
    """The image's first, temporary server listens on a socket only; the migration comes by TCP."""
    compose = (DOCKER / "compose.yaml").read_text()
    assert re.search(r"test: \[CMD, pg_isready, -h, 127\.0\.0\.1,", compose)


def example() -> str:
    return (DOCKER / "example.env").read_text()


def run_roles_script(embedded: EmbeddedDatabase) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["/bin/sh", str(DOCKER / "postgres" / "roles.sh")],
        check=False,
        capture_output=True,
        text=True,
        env={
            "PATH": f"{embedded.binaries}:{os.environ['PATH']}",
            "PGHOST": str(embedded.socket_folder),
            "POSTGRES_USER": "postgres",
            "OWNER_PASSWORD": "owner's",
            "APP_PASSWORD": 'app"s',
        },
    )


async def test_the_roles_of_the_image_are_those_that_are_needed(short_home: Path) -> None:
    """`roles.sh` on a real PostgreSQL: its owner can migrate, its application is accepted."""
    with EmbeddedDatabase(short_home / "home") as embedded:
        maintenance = {**embedded.superuser.for_libpq(), "dbname": "postgres"}
        with psycopg.connect(**maintenance, autocommit=True) as connection:
            connection.execute("DROP DATABASE apportion")
            connection.execute("DROP ROLE apportion_owner")
            connection.execute("DROP ROLE apportion_app")
        done = await asyncio.to_thread(run_roles_script, embedded)
        assert (done.returncode, done.stderr) == (0, "")
        assert migrate(embedded.owner) is True
        settings = Settings(home=short_home, database_url=embedded.application.url)
        async with open_dependencies(settings) as deps:
            assert [found for found in await examine(deps) if not found.good] == []
