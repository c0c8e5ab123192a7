"""A what-if gives the bytes of a cold solve, and solves no more than the edit can reach."""

import random
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from allocator import (
    Fault,
    InputFaults,
    Plan,
    Replanner,
    Tables,
    problem_from,
    read_tables,
    replan,
    solve,
    verify,
    write_plan,
)
from tests.allocator.edits import edit_amount, edit_anything
from tests.allocator.instances import write_instance
from tests.allocator.worlds import line, world

OFTEN = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def instance(size: str, seed: int) -> Tables:
    """An instance of the oracle's; the options that join everything are kept in one in four."""
    with tempfile.TemporaryDirectory() as folder:
        tables = read_tables(write_instance(Path(folder) / "in", size, f"replan:{seed}"))
    if seed % 4 == 0:
        return tables
    options = replace(tables.settings, pick_capacity=None, share_cap_ppm=None)
    supply = tables.supply
    if seed % 4 < 3:
        supply = supply.with_columns(pl.lit("W").alias("warehouse_id"))
    return replace(tables, settings=options, supply=supply)


def files(plan: Plan) -> tuple[bytes, bytes]:
    """What the plan writes."""
    with tempfile.TemporaryDirectory() as folder:
        write_plan(plan, folder)
        names = ("allocations.csv", "levels.csv")
        first, second = ((Path(folder) / name).read_bytes() for name in names)
    return first, second


def faults_of(work: Callable[[], object]) -> list[Fault]:
    """What is wrong with the input, if anything."""
    try:
        work()
    except InputFaults as told:
        return list(told.faults)
    return []


def compare(edited: Tables, planner: Replanner) -> None:
    """Hold a what-if against a cold solve."""
    faults = faults_of(lambda: problem_from(edited))
    assert faults_of(lambda: planner.plan_of(edited)) == faults
    if faults:
        return
    cold, warm = solve(problem_from(edited)), planner.plan_of(edited)
    assert files(warm) == files(cold)
    assert warm.summary["fingerprint"] == cold.summary["fingerprint"]
    assert warm.splits == cold.splits
    assert verify(warm.problem, warm) == []


@OFTEN
@given(seed=st.integers(0, 10**6), edits=st.integers(1, 3), only_amounts=st.booleans())
@example(seed=0, edits=1, only_amounts=True)
def test_a_what_if_equals_a_cold_solve(seed: int, edits: int, only_amounts: bool) -> None:
    """Section 8: bytes equal to a cold solve, whatever is edited."""
    rng = random.Random(seed)
    tables = instance("tiny", seed)
    planner = Replanner(solve(problem_from(tables)))
    edited = tables
    for _ in range(edits):
        edited = (edit_amount if only_amounts else edit_anything)(edited, rng)
    compare(edited, planner)


@pytest.mark.parametrize("seed", [1, 2, 5, 6, 9, 10])
def test_many_what_ifs_of_one_larger_base(seed: int) -> None:
    """One base, one edit after the other, and a what-if of a what-if."""
    rng = random.Random(seed)
    tables = instance("small", seed)
    planner = Replanner(solve(problem_from(tables)))
    for _ in range(4):
        edited = edit_amount(tables, rng)
        compare(edited, planner)
        again = edit_amount(edited, rng)
        compare(again, Replanner(planner.plan_of(edited)))


def money(tables: Tables, franchisee: str, cents: int) -> Tables:
    """The tables with another balance."""
    is_it = pl.col("franchisee_id") == franchisee
    balance = pl.when(is_it).then(cents).otherwise("balance_cents").alias("balance_cents")
    return replace(tables, franchisees=tables.franchisees.with_columns(balance))


def test_money_reaches_its_own_lines_and_who_shares_their_goods() -> None:
    """F buys K1 and G buys K2: F's money reaches neither G nor K2."""
    people = [{"franchisee_id": "F", "balance_cents": 300}, {"franchisee_id": "G"}]
    lines = [line("1", 9, "K1", reserve=0), line("2", 20, "K2", order_id="OG", reserve=0)]
    base = solve(problem_from(world(franchisees=people, order_lines=lines)))
    plan = replan(base, money(base.problem.tables, "F", 500))
    assert plan.summary["restart"] == {"claims_solved": 1, "why_all": ""}
    assert plan.claims["given"].to_list() == [5, 10]


def test_an_edit_of_ranks_or_under_pick_capacity_solves_everything_and_says_so() -> None:
    """Section 10: what is not known to stay is solved again."""
    base = solve(problem_from(world(order_lines=[line("1", 4)])))
    tables = base.problem.tables
    ranked = replace(tables, franchisees=tables.franchisees.with_columns(pl.lit(7).alias("rank")))
    assert replan(base, ranked).summary["restart"]["why_all"] == "more than amounts was edited"
    capped = problem_from(world({"pick_capacity": {"W": 3}}, order_lines=[line("1", 4)]))
    plan = replan(solve(capped), money(capped.tables, "F", 200))
    assert plan.summary["restart"]["why_all"] == "pick capacity joins all claims"
    assert plan.claims["given"].to_list()[0] == 2


def test_a_bad_amount_is_told_as_by_a_cold_solve() -> None:
    """Section 4: every fault with its row."""
    base = solve(problem_from(world(order_lines=[line("1", 4)])))
    tables = base.problem.tables
    frame = tables.order_lines.with_columns(pl.lit(-1, pl.Int64).alias("qty"))
    with pytest.raises(InputFaults) as told:
        replan(base, replace(tables, order_lines=frame))
    assert [(f.file, f.row, f.column) for f in told.value.faults] == [("order_lines.csv", 2, "qty")]
