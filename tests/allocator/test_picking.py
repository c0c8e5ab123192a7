"""Fewest splits where warehouses pick to their limits unevenly: bounds, plans, and their proof."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from allocator import Problem, problem_from, read_tables, solve, verify, write_plan
from allocator.claims import RESERVE
from allocator.limits import SearchLimits
from allocator.program.splits import fewest_splits
from allocator.resources import PICKS, SUPPLY, Resource
from allocator.warehouses import lagrangian_bound
from allocator.warehouses.assignment import serve
from allocator.warehouses.enumeration import ChoiceOutcome, Menu, choose
from allocator.warehouses.lagrangian_bound import within_limits
from allocator.warehouses.loads import PICKED, Available, Load, Where, splits_of
from allocator.warehouses.pooled import solve_pooled
from allocator.warehouses.repair import Options, joint_change
from allocator.warehouses.sku_group import group_of
from allocator.warehouses.subset_sums import Claimed, Sizes
from benchmarks.allocator.instances import PROFILES
from benchmarks.allocator.instances import write_instance as large_instance
from tests.extent import extent

UNEVEN = [(0.9, 0.8, 0.3), (1.0, 0.5, 0.2)]


def ways(packs: int, warehouses: int) -> Iterator[tuple[int, ...]]:
    """Every way to share packs out among warehouses."""
    if warehouses == 1:
        yield (packs,)
        return
    for here in range(packs + 1):
        for rest in ways(packs - here, warehouses - 1):
            yield (here, *rest)


def every_pick(picked: Sizes, kept: Sizes, stock: list[int]) -> dict[tuple[int, ...], int]:
    """Fewest splits per pieces picked of each warehouse, by trying everything."""
    none = (0,) * len(stock)
    found = {(none, none): 0}
    for is_picked, (packs, size) in [(1, c) for c in picked] + [(0, c) for c in kept]:
        more: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = {}
        for (picks, used), splits in found.items():
            for way in ways(packs, len(stock)):
                uses = tuple(a + n * size for a, n in zip(used, way, strict=True))
                if any(a > s for a, s in zip(uses, stock, strict=True)):
                    continue
                now = tuple(a + n * size * is_picked for a, n in zip(picks, way, strict=True))
                cost = splits + sum(n > 0 for n in way) - 1
                more[now, uses] = min(more.get((now, uses), cost), cost)
        found = more
    best: dict[tuple[int, ...], int] = {}
    for (picks, _), splits in found.items():
        best[picks] = min(best.get(picks, splits), splits)
    return best


@pytest.mark.parametrize("first", range(0, extent(40, 800), 20))
def test_the_picks_that_claims_can_make_are_those_of_trying_everything(first: int) -> None:
    for seed in range(first, first + 20):
        rng = random.Random(seed)
        sizes = rng.choice([[1], [1], [1, 2, 3], [2, 5]])
        picked = [(rng.randint(1, 4), rng.choice(sizes)) for _ in range(rng.randint(0, 3))]
        kept = [(rng.randint(1, 4), rng.choice(sizes)) for _ in range(rng.randint(0, 2))]
        total = sum(packs * size for packs, size in picked + kept)
        n = rng.choice([2, 3, 3, 4])
        stock = [rng.randint(0, max(1, total)) for _ in range(n)]
        right, claimed = every_pick(picked, kept, stock), Claimed(picked, kept, stock)
        assert {tuple(row) for row in claimed.rows_of(claimed.at_last).tolist()} == right.keys()
        for splits in range(4):
            found = {tuple(row) for row in claimed.points(splits).tolist()}
            assert found == {picks for picks, least in right.items() if least <= splits}
            for picks in sorted(found)[:4]:
                of_picked, of_kept = claimed.shares(list(picks), splits)
                check_shares(picked, kept, stock, picks, of_picked, of_kept)
                rows = of_picked + of_kept
                assert sum(sum(n > 0 for n in row) - 1 for row in rows) <= splits


def check_shares(
    picked: Sizes,
    kept: Sizes,
    stock: list[int],
    picks: tuple[int, ...],
    of_picked: list[list[int]],
    of_kept: list[list[int]],
) -> None:
    """Every claim has its packs, the picks are those asked for, and the goods are enough."""
    assert [sum(row) for row in of_picked] == [packs for packs, _ in picked]
    assert [sum(row) for row in of_kept] == [packs for packs, _ in kept]
    for w, there in enumerate(stock):
        here = sum(row[w] * size for row, (_, size) in zip(of_picked, picked, strict=True))
        beside = sum(row[w] * size for row, (_, size) in zip(of_kept, kept, strict=True))
        assert here == picks[w]
        assert here + beside <= there


def groups_with_limits(seed: int) -> tuple[list[Load], Available, list[list[int]], int] | None:
    """Groups of claims, one SKU each, with goods and limits of picks that some assignment keeps."""
    rng = random.Random(seed)
    n = rng.choice([2, 3, 3, 3, 4])
    loads: list[Load] = []
    available: Available = {}
    groups: list[list[int]] = []
    for sku in range(rng.randint(1, 5)):
        sizes, most = rng.choice([[1], [1], [2], [1, 2, 3], [2, 3]]), rng.choice([3, 6, 12])
        groups.append([])
        used = [0] * n
        for _ in range(rng.randint(1, 5)):
            packs, size = rng.randint(1, most), rng.choice(sizes)
            groups[-1].append(len(loads))
            loads.append(
                (packs, {(SUPPLY, sku): size} | ({PICKED: size} if rng.random() < 0.75 else {}))
            )
            for _ in range(packs):
                used[rng.randrange(n)] += size
        for w in range(n):
            available[w, (SUPPLY, sku)] = used[w] + rng.choice([0, 0, 0, 1, 3])
    left, picked = dict(available), [0] * n
    for packs, per_pack in loads:
        ((sku, size), *_) = per_pack.items()
        for _ in range(packs):
            there = [w for w in range(n) if left[w, sku] >= size]
            if not there:
                return None
            w = rng.choice(there) if rng.random() < 0.5 else there[0]
            left[w, sku] -= size
            picked[w] += per_pack.get(PICKED, 0)
    for w in range(n):
        if rng.random() < 0.85 or w == 0:
            available[w, PICKED] = picked[w] + rng.choice([0, 0, 0, 1, 5])
    return loads, available, groups, n


def without_picks(per_pack: dict[Resource, int]) -> dict[Resource, int]:
    return {r: n for r, n in per_pack.items() if r[0] != PICKS}


def keeps_the_limits(where: Where, loads: list[Load], available: Available) -> bool:
    used: Available = {}
    for (packs, per_pack), one in zip(loads, where, strict=True):
        assert sum(one.values()) == packs
        assert min(one.values()) > 0
        for w, n in one.items():
            for r, pieces in per_pack.items():
                used[w, r] = used.get((w, r), 0) + n * pieces
    return all(n <= available.get(key, n) for key, n in used.items())


@pytest.mark.parametrize("first", range(0, extent(30, 600), 15))
def test_no_plan_has_fewer_splits_than_are_said_to_be_needed(first: int) -> None:
    """Against the program; and nearly always a plan with just this many is found."""
    proven = compared = 0
    for seed in range(first, first + 15):
        made = groups_with_limits(seed)
        if made is None:
            continue
        loads, available, groups, n = made
        goods = {key: there for key, there in available.items() if key[1][0] != PICKS}
        where: Where = [{} for _ in loads]
        for group in groups:
            plain = [(loads[at][0], without_picks(loads[at][1])) for at in group]
            each, _ = fewest_splits(plain, goods, n, SearchLimits())
            for at, one in zip(group, each, strict=True):
                where[at] = one
        best, is_proven = fewest_splits(loads, available, n, SearchLimits())
        assert is_proven
        parts = [(group, True) for group in groups]
        found, needed = within_limits(parts, loads, available, where, n, SearchLimits())
        assert needed <= splits_of(best)
        if found is not None:
            assert keeps_the_limits(found, loads, available)
            assert splits_of(found) >= splits_of(best)
            proven += splits_of(found) == needed
        compared += 1
    assert proven >= compared - 2
    assert compared > 8


@pytest.mark.parametrize("seed", range(12))
def test_a_bound_of_few_ways_is_a_bound(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where ways are too many to be kept, less is asked of the groups behind, never more."""
    made = groups_with_limits(seed)
    if made is None:
        pytest.skip("no assignment was drawn")
    loads, available, groups, n = made
    best, is_proven = fewest_splits(loads, available, n, SearchLimits())
    assert is_proven
    monkeypatch.setattr(lagrangian_bound, "MOST_WAYS", 1)
    parts = [(group, False) for group in groups]
    found, needed = within_limits(parts, loads, available, best, n, SearchLimits())
    assert needed <= splits_of(best)
    assert found is None or splits_of(found) >= splits_of(best)


def test_one_group_of_many_ways_meets_limits_to_the_piece() -> None:
    """More ways than a menu holds: those near the limits are among them."""
    loads: list[Load] = [
        (6 + at % 5 * 2 + (at == 0), {(SUPPLY, 0): 1, PICKED: 1}) for at in range(1_500)
    ]
    pieces = sum(packs for packs, _ in loads)
    available: Available = {(w, (SUPPLY, 0)): pieces for w in range(2)}
    # The only odd claim belongs into the first warehouse.
    first = pieces // 6 * 2 + 1
    available |= {(0, PICKED): first, (1, PICKED): pieces - first}
    where: Where = [{0: packs} for packs, _ in loads]
    parts = [(list(range(len(loads))), True)]
    found, needed = within_limits(parts, loads, available, where, 2, SearchLimits())
    assert found is not None
    assert keeps_the_limits(found, loads, available)
    assert splits_of(found) == needed == 0


def test_sums_of_very_many_claims_are_not_kept_at_once() -> None:
    """Memory: a set of sums per claim, each of as many bits as there are pieces."""
    for claims, is_exact in ((1_000, True), (40_000, False)):
        loads: list[Load] = [(3 + at % 5, {(SUPPLY, 0): 1, PICKED: 1}) for at in range(claims)]
        pieces = sum(packs for packs, _ in loads)
        available: Available = {(w, (SUPPLY, 0)): pieces for w in range(2)}
        where: Where = [{0: packs} for packs, _ in loads]
        group = group_of(list(range(claims)), loads, available, where, 2, 0)
        assert group is not None
        assert group.is_exact == is_exact


@pytest.mark.parametrize("picked", UNEVEN)
@pytest.mark.parametrize("claims", [300, 3000])
def test_splits_are_proven_where_one_warehouse_is_picked_to_its_limit_early(
    claims: int, picked: tuple[float, ...], tmp_path: Path
) -> None:
    problem = uneven(tmp_path / "in", claims, picked)
    plan = solve(problem)
    assert plan.summary["splits_proven"]
    assert verify(problem, plan) == []


def uneven(folder: Path, claims: int, picked: tuple[float, ...], seed: int = 1) -> Problem:
    profile = replace(PROFILES["warehouses"], warehouses=len(picked), picked=picked)
    return problem_from(read_tables(large_instance(folder, claims, profile, seed)))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_splits_are_as_few_as_the_programs(seed: int, tmp_path: Path) -> None:
    problem = uneven(tmp_path / "in", 50, (0.9, 0.8, 0.3), seed)
    state, _, _ = solve_pooled(problem, SearchLimits(), lambda _: None)
    mine = serve(problem, state.packs, SearchLimits())
    right = serve(problem, state.packs, SearchLimits(), by_program=True)
    assert mine.proven
    assert right.proven
    assert len(mine.claim) == len(right.claim)


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    """Same bytes, however the rows of every table are ordered."""
    uneven(tmp_path / "in", 400, (0.9, 0.8, 0.3))
    write_plan(solve(problem_from(read_tables(tmp_path / "in"))), tmp_path / "out")
    for table in (tmp_path / "in").glob("*.csv"):
        header, *rows = table.read_text(encoding="utf-8").splitlines()
        if table.name != "regions.csv":
            random.Random(7).shuffle(rows)
        table.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    write_plan(solve(problem_from(read_tables(tmp_path / "in"))), tmp_path / "again")
    for name in ("allocations.csv", "levels.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_groups_change_together_where_none_can_alone() -> None:
    """Two pieces too much: one group can move three, another can move one back."""
    three, one = Options(rows(-3, 3), zeros(1)), Options(rows(1, -1), zeros(1))
    total, capacity = np.array([12, 8]), np.array([10, 10])
    assert joint_change([one, three], total, capacity, 0, 5) == {0: 0, 1: 0}
    assert joint_change([one], total, capacity, 0, 5) is None


def test_a_change_that_splits_one_more_is_made_only_if_it_may_be() -> None:
    priced = Options(rows(-2, 2), np.array([1]))
    total, capacity = np.array([12, 8]), np.array([10, 10])
    assert joint_change([priced], total, capacity, 0, 5) is None
    assert joint_change([priced], total, capacity, 1, 5) == {0: 0}


def rows(*picks: int) -> np.ndarray:
    return np.array([picks], dtype=np.int64)


def zeros(n: int) -> np.ndarray:
    return np.zeros(n, dtype=np.int64)


@pytest.mark.parametrize("seed", range(extent(20, 300)))
def test_all_choices_are_tried(seed: int) -> None:
    rng = random.Random(seed)
    menus = []
    for _ in range(rng.randint(1, 4)):
        n, total = rng.randint(1, 4), rng.randint(0, 5)
        picks = [[a, total - a] for a in (rng.randint(0, total) for _ in range(n))]
        splits = np.array([rng.randint(0, 2) for _ in range(n)])
        menus.append(Menu(np.array(picks), splits, splits * 3))
    picked = sum(int(menu.picks[0].sum()) for menu in menus)
    first = rng.randint(0, picked)
    available, most = np.array([first, picked - first + rng.randint(0, 1)]), rng.randint(0, 4)

    def is_good(choice: tuple[int, ...]) -> bool:
        picks = sum(menu.picks[row] for menu, row in zip(menus, choice, strict=True))
        splits = sum(int(menu.splits[row]) for menu, row in zip(menus, choice, strict=True))
        return bool((picks <= available).all()) and splits <= most

    possible = any(map(is_good, product(*[range(len(menu.splits)) for menu in menus])))
    found = choose(menus, available, most, 3 * most)
    if isinstance(found, ChoiceOutcome):
        assert (found, possible) == (ChoiceOutcome.IMPOSSIBLE, False)
    else:
        assert is_good(tuple(found))


@pytest.mark.parametrize(
    "limits",
    [SearchLimits(deterministic=1e-6), SearchLimits.starting_now(0.0)],
    ids=["work", "time"],
)
def test_splits_cut_short_are_said_to_be_and_every_pack_has_its_warehouse(
    limits: SearchLimits, tmp_path: Path
) -> None:
    """Five warehouses are left to the program."""
    problem = uneven(tmp_path / "in", 300, (0.9, 0.8, 0.3, 0.6, 0.5))
    state, _, _ = solve_pooled(problem, SearchLimits(), lambda _: None)
    served = serve(problem, state.packs, limits)
    assert not served.proven
    assert limits.out_of_time == (limits.deterministic is None)
    packs = np.zeros_like(state.packs)
    np.add.at(packs, served.claim, served.packs)
    np.testing.assert_array_equal(packs, state.packs)
    pieces = served.packs * problem.claims.pack_pieces[served.claim]
    used = np.zeros_like(problem.supply)
    np.add.at(used, (served.warehouse, problem.claims.item[served.claim]), pieces)
    assert (used <= problem.supply).all()
    is_picked = problem.claims.kind[served.claim] != RESERVE
    picks = np.bincount(served.warehouse[is_picked], pieces[is_picked], len(problem.warehouses))
    assert problem.capacity is not None
    assert (picks <= problem.capacity).all()
