"""What a plan must respect, rule by rule: as a constraint of the program, and in whole plans."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from ortools.sat.python import cp_model

from allocator import Tables, problem_from, solve, verify
from allocator.plan import Plan
from allocator.program import rules
from allocator.program.variables import Packs, Question
from allocator.resources import FUNDS, PICKS, SHARE, SUPPLY
from allocator.state import State
from tests.allocator.worlds import given, line, reasons, world


def allowed(tables: Tables, rule: rules.Rule, packs: dict[str, int]) -> bool:
    """Whether a rule, all by itself, lets claims of one level have this many packs."""
    problem = problem_from(tables)
    model = cp_model.CpModel()
    numbers = {claim: at for at, claim in enumerate(problem.claim_ids.to_list())}
    here = sorted(numbers[claim] for claim in packs)
    variables = Packs(model, problem, State(problem), Question(here))
    rule(model, problem, variables)
    for claim, n in packs.items():
        model.add(variables.given[numbers[claim]] == n)
    return bool(cp_model.CpSolver().solve(model) == cp_model.OPTIMAL)


def test_without_a_warehouse_there_is_nothing_to_give() -> None:
    """Supply: no rows at all are no reason to give anything."""
    plan = solved(world(supply=[], order_lines=[line("1", 3)]))
    assert given(plan) == {}
    assert reasons(plan)["L:1"] == "SUPPLY"


@pytest.mark.parametrize(
    ("pooled", "needs_fitting", "is_allowed"),
    [(False, False, False), (True, False, True), (True, True, False)],
    ids=["warehouses", "a pool", "a product that needs fitting"],
)
def test_packs_come_whole_from_a_warehouse(
    pooled: bool, needs_fitting: bool, is_allowed: bool
) -> None:
    """Supply: 4 and 6 pieces hold one pack of 5; only where all lie in one place there are two."""
    tables = world(
        supply=[{"warehouse_id": w, "sku_id": "K1", "units": n} for w, n in (("V", 4), ("W", 6))],
        order_lines=[line("1", 20, pack=5)],
    )
    problem, model = problem_from(tables), cp_model.CpModel()
    question = Question([0])
    if pooled:
        question = Question(
            [0], usable_stock=problem.supply.sum(axis=0), needs_fitting=np.array([needs_fitting])
        )
    packs = Packs(model, problem, State(problem), question)
    rules.take_no_more_than_there_is(SUPPLY)(model, problem, packs)
    model.add(packs.given[0] == 2)
    assert (cp_model.CpSolver().solve(model) == cp_model.OPTIMAL) is is_allowed


def solved(tables: Tables) -> Plan:
    """The plan, found both ways, equal and sound."""
    problem = problem_from(tables)
    plan, other = solve(problem), solve(problem, method="program")
    assert plan.allocations.equals(other.allocations)
    assert plan.levels.equals(other.levels)
    assert verify(problem, plan) == []
    return plan


@pytest.mark.parametrize(("packs", "is_allowed"), [(0, True), (10, True), (11, False)])
def test_no_warehouse_gives_more_than_it_has(packs: int, is_allowed: bool) -> None:
    """Supply: ten pieces of K1 are there."""
    tables = world(order_lines=[line("1", 20)])
    assert allowed(tables, rules.take_no_more_than_there_is(SUPPLY), {"L:1": packs}) is is_allowed


def test_a_pack_comes_from_one_warehouse() -> None:
    """Supply: two warehouses of five pieces hold two packs of four, not three of three and one."""
    supply = [{"warehouse_id": w, "sku_id": "K1", "units": 5} for w in ("W1", "W2")]
    tables = world(supply=supply, order_lines=[line("1", 12, pack=4)])
    assert allowed(tables, rules.take_no_more_than_there_is(SUPPLY), {"L:1": 2})
    assert not allowed(tables, rules.take_no_more_than_there_is(SUPPLY), {"L:1": 3})


@pytest.mark.parametrize(("packs", "is_allowed"), [(3, True), (4, False)])
def test_shipments_cost_no_more_than_funds(packs: int, is_allowed: bool) -> None:
    """A4: funds: balance, credit and guarantee of 350 cents pay three pieces at 100."""
    person = {"balance_cents": -50, "credit_limit_cents": 300, "guarantee_cents": 100}
    people = [{"franchisee_id": "F", **person}, {"franchisee_id": "G"}]
    tables = world(franchisees=people, order_lines=[line("1", 9)])
    assert allowed(tables, rules.take_no_more_than_there_is(FUNDS), {"L:1": packs}) is is_allowed


def test_a_blocked_franchisee_is_shipped_nothing_but_may_reserve() -> None:
    """Blocked: not even goods for nothing; the reservation stands."""
    people = [{"franchisee_id": "F", "blocked": 1}, {"franchisee_id": "G"}]
    tables = world(franchisees=people, order_lines=[line("1", 4, price_cents=0)])
    assert not allowed(tables, rules.ship_nothing_to_blocked_franchisees, {"L:1": 1})
    plan = solved(tables)
    assert given(plan) == {"R:1": 4}
    assert reasons(plan) == {"L:1": "BLOCKED"}


@pytest.mark.parametrize(
    ("packs", "is_allowed"), [((0, 0), True), ((2, 3), True), ((2, 0), False), ((1, 3), False)]
)
def test_a_ship_complete_order_ships_whole_or_not_at_all(
    packs: tuple[int, int], is_allowed: bool
) -> None:
    """Ship complete: two lines of two and three."""
    orders = [{"order_id": "O", "ship_complete": 1}]
    tables = world(orders=orders, order_lines=[line("1", 2), line("2", 3, "K2")])
    wanted = {"L:1": packs[0], "L:2": packs[1]}
    rule = rules.ship_complete_orders_whole_or_not_at_all
    assert allowed(tables, rule, wanted) is is_allowed


def test_a_ship_complete_order_looks_ahead_to_its_later_lines() -> None:
    """Ship complete: a line of a later launch that cannot be filled keeps the first one back."""
    products = [{"product_id": "P"}, {"product_id": "Q", "launch_rank": 2}]
    tables = world(
        products=products,
        skus=[{"sku_id": "K1"}, {"sku_id": "K2", "product_id": "Q"}],
        orders=[{"order_id": "O", "ship_complete": 1}, {"order_id": "OG", "franchisee_id": "G"}],
        order_lines=[line("1", 8), line("2", 11, "K2"), line("3", 8, order_id="OG", reserve=0)],
    )
    plan = solved(tables)
    assert given(plan) == {"L:3": 8, "R:1": 2, "R:2": 10}
    assert reasons(plan)["L:1"] == "SHIP_COMPLETE"


def test_a_ship_complete_order_that_is_no_pack_multiple_gets_nothing() -> None:
    """Ship complete: five units in packs of two never fill the line."""
    orders = [{"order_id": "O", "ship_complete": 1}]
    tables = world(orders=orders, order_lines=[line("1", 5, pack=2, reserve=0)])
    assert given(solved(tables)) == {}


@pytest.mark.parametrize(("packs", "is_allowed"), [(0, True), (4, False), (5, True)])
def test_an_order_ships_for_its_minimum_value_or_not_at_all(packs: int, is_allowed: bool) -> None:
    """Minimum value: 450 cents, at 100 a piece."""
    orders = [{"order_id": "O", "min_ship_value_cents": 450}]
    tables = world(orders=orders, order_lines=[line("1", 9)])
    rule = rules.ship_for_the_minimum_value_or_not_at_all
    assert allowed(tables, rule, {"L:1": packs}) is is_allowed


def test_the_minimum_counts_shipments_only() -> None:
    """Minimum value: what is reserved does not help an order over it."""
    orders = [{"order_id": "O", "min_ship_value_cents": 450}]
    supply = [{"sku_id": "K1", "units": 4}]
    plan = solved(world(orders=orders, supply=supply, order_lines=[line("1", 9)]))
    assert given(plan) == {"R:1": 4}
    assert reasons(plan)["L:1"] == "MIN_VALUE"


def test_an_outlet_gets_no_more_than_its_share_shipped_and_reserved_together() -> None:
    """Share cap: 300,000 millionths of ten pieces are three, over all orders and both stages."""
    people = [{"franchisee_id": "F", "balance_cents": 200}, {"franchisee_id": "G"}]
    tables = world({"share_cap_ppm": 300_000}, franchisees=people, order_lines=[line("1", 9)])
    assert not allowed(tables, rules.take_no_more_than_there_is(SHARE), {"L:1": 4})
    plan = solved(tables)
    assert given(plan) == {"L:1": 2, "R:1": 1}
    assert reasons(plan) == {"L:1": "FUNDS", "R:1": "SHARE_CAP"}


def test_a_reserve_of_a_region_is_not_capped() -> None:
    """Share cap: regions are no outlets."""
    reserves = [{"sku_id": "K1", "target": 9}]
    plan = solved(world({"share_cap_ppm": 300_000}, region_reserves=reserves))
    assert given(plan) == {"G:R:K1": 9}


def test_a_warehouse_picks_no_more_than_it_can_and_a_reservation_is_not_picked() -> None:
    """Pick capacity: four picks; what is reserved comes on top."""
    people = [{"franchisee_id": "F", "balance_cents": 300}, {"franchisee_id": "G"}]
    gaps = [{"store_id": "S", "sku_id": "K1", "safety": 3}]
    lines = [line("1", 5)]
    tables = world(
        {"pick_capacity": {"W": 4}}, franchisees=people, order_lines=lines, store_stock=gaps
    )
    assert not allowed(tables, rules.take_no_more_than_there_is(PICKS), {"L:1": 5})
    plan = solved(tables)
    assert given(plan) == {"L:1": 3, "R:1": 2, "S:S:K1": 1}
    assert reasons(plan)["S:S:K1"] == "CAPACITY"


@pytest.mark.parametrize(
    ("packs", "is_allowed"), [((0, 0), True), ((1, 0), False), ((1, 1), True), ((0, 2), False)]
)
def test_a_store_shows_enough_sizes_or_gets_nothing(
    packs: tuple[int, int], is_allowed: bool
) -> None:
    """Size run: two sizes or none."""
    gaps = [{"store_id": "S", "sku_id": sku, "safety": 2} for sku in ("K1", "K2")]
    tables = world({"size_run_min": 2}, store_stock=gaps)
    wanted = {"S:S:K1": packs[0], "S:S:K2": packs[1]}
    assert allowed(tables, rules.show_enough_sizes, wanted) is is_allowed


def test_what_is_on_hand_counts_as_a_size() -> None:
    """Size run: one size on hand, one brought."""
    gaps = [
        {"store_id": "S", "sku_id": "K1", "safety": 2},
        {"store_id": "S", "sku_id": "K2", "safety": 1, "on_hand": 1},
    ]
    assert given(solved(world({"size_run_min": 2}, store_stock=gaps))) == {"S:S:K1": 2}


def test_a_store_that_could_never_show_that_number_is_asked_for_what_it_could() -> None:
    """Size run: min(k, sizes it could show)."""
    gaps = [{"store_id": "S", "sku_id": "K1", "safety": 2}]
    assert given(solved(world({"size_run_min": 3}, store_stock=gaps))) == {"S:S:K1": 2}


def test_higher_ranks_come_first_and_equals_share_fairly() -> None:
    """A7: levels: F and G tie for ten pieces, H of rank 2 comes after them."""
    people = [{"franchisee_id": f, "rank": r} for f, r in (("F", 1), ("G", 1), ("H", 2))]
    orders = [{"order_id": f"O{f}", "franchisee_id": f} for f in "FGH"]
    lines = [line(f, n, order_id=f"O{f}", reserve=0) for f, n in (("F", 12), ("G", 8), ("H", 5))]
    plan = solved(world(franchisees=people, orders=orders, order_lines=lines))
    assert given(plan) == {"L:F": 6, "L:G": 4}
    levels = plan.levels.select("key", "total", "proven").rows()
    assert levels == [('[1, 1, 1, "P"]', 10, True), ('[1, 2, 1, "P"]', 0, True)]


def test_ties_go_to_the_first_claim_id_by_code_point() -> None:
    """D: one piece, two equal wishes; "L:10" stands before "L:9"."""
    lines = [line("9", 1, reserve=0), line("10", 1, order_id="OG", reserve=0)]
    plan = solved(world(supply=[{"sku_id": "K1", "units": 1}], order_lines=lines))
    assert given(plan) == {"L:10": 1}


def test_a_ratio_pack_takes_pieces_of_several_skus() -> None:
    """Prepacks: two K1 and one K2 a pack; ten K1 make five packs."""
    prepacks = [
        {"prepack_id": "X", "sku_id": "K1", "qty": 2},
        {"prepack_id": "X", "sku_id": "K2", "qty": 1},
    ]
    lines = [line("1", 9, "X", pack=1, price_cents=300)]
    plan = solved(world(prepacks=prepacks, order_lines=lines))
    assert given(plan) == {"L:1": 5}
    assert plan.claims["pieces"].to_list() == [15, 0]


def test_fewest_claims_are_split_over_warehouses() -> None:
    """Splits: lines of six and four fit whole into warehouses of four and six."""
    supply = [
        {"warehouse_id": "W1", "sku_id": "K1", "units": 4},
        {"warehouse_id": "W2", "sku_id": "K1", "units": 6},
    ]
    plan = solved(world(supply=supply, order_lines=[line("1", 6), line("2", 4)]))
    assert plan.splits == 0
    rows: list[tuple[Any, ...]] = plan.allocations.select("claim_id", "warehouse_id").rows()
    assert rows == [("L:1", "W2"), ("L:2", "W1")]


def test_a_line_that_no_warehouse_holds_is_split_once() -> None:
    """Splits: nine pieces from four and six."""
    supply = [{"warehouse_id": w, "sku_id": "K1", "units": n} for w, n in (("W1", 4), ("W2", 6))]
    plan = solved(world(supply=supply, order_lines=[line("1", 9)]))
    assert plan.splits == 1
    assert int(np.sum(plan.allocations["units"].to_numpy())) == 9
