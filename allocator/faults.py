"""What is wrong with an input, said so that the sender can mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field


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
    problem: str
    remedy: str
    refers_to: str = field(default="", compare=False, repr=False)

    def as_dict(self) -> dict[str, str | int | None]:
        return asdict(self)

    def sentence(self) -> str:
        """The fault in one line, as commands print it."""
        place = self.file if not self.row else f"{self.file} row {self.row}"
        where = f"{place}, {self.column}" if self.column else place
        # What is missing has no value to quote.
        said = f"{self.value!r} {self.problem}" if self.value else self.problem
        return f"{where}: {said} {self.remedy}".rstrip()


class InputFaults(ValueError):
    """The input cannot be solved as it stands; `faults` names every reason, not only the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults: list[Fault] = sorted(faults)
        shown = "\n".join(fault.sentence() for fault in self.faults[:20])
        more = len(self.faults) - 20
        super().__init__(shown + (f"\n... and {more} more" if more > 0 else ""))

    def __reduce__(self) -> tuple[type[InputFaults], tuple[list[Fault]]]:
        """Travel between processes with the faults, not only with their text."""
        return (InputFaults, (self.faults,))
