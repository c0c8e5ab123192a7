"""Packs of several sizes on one SKU: the short way against everything there is."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator import problem_from, solve
from allocator.pack_worth import claim_worth
from allocator.rare import mixed_packs, one_sku, worths
from allocator.rare.mixed_packs import share_mixed
from allocator.rare.single_resource_dp import PackRow, choose
from tests.allocator import brute_force
from tests.allocator.plans import plan_of
from tests.allocator.tables import tiny
from tests.allocator.worlds import given as units_given
from tests.allocator.worlds import line, world
from tests.extent import extent

# (pieces per pack, pieces wanted, most packs) in ascending claim number.
Wish = tuple[int, int, int]


@st.composite
def wishes(
    draw: st.DrawFn, claims: int, packs: int, sizes: tuple[int, ...]
) -> tuple[list[Wish], int]:
    """Claims, many of them equal or equally priced per piece, and goods for a part."""
    kinds = draw(st.lists(st.sampled_from(sizes), min_size=1, max_size=4))
    found: list[Wish] = []
    for _ in range(draw(st.integers(1, claims))):
        s = draw(st.sampled_from(kinds))
        n = draw(st.integers(0, packs))
        # Wishes that are whole packs of several sizes make packs of equal worth per piece.
        more = draw(st.sampled_from([0, 0, 1, s - 1, 7 * s]))
        q = draw(st.sampled_from([max(n, 1) * s + more, 12 * packs * s]))
        found += [(s, q, n)] * draw(st.sampled_from([1, 1, 2]))
    found = found[:claims]
    return found, draw(st.integers(0, sum(s * n for s, _, n in found) + 2))


def share(case: tuple[list[Wish], int]) -> list[int] | None:
    s, q, most = np.array(case[0], dtype=np.int64).T
    found = share_mixed(s, q, most, case[1])
    return None if found is None else found.tolist()


def key_of(case: list[Wish], packs: Sequence[int]) -> tuple[int, int, list[int]]:
    s, q, _ = np.array(case, dtype=np.int64).T
    n = np.array(packs, dtype=np.int64)
    return int((s * n).sum()), int(claim_worth(s, q, n).sum()), list(packs)


@settings(max_examples=extent(75, 1500))
@given(wishes(claims=5, packs=4, sizes=(1, 2, 3, 4, 5, 6, 7)))
def test_mixed_packs_are_the_best_of_all_combinations(case: tuple[list[Wish], int]) -> None:
    """T, then G, then D (section 3), over every plan that fits."""
    claims, available = case
    fitting = [
        plan
        for plan in product(*[range(n + 1) for _, _, n in claims])
        if sum(k * s for k, (s, _, _) in zip(plan, claims, strict=True)) <= available
    ]
    best = max(fitting, key=lambda plan: key_of(claims, plan))
    assert share(case) == list(best)


@settings(max_examples=extent(40, 750))
@given(wishes(claims=12, packs=40, sizes=(1, 2, 3, 5, 6, 8, 11, 12, 24)))
def test_mixed_packs_are_what_labels_choose(case: tuple[list[Wish], int]) -> None:
    """Hundreds of packs: another method, which knows nothing of a base, chooses the same."""
    claims, available = case
    rows = [PackRow(i, s, s, worths(s, q, n)) for i, (s, q, n) in enumerate(claims) if n]
    chosen = choose(rows, available)
    if chosen is not None:
        assert share(case) == [chosen.get(i, 0) for i in range(len(claims))]


@settings(max_examples=extent(10, 60))
@given(wishes(claims=5, packs=4, sizes=(1, 2, 3, 4, 6)))
def test_mixed_packs_are_what_the_program_finds(case: tuple[list[Wish], int]) -> None:
    """The integer program of the same level, which is the definition."""
    claims, available = case
    tables = world(
        supply=[{"sku_id": "K1", "units": available}],
        order_lines=[line(f"L{n}", q, pack=s, price_cents=0) for n, (s, q, _) in enumerate(claims)],
    )
    slow = units_given(solve(problem_from(tables), method="program"))
    found = share(([(s, q, q // s) for s, q, _ in claims], available))
    assert found is not None
    assert {
        f"L:L{n}": k * s for n, (k, (s, _, _)) in enumerate(zip(found, claims, strict=True))
    } == {f"L:L{n}": slow.get(f"L:L{n}", 0) for n in range(len(claims))}


@pytest.mark.parametrize("seed", range(extent(6, 60)))
def test_mixed_packs_are_what_brute_force_finds(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written as files and solved by trying everything, with stores that tie by every means."""
    monkeypatch.setattr(one_sku, "FEW_PACKS", 0)
    rng = np.random.default_rng(seed)
    sizes = rng.choice([1, 2, 3, 4, 5], size=5)
    wanted = sizes * rng.integers(1, 5, size=5)
    folder = tiny(
        tmp_path / "in",
        stores=[{"store_id": f"S{n}"} for n in range(5)],
        supply=[{"units": int(wanted.sum()) * int(rng.integers(1, 10)) // 10}],
        order_lines=[],
        store_stock=[
            {"store_id": f"S{n}", "safety": int(q), "pack": int(s)}
            for n, (q, s) in enumerate(zip(wanted, sizes, strict=True))
        ],
    )
    right, found = brute_force.solve(folder), plan_of(folder)
    assert found.units == right.units
    assert found.levels == right.levels


def test_a_pack_a_store_of_four_sizes_goes_to_the_first_stores() -> None:
    """All packs are worth 10000 a piece: only D decides, and nothing is left over."""
    claims = [((1, 2, 3, 6)[n % 4],) * 2 + (1,) for n in range(40)]
    assert share((claims, 60)) == [1] * 20 + [0] * 20
    # 61 pieces: the first 20, and one piece for the next store that wants one.
    assert share((claims, 61)) == [1] * 21 + [0] * 19
    # 62 pieces: the next takes one, which leaves no two for the one behind it.
    assert share((claims, 62)) == [1] * 21 + [0] * 3 + [1] + [0] * 15


def test_a_claim_larger_than_the_room_is_no_obstacle() -> None:
    """Its pack is given nothing, and the others share as if it were not there."""
    assert share(([(50, 50, 1), (2, 8, 4), (3, 9, 3)], 11)) == [0, 4, 1]


def test_sixty_million_packs_take_no_room_to_speak_of() -> None:
    """Nothing is listed pack by pack; equal wishes get equal parts to within a pack."""
    claims = [(s, 20_000_000, 20_000_000 // s) for s in (2, 3, 7)]
    tracemalloc.start()
    found = share((claims, 30_000_000))
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most_bytes < 60_000_000
    assert found is not None
    pieces = [n * s for n, (s, _, _) in zip(found, claims, strict=True)]
    assert sum(pieces) == 30_000_000
    assert all(abs(x - 10_000_000) <= 7 for x in pieces)


def test_odd_sizes_of_a_thousand_pieces_need_not_be_tried_one_by_one() -> None:
    """What the best can lose bounds how far it lies from the base, long before theory does."""
    claims = [(s, 20_000_000, 20_000_000 // s) for s in (997, 1000, 1009)]
    found = share((claims, 30_000_000))
    assert found is not None
    assert key_of(claims, found)[0] == 30_000_000


def test_too_many_steps_are_left_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """It gives up rather than guess."""
    monkeypatch.setattr(mixed_packs, "MOST_STEPS", 3)
    assert share(([(2, 8, 4), (3, 9, 3)], 11)) is None
