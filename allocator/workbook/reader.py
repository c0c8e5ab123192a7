"""Read the cells of a workbook out of its XML, in one pass and within limits."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from allocator.faults import phrase
from allocator.workbook.cells import Cell, CellKind
from allocator.workbook.formats import GENERAL, NumberFormat
from allocator.workbook.parts import (
    UnreadableWorkbook,
    formats,
    index_of,
    relations,
    strings,
    walk,
)
from allocator.workbook.values import iso_cell, number_cell, unescaped

# Far more than a spreadsheet program opens; a file beyond them is a bomb, or wants to be CSV.
MOST_BYTES = 1 << 29
MOST_CELLS = 10_000_000
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384


class Row(NamedTuple):
    """A row of a sheet by its number; None where a cell is empty. Blank rows are left out."""

    number: int
    cells: list[Cell | None]

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in the row but what merged cells of others cover."""
        return all(cell is None or cell.kind is CellKind.MERGED for cell in self.cells)


@dataclass
class Workbook:
    """An .xlsx file, opened. Raises UnreadableWorkbook, also when a sheet is read; OSError."""

    path: Path
    _sheets: dict[str, str] = field(default_factory=dict)
    _formats: list[NumberFormat] = field(default_factory=list)
    _strings: list[Cell | None] = field(default_factory=list)
    _from_1904: bool = False
    # The program that wrote the file left its formulas to the one that opens it.
    _computed_when_opened: bool = False

    def __post_init__(self) -> None:
        with self._parts() as parts:
            root = relations(parts, "_rels/.rels", "")
            book = next((to for kind, to in root.values() if kind == "officeDocument"), "")
            if book not in parts.namelist() or not book.endswith(".xml"):
                raise UnreadableWorkbook(phrase("files.NO_XLSX"))
            folder, name = posixpath.split(book)
            related = relations(parts, f"{folder}/_rels/{name}.rels", folder)
            self._read_book(parts, book, related)
            for kind, target in related.values():
                if kind == "styles":
                    self._formats = formats(parts, target)
                elif kind == "sharedStrings":
                    self._strings = strings(parts, target, MOST_CELLS)

    @property
    def sheet_names(self) -> tuple[str, ...]:
        return tuple(self._sheets)

    def rows(self, name: str) -> list[Row]:
        """The rows of a sheet in which something stands, in their order."""
        sheet = _Sheet(self._cell)
        with self._parts() as parts:
            walk(parts, self._sheets[name], sheet.begin, sheet.end)
        return sheet.finished()

    @contextmanager
    def _parts(self) -> Iterator[zipfile.ZipFile]:
        try:
            with zipfile.ZipFile(self.path) as parts:
                if sum(part.file_size for part in parts.infolist()) > MOST_BYTES:
                    raise UnreadableWorkbook(
                        phrase("files.UNPACKS", most=MOST_BYTES >> 20),
                        phrase("files.SHEETS_AS_CSV"),
                    )
                yield parts
        except zipfile.BadZipFile as error:
            raise self._no_zip() from error
        except (
            expat.ExpatError, zlib.error, EOFError, RuntimeError, KeyError, ValueError,
            IndexError, OverflowError,
        ) as error:  # fmt: skip
            # A file is outside our hands: whatever it breaks, it is reported as a broken file.
            raise UnreadableWorkbook(phrase("files.DAMAGED", error=error)) from error

    def _no_zip(self) -> UnreadableWorkbook:
        with self.path.open("rb") as file:
            begins = file.read(8)
        if begins == bytes.fromhex("D0CF11E0A1B11AE1"):
            return UnreadableWorkbook(
                phrase("files.PASSWORD"),
                phrase("files.WITHOUT_PASSWORD"),
            )
        return UnreadableWorkbook(phrase("files.NOT_READABLE"))

    def _read_book(
        self, parts: zipfile.ZipFile, book: str, relations: Mapping[str, tuple[str, str]]
    ) -> None:
        def begin(name: str, attributes: dict[str, str]) -> None:
            if name == "workbookPr":
                self._from_1904 = attributes.get("date1904") in ("1", "true")
            elif name == "calcPr":
                self._computed_when_opened = attributes.get("fullCalcOnLoad") in ("1", "true")
            elif name == "sheet":
                ids = [value for key, value in attributes.items() if key.endswith(" id")]
                kind, target = relations[ids[0]]
                if kind == "worksheet":
                    self._sheets[attributes["name"]] = target

        walk(parts, book, begin)

    def _cell(
        self, kind: str, style: int, value: str | None, formula: str | None, inline: str | None
    ) -> Cell | None:
        """The cell of a `c` element: its type and style, and the texts of `v`, `f` and `is`."""
        if formula is not None and self._is_not_computed(kind, value):
            return Cell(CellKind.FORMULA, f"={formula}")
        if kind == "s":
            return None if value is None else self._strings[index_of(value)]
        text = inline if kind == "inlineStr" else value
        if not text:
            return None
        if kind in ("str", "inlineStr"):
            return Cell(CellKind.TEXT, unescaped(text))
        if kind == "b":
            return Cell(CellKind.FLAG, "1" if text.strip() in ("1", "true") else "0")
        if kind == "e":
            return Cell(CellKind.ERROR, text)
        if kind == "d":
            return iso_cell(text)
        if kind != "n":
            raise ValueError(f"a cell is of type {kind!r}, which does not exist")
        form = self._formats[style] if self._formats else GENERAL
        return number_cell(text, form, from_1904=self._from_1904)

    def _is_not_computed(self, kind: str, value: str | None) -> bool:
        if not value:
            # A formula whose result is a text without letters says so by its type.
            return kind != "str" or value is None
        return self._computed_when_opened and kind == "n" and value.strip("0.") == ""


_Make = Callable[[str, int, str | None, str | None, str | None], Cell | None]


class _Sheet:
    """Takes the elements of a sheet as they come, and keeps its cells."""

    def __init__(self, make: _Make) -> None:
        self.make = make
        self.rows: list[Row] = []
        self.merged: list[str] = []
        self.count = 0
        self.row: Row = Row(0, [])
        self.column = 0
        self.style, self.kind = 0, "n"
        self.texts: dict[str, str | None] = {}
        self.columns: dict[str, int] = {}
        self.phonetic = False

    def column_of(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        column = self.columns.get(letters)
        if column is None or letters == reference:
            column = self.columns[letters] = _place(reference)[1]
        return column

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            where = attributes.get("r")
            self.column = self.column + 1 if where is None else self.column_of(where)
            self.style = index_of(attributes.get("s", "0"))
            self.kind = attributes.get("t", "n")
            self.texts = {}
        elif name == "row":
            number = index_of(attributes["r"]) if "r" in attributes else self.row.number + 1
            if not self.row.number < number <= MOST_ROWS:
                raise ValueError(f"row {number} stands after row {self.row.number}")
            self.row, self.column = Row(number, []), 0
        elif name == "rPh":
            self.phonetic = True
        elif name == "mergeCell":
            self.merged.append(attributes["ref"])

    def end(self, name: str, text: str) -> None:
        if name in ("v", "f"):
            self.texts[name] = text
        elif name == "t" and not self.phonetic:
            self.texts["t"] = (self.texts.get("t") or "") + text
        elif name == "rPh":
            self.phonetic = False
        elif name == "c":
            texts = self.texts
            cell = self.make(self.kind, self.style, texts.get("v"), texts.get("f"), texts.get("t"))
            if cell is not None:
                self.put(self.row, self.column, cell)
        elif name == "row" and self.row.cells:
            self.rows.append(self.row)

    def put(self, row: Row, column: int, cell: Cell) -> None:
        cells = row.cells
        if not 1 <= column <= MOST_COLUMNS:
            raise ValueError(f"a cell stands in column {column}")
        added = max(column - len(cells), 0)
        cells.extend([None] * added)
        cells[column - 1] = cell
        # What is written over counts as well, since merged cells may lie over one another.
        self.count += added or 1
        if self.count > MOST_CELLS:
            raise UnreadableWorkbook(
                phrase("files.MOST_CELLS", most=MOST_CELLS), phrase("files.SAVE_AS_CSV")
            )

    def finished(self) -> list[Row]:
        for reference in self.merged:
            self.merge(*_range(reference))
        return self.rows

    def merge(self, top: int, left: int, bottom: int, right: int) -> None:
        """Mark the cells that a merged one covers: they only look as if they were empty.

        A row in which nothing else stands stays blank.
        """
        at = bisect_left(self.rows, top, key=lambda row: row.number)
        if at == len(self.rows) or self.rows[at].number != top or len(self.rows[at].cells) < left:
            return
        first = self.rows[at].cells[left - 1]
        if first is None:
            return
        cell = Cell(CellKind.MERGED, first.text)
        for row in self.rows[at : bisect_right(self.rows, bottom, key=lambda row: row.number)]:
            for column in range(left, min(right, MOST_COLUMNS) + 1):
                if (row.number, column) != (top, left):
                    self.put(row, column, cell)


_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")


def _place(reference: str) -> tuple[int, int]:
    """Row and column of a reference such as AB12."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise ValueError(f"{reference[:20]!r} is no cell")
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]), column


def _range(reference: str) -> tuple[int, int, int, int]:
    first, _, last = reference.partition(":")
    top, left = _place(first)
    bottom, right = _place(last or first)
    return top, left, bottom, right
