"""What a mapping file says, once it is read and checked."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.imports.columns import Kind
from services.imports.conversions import Conversion
from services.imports.reading import Reading

Parameter = str | int | dt.date
PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class ParameterRule:
    """A value that the person who imports may choose, like the date of a wave.

    among: a query whose first column lists the values that make sense.
    """

    type: str
    default: Parameter
    about: str = ""
    among: str | None = None


@dataclass(frozen=True)
class SourceColumn:
    """A heading of the company's own file, typed so that SQL can reckon with it."""

    kind: Kind
    how: Conversion


@dataclass(frozen=True)
class SourceRule:
    """One of the company's tables: which files hold it, which of its columns are typed.

    reading: how its files are written, where it is not as the others.
    """

    files: tuple[str, ...]
    columns: Mapping[str, SourceColumn] = field(default_factory=dict)
    reading: Reading | None = None


@dataclass(frozen=True)
class ViewRule:
    """A helper table made by SQL over sources and earlier views."""

    sql: str
    because: str = ""


@dataclass(frozen=True)
class ColumnRule:
    """Where a canonical column comes from: a heading, or a constant."""

    heading: str | None
    value: str | None
    how: Conversion
    because: str = ""


@dataclass(frozen=True)
class TableRule:
    """Where a canonical table comes from: a source or view with renamings, or SQL."""

    origin: str | None
    sql: str | None
    where: str | None
    columns: Mapping[str, ColumnRule]
    because: str = ""


@dataclass(frozen=True)
class Note:
    """A sentence about the data for the person who imports, with figures from a query."""

    text: str
    sql: str | None = None


@dataclass(frozen=True)
class CompanyMapping:
    """A whole mapping file, checked."""

    label: str
    title: str
    reading: Reading
    parameters: Mapping[str, ParameterRule]
    sources: Mapping[str, SourceRule]
    views: Mapping[str, ViewRule]
    tables: Mapping[str, TableRule]
    notes: tuple[Note, ...]
    company: Mapping[str, Any]

    @property
    def only_reads(self) -> bool:
        """Whether it says how files are written that are canonical otherwise, and no more."""
        typed = any(rule.columns for rule in self.sources.values())
        written = self.reading != Reading() or self.readings
        rest = (self.tables, self.views, self.parameters, self.notes)
        return bool(written) and not typed and not any(rest)

    @property
    def readings(self) -> dict[str, Reading]:
        """How files are written that differ from the others, by their names."""
        return {
            file: rule.reading
            for rule in self.sources.values()
            if rule.reading is not None
            for file in rule.files
        }
