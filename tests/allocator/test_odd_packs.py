"""Packs of many odd sizes on one SKU, without the program, against every other way."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator import problem_from, solve, verify
from allocator.rare import odd_packs, two_lists
from allocator.rare.mixed_packs import share_mixed
from allocator.rare.odd_packs import share_odd
from tests.allocator.test_hard_groups import wants_more
from tests.allocator.test_mixed_packs import Wish, key_of, wishes
from tests.allocator.worlds import given as units_given
from tests.allocator.worlds import line, world
from tests.extent import extent

# Ways to be hostile; the sizes are all different in each.
WAYS = ("a pack each", "whole packs", "ragged", "one odd", "all but a multiple")


def hostile(way: str, n: int, size: int, seed: int) -> tuple[list[Wish], int]:
    """Claims for packs of this many odd sizes up to `size`, and goods for a part of them."""
    rng = np.random.default_rng(seed)
    s = 1 + 2 * rng.choice(np.arange(size // 20, size // 2), n, replace=False)
    most = rng.integers(1, 6, n)
    if way == "a pack each":
        most = np.ones(n, dtype=np.int64)
    if way == "one odd":
        s[:-1] += 1
    if way == "all but a multiple":
        step = max(size // (4 * n), 2)
        s = 1 + step * rng.choice(np.arange(1, 4 * n), n, replace=False)
    q = s * most + (rng.integers(0, s) if way == "ragged" else 0)
    available = int((s * most).sum()) * int(rng.integers(1, 9)) // 10
    return list(zip(s.tolist(), q.tolist(), most.tolist(), strict=True)), available


def share(case: tuple[list[Wish], int]) -> list[int] | None:
    s, q, most = np.array(case[0], dtype=np.int64).T
    found = share_odd(s, q, most, case[1])
    return None if found is None else found.tolist()


def best_of_all(claims: list[Wish], available: int) -> list[int]:
    fitting = [
        plan
        for plan in product(*[range(n + 1) for _, _, n in claims])
        if sum(k * s for k, (s, _, _) in zip(plan, claims, strict=True)) <= available
    ]
    return list(max(fitting, key=lambda plan: key_of(claims, plan)))


@settings(max_examples=extent(75, 1500))
@given(wishes(claims=5, packs=4, sizes=(1, 2, 3, 4, 5, 6, 7)))
def test_odd_packs_are_the_best_of_all_combinations(case: tuple[list[Wish], int]) -> None:
    """T, then G, then D (section 3), over every plan that fits."""
    if wants_more(case):
        assert share(case) == best_of_all(*case)


@settings(max_examples=extent(25, 500))
@given(wishes(claims=16, packs=12, sizes=(1, 2, 3, 5, 6, 8, 11, 12, 24, 144)))
def test_odd_packs_are_what_mixed_packs_finds(case: tuple[list[Wish], int]) -> None:
    """Dozens of packs, of equal worth: sums around the base and those that lose little agree."""
    if wants_more(case):
        s, q, most = np.array(case[0], dtype=np.int64).T
        found = share_mixed(s, q, most, case[1])
        mine = share(case)
        assert mine is not None
        if found is not None:
            assert mine == found.tolist()


@settings(max_examples=extent(30, 600))
@given(st.sampled_from(WAYS), st.integers(2, 7), st.integers(0, 10_000))
def test_few_hostile_packs_are_the_best_of_all_combinations(way: str, n: int, seed: int) -> None:
    """T, then G, then D, where hardly any sum can be met exactly."""
    claims, available = hostile(way, n, 1_000, seed)
    claims = [(s, q, min(most, 3)) for s, q, most in claims]
    if wants_more((claims, available)):
        assert share((claims, available)) == best_of_all(claims, available)


@pytest.mark.parametrize("sight", [1, 2, 1000])
@pytest.mark.parametrize("way", WAYS)
def test_how_much_is_looked_at_first_changes_nothing(
    way: str, sight: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Packs before the edge, single losses and free packs passed: any number gives the same."""
    cases = [hostile(way, 24, 400, seed) for seed in range(6)]
    usual = [share(case) for case in cases]
    for module, name in (
        (odd_packs, "FIRST_PACKS"),
        (odd_packs, "FIRST_LOSSES"),
        (two_lists, "FREE_PASSED"),
        (two_lists, "FREE"),
    ):
        monkeypatch.setattr(module, name, sight)
    assert [share(case) for case in cases] == usual
    assert None not in usual


@pytest.mark.parametrize("way", WAYS)
def test_hostile_packs_are_what_the_program_gives(way: str) -> None:
    """The integer program of the same level, which is the definition."""
    claims, available = hostile(way, 9, 60, 1)
    tables = world(
        supply=[{"sku_id": "K1", "units": available}],
        order_lines=[
            line(f"L{i}", q, pack=s, price_cents=0, reserve=0) for i, (s, q, _) in enumerate(claims)
        ],
    )
    right = units_given(solve(problem_from(tables), method="program"))
    found = share(([(s, q, q // s) for s, q, _ in claims], available))
    assert found is not None
    given_ = {f"L:L{i}": k * s for i, (k, (s, _, _)) in enumerate(zip(found, claims, strict=True))}
    assert {claim: units for claim, units in given_.items() if units} == right


def lines_of(claims: list[Wish]) -> list[dict[str, Any]]:
    """Order lines of these claims (pack, wanted, most) that cost nothing and reserve nothing."""
    return [
        line(f"L{i:03}", q, pack=s, price_cents=0, reserve=0) for i, (s, q, _) in enumerate(claims)
    ]


@pytest.mark.parametrize("seed", [0, 2])
@pytest.mark.parametrize("n", [100, 400])
@pytest.mark.parametrize("way", WAYS[:3])
def test_hundreds_of_odd_sizes_up_to_a_million_need_no_program(way: str, n: int, seed: int) -> None:
    """Hostile: no sum is small, no two sizes are equal; proven all the same, nothing is left."""
    claims, available = hostile(way, n, 1_000_000, seed)
    tables = world(
        supply=[{"sku_id": "K1", "units": available}],
        order_lines=lines_of(claims),
    )
    problem = problem_from(tables)
    plan = solve(problem)
    assert (plan.summary["programs"], plan.unproven) == (0, {})
    assert verify(problem, plan) == []
    assert int((plan.packs * problem.claims.pack_pieces).sum()) == available


def test_too_many_sums_are_left_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """It gives up rather than guess."""
    cases = [hostile(way, 24, 400, seed) for way in WAYS for seed in range(4)]
    usual = [share(case) for case in cases]
    monkeypatch.setattr(odd_packs, "MOST_STEPS", 500)
    monkeypatch.setattr(odd_packs, "FEW_STEPS", 100)
    monkeypatch.setattr(odd_packs, "MOST_WORDS", 0)
    found = [share(case) for case in cases]
    assert None in found
    assert all(mine in (right, None) for mine, right in zip(found, usual, strict=True))


def test_a_prepack_among_odd_sizes_needs_no_program() -> None:
    """It makes their level be solved part by part; in this part only pieces of K1 are scarce."""
    claims, available = hostile("ragged", 120, 1_000_000, 5)
    tables = world(
        supply=[{"sku_id": "K1", "units": available}],
        prepacks=[{"prepack_id": "X", "sku_id": "K1", "qty": 3}],
        order_lines=[
            line("A", 5, "X", pack=1, price_cents=0, reserve=0),
            *lines_of(claims),
        ],
    )
    problem = problem_from(tables)
    plan = solve(problem)
    assert (plan.summary["programs"], plan.unproven) == (0, {})
    assert verify(problem, plan) == []
    found = share(([(3, 15, 5), *claims], available))
    assert plan.packs.tolist() == found
