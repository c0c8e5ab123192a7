"""What is wrong with a file someone gave us, said so that they can mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend: where it is, what stands there, what is wrong, and what to do.

    row: the line in the file (the heading is line 1), or the row in the sheet; None when the
    fault concerns the whole file.
    value: the text as it stands in the source, before any conversion.
    """

    file: str
    row: int | None
    column: str | None
    value: str | None
    problem: str
    remedy: str

    def as_dict(self) -> dict[str, str | int | None]:
        return asdict(self)

    def sentence(self) -> str:
        """The fault in one line, as the command prints it."""
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


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Faults as a reader walks through the files: by file, row, then column."""
    return tuple(sorted(faults, key=lambda f: (f.file, f.row or 0, f.column or "", f.problem)))


def shortened(value: str, limit: int = 60) -> str:
    return value if len(value) <= limit else value[: limit - 3] + "..."


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion that ends a sentence, or nothing when no known word is close."""
    candidates = list(known)
    # Case is the commonest slip, and difflib counts every letter of it.
    folded = {candidate.casefold(): candidate for candidate in candidates}
    if word.casefold() in folded:
        return f"Did you mean {folded[word.casefold()]!r}?"
    close = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return f"Did you mean {folded[close[0]]!r}?" if close else ""
