"""Ship-complete orders over several levels, with money and goods for a part of them."""

from __future__ import annotations

from typing import Any

from hypothesis import given as with_any
from hypothesis import settings
from hypothesis import strategies as st

from allocator import Tables, problem_from, solve, verify
from tests.allocator.worlds import given, line, world
from tests.extent import extent

SOME = settings(max_examples=extent(15, 300))


@st.composite
def ranks(draw: st.DrawFn) -> Tables:
    """One rank, three products one after the other, orders that reach over all of them."""

    def some(choices: list[Any]) -> Any:
        return draw(st.sampled_from(choices))

    def number(low: int, high: int) -> int:
        return draw(st.integers(low, high))

    people = "FGH"[: number(2, 3)]
    orders = [
        {
            "order_id": f"O{n}",
            "franchisee_id": some(list(people)),
            "ship_complete": some([1, 1, 0]),
            "min_ship_value_cents": some([0, 0, 0, 900]),
        }
        for n in range(number(2, 5))
    ]
    lines = [
        line(
            f"L{n:02}",
            number(1, 6),
            some(["K1", "K2", "K3", "K4"]),
            order_id=some(orders)["order_id"],
            pack=some([1, 1, 2]),
            price_cents=some([100, 95, 250]),
        )
        for n in range(number(4, 14))
    ]
    return world(
        {
            "launch_ties": some(["STRICT", "SHARED"]),
            "share_cap_ppm": some([None, None, 500_000]),
            "pick_capacity": some([None, None, {"W": number(4, 30)}]),
        },
        products=[{"product_id": p, "launch_rank": some([1, 2])} for p in "PQR"],
        skus=[
            {"sku_id": "K1", "product_id": "P"},
            {"sku_id": "K2", "product_id": "Q"},
            {"sku_id": "K3", "product_id": "Q"},
            {"sku_id": "K4", "product_id": "R"},
        ],
        supply=[{"sku_id": f"K{n}", "units": number(3, 16)} for n in range(1, 5)],
        franchisees=[{"franchisee_id": f, "balance_cents": number(500, 4_000)} for f in people],
        orders=orders,
        order_lines=lines,
    )


@SOME
@with_any(ranks())
def test_what_orders_begun_need_is_kept_for_them(tables: Tables) -> None:
    """The walk from fault to fault gives what the program gives, level by level."""
    problem = problem_from(tables)
    fast, slow = solve(problem), solve(problem, method="program")
    assert fast.allocations.rows() == slow.allocations.rows()
    assert fast.levels.rows() == slow.levels.rows()
    assert verify(problem, fast) == []


def test_orders_begun_together_fit_a_later_share() -> None:
    """Two orders fit the cap one by one, not both: the second is not started."""
    tables = world(
        {"share_cap_ppm": 500_000},
        products=[{"product_id": "P"}, {"product_id": "Q", "launch_rank": 2}],
        skus=[{"sku_id": "K1"}, {"sku_id": "K2", "product_id": "Q"}],
        orders=[{"order_id": "O1", "ship_complete": 1}, {"order_id": "O2", "ship_complete": 1}],
        order_lines=[
            line("L1", 2, "K1", order_id="O1"),
            line("L2", 3, "K2", order_id="O1"),
            line("L3", 2, "K1", order_id="O2"),
            line("L4", 3, "K2", order_id="O2"),
        ],
    )
    plan = solve(problem_from(tables))
    assert given(plan) == {"L:L1": 2, "L:L2": 3, "R:L3": 2, "R:L4": 2}
    assert verify(plan.problem, plan) == []


def test_a_later_line_of_an_order_begun_keeps_its_picks() -> None:
    """Section 2, pick capacity: O is shipped whole, so 4 of the 10 picks are left for the others,
    although no more than 10 are asked for until the line of O that comes last."""
    tables = world(
        {"pick_capacity": {"W": 10}},
        products=[{"product_id": p, "launch_rank": n} for n, p in enumerate("PQR")],
        skus=[{"sku_id": f"K{n}", "product_id": p} for n, p in enumerate("PQR", 1)],
        supply=[{"sku_id": f"K{n}", "units": 20} for n in (1, 2, 3)],
        orders=[{"order_id": "O", "ship_complete": 1}, {"order_id": "OG", "franchisee_id": "G"}],
        order_lines=[
            line("L1", 3, "K1", order_id="O"),
            line("L2", 6, "K2", order_id="OG", reserve=0),
            line("L3", 3, "K3", order_id="O"),
        ],
    )
    problem = problem_from(tables)
    plan = solve(problem)
    assert given(plan) == {"L:L1": 3, "L:L2": 4, "L:L3": 3}
    assert verify(problem, plan) == []
