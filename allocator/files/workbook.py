"""A workbook whose sheets are the tables, with a sheet of settings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from allocator.faults import Fault, InputFaults, phrase
from allocator.files.reader import TableReader
from allocator.tables import COLUMNS, Settings, empty
from allocator.workbook import Cell, CellKind, Refused, code_of, refusal, text_of
from allocator.workbook.parts import UnreadableWorkbook
from allocator.workbook.reader import Row, Workbook

# Whole numbers that a spreadsheet may hold as yes or no.
FLAGS = ("blocked", "ship_complete", "reserve")


class SheetReader(TableReader):
    """A workbook with the sheets of the tables, and a sheet of settings."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        try:
            book = Workbook(path)
            self.sheets = {
                name: self._rows_of_sheet(name, rows)
                for name in book.sheet_names
                if (rows := book.rows(name))
            }
        except UnreadableWorkbook as error:
            raise InputFaults([Fault(path.name, 0, "", "", error.problem, error.remedy)]) from error

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
                Fault(
                    "settings.json",
                    0,
                    "",
                    "",
                    phrase("files.NO_SETTINGS_SHEET"),
                    phrase("files.ADD_KEY_AND_VALUE"),
                )
            )
            return None
        header, *rows = self.sheets["settings"]
        if header[:2] != ["key", "value"]:
            said = phrase("files.NO_KEY_COLUMN", header=",".join(header))
            remedy = phrase("files.FIRST_ROW_KEY_VALUE")
            self.faults.append(Fault("settings.json", 1, "key", "", said, remedy))
            return None
        for column in header[2:]:
            self.notes.append(phrase("files.COLUMN_IGNORED", file="settings", column=column))
        content: dict[str, object] = {}
        for number, (key, text, *more) in enumerate(rows, start=2):
            if key in content:
                self.faults.append(
                    Fault(
                        "settings.json",
                        number,
                        key,
                        text,
                        phrase("files.GIVEN_TWICE"),
                        phrase("files.KEEP_ONE"),
                    )
                )
            if len(more) > len(header) - 2:
                said = phrase("files.MORE_THAN_HEADER")
                self.faults.append(
                    Fault(
                        "settings.json", number, key, more[-1], said, phrase("files.GIVE_ONE_VALUE")
                    )
                )
            if key or text:
                content[key] = self._value(text)
        return self.checked(content)

    def _rows_of_sheet(self, name: str, rows: list[Row]) -> list[list[str]]:
        """The rows as text, as wide as the header; wider only where something stands beyond it."""
        header = [cell.text if cell is not None else "" for cell in rows[0].cells]
        if rows[0].number != 1:
            header = []
        while header and header[-1] == "":
            header.pop()
        blank = [""] * len(header)
        found = [header]
        for row in rows if rows[0].number != 1 else rows[1:]:
            found += [blank] * (row.number - len(found) - 1)
            found.append(blank if row.is_blank else self._texts(name, header, row))
        return found

    def _texts(self, name: str, header: list[str], row: Row) -> list[str]:
        """The cells of a row as text; a fault for each that is not what its column takes."""
        texts: list[str] = []
        for place, cell in enumerate(row.cells):
            column = header[place] if place < len(header) else ""
            if cell is None or (cell.kind is CellKind.MERGED and place >= len(header)):
                texts.append("")
                continue
            text, refused = self._text(name, column, cell)
            if refused is not None:
                file = "settings.json" if name == "settings" else self.file_name(name)
                self.faults.append(Fault(file, row.number, column, cell.text, *refused))
                self.refused.add((file, row.number, column))
            texts.append(text)
        while len(texts) > len(header) and texts[-1] == "":
            texts.pop()
        return texts + [""] * (len(header) - len(texts))

    def _text(self, name: str, column: str, cell: Cell) -> tuple[str, Refused | None]:
        if name not in COLUMNS or column not in COLUMNS[name]:
            # Settings are read by what they say; columns that are not known are not read at all.
            return text_of(cell) if name == "settings" else (cell.text, None)
        if COLUMNS[name][column] is pl.String:
            return code_of(cell)
        kinds = (CellKind.TEXT, CellKind.NUMBER, *([CellKind.FLAG] if column in FLAGS else []))
        if cell.kind in kinds:
            return cell.text, None
        return "", refusal(cell.kind, phrase("files.A_WHOLE_NUMBER"))

    def _value(self, text: str) -> object:
        try:
            return self.json(text) if text else None
        except (ValueError, RecursionError):
            return text
