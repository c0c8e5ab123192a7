"""The forty-two shared cases with their exact plans, where the data folder is present."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "allocation-cases"
NAMES = sorted(path.name for path in FOLDER.iterdir()) if FOLDER.exists() else []

needs_cases = pytest.mark.skipif(not NAMES, reason=f"the cases are not at {FOLDER}")


@dataclass(frozen=True)
class Expected:
    """What `expected-allocations.csv` and `expected-levels.json` say."""

    units: dict[str, int]
    reasons: dict[str, str]
    levels: list[tuple[tuple[Any, ...], int, int]]
    splits: int
    warehouses: int


def expected(name: str) -> Expected:
    units: dict[str, int] = {}
    reasons: dict[str, str] = {}
    parts = 0
    with (FOLDER / name / "expected-allocations.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            claim = row["claim_id"]
            units[claim] = units.get(claim, 0) + int(row["units"])
            reasons[claim] = row["reason"]
            parts += row["warehouse_id"] != ""
    text = (FOLDER / name / "expected-levels.json").read_text(encoding="utf-8")
    levels = [(tuple(key), pieces, fair) for key, pieces, fair in json.loads(text)]
    with (FOLDER / name / "supply.csv").open(encoding="utf-8", newline="") as file:
        warehouses = len({row["warehouse_id"] for row in csv.DictReader(file)})
    splits = parts - sum(n > 0 for n in units.values())
    return Expected(units, reasons, levels, splits, warehouses)
