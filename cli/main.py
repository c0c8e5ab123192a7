"""The `apportion` command: finds the subcommand, and puts what went wrong into one sentence."""

import importlib
import logging
import signal
import sys
from collections.abc import Callable
from typing import Any

import typer
from pydantic import ValidationError

from cli.language import LanguageOption, choose_language, command_of
from cli.memory import keep_little
from services.logs import configure_logging
from services.settings import Settings

FAILED = 1
BAD_USAGE = 2

# Where each subcommand is. Only the one asked for is imported: a worker should not wait for the
# libraries of an import.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("cli.demo.command", "demo"),
    "import": ("cli.imports", "import_command"),
    "receive": ("cli.receive", "receive"),
    "solve": ("cli.solve", "solve_command"),
    "whatif": ("cli.whatif", "whatif"),
    "explain": ("cli.explain", "explain"),
    "orders": ("cli.orders", "orders"),
    "runs": ("cli.runs", "runs"),
    "serve": ("cli.serve", "serve"),
    "worker": ("cli.run", "worker"),
    "migrate": ("cli.run", "migrate_command"),
    "doctor": ("cli.doctor", "doctor"),
    "token": ("cli.tokens", "token"),
    "user": ("cli.tokens", "user"),
    "policy": ("cli.policy", "policy"),
    "schema": ("cli.schema", "schema"),
}

# These run for long, so their log tells what they do; the others only what went wrong.
TALKATIVE = {"serve", "worker"}
# These hold a million claims and end.
LARGE = {"solve"}


def main() -> None:
    """The entry point of `apportion` and of `python -m cli`."""
    # Otherwise `kill` would skip every clean-up, and the embedded database would go on running.
    signal.signal(signal.SIGTERM, _leave)
    asked = command_of(sys.argv[1:])
    try:
        level = logging.INFO if asked in TALKATIVE else logging.WARNING
        configure_logging(Settings().log, level=level)
        if asked in LARGE:
            keep_little()
        build(asked)()
    except ValidationError as error:
        for fault in error.errors():
            name = "_".join(str(part) for part in fault["loc"]).upper()
            place = f"APPORTION_{name}: " if name else ""
            typer.echo(f"{place}{fault['msg']}", err=True)
        sys.exit(BAD_USAGE)
    except Exception as error:
        if not isinstance(error, _refusals()):
            raise
        typer.echo(str(error), err=True)
        sys.exit(FAILED)


def _refusals() -> tuple[type[Exception], ...]:
    """What stops a command before it began; each says in its message what to do.

    Looked up when something went wrong: `solve` needs no database, and its libraries take 35 MiB.
    """
    from persistence.embedded import EmbeddedDatabaseError
    from persistence.migrate import MigrationError
    from persistence.safety import UnsafeDatabase
    from services.bootstrap import DatabaseAway, MissingSecret
    from services.policies import NoPolicy

    return (
        EmbeddedDatabaseError,
        MigrationError,
        UnsafeDatabase,
        MissingSecret,
        DatabaseAway,
        NoPolicy,
    )


def build(asked: str | None) -> typer.Typer:
    """The command with the subcommand asked for, or with all of them where help is wanted."""
    app = typer.Typer(
        name="apportion",
        help="Share out goods that arrive, and tell each order's story.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_begin)
    names = [asked] if asked in COMMANDS else list(COMMANDS)
    for name in names:
        app.command(name)(_function(name))
    return app


def _function(name: str) -> Callable[..., Any]:
    module, function = COMMANDS[name]
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def _begin(lang: LanguageOption = None) -> None:
    """What stands before the subcommand; Typer then keeps one even where it is the only one."""
    choose_language(lang)


def _leave(number: int, _frame: object) -> None:
    sys.exit(128 + number)
