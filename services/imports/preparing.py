"""Read and type the sources that a mapping uses; the same for every value of its parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from allocator.workbook import Cell
from domain.limits import MOST_MONEY
from domain.messages import msg
from services.imports.cells import as_values
from services.imports.columns import Column, Kind
from services.imports.conversions import as_plain_text, without_errors
from services.imports.drafts import Draft
from services.imports.faults import Fault, as_causes, did_you_mean
from services.imports.reading import FILE, ROW, Sheet, Source
from services.imports.rules import CompanyMapping, SourceRule
from services.imports.sql import tables_read, words_of
from services.imports.tables import MOST_STOCK

# Decimals of the source keep six places while SQL reckons with them.
PLACES = 6


@dataclass
class Prepared:
    """The typed sources of a mapping; the same for every value of its parameters."""

    frames: dict[str, pl.DataFrame]
    sheets: dict[str, Sheet]
    faults: list[Fault]
    broken: dict[str, str] = field(default_factory=dict)


def prepare(source: Source, mapping: CompanyMapping) -> Prepared:
    """Read and type the sources that a mapping uses, whatever its parameters."""
    prepared = Prepared({}, {}, [])
    rules = dict(mapping.sources)
    for name in _mentioned(mapping, source):
        rules.setdefault(name, SourceRule((name,)))
    queries = _queries(mapping)
    in_sql = set().union(*map(tables_read, queries))
    words = set().union(*map(words_of, queries))
    for name, rule in rules.items():
        frames = []
        before = len(prepared.faults)
        for sheet in _sheets(source, mapping, name, rule, prepared.faults):
            prepared.sheets[sheet.label] = sheet
            prepared.faults += as_causes(sheet.faults)
            if sheet.faults:
                prepared.broken[name] = sheet.label
            if name in in_sql:
                prepared.faults += _without_value(sheet, words - set(rule.columns))
            if sheet.headings and (not sheet.faults or not sheet.frame.is_empty()):
                frames.append(_typed(sheet, rule, prepared.faults))
        if len(prepared.faults) > before:
            prepared.broken.setdefault(name, source.label_of(rule.files[0]))
        if frames:
            prepared.frames[name] = pl.concat(frames, how="diagonal_relaxed")
    return prepared


def known_cells(
    frame: pl.DataFrame, heading: str, sheets: Mapping[str, Sheet]
) -> list[Cell | None]:
    """What workbooks say of the cells of a column, row by row; nothing where all are texts."""
    if not {FILE, ROW} <= set(frame.columns):
        return []
    of_file = {
        label: sheet.known[heading] for label, sheet in sheets.items() if heading in sheet.known
    }
    if not of_file:
        return []
    nothing: dict[int, Cell] = {}
    return [
        of_file.get(file, nothing).get(row) for file, row in frame.select(FILE, ROW).iter_rows()
    ]


def _mentioned(mapping: CompanyMapping, source: Source) -> list[str]:
    """Files that a table names in `from` or that SQL mentions without declaring them."""
    declared = set(mapping.sources) | set(mapping.views)
    named = [
        rule.origin
        for rule in mapping.tables.values()
        if rule.origin is not None and rule.origin not in declared
    ]
    read = set().union(*map(tables_read, _queries(mapping)))
    return named + [name for name in source.names if name in read and name not in declared]


def _queries(mapping: CompanyMapping) -> list[str]:
    """All SQL of a mapping; what `where` says as the query that it becomes."""
    queries = [view.sql for view in mapping.views.values()]
    queries += [rule.among for rule in mapping.parameters.values() if rule.among is not None]
    for rule in mapping.tables.values():
        if rule.sql is not None:
            queries.append(rule.sql)
        elif rule.where is not None:
            queries.append(f'SELECT * FROM "{rule.origin}" WHERE {rule.where}')  # noqa: S608 - only its words are looked at
    return queries + [note.sql for note in mapping.notes if note.sql is not None]


def _without_value(sheet: Sheet, words: set[str]) -> list[Fault]:
    """Cells without a value in columns that SQL names, where it might take them for another."""
    draft = Draft(sheet.label, sheet.frame, {}, sheet.label, {sheet.label: sheet})
    faults: list[Fault] = []
    for heading in sheet.headings:
        if heading in words and heading in sheet.frame.columns:
            faults += draft.faults(heading, without_errors(sheet.frame[heading])[1])
    return faults


def _sheets(
    source: Source, mapping: CompanyMapping, name: str, rule: SourceRule, faults: list[Fault]
) -> Iterator[Sheet]:
    for file in rule.files:
        if file in source.names:
            yield source.sheet(file)
        else:
            guess = did_you_mean(file, source.names) or msg("imports.THERE_ARE", names=source.names)
            problem = msg("imports.SOURCE_MISSING", label=mapping.label, name=name)
            faults.append(Fault(source.label_of(file), None, None, None, problem, guess))


def _typed(sheet: Sheet, rule: SourceRule, faults: list[Fault]) -> pl.DataFrame:
    """The sheet with the typed columns of the mapping; the rest stays text."""
    draft = Draft(sheet.label, sheet.frame, {}, sheet.label, {sheet.label: sheet})
    typed = []
    for heading, column in rule.columns.items():
        if heading not in sheet.headings:
            faults.append(missing_heading(sheet.label, heading, sheet.headings))
            continue
        wide = _wide(heading, column.kind)
        known = known_cells(sheet.frame, heading, {sheet.label: sheet})
        plain_text, refused = as_plain_text(sheet.frame[heading], wide, column.how, known)
        values, more = as_values(plain_text, wide)
        typed.append(values.alias(heading))
        faults += draft.faults(heading, refused + more)
    return sheet.frame.with_columns(typed)


def _wide(heading: str, kind: Kind) -> Column:
    """Limits of a source column that no canonical table knows."""
    most = MOST_STOCK if kind is Kind.INTEGER else MOST_MONEY
    if kind in (Kind.INTEGER, Kind.DECIMAL):
        return Column(heading, kind=kind, least=-most, most=most, places=PLACES)
    return Column(heading, kind=kind, longest=10_000)


def missing_heading(label: str, heading: str, headings: tuple[str, ...]) -> Fault:
    """A column that the mapping names and the file lacks."""
    guess = did_you_mean(heading, headings) or msg("imports.FILE_HAS", headings=headings)
    return Fault(label, 1, heading, None, msg("imports.NOT_IN_FILE"), guess)
