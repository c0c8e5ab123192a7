"""A folder of CSV files with settings.json."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from io import BytesIO, StringIO

import polars as pl

from allocator.faults import Fault, phrase
from allocator.files.reader import TableReader, cannot_be_read
from allocator.tables import COLUMNS, MAY_BE_EMPTY, OPTIONAL_COLUMNS, Settings, empty
from allocator.workbook import SHORTENED, no_code


class FolderReader(TableReader):
    """A folder of CSV files, and settings.json."""

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
                said = phrase("files.NO_ORDINARY_FILE")
                self.faults.append(Fault(name, 0, "", "", said, phrase("files.GIVE_A_FILE")))
                return None
            return path.read_bytes()
        except OSError as error:
            self.faults.append(cannot_be_read(name, error))
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
                Fault(
                    path.name,
                    row,
                    "",
                    value,
                    phrase("files.NOT_UTF8"),
                    phrase("files.SAVE_AS_UTF8"),
                )
            )
            return empty(name)
        try:
            header, *rows = list(csv.reader(StringIO(text), strict=True)) or [[]]
        except csv.Error as error:
            self.faults.append(
                Fault(
                    path.name,
                    0,
                    "",
                    "",
                    phrase("files.NO_CSV", error=error),
                    phrase("files.CLOSE_QUOTES"),
                )
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
                    "settings.json",
                    0,
                    "",
                    "",
                    phrase("files.IS_MISSING"),
                    phrase("files.GIVE_SETTINGS"),
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
                Fault(
                    "settings.json",
                    0,
                    "",
                    "",
                    phrase("files.NO_JSON", error=error),
                    phrase("files.MEND_FILE"),
                )
            )
            return None
        return self.checked(read)


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
    if _has_wrecks(frame, content):
        return None
    # A row that ends too early reads as one whose last cells are empty.
    cells = (frame.height + 1) * (len(header) - 1)
    if frame[header[-1]].null_count() and content.count(b",") != cells:
        return None
    # Read in pieces; put together column by column, so that never two of the table are there.
    return pl.DataFrame([frame.drop_in_place(column).rechunk() for column in header])


def _has_wrecks(frame: pl.DataFrame, content: bytes) -> bool:
    """Whether ids are what a spreadsheet has shortened, or could not compute (`no_code`)."""
    # Their marks are seldom in a file at all; one sign is found ten times as fast as two.
    marks = [mark for mark, sign in ((SHORTENED, b"+"), ("^#", b"#")) if sign in content]
    return any(
        no_code(text) is not None
        for column in (frame.select(pl.col(pl.String)).iter_columns() if marks else ())
        for mark in marks
        for text in column.filter(column.str.contains(mark).fill_null(False)).unique()
    )
