"""Several warehouses with limited picks: one pool, checked against the many, equals the program."""

from __future__ import annotations

import csv
import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from allocator import Problem, problem_from, read_tables, solve, verify
from allocator.limits import SearchLimits
from allocator.program.method import solve_by_program
from allocator.warehouses.pooled import solve_pooled
from benchmarks.allocator.instances import PROFILES
from benchmarks.allocator.instances import write_instance as large_instance
from tests.allocator.instances import write_instance


def limited(folder: Path, size: str, seed: str) -> Problem:
    """A random instance whose stock lies in two or three warehouses that can pick a part of it."""
    chance = random.Random(seed)
    write_instance(folder, size, seed)
    with (folder / "supply.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    total: dict[str, int] = {}
    for row in rows:
        total[row["sku_id"]] = total.get(row["sku_id"], 0) + int(row["units"])
    names = ["W1", "W2", "W3"][: chance.choice([2, 3, 3])]
    stock = dict.fromkeys(names, 0)
    with (folder / "supply.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["warehouse_id", "sku_id", "units"])
        for sku, units in total.items():
            cuts = sorted(chance.randint(0, units) for _ in names[1:])
            for name, low, high in zip(names, [0, *cuts], [*cuts, units], strict=True):
                writer.writerow([name, sku, high - low])
                stock[name] += high - low
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    settings["pick_capacity"] = {
        name: int(stock[name] * chance.choice([0, 0.3, 0.6, 0.9, 2]))
        for name in names
        if chance.random() < 0.85
    }
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    return problem_from(read_tables(folder))


@pytest.mark.parametrize(
    ("size", "first", "count"),
    [("tiny", start, 10) for start in range(0, 60, 10)] + [("medium", 15, 4), ("medium", 19, 4)],
)
def test_the_pool_gives_what_the_program_gives(
    size: str, first: int, count: int, tmp_path: Path
) -> None:
    """Every claim's packs, on instances with every feature mixed."""
    compared = 0
    for number in range(first, first + count):
        problem = limited(tmp_path / str(number), size, f"pooled:{number}")
        if not problem.picks_are_limited:
            continue
        compared += 1
        fast, notes, _ = solve_pooled(problem, SearchLimits(), lambda _: None)
        right, _ = solve_by_program(problem, SearchLimits(), lambda _: None)
        np.testing.assert_array_equal(fast.packs, right.packs)
        np.testing.assert_array_equal(fast.wanted, right.wanted)
        assert notes.unproven == {}
    assert compared > 0


@pytest.mark.parametrize("parts", [(0.8, 0.8, 0.8), (0.9, 0.8, 0.3), (1.0, 0.9, 0.1)])
def test_few_claims_of_a_larger_instance_need_the_program(
    parts: tuple[float, ...], tmp_path: Path
) -> None:
    """A thousand claims, three warehouses: the pool decides nearly all, also where one of them is
    picked to its limit early."""
    profile = replace(PROFILES["warehouses"], picked=parts)
    problem = problem_from(read_tables(large_instance(tmp_path / "in", 1000, profile, 1)))
    state, notes, report = solve_pooled(problem, SearchLimits(), lambda _: None)
    assert state.picked > 0
    assert notes.unproven == {}
    assert report.by_program < len(problem.claims) // 20


def test_claims_are_moved_until_every_warehouse_keeps_its_limit(tmp_path: Path) -> None:
    """Three thousand claims: no program for all together, and the splits are proven."""
    profile = replace(PROFILES["warehouses"], picked=(0.8, 0.8, 0.8))
    problem = problem_from(read_tables(large_instance(tmp_path / "in", 3000, profile, 1)))
    plan = solve(problem)
    assert plan.summary["splits_proven"]
    assert verify(problem, plan) == []
