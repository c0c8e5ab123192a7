"""CSV files: encoding, separators, quotes."""

from __future__ import annotations

import codecs
import csv
import io

import polars as pl

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
        return unread(label, "is a workbook and no CSV file.", "Save its sheet as CSV.")
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if marked is not None and not reading.encoding.startswith(marked):
        problem = f"begins as {marked.upper()} files do, and is read as {reading.encoding.upper()}."
        return _not_decoded(label, 1, None, problem, marked)
    try:
        text = data.decode(reading.encoding).removeprefix(_MARK)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = (
            f"is not {reading.encoding.upper()}: byte {error.start + 1} of the file cannot be read."
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
                f"is not well-formed CSV: {error}.",
                "Check the quotation marks of this line; a quote inside a cell is doubled.",
            )
        )
    if not rows:
        return Sheet(label, (), pl.DataFrame(), tuple(faults)) if faults else empty(label)
    return as_sheet(label, rows[0], rows[1:], numbers[1:], faults, reading)


def _not_decoded(label: str, line: int, value: str | None, problem: str, guess: str) -> Sheet:
    """A file in another encoding, and what it probably is."""
    remedy = (
        f'Save it as UTF-8, or name its encoding in a mapping file: encoding = "{guess}", for '
        "instance, under [reading], or under its own [sources]."
    )
    return Sheet(label, (), pl.DataFrame(), (Fault(label, line, None, value, problem, remedy),))
