"""Read a folder of CSV files, or an XLSX workbook, as text with row numbers.

Nothing is interpreted here: a cell is text or not given. Files are read when first asked for and
kept, so that one reading serves many mappings of the same source.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import polars as pl
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from services.imports.faults import Fault

# Where a row came from travels with it through renaming, SQL and unions.
FILE, ROW = "source_file", "source_row"

Cell = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta


@dataclass(frozen=True)
class Reading:
    """How a company writes its files: character encoding and the sign between fields."""

    encoding: str = "utf-8"
    delimiter: str = ","


@dataclass(frozen=True)
class Sheet:
    """One file or sheet: its headings, and its cells as text.

    frame: a text column per heading (null = not given), and `source_file`, `source_row`.
    faults: what kept it from being read in full.
    """

    label: str
    headings: tuple[str, ...]
    frame: pl.DataFrame
    faults: tuple[Fault, ...] = ()

    def cell(self, row: int, heading: str) -> str | None:
        """The text of one cell, by the number of its row in the file."""
        numbers = self.frame[ROW]
        position = numbers.search_sorted(row)
        if position == len(numbers) or numbers[position] != row:
            return None
        text: str | None = self.frame[heading][position]
        return text


class Source(Protocol):
    """A set of named sheets."""

    @property
    def label(self) -> str: ...

    @property
    def names(self) -> tuple[str, ...]: ...

    def label_of(self, name: str) -> str: ...

    def sheet(self, name: str) -> Sheet: ...


@dataclass
class FolderOfCsv:
    """A folder whose files `NAME.csv` are the sheets."""

    path: Path
    reading: Reading = Reading()
    _kept: dict[str, Sheet] = field(default_factory=dict)
    _files: dict[str, Path] = field(init=False)

    def __post_init__(self) -> None:
        self._files = {
            file.stem: file
            for file in sorted(self.path.iterdir())
            if file.suffix.lower() == ".csv" and file.is_file()
        }

    @property
    def label(self) -> str:
        return self.path.resolve().name

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._files)

    def label_of(self, name: str) -> str:
        return self._files[name].name if name in self._files else f"{name}.csv"

    def sheet(self, name: str) -> Sheet:
        if name not in self._kept:
            label = self.label_of(name)
            try:
                self._kept[name] = read_csv(self._files[name].read_bytes(), label, self.reading)
            except OSError as error:
                problem = f"cannot be read: {error.strerror}."
                self._kept[name] = _unread(label, problem, "Check who may read the file.")
        return self._kept[name]


@dataclass
class Workbook:
    """An XLSX workbook whose sheets are the tables."""

    path: Path
    _book: CalamineWorkbook
    _kept: dict[str, Sheet] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return self.path.name

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._book.sheet_names)

    def label_of(self, name: str) -> str:
        return f"{self.path.name} sheet {name}"

    def sheet(self, name: str) -> Sheet:
        if name not in self._kept:
            self._kept[name] = self._read(name)
        return self._kept[name]

    def _read(self, name: str) -> Sheet:
        label = self.label_of(name)
        try:
            cells = self._book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        except CalamineError as error:
            return _unread(
                label,
                f"cannot be read: {error}.",
                "Open the workbook in a spreadsheet program and save it again as XLSX.",
            )
        rows = [[_text_of(cell) for cell in row] for row in cells]
        if not any(any(row) for row in rows):
            return _empty(label)
        headings = rows[0]
        while headings and not headings[-1].strip():
            headings.pop()
        # A spreadsheet pads its rows; only cells with something in them can be too many.
        body = [_unpadded(row, len(headings)) for row in rows[1:]]
        return _as_sheet(label, headings, body, range(2, len(body) + 2))


def open_source(path: Path, reading: Reading | None = None) -> tuple[Source | None, list[Fault]]:
    """A source to read sheets from; or None and why not."""
    if path.is_dir():
        source = FolderOfCsv(path, reading or Reading())
        if source.names:
            return source, []
        return None, [
            Fault(
                path.name,
                None,
                None,
                None,
                "is a folder without any CSV file.",
                "Give the folder that holds customers.csv, orders.csv and so on.",
            )
        ]
    if not path.exists():
        return None, [
            Fault(path.name, None, None, None, "does not exist.", "Check the path you typed.")
        ]
    if path.suffix.lower() != ".xlsx":
        return None, [
            Fault(
                path.name,
                None,
                None,
                None,
                "is neither a folder of CSV files nor an XLSX workbook.",
                "Give a folder, or save the workbook as XLSX.",
            )
        ]
    try:
        return Workbook(path, CalamineWorkbook.from_path(path)), []
    except PasswordError:
        problem, remedy = "is locked by a password.", "Save it without a password."
    except (CalamineError, OSError) as error:
        problem = f"is not a readable XLSX workbook: {str(error).rstrip('.')}."
        remedy = "Open it in a spreadsheet program and save it again as XLSX."
    return None, [Fault(path.name, None, None, None, problem, remedy)]


def read_csv(data: bytes, label: str, reading: Reading) -> Sheet:
    """The rows of one CSV file; every row that cannot be read is a fault, the rest is kept."""
    if not data.strip():
        return _empty(label)
    try:
        text = data.decode("utf-8-sig" if reading.encoding == "utf-8" else reading.encoding)
    except UnicodeDecodeError as error:
        return _wrongly_encoded(data, label, reading, error)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=reading.delimiter, strict=True)
    rows: list[list[str]] = []
    numbers: list[int] = []
    faults: list[Fault] = []
    begins = 1
    try:
        for row in reader:
            if row:
                rows.append(row)
                numbers.append(begins)
            begins = reader.line_num + 1
    except csv.Error as error:
        # What follows a broken quote cannot be trusted to be rows.
        faults.append(
            Fault(
                label,
                begins,
                None,
                None,
                f"is not well-formed CSV: {error}.",
                "Check the quotation marks of this line; a quote inside a cell is doubled.",
            )
        )
    if not rows:
        return Sheet(label, (), pl.DataFrame(), tuple(faults))
    return _as_sheet(label, rows[0], rows[1:], numbers[1:], faults, reading)


def _as_sheet(
    label: str,
    first: Sequence[str],
    body: Sequence[Sequence[str]],
    numbers: Sequence[int],
    faults: Sequence[Fault] = (),
    reading: Reading | None = None,
) -> Sheet:
    headings = tuple(heading.strip() for heading in first)
    found = list(faults) + _faults_of_headings(label, headings, reading)
    if any(fault.row == 1 for fault in found):
        return Sheet(label, headings, pl.DataFrame(), tuple(found))
    width = len(headings)
    whole: list[Sequence[str]] = []
    kept: list[int] = []
    for row, number in zip(body, numbers, strict=True):
        if len(row) == width:
            whole.append(row)
            kept.append(number)
        elif any(cell.strip() for cell in row):
            found.append(
                Fault(
                    label,
                    number,
                    None,
                    None,
                    f"has {len(row)} cells, the heading has {width}.",
                    "A cell that holds the separator needs quotation marks; or a cell is missing.",
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
                    f"number {position}",
                    heading,
                    "is a column without a readable heading.",
                    "Give it one, or delete the column.",
                )
            )
        elif heading in (FILE, ROW):
            faults.append(
                Fault(label, 1, heading, None, "is a heading the import uses itself.", "Rename it.")
            )
        elif heading in headings[: position - 1]:
            faults.append(
                Fault(label, 1, heading, None, "is the heading of two columns.", "Rename one.")
            )
    if len(headings) == 1 and reading is not None:
        for sign in {",", ";", "\t", "|"} - {reading.delimiter}:
            if sign in headings[0]:
                faults.append(
                    Fault(
                        label,
                        1,
                        None,
                        headings[0],
                        f"looks separated by {sign!r}, not by {reading.delimiter!r}.",
                        f"Save it with commas, or write delimiter = {sign!r} under [reading] "
                        "in a mapping file.",
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
                    "holds a NUL character, which no text may.",
                    "Delete it; if every cell has some, the file is UTF-16: save it as UTF-8.",
                )
            )
    return faults


def _wrongly_encoded(data: bytes, label: str, reading: Reading, error: UnicodeDecodeError) -> Sheet:
    """A file in another encoding: its first undecodable byte, and what it probably is."""
    line = data.count(b"\n", 0, error.start) + 1
    byte = data[error.start]
    guess = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "gb18030"
    return Sheet(
        label,
        (),
        pl.DataFrame(),
        (
            Fault(
                label,
                line,
                None,
                f"0x{byte:02X}",
                f"is not {reading.encoding.upper()}: byte {error.start + 1} of the file cannot "
                "be read.",
                "Save it as UTF-8, or name its encoding in a mapping file: [reading] "
                f'encoding = "{guess}", for instance.',
            ),
        ),
    )


def _empty(label: str) -> Sheet:
    return _unread(
        label, "is empty.", "Give it a row of headings, or remove it if you have no such data."
    )


def _unread(label: str, problem: str, remedy: str) -> Sheet:
    fault = Fault(label, None, None, None, problem, remedy)
    return Sheet(label, (), pl.DataFrame(), (fault,))


def _unpadded(row: list[str], width: int) -> list[str]:
    return row[:width] if not any(row[width:]) else row


def _text_of(cell: Cell) -> str:
    """A spreadsheet cell as the text that a CSV file would have."""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        # Fifteen digits are what a spreadsheet shows; the rest is noise of binary fractions.
        return format(Decimal(f"{cell:.15g}"), "f")
    if isinstance(cell, dt.datetime):
        midnight = cell.time() == dt.time()
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)
