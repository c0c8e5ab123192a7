"""Check drafts of the canonical tables: cells, keys, references, and what rows say together.

Every fault is collected. References that no table of the input satisfies are handed back, so that
the caller can look them up in the database before they count as faults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from domain.messages import Message, msg
from services.imports.cells import as_values, what_is_allowed
from services.imports.columns import Column, Kind, Table, called
from services.imports.documents import spell_alike
from services.imports.drafts import Draft
from services.imports.faults import Cause, Fault, did_you_mean
from services.imports.tables import TABLES

MOST_GUESSES = 50
MISSING = msg("imports.EVERY_ROW_NEEDS")
POLARS_TYPES: dict[Kind, pl.DataType] = {
    Kind.TEXT: pl.String(),
    Kind.INTEGER: pl.Int64(),
    Kind.DATE: pl.Date(),
    Kind.FLAG: pl.Boolean(),
}


@dataclass(frozen=True)
class Unresolved:
    """Rows that name something the input does not define: perhaps the database knows it."""

    draft: Draft
    column: str
    refers_to: str
    positions: Mapping[str, list[int]]

    def faults(self, known: frozenset[str], candidates: frozenset[str]) -> list[Fault]:
        """Faults of the names that nobody knows."""
        faults = []
        one = _singular(self.refers_to)
        unknown = {name: at for name, at in self.positions.items() if name not in known}
        # Many unknown names are no slips of the pen, and guessing at each would take minutes.
        guesses = candidates if len(unknown) <= MOST_GUESSES else frozenset()
        for name, positions in unknown.items():
            remedy = did_you_mean(name, guesses) or msg(
                "imports.ADD_TO", table=TABLES[self.refers_to].label
            )
            faults += [
                self.draft.fault(position, self.column, msg("imports.NO_KNOWN", one=one), remedy)
                for position in positions
            ]
        return faults

    def follows_from(self, known: frozenset[str], file: str, *, unread: bool) -> list[Fault]:
        """One fault for all the names of a file whose rows could not be read."""
        rows = sum(len(at) for name, at in self.positions.items() if name not in known)
        if not rows:
            return []
        here, heading = self.draft.file, self.draft.heading(self.column)
        key = "imports.ROWS_NAME_UNREAD" if unread else "imports.ROWS_NAME_HALF_READ"
        problem = msg(key, rows=rows, here=here, things=_plural(self.refers_to), file=file)
        remedy = msg("imports.MEND_FIRST", file=file)
        return [Fault(here, None, heading, None, problem, remedy, Cause.OTHER_FAULT)]


@dataclass
class Checked:
    """Typed canonical tables, what is wrong with them, and what only the database can settle.

    frames: every canonical table, with all its columns, perhaps no rows.
    given: which columns the input has; an update leaves the others alone.
    unnamed: tables in which a row has no name that could be read.
    """

    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    given: dict[str, frozenset[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    unresolved: list[Unresolved] = field(default_factory=list)
    unnamed: set[str] = field(default_factory=set)


def check_tables(drafts: Mapping[str, Draft]) -> Checked:
    """Type every cell; check required cells, keys and references of every table."""
    checked = Checked()
    for name, table in TABLES.items():
        draft = drafts.get(name)
        if draft is None:
            checked.frames[name] = _no_rows(table)
            checked.given[name] = frozenset()
            continue
        checked.given[name] = frozenset(draft.columns)
        checked.frames[name] = _typed(draft, table, checked.faults)
        if checked.frames[name][table.key[0]].null_count():
            checked.unnamed.add(name)
    checked.faults += spell_alike(checked.frames, drafts)
    for name, draft in drafts.items():
        checked.faults += _repeated_keys(draft, TABLES[name], checked.frames[name])
        for column, refers_to in TABLES[name].references():
            checked.unresolved += _unresolved(draft, column.name, refers_to, checked.frames)
    return checked


def polars_type(column: Column) -> pl.DataType:
    """The type that cells of a canonical column have once checked."""
    if column.kind is Kind.DECIMAL:
        return pl.Decimal(38, column.places)
    return POLARS_TYPES[column.kind]


def _no_rows(table: Table) -> pl.DataFrame:
    return pl.DataFrame(schema={column.name: polars_type(column) for column in table.columns})


def _typed(draft: Draft, table: Table, faults: list[Fault]) -> pl.DataFrame:
    columns = []
    for column in table.columns:
        if column.name not in draft.columns:
            if column.required:
                faults.append(_missing_column(draft, column, table))
            empty = pl.Series([None] * draft.frame.height, dtype=pl.String)
            values, _ = as_values(empty, column)
        else:
            cells = draft.frame[column.name]
            values, refusals = as_values(cells, column)
            faults += draft.faults(column.name, refusals)
            if column.required:
                for position in cells.is_null().arg_true():
                    faults.append(
                        draft.fault(
                            position,
                            column.name,
                            MISSING,
                            _what_fits(column),
                        )
                    )
        columns.append(values.cast(polars_type(column)).alias(column.name))
    return pl.DataFrame(columns)


def _missing_column(draft: Draft, column: Column, table: Table) -> Fault:
    spare = [name for name in draft.columns if called(name, table.columns) is None]
    guess = did_you_mean(column.name, spare)
    name = draft.heading(column.name)
    remedy = guess or msg("imports.ADD_COLUMN", name=name, fits=_what_fits(column))
    return draft.whole(column.name, msg("imports.COLUMN_MISSING"), remedy)


def _what_fits(column: Column) -> Message:
    if column.choices:
        return what_is_allowed(column)
    return {
        Kind.TEXT: msg("imports.FILL_IN"),
        Kind.INTEGER: msg("imports.FILL_IN_WHOLE"),
        Kind.DECIMAL: msg("imports.FILL_IN_NUMBER"),
        Kind.DATE: msg("imports.FILL_IN_DATE"),
        Kind.FLAG: msg("imports.FILL_IN_FLAG"),
    }[column.kind]


def _repeated_keys(draft: Draft, table: Table, frame: pl.DataFrame) -> list[Fault]:
    whole = frame.select(table.key).with_row_index("position").drop_nulls()
    first = pl.col("position").min().over(table.key)
    again = whole.with_columns(first=first).filter(pl.col("position") > pl.col("first"))
    faults = []
    for row in again.iter_rows(named=True):
        earlier = draft.row_of(row["first"])
        words = ", ".join(str(row[name]) for name in table.key)
        faults.append(
            draft.fault(
                row["position"],
                table.key[-1],
                msg("imports.SECOND", words=words, name=_singular(table.name), row=earlier),
                msg("imports.DELETE_ONE"),
            )
        )
    return faults


def _unresolved(
    draft: Draft,
    column: str,
    refers_to: str,
    frames: Mapping[str, pl.DataFrame],
) -> list[Unresolved]:
    names = frames[draft.table][column]
    known = frames[refers_to][TABLES[refers_to].key[0]]
    lost = (names.is_not_null() & ~names.is_in(known.drop_nulls().implode())).arg_true()
    if lost.is_empty():
        return []
    positions: dict[str, list[int]] = {}
    for position in lost:
        positions.setdefault(names[position], []).append(position)
    return [Unresolved(draft, column, refers_to, positions)]


def _plural(table: str) -> Message:
    return msg(f"tables.{table}")


def _singular(table: str) -> Message:
    return msg(f"rows.{table}")
