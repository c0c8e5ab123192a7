"""The worth of packs, in closed form and one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from allocator.pack_worth import (
    claim_worth,
    floor_sum,
    pack_worth,
    packs_worth_at_least,
)

LARGEST = 20_000_000


def one_by_one(s: int, q: int, k: int) -> list[int]:
    return [10_000 * s * (2 * q - (2 * j - 1) * s) // q for j in range(1, k + 1)]


@st.composite
def packs(draw: st.DrawFn) -> tuple[int, int, int]:
    """Pieces per pack, pieces wanted, packs given."""
    s = draw(st.one_of(st.integers(1, 12), st.integers(1, LARGEST)))
    k = draw(st.integers(0, min(300, LARGEST // s)))
    q = draw(st.integers(max(s * k, s), min(LARGEST, s * (k + 3))))
    return s, q, k


@given(packs())
def test_the_worth_of_a_claim_is_the_sum_over_its_packs(case: tuple[int, int, int]) -> None:
    """G: whichever closed form applies, it is the sum of the floors."""
    s, q, k = case
    found = claim_worth(np.array([s]), np.array([q]), np.array([k]))
    assert found.tolist() == [sum(one_by_one(s, q, k))]


@given(packs(), st.integers(0, 3 * 10**11))
def test_packs_are_counted_by_what_they_are_worth(case: tuple[int, int, int], worth: int) -> None:
    """The number of packs worth at least so much, without listing them."""
    s, q, k = case
    worth %= 20_000 * s + 2
    found = packs_worth_at_least(np.array([s]), np.array([q]), np.array([worth]))
    assert min(int(found[0]), k) == sum(w >= worth for w in one_by_one(s, q, k))


@given(st.integers(0, 60), st.integers(1, 50), st.integers(-99, 99), st.integers(-999, 999))
def test_floor_sums(n: int, m: int, a: int, b: int) -> None:
    """Euclid's algorithm against the plain sum."""
    assert floor_sum(n, m, a, b) == sum((a * i + b) // m for i in range(n))


def test_the_largest_claim_does_not_overflow() -> None:
    """Bounds: 20,000,000 pieces in one pack, and in packs of one."""
    one = np.array([LARGEST])
    assert int(pack_worth(one, one, np.array([1]))[0]) == 10_000 * LARGEST
    assert int(claim_worth(np.array([1]), one, one)[0]) == 10_000 * LARGEST - LARGEST // 2
