"""Why somebody went short, what would change it, and how even a plan is."""

from __future__ import annotations

from allocator import explain, fairness, problem_from, solve
from tests.allocator.worlds import line, world


def test_a_short_line_is_told_who_got_the_goods_and_how_much_more_supply_fills_it() -> None:
    """Ten pieces, rank 1 takes eight: two more would help, seven more fill the line."""
    people = [{"franchisee_id": "F", "rank": 1}, {"franchisee_id": "G", "rank": 2}]
    lines = [line("1", 8), line("2", 9, order_id="OG", reserve=0)]
    problem = problem_from(world(franchisees=people, order_lines=lines))
    told = explain(problem, solve(problem), "L:2")
    assert (told.wanted, told.given, told.reasons) == (9, 2, ("SUPPLY",))
    assert told.level == (1, 2, 1, "P")
    assert [(w.claim_id, w.pieces, w.same_level) for w in told.winners] == [("L:1", 8, False)]
    changes = [(c.what, c.subject, c.amount, c.more, c.fills) for c in told.changes]
    assert changes == [("SUPPLY", "K1", 1, 1, False), ("SUPPLY", "K1", 7, 7, True)]


def test_money_left_over_counts_towards_the_next_pack() -> None:
    """Funds of 250 cents at 100 a piece: 50 more give a third, 250 more all five."""
    people = [{"franchisee_id": "F", "balance_cents": 250}, {"franchisee_id": "G"}]
    problem = problem_from(world(franchisees=people, order_lines=[line("1", 5)]))
    told = explain(problem, solve(problem), "L:1")
    assert told.reasons == ("FUNDS",)
    changes = [(c.what, c.subject, c.amount, c.gives, c.fills) for c in told.changes]
    assert changes == [("FUNDS", "F", 50, 3, False), ("FUNDS", "F", 250, 5, True)]


def test_a_filled_line_is_told_its_supply_its_money_and_whom_it_displaced() -> None:
    """A debt eats into the credit before anything is shipped."""
    person = {"balance_cents": -100, "credit_limit_cents": 500, "guarantee_cents": 600}
    people = [{"franchisee_id": "F", **person}, {"franchisee_id": "G", "rank": 2}]
    lines = [line("1", 7), line("2", 4, order_id="OG", reserve=0)]
    problem = problem_from(world(franchisees=people, order_lines=lines))
    told = explain(problem, solve(problem), "L:1")
    assert told.supply == (("W", 7),)
    assert told.funds is not None
    shares = (told.funds.from_balance, told.funds.from_credit, told.funds.from_guarantee)
    assert shares == (0, 400, 300)
    assert [(d.claim_id, d.missing) for d in told.displaced] == [("L:2", 1)]


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
    even = figures.evenness["franchisees"]
    assert (even.spread_ppm, even.jain_ppm, even.gini_ppm) == (500_000, 900_000, 166_666)
    assert even.worst[0].group == "F"
