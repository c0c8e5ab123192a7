"""The pass that hands out whole levels at once, against one level after the other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator import Tables, problem_from, solve, verify
from allocator.fast import equal_packs
from allocator.fast.equal_packs import share_out
from allocator.fast.greedy_pass import (
    NO_CLAIM,
    Queues,
    Shortage,
    Wishes,
    hand_out,
    queue_up,
    queues_of,
)
from allocator.pack_worth import claim_worth
from allocator.references import Ints
from tests.allocator.worlds import given as units_given
from tests.allocator.worlds import line, world
from tests.extent import extent

N_SKUS = 3


@dataclass(frozen=True)
class Claim:
    level: int
    sku: int
    pack_pieces: int
    wanted: int
    most: int


@st.composite
def crowds(draw: st.DrawFn) -> tuple[list[Claim], list[int]]:
    """Claims level by level, at most four of them at each, and stock for a part of them."""
    claims = []
    sizes = draw(st.sampled_from([(1,), (2,), (1, 2, 3), (2, 5)]))
    for level in range(draw(st.integers(1, 5))):
        for _ in range(draw(st.integers(1, 4))):
            size, packs = draw(st.sampled_from(sizes)), draw(st.integers(0, 3))
            wanted = size * max(packs, 1) + draw(st.integers(0, size - 1))
            claims.append(Claim(level, draw(st.integers(0, N_SKUS - 1)), size, wanted, packs))
    wished = [sum(c.pack_pieces * c.most for c in claims if c.sku == k) for k in range(N_SKUS)]
    return claims, [draw(st.integers(0, pieces + 1)) for pieces in wished]


def wishes_of(claims: list[Claim]) -> Wishes:
    rows = [(c.level, c.sku, c.pack_pieces, c.wanted) for c in claims]
    return Wishes(*np.array(rows, dtype=np.int64).T)


def most_of(claims: list[Claim]) -> Ints:
    return np.array([c.most for c in claims], dtype=np.int64)


def never(claims: Ints, available: int) -> Ints:
    raise AssertionError("few packs of small sizes need no program")


def handed_out(
    claims: list[Claim],
    left: list[int],
    rows: Ints | None = None,
    most: Ints | None = None,
    shortage: Shortage | None = None,
) -> list[int]:
    """What the pass gives to these rows of the claims, or to all."""
    wishes = wishes_of(claims)
    which: Ints | slice = slice(0, len(claims)) if rows is None else rows
    bounds = (most_of(claims) if most is None else most)[which]
    queues = queue_up(wishes.sku[which], N_SKUS)
    return hand_out(wishes, which, bounds, np.array(left), never, queues, shortage).tolist()


def level_by_level(claims: list[Claim], left: list[int], most: Ints) -> list[int]:
    """T, then G, then D of each SKU's levels in turn, over every plan that fits."""
    packs, there = [0] * len(claims), list(left)
    for level, sku in product(range(1 + max(c.level for c in claims)), range(N_SKUS)):
        here = [i for i, c in enumerate(claims) if (c.level, c.sku) == (level, sku)]
        s, q = (np.array([getattr(claims[i], name) for i in here]) for name in FIELDS)

        def figures(plan: tuple[int, ...], s: Ints = s, q: Ints = q) -> tuple[int, int]:
            given_packs = np.array(plan, dtype=np.int64)
            return int((s * given_packs).sum()), int(claim_worth(s, q, given_packs).sum())

        plans = product(*(range(int(most[i]) + 1) for i in here))
        fitting = [plan for plan in plans if figures(plan)[0] <= there[sku]] if here else []
        if fitting:
            best = max(fitting, key=lambda plan: (figures(plan), plan))
            there[sku] -= figures(best)[0]
            for i, n in zip(here, best, strict=True):
                packs[i] = n
    return packs


FIELDS = ("pack_pieces", "wanted")


@settings(max_examples=extent(25, 500))
@given(crowds())
def test_the_pass_gives_what_level_after_level_gives(case: tuple[list[Claim], list[int]]) -> None:
    """Section 3, where nothing but goods is scarce."""
    claims, left = case
    assert handed_out(claims, left) == level_by_level(claims, left, most_of(claims))


@settings(max_examples=extent(15, 300))
@given(crowds(), st.integers(0, 20))
def test_some_claims_are_handed_out_to_as_if_there_were_no_others(
    case: tuple[list[Claim], list[int]], first: int
) -> None:
    """A part of the claims, named by number and queued by hand, SKU by SKU."""
    claims, left = case
    mine = list(range(min(first, len(claims) - 1), len(claims)))
    by_sku = sorted(mine, key=lambda i: (claims[i].sku, i))
    sizes = np.bincount([claims[i].sku for i in mine], minlength=N_SKUS)
    queues = queues_of(np.arange(len(mine)), sizes, np.arange(N_SKUS))
    rows, most = np.array(by_sku), most_of(claims)
    found = hand_out(wishes_of(claims), rows, most[rows], np.array(left), never, queues)
    alone = level_by_level([claims[i] for i in mine], left, most[mine])
    assert dict(zip(by_sku, found.tolist(), strict=True)) == dict(zip(mine, alone, strict=True))


@settings(max_examples=extent(15, 300))
@given(crowds())
def test_a_shortage_shows_how_far_all_are_full_and_what_is_left_there(
    case: tuple[list[Claim], list[int]],
) -> None:
    claims, left = case
    nothing = np.zeros(N_SKUS, dtype=np.int64)
    shortage = Shortage(np.full(N_SKUS, NO_CLAIM), nothing)
    packs = handed_out(claims, left, shortage=shortage)
    for sku in range(N_SKUS):
        mine = [i for i, c in enumerate(claims) if c.sku == sku]
        short = [i for i in mine if packs[i] < claims[i].most]
        if not short:
            assert shortage.first[sku] == NO_CLAIM
            continue
        level = claims[short[0]].level
        assert shortage.first[sku] == next(i for i in mine if claims[i].level == level)
        full = sum(c.pack_pieces * c.most for c in claims if c.sku == sku and c.level < level)
        assert shortage.left[sku] == left[sku] - full


@settings(max_examples=extent(15, 300))
@given(crowds(), st.integers(1, 9))
def test_more_goods_change_nothing_before_the_shortage(
    case: tuple[list[Claim], list[int]], more: int
) -> None:
    """Stage 1 repeats the pass behind a rank that used less only from there on."""
    claims, left = case
    shortage = Shortage(np.full(N_SKUS, NO_CLAIM), np.zeros(N_SKUS, dtype=np.int64))
    packs = handed_out(claims, left, shortage=shortage)
    rows = [i for i, c in enumerate(claims) if i >= shortage.first[c.sku]]
    if rows:
        again = handed_out(claims, (shortage.left + more).tolist(), np.array(rows))
        for i, n in zip(rows, again, strict=True):
            packs[i] = n
    assert packs == handed_out(claims, [units + more for units in left])


@settings(max_examples=extent(15, 300))
@given(crowds(), st.integers(0, 9), st.integers(0, 3))
def test_lower_bounds_before_the_shortage_concern_nobody_else_there(
    case: tuple[list[Claim], list[int]], which: int, bound: int
) -> None:
    """Stage 1 repeats no pass for them inside their rank."""
    claims, left = case
    shortage = Shortage(np.full(N_SKUS, NO_CLAIM), np.zeros(N_SKUS, dtype=np.int64))
    packs = handed_out(claims, left, shortage=shortage)
    chosen, most = which % len(claims), most_of(claims)
    most[chosen] = min(bound, most[chosen])
    end = shortage.first[claims[chosen].sku]
    before = [i for i in range(len(claims)) if i < end]
    packs[chosen] = int(most[chosen])
    if chosen < end:
        again = handed_out(claims, left, most=most)
        assert [packs[i] for i in before] == [again[i] for i in before]


@st.composite
def queues_of_ranks(draw: st.DrawFn) -> Tables:
    """Two ranks after the same goods, many short of money: what one cannot pay for, others of
    its rank or the next one get, and then they may be short of money too."""

    def some(choices: list[Any]) -> Any:
        return draw(st.sampled_from(choices))

    def number(low: int, high: int) -> int:
        return draw(st.integers(low, high))

    people = "ABCD"
    return world(
        {"pick_capacity": some([None, None, {"W": number(5, 40)}])},
        products=[{"product_id": p} for p in "PQR"],
        skus=[{"sku_id": f"K{n}", "product_id": p} for n, p in enumerate("PQR", 1)],
        supply=[{"sku_id": f"K{n}", "units": number(5, 20)} for n in (1, 2, 3)],
        franchisees=[
            {"franchisee_id": f, "rank": number(1, 2), "balance_cents": some([500, 800, 5000])}
            for f in people
        ],
        orders=[
            {"order_id": f, "franchisee_id": f, "ship_complete": some([0, 0, 0, 1])} for f in people
        ],
        order_lines=[
            line(
                f"L{n:02}",
                number(1, 6),
                some(["K1", "K2", "K3"]),
                order_id=some(list(people)),
                pack=some([1, 1, 2, 3]),
                price_cents=some([100, 100, 90]),
            )
            for n in range(number(10, 18))
        ],
    )


@settings(max_examples=extent(15, 300))
@given(queues_of_ranks())
def test_what_one_rank_cannot_pay_for_reaches_the_next(tables: Tables) -> None:
    """Stage 1: the pass, repeated where a rank's walk leaves more or less of a SKU."""
    problem = problem_from(tables)
    fast, slow = solve(problem), solve(problem, method="program")
    assert fast.allocations.rows() == slow.allocations.rows()
    assert verify(problem, fast) == []


def test_nothing_is_handed_out_where_nobody_is_queued() -> None:
    nobody = np.zeros(0, dtype=np.int64)
    queues = Queues(nobody, np.zeros(1, dtype=np.int64), nobody)
    wishes = Wishes(nobody, nobody, nobody, nobody)
    assert hand_out(wishes, nobody, nobody, np.array([3]), never, queues).tolist() == []


@pytest.mark.parametrize("packs_to_sort", [0, 5, 1 << 13])
@settings(max_examples=extent(15, 300))
@given(data=st.data())
def test_shares_are_the_same_by_halving_and_by_sorting(
    packs_to_sort: int, data: st.DataObject
) -> None:
    """Groups of any size, each with packs of its own; the sort alone decides them when few."""
    sizes, rows, available = [], [], []
    for _ in range(data.draw(st.integers(1, 4))):
        s = data.draw(st.integers(1, 40))
        packs = data.draw(st.lists(st.integers(1, 12), min_size=1, max_size=6))
        rows += [(s, s * n + data.draw(st.integers(0, s - 1)), n) for n in packs]
        available.append(data.draw(st.integers(0, sum(packs) - 1)))
        sizes.append(len(packs))
    start = np.concatenate([[0], np.cumsum(sizes)])
    s, q, most = np.array(rows, dtype=np.int64).T
    with patch.object(equal_packs, "PACKS_TO_SORT", packs_to_sort):
        found = share_out(start, s, q, most, np.array(available))
    by_worth = share_out_by_one(start, s, q, most, available)
    assert found.tolist() == by_worth


def share_out_by_one(start: Ints, s: Ints, q: Ints, most: Ints, available: list[int]) -> list[int]:
    """Pack by pack to whoever values the next one most, the first among equals."""
    given_packs = [0] * len(s)
    for group, packs in enumerate(available):
        for _ in range(packs):
            claims = range(int(start[group]), int(start[group + 1]))
            open_claims = [i for i in claims if given_packs[i] < most[i]]
            best = max(open_claims, key=lambda i: (_next_worth(s, q, given_packs, i), -i))
            given_packs[best] += 1
    return given_packs


def _next_worth(s: Ints, q: Ints, packs: list[int], claim: int) -> int:
    size, wanted = int(s[claim]), int(q[claim])
    return 10_000 * size * (2 * wanted - (2 * packs[claim] + 1) * size) // wanted


def test_a_warehouse_that_can_pick_nothing_fills_no_gap() -> None:
    """Section 2, pick capacity; a limit of 0 is a limit. A reservation is not picked."""
    tables = world(
        {"pick_capacity": {"W": 0}},
        supply=[{"warehouse_id": "W", "sku_id": "K1", "units": 9}],
        order_lines=[line("L1", 2)],
        stores=[{"store_id": "S"}],
        store_stock=[{"store_id": "S", "sku_id": "K1", "safety": 3}],
    )
    assert units_given(solve(problem_from(tables))) == {"R:L1": 2}
