"""An amount that is said to be the least is: held against every smaller amount."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from allocator import Tables, explain, problem_from, read_tables, solve
from allocator.counterfactuals import CounterfactualChange, edit
from tests.allocator.instances import write_instance
from tests.allocator.worlds import line, world
from tests.extent import LONG

# Cold solves per change; what would take more is thinned out evenly.
MOST_AMOUNTS = 30


def _gives(tables: Tables, claim: str, change: CounterfactualChange, amount: int) -> int:
    plan = solve(problem_from(edit(tables, change.what, change.subject, amount)))
    return int(plan.claims.filter(pl.col("claim_id") == claim)["given"].sum())


def _thinned(amount: int) -> list[int]:
    step = -(-amount // MOST_AMOUNTS)
    return sorted({*range(1, amount, step), *range(max(amount - 5, 1), amount)})


# The second alone takes ten seconds.
@pytest.mark.parametrize("seed", range(60) if LONG else range(2, 5))
def test_no_smaller_amount_does_what_a_proven_one_does(seed: int, tmp_path: Path) -> None:
    """Section 9: random instances; every claim that went short, every lever."""
    tables = read_tables(write_instance(tmp_path / "in", "tiny", f"least:{seed}"))
    problem = problem_from(tables)
    plan = solve(problem)
    short = plan.claims.filter((pl.col("reason") != "") & (pl.col("kind") != "R"))
    for claim in short["claim_id"].to_list()[:5]:
        explanation = explain(problem, plan, claim)
        for at, change in enumerate(explanation.changes):
            if not change.proven_least or change.what == "UNBLOCK":
                continue
            is_first = at == 0 or explanation.changes[at - 1].what != change.what
            target = explanation.given + 1 if is_first else change.gives
            for amount in _thinned(change.amount):
                assert _gives(tables, claim, change, amount) < target, (claim, change, amount)


def test_break_points_of_several_prices_are_all_solved() -> None:
    """Funds of 2 cents; lines at 2 and 3 cents. One cent more could pay the dear one, but the other
    line goes first: both need 5. Break points are single cents, and all below are solved."""
    lines = [
        line("1", 1, price_cents=2, reserve=0),
        line("2", 1, "K2", price_cents=3, reserve=0),
    ]
    people = [{"franchisee_id": "F", "balance_cents": 2}, {"franchisee_id": "G"}]
    problem = problem_from(world(franchisees=people, order_lines=lines))
    plan = solve(problem)
    explanation = explain(problem, plan, "L:2")
    assert [(c.what, c.amount, c.gives, c.proven_least) for c in explanation.changes] == [
        ("FUNDS", 3, 1, True)
    ]


def test_an_amount_with_too_many_break_points_below_is_only_the_least_found() -> None:
    """A penny line beside a expensive one: every cent may change something."""
    lines = [
        line("1", 1, price_cents=1, reserve=0),
        line("2", 2, "K2", price_cents=700, reserve=0),
    ]
    people = [{"franchisee_id": "F", "balance_cents": 0}, {"franchisee_id": "G"}]
    problem = problem_from(world(franchisees=people, order_lines=lines))
    explanation = explain(problem, solve(problem), "L:2")
    assert {(c.what, c.proven_least) for c in explanation.changes} == {("FUNDS", False)}
