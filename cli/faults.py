"""How commands tell what is wrong with a file: a line for each fault, or JSON with all of them."""

import json
from collections.abc import Mapping, Sequence
from typing import Protocol

import typer

# Nobody reads more on a screen; --json has them all.
MOST_FAULTS_SHOWN = 50
FAILED = 1
BAD_INPUT = 2


class AFault(Protocol):
    """What imports and the allocator both say of a fault."""

    def as_dict(self) -> dict[str, str | int | None]: ...

    def sentence(self) -> str: ...


def tell_faults(faults: Sequence[AFault], *, as_json: bool) -> None:
    """Faults on standard error for people, on standard output for programs."""
    if as_json:
        tell({"written": False, "faults": [fault.as_dict() for fault in faults]})
        return
    for fault in faults[:MOST_FAULTS_SHOWN]:
        typer.echo(fault.sentence(), err=True)
    more = len(faults) - MOST_FAULTS_SHOWN
    if more > 0:
        typer.echo(f"... and {more} more; --json has them all.", err=True)
    typer.echo(f"{counted(len(faults), 'fault')}; nothing was written.", err=True)


def tell(answer: Mapping[str, object]) -> None:
    """An answer for a program."""
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def counted(count: int, word: str) -> str:
    """`1 fault`, `2 faults`."""
    return f"{count} {word}" if count == 1 else f"{count:,} {word}s"
