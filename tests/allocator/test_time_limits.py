"""A limit that leaves no time: goods are handed out all the same, and nothing false is said."""

import numpy as np
import pytest

from allocator import Tables, limits, problem_from, solve, verify
from allocator.limits import SearchLimits
from allocator.plan import Plan
from allocator.program.incumbent import handed_out
from allocator.program.variables import Question
from allocator.state import State
from tests.allocator.worlds import given, line, reasons, world


def cut(tables: Tables, method: str = "program") -> Plan:
    """The plan of a solve whose time is over before it begins."""
    problem = problem_from(tables)
    plan = solve(problem, method=method, time_limit_s=0.0)  # type: ignore[arg-type]
    assert verify(problem, plan) == []
    return plan


def test_goods_are_handed_out_and_reasons_are_the_plans_own_slack() -> None:
    """Section 4: SUPPLY and FUNDS are what the plan itself leaves; nobody is COMMITTED."""
    people = [{"franchisee_id": "F", "balance_cents": 300}, {"franchisee_id": "G"}]
    lines = [line("1", 5), line("2", 9, order_id="OG"), line("3", 4, "K2", order_id="OG")]
    plan = cut(world(franchisees=people, order_lines=lines))
    assert given(plan) == {"L:1": 3, "L:2": 7, "L:3": 4}
    assert reasons(plan) == {
        "L:1": "SUPPLY|FUNDS",
        "L:2": "SUPPLY",
        "R:1": "SUPPLY",
        "R:2": "SUPPLY",
    }
    assert plan.levels["proven"].to_list() == [False, False]
    assert plan.levels["bound"].to_list() == [18, 4]
    assert plan.summary["reproducible"] is False


@pytest.mark.parametrize("work", [None, 1e-6])
def test_a_search_cut_behind_its_work_is_not_said_to_be_cut_by_the_clock(
    work: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Section 11: another machine ends it at the same place, so the plan is reproducible."""
    monkeypatch.setattr(limits, "USUAL_WORK", 1e-6)
    lines = [line(str(n), 3 + n, pack=2 + n % 3) for n in range(6)]
    tables = world(order_lines=lines, orders=[{"order_id": "O", "min_ship_value_cents": 700}])
    plan = solve(
        problem_from(tables), method="program", time_limit_s=10**6, deterministic_limit=work
    )
    assert plan.summary["levels_unproven"] > 0
    assert plan.summary["reproducible"] is True


def test_a_search_that_ends_with_work_left_was_cut_by_the_clock() -> None:
    """The solver stops a little before its time is over, when ours has some left."""
    limits = SearchLimits.starting_now(10**6, deterministic=2.0)
    limits.note_cut(2.0)
    assert not limits.out_of_time
    limits.note_cut(1.9)
    assert limits.out_of_time


def test_a_level_where_everyone_has_all_is_proven_without_a_search() -> None:
    """Section 3: nothing beats what fills every claim."""
    plan = cut(world(order_lines=[line("1", 5), line("2", 4, order_id="OG")]))
    assert given(plan) == {"L:1": 5, "L:2": 4}
    assert plan.levels["proven"].to_list() == [True]


@pytest.mark.parametrize("method", ["auto", "program"])
def test_orders_with_rules_ship_by_them_or_not_at_all(method: str) -> None:
    """Ship-complete, minimum value: O needs 12 of K1 and gets nothing, OG's minimum is met."""
    orders = [
        {"order_id": "O", "ship_complete": 1},
        {"order_id": "OG", "franchisee_id": "G", "min_ship_value_cents": 700},
    ]
    lines = [line("1", 12, reserve=0), line("2", 9, order_id="OG", reserve=0)]
    people = [{"franchisee_id": "F"}, {"franchisee_id": "G", "balance_cents": 800}]
    plan = cut(world(franchisees=people, orders=orders, order_lines=lines), method)
    assert given(plan) == {"L:2": 8}


def test_an_order_that_a_cut_level_left_out_is_said_to_be_cut_short() -> None:
    """It could ship; that another took its goods first is no fault of the order's."""
    orders = [{"order_id": "O"}, {"order_id": "OG", "franchisee_id": "G", "ship_complete": 1}]
    people = [{"franchisee_id": "F", "balance_cents": 500}, {"franchisee_id": "G"}]
    lines = [line("1", 8, reserve=0), line("2", 6, order_id="OG", reserve=0)]
    tables = world(franchisees=people, orders=orders, order_lines=lines)
    plan = cut(tables)
    assert given(plan) == {"L:1": 4, "L:2": 6}
    lines.append(line("3", 5, "K2", order_id="OG", reserve=0))
    supply = [{"sku_id": "K1", "units": 10}, {"sku_id": "K2", "units": 4}]
    plan = cut(world(supply=supply, franchisees=people, orders=orders, order_lines=lines))
    assert reasons(plan) == {"L:1": "FUNDS", "L:2": "CUT_SHORT", "L:3": "CUT_SHORT"}


def test_an_order_begun_is_finished_before_anybody_else_is_served() -> None:
    """The second line of an order that ships complete comes before an equal's first."""
    orders = [{"order_id": "O", "ship_complete": 1}, {"order_id": "OG", "franchisee_id": "G"}]
    products = [{"product_id": "P"}, {"product_id": "Q", "launch_rank": 2}]
    skus = [{"sku_id": "K1"}, {"sku_id": "K2", "product_id": "Q"}]
    lines = [line("1", 5), line("9", 8, "K2"), line("2", 9, "K2", order_id="OG", reserve=0)]
    plan = cut(world(products=products, skus=skus, orders=orders, order_lines=lines))
    assert given(plan) == {"L:1": 5, "L:9": 8, "L:2": 2}


def test_packs_of_earlier_levels_keep_their_warehouses() -> None:
    """Five and five pieces: two packs of four are gone, so a pack of two fits nowhere."""
    supply = [{"warehouse_id": w, "sku_id": "K1", "units": 5} for w in ("W1", "W2")]
    people = [{"franchisee_id": "F", "rank": 1}, {"franchisee_id": "G", "rank": 2}]
    lines = [line("1", 8, pack=4), line("2", 2, pack=2, order_id="OG", reserve=0)]
    plan = cut(world(supply=supply, franchisees=people, order_lines=lines))
    assert given(plan) == {"L:1": 8}
    assert reasons(plan) == {"L:2": "SUPPLY"}


def test_a_store_shows_its_sizes_or_gets_nothing() -> None:
    """Size run: two sizes are needed, of K2 there is none: the store is cut short, not served."""
    tables = world(
        {"size_run_min": 2},
        supply=[{"sku_id": "K1", "units": 5}, {"sku_id": "K2", "units": 0}],
        store_stock=[{"store_id": "S", "sku_id": k, "safety": 2} for k in ("K1", "K2")],
    )
    assert given(cut(tables)) == {}


def test_no_plan_is_claimed_where_an_order_begun_cannot_be_finished() -> None:
    """Rather than to break an order, the hand-out gives up: a search must find its plan."""
    orders = [{"order_id": "O", "ship_complete": 1}]
    problem = problem_from(world(orders=orders, order_lines=[line("1", 5), line("2", 5)]))
    state = State(problem)
    state.order_packs[0], state.order_seen[0] = 1, True
    assert handed_out(problem, state, Question([0, 1], most={0: 5, 1: 5})) == {0: 5, 1: 5}
    state.used[0] = 1
    assert handed_out(problem, state, Question([0, 1], most={0: 5, 1: 5})) is None


def test_warehouses_found_for_earlier_levels_are_kept_for_the_next() -> None:
    """What limits of picks leave is counted once and carried on; it is counted again where another
    plan was taken."""
    supply = [{"warehouse_id": w, "sku_id": "K1", "units": 6} for w in ("W1", "W2")]
    people = [{"franchisee_id": "F", "rank": 1}, {"franchisee_id": "G", "rank": 2}]
    lines = [line("1", 4, pack=2, reserve=0), line("2", 9, order_id="OG", reserve=0)]
    limits = {"pick_capacity": {"W1": 5, "W2": 3}}
    problem = problem_from(world(limits, supply=supply, franchisees=people, order_lines=lines))
    state = State(problem)
    first = Question([0])
    assert handed_out(problem, state, first) == {0: 2}
    state.decide(np.array([0]), np.array([2]))
    carried = state.placed
    assert handed_out(problem, state, Question([1])) == {1: 4}
    assert carried is not None
    other = State(problem)
    assert handed_out(problem, other, first) == {0: 2}
    other.decide(np.array([0]), np.array([1]))
    assert handed_out(problem, other, Question([1])) == {1: 6}


def test_a_sku_alone_is_handed_out_by_nothing_but_its_goods() -> None:
    """The pass without budgets asks so: money and an order's rule are looked at behind it."""
    people = [{"franchisee_id": "F", "balance_cents": 0}, {"franchisee_id": "G", "blocked": 1}]
    orders = [{"order_id": "O", "ship_complete": 1}, {"order_id": "OG", "franchisee_id": "G"}]
    lines = [line("1", 12), line("2", 9, order_id="OG")]
    problem = problem_from(world(franchisees=people, orders=orders, order_lines=lines))
    question = Question([0, 1], most={0: 8, 1: 9})
    assert handed_out(problem, State(problem), question, only_goods=True) == {0: 8, 1: 2}
    assert handed_out(problem, State(problem), question) == {0: 0, 1: 0}
