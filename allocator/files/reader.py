"""What folder and workbook have in common: rows of text become typed tables, or faults."""

from __future__ import annotations

import difflib
import json
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from allocator.faults import Fault, Phrase, phrase
from allocator.settings_file import check_settings
from allocator.tables import COLUMNS, MAY_BE_EMPTY, OPTIONAL_COLUMNS, TABLE_NAMES, Settings
from allocator.workbook import no_code

INT64_MAX = 2**63 - 1
INT64_DIGITS = len(str(INT64_MAX))
WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")
# Names of files and sheets that are this much alike are meant to be the same.
ALIKE = 0.8


class TableReader(ABC):
    """What folder and workbook have in common: rows of text become a typed table, or faults."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults: list[Fault] = []
        self.notes: list[Phrase] = []
        # They keep their place until all faults are reported, so that row numbers are the file's.
        self.blank_rows: set[tuple[str, int]] = set()
        # Cells that are no text, and of which a fault is reported already.
        self.refused: set[tuple[str, int, str]] = set()
        # Tables that are not there, but seem to be under another name.
        self.misnamed: set[str] = set()

    @abstractmethod
    def names(self) -> Sequence[str]:
        """The files, or sheets, that may hold tables."""

    @abstractmethod
    def name_of(self, table: str) -> str:
        """What the file or sheet of a table is called."""

    @abstractmethod
    def table(self, name: str) -> pl.DataFrame:
        """A table, typed; empty where it is not there or has faults."""

    @abstractmethod
    def settings(self) -> Settings | None:
        """What holds for the whole run; None with a fault where it cannot be read."""

    def look_for_other_names(self) -> None:
        """A table under nearly its name is a fault, since it would count as empty; anything else
        is reported, and not read."""
        names = self.names()
        missing = [table for table in TABLE_NAMES if self.name_of(table) not in names]
        for name in sorted(set(names) - {self.name_of(table) for table in TABLE_NAMES}):
            alike = difflib.get_close_matches(Path(name).stem.casefold(), missing, 1, ALIKE)
            if not alike:
                self.notes.append(phrase("files.NOT_READ", name=name))
            for table in alike:
                remedy = phrase("files.NAME_IT", name=self.name_of(table))
                self.faults.append(Fault(name, 0, "", "", phrase("files.NO_TABLE_NAME"), remedy))
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
                    Fault(
                        file,
                        1,
                        column,
                        "",
                        phrase("files.COLUMN_MISSING"),
                        phrase("files.ADD_COLUMN"),
                    )
                )
        for column in sorted({c for c in header if header.count(c) > 1 and c in known}):
            self.faults.append(
                Fault(
                    file, 1, column, column, phrase("files.TWO_COLUMNS"), phrase("files.REMOVE_ONE")
                )
            )
        for column in header:
            if column not in known:
                self.notes.append(phrase("files.COLUMN_IGNORED", file=file, column=column))
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
                        phrase("files.CELLS", cells=len(row), width=len(header)),
                        phrase("files.ONE_CELL_EACH"),
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
                    Fault(
                        "settings.json",
                        0,
                        name,
                        "",
                        phrase("files.GIVEN_TWICE"),
                        phrase("files.KEEP_ONE"),
                    )
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
        if (file, number, column) in self.refused:
            return None
        if text == "":
            if (table, column) not in MAY_BE_EMPTY:
                self.faults.append(
                    Fault(
                        file,
                        number,
                        column,
                        "",
                        phrase("files.EMPTY_CELL"),
                        phrase("files.FILL_IT_IN"),
                    )
                )
            return None
        if kind is pl.String:
            if (wrong := no_code(text)) is not None:
                self.faults.append(Fault(file, number, column, text, *wrong))
                return None
            return text
        if not WHOLE_NUMBER.fullmatch(text.strip()):
            self.faults.append(
                Fault(
                    file,
                    number,
                    column,
                    text,
                    phrase("files.NO_WHOLE_NUMBER"),
                    phrase("files.DIGITS_ONLY"),
                )
            )
            return None
        # Counted first: Python itself refuses to read numbers of thousands of digits.
        digits = text.strip().lstrip("+-0")
        if len(digits) > INT64_DIGITS or int(digits or "0") > INT64_MAX:
            self.faults.append(
                Fault(
                    file,
                    number,
                    column,
                    text,
                    phrase("files.IS_TOO_LARGE"),
                    phrase("files.STAY_BELOW"),
                )
            )
            return None
        value = int(digits or "0")
        return -value if text.strip().startswith("-") else value


def cannot_be_read(name: str, error: OSError) -> Fault:
    """A file that the system does not let us read."""
    return Fault(
        name,
        0,
        "",
        "",
        phrase("files.CANNOT_BE_READ", error=error.strerror),
        phrase("files.GIVE_A_FILE"),
    )
