"""Reading and writing the input: a folder of CSV files with settings.json, or one workbook."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import polars as pl

from allocator.faults import Fault, InputFaults
from allocator.keys import resolve
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


def read_tables(source: str | Path) -> Tables:
    """Read a folder of CSV files or an .xlsx workbook with the same sheets.

    Raises InputFaults with every fault of every file at once.
    """
    path = Path(source)
    if not path.exists():
        raise InputFaults(
            [Fault(path.name, 0, "", str(path), "does not exist.", "Name a folder or a workbook.")]
        )
    reader = _Folder(path) if path.is_dir() else _Workbook(path)
    frames: dict[str, Any] = {name: reader.table(name) for name in TABLE_NAMES}
    settings = reader.settings()
    faults = reader.faults
    if faults:
        # Say what else is wrong in what could be read, so that nobody mends a file twice.
        stand_in = settings or Settings("SS", {"SS": (), "AW": ()}, ())
        _, more = resolve(Tables(settings=stand_in, **frames), settings_known=settings is not None)
        broken = {(fault.file, fault.row) for fault in faults}
        unread = {fault.file.removesuffix(".csv") for fault in faults}
        # An id may be unknown only because its own row could not be read.
        more = [
            fault
            for fault in more
            if (fault.file, fault.row) not in broken and fault.refers_to not in unread
        ]
        raise InputFaults([*faults, *more])
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


class _Reader:
    """What folder and workbook have in common: rows of text become a typed table, or faults."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults: list[Fault] = []
        self.notes: list[str] = []

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
        """Cell by cell, with a fault for each cell that cannot be read; such rows are left out
        of what is checked further, but keep their place so that row numbers stay right."""
        file, known = self.file_name(table), COLUMNS[table]
        places = {column: header.index(column) for column in known if column in header}
        columns: dict[str, list[str | int | None]] = {column: [] for column in known}
        for number, row in enumerate(rows, start=2):
            blank = not any(row)
            if not blank and len(row) != len(header):
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
        frame = pl.DataFrame(columns, schema=known)
        if self.faults:
            return frame
        return frame.filter(~pl.all_horizontal(pl.all().is_null()))

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
    def table(self, name: str) -> pl.DataFrame:
        """One CSV file. Read at full speed; cell by cell only where that finds something amiss."""
        path = self.path / f"{name}.csv"
        if not path.exists():
            return empty(name)
        content = path.read_bytes()
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
        if not path.exists():
            self.faults.append(
                Fault(
                    "settings.json", 0, "", "", "is missing.", "Give season, region_order, tiers."
                )
            )
            return None
        try:
            content = json.loads(path.read_text(encoding="utf-8-sig"))
        except (ValueError, RecursionError) as error:
            self.faults.append(
                Fault("settings.json", 0, "", "", f"is no sound JSON: {error}.", "Mend the file.")
            )
            return None
        settings, faults = check_settings(content)
        self.faults += faults
        return settings


class _Workbook(_Reader):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        from python_calamine import CalamineError, CalamineWorkbook

        try:
            book = CalamineWorkbook.from_path(str(path))
            self.sheets = {
                name: [[_cell_text(cell) for cell in row] for row in rows]
                for name in book.sheet_names
                if (rows := book.get_sheet_by_name(name).to_python(skip_empty_area=False))
            }
        except CalamineError as error:
            raise InputFaults(
                [Fault(path.name, 0, "", "", f"is no workbook: {error}.", "Save it as .xlsx.")]
            ) from error

    def table(self, name: str) -> pl.DataFrame:
        if name not in self.sheets:
            return empty(name)
        header, *rows = self.sheets[name]
        while header and header[-1] == "":
            header.pop()
        rows = [row[: len(header)] for row in rows]
        return (
            self.parse_rows(name, header, rows)
            if self.header_is_sound(name, header)
            else empty(name)
        )

    def settings(self) -> Settings | None:
        """The sheet key,value; a value is JSON, or plain text as people type it."""
        rows = self.sheets.get("settings")
        if rows is None:
            self.faults.append(
                Fault("settings.json", 0, "", "", "has no sheet `settings`.", "Add key and value.")
            )
            return None
        content: dict[str, object] = {}
        for key, value, *_ in ([*row, "", ""] for row in rows[1:] if any(row)):
            try:
                content[key] = json.loads(value) if value else None
            except ValueError:
                content[key] = value
        settings, faults = check_settings(content)
        self.faults += faults
        return settings


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
    # Read in pieces; put together column by column, so that never two of the table are there.
    return pl.DataFrame([frame.drop_in_place(column).rechunk() for column in header])
