"""Very many claims for the same goods: the right answer, soon."""

import heapq
import random
from pathlib import Path

from tests.allocator.plans import plan_of
from tests.allocator.tables import tiny
from tests.extent import extent


def crowd(folder: Path, claims: int, *, packs: tuple[int, ...] = (1,)) -> tuple[list[int], int]:
    """Write this many stores wanting one SKU at one level; the wishes and the supply."""
    rng = random.Random(claims)
    wishes = [rng.randint(1, 40) for _ in range(claims)]
    supply = sum(wishes) // 2
    names = [f"S{n:07d}" for n in range(claims)]
    tiny(
        folder,
        stores=[{"store_id": name} for name in names],
        supply=[{"units": supply}],
        order_lines=[],
        store_stock=[
            {"store_id": name, "safety": wish, "pack": packs[n % len(packs)]}
            for n, (name, wish) in enumerate(zip(names, wishes, strict=True))
        ],
    )
    return wishes, supply


def test_very_many_claims_on_one_sku_are_served_pack_by_pack(tmp_path: Path) -> None:
    """Webster's method with a heap gives the same: the largest g first, ties to the first id."""
    wishes, supply = crowd(tmp_path / "in", extent(10_000, 100_000))

    def gain(wish: int, packs: int) -> int:
        return 10000 * (2 * wish - (2 * packs + 1)) // wish

    heap = [(-gain(wish, 0), n, 0) for n, wish in enumerate(wishes)]
    heapq.heapify(heap)
    given = [0] * len(wishes)
    for _ in range(supply):
        _, n, packs = heap[0]
        given[n] = packs + 1
        if packs + 1 < wishes[n]:
            heapq.heapreplace(heap, (-gain(wishes[n], packs + 1), n, packs + 1))
        else:
            heapq.heappop(heap)
    found = plan_of(tmp_path / "in")
    assert list(found.units.values()) == given
    assert found.levels[0][1] == supply


def test_twenty_thousand_claims_in_mixed_packs_on_one_sku(tmp_path: Path) -> None:
    _, supply = crowd(tmp_path / "in", 20_000, packs=(1, 2, 3, 6))
    found = plan_of(tmp_path / "in")
    assert found.levels[0][1] == sum(found.units.values()) == supply
    assert not found.unproven


def test_everyone_equal_and_without_money(tmp_path: Path) -> None:
    """Equal ranks and launch ranks, no funds: nothing ships, all is reserved fairly."""
    people = [{"franchisee_id": f"F{n}", "balance_cents": 0} for n in range(300)]
    orders = [{"order_id": f"O{n}", "franchisee_id": f"F{n}"} for n in range(300)]
    lines = [{"line_id": f"L{n:03d}", "order_id": f"O{n}", "qty": 4} for n in range(300)]
    folder = tiny(
        tmp_path / "in",
        {"launch_ties": "SHARED"},
        franchisees=people,
        orders=orders,
        order_lines=lines,
        supply=[{"units": 650}],
    )
    found = plan_of(folder)
    assert {u for c, u in found.units.items() if c[0] == "L"} == {0}
    reserved = [units for claim, units in found.units.items() if claim[0] == "R"]
    assert reserved == [3] * 50 + [2] * 250
