"""What a person imports: a folder of CSV files, or a workbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from allocator.workbook.parts import UnreadableWorkbook
from allocator.workbook.reader import Workbook
from domain.messages import message_of, msg
from services.imports.faults import Fault
from services.imports.reading.csv_files import read_csv
from services.imports.reading.sheets import Reading, Sheet, unread
from services.imports.reading.workbooks import SheetsOfWorkbook


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
    """A folder whose files `NAME.csv` are the sheets; readings: of files with one of their own."""

    path: Path
    readings: Mapping[str, Reading] = field(default_factory=dict)
    reading: Reading = field(default_factory=Reading)
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
            label, reading = self.label_of(name), self.readings.get(name, self.reading)
            try:
                self._kept[name] = read_csv(self._files[name].read_bytes(), label, reading)
            except OSError as error:
                problem = msg("imports.CANNOT_BE_READ", error=error.strerror)
                self._kept[name] = unread(label, problem, msg("imports.CHECK_RIGHTS"))
        return self._kept[name]


def open_source(
    path: Path, reading: Reading | None = None, readings: Mapping[str, Reading] | None = None
) -> tuple[Source | None, list[Fault]]:
    """A source to read sheets from; or None and why not.

    reading: how its files are written; readings: how those are that differ, by their names.
    """
    usual, differing = reading or Reading(), dict(readings or {})
    if path.is_dir():
        source = FolderOfCsv(path, differing, usual)
        if source.names:
            return source, []
        problem = msg("imports.FOLDER_WITHOUT_CSV")
        remedy = msg("imports.GIVE_FOLDER")
    elif not path.exists():
        problem, remedy = msg("imports.DOES_NOT_EXIST"), msg("imports.CHECK_PATH")
    elif path.suffix.lower() != ".xlsx":
        problem = msg("imports.NEITHER_FOLDER_NOR_WORKBOOK")
        remedy = msg("imports.GIVE_FOLDER_OR_WORKBOOK")
    else:
        try:
            return SheetsOfWorkbook(Workbook(path), differing, usual), []
        except UnreadableWorkbook as error:
            problem, remedy = message_of(error.problem), message_of(error.remedy)
        except OSError as error:
            problem = msg("imports.CANNOT_BE_READ", error=error.strerror)
            remedy = msg("imports.CHECK_RIGHTS")
    return None, [Fault(path.name, None, None, None, problem, remedy)]
