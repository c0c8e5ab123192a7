"""What a command loads before it begins: a user waits for it each time.

Asserted by what is loaded, never by time: a busy machine is no defect.
"""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from cli.main import COMMANDS, _function
from services.settings import Settings
from tests.allocator.tables import tiny
from tests.conftest import REPOSITORY, environment_of

DATABASE = {"sqlalchemy", "asyncpg", "psycopg", "alembic"}
API = {"strawberry", "graphql", "starlette", "uvicorn", "gql"}
JOBS = {"dramatiq", "jobs"}
FRAMES = {"polars", "numpy", "ortools", "python_calamine"}
# Typer itself stands on pydantic, so a command that begins has that; help and version do without.
SETTINGS = {"pydantic_settings", "structlog"}
EVERYTHING = (
    DATABASE | API | JOBS | FRAMES | SETTINGS | {"pydantic", "holidays", "joserfc", "stamina"}
)


def loaded_by(arguments: list[str], environment: dict[str, str]) -> set[str]:
    """The modules, and the packages they are in, that a command had loaded when it ended."""
    script = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('\\n@', *sys.modules, file=sys.__stdout__, flush=True))\n"
        f"sys.argv = ['apportion', *{arguments!r}]\n"
        "from cli.main import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=False,
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    modules = done.stdout.rpartition("\n@ ")[2].split()
    return {*modules, *(name.partition(".")[0] for name in modules)}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return environment_of(Settings(home=tmp_path / "home"))


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_and_version_load_nothing(arguments: list[str], environment: dict[str, str]) -> None:
    found = loaded_by(arguments, environment)
    assert found.isdisjoint(EVERYTHING | {"services", "persistence", "allocator", "domain"})
    assert not (Path(environment["APPORTION_HOME"])).exists()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_subcommand_s_help_loads_no_server_and_no_solver(
    name: str, environment: dict[str, str]
) -> None:
    found = loaded_by([name, "--help"], environment)
    assert found.isdisjoint(API | JOBS | {"alembic", "ortools"})


def test_help_says_of_each_subcommand_what_it_says_itself() -> None:
    """The line stands in the table, so that help loads none of them."""
    for name, command in COMMANDS.items():
        said = " ".join((inspect.getdoc(_function(command)) or "").split())
        assert said.startswith(command.summary.removesuffix(".")), name


def test_the_token_of_a_service_loads_no_tables(settings: Settings) -> None:
    found = loaded_by(["token", "--role", "ADMIN"], environment_of(settings))
    assert "sqlalchemy" in found
    assert found.isdisjoint(
        API | JOBS | FRAMES | {"alembic", "psycopg", "holidays", "stamina", "persistence.tables"}
    )


def test_a_role_that_does_not_exist_is_refused_without_a_database(
    environment: dict[str, str],
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "token", "--role", "SALEZ"],
        check=False,
        cwd=REPOSITORY,
        env={**environment, "COLUMNS": "200"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "There is no role 'SALEZ'; did you mean SALES?" in done.stderr
    assert "WAREHOUSE" not in done.stderr
    assert not Path(environment["APPORTION_HOME"]).exists()


def test_a_solve_loads_neither_database_nor_what_explains_and_replans(
    environment: dict[str, str], tmp_path: Path
) -> None:
    source = tiny(tmp_path / "in")
    found = loaded_by(["solve", str(source), "-o", str(tmp_path / "out")], environment)
    assert "polars" in found
    assert found.isdisjoint(DATABASE | API | JOBS | SETTINGS | {"services", "domain"})
    assert found.isdisjoint(
        {"ortools", "allocator.explanations", "allocator.counterfactuals", "allocator.replanning"}
    )
