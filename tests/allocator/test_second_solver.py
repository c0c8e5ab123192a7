"""Another solver on the same programs: the same bytes. T, G and D leave no solver a choice."""

from pathlib import Path

import pytest
from ortools.sat.python import cp_model

from allocator import Plan, problem_from, read_tables, solve, write_plan
from allocator.solving import Method
from benchmarks.allocator.instances import PROFILES
from benchmarks.allocator.instances import write_instance as hard_instance
from tests.allocator import cases
from tests.allocator.instances import write_instance
from tests.allocator.second_solver import ScipSolver, Tally, scip_in_place_of_cp_sat
from tests.allocator.tables import tiny
from tests.extent import extent


def _bytes(plan: Plan, out: Path) -> dict[str, bytes]:
    write_plan(plan, out)
    return {name: (out / name).read_bytes() for name in ("allocations.csv", "levels.csv")}


def _same_bytes(folder: Path, out: Path, method: Method) -> Tally:
    """Solve a folder with either solver and compare what is written."""
    problem = problem_from(read_tables(folder))
    first = _bytes(solve(problem, method=method), out / "cp-sat")
    with scip_in_place_of_cp_sat() as tally:
        second = _bytes(solve(problem, method=method), out / "scip")
    assert first == second
    return tally


@cases.needs_cases
@pytest.mark.parametrize("name", cases.NAMES)
def test_the_cores_of_every_case_have_the_same_plan(name: str, tmp_path: Path) -> None:
    """What the fast path leaves to the program, and the warehouses, solved by SCIP."""
    _same_bytes(cases.FOLDER / name, tmp_path, "auto")


@cases.needs_cases
@pytest.mark.parametrize("name", [n for n in cases.NAMES if n.startswith("tiny-")])
def test_every_level_of_a_tiny_case_has_the_same_plan(name: str, tmp_path: Path) -> None:
    """All levels as programs: none of them is left out."""
    tally = _same_bytes(cases.FOLDER / name, tmp_path, "program")
    assert tally.programs > 0


@pytest.mark.parametrize("number", range(extent(6, 240)))
def test_random_instances_have_the_same_plan(number: int, tmp_path: Path) -> None:
    """Every feature mixed, every level as a program."""
    _same_bytes(write_instance(tmp_path / "in", "tiny", f"31:{number}"), tmp_path, "program")


@pytest.mark.parametrize("profile", ["hard", "tied"])
def test_cores_of_hard_and_tied_data_have_the_same_plan(profile: str, tmp_path: Path) -> None:
    """Short of money, tied ranks, discounts, mixed packs: parts for the program."""
    folder = hard_instance(tmp_path / "in", 300, PROFILES[profile], 1)
    tally = _same_bytes(folder, tmp_path, "auto")
    assert tally.programs > 0


def test_large_sums_and_large_goals_stay_exact(tmp_path: Path) -> None:
    """Funds, a minimum and claims far beyond what floating point distinguishes by its tolerance."""
    priced = 3 * 10**14
    folder = tiny(
        tmp_path / "in",
        supply=[{"units": 19_000_001}],
        franchisees=[{"balance_cents": 9 * 10**14, "guarantee_cents": 5}],
        orders=[{"min_ship_value_cents": 6 * 10**14 + 1}],
        order_lines=[
            {"line_id": f"L{n}", "price_cents": priced + n % 3, "qty": 1 + n % 2} for n in range(9)
        ],
        store_stock=[{"safety": 12_000_000, "pack": 3_000_001}],
        region_reserves=[{"target": 19_999_999, "pack": 1_000_003}],
    )
    tally = _same_bytes(folder, tmp_path, "program")
    assert tally.split_rows > 0
    assert tally.split_goals > 0
    assert tally.largest > 10**13


@pytest.mark.parametrize("numbers", [(999, 1000, 1001), (10**12 + 39, 10**12, 7), (2**40, 3, 1)])
def test_splitting_by_place_value_changes_no_answer(numbers: tuple[int, int, int]) -> None:
    """A row and a goal with factors of any size: both solvers find the same best value."""
    values = []
    for make in (lambda: ScipSolver(Tally()), cp_model.CpSolver):
        model = cp_model.CpModel()
        packs = [model.new_int_var(0, 9, f"packs_{n}") for n in range(3)]
        cost = cp_model.LinearExpr.weighted_sum(packs, list(numbers))
        model.add(cost <= 7 * numbers[0] + numbers[1] - 1)
        model.add(cost >= 3 * numbers[2])
        model.maximize(cost - 2 * numbers[2] * packs[2])
        solver = make()
        assert solver.solve(model) == cp_model.OPTIMAL
        values.append(round(solver.objective_value))
    assert values[0] == values[1]
