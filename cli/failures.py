"""What stops a command, in one sentence for people with what to do, and its exit status.

Loaded when something went wrong: `solve` needs no database, whose libraries take 35 MiB.
"""

import os
from typing import NamedTuple

from pydantic import ValidationError

from cli.faults import BAD_INPUT, FAILED
from cli.language import Speaker
from domain.errors import CannotRun, DomainError
from domain.messages import Message, msg
from persistence.retry import (
    DISK_FULL,
    is_cancelled,
    is_contention,
    is_outage,
    sql_state,
)


class Failure(NamedTuple):
    """What is said on standard error, and the status that the command ends with."""

    sentence: str
    status: int = FAILED


def failure_of(error: Exception) -> Failure | None:
    """What to say of an error; None for a mistake of our own, which shows its trace."""
    if isinstance(error, ValidationError) and error.title == "Settings":
        return Failure(_of_settings(error), BAD_INPUT)
    if isinstance(error, DomainError):
        return Failure(Speaker().text(error.message), BAD_INPUT)
    if isinstance(error, CannotRun):
        return Failure(Speaker().text(error.message))
    if is_contention(error):
        return Failure(Speaker().text(msg("cli.OTHER_PROGRAMS")))
    if is_cancelled(error):
        return Failure(Speaker().text(msg("cli.STATEMENT_TOO_LONG")))
    if sql_state(error) == DISK_FULL:
        return Failure(Speaker().text(msg("cli.DISK_FULL")))
    if isinstance(error, OSError) and error.filename is not None:
        return Failure(f"{os.fsdecode(error.filename)}: {error.strerror}.")
    if is_outage(error):
        return Failure(Speaker().text(msg("cli.DATABASE_WENT_AWAY", error=_first_line(error))))
    return None


def _of_settings(error: ValidationError) -> str:
    lines = []
    for fault in error.errors():
        name = "_".join(str(part) for part in fault["loc"]).upper()
        said = fault.get("ctx", {}).get("said")
        # pydantic's own sentences, of a path or a number, are English.
        what = Speaker().text(said) if isinstance(said, Message) else fault["msg"]
        lines.append(f"APPORTION_{name}: {what}" if name else what)
    return "\n".join(lines)


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
