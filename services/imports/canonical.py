"""Drafts of files that are in the canonical form, their names and headings in either language."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from domain.messages import msg
from services.imports.columns import Table, called, meant, name_like
from services.imports.conversions import Conversion, as_plain_text
from services.imports.deriving import Derived
from services.imports.drafts import Draft
from services.imports.faults import Fault, as_causes
from services.imports.mapping_values import conversion_of
from services.imports.preparing import known_cells
from services.imports.reading import FILE, ROW, Sheet, Source
from services.imports.rules import CompanyMapping
from services.imports.tables import TABLES

# Files that a sentence lists.
MOST_NAMES = 8


def plain(source: Source, mapping: CompanyMapping | None = None) -> Derived:
    """Drafts of a source that is already in the canonical form.

    mapping: how its files are written, where they are not as ours.
    """
    made = Derived()
    files = _files(source, made)
    if not files and not made.faults:
        made.faults.append(_no_tables(source))
    for name, table in TABLES.items():
        if name in files:
            how = Conversion()
            if mapping is not None:
                how = conversion_of(mapping.readings.get(files[name], mapping.reading))
            _read(source.sheet(files[name]), table, how, made)
    return made


def headings_of(sheet: Sheet, table: Table) -> tuple[dict[str, str], list[Fault]]:
    """The heading of each column that a file has, and headings that name one again."""
    found: dict[str, str] = {}
    faults = []
    for heading in sheet.headings:
        column = called(heading, table.columns)
        if column is None:
            continue
        if column.name in found:
            problem = msg("imports.COLUMN_TWICE", other=found[column.name])
            remedy = msg("imports.DELETE_COLUMN")
            faults.append(Fault(sheet.label, 1, heading, None, problem, remedy))
        else:
            found[column.name] = heading
    return found, faults


def draft_of(sheet: Sheet, table: Table, given: dict[str, str]) -> Draft:
    """The rows of a file; given: the heading of each column that it has.

    What it lacks is called in the language of those that it has.
    """
    frame = sheet.frame.select(
        *(pl.col(heading).alias(name) for name, heading in given.items()), FILE, ROW
    )
    like = "".join(given.values())
    headings = {each.name: name_like(like, each) for each in table.columns} | given
    return Draft(table.name, frame, headings, sheet.label, {sheet.label: sheet})


def _files(source: Source, made: Derived) -> dict[str, str]:
    """The file of each table that a source has; what else it has is a fault or not read."""
    files: dict[str, str] = {}
    others = []
    for file in source.names:
        table = called(file, TABLES.values())
        if table is None:
            others.append(file)
        elif table.name in files:
            problem = msg("imports.TABLE_TWICE", other=source.label_of(files[table.name]))
            label = source.label_of(file)
            made.faults.append(Fault(label, None, None, None, problem, msg("imports.JOIN_ROWS")))
        else:
            files[table.name] = file
    for file in others:
        label = source.label_of(file)
        guess = meant(file, [table for table in TABLES.values() if table.name not in files])
        if guess is None:
            made.said.append(msg("imports.FILE_NOT_READ", file=label))
            continue
        remedy = msg("imports.DID_YOU_MEAN", word=name_like(file, guess))
        made.faults.append(Fault(label, None, None, None, msg("imports.NO_TABLE"), remedy))
        made.broken[guess.name] = label
    return files


def _read(sheet: Sheet, table: Table, how: Conversion, made: Derived) -> None:
    made.faults += as_causes(sheet.faults)
    if sheet.faults:
        made.broken[table.name] = sheet.label
    if sheet.frame.is_empty() and sheet.faults:
        return
    given, faults = headings_of(sheet, table)
    made.faults += faults
    _other_headings(sheet, table, given, made)
    draft = draft_of(sheet, table, given)
    cells = {}
    for name, heading in given.items():
        known = known_cells(draft.frame, heading, draft.originals)
        cells[name], refused = as_plain_text(draft.frame[name], table.column(name), how, known)
        made.faults += draft.faults(name, refused)
        if refused and name in table.key:
            made.broken[table.name] = sheet.label
    made.drafts[table.name] = replace(draft, frame=draft.frame.with_columns(**cells))


def _other_headings(sheet: Sheet, table: Table, given: dict[str, str], made: Derived) -> None:
    """Headings of no column: unclear, misspelt, or not read."""
    lacking = [column for column in table.columns if column.name not in given]
    unread = []
    for heading in sheet.headings:
        if called(heading, table.columns) is not None:
            continue
        if any(heading in column.unclear for column in lacking):
            problem, remedy = msg("imports.OFF_OR_LEFT"), msg("imports.NAME_WHAT_IS_OFF")
        elif (guess := meant(heading, lacking)) is not None:
            problem = msg("imports.NO_COLUMN_OF", table=table.label)
            remedy = msg("imports.MEANT_OR_DELETE", word=name_like(heading, guess))
        else:
            unread.append(heading)
            continue
        made.faults.append(Fault(sheet.label, 1, heading, None, problem, remedy))
    if unread:
        made.said.append(msg("imports.COLUMNS_NOT_READ", file=sheet.label, columns=unread))


def _no_tables(source: Source) -> Fault:
    there = ", ".join(source.label_of(name) for name in source.names[:MOST_NAMES])
    more = ", ..." if len(source.names) > MOST_NAMES else ""
    problem = msg("imports.NO_TABLES", there=there, more=more)
    remedy = msg("imports.NAME_THEM", tables=[table.label for table in TABLES.values()])
    return Fault(source.label, None, None, None, problem, remedy)
