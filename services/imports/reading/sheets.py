"""A file or sheet as a table of texts, whatever it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from allocator.workbook import Cell, CellKind
from domain.messages import Message, msg
from services.imports.faults import Fault

# Where a row came from travels with it through renaming, SQL and unions.
FILE, ROW = "source_file", "source_row"


@dataclass(frozen=True)
class Reading:
    """How a company writes its files: encoding, the sign between fields, dates and numbers."""

    encoding: str = "utf-8"
    delimiter: str = ","
    date: tuple[str, ...] = ()
    decimal: str | None = None
    thousands: str = ""


@dataclass(frozen=True)
class Sheet:
    """One file or sheet: its headings, and its cells as text.

    frame: a text column per heading (null = not given), and `source_file`, `source_row`. Numbers
    and dates of a workbook are written there as the company writes them, for the mapping's SQL.
    faults: what kept it from being read in full.
    known: cells of which a workbook says what they are, by heading and row.
    """

    label: str
    headings: tuple[str, ...]
    frame: pl.DataFrame
    faults: tuple[Fault, ...] = ()
    known: Mapping[str, Mapping[int, Cell]] = field(default_factory=dict)

    def cell(self, row: int, heading: str) -> str | None:
        """What stands in one cell, by the number of its row in the file."""
        if (known := self.known.get(heading, {}).get(row)) is not None:
            return f"{known.text}%" if known.kind is CellKind.PER_CENT else known.text
        numbers = self.frame[ROW]
        position = numbers.search_sorted(row)
        if position == len(numbers) or numbers[position] != row:
            return None
        text: str | None = self.frame[heading][position]
        return text


def as_sheet(
    label: str,
    first: Sequence[str],
    body: Sequence[Sequence[str | None]],
    numbers: Sequence[int],
    faults: Sequence[Fault] = (),
    reading: Reading | None = None,
) -> Sheet:
    """The sheet of a heading and rows of texts, with their numbers in the file."""
    headings = tuple(heading.strip() for heading in first)
    found = list(faults) + _faults_of_headings(label, headings, reading)
    if any(fault.row == 1 for fault in found):
        return Sheet(label, headings, pl.DataFrame(), tuple(found))
    width = len(headings)
    whole: list[Sequence[str | None]] = []
    kept: list[int] = []
    for row, number in zip(body, numbers, strict=True):
        if len(row) == width:
            whole.append(row)
            kept.append(number)
        elif any(cell and cell.strip() for cell in row):
            found.append(
                Fault(
                    label,
                    number,
                    None,
                    None,
                    msg("imports.CELLS_AND_HEADING", cells=len(row), width=width),
                    msg("imports.SEPARATOR_IN_CELL"),
                )
            )
    columns = list(zip(*whole, strict=True)) if whole else [()] * width
    frame = pl.DataFrame(
        [
            pl.Series(name, cells, dtype=pl.String)
            for name, cells in zip(headings, columns, strict=True)
        ]
    )
    frame = frame.with_columns(
        pl.lit(label, dtype=pl.String).alias(FILE), pl.Series(ROW, kept, dtype=pl.UInt32)
    )
    found += _faults_of_nul(label, headings, frame)
    trimmed = {heading: pl.col(heading).str.strip_chars() for heading in headings}
    frame = frame.with_columns(**{h: pl.when(text != "").then(text) for h, text in trimmed.items()})
    # A row of empty cells is a blank line with separators.
    frame = frame.filter(pl.any_horizontal(pl.col(headings).is_not_null()))
    return Sheet(label, headings, frame, tuple(found))


def empty(label: str) -> Sheet:
    """The sheet of a file in which nothing stands."""
    return unread(label, msg("imports.EMPTY_FILE"), msg("imports.GIVE_HEADINGS"))


def unread(label: str, problem: Message, remedy: Message) -> Sheet:
    """The sheet of a file that cannot be read at all."""
    fault = Fault(label, None, None, None, problem, remedy)
    return Sheet(label, (), pl.DataFrame(), (fault,))


def _faults_of_headings(
    label: str, headings: Sequence[str], reading: Reading | None
) -> list[Fault]:
    faults = []
    for position, heading in enumerate(headings, start=1):
        if not heading or "\0" in heading:
            faults.append(
                Fault(
                    label,
                    1,
                    msg("imports.COLUMN_NUMBER", position=position),
                    heading,
                    msg("imports.NO_READABLE_HEADING"),
                    msg("imports.GIVE_ONE_OR_DELETE"),
                )
            )
        elif heading in (FILE, ROW):
            faults.append(
                Fault(
                    label, 1, heading, None, msg("imports.HEADING_IN_USE"), msg("imports.RENAME_IT")
                )
            )
        elif heading in headings[: position - 1]:
            faults.append(
                Fault(
                    label, 1, heading, None, msg("imports.HEADING_TWICE"), msg("imports.RENAME_ONE")
                )
            )
    if len(headings) == 1 and reading is not None:
        other = [s for s in (",", ";", "\t", "|") if s != reading.delimiter and s in headings[0]]
        for sign in other[:1]:
            faults.append(
                Fault(
                    label,
                    1,
                    None,
                    headings[0],
                    msg("imports.LOOKS_SEPARATED", sign=sign, delimiter=reading.delimiter),
                    msg("imports.SAVE_WITH_COMMAS", sign=sign),
                )
            )
    return faults


def _faults_of_nul(label: str, headings: Sequence[str], frame: pl.DataFrame) -> list[Fault]:
    faults = []
    for heading in headings:
        for row, value in (
            frame.filter(pl.col(heading).str.contains("\0", literal=True))
            .select(ROW, heading)
            .iter_rows()
        ):
            faults.append(
                Fault(
                    label,
                    row,
                    heading,
                    value,
                    msg("imports.HOLDS_NUL"),
                    msg("imports.DELETE_NUL"),
                )
            )
    return faults
