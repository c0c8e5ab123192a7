"""Workbooks for tests: cells with number formats, and what xlsxwriter itself does not write."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xlsxwriter


class Formula(str):
    """A formula that nobody has computed: `=` and its text."""


class Shown(tuple[Any, str]):
    """A value with the number format of its cell."""

    def __new__(cls, value: object, number_format: str) -> Shown:
        return super().__new__(cls, (value, number_format))


def write_sheets(
    path: Path, sheets: Mapping[str, list[list[object]]], merged: Mapping[str, str] | None = None
) -> Path:
    """A workbook of these rows; `merged` has a range to merge for some sheets."""
    book = xlsxwriter.Workbook(str(path))
    formats: dict[str, object] = {}
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for row, values in enumerate(rows):
            for column, value in enumerate(values):
                shown = None
                if isinstance(value, Shown):
                    value, code = value
                    shown = formats.setdefault(code, book.add_format({"num_format": code}))
                if isinstance(value, Formula):
                    sheet.write_formula(row, column, value)
                elif isinstance(value, str):
                    sheet.write_string(row, column, value)
                elif value is not None:
                    sheet.write(row, column, value, shown)
        for cells in [merged[name]] if merged and name in merged else []:
            first = rows[int(cells.split(":")[0][1:]) - 1][ord(cells[0]) - ord("A")]
            sheet.merge_range(cells, first)
    book.close()
    return path


def edit(path: Path, part: str, old: str, new: str) -> Path:
    """The workbook with a piece of one part's XML replaced."""
    with zipfile.ZipFile(path) as book:
        parts = {info.filename: book.read(info) for info in book.infolist()}
    assert old.encode() in parts[part], f"{old!r} is not in {part}"
    parts[part] = parts[part].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, data in parts.items():
            book.writestr(name, data)
    return path
