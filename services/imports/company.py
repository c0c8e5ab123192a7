"""The company's policy as an import brings it: in a file beside the data, or in the mapping."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from domain.messages import msg
from domain.policy import Policy
from domain.policy.checks import Surroundings, settings_faults
from domain.policy.faults import InvalidSettings, SettingFault
from services.imports.checking import Checked
from services.imports.faults import Fault, did_you_mean
from services.imports.rules import CompanyMapping

COMPANY = "company.toml"


def company_policy(
    path: Path, mapping: CompanyMapping | None
) -> tuple[str, Policy | None, list[Fault]]:
    """Where the policy stands, what it is, and what is wrong with it.

    It stands in company.toml, in the folder or next to the workbook; in a mapping that has one, or
    that makes tables of its own.
    """
    if mapping is not None and (mapping.company or not mapping.only_reads):
        label, body = f"{mapping.label} company", mapping.company
        return label, *((None, []) if not body else _policy(label, body))
    file = (path if path.is_dir() else path.parent) / COMPANY
    if not file.exists():
        return COMPANY, None, []
    try:
        body = tomllib.loads(file.read_bytes().decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problem = msg("imports.NO_TOML", error=error)
        fault = Fault(COMPANY, None, None, None, problem, msg("imports.CORRECT_LINE"))
        return COMPANY, None, [fault]
    return COMPANY, *_policy(COMPANY, body)


def _policy(label: str, body: Mapping[str, Any]) -> tuple[Policy | None, list[Fault]]:
    try:
        return Policy.from_body(body), []
    except InvalidSettings as error:
        return None, [_setting_fault(label, fault, ()) for fault in error.faults]


def faults_of_settings(label: str, policy: Policy, checked: Checked) -> list[Fault]:
    """What the API would refuse as well (`domain.policy.checks`), in the words of the file."""
    named = checked.frames["regions"]["region_id"].drop_nulls().to_list()
    # Without any, the regions are those of the database.
    regions = frozenset(named) or None
    return [
        _setting_fault(label, fault, named if "region" in fault.setting else ())
        for fault in settings_faults(policy, Surroundings(regions))
    ]


def _setting_fault(label: str, fault: SettingFault, meant: Iterable[str]) -> Fault:
    """meant: words of which the value may be a misspelt one."""
    problem, remedy = fault.objection.problem, fault.objection.remedy
    remedy = did_you_mean(fault.value, meant) or remedy
    return Fault(label, None, fault.setting, fault.value, problem, remedy)
