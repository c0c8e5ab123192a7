"""What is wrong with an input, said so that the sender can mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Phrase(NamedTuple):
    """What is said to people, as a key with parameters: whoever shows it has the sentences."""

    key: str
    params: tuple[tuple[str, object], ...] = ()

    def as_dict(self) -> dict[str, object]:
        """As JSON has it."""
        return {"key": self.key, "params": dict(self.params)} if self.params else {"key": self.key}

    def __str__(self) -> str:
        given = ", ".join(f"{name}: {value}" for name, value in self.params)
        return f"{self.key} ({given})" if given else self.key


def phrase(key: str, /, **params: object) -> Phrase:
    """`phrase("files.CELLS", cells=3, width=4)`: equal however it was written."""
    return Phrase(key, tuple(sorted(params.items())))


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong in one place.

    row: as a spreadsheet counts, the header being row 1; 0 when the fault is the file's own.
    refers_to: the table in which an id is not found, else empty.
    """

    file: str
    row: int
    column: str
    value: str
    problem: Phrase
    remedy: Phrase
    refers_to: str = field(default="", compare=False, repr=False)

    def __str__(self) -> str:
        place = f"{self.file} row {self.row}" if self.row else self.file
        where = f"{place}, {self.column}" if self.column else place
        value = f"{self.value!r} " if self.value else ""
        return f"{where}: {value}{self.problem}"


class InputFaults(ValueError):
    """The input cannot be solved as it stands; `faults` names every reason, not only the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults: list[Fault] = sorted(faults)
        shown = "\n".join(str(fault) for fault in self.faults[:20])
        more = len(self.faults) - 20
        super().__init__(shown + (f"\n... and {more} more" if more > 0 else ""))

    def __reduce__(self) -> tuple[type[InputFaults], tuple[list[Fault]]]:
        """Travel between processes with the faults, not only with their text."""
        return (InputFaults, (self.faults,))
