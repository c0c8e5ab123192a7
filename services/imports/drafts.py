"""Canonical tables before they are checked, with the way back to the company's own cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from domain.messages import Message
from services.imports.cells import Refusal
from services.imports.faults import Fault
from services.imports.reading import FILE, ROW, Sheet


@dataclass(frozen=True)
class Draft:
    """The cells of one canonical table as they came, in text or already typed by SQL.

    frame: the canonical columns that are given, and `source_file`, `source_row` where rows of
    the source stand behind it.
    headings: the source's heading of each canonical column.
    place: what to name instead of a file where rows were made by SQL.
    originals: the sheets by label, to show a cell as it stands in the source.
    unconverted: the same rows under the source's headings, for cells that SQL renamed.
    """

    table: str
    frame: pl.DataFrame
    headings: Mapping[str, str]
    place: str
    originals: Mapping[str, Sheet] = field(default_factory=dict)
    unconverted: pl.DataFrame | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(name for name in self.frame.columns if name not in (FILE, ROW))

    def only(self, rows: pl.Expr) -> Draft:
        """The same draft with fewer rows."""
        kept = self.frame.select(rows).to_series()
        unconverted = None if self.unconverted is None else self.unconverted.filter(kept)
        return replace(self, frame=self.frame.filter(kept), unconverted=unconverted)

    def fault(self, position: int, column: str | None, problem: Message, remedy: Message) -> Fault:
        """A fault of one row, reported in the words and numbers of the source where it has one."""
        row = self.frame.row(position, named=True)
        file, number = row.get(FILE), row.get(ROW)
        heading = None if column is None else self.headings.get(column, column)
        value = None if column is None else row.get(column)
        if self.unconverted is not None and heading in self.unconverted.columns:
            value = self.unconverted[heading][position]
        if file is None or number is None:
            return Fault(self.place, position + 1, heading, _shown(value), problem, remedy)
        sheet = self.originals.get(file)
        if sheet is not None and heading in sheet.headings:
            value = sheet.cell(number, heading)
        return Fault(file, number, heading, _shown(value), problem, remedy)

    def faults(self, column: str, refusals: list[Refusal]) -> Iterator[Fault]:
        for refusal in refusals:
            yield self.fault(refusal.position, column, refusal.problem, refusal.remedy)

    def whole(self, column: str | None, problem: Message, remedy: Message) -> Fault:
        """A fault of the table as a whole."""
        heading = None if column is None else self.heading(column)
        return Fault(self.file, None, heading, None, problem, remedy)

    @property
    def file(self) -> str:
        """The one file that it comes from; what stands for several."""
        files = self.frame[FILE].unique().to_list() if FILE in self.frame.columns else []
        return (files[0] if len(files) == 1 else None) or self.place

    def heading(self, column: str) -> str:
        """What the source calls a column."""
        return self.headings.get(column, column)

    def row_of(self, position: int) -> int:
        """The number of a row, as its file counts."""
        row = self.frame.row(position, named=True)
        number: int | None = row.get(ROW)
        return position + 1 if row.get(FILE) is None or number is None else number


def _shown(value: object) -> str | None:
    return None if value is None else str(value)
