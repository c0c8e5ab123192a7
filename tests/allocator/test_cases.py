"""The forty-two small problems with their exact plans: equal to the last unit."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Literal

import polars as pl
import pytest

from allocator import problem_from, read_tables, solve, verify

CASES = Path(__file__).parents[2].parent / "shared" / "data" / "allocation-cases"
NAMES = sorted(path.name for path in CASES.iterdir()) if CASES.is_dir() else []

pytestmark = pytest.mark.skipif(not NAMES, reason="the shared example data is not on this machine")


def expected(name: str) -> tuple[pl.DataFrame, list[list[object]]]:
    texts = {"warehouse_id": pl.String, "reason": pl.String}
    path = CASES / name
    rows = pl.read_csv(path / "expected-allocations.csv", schema_overrides=texts).fill_null("")
    return rows, json.loads((path / "expected-levels.json").read_text())


def units(rows: pl.DataFrame) -> dict[str, int]:
    found: Counter[str] = Counter()
    for claim, n in rows.select("claim_id", "units").rows():
        found[claim] += n
    return dict(found)


@pytest.mark.parametrize("method", ["program", "auto"])
@pytest.mark.parametrize("name", NAMES)
def test_a_case_is_solved_exactly(name: str, method: Literal["program", "auto"]) -> None:
    """A4 A6 A7 A8 A9: as the independent solver has it: levels, units, splits; with one warehouse
    reasons too."""
    problem = problem_from(read_tables(CASES / name))
    plan = solve(problem, method=method)
    rows, levels = expected(name)
    listed = plan.levels.select("key", "total", "fairness").rows()
    assert [[json.loads(key), total, worth] for key, total, worth in listed] == levels
    assert plan.levels["proven"].all()
    assert units(plan.allocations) == units(rows)
    assert plan.splits == rows.height - rows["claim_id"].n_unique()
    if len(problem.warehouses) == 1:
        assert plan.allocations.equals(rows)
    assert verify(problem, plan) == []


def test_all_cases_are_there() -> None:
    """Twenty-one kinds of problem, each tiny and small."""
    assert len(NAMES) == 42
