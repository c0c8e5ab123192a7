"""A command that speaks Chinese where Typer speaks: its help, and what is wrong with a line."""

import gettext
import sys
from typing import Any, NoReturn

import typer

# The base of `typer.BadParameter`, which Typer does not export.
from typer._click.exceptions import ClickException

from cli.chinese.help import HELP
from cli.chinese.usage import OF_TYPER, in_chinese


def run_in_chinese(app: typer.Typer) -> NoReturn:
    """Carry a command line out, and end. For a process that carries out no other."""
    # Typer asks for each of its own words by its English, and has no catalogue of its own.
    gettext.dgettext = _of_typer
    command: Any = typer.main.get_command(app)
    for each in (command, *command.commands.values()):
        _translate(each)
    if "--help" in sys.argv or len(command.commands) > 1:
        _fold_help()
    try:
        status = command.main(standalone_mode=False)
    except ClickException as error:
        from typer import rich_utils

        said = in_chinese(error)
        error.format_message = lambda: said  # type: ignore[method-assign]  # of this one error
        rich_utils.rich_format_error(error)
        sys.exit(error.exit_code)
    except typer.Abort:
        typer.echo(OF_TYPER["Aborted."], err=True)
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)


def _of_typer(domain: str, message: str) -> str:
    return OF_TYPER.get(message, message)


def _fold_help() -> None:
    """Break Chinese, which has no blanks, at the end of a line; Typer cuts it off there."""
    from typer import rich_utils

    made = rich_utils._make_rich_text

    def folding(**given: Any) -> Any:
        text = made(**given)
        if hasattr(text, "overflow"):
            text.overflow = "fold"
        return text

    rich_utils._make_rich_text = folding


def _translate(command: Any) -> None:
    usage = command.get_usage
    command.get_usage = lambda context: usage(context).replace("Usage: ", "用法：", 1)
    command.help = HELP.get(command.help or "", command.help)
    # Click makes the option --help when it is first asked for, and keeps it.
    for param in (*command.params, command.get_help_option(typer.Context(command))):
        if getattr(param, "help", None):
            param.help = HELP.get(param.help, param.help)
