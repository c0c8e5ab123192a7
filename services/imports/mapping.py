"""The mapping file: how a company's files become the canonical tables.

Read strictly: a key that means nothing is a fault with a suggestion, because a misspelt
conversion that is silently ignored would import wrong figures. docs/reference/mapping.md
describes every key.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from domain.messages import literal, msg
from services.imports.columns import Kind
from services.imports.conversions import Conversion
from services.imports.faults import BadInput, Fault, did_you_mean, joined
from services.imports.mapping_values import CONVERSION, READING, ValueReader, conversion_of
from services.imports.reading import Reading
from services.imports.rules import (
    PLACEHOLDER,
    ColumnRule,
    CompanyMapping,
    Note,
    ParameterRule,
    SourceColumn,
    SourceRule,
    TableRule,
    ViewRule,
)
from services.imports.sql import reads_files
from services.imports.tables import TABLES

_TYPES: dict[str, type] = {"date": dt.date, "text": str, "integer": int}


def read_mapping(path: Path) -> CompanyMapping:
    """The mapping in a TOML file. Raises BadInput with everything that is wrong with it."""
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        problem = msg("imports.CANNOT_BE_READ", error=error.strerror)
        raise BadInput(
            [Fault(path.name, None, None, None, problem, msg("imports.CHECK_PATH"))]
        ) from None
    except UnicodeDecodeError as error:
        raise BadInput(
            [
                Fault(
                    path.name,
                    None,
                    None,
                    None,
                    msg("imports.NOT_UTF8", byte=error.start + 1),
                    msg("imports.SAVE_AS_UTF8"),
                )
            ]
        ) from None
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise BadInput(
            [
                Fault(
                    path.name,
                    int(line[1]) if line else None,
                    None,
                    None,
                    msg("imports.NO_TOML", error=error),
                    msg("imports.CORRECT_LINE"),
                )
            ]
        ) from None
    return _Reader(path.name).mapping(data)


class _Reader(ValueReader):
    """Walks the TOML tree once and collects every fault before giving up."""

    def mapping(self, data: dict[str, Any]) -> CompanyMapping:
        top = self._keys(
            data,
            "",
            ("title", "reading", "parameters", "sources", "views", "tables", "notes", "company"),
        )
        written = self._keys(self._table(top, "reading", ""), "reading", READING)
        usual = self._reading(written, "reading", Reading())
        common = conversion_of(usual)
        sources = {
            name: self._source(name, rule, usual)
            for name, rule in self._tables(top, "sources").items()
        }
        mapping = CompanyMapping(
            label=self.label,
            title=self._text(top, "title", "") or "",
            reading=usual,
            parameters={
                name: self._parameter(rule, f"parameters.{name}")
                for name, rule in self._tables(top, "parameters").items()
            },
            sources=sources,
            views={
                name: self._view(rule, f"views.{name}")
                for name, rule in self._tables(top, "views").items()
            },
            tables={
                name: self._table_rule(name, rule, common, sources)
                for name, rule in self._tables(top, "tables").items()
                if self._is_canonical(name)
            },
            notes=self._notes(top.get("notes", [])),
            company=self._table(top, "company", ""),
        )
        self._check_placeholders(mapping)
        self._check_readings(mapping)
        if not mapping.tables and not mapping.only_reads:
            self._fault("tables", None, msg("imports.IS_MISSING"), msg("imports.MAP_A_TABLE"))
        if self.faults:
            raise BadInput(self.faults)
        return mapping

    def _parameter(self, data: dict[str, Any], where: str) -> ParameterRule:
        self._keys(data, where, ("type", "default", "about", "among"))
        name = data.get("type", "text")
        kind = _TYPES.get(name) if isinstance(name, str) else None
        default = data.get("default")
        if kind is None:
            self._fault(
                f"{where}.type",
                name,
                msg("imports.NO_PARAMETER_TYPE"),
                msg("imports.KNOWN_OR_NONE", known=_TYPES),
            )
        elif not _is_a(default, kind):
            self._fault(
                f"{where}.default",
                default,
                msg("imports.NOT_OF_TYPE", type=name),
                msg("imports.HAS_A_DEFAULT"),
            )
        about = self._text(data, "about", where) or ""
        return ParameterRule(str(name), default or "", about, self._query(data, "among", where))

    def _source(self, name: str, data: dict[str, Any], usual: Reading) -> SourceRule:
        where = f"sources.{name}"
        self._keys(data, where, ("files", "columns", *READING))
        reading = self._reading(data, where, usual)
        common = conversion_of(reading)
        files = data.get("files", name)
        listed = [files] if isinstance(files, str) else files
        if not isinstance(listed, list) or not all(isinstance(f, str) for f in listed):
            self._fault(f"{where}.files", files, msg("imports.NAME_OR_LIST"), literal('"orders"'))
            listed = []
        columns = {}
        for heading, rule in self._table(data, "columns", where).items():
            place = f"{where}.columns.{heading}"
            rule = {"type": rule} if isinstance(rule, str) else rule
            if not isinstance(rule, dict):
                self._fault(
                    place, rule, msg("imports.TYPE_OR_TABLE"), msg("imports.DATE_FOR_INSTANCE")
                )
                continue
            self._keys(rule, place, ("type", *CONVERSION))
            kinds = {kind.value: kind for kind in Kind}
            kind = kinds.get(rule.get("type", "text"))
            if kind is None:
                remedy = joined(
                    did_you_mean(str(rule["type"]), kinds),
                    msg("imports.KNOWN_OR_NONE", known=kinds),
                )
                self._fault(f"{place}.type", rule["type"], msg("imports.NO_COLUMN_TYPE"), remedy)
                continue
            columns[heading] = SourceColumn(kind, self._conversion(rule, place, common))
        differs = None if reading == usual else reading
        return SourceRule(tuple(_stem(file) for file in listed), columns, differs)

    def _view(self, data: dict[str, Any], where: str) -> ViewRule:
        self._keys(data, where, ("sql", "because"))
        return ViewRule(
            self._query(data, "sql", where) or "", self._text(data, "because", where) or ""
        )

    def _query(self, data: dict[str, Any], key: str, where: str) -> str | None:
        sql = self._text(data, key, where)
        if sql is not None and reads_files(sql):
            self._fault(
                f"{where}.{key}",
                None,
                msg("imports.READS_FILE"),
                msg("imports.NAME_FILES_UNDER_SOURCES"),
            )
        return sql

    def _is_canonical(self, name: str) -> bool:
        if name in TABLES:
            return True
        remedy = did_you_mean(name, TABLES) or msg("imports.KNOWN_OR_NONE", known=TABLES)
        self._fault(f"tables.{name}", None, msg("imports.NO_CANONICAL_TABLE"), remedy)
        return False

    def _table_rule(
        self,
        name: str,
        data: dict[str, Any],
        common: Conversion,
        sources: dict[str, SourceRule],
    ) -> TableRule:
        where = f"tables.{name}"
        self._keys(data, where, ("from", "sql", "where", "columns", "because"))
        origin, sql = self._text(data, "from", where), self._query(data, "sql", where)
        if (origin is None) == (sql is None):
            self._fault(where, None, msg("imports.FROM_OR_SQL"), msg("imports.FROM_NAMES_SOURCE"))
        filtered = self._text(data, "where", where)
        if filtered is not None and sql is not None:
            self._fault(
                f"{where}.where", None, msg("imports.FROM_ONLY"), msg("imports.PUT_INTO_SQL")
            )
        source = sources.get(_stem(origin or ""))
        if source is not None and source.reading is not None:
            common = conversion_of(source.reading)
        columns = {}
        for column, rule in self._table(data, "columns", where).items():
            place = f"{where}.columns.{column}"
            if column not in TABLES[name].names:
                remedy = did_you_mean(column, TABLES[name].names) or (
                    msg("imports.KNOWN_OR_NONE", known=TABLES[name].names)
                )
                self._fault(place, None, msg("imports.NO_COLUMN_OF", table=name), remedy)
                continue
            columns[column] = self._column(rule, place, common)
        stem = None if origin is None else _stem(origin)
        because = self._text(data, "because", where) or ""
        return TableRule(stem, sql, filtered, columns, because)

    def _column(self, rule: object, place: str, common: Conversion) -> ColumnRule:
        if isinstance(rule, str):
            return ColumnRule(rule, None, common)
        if not isinstance(rule, dict):
            self._fault(place, rule, msg("imports.HEADING_OR_TABLE"), msg("imports.WRITE_HEADING"))
            return ColumnRule(None, None, common)
        self._keys(rule, place, ("from", "value", "because", *CONVERSION))
        heading, value = self._text(rule, "from", place), self._text(rule, "value", place)
        if (heading is None) == (value is None):
            self._fault(
                place, None, msg("imports.FROM_OR_VALUE"), msg("imports.FROM_NAMES_HEADING")
            )
        because = self._text(rule, "because", place) or ""
        return ColumnRule(heading, value, self._conversion(rule, place, common), because)

    def _notes(self, data: object) -> tuple[Note, ...]:
        if not isinstance(data, list) or not all(isinstance(note, dict) for note in data):
            self._fault("notes", None, msg("imports.LIST_OF_TABLES"), msg("imports.WRITE_NOTES"))
            return ()
        notes = []
        for position, note in enumerate(data, start=1):
            where = f"notes.{position}"
            self._keys(note, where, ("text", "sql"))
            text = self._text(note, "text", where)
            if text is None:
                self._fault(where, None, msg("imports.NO_TEXT"), msg("imports.SAY_IN_SENTENCE"))
            notes.append(Note(text or "", self._query(note, "sql", where)))
        return tuple(notes)

    def _check_readings(self, mapping: CompanyMapping) -> None:
        """A file is read once, so it is written in one way."""
        found: dict[str, Reading | None] = {}
        for name, rule in mapping.sources.items():
            for file in rule.files:
                if found.setdefault(file, rule.reading) != rule.reading:
                    problem = msg("imports.READS_ANOTHER_WAY", file=file)
                    self._fault(f"sources.{name}", None, problem, msg("imports.SAY_SAME_IN_BOTH"))

    def _check_placeholders(self, mapping: CompanyMapping) -> None:
        known = mapping.parameters
        for place, text in _texts_with_placeholders(mapping):
            for name in PLACEHOLDER.findall(text):
                if name not in known:
                    remedy = did_you_mean(name, known) or msg("imports.DECLARE_PARAMETER")
                    self._fault(place, f"{{{name}}}", msg("imports.NO_PARAMETER"), remedy)


def _texts_with_placeholders(mapping: CompanyMapping) -> Iterable[tuple[str, str]]:
    yield "title", mapping.title
    for name, view in mapping.views.items():
        yield f"views.{name}.sql", view.sql
        yield f"views.{name}.because", view.because
    for name, table in mapping.tables.items():
        yield f"tables.{name}.sql", table.sql or ""
        yield f"tables.{name}.where", table.where or ""
        yield f"tables.{name}.because", table.because
        for column, rule in table.columns.items():
            yield f"tables.{name}.columns.{column}.value", rule.value or ""
            yield f"tables.{name}.columns.{column}.because", rule.because
    for position, note in enumerate(mapping.notes, start=1):
        yield f"notes.{position}.sql", note.sql or ""
        if note.sql is None:
            yield f"notes.{position}.text", note.text


def _stem(name: str) -> str:
    """A file or sheet by the name it has without its ending."""
    return name.removesuffix(".csv")


def _is_a(value: object, kind: type) -> bool:
    if kind is dt.date:
        return isinstance(value, dt.date) and not isinstance(value, dt.datetime)
    return isinstance(value, kind) and not isinstance(value, bool)
