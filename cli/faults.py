"""How commands show what is wrong with a file: a line for each fault, or JSON with all of them."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import typer

from cli.language import Speaker

if TYPE_CHECKING:
    from domain.languages import Language

# Nobody reads more on a screen; --json has them all.
MOST_FAULTS_SHOWN = 50
FAILED = 1
BAD_INPUT = 2


class AFault(Protocol):
    """What is wrong with a file, in either language."""

    def as_dict(self, language: "Language") -> dict[str, str | int | None]: ...

    def sentence(self, language: "Language") -> str: ...


def print_faults(faults: Sequence[AFault], *, as_json: bool) -> None:
    """Faults on standard error for people, on standard output for programs."""
    from domain.messages import msg

    say = Speaker()
    if as_json:
        print_json({"written": False, "faults": [fault.as_dict(say.language) for fault in faults]})
        return
    for fault in faults[:MOST_FAULTS_SHOWN]:
        typer.echo(fault.sentence(say.language), err=True)
    more = len(faults) - MOST_FAULTS_SHOWN
    if more > 0:
        typer.echo(say.text(msg("cli.MORE_FAULTS", more=more)), err=True)
    typer.echo(say.text(msg("cli.FAULTS", faults=len(faults))), err=True)


def print_json(answer: Mapping[str, object]) -> None:
    """An answer for a program."""
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def counted(count: int, word: str) -> str:
    """`1 fault`, `2 faults`."""
    return f"{count} {word}" if count == 1 else f"{count:,} {word}s"
