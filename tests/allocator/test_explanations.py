"""Why a claim went short, what would change it, and how even a plan is."""

from __future__ import annotations

import pytest

from allocator import CounterfactualChange, Tables, explain, fairness, problem_from, solve
from allocator.counterfactuals import edit
from tests.allocator.worlds import line, world


def test_a_short_line_s_explanation_names_who_got_the_goods_and_how_much_more_supply_fills_it() -> (
    None
):
    """Ten pieces, rank 1 takes eight: two more would help, seven more fill the line."""
    people = [{"franchisee_id": "F", "rank": 1}, {"franchisee_id": "G", "rank": 2}]
    lines = [line("1", 8), line("2", 9, order_id="OG", reserve=0)]
    problem = problem_from(world(franchisees=people, order_lines=lines))
    found = explain(problem, solve(problem), "L:2")
    assert (found.wanted, found.given, found.reasons) == (9, 2, ("SUPPLY",))
    assert found.level == (1, 2, 1, "P")
    assert [(w.claim_id, w.pieces, w.same_level) for w in found.winners] == [("L:1", 8, False)]
    changes = [(c.what, c.subject, c.amount, c.more, c.fills) for c in found.changes]
    assert changes == [("SUPPLY", "K1", 1, 1, False), ("SUPPLY", "K1", 7, 7, True)]


def test_money_left_over_counts_towards_the_next_pack() -> None:
    """Funds of 250 cents at 100 a piece: 50 more give a third, 250 more all five."""
    people = [{"franchisee_id": "F", "balance_cents": 250}, {"franchisee_id": "G"}]
    problem = problem_from(world(franchisees=people, order_lines=[line("1", 5)]))
    found = explain(problem, solve(problem), "L:1")
    assert found.reasons == ("FUNDS",)
    changes = [(c.what, c.subject, c.amount, c.gives, c.fills) for c in found.changes]
    assert changes == [("FUNDS", "F", 50, 3, False), ("FUNDS", "F", 250, 5, True)]


def test_a_filled_line_s_explanation_has_its_supply_its_money_and_whom_it_displaced() -> None:
    """A debt eats into the credit before anything is shipped."""
    person = {"balance_cents": -100, "credit_limit_cents": 500, "guarantee_cents": 600}
    people = [{"franchisee_id": "F", **person}, {"franchisee_id": "G", "rank": 2}]
    lines = [line("1", 7), line("2", 4, order_id="OG", reserve=0)]
    problem = problem_from(world(franchisees=people, order_lines=lines))
    found = explain(problem, solve(problem), "L:1")
    assert found.supply == (("W", 7),)
    assert found.funds is not None
    shares = (found.funds.from_balance, found.funds.from_credit, found.funds.from_guarantee)
    assert shares == (0, 400, 300)
    assert [(d.claim_id, d.missing) for d in found.displaced] == [("L:2", 1)]


def test_fairness_figures_are_whole_numbers() -> None:
    """F gets five of ten, G five of five: half and whole."""
    lines = [line("1", 10, reserve=0), line("2", 5, "K2", order_id="OG", reserve=0)]
    supply = [{"sku_id": "K1", "units": 5}, {"sku_id": "K2", "units": 5}]
    problem = problem_from(world(supply=supply, order_lines=lines))
    figures = fairness(problem, solve(problem))
    assert [(f.group, f.fill_ppm) for f in figures.franchisees] == [
        ("F", 500_000),
        ("G", 1_000_000),
    ]
    even = figures.groups["franchisees"]
    assert (even.spread_ppm, even.jain_ppm, even.gini_ppm) == (500_000, 900_000, 166_666)
    assert even.worst[0].group == "F"


def changes_of(tables: Tables, claim: str) -> list[tuple[str, str, int, int]]:
    """What would change a claim's fate, each held against a cold solve of the edited tables."""
    problem = problem_from(tables)
    found = explain(problem, solve(problem), claim)
    for change in found.changes:
        assert _gives(tables, claim, change) == change.gives > found.given
    return [(c.what, c.subject, c.amount, c.gives) for c in found.changes]


def _gives(tables: Tables, claim: str, change: CounterfactualChange) -> int:
    plan = solve(problem_from(edit(tables, change.what, change.subject, change.amount)))
    return {row[0]: row[1] for row in plan.claims.select("claim_id", "given").rows()}[claim]


def test_a_debt_beyond_all_limits_is_part_of_the_money_that_helps() -> None:
    """Section 9: with 1,000.00 of debt and no credit, one piece at 1.00 takes 1,001.00."""
    people = [{"franchisee_id": "F", "balance_cents": -100_000}, {"franchisee_id": "G"}]
    tables = world(franchisees=people, order_lines=[line("1", 5, reserve=0)])
    assert changes_of(tables, "L:1") == [
        ("FUNDS", "F", 100_100, 1),
        ("FUNDS", "F", 100_500, 5),
    ]


def test_a_whole_order_s_explanation_names_the_line_that_blocks_it_and_for_want_of_what() -> None:
    """Section 9: one piece of K1 for five; the line on K2 lacks nothing and learns the same."""
    orders = [{"order_id": "O", "ship_complete": 1}]
    supply = [{"sku_id": "K1", "units": 1}, {"sku_id": "K2", "units": 9}]
    lines = [line("1", 5, reserve=0), line("2", 5, "K2", reserve=0)]
    tables = world(supply=supply, orders=orders, order_lines=lines)
    problem = problem_from(tables)
    for claim in ("L:1", "L:2"):
        found = explain(problem, solve(problem), claim, counterfactuals=False)
        assert [(b.claim_id, b.reasons, b.missing_pieces) for b in found.blocking] == [
            ("L:1", ("SUPPLY",), 4)
        ]
        assert changes_of(tables, claim) == [("SUPPLY", "K1", 4, 5)]


def test_a_whole_order_s_explanation_has_the_amount_that_is_missing() -> None:
    """Section 9: 10.00 for two lines, of which 3.40 are there: 6.60 more."""
    orders = [{"order_id": "O", "ship_complete": 1}]
    people = [{"franchisee_id": "F", "balance_cents": 340}, {"franchisee_id": "G"}]
    lines = [line("1", 5, reserve=0), line("2", 5, "K2", reserve=0)]
    tables = world(franchisees=people, orders=orders, order_lines=lines)
    problem = problem_from(tables)
    found = explain(problem, solve(problem), "L:2", counterfactuals=False)
    assert [(b.claim_id, b.reasons, b.missing_cents) for b in found.blocking] == [
        ("L:1", ("FUNDS",), 160),
        ("L:2", ("FUNDS",), 660),
    ]
    assert changes_of(tables, "L:2") == [("FUNDS", "F", 660, 5)]


def test_no_change_is_searched_for_an_order_with_a_broken_pack() -> None:
    """Three of a pack of two: nothing makes that order whole."""
    orders = [{"order_id": "O", "ship_complete": 1}]
    tables = world(orders=orders, order_lines=[line("1", 3, pack=2), line("2", 5, "K2")])
    problem = problem_from(tables)
    found = explain(problem, solve(problem), "L:2")
    assert [(b.claim_id, b.reasons) for b in found.blocking] == [("L:1", ("PACK",))]
    assert found.changes == ()


@pytest.mark.parametrize(
    ("setting", "reason"),
    [({"pick_capacity": {"W": 7}}, "CAPACITY"), ({"share_cap_ppm": 400_000}, "SHARE_CAP")],
)
def test_a_whole_order_s_explanation_has_picks_and_shares(
    setting: dict[str, object], reason: str
) -> None:
    """Ten pieces of two SKUs; seven can be picked, or four of each may go to one outlet."""
    orders = [{"order_id": "O", "ship_complete": 1}]
    lines = [line("1", 5, reserve=0), line("2", 5, "K2", reserve=0)]
    tables = world(setting, orders=orders, order_lines=lines)
    problem = problem_from(tables)
    found = explain(problem, solve(problem), "L:1", counterfactuals=False)
    lacking = ["L:2"] if reason == "CAPACITY" else ["L:1", "L:2"]
    assert [(b.claim_id, b.reasons) for b in found.blocking] == [
        (one, (reason,)) for one in lacking
    ]
    (change,) = changes_of(tables, "L:1")
    assert (change[0], change[3]) == (reason, 5)


def test_a_minimum_is_reached_by_more_for_another_line_of_the_order() -> None:
    """6.00 are needed; the line on K1 has its two pieces, that on K2 lacks all but one."""
    orders = [{"order_id": "O", "min_ship_value_cents": 600}]
    supply = [{"sku_id": "K1", "units": 2}, {"sku_id": "K2", "units": 1}]
    lines = [line("1", 2, reserve=0), line("2", 5, "K2", reserve=0)]
    tables = world(supply=supply, orders=orders, order_lines=lines)
    assert changes_of(tables, "L:1") == [("SUPPLY", "K2", 3, 2)]


def test_a_share_is_raised_to_the_whole_at_most() -> None:
    """Section 9: the amount found is the amount applied; 100 % is all there is."""
    tables = world({"share_cap_ppm": 995_000}, order_lines=[line("1", 10, reserve=0)])
    assert changes_of(tables, "L:1") == [("SHARE_CAP", "share_cap_ppm", 5_000, 10)]


def test_only_those_are_displaced_who_lack_what_this_claim_took() -> None:
    """A blocked customer, a line short of its own money and the line's own rest lack nothing of
    it; a later line that found no pieces does."""
    people = [
        {"franchisee_id": "F"},
        {"franchisee_id": "G", "rank": 2, "blocked": 1},
        {"franchisee_id": "H", "rank": 2, "balance_cents": 100},
        {"franchisee_id": "J", "rank": 3},
    ]
    orders = [{"order_id": f"O{f}", "franchisee_id": f} for f in "FGHJ"]
    lines = [
        line("1", 7, order_id="OF", reserve=0),
        line("2", 3, order_id="OG", reserve=0),
        line("3", 2, order_id="OH", reserve=0),
        line("4", 5, order_id="OJ", reserve=0),
    ]
    problem = problem_from(world(franchisees=people, orders=orders, order_lines=lines))
    found = explain(problem, solve(problem), "L:1")
    assert [(d.claim_id, d.missing) for d in found.displaced] == [("L:4", 3)]
    lines[0]["reserve"], lines[0]["qty"] = 1, 12
    problem = problem_from(world(franchisees=people[:1], orders=orders[:1], order_lines=lines[:1]))
    assert explain(problem, solve(problem), "L:1").displaced == ()
