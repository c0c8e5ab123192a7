"""`apportion token`, `user` and `schema`, as a person types them."""

import asyncio
import datetime as dt
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli.main import build
from cli.tokens import duration
from domain.roles import Role
from services.bootstrap import Dependencies
from services.settings import Settings
from services.tokens import Tokens
from tests.conftest import environment_of

pytestmark = pytest.mark.usefixtures("tiny_company")

REPOSITORY = Path(__file__).parents[2]


class Command:
    """Runs the command with a test's own settings."""

    def __init__(self, settings: Settings, deps: Dependencies) -> None:
        self.environment = environment_of(settings)
        self.tokens = Tokens(deps.secret)

    def __call__(self, *arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(
            build(arguments[0]), list(arguments), env=self.environment, catch_exceptions=False
        )
        # Which database it is has a test of its own.
        lines = [line for line in result.output.splitlines() if not line.startswith("Database: ")]
        return result.exit_code, "\n".join(lines).strip()


@pytest.fixture
def apportion(settings: Settings, deps: Dependencies) -> Command:
    return Command(settings, deps)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def test_a_token_of_a_service(apportion: Command) -> None:
    status, token = apportion("token", "--role", "PLANNING", "--role", "SALES", "--ttl", "30m")
    read = apportion.tokens.verify(token, now=now())
    assert (status, read.roles) == (0, {"PLANNING", "SALES"})
    assert read.expires_at - now() < dt.timedelta(minutes=31)


async def test_a_token_of_a_customer(apportion: Command, deps: Dependencies) -> None:
    """P1: bound to the customer of that code."""
    status, token = await in_thread(apportion, "token", "--customer", "F1")
    read = apportion.tokens.verify(token, now=now())
    assert (status, read.roles, read.customer_id) == (0, {Role.CUSTOMER}, 1)
    assert await in_thread(apportion, "token", "--customer", "X") == (
        2,
        "There is no customer 'X'.",
    )


def test_a_person_is_added_and_gets_a_token(apportion: Command) -> None:
    assert apportion("user", "li", "--role", "SALES") == (0, "Added li.")
    status, token = apportion("token", "--user", "li")
    assert (status, apportion.tokens.verify(token, now=now()).is_person) == (0, True)
    assert apportion("user", "li", "--inactive") == (0, "Changed li.")
    status, printed = apportion("token", "--user", "li")
    assert (status, printed) == (2, "There is no active person 'li'; see `apportion user`.")


@pytest.mark.parametrize(
    "arguments",
    [(), ("--user", "li", "--role", "SALES"), ("--role", "EMPEROR"), ("--role", "CUSTOMER")],
)
def test_bad_usage_is_exit_status_2(apportion: Command, arguments: tuple[str, ...]) -> None:
    assert apportion("token", *arguments)[0] == 2


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1_800), ("8h", 28_800), ("7d", 604_800)]
)
def test_lengths_of_time(text: str, seconds: int) -> None:
    assert duration(text) == dt.timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["8", "0h", "-1h", "1y", "367d", "99999999999d", ""])
def test_what_is_no_length_of_time(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        duration(text)


def test_the_schema_is_printed_and_checked(apportion: Command, tmp_path: Path) -> None:
    status, printed = apportion("schema")
    kept = REPOSITORY / "schema.graphql"
    assert (status, printed) == (0, kept.read_text().strip())
    assert apportion("schema", "--check", str(kept)) == (0, "")
    other = tmp_path / "schema.graphql"
    other.write_text("type Query { nothing: Int }\n")
    status, printed = apportion("schema", "--check", str(other))
    assert status == 1
    assert "-type Query { nothing: Int }" in printed


async def in_thread(apportion: Command, *arguments: str) -> tuple[int, str]:
    """The command makes an event loop of its own, so it cannot run in a test's."""
    return await asyncio.to_thread(apportion, *arguments)
