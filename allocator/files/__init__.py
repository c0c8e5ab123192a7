"""Reading and writing the input: a folder of CSV files with settings.json, or one workbook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from allocator.faults import Fault, InputFaults, phrase
from allocator.files.folder import FolderReader
from allocator.files.reader import TableReader, cannot_be_read
from allocator.input_faults import faults_in
from allocator.references import resolve_references
from allocator.tables import TABLE_NAMES, Settings, Tables

__all__ = ["read_tables", "write_tables"]


def read_tables(source: str | Path) -> Tables:
    """Read a folder of CSV files or an .xlsx workbook with the same sheets.

    Raises InputFaults with every fault of every file at once.
    """
    path = Path(source)
    if not (path.is_dir() or path.is_file()):
        said = (
            phrase("files.NO_FOLDER_NO_FILE") if path.exists() else phrase("files.DOES_NOT_EXIST")
        )
        raise InputFaults(
            [Fault(path.name, 0, "", str(path), said, phrase("files.NAME_FOLDER_OR_WORKBOOK"))]
        )
    try:
        reader = FolderReader(path) if path.is_dir() else _sheets_of(path)
        reader.look_for_other_names()
    except OSError as error:
        raise InputFaults([cannot_be_read(path.name, error)]) from error
    frames: dict[str, Any] = {name: reader.table(name) for name in TABLE_NAMES}
    settings = reader.settings()
    faults = reader.faults
    if faults or reader.blank_rows:
        # Say what else is wrong in what could be read, so that nobody mends a file twice.
        stand_in = settings or Settings("SS", {"SS": (), "AW": ()}, ())
        read = Tables(settings=stand_in, **frames)
        more = faults_in(read, resolve_references(read), settings_known=settings is not None)
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


def _sheets_of(path: Path) -> TableReader:
    # Loaded for workbooks only: a small folder is solved in less time.
    from allocator.files.workbook import SheetReader

    return SheetReader(path)


def _without_blank_rows(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(~pl.all_horizontal(pl.all().is_null()))
