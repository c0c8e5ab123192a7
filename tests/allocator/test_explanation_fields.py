"""What an explanation says of every kind of claim; what it says would change it is solved again."""

from pathlib import Path

import polars as pl
import pytest

from allocator import Tables, explain, problem_from, read_tables, solve
from allocator.counterfactuals import edit
from tests.allocator.instances import write_instance
from tests.allocator.worlds import line, world


def short_of_everything() -> Tables:
    """Six pieces: F ships two for its 200 cents and reserves one, the store gets three of five."""
    return world(
        products=[{"product_id": "P", "season": "AW"}],
        supply=[{"sku_id": "K1", "units": 6}],
        franchisees=[{"franchisee_id": "F", "rank": 4, "reserve_rank": 8, "balance_cents": 200}],
        orders=[{"order_id": "O"}],
        order_lines=[line("1", 3)],
        store_stock=[{"store_id": "S", "sku_id": "K1", "safety": 5}],
        region_reserves=[{"sku_id": "K1", "target": 2}],
    )


@pytest.mark.parametrize(
    ("claim", "outlet", "position", "rule", "values"),
    [
        ("L:1", "F", 0, "FUNDED_ORDERS_BY_RANK_THEN_LAUNCH", "rank=4 launch=1 product=P"),
        (
            "R:1",
            "F",
            1,
            "RESERVATIONS_BY_RESERVE_RANK_THEN_LAUNCH",
            "reserve_rank=8 launch=1 product=P",
        ),
        (
            "S:S:K1",
            "S",
            2,
            "STORE_GAPS_BY_SEASON_REGION_LAUNCH_TIER",
            "season=AW region=R launch=1 product=P tier=A",
        ),
        (
            "G:R:K1",
            "R",
            3,
            "REGION_RESERVES_AFTER_STORE_GAPS",
            "season=AW region=R launch=1 product=P",
        ),
    ],
)
def test_a_claim_s_level_and_what_put_it_there_are_explained(
    claim: str, outlet: str, position: int, rule: str, values: str
) -> None:
    """Section 1: the order of the levels, and what each looks at."""
    problem = problem_from(short_of_everything())
    found = explain(problem, solve(problem), claim, counterfactuals=False)
    assert (found.outlet, found.position, found.rule) == (outlet, position, rule)
    assert " ".join(f"{name}={value}" for name, value in found.values) == values
    assert found.changes == ()


def test_a_store_s_winners_and_losers_are_explained() -> None:
    """Winners stand nearest first; the reserve behind the store gets nothing."""
    problem = problem_from(short_of_everything())
    found = explain(problem, solve(problem), "S:S:K1")
    assert (found.wanted, found.given, found.reasons) == (5, 3, ("SUPPLY",))
    assert [(w.claim_id, w.outlet, w.position, w.units, w.pieces) for w in found.winners] == [
        ("R:1", "F", 1, 1, 1),
        ("L:1", "F", 0, 2, 2),
    ]
    assert (found.winners_pieces, found.more_winners) == (3, 0)
    assert [(d.claim_id, d.outlet, d.position, d.missing) for d in found.displaced] == [
        ("G:R:K1", "R", 3, 2)
    ]
    assert (found.supply, found.funds) == ((("W", 3),), None)
    assert [(c.what, c.amount, c.gives, c.fills) for c in found.changes] == [
        ("SUPPLY", 1, 4, False),
        ("SUPPLY", 2, 5, True),
    ]


@pytest.mark.parametrize("seed", range(6))
def test_every_change_named_is_what_a_cold_solve_gives(seed: int, tmp_path: Path) -> None:
    """Section 9: a counterfactual is verified; here once more, by a solve of its own."""
    tables = read_tables(write_instance(tmp_path / "in", "tiny", f"explain:{seed}"))
    problem = problem_from(tables)
    plan = solve(problem)
    short = plan.claims.filter((pl.col("reason") != "") & (pl.col("kind") != "R"))
    for claim in short["claim_id"].to_list()[:4]:
        found = explain(problem, plan, claim)
        for change in found.changes:
            edited = problem_from(edit(tables, change.what, change.subject, change.amount))
            claims = solve(edited).claims.filter(pl.col("claim_id") == claim)
            assert claims["given"].to_list() == [change.gives]
            assert change.more == change.gives - found.given > 0
