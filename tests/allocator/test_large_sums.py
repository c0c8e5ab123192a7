"""Rows of money that leave int64 are summed in blocks, and mean what a single row would."""

import itertools
import random
from pathlib import Path

import pytest
from ortools.sat.python import cp_model

from allocator.limits import SearchLimits
from allocator.program import large_sums
from allocator.program.cp_sat import new_solver
from allocator.program.large_sums import Term, bound_above, bound_below
from tests.allocator.plans import plan_of
from tests.allocator.tables import tiny

HIGHEST_PRICE = 9 * 10**14


def _lines(model: cp_model.CpModel, prices: list[int], most: list[int]) -> list[Term]:
    return [
        Term(model.new_int_var(0, high, f"packs_{n}"), price, high)
        for n, (price, high) in enumerate(zip(prices, most, strict=True))
    ]


def _best(model: cp_model.CpModel, weighted: cp_model.LinearExpr) -> int:
    model.maximize(weighted)
    solver = new_solver(SearchLimits())
    assert solver.solve(model) == cp_model.OPTIMAL
    return int(solver.value(weighted))


def test_funds_for_three_of_twelve_thousand_high_priced_lines_buy_three() -> None:
    model = cp_model.CpModel()
    lines = _lines(model, [HIGHEST_PRICE - n % 3 for n in range(12_000)], [1] * 12_000)
    bound_above(model, lines, 3 * HIGHEST_PRICE)
    assert _best(model, sum(line.variable for line in lines)) == 3


def test_a_minimum_is_met_among_twelve_thousand_high_priced_lines() -> None:
    model = cp_model.CpModel()
    lines = _lines(model, [HIGHEST_PRICE - n % 3 for n in range(12_000)], [1] * 12_000)
    bound_below(model, lines, HIGHEST_PRICE, 1)
    solver = new_solver(SearchLimits())
    assert solver.solve(model) == cp_model.OPTIMAL
    assert sum(int(solver.value(line.variable)) * line.each for line in lines) >= HIGHEST_PRICE


@pytest.mark.parametrize("seed", range(20))
def test_rows_in_blocks_allow_just_what_one_row_allows(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With rows of at most 60 the blocks are needed already for a handful of lines."""
    monkeypatch.setattr(large_sums, "ROW_UP_TO", 60)
    chance = random.Random(seed)
    prices = [chance.choice([0, 2, 4, 6, 9]) for _ in range(7)]
    most = [chance.randint(1, 3) for _ in prices]
    worth = [chance.randint(1, 9) for _ in prices]
    bound = chance.randint(0, 12)
    plans = list(itertools.product(*(range(high + 1) for high in most)))

    def total(plan: tuple[int, ...], weights: list[int]) -> int:
        return sum(n * weight for n, weight in zip(plan, weights, strict=True))

    model = cp_model.CpModel()
    lines = _lines(model, prices, most)
    bound_above(model, lines, bound)
    goal = sum(line.variable * weight for line, weight in zip(lines, worth, strict=True))
    within = [plan for plan in plans if total(plan, prices) <= bound]
    assert _best(model, goal) == max(total(plan, worth) for plan in within)

    model = cp_model.CpModel()
    lines = _lines(model, prices, most)
    bound = min(bound, total(tuple(most), prices))
    bound_below(model, lines, bound, 1)
    goal = sum(line.variable * weight for line, weight in zip(lines, worth, strict=True))
    reached = [plan for plan in plans if total(plan, prices) >= bound]
    assert _best(model, -goal) == -min(total(plan, worth) for plan in reached)


def test_the_program_alone_sums_high_priced_lines_in_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Money for three of sixty lines, a minimum that only three reach; rows of four lines each."""
    monkeypatch.setattr(large_sums, "ROW_UP_TO", 4 * HIGHEST_PRICE)
    priced = HIGHEST_PRICE // 3
    folder = tiny(
        tmp_path / "in",
        supply=[{"units": 100}],
        franchisees=[{"balance_cents": HIGHEST_PRICE}],
        orders=[{"min_ship_value_cents": HIGHEST_PRICE - 5}],
        order_lines=[{"line_id": f"L{n:02d}", "price_cents": priced - n % 2} for n in range(60)],
    )
    found = plan_of(folder, method="program")
    assert found.units == plan_of(folder).units
    assert [c for c, n in found.units.items() if n and c[0] == "L"] == ["L:L00", "L:L01", "L:L02"]
