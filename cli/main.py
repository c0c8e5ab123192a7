"""The `apportion` command: finds the subcommand, and puts what went wrong into one sentence."""

import gc
import importlib
import logging
import signal
import sys
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import typer

from cli.language import (
    LanguageOption,
    choose_language,
    command_of,
    language_first,
    language_of,
)
from cli.memory import limit_memory


class Subcommand(NamedTuple):
    """Where a subcommand is, and the line that help says of it.

    talkative: it runs for long, so its log says what it does; the others say only what went
    wrong. alone: it is the allocator or the schema, without settings and a log. large: it holds a
    million claims and ends.
    """

    module: str
    function: str
    summary: str
    talkative: bool = False
    alone: bool = False
    large: bool = False


# Only the one asked for is imported: a worker should not wait for the libraries of an import, and
# help for none of them.
COMMANDS: dict[str, Subcommand] = {
    "demo": Subcommand(
        "cli.demo.command",
        "demo",
        "Goods arrive and are shared out: the whole job, on the shipped example or on your data.",
    ),
    "import": Subcommand(
        "cli.imports", "import_command", "Read, check and write a company's data."
    ),
    "receive": Subcommand("cli.receive", "receive", "Record goods that arrived."),
    "solve": Subcommand(
        "cli.solve", "solve_command", "Share out a folder's supply.", alone=True, large=True
    ),
    "whatif": Subcommand("cli.whatif", "whatif", "What would happen if?"),
    "explain": Subcommand(
        "cli.explain",
        "explain",
        "What became of an order's goods: shipped, being picked, reserved or not given, and why.",
    ),
    "orders": Subcommand(
        "cli.orders",
        "orders",
        "List orders, the newest first, each with what is overdue or comes next.",
    ),
    "runs": Subcommand(
        "cli.runs",
        "runs",
        "List allocation runs, the newest first: what asked for each, and what it gave.",
    ),
    "serve": Subcommand(
        "cli.serve",
        "serve",
        "Serve GraphQL at /graphql, with GraphiQL for browsers, until stopped.",
        talkative=True,
    ),
    "worker": Subcommand("cli.run", "worker", "Do the jobs that others asked for.", talkative=True),
    "migrate": Subcommand(
        "cli.run", "migrate_command", "Bring the database to this version's schema."
    ),
    "doctor": Subcommand(
        "cli.doctor", "doctor", "Check database, disk, broker, clocks, policy, runs and books."
    ),
    "token": Subcommand("cli.tokens", "token", "Print a bearer token."),
    "user": Subcommand("cli.tokens", "user", "Add a person, or change one."),
    "policy": Subcommand(
        "cli.policy", "policy", "Show the policy as JSON, or change some of its settings."
    ),
    "commands": Subcommand(
        "cli.commands", "commands", "Print the table of business commands.", alone=True
    ),
    "schema": Subcommand("cli.schema", "schema", "Print schema.graphql.", alone=True),
}


def main() -> None:
    """The entry point of `apportion` and of `python -m cli`."""
    # Otherwise `kill` would skip every clean-up, and the embedded database would go on running.
    signal.signal(signal.SIGTERM, _leave)
    sys.argv[1:] = language_first(sys.argv[1:])
    asked = command_of(sys.argv[1:])
    spoken = language_of(sys.argv[1:])
    if spoken is not None:
        # What is wrong before the command begins is said in it too.
        choose_language(spoken)
    try:
        _prepare(COMMANDS.get(asked or ""))
        # What is loaded stays: no time is spent on looking for garbage in it, then or later.
        gc.disable()
        app = build(asked)
        gc.freeze()
        gc.enable()
        if spoken == "zh":
            from cli.chinese.run import run_in_chinese

            run_in_chinese(app)
        app()
    except Exception as error:
        from cli.failures import failure_of

        failure = failure_of(error)
        if failure is None:
            raise
        typer.echo(failure.sentence, err=True)
        sys.exit(failure.status)


def _prepare(command: Subcommand | None) -> None:
    """Set up what the command works with; help and usage errors need nothing."""
    if command is None:
        return
    if command.large:
        limit_memory()
    if command.alone:
        return
    from services.logs import configure_logging
    from services.settings import Settings

    level = logging.INFO if command.talkative else logging.WARNING
    configure_logging(Settings().log, level=level)


def build(asked: str | None) -> typer.Typer:
    """The command with the subcommand asked for, or with the names of all where help is wanted."""
    app = typer.Typer(
        name="apportion",
        help="Share out goods that arrive, and show each order's story.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    # Also makes Typer keep subcommands where there is only one.
    app.callback()(_root)
    if asked in COMMANDS:
        app.command(asked)(_function(COMMANDS[asked]))
    else:
        for name, each in COMMANDS.items():
            app.command(name, help=each.summary)(_named_only)
    return app


def _function(command: Subcommand) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(importlib.import_module(command.module), command.function)
    return found


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"apportion {version('apportion')}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Say the version."),
    ] = False,
    lang: LanguageOption = None,
) -> None:
    """Stands before the subcommand."""
    choose_language(lang)


def _named_only() -> None:
    """Stands for a subcommand in help, which runs none."""


def _leave(number: int, _frame: object) -> None:
    sys.exit(128 + number)
