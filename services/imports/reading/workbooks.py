"""The sheets of a workbook as texts, with what the workbook says of its cells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from allocator.workbook import Cell, CellKind, is_error_word
from allocator.workbook.parts import UnreadableWorkbook
from allocator.workbook.reader import Row, Workbook
from domain.messages import message_of, msg
from services.imports.reading.sheets import ROW, Reading, Sheet, as_sheet, empty, unread

# What stands for cells without a value where SQL looks; every column refuses them.
NO_RESULT, MERGED = "#FORMULA!", "#MERGED!"
# From here on a number may have lost digits, which no id can do without.
MOST_DIGITS = 15


@dataclass
class SheetsOfWorkbook:
    """An XLSX workbook whose sheets are the tables."""

    book: Workbook
    readings: dict[str, Reading] = field(default_factory=dict)
    reading: Reading = field(default_factory=Reading)
    _kept: dict[str, Sheet] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return self.book.path.name

    @property
    def names(self) -> tuple[str, ...]:
        return self.book.sheet_names

    def label_of(self, name: str) -> str:
        return f"{self.book.path.name}/{name}"

    def sheet(self, name: str) -> Sheet:
        if name not in self._kept:
            self._kept[name] = self._read(name, self.readings.get(name, self.reading))
        return self._kept[name]

    def _read(self, name: str, reading: Reading) -> Sheet:
        label = self.label_of(name)
        try:
            rows = self.book.rows(name)
        except UnreadableWorkbook as error:
            return unread(label, message_of(error.problem), message_of(error.remedy))
        except OSError as error:
            problem = msg("imports.CANNOT_BE_READ", error=error.strerror)
            return unread(label, problem, msg("imports.CHECK_RIGHTS"))
        if not rows:
            return empty(label)
        if rows[0].number != 1:
            problem = msg("imports.NO_HEADINGS", number=rows[0].number)
            return unread(label, problem, msg("imports.HEADINGS_FIRST"))
        headings = [_heading(cell) for cell in rows[0].cells]
        while headings and not headings[-1].strip():
            headings.pop()
        body = [row for row in rows[1:] if not row.is_blank]
        texts = [_texts(row.cells, len(headings), reading) for row in body]
        sheet = as_sheet(label, headings, texts, [row.number for row in body])
        return replace(sheet, known=_known(sheet, body))


def as_written(cell: Cell, reading: Reading) -> str:
    """A cell as a company would write it in a CSV file.

    No sign is ever ambiguous: a number of three decimals gets a fourth, so that no column whose
    own signs are others takes its point for a thousands sign.
    """
    match cell.kind:
        case CellKind.NUMBER if len(cell.text.lstrip("-").partition(".")[0]) > MOST_DIGITS:
            return f"{float(cell.text):.14E}"
        case CellKind.NUMBER:
            return _number(cell.shown or cell.text, reading)
        case CellKind.PER_CENT:
            return f"{_number(cell.text, reading)}%"
        case CellKind.DATE:
            return _day(cell.text, reading.date)
        case CellKind.ERROR:
            return cell.text if is_error_word(cell.text) else "#VALUE!"
        case CellKind.FORMULA:
            return f"{NO_RESULT} {cell.text}"
        case CellKind.MERGED:
            return f"{MERGED} {cell.text}"
        case _:
            return cell.text


def _number(text: str, reading: Reading) -> str:
    whole, point, decimals = text.partition(".")
    if not point or not decimals.isdigit():
        return text
    return whole + (reading.decimal or ".") + (decimals + "0" if len(decimals) == 3 else decimals)


def _day(text: str, formats: Sequence[str]) -> str:
    """A day in the first of the formats that no other reads as another day; else ISO."""
    day = dt.date.fromisoformat(text)
    for pattern in formats:
        written = day.strftime(pattern)
        if {found for other in formats if (found := _parsed(written, other))} == {day}:
            return written
    return text


def _parsed(text: str, pattern: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        return None


def _heading(cell: Cell | None) -> str:
    if cell is None or cell.kind in (CellKind.ERROR, CellKind.FORMULA, CellKind.MERGED):
        return ""
    return cell.shown or cell.text


def _texts(cells: list[Cell | None], width: int, reading: Reading) -> list[str | None]:
    """A row as wide as the headings; wider only where something stands beyond them."""
    texts = [None if cell is None else as_written(cell, reading) for cell in cells]
    while len(texts) > width and (
        not (texts[-1] or "").strip() or cells[len(texts) - 1].kind is CellKind.MERGED  # type: ignore[union-attr] # a text has a cell
    ):
        texts.pop()
    return texts + [None] * (width - len(texts))


def _known(sheet: Sheet, body: list[Row]) -> dict[str, dict[int, Cell]]:
    known: dict[str, dict[int, Cell]] = {}
    if ROW not in sheet.frame.columns:
        return known
    for row in body:
        for heading, cell in zip(sheet.headings, row.cells, strict=False):
            if cell is not None and cell.kind is not CellKind.TEXT:
                known.setdefault(heading, {})[row.number] = cell
    return known
