"""Apply a mapping: the company's sheets in, drafts of the canonical tables out.

Sources are typed where the mapping says so, helper views are made by SQL, then each canonical
table is renamed, converted or queried out of them. Every derived figure has its sentence.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

import polars as pl
from polars.exceptions import PolarsError

from domain.messages import Message, msg
from services.imports.conversions import as_plain_text
from services.imports.drafts import Draft
from services.imports.faults import Fault, did_you_mean
from services.imports.preparing import Prepared, known_cells, missing_heading
from services.imports.reading import FILE, ROW
from services.imports.rules import (
    PLACEHOLDER,
    ColumnRule,
    CompanyMapping,
    Parameter,
    TableRule,
)
from services.imports.sql import tables_read
from services.imports.tables import TABLES


@dataclass
class Derived:
    """What a mapping made of a source.

    broken: tables of which rows could not be read, with the file that has them.
    """

    drafts: dict[str, Draft] = field(default_factory=dict)
    said: list[Message] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)


def apply(
    prepared: Prepared, mapping: CompanyMapping, parameters: Mapping[str, Parameter]
) -> Derived:
    """The canonical drafts for these values of the mapping's parameters."""
    made = Derived(faults=list(prepared.faults))
    made.broken.update(_broken(prepared, mapping))
    frames = dict(prepared.frames)
    # A source that could not be read would drag in an error of every query over it; its own
    # fault says enough.
    broken = bool(prepared.faults)
    for name, parameter in mapping.parameters.items():
        if parameter.among is not None and not broken:
            made.faults += _unlisted(prepared, mapping, name, parameters[name])
    for name, view in mapping.views.items():
        try:
            frames[name] = _query(frames, _in_sql(view.sql, parameters))
        except PolarsError as error:
            if not broken:
                made.faults.append(_sql_fault(mapping, f"views.{name}.sql", error))
            broken = True
        if view.because:
            made.said.append(_derived(name, view.because, parameters))
    for name, rule in mapping.tables.items():
        try:
            draft = _draft(name, rule, mapping, frames, prepared, parameters, made.faults)
        except PolarsError as error:
            if not broken:
                made.faults.append(_sql_fault(mapping, f"tables.{name}.sql", error))
            continue
        if draft is not None:
            made.drafts[name] = draft
            made.said += _sentences_of(name, rule, parameters)
    if not made.faults:
        made.said += _notes(mapping, frames, parameters, made.faults)
    return made


def _broken(prepared: Prepared, mapping: CompanyMapping) -> dict[str, str]:
    """Canonical tables that lack rows because a file behind them could not be read in full."""
    broken = dict(prepared.broken)
    for name, view in mapping.views.items():
        for read in tables_read(view.sql) & set(broken):
            broken.setdefault(name, broken[read])
    found = {}
    for name, rule in mapping.tables.items():
        read_by = {rule.origin} if rule.sql is None else tables_read(rule.sql)
        for read in sorted(one for one in read_by if one in broken):
            found[name] = broken[read]
    return found


def choices(prepared: Prepared, mapping: CompanyMapping, name: str) -> list[Parameter]:
    """The values that make sense for a parameter, in order; none where the mapping lists none.

    Raises PolarsError when the mapping's query cannot run.
    """
    rule = mapping.parameters[name]
    if rule.among is None:
        return []
    listed = _query(prepared.frames, rule.among).to_series(0)
    return sorted(value for value in listed.unique().to_list() if value is not None)


def _unlisted(
    prepared: Prepared, mapping: CompanyMapping, name: str, value: Parameter
) -> list[Fault]:
    place = f"parameters.{name}"
    try:
        listed = choices(prepared, mapping, name)
    except PolarsError as error:
        return [_sql_fault(mapping, f"{place}.among", error)]
    if value in listed:
        return []
    words = [str(choice) for choice in listed]
    shown = ", ".join(words if len(words) <= 6 else [*words[:2], "...", *words[-3:]])
    remedy = did_you_mean(str(value), words) or msg("imports.THERE_ARE", names=shown)
    return [Fault(mapping.label, None, place, str(value), msg("imports.NOT_IN_DATA"), remedy)]


def _query(frames: Mapping[str, pl.DataFrame], sql: str) -> pl.DataFrame:
    context = pl.SQLContext(frames=dict(frames), eager=True)
    result: pl.DataFrame = context.execute(sql)
    # A join hands its rows on in any order; rows that know their file and row keep its order.
    by_source = [column for column in (FILE, ROW) if column in result.columns]
    return result.sort(by_source, maintain_order=True) if by_source else result


def _draft(
    name: str,
    rule: TableRule,
    mapping: CompanyMapping,
    frames: Mapping[str, pl.DataFrame],
    prepared: Prepared,
    parameters: Mapping[str, Parameter],
    faults: list[Fault],
) -> Draft | None:
    if rule.sql is not None:
        origin = _query(frames, _in_sql(rule.sql, parameters))
        unknown = [c for c in origin.columns if c not in (*TABLES[name].names, FILE, ROW)]
        for column in unknown:
            place = f"tables.{name}.sql"
            guess = did_you_mean(column, TABLES[name].names) or msg("imports.LEAVE_OUT_OF_SELECT")
            problem = msg("imports.SELECTS", column=column, table=name)
            faults.append(Fault(mapping.label, None, place, None, problem, guess))
        cells = {c: origin[c] for c in origin.columns if c not in (*unknown, FILE, ROW)}
    elif rule.origin is not None and rule.origin in frames:
        origin = frames[rule.origin]
        if rule.where is not None:
            condition = _in_sql(rule.where, parameters)
            origin = _query({"origin": origin}, f"SELECT * FROM origin WHERE {condition}")  # noqa: S608 - the mapping's own condition, over frames in memory
        cells = {}
    else:
        # `prepare` has reported that the file is missing or unreadable.
        return None
    draft = Draft(
        name,
        origin,
        {
            column: c.heading or f"tables.{name}.columns.{column}"
            for column, c in rule.columns.items()
        },
        f"{mapping.label} tables.{name}",
        prepared.sheets,
    )
    # Refused conversions are reported by the source's own headings.
    as_it_came = Draft(name, origin, {}, draft.place, prepared.sheets)
    for column, made_by in rule.columns.items():
        found = _column(
            name,
            column,
            made_by,
            origin,
            as_it_came,
            parameters,
            faults,
            as_read=rule.origin is not None
            and rule.origin not in mapping.views
            and (made_by.heading or column) not in _typed_columns(mapping, rule.origin),
        )
        if found is not None:
            cells[column] = found
    where_from = {c: origin[c] for c in (FILE, ROW) if c in origin.columns}
    frame = pl.DataFrame({column: s.alias(column) for column, s in {**cells, **where_from}.items()})
    return replace(draft, frame=frame, unconverted=origin)


def _typed_columns(mapping: CompanyMapping, source: str) -> Collection[str]:
    """Columns that the mapping has converted already, whatever stood in their cells."""
    return mapping.sources[source].columns if source in mapping.sources else ()


def _column(
    table: str,
    column: str,
    rule: ColumnRule,
    origin: pl.DataFrame,
    draft: Draft,
    parameters: Mapping[str, Parameter],
    faults: list[Fault],
    *,
    as_read: bool,
) -> pl.Series | None:
    """One canonical column; as_read: whether the cells are a file's own, not made by SQL."""
    if rule.value is not None:
        value = filled_in_words(rule.value, parameters)
        return pl.Series(column, [value] * origin.height, dtype=pl.String)
    heading = rule.heading or column
    if heading not in origin.columns:
        files = origin[FILE].unique().to_list() if FILE in origin.columns else []
        label = str(files[0]) if len(files) == 1 else draft.place
        there = tuple(name for name in origin.columns if name not in (FILE, ROW))
        faults.append(missing_heading(label, heading, there))
        return None
    cells_known = known_cells(origin, heading, draft.originals) if as_read else []
    of_workbook = any(sheet.known for sheet in draft.originals.values())
    converted, refused = as_plain_text(
        origin[heading], TABLES[table].column(column), rule.how, cells_known, iso_dates=of_workbook
    )
    faults += draft.faults(heading, refused)
    return converted.alias(column)


def _in_sql(sql: str, parameters: Mapping[str, Parameter]) -> str:
    """SQL with parameters as literals of their type."""

    def literal(match: re.Match[str]) -> str:
        value = parameters[match[1]]
        if isinstance(value, dt.date):
            return f"'{value.isoformat()}'::date"
        if isinstance(value, int):
            return str(value)
        return "'" + value.replace("'", "''") + "'"

    return PLACEHOLDER.sub(literal, sql)


def filled_in_words(text: str, parameters: Mapping[str, Parameter]) -> str:
    """A sentence or constant with parameters as a person writes them."""
    return PLACEHOLDER.sub(lambda match: str(parameters.get(match[1], match[0])), text)


def _derived(what: str, because: str, parameters: Mapping[str, Parameter]) -> Message:
    return msg("imports.DERIVED", what=what, because=filled_in_words(because, parameters))


def _sentences_of(
    name: str, rule: TableRule, parameters: Mapping[str, Parameter]
) -> Iterator[Message]:
    if rule.because:
        yield _derived(name, rule.because, parameters)
    for column, made_by in rule.columns.items():
        if made_by.because:
            yield _derived(f"{name}.{column}", made_by.because, parameters)


def _notes(
    mapping: CompanyMapping,
    frames: Mapping[str, pl.DataFrame],
    parameters: Mapping[str, Parameter],
    faults: list[Fault],
) -> Iterator[Message]:
    for position, note in enumerate(mapping.notes, start=1):
        if note.sql is None:
            yield msg("imports.NOTE", text=filled_in_words(note.text, parameters))
            continue
        place = f"notes.{position}"
        try:
            found = _query(frames, _in_sql(note.sql, parameters))
        except PolarsError as error:
            faults.append(_sql_fault(mapping, f"{place}.sql", error))
            continue
        figures = found.row(0, named=True) if found.height else {}
        unknown = [n for n in PLACEHOLDER.findall(note.text) if n not in {*figures, *parameters}]
        for name in unknown:
            remedy = did_you_mean(name, figures) or msg("imports.QUERY_GIVES", figures=figures)
            problem = msg("imports.NO_COLUMN_OF_QUERY")
            faults.append(Fault(mapping.label, None, f"{place}.text", name, problem, remedy))
        yield msg("imports.NOTE", text=filled_in_words(note.text, {**parameters, **figures}))


def _sql_fault(mapping: CompanyMapping, place: str, error: PolarsError) -> Fault:
    first = str(error).splitlines()[0].rstrip(".")
    problem = msg("imports.BAD_SQL", error=first)
    return Fault(mapping.label, None, place, None, problem, msg("imports.CORRECT_QUERY"))
