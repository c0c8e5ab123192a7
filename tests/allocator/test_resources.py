"""The table of what claims take: read claim by claim, or for many at once, it says the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from allocator import Problem, problem_from, read_tables, solve, verifier
from allocator.resources import FUNDS, KINDS, PICKS, SHARE, SUPPLY
from tests.allocator.instances import write_instance
from tests.allocator.worlds import line, world


def test_each_kind_has_its_rule_in_the_verifier() -> None:
    """The verifier counts for itself, one function per rule, under the names of the table."""
    assert {kind.rule for kind in KINDS} <= {rule.__name__ for rule in verifier.RULES}


@pytest.mark.parametrize("seed", range(30))
def test_rows_of_many_claims_are_the_rows_of_each(tmp_path: Path, seed: int) -> None:
    problem = problem_from(read_tables(write_instance(tmp_path, "tiny", str(seed))))
    resources, n = problem.resources, len(problem.claims)
    for kind in resources.kinds:
        rows = resources.rows(kind, np.arange(n))
        found: dict[int, dict[int, int]] = {}
        owners = np.arange(n)[rows.owner]
        for owner, which, amount in zip(owners, rows.which, rows.amount, strict=True):
            if amount:
                found.setdefault(int(owner), {})[int(which)] = int(amount)
        packs = problem.claims.pack
        assert found == {
            claim: {which: unit * int(packs[claim]) for (_, which), unit in of_unit}
            for claim in range(n)
            if (of_unit := resources.of_unit(kind, claim))
        }
        slices = resources.rows(kind, slice(0, n))
        assert slices.which.tolist() == rows.which.tolist()
        assert slices.amount.tolist() == rows.amount.tolist()


def test_what_a_claim_takes() -> None:
    """Goods by the pieces of a pack, money for shipments, picks for what leaves, and the share of
    an outlet: what is reserved costs nothing and is not picked, but counts for the share."""
    problem = _limited()
    ships, rest = problem.claim_ids.to_list().index("L:1"), problem.claim_ids.to_list().index("R:1")
    rows = {kind: dict(problem.resources.of_unit(kind, ships)) for kind in range(len(KINDS))}
    assert list(rows[SUPPLY].values()) == [1]
    assert rows[FUNDS] == {(FUNDS, 0): 100}
    assert rows[PICKS] == {(PICKS, 0): 1}
    assert list(rows[SHARE].values()) == [1]
    assert [kind for kind in range(len(KINDS)) if problem.resources.of_unit(kind, rest)] == [
        SUPPLY,
        SHARE,
    ]


def test_a_plan_takes_what_its_packs_take() -> None:
    problem = _limited()
    plan = solve(problem)
    every = np.arange(len(problem.claims))
    taken = {k: problem.resources.counted(k, every, plan.packs) for k in problem.resources.kinds}
    assert taken[PICKS].tolist() == [3]
    assert taken[FUNDS][0] == 300
    assert taken[SUPPLY].sum() == taken[SHARE].sum() == 5


def _limited() -> Problem:
    return problem_from(
        world(
            {"pick_capacity": {"W": 3}, "share_cap_ppm": 500_000},
            order_lines=[line("1", 9)],
        )
    )
