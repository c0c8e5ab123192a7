"""What is wrong with a file someone gave us, said so that they can mend it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

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
    column: str | None
    value: str | None
    problem: str
    remedy: str
    cause: Cause = field(default=Cause.CELL, compare=False)

    def as_dict(self) -> dict[str, str | int | None]:
        return {
            "file": self.file,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "problem": self.problem,
            "remedy": self.remedy,
        }

    def sentence(self) -> str:
        """The fault in one line, as the command prints it."""
        if self.cause is Cause.OTHER_FAULT:
            return f"{self.problem} {self.remedy}"
        place = self.file
        if self.row is not None:
            place += f" row {self.row}"
        if self.column is not None:
            place += f" column {self.column}"
        shown = "" if self.value is None else f" {shortened(self.value)!r}"
        return f"{place}:{shown} {self.problem} {self.remedy}"


class BadInput(Exception):
    """The input has faults; nothing was written. `faults` holds all of them."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults in the input; nothing was written.")
        self.faults = tuple(faults)


def as_causes(faults: Iterable[Fault]) -> list[Fault]:
    """Faults that kept a file from being read, of which others may follow."""
    return [replace(fault, cause=Cause.FILE) for fault in faults]


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Faults of files first, then those of cells as a reader walks through the files."""

    def place(fault: Fault) -> tuple[int, str, int, str, str]:
        of_file = fault.row is None and fault.cause is Cause.CELL
        cause = Cause.FILE if of_file else fault.cause
        return cause, fault.file, fault.row or 0, fault.column or "", fault.problem

    return tuple(sorted(faults, key=place))


def shortened(value: str, limit: int = 60) -> str:
    return value if len(value) <= limit else value[: limit - 3] + "..."


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion that ends a sentence, or nothing when no known word is close."""
    meant = closest(word, known)
    return "" if meant is None else f"Did you mean {meant!r}?"
