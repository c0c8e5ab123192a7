"""A what-if gives the bytes of a cold solve, and solves no more than the edit can reach."""

import random
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis
import polars as pl
import pytest
from hypothesis import example, settings
from hypothesis import strategies as st

from allocator import (
    Fault,
    InputFaults,
    Plan,
    Replanner,
    Tables,
    limits,
    problem_from,
    read_tables,
    solve,
    verify,
    write_plan,
)
from allocator.references import MAX_CLAIM_PIECES
from allocator.replanning import replan
from benchmarks.allocator.instances import PROFILES
from benchmarks.allocator.instances import write_instance as benchmark_instance
from benchmarks.restart.run import EDITS
from tests.allocator.edits import (
    edit_amount,
    edit_anything,
    edit_option,
    edit_order,
    put_in,
    take_out,
)
from tests.allocator.instances import write_instance
from tests.allocator.worlds import given, line, world
from tests.extent import extent

OFTEN = settings(max_examples=extent(30, 600))


def instance(size: str, seed: int) -> Tables:
    """An instance of the oracle's; the options that join everything are kept in one in four."""
    with tempfile.TemporaryDirectory() as folder:
        tables = read_tables(write_instance(Path(folder) / "in", size, f"replan:{seed}"))
    if seed % 4 == 0:
        return tables
    options = replace(tables.settings, pick_capacity=None, share_cap_ppm=None)
    supply = tables.supply
    if seed % 4 < 3:
        supply = supply.with_columns(pl.lit("W").alias("warehouse_id"))
    return replace(tables, settings=options, supply=supply)


def files(plan: Plan) -> tuple[bytes, bytes]:
    """What the plan writes."""
    with tempfile.TemporaryDirectory() as folder:
        write_plan(plan, folder)
        names = ("allocations.csv", "levels.csv")
        first, second = ((Path(folder) / name).read_bytes() for name in names)
    return first, second


def faults_of(work: Callable[[], object]) -> list[Fault]:
    """What is wrong with the input, if anything."""
    try:
        work()
    except InputFaults as refused:
        return list(refused.faults)
    return []


def compare(edited: Tables, planner: Replanner) -> None:
    """Hold a what-if against a cold solve."""
    faults = faults_of(lambda: problem_from(edited))
    assert faults_of(lambda: planner.plan_of(edited)) == faults
    if faults:
        return
    cold, warm = solve(problem_from(edited)), planner.plan_of(edited)
    assert files(warm) == files(cold)
    assert warm.summary["fingerprint"] == cold.summary["fingerprint"]
    assert warm.splits == cold.splits
    assert verify(warm.problem, warm) == []


@OFTEN
@hypothesis.given(seed=st.integers(0, 10**6), edits=st.integers(1, 4), only_amounts=st.booleans())
@example(seed=0, edits=1, only_amounts=True)
def test_a_what_if_equals_a_cold_solve(seed: int, edits: int, only_amounts: bool) -> None:
    """Section 8: bytes equal to a cold solve, whatever is edited."""
    rng = random.Random(seed)
    tables = instance("tiny", seed)
    planner = Replanner(solve(problem_from(tables)))
    edited = tables
    for _ in range(edits):
        edited = (edit_amount if only_amounts else edit_anything)(edited, rng)
    compare(edited, planner)


@pytest.mark.parametrize("seed", [1, 2, 5, 6, 9, 10])
def test_many_what_ifs_of_one_larger_base(seed: int) -> None:
    """One base, one edit after the other, and a what-if of a what-if."""
    rng = random.Random(seed)
    tables = instance("small", seed)
    planner = Replanner(solve(problem_from(tables)))
    for edit in (edit_amount, edit_order, take_out, put_in, edit_option):
        edited = edit(tables, rng)
        compare(edited, planner)
        if faults_of(lambda: problem_from(edited)):  # noqa: B023 - called at once
            continue
        again = edit_anything(edited, rng)
        compare(again, Replanner(planner.plan_of(edited)))


def money(tables: Tables, franchisee: str, cents: int) -> Tables:
    """The tables with another balance."""
    is_it = pl.col("franchisee_id") == franchisee
    balance = pl.when(is_it).then(cents).otherwise("balance_cents").alias("balance_cents")
    return replace(tables, franchisees=tables.franchisees.with_columns(balance))


def test_money_reaches_its_own_lines_and_who_shares_their_goods() -> None:
    """F buys K1 and G buys K2: F's money reaches neither G nor K2."""
    people = [{"franchisee_id": "F", "balance_cents": 300}, {"franchisee_id": "G"}]
    lines = [line("1", 9, "K1", reserve=0), line("2", 20, "K2", order_id="OG", reserve=0)]
    base = solve(problem_from(world(franchisees=people, order_lines=lines)))
    plan = Replanner(base).plan_of(money(base.problem.tables, "F", 500))
    assert plan.summary["restart"] == {"claims_solved": 1, "why_all": ""}
    assert plan.claims["given"].to_list() == [5, 10]


def test_under_pick_capacity_everything_is_solved_and_said_so() -> None:
    """Section 10: what is not known to stay is solved again."""
    capped = problem_from(world({"pick_capacity": {"W": 3}}, order_lines=[line("1", 4)]))
    plan = Replanner(solve(capped)).plan_of(money(capped.tables, "F", 200))
    assert plan.summary["restart"]["why_all"] == "pick capacity joins all claims"
    assert plan.claims["given"].to_list()[0] == 2


def test_other_launch_ties_are_solved_as_a_whole() -> None:
    """Section 10: all claims stand in another order; a cold solve is sooner done."""
    tables = world(order_lines=[line("1", 4)])
    plan = Replanner(solve(problem_from(tables))).plan_of(
        replace(tables, settings=replace(tables.settings, launch_ties="SHARED"))
    )
    why = "launch ties put all claims into another order"
    assert plan.summary["restart"] == {"claims_solved": plan.summary["claims"], "why_all": why}


@pytest.mark.parametrize(("cents", "is_whole"), [(1_000_000, True), (100, False)])
def test_many_claims_in_another_order_are_solved_as_a_whole_where_most_are_paid_for(
    monkeypatch: pytest.MonkeyPatch, cents: int, is_whole: bool
) -> None:
    """Section 10: a cold solve is then mostly one pass."""
    monkeypatch.setattr(replan, "MANY_CLAIMS", 1)
    people = [{"franchisee_id": "F", "balance_cents": cents}]
    tables = world(franchisees=people, orders=[{"order_id": "O"}], order_lines=[line("1", 4)])
    edited = cell(tables, "franchisees", 0, "rank", 4)
    plan = Replanner(solve(problem_from(tables))).plan_of(edited)
    assert (plan.summary["restart"]["why_all"] != "") is is_whole
    assert plan.allocations.equals(solve(problem_from(edited)).allocations)


def cell(tables: Tables, table: str, row: int, column: str, value: object) -> Tables:
    """The tables with one cell changed."""
    frame: pl.DataFrame = getattr(tables, table)
    cells = frame[column].to_list()
    cells[row] = value
    series = pl.Series(column, cells, dtype=frame.schema[column])
    return replace(tables, **{table: frame.with_columns(series)})


def market() -> Tables:
    """Three franchisees in ranks of their own contest K1, G and H K2 as well; two stores in two
    regions want the rest of K3, which nobody orders."""
    people = [{"franchisee_id": name, "rank": rank} for rank, name in enumerate("FGH", 1)]
    wants = [("F", "K1"), ("G", "K1"), ("H", "K1"), ("G", "K2"), ("H", "K2")]
    return world(
        {"region_order": {"SS": ("R", "Q"), "AW": ("Q", "R")}},
        regions=[{"region_id": "R"}, {"region_id": "Q"}],
        products=[{"product_id": "P"}, {"product_id": "P3", "season": "NS"}],
        skus=[{"sku_id": "K1"}, {"sku_id": "K2"}, {"sku_id": "K3", "product_id": "P3"}],
        supply=[{"sku_id": sku, "units": 10} for sku in ("K1", "K2", "K3")],
        franchisees=people,
        orders=[{"order_id": f"O{name}", "franchisee_id": name} for name in "FGH"],
        order_lines=[
            line(f"{who}{sku}", 7, sku, order_id=f"O{who}", reserve=0) for who, sku in wants
        ],
        stores=[{"store_id": "S", "region_id": "R"}, {"store_id": "T", "region_id": "Q"}],
        store_stock=[{"store_id": store, "sku_id": "K3", "safety": 8} for store in "ST"],
    )


def solved(tables: Tables, edited: Tables) -> tuple[int, dict[str, int]]:
    """How many claims a what-if solves, and who gets what then; held against a cold solve."""
    planner = Replanner(solve(problem_from(tables)))
    compare(edited, planner)
    plan = planner.plan_of(edited)
    assert plan.summary["restart"]["why_all"] == ""
    return plan.summary["restart"]["claims_solved"], given(plan)


def test_a_rank_reaches_the_goods_of_who_moves() -> None:
    """Section 8: F behind H gives K1 to G and H; K2 and K3 are not solved again."""
    before = given(solve(problem_from(market())))
    assert (before["L:FK1"], before["L:GK1"], "L:HK1" in before) == (7, 3, False)
    count, after = solved(market(), cell(market(), "franchisees", 0, "rank", 4))
    assert (after["L:GK1"], after["L:HK1"], "L:FK1" in after) == (7, 3, False)
    assert count == 2  # G and H on K1: for F there is no piece left to be solved for


def test_a_launch_rank_reaches_nothing_where_nothing_joins_products() -> None:
    """Section 8: with enough money and no order's rule, no product stands in another's way."""
    assert solved(market(), cell(market(), "products", 1, "launch_rank", 9))[0] == 0


def test_a_launch_rank_reaches_who_is_short_of_money() -> None:
    """Section 8: H's money goes to the product that is launched first."""
    tables = money(market(), "H", 500)
    extra = line("HK3", 7, "K3", order_id="OH", reserve=0)
    lines = pl.concat([tables.order_lines, world(order_lines=[extra]).order_lines])
    tables = replace(tables, order_lines=lines)
    assert given(solve(problem_from(tables)))["L:HK2"] == 3
    count, after = solved(tables, cell(tables, "products", 1, "launch_rank", 0))
    assert (after["L:HK3"], "L:HK2" in after) == (5, False)
    assert count <= 5  # H's live lines, and the stores that want K3


def test_a_move_behind_the_last_of_the_money_reaches_nothing() -> None:
    """Section 8: F's money ends with K1; which of the others is launched next does not matter."""
    products = [{"product_id": f"P{n}", "launch_rank": n} for n in (1, 2, 3)]
    skus = [{"sku_id": f"K{n}", "product_id": f"P{n}"} for n in (1, 2, 3)]
    tables = world(
        products=products,
        skus=skus,
        supply=[{"sku_id": f"K{n}", "units": 20} for n in (1, 2, 3)],
        franchisees=[{"franchisee_id": "F", "balance_cents": 500}],
        orders=[{"order_id": "O", "franchisee_id": "F"}],
        order_lines=[line(f"{n}", 7, f"K{n}", reserve=0) for n in (1, 2, 3)],
    )
    assert solved(tables, cell(tables, "products", 1, "launch_rank", 4)) == (0, {"L:1": 5})
    count, after = solved(tables, cell(tables, "products", 0, "launch_rank", 4))
    assert (count, after) == (2, {"L:2": 5})  # F's 1 and 2; for 3 there is no money then or now


@pytest.mark.parametrize("profile", ["hard", "tied", "size-run"])
def test_several_edits_of_hard_data_equal_a_cold_solve(profile: str, tmp_path: Path) -> None:
    """Section 8: bytes equal to a cold solve where money, goods and orders join nearly all."""
    benchmark_instance(tmp_path, 600, PROFILES[profile], seed=5)
    tables, rng = read_tables(tmp_path), random.Random(profile)
    planner = Replanner(solve(problem_from(tables)))
    kinds = list(EDITS.values())
    for kind in kinds:
        edited = kind(tables, rng)
        compare(rng.choice(kinds)(edited, rng) if rng.random() < 0.5 else edited, planner)


@pytest.mark.parametrize(("profile", "claims"), [("hard", 600), ("size-run", 2000)])
def test_a_what_if_that_is_cut_short_shows_what_is_unproven(
    profile: str, claims: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Section 7: a level whose search a limit ends is marked as unproven, never silently."""
    benchmark_instance(tmp_path, claims, PROFILES[profile], seed=5)
    tables, rng = read_tables(tmp_path), random.Random(1)
    planner = Replanner(solve(problem_from(tables)))
    monkeypatch.setattr(limits, "USUAL_WORK", 0.0)
    cut = 0
    for kind in EDITS.values():
        edited = kind(tables, rng)
        plan = planner.plan_of(edited)
        cut += len(plan.unproven)
        assert plan.summary["levels_unproven"] == len(plan.unproven)
        proven = solve(problem_from(edited), deterministic_limit=60.0)
        assert not proven.unproven
        assert plan.unproven or files(plan) == files(proven)
    assert cut


def test_season_regions_and_tier_reach_the_gaps_alone() -> None:
    """Section 8: the stores of the contested SKU are solved again, no line."""
    tables = market()
    other = replace(tables.settings, season="AW")
    for edited in (
        replace(tables, settings=other),
        replace(tables, settings=replace(tables.settings, region_order={"SS": ("Q", "R")})),
    ):
        count, after = solved(tables, edited)
        assert (count, after["S:S:K3"], after["S:T:K3"]) == (2, 2, 8)
    one_region = cell(tables, "stores", 1, "region_id", "R")
    count, after = solved(one_region, cell(one_region, "stores", 0, "tier", "B"))
    assert (count, after["S:S:K3"], after["S:T:K3"]) == (2, 2, 8)


def test_a_claim_that_goes_or_comes_reaches_its_goods_and_its_customer() -> None:
    """Section 8: without F's line G and H share K1; with one more of H's, H's K2 is solved."""
    tables = market()
    count, after = solved(tables, replace(tables, order_lines=tables.order_lines[1:]))
    assert (count, after["L:GK1"], after["L:HK1"]) == (2, 7, 3)
    more = world(order_lines=[line("E", 5, "K2", order_id="OH", reserve=0)]).order_lines
    lines = pl.concat([tables.order_lines[:2], more, tables.order_lines[2:]])
    count, after = solved(tables, replace(tables, order_lines=lines))
    assert (count, after["L:E"], after["L:HK2"]) == (2, 1, 2)


def test_a_bad_amount_is_reported_as_by_a_cold_solve() -> None:
    """Section 4: every fault with its row."""
    base = solve(problem_from(world(order_lines=[line("1", 4)])))
    tables = base.problem.tables
    frame = tables.order_lines.with_columns(pl.lit(-1, pl.Int64).alias("qty"))
    with pytest.raises(InputFaults) as refused:
        Replanner(base).plan_of(replace(tables, order_lines=frame))
    assert [(f.file, f.row, f.column) for f in refused.value.faults] == [
        ("order_lines.csv", 2, "qty")
    ]


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("order_lines", [line("A", 1), line("A", 2)]),
        ("order_lines", [line("1", 1)]),
        ("order_lines", [line("A", 1, "K9")]),
        ("store_stock", [{"store_id": "S", "sku_id": "K2", "safety": n} for n in (1, 2)]),
        ("store_stock", [{"store_id": "S", "sku_id": "K1", "safety": 3}]),
        ("orders", [{"order_id": "O"}]),
        ("orders", [{"order_id": "N", "franchisee_id": "X"}]),
    ],
)
def test_a_bad_row_is_reported_as_by_a_cold_solve(name: str, new: list[dict[str, Any]]) -> None:
    """Section 4: a row that comes may repeat a key of the base's or another's, or name nobody."""
    stock = [{"store_id": "S", "sku_id": "K1", "safety": 4}]
    tables = world(order_lines=[line("1", 4)], store_stock=stock)
    rows: dict[str, list[dict[str, Any]]] = {name: new}
    frame = pl.concat([getattr(tables, name), getattr(world(**rows), name)])
    edited = replace(tables, **{name: frame})
    assert faults_of(lambda: problem_from(edited))
    compare(edited, Replanner(solve(problem_from(tables))))


@pytest.mark.parametrize("with_another", [False, True], ids=["amount", "row"])
def test_a_pack_no_claim_can_hold_is_cut_in_a_what_if_too(with_another: bool) -> None:
    """A9: so that the program can prove a what-if's plan like any other."""
    tables = world(order_lines=[line("A", 5, pack=2**63 - 1), line("B", 8)])
    planner = Replanner(solve(problem_from(tables)))
    lines = tables.order_lines.with_columns(qty=pl.col("qty") + 1)
    if with_another:
        lines = pl.concat([lines, lines[:1].with_columns(line_id=pl.lit("C"))])
    edited = replace(tables, order_lines=lines)
    compare(edited, planner)
    packs = planner.plan_of(edited).problem.claims.pack
    assert packs.tolist() == problem_from(edited).claims.pack.tolist()
    assert max(packs) == MAX_CLAIM_PIECES + 1
