"""Packs of many odd sizes on one SKU, by numbers per size, against every other way."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings

from allocator import problem_from, solve, verify
from allocator.limits import SearchLimits
from allocator.rare.mixed_packs import share_mixed
from allocator.rare.pack_count_program import share_by_numbers
from tests.allocator.test_mixed_packs import Wish, key_of, wishes
from tests.allocator.worlds import line, world
from tests.extent import extent


def share(case: tuple[list[Wish], int]) -> list[int] | None:
    s, q, most = np.array(case[0], dtype=np.int64).T
    found = share_by_numbers(s, q, most, case[1], SearchLimits())
    return None if found is None else found.tolist()


def wants_more(case: tuple[list[Wish], int]) -> bool:
    """Whether there is anything to choose: what fits each alone does not fit together."""
    claims, available = case
    return sum(s * min(n, available // s) for s, _, n in claims) > available


@settings(max_examples=extent(25, 500))
@given(wishes(claims=5, packs=4, sizes=(1, 2, 3, 4, 5, 6, 7)))
def test_numbers_are_the_best_of_all_combinations(case: tuple[list[Wish], int]) -> None:
    """T, then G, then D (section 3), over every plan that fits."""
    claims, available = case
    if not wants_more(case):
        return
    fitting = [
        plan
        for plan in product(*[range(n + 1) for _, _, n in claims])
        if sum(k * s for k, (s, _, _) in zip(plan, claims, strict=True)) <= available
    ]
    best = max(fitting, key=lambda plan: key_of(claims, plan))
    assert share(case) == list(best)


@settings(max_examples=extent(15, 300))
@given(wishes(claims=14, packs=12, sizes=(1, 2, 3, 5, 6, 8, 11, 12, 24, 144)))
def test_numbers_are_what_mixed_packs_finds(case: tuple[list[Wish], int]) -> None:
    """Dozens of packs: the sums of `mixed_packs` and the numbers agree."""
    claims, available = case
    if wants_more(case):
        s, q, most = np.array(claims, dtype=np.int64).T
        found = share_mixed(s, q, most, available)
        if found is not None:
            assert share(case) == found.tolist()


@pytest.mark.parametrize("sizes", [(1, 3, 777_777, 1_000_000), (2, 3, 9_999, 10_000)])
def test_very_many_equals_in_sizes_far_apart(sizes: tuple[int, ...]) -> None:
    """One pack each and all worth the same per piece: hostile, and decided without a limit."""
    n = extent(300, 30_000)
    wanted = np.random.default_rng(1).choice(sizes, n)
    available = int(wanted.sum()) // 2
    tables = world(
        supply=[{"sku_id": "K1", "units": available}],
        order_lines=[
            line(f"L{i:05}", int(q), pack=int(q), price_cents=0) for i, q in enumerate(wanted)
        ],
    )
    problem = problem_from(tables)
    plan = solve(problem)
    assert plan.unproven == {}
    assert verify(problem, plan) == []
    small, large, largest = wanted[wanted < 4].sum(), *[(wanted == s).sum() for s in sizes[2:]]
    # Small packs make any sum up to their own; of the largest as many as fit are never too many.
    most = np.arange(large + 1) * sizes[2]
    most = most[most <= available]
    most += np.minimum((available - most) // sizes[3], largest) * sizes[3]
    most += np.minimum(available - most, small)
    assert int((plan.packs * problem.claims.pack_pieces).sum()) == most.max()


def test_a_limit_ends_the_search() -> None:
    """It then leaves the claims to the program, which keeps the best it has."""
    s = np.array([997, 1_000, 1_009], dtype=np.int64)
    found = share_by_numbers(s, s * 5, np.full(3, 5), 7_001, SearchLimits(deterministic=1e-9))
    assert found is None
