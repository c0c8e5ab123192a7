"""The worked example of docs/explanation/allocator.md: every figure the page states."""

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from allocator import (
    Problem,
    Replanner,
    certify,
    explain,
    problem_from,
    read_tables,
    solve,
    verify,
)
from allocator.pack_worth import pack_worth
from tests.allocator.tables import write_folder

TABLES: dict[str, list[dict[str, Any]]] = {
    "regions": [{}],
    "products": [{}],
    "skus": [{"sku_id": "K40", "size": "40"}, {"sku_id": "K41", "size": "41"}],
    "supply": [{"sku_id": "K40", "units": 9}, {"sku_id": "K41", "units": 12}],
    "franchisees": [
        {"franchisee_id": "A", "balance_cents": 700},
        {"franchisee_id": "B", "balance_cents": 500, "credit_limit_cents": 200},
        {"franchisee_id": "C", "rank": 2, "balance_cents": 5000},
    ],
    "orders": [
        {"order_id": "OA", "franchisee_id": "A"},
        {"order_id": "OB", "franchisee_id": "B"},
        {"order_id": "OC", "franchisee_id": "C"},
    ],
    "order_lines": [
        {"line_id": "A1", "order_id": "OA", "sku_id": "K40", "qty": 6},
        {"line_id": "A2", "order_id": "OA", "sku_id": "K41", "qty": 4},
        {"line_id": "B1", "order_id": "OB", "sku_id": "K40", "qty": 10, "pack": 4},
        {"line_id": "C1", "order_id": "OC", "sku_id": "K41", "qty": 5},
    ],
    "stores": [{"store_id": "S1"}, {"store_id": "S2"}],
    "store_stock": [
        {"store_id": "S1", "sku_id": "K41", "safety": 4, "on_hand": 1},
        {"store_id": "S2", "sku_id": "K41", "safety": 3},
    ],
    "region_reserves": [{"sku_id": "K41", "target": 2}],
}


@pytest.fixture
def problem(tmp_path: Path) -> Problem:
    return problem_from(read_tables(write_folder(tmp_path / "in", TABLES)))


def _worth(wanted: int, pack: int, given: int) -> list[int]:
    """What each given pack is worth; `given` in pieces."""
    nth = np.arange(1, given // pack + 1)
    return pack_worth(np.full(len(nth), pack), np.full(len(nth), wanted), nth).tolist()


def test_claims_get_the_units_and_reasons_of_the_page(problem: Problem) -> None:
    plan = solve(problem)
    assert plan.allocations.select("claim_id", "units", "reason").rows() == [
        ("L:A1", 4, "FUNDS"),
        ("L:A2", 3, "FUNDS"),
        ("L:B1", 4, "SUPPLY|FUNDS"),
        ("L:C1", 5, ""),
        ("R:A1", 1, "SUPPLY"),
        ("R:A2", 1, ""),
        ("R:B1", 0, "SUPPLY"),
        ("G:R:K41", 0, "SUPPLY"),
        ("S:S1:K41", 2, "SUPPLY"),
        ("S:S2:K41", 1, "SUPPLY"),
    ]
    assert plan.levels.select("key", "total", "fairness").rows() == [
        ('[1, 1, 1, "P"]', 11, 154_832),
        ('[1, 2, 1, "P"]', 5, 50_000),
        ('[2, 1, 1, "P"]', 2, 25_000),
        ('[3, 0, 0, 0, 0, 1, "P", 0]', 3, 43_332),
        ('[3, 0, 0, 0, 1, 1, "P", 0]', 0, 0),
    ]
    assert solve(problem, method="program").allocations.equals(plan.allocations)


def test_packs_are_worth_what_the_page_says() -> None:
    assert _worth(6, 1, 6) == [18_333, 15_000, 11_666, 8_333, 5_000, 1_666]
    assert _worth(4, 1, 4) == [17_500, 12_500, 7_500, 2_500]
    assert _worth(10, 4, 8) == [64_000, 32_000]
    assert _worth(3, 1, 3) == [16_666, 10_000, 3_333]


def test_three_plans_share_the_most_pieces_and_fairness_chooses_among_them() -> None:
    """Level 1 by hand: 9 pieces of K40, 12 of K41, 700 cents each, every piece 100."""
    plans = [
        (a1, a2, b1)
        for a1, a2, b1 in product(range(7), range(5), (0, 4, 8))
        if a1 + b1 <= 9 and a2 <= 12 and 100 * (a1 + a2) <= 700 and 100 * b1 <= 700
    ]
    best = max(sum(plan) for plan in plans)
    fair = {
        plan: sum(_worth(6, 1, plan[0]) + _worth(4, 1, plan[1]) + _worth(10, 4, plan[2]))
        for plan in plans
        if sum(plan) == best
    }
    assert best == 11
    assert fair == {(5, 2, 4): 152_332, (4, 3, 4): 154_832, (3, 4, 4): 148_999}
    # "Sort and hand out": A1 in full, one piece of A2 for the last 100 cents, no pack left for B1.
    assert (6, 1, 0) in plans
    assert sum((6, 1, 0)) == 7


def test_the_certificate_holds_and_the_verifier_finds_nothing(problem: Problem) -> None:
    plan = solve(problem)
    assert verify(problem, plan) == []
    certificate = certify(problem, plan)
    assert certificate.holds
    # C1 is full: its reservation is no claim, and its level neither in the files nor certified.
    assert (plan.summary["claims"], plan.summary["levels"]) == (10, 5)
    assert (certificate.by_program, certificate.filled, certificate.levels) == (4, 1, 5)
    # What money alone allows leaves goods enough at the first level: no program is needed.
    assert (plan.summary["claims_by_program"], plan.summary["programs"]) == (0, 0)


def test_a_hundred_cents_more_move_a_piece_from_reserved_to_shipped(problem: Problem) -> None:
    base = solve(problem)
    change = explain(problem, base, "L:A1").changes[0]
    assert (change.what, change.amount, change.gives) == ("FUNDS", 100, 5)
    richer = pl.col("balance_cents") + 100 * (pl.col("franchisee_id") == "A")
    tables = problem.tables
    edited = replace(tables, franchisees=tables.franchisees.with_columns(balance_cents=richer))
    plan = Replanner(base).plan_of(edited)
    assert plan.allocations.equals(solve(problem_from(edited)).allocations)
    units = dict(plan.allocations.select("claim_id", "units").rows())
    before = dict(base.allocations.select("claim_id", "units").rows())
    changed = {claim: n for claim, n in units.items() if n != before[claim]}
    assert changed == {"L:A1": 5, "R:A1": 0}
    assert plan.levels.row(0)[1:3] == (12, 159_832)
