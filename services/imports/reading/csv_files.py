"""CSV files: encoding, separators, quotes."""

from __future__ import annotations

import codecs
import csv
import io

import polars as pl

from domain.messages import Message, msg
from services.imports.faults import Fault
from services.imports.reading.sheets import Reading, Sheet, as_sheet, empty, unread

# What files begin with in these encodings, whatever the mapping says.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MARK = "\ufeff"
# What workbooks begin with, of today and of old.
_WORKBOOKS = (b"PK\x03\x04", bytes.fromhex("D0CF11E0A1B11AE1"))


def read_csv(data: bytes, label: str, reading: Reading) -> Sheet:
    """The rows of one CSV file; every row that cannot be read is a fault, the rest is kept."""
    if not data.strip():
        return empty(label)
    if data.startswith(_WORKBOOKS):
        return unread(label, msg("imports.WORKBOOK_NO_CSV"), msg("imports.SAVE_SHEET_AS_CSV"))
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if marked is not None and not reading.encoding.startswith(marked):
        problem = msg("imports.MARKED_AS", marked=marked.upper(), read=reading.encoding.upper())
        return _not_decoded(label, 1, None, problem, marked)
    try:
        text = data.decode(reading.encoding).removeprefix(_MARK)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = msg(
            "imports.NOT_DECODED", encoding=reading.encoding.upper(), byte=error.start + 1
        )
        return _not_decoded(label, line, f"0x{data[error.start]:02X}", problem, "gb18030")
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
                msg("imports.NO_CSV", error=error),
                msg("imports.CHECK_QUOTES"),
            )
        )
    if not rows:
        return Sheet(label, (), pl.DataFrame(), tuple(faults)) if faults else empty(label)
    return as_sheet(label, rows[0], rows[1:], numbers[1:], faults, reading)


def _not_decoded(label: str, line: int, value: str | None, problem: Message, guess: str) -> Sheet:
    """A file in another encoding, and what it probably is."""
    remedy = msg("imports.SAVE_AS_UTF8_OR_NAME", guess=guess)
    return Sheet(label, (), pl.DataFrame(), (Fault(label, line, None, value, problem, remedy),))
