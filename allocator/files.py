"""Reading and writing the input: a folder of CSV files with settings.json, or one workbook."""

from __future__ import annotations

import csv
import difflib
import json
import os
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import polars as pl

from allocator.faults import Fault, InputFaults
from allocator.keys import resolve_references
from allocator.settings_file import check_settings
from allocator.tables import (
    COLUMNS,
    MAY_BE_EMPTY,
    OPTIONAL_COLUMNS,
    TABLE_NAMES,
    Settings,
    Tables,
    empty,
)

INT64_MAX = 2**63 - 1
INT64_DIGITS = len(str(INT64_MAX))
WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")
# Names of files and sheets that are this much alike are meant to be the same.
ALIKE = 0.8


def read_tables(source: str | Path) -> Tables:
    """Read a folder of CSV files or an .xlsx workbook with the same sheets.

    Raises InputFaults with every fault of every file at once.
    """
    path = Path(source)
    if not (path.is_dir() or path.is_file()):
        said = "is neither a folder nor a file." if path.exists() else "does not exist."
        raise InputFaults(
            [Fault(path.name, 0, "", str(path), said, "Name a folder or a workbook.")]
        )
    try:
        reader = _Folder(path) if path.is_dir() else _Workbook(path)
        reader.look_for_other_names()
    except OSError as error:
        raise InputFaults([_cannot_be_read(path.name, error)]) from error
    frames: dict[str, Any] = {name: reader.table(name) for name in TABLE_NAMES}
    settings = reader.settings()
    faults = reader.faults
    if faults or reader.blank_rows:
        # Say what else is wrong in what could be read, so that nobody mends a file twice.
        stand_in = settings or Settings("SS", {"SS": (), "AW": ()}, ())
        _, more = resolve_references(
            Tables(settings=stand_in, **frames), settings_known=settings is not None
        )
        passed_over = {(fault.file, fault.row) for fault in faults} | reader.blank_rows
        unread = {fault.file.removesuffix(".csv") for fault in faults} | reader.misnamed
        # An id may be unknown only because its own row could not be read.
        more = [
            fault
            for fault in more
            if (fault.file, fault.row) not in passed_over and fault.refers_to not in unread
        ]
        if faults or more:
            raise InputFaults([*faults, *more])
        frames = {name: _without_blank_rows(frame) for name, frame in frames.items()}
    assert settings is not None  # noqa: S101 - without settings there is a fault
    return Tables(settings=settings, **frames, notes=tuple(reader.notes))


def write_tables(tables: Tables, folder: str | Path) -> None:
    """Write the tables as the files that `read_tables` reads."""
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.frames():
        frame.write_csv(path / f"{name}.csv", quote_style="necessary")
    text = json.dumps(tables.settings.as_json(), indent=1, ensure_ascii=False)
    (path / "settings.json").write_text(text + "\n", encoding="utf-8")


class _Reader(ABC):
    """What folder and workbook have in common: rows of text become a typed table, or faults."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        # They keep their place until all faults are told, so that row numbers are the file's.
        self.blank_rows: set[tuple[str, int]] = set()
        # Tables that are not there, but seem to be under another name.
        self.misnamed: set[str] = set()

    @abstractmethod
    def names(self) -> Sequence[str]:
        """The files, or sheets, that may hold tables."""

    @abstractmethod
    def name_of(self, table: str) -> str:
        """What the file or sheet of a table is called."""

    def look_for_other_names(self) -> None:
        """A table under nearly its name is a fault, since it would count as empty; anything else
        is told, and not read."""
        names = self.names()
        missing = [table for table in TABLE_NAMES if self.name_of(table) not in names]
        for name in sorted(set(names) - {self.name_of(table) for table in TABLE_NAMES}):
            alike = difflib.get_close_matches(Path(name).stem.casefold(), missing, 1, ALIKE)
            if not alike:
                self.notes.append(f"{name}: is no table of the input and was not read.")
            for table in alike:
                remedy = f"Name it {self.name_of(table)}, or take it away."
                self.faults.append(Fault(name, 0, "", "", "is no name of a table.", remedy))
                self.misnamed.add(table)

    def file_name(self, table: str) -> str:
        return f"{table}.csv"

    def header_is_sound(self, table: str, header: Sequence[str]) -> bool:
        """Whether all the columns are there, each once. Unknown ones are ignored, with a note."""
        file, known = self.file_name(table), COLUMNS[table]
        before = len(self.faults)
        for column in known:
            if column not in header and (table, column) not in OPTIONAL_COLUMNS:
                self.faults.append(
                    Fault(file, 1, column, "", "is a column that is missing.", "Add the column.")
                )
        for column in sorted({c for c in header if header.count(c) > 1 and c in known}):
            self.faults.append(
                Fault(file, 1, column, column, "is the name of two columns.", "Remove one.")
            )
        for column in header:
            if column not in known:
                self.notes.append(f"{file}: the column {column!r} is not known and was ignored.")
        return len(self.faults) == before

    def parse_rows(
        self, table: str, header: Sequence[str], rows: Iterable[list[str]]
    ) -> pl.DataFrame:
        """Cell by cell, with a fault for each cell that cannot be read. Such rows and blank ones
        are left out of what is checked further, but keep their place: row numbers stay right."""
        file, known = self.file_name(table), COLUMNS[table]
        places = {column: header.index(column) for column in known if column in header}
        columns: dict[str, list[str | int | None]] = {column: [] for column in known}
        for number, row in enumerate(rows, start=2):
            blank = not any(row)
            if blank:
                self.blank_rows.add((file, number))
            elif len(row) != len(header):
                self.faults.append(
                    Fault(
                        file,
                        number,
                        "",
                        ",".join(row),
                        f"has {len(row)} cells, the header has {len(header)}.",
                        "Give each column one cell; quote text that holds a comma.",
                    )
                )
            for column, kind in known.items():
                place = places.get(column, len(row))
                text = row[place] if place < len(row) else ""
                columns[column].append(
                    None if blank else self._cell(table, number, column, kind, text)
                )
        return pl.DataFrame(columns, schema=known)

    def json(self, text: str) -> Any:
        """A JSON value; a name given twice in one object is a fault, since one would be lost."""

        def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            times = Counter(name for name, _ in pairs)
            for name in sorted(name for name, count in times.items() if count > 1):
                self.faults.append(
                    Fault("settings.json", 0, name, "", "is given twice.", "Keep one.")
                )
            return dict(pairs)

        return json.loads(text, object_pairs_hook=once_each)

    def checked(self, content: object) -> Settings | None:
        settings, faults = check_settings(content)
        self.faults += faults
        return settings

    def _cell(
        self, table: str, number: int, column: str, kind: object, text: str
    ) -> str | int | None:
        file = self.file_name(table)
        if text == "":
            if (table, column) not in MAY_BE_EMPTY:
                self.faults.append(
                    Fault(file, number, column, "", "is an empty cell.", "Fill it in.")
                )
            return None
        if kind is pl.String:
            return text
        if not WHOLE_NUMBER.fullmatch(text.strip()):
            self.faults.append(
                Fault(file, number, column, text, "is no whole number.", "Write digits only.")
            )
            return None
        # Counted first: Python itself refuses to read numbers of thousands of digits.
        digits = text.strip().lstrip("+-0")
        if len(digits) > INT64_DIGITS or int(digits or "0") > INT64_MAX:
            self.faults.append(
                Fault(file, number, column, text, "is too large.", "Stay below 10^15.")
            )
            return None
        value = int(digits or "0")
        return -value if text.strip().startswith("-") else value


class _Folder(_Reader):
    def names(self) -> Sequence[str]:
        return [one.name for one in self.path.iterdir() if one.suffix.casefold() == ".csv"]

    def name_of(self, table: str) -> str:
        return f"{table}.csv"

    def content(self, name: str) -> bytes | None:
        """What a file of the folder holds; None with a fault where it cannot be read."""
        path = self.path / name
        try:
            # A pipe may never end. A link to nowhere is there, so its table is not missing.
            if path.exists() and not (path.is_file() or path.is_dir()):
                said = "cannot be read: it is no ordinary file."
                self.faults.append(Fault(name, 0, "", "", said, "Give a file to read."))
                return None
            return path.read_bytes()
        except OSError as error:
            self.faults.append(_cannot_be_read(name, error))
            return None

    def table(self, name: str) -> pl.DataFrame:
        """One CSV file. Read at full speed; cell by cell only where that finds something amiss."""
        path = self.path / self.name_of(name)
        content = self.content(path.name) if os.path.lexists(path) else None
        if content is None:
            return empty(name)
        quick = _read_quickly(name, content)
        if quick is not None:
            return quick
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            row = content.count(b"\n", 0, error.start) + 1
            value = content[error.start : error.start + 8].decode("latin-1")
            self.faults.append(
                Fault(path.name, row, "", value, "is not UTF-8 text.", "Save the file as UTF-8.")
            )
            return empty(name)
        try:
            header, *rows = list(csv.reader(StringIO(text), strict=True)) or [[]]
        except csv.Error as error:
            self.faults.append(
                Fault(path.name, 0, "", "", f"is no sound CSV: {error}.", "Close every quote.")
            )
            return empty(name)
        return (
            self.parse_rows(name, header, rows)
            if self.header_is_sound(name, header)
            else empty(name)
        )

    def settings(self) -> Settings | None:
        path = self.path / "settings.json"
        if not os.path.lexists(path):
            self.faults.append(
                Fault(
                    "settings.json", 0, "", "", "is missing.", "Give season, region_order, tiers."
                )
            )
            return None
        content = self.content(path.name)
        if content is None:
            return None
        try:
            read = self.json(content.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            self.faults.append(
                Fault("settings.json", 0, "", "", f"is no sound JSON: {error}.", "Mend the file.")
            )
            return None
        return self.checked(read)


class _Workbook(_Reader):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        from python_calamine import CalamineError, CalamineWorkbook

        try:
            book = CalamineWorkbook.from_path(str(path))
            self.sheets = {
                name: _rows_of_sheet(rows)
                for name in book.sheet_names
                if (rows := book.get_sheet_by_name(name).to_python(skip_empty_area=False))
            }
        except CalamineError as error:
            raise InputFaults(
                [Fault(path.name, 0, "", "", f"is no workbook: {error}.", "Save it as .xlsx.")]
            ) from error

    def names(self) -> Sequence[str]:
        return [name for name in self.sheets if name != "settings"]

    def name_of(self, table: str) -> str:
        return table

    def table(self, name: str) -> pl.DataFrame:
        if name not in self.sheets:
            return empty(name)
        header, *rows = self.sheets[name]
        return (
            self.parse_rows(name, header, rows)
            if self.header_is_sound(name, header)
            else empty(name)
        )

    def settings(self) -> Settings | None:
        """The sheet key,value; a value is JSON, or plain text as people type it."""
        if "settings" not in self.sheets:
            self.faults.append(
                Fault("settings.json", 0, "", "", "has no sheet `settings`.", "Add key and value.")
            )
            return None
        header, *rows = self.sheets["settings"]
        if header[:2] != ["key", "value"]:
            said = f"is no column of a sheet that begins with {','.join(header)!r}."
            remedy = "Let the first row be key, value."
            self.faults.append(Fault("settings.json", 1, "key", "", said, remedy))
            return None
        for column in header[2:]:
            self.notes.append(f"settings: the column {column!r} is not known and was ignored.")
        content: dict[str, object] = {}
        for number, (key, text, *more) in enumerate(rows, start=2):
            if key in content:
                self.faults.append(
                    Fault("settings.json", number, key, text, "is given twice.", "Keep one.")
                )
            if len(more) > len(header) - 2:
                said = "is more than the header has columns for."
                self.faults.append(
                    Fault("settings.json", number, key, more[-1], said, "Give one value.")
                )
            if key or text:
                content[key] = self._value(text)
        return self.checked(content)

    def _value(self, text: str) -> object:
        try:
            return self.json(text) if text else None
        except (ValueError, RecursionError):
            return text


def _rows_of_sheet(cells: Iterable[Iterable[object]]) -> list[list[str]]:
    """The rows as text, as wide as the header; wider only where something stands beyond it."""
    header, *rows = [[_cell_text(cell) for cell in row] for row in cells]
    while header and header[-1] == "":
        header.pop()
    for row in rows:
        while len(row) > len(header) and row[-1] == "":
            row.pop()
    return [header, *rows]


def _without_blank_rows(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(~pl.all_horizontal(pl.all().is_null()))


def _cannot_be_read(name: str, error: OSError) -> Fault:
    return Fault(name, 0, "", "", f"cannot be read: {error.strerror}.", "Give a file to read.")


def _cell_text(cell: object) -> str:
    """What a spreadsheet shows: whole numbers without a decimal point."""
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


def _read_quickly(table: str, content: bytes) -> pl.DataFrame | None:
    """The typed table, or None when anything about the file needs a closer look."""
    known = COLUMNS[table]
    header = (
        content[: content.find(b"\n") + 1 or None].decode("utf-8", "replace").strip().split(",")
    )
    if len(set(header)) != len(header) or not set(header) <= set(known):
        return None
    if any(c not in header and (table, c) not in OPTIONAL_COLUMNS for c in known):
        return None
    try:
        frame = pl.read_csv(BytesIO(content), schema={c: known[c] for c in header})
    except pl.exceptions.PolarsError:
        return None
    if any(frame[c].null_count() for c in header if (table, c) not in MAY_BE_EMPTY):
        return None
    # A row that ends too early reads as one whose last cells are empty.
    cells = (frame.height + 1) * (len(header) - 1)
    if frame[header[-1]].null_count() and content.count(b",") != cells:
        return None
    # Read in pieces; put together column by column, so that never two of the table are there.
    return pl.DataFrame([frame.drop_in_place(column).rechunk() for column in header])
