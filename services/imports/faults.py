"""What is wrong with a file someone gave us, said so that they can mend it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

from domain.languages import Language
from domain.messages import Message, msg, sentences
from domain.suggestions import closest


class Cause(IntEnum):
    """What a fault comes from; what must be mended first comes first."""

    FILE = 0
    CELL = 1
    OTHER_FAULT = 2


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend: where it is, what stands there, what is wrong, and what to do.

    row: the line in the file (the heading is line 1), or the row in the sheet; None when the
    fault concerns the whole file.
    value: the text as it stands in the source, before any conversion.
    cause: faults of a whole file come first, what only follows from others last.
    """

    file: str
    row: int | None
    column: str | Message | None
    value: str | None
    problem: Message
    remedy: Message
    cause: Cause = field(default=Cause.CELL, compare=False)

    def as_dict(self, language: Language = Language.EN) -> dict[str, str | int | None]:
        """The fault for programs, its sentences in a language."""
        column = self.column
        return {
            "file": self.file,
            "row": self.row,
            "column": column.text(language) if isinstance(column, Message) else column,
            "value": self.value,
            "problem": self.problem.text(language),
            "remedy": self.remedy.text(language),
        }

    def sentence(self, language: Language = Language.EN) -> str:
        """The fault in one line, as the command prints it."""
        return self.said().text(language)

    def said(self) -> Message:
        """The whole fault as a message: its place, what stands there, problem and remedy."""
        if self.cause is Cause.OTHER_FAULT:
            return sentences((self.problem, self.remedy))
        place: str | Message = self.file
        if self.row is not None and self.column is not None:
            place = msg("imports.PLACE_CELL", file=self.file, row=self.row, column=self.column)
        elif self.row is not None:
            place = msg("imports.PLACE_ROW", file=self.file, row=self.row)
        elif self.column is not None:
            place = msg("imports.PLACE_COLUMN", file=self.file, column=self.column)
        parts = {"place": place, "problem": self.problem, "remedy": self.remedy}
        if self.value is None:
            return msg("imports.FAULT", **parts)
        return msg("imports.FAULT_OF_VALUE", value=shortened(self.value), **parts)


class BadInput(Exception):
    """The input has faults; nothing was written. `faults` holds all of them."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(msg("imports.FAULTS", faults=len(faults)))
        self.faults = tuple(faults)


def as_causes(faults: Iterable[Fault]) -> list[Fault]:
    """Faults that kept a file from being read, of which others may follow."""
    return [replace(fault, cause=Cause.FILE) for fault in faults]


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Faults of files first, then those of cells as a reader walks through the files."""

    def place(fault: Fault) -> tuple[int, str, int, str, str]:
        of_file = fault.row is None and fault.cause is Cause.CELL
        cause = Cause.FILE if of_file else fault.cause
        return cause, fault.file, fault.row or 0, str(fault.column or ""), str(fault.problem)

    return tuple(sorted(faults, key=place))


def joined(*parts: Message | None) -> Message:
    """The sentences that there are, one after the other."""
    return sentences(tuple(part for part in parts if part is not None))


def shortened(value: str, limit: int = 60) -> str:
    return value if len(value) <= limit else value[: limit - 3] + "..."


def did_you_mean(word: str, known: Iterable[str]) -> Message | None:
    """A suggestion; None when no known word is close."""
    meant = closest(word, known)
    return None if meant is None else msg("imports.DID_YOU_MEAN", word=meant)
