"""A company's data, read and checked: what can be imported, or everything that is wrong with it.

A source is read once; a mapping with parameters can be applied to it again and again, which is how
a replay goes through many waves of the same files.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from domain.messages import Message, msg
from domain.policy import Policy
from domain.roles import Role
from services.imports.amounts import check_amounts
from services.imports.canonical import plain
from services.imports.checking import MISSING, Checked, Unresolved, check_tables
from services.imports.company import company_policy, faults_of_settings
from services.imports.consistency import check_together, orders_have_lines
from services.imports.days import check_days
from services.imports.deriving import (
    Derived,
    apply,
    choices,
    filled_in_words,
)
from services.imports.drafts import Draft
from services.imports.faults import BadInput, Fault, did_you_mean, in_order
from services.imports.mapping import read_mapping
from services.imports.preparing import Prepared, prepare
from services.imports.reading import Source, open_source
from services.imports.rules import CompanyMapping, Parameter
from services.imports.tables import OPEN_STATUSES, TABLES


@dataclass(frozen=True)
class Arrival:
    """A goods receipt that the input announces and that is still to be recorded."""

    receipt_id: str
    warehouse_id: str
    units_by_sku: Mapping[str, int]


@dataclass(frozen=True)
class Dataset:
    """Checked canonical tables of one company.

    frames: every canonical table by name, typed. given: which columns the input has.
    policy: the company's numbers and lists, None where the input has none.
    said: what was derived, noted or left out, in sentences for the person who imports.
    """

    label: str
    title: str
    parameters: Mapping[str, Parameter]
    frames: Mapping[str, pl.DataFrame]
    given: Mapping[str, frozenset[str]]
    drafts: Mapping[str, Draft]
    policy: Policy | None
    said: tuple[Message, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Rows of each table that has some."""
        return {name: frame.height for name, frame in self.frames.items() if frame.height}

    @property
    def arrivals(self) -> list[Arrival]:
        """Receipts to record, in the order of the input, without SKUs of which nothing came."""
        found = []
        for (receipt, warehouse), lines in (
            self.frames["arrivals"]
            .filter(pl.col("units") > 0)
            .group_by(["receipt_id", "warehouse_id"], maintain_order=True)
        ):
            units = lines.group_by("sku_id", maintain_order=True).agg(pl.col("units").sum())
            found.append(Arrival(str(receipt), str(warehouse), dict(units.iter_rows())))
        return found

    def fingerprint(self) -> str:
        """The same for the same content, whatever files it came from."""
        digest = hashlib.sha256(
            repr(None if self.policy is None else self.policy.to_body()).encode()
        )
        for name in TABLES:
            frame = self.frames[name]
            if frame.height:
                digest.update(name.encode())
                digest.update(",".join(sorted(self.given[name])).encode())
                digest.update(frame.write_csv().encode())
        return digest.hexdigest()


@dataclass(frozen=True)
class Examined:
    """What reading and checking found: the data set, its faults, and what a database may settle.

    broken: tables of which not all rows could be read, and the file that has them.
    """

    dataset: Dataset
    found: tuple[Fault, ...]
    unresolved: tuple[Unresolved, ...]
    broken: Mapping[str, str] = field(default_factory=dict)
    # Reported of rows that have no other fault: it may be what follows from that.
    following: tuple[Fault, ...] = ()

    def wanted(self) -> dict[str, frozenset[str]]:
        """Names that rows refer to and the input does not define, by table."""
        names: dict[str, set[str]] = {}
        for reference in self.unresolved:
            names.setdefault(reference.refers_to, set()).update(reference.positions)
        return {table: frozenset(found) for table, found in names.items()}

    def faults(
        self,
        known: Mapping[str, Collection[str]] | None = None,
        today: dt.date | None = None,
    ) -> tuple[Fault, ...]:
        """All faults, given the names that the database knows, and today where the company is.

        Without a day none counts as still to come.
        """
        faults = list(self.found)
        if today is not None:
            reported = set(self.found)
            data = self.dataset
            faults += [f for f in check_days(data.frames, data.drafts, today) if f not in reported]
        for reference in self.unresolved:
            table = reference.refers_to
            own = self.dataset.frames[table][TABLES[table].key[0]].drop_nulls().to_list()
            names = frozenset((known or {}).get(table, ()))
            if (file := self.broken.get(table)) is not None:
                faults += reference.follows_from(names, file, unread=not own)
            else:
                faults += reference.faults(names, frozenset(own))
        rows = {(fault.file, fault.row) for fault in faults}
        faults += [f for f in self.following if (f.file, f.row) not in rows]
        return in_order(faults)

    def local_date(self, instant: dt.datetime) -> dt.date:
        """The day at an instant, as the input's own policy has it; else the documents'."""
        return (self.dataset.policy or Policy()).local_date(instant)

    def alone(self) -> Dataset:
        """The data set, if it is whole without any database. Raises BadInput."""
        faults = self.faults()
        if faults:
            raise BadInput(faults)
        return self.dataset


@dataclass
class Reader:
    """A source and its mapping, read once; `examine` applies the mapping for some parameters."""

    path: Path
    source: Source
    mapping: CompanyMapping | None
    _prepared: Prepared | None = field(default=None, repr=False)

    @classmethod
    def open(cls, path: Path, map_path: Path | None = None) -> Reader:
        """Raises BadInput when the source or the mapping file cannot be used at all."""
        mapping = None if map_path is None else read_mapping(map_path)
        source, faults = (
            open_source(path)
            if mapping is None
            else open_source(path, mapping.reading, mapping.readings)
        )
        if source is None:
            raise BadInput(faults)
        return cls(path, source, mapping)

    def examine(
        self, parameters: Mapping[str, Parameter] | None = None, *, only_open: bool = False
    ) -> Examined:
        """Read, map and check everything; faults are collected, not raised.

        only_open: leave out orders that no longer want goods, as a replay of many waves does.
        """
        chosen = self._chosen(parameters or {})
        if self.mapping is None or self.mapping.only_reads:
            made = plain(self.source, self.mapping)
        else:
            made = apply(self._sources(self.mapping), self.mapping, chosen)
        label, policy, policy_faults = company_policy(self.path, self.mapping)
        drafts = _only_open(made.drafts) if only_open else made.drafts
        checked = check_tables(drafts)
        tiers, roles = (policy or Policy()).tiers, [role.value for role in Role]
        company = None if policy is None else policy.currency
        together = [
            *check_together(checked.frames, drafts, tiers=tiers, roles=roles),
            *check_days(checked.frames, drafts),
            *check_amounts(checked.frames, drafts, company, {}),
        ]
        faults = [*policy_faults, *_causes(made.faults, checked.faults, together, drafts)]
        if policy is not None:
            faults += faults_of_settings(label, policy, checked)
        return Examined(
            self._dataset(checked, drafts, policy, made, chosen),
            tuple(faults),
            tuple(checked.unresolved),
            {name: drafts[name].file for name in checked.unnamed} | made.broken,
            # A line that could not be read is no line that is missing.
            () if made.faults else tuple(orders_have_lines(checked.frames, drafts)),
        )

    def choices(self, name: str) -> list[Parameter]:
        """The values that the mapping lists for a parameter, such as the waves of a replay."""
        if self.mapping is None or name not in self.mapping.parameters:
            return []
        return choices(self._sources(self.mapping), self.mapping, name)

    def _sources(self, mapping: CompanyMapping) -> Prepared:
        if self._prepared is None:
            self._prepared = prepare(self.source, mapping)
        return self._prepared

    def _chosen(self, parameters: Mapping[str, Parameter]) -> dict[str, Parameter]:
        """Defaults of the mapping with the caller's choices. Raises BadInput for an unknown one."""
        rules = {} if self.mapping is None else self.mapping.parameters
        label = self.path.name if self.mapping is None else self.mapping.label
        for name in parameters:
            if name not in rules:
                remedy = did_you_mean(name, rules) or msg(
                    "imports.KNOWN_OR_NONE", known=", ".join(rules) or "none"
                )
                raise BadInput(
                    [
                        Fault(
                            label,
                            None,
                            f"parameters.{name}",
                            None,
                            msg("imports.NO_PARAMETER"),
                            remedy,
                        )
                    ]
                )
        return {name: parameters.get(name, rule.default) for name, rule in rules.items()}

    def _title(self, parameters: Mapping[str, Parameter]) -> str:
        if self.mapping is None or not self.mapping.title:
            return self.source.label
        return filled_in_words(self.mapping.title, parameters)

    def _dataset(
        self,
        checked: Checked,
        drafts: Mapping[str, Draft],
        policy: Policy | None,
        made: Derived,
        parameters: Mapping[str, Parameter],
    ) -> Dataset:
        return Dataset(
            label=self.source.label,
            title=self._title(parameters),
            parameters=parameters,
            frames=checked.frames,
            given=checked.given,
            drafts=drafts,
            policy=policy,
            said=tuple(made.said),
        )


def dataset(
    path: Path,
    map_path: Path | None = None,
    parameters: Mapping[str, Parameter] | None = None,
    *,
    only_open: bool = False,
) -> Dataset:
    """A company's data from a folder or workbook, whole by itself. Raises BadInput."""
    return Reader.open(path, map_path).examine(parameters, only_open=only_open).alone()


def parameter_of(text: str, mapping: CompanyMapping, name: str) -> Parameter:
    """A parameter as typed on a command line. Raises BadInput."""
    rule = mapping.parameters.get(name)
    try:
        if rule is None or rule.type == "text":
            return text
        return int(text) if rule.type == "integer" else dt.date.fromisoformat(text)
    except ValueError:
        fault = Fault(
            mapping.label,
            None,
            f"parameters.{name}",
            text,
            msg("imports.NOT_OF_TYPE", type=rule.type if rule else "text"),
            msg("imports.DATE_OR_NUMBER"),
        )
        raise BadInput([fault]) from None


def _causes(
    converting: list[Fault],
    checking: list[Fault],
    together: list[Fault],
    drafts: Mapping[str, Draft],
) -> list[Fault]:
    """Faults of checks that do not merely follow from one that was found before them.

    A cell that could not be converted is empty by now; a column with a misspelt heading missing.
    """
    headings = {
        (label, heading)
        for draft in drafts.values()
        for label, sheet in draft.originals.items()
        for heading in sheet.headings
    }
    files = {label for label, _ in headings}
    reported = {(fault.file, fault.row, fault.column) for fault in converting}
    rows = {(fault.file, fault.row) for fault in converting if fault.row is not None}
    values = {(fault.value, fault.problem) for fault in converting if fault.file in files}
    misspelt = {(fault.file, fault.remedy) for fault in converting if fault.row == 1}

    def repeats(fault: Fault) -> bool:
        # Rows that SQL makes show only by what stands there where it came from.
        return fault.file not in files and (fault.value, fault.problem) in values

    def follows(fault: Fault) -> bool:
        # SQL names its columns as it likes, so that only the row shows what one follows from.
        named = (fault.file, fault.column) in headings
        return (
            (fault.file, fault.row, fault.column) in reported
            or (fault.problem == MISSING and not named and (fault.file, fault.row) in rows)
            or (fault.file, msg("imports.MEANT_OR_DELETE", word=fault.column)) in misspelt
            or repeats(fault)
        )

    found = [fault for fault in converting if not repeats(fault)]
    for faults in (checking, together):
        kept = [fault for fault in faults if not follows(fault)]
        reported |= {(fault.file, fault.row, fault.column) for fault in kept}
        found += kept
    return found


def _only_open(drafts: Mapping[str, Draft]) -> dict[str, Draft]:
    orders = drafts.get("orders")
    if orders is None or "status" not in orders.columns or "order_id" not in orders.columns:
        return dict(drafts)
    found = dict(drafts)
    found["orders"] = orders.only(pl.col("status").fill_null("OPEN").is_in(OPEN_STATUSES))
    kept = found["orders"].frame["order_id"].implode()
    for name in ("order_lines", "milestones", "shipments"):
        draft = drafts.get(name)
        if draft is not None and "order_id" in draft.columns:
            found[name] = draft.only(pl.col("order_id").is_in(kept))
    return found
