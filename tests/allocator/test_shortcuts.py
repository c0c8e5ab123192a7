"""Every shortcut of the fast path against the program, on problems drawn at random."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator import (
    InputFaults,
    Replanner,
    Stopped,
    Tables,
    problem_from,
    solve,
    solve_in_worker,
    verify,
)
from allocator.fast import later_stages, product_pool
from allocator.fast.equal_packs import share_out
from allocator.pack_worth import pack_worth
from allocator.rare.single_resource_dp import PackRow, choose
from allocator.restart import Base
from tests.allocator.worlds import line, world
from tests.extent import extent

FEW = settings(max_examples=extent(10, 200))


@st.composite
def worlds(draw: st.DrawFn) -> Tables:
    """Up to about twenty claims, every rule now and then, goods and money usually short."""

    def some(choices: list[Any]) -> Any:
        return draw(st.sampled_from(choices))

    def number(low: int, high: int) -> int:
        return draw(st.integers(low, high))

    skus = [
        {"sku_id": f"K{n}", "product_id": some(["P", "Q"]), "price_cents": some([100, 250, 700])}
        for n in range(number(1, 4))
    ]
    ids = [row["sku_id"] for row in skus]
    people = [
        {"franchisee_id": f, "rank": number(1, 2), "balance_cents": number(0, 4000)} for f in "FGH"
    ]
    orders = [
        {
            "order_id": f"O{n}",
            "franchisee_id": some(list("FGH")),
            "ship_complete": some([0, 0, 1]),
            "min_ship_value_cents": some([0, 0, 500, 1500]),
        }
        for n in range(number(1, 4))
    ]
    lines = [
        line(
            f"L{n}",
            number(0, 6),
            some(ids),
            order_id=some(orders)["order_id"],
            pack=some([None, 1, 2, 3]),
            price_cents=some([None, None, 95, 0]),
        )
        for n in range(number(0, 8))
    ]
    gaps = [
        {"store_id": s, "sku_id": k, "safety": number(0, 5), "on_hand": some([0, 0, 1])}
        for s in ("S", "T")
        for k in ids
        if some([True, False])
    ]
    warehouses = some([["W"], ["W"], ["W1", "W2"]])
    supply = [
        {"warehouse_id": w, "sku_id": k, "units": number(0, 9)} for w in warehouses for k in ids
    ]
    return world(
        {
            "launch_ties": some(["STRICT", "SHARED"]),
            "share_cap_ppm": some([None, None, 400_000]),
            "size_run_min": some([None, None, 2]),
            "pick_capacity": some([None, None, {warehouses[0]: number(0, 15)}]),
        },
        products=[{"product_id": "P", "season": some(["SS", "AW", "NS"])}, {"product_id": "Q"}],
        skus=skus,
        supply=supply,
        franchisees=people,
        orders=orders,
        order_lines=lines,
        stores=[{"store_id": "S"}, {"store_id": "T", "tier": some(["A", "B"])}],
        store_stock=gaps,
        region_reserves=[{"sku_id": k, "target": number(0, 4)} for k in ids if some([True, False])],
    )


@FEW
@given(worlds())
def test_the_fast_path_equals_the_program(tables: Tables) -> None:
    """Units, levels, reasons and warehouses are the same to the byte, and the plan is sound."""
    problem = problem_from(tables)
    fast, slow = solve(problem), solve(problem, method="program")
    assert fast.allocations.rows() == slow.allocations.rows()
    assert fast.levels.rows() == slow.levels.rows()
    assert verify(problem, fast) == []


@FEW
@given(worlds(), st.sampled_from(["auto", "program"]), st.booleans())
def test_a_plan_cut_short_is_sound_and_says_so(tables: Tables, method: Any, by_clock: bool) -> None:
    """Limits: whatever is cut, every rule holds, and bounds bound the proven plan."""
    problem = problem_from(tables)
    if by_clock:
        plan = solve(problem, method=method, time_limit_s=0.0)
    else:
        plan = solve(problem, method=method, deterministic_limit=1e-5)
    assert verify(problem, plan) == []
    cut = plan.levels.with_row_index("level").filter(~pl.col("proven"))["level"]
    there = plan.claims.filter(pl.col("level").is_in(cut.implode()))["reason"]
    assert not {"MIN_VALUE", "SIZE_RUN", "COMMITTED", "SHIP_COMPLETE"} & set(there)
    best = solve(problem).levels
    first = plan.levels.filter(~pl.col("proven")).head(1)
    for key, bound in first.select("key", "bound").rows():
        assert best.filter(pl.col("key") == key)["total"].sum() <= bound


@FEW
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(tables: Tables, random: Any) -> None:
    """Same content in another order: the same plan and the same fingerprint."""
    seed = random.randrange(1000)
    shuffled = {
        name: frame.sample(fraction=1.0, shuffle=True, seed=seed)
        for name, frame in tables.frames()
        if name != "regions"
    }
    other = replace(tables, **shuffled)
    one, two = solve(problem_from(tables)), solve(problem_from(other))
    assert one.allocations.equals(two.allocations)
    assert one.levels.equals(two.levels)
    assert one.summary["fingerprint"] == two.summary["fingerprint"]
    assert tables.to_bytes() == other.to_bytes()


@FEW
@given(worlds(), st.data())
def test_a_what_if_from_a_plan_equals_a_cold_solve(tables: Tables, data: st.DataObject) -> None:
    """What an edit cannot reach is taken over; the bytes are those of a fresh solve. So it is
    where the what-if is solved as a whole and the solver takes over ranks and products."""
    problem = problem_from(tables)
    plan = solve(problem)
    table, column = data.draw(
        st.sampled_from(
            [
                ("franchisees", "balance_cents"),
                ("franchisees", "rank"),
                ("supply", "units"),
                ("products", "launch_rank"),
                ("order_lines", "qty"),
                ("store_stock", "safety"),
                ("orders", "ship_complete"),
            ]
        )
    )
    frame: pl.DataFrame = getattr(tables, table)
    if not frame.height:
        return
    row = data.draw(st.integers(0, frame.height - 1))
    value = data.draw(
        st.integers(0, 1 if column == "ship_complete" else 3000 if "cents" in column else 6)
    )
    changed = pl.when(pl.int_range(pl.len()) == row).then(value).otherwise(column).alias(column)
    changed_tables = replace(tables, **{table: frame.with_columns(changed)})
    edited = problem_from(changed_tables)
    before, cold = Base(problem, plan, edited), solve(edited)
    as_a_whole = solve(edited, base=before if before.usable else None)
    for warm in (Replanner(plan).plan_of(changed_tables), as_a_whole):
        assert warm.allocations.equals(cold.allocations)
        assert warm.levels.equals(cold.levels)
        assert warm.summary["claims"] == cold.allocations["claim_id"].n_unique()
        assert warm.summary["levels"] == cold.levels.height


@st.composite
def groups(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]], int]:
    """A pack size, claims (pieces wanted, packs possible), packs there are."""
    s = draw(st.integers(1, 6))
    claims = draw(st.lists(st.integers(1, 40), min_size=1, max_size=6))
    wishes = [(q, q // s) for q in (max(q, s) for q in claims)]
    total = sum(k for _, k in wishes)
    return s, wishes, draw(st.integers(0, total - 1))


@given(groups())
def test_shares_of_one_size_are_the_best_packs(
    case: tuple[int, list[tuple[int, int]], int],
) -> None:
    """The closed form takes the packs of highest worth, the first claims' among equals."""
    s, wishes, available = case
    packs = [
        (-int(pack_worth(np.array([s]), np.array([q]), np.array([j]))[0]), claim)
        for claim, (q, k) in enumerate(wishes)
        for j in range(1, k + 1)
    ]
    best = [claim for _, claim in sorted(packs)[:available]]
    found = share_out(
        np.array([0, len(wishes)]),
        np.full(len(wishes), s),
        np.array([q for q, _ in wishes]),
        np.array([k for _, k in wishes]),
        np.array([available]),
    )
    assert found.tolist() == [best.count(claim) for claim in range(len(wishes))]


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(1, 4), st.integers(0, 3), st.integers(1, 12)),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 30),
)
def test_a_choice_under_one_resource_is_the_best_of_all(
    drawn: list[tuple[int, int, int, int]], available: int
) -> None:
    """Labels against every combination there is."""
    rows = []
    for claim, (takes, size, packs, wanted) in enumerate(drawn):
        q = max(wanted, size * max(packs, 1))
        nth = np.arange(1, packs + 1)
        worth = pack_worth(np.full(packs, size), np.full(packs, q), nth).tolist()
        rows.append(PackRow(claim, takes, size, worth))
    best = None
    plans: list[list[int]] = [[]]
    for row in rows:
        plans = [[*plan, n] for plan in plans for n in range(len(row.worth) + 1)]
    for plan in plans:
        both = list(zip(plan, rows, strict=True))
        if sum(n * row.takes for n, row in both) <= available:
            total = sum(n * row.pieces for n, row in both)
            key = (total, sum(sum(row.worth[:n]) for n, row in both), plan)
            best = key if best is None or key > best else best
    found = choose(rows, available)
    assert found is not None
    assert best is not None
    assert [found[row.claim] for row in rows] == best[2]


def test_two_processes_give_the_bytes_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Size runs entangle stores and sizes; a helper walks products, here from the first claim on,
    and the caller those that it has not started."""
    monkeypatch.setattr(later_stages, "WORTH_A_POOL", 0)
    monkeypatch.setattr(product_pool, "BATCH", 1)
    names = "ZPQABCDE"
    products = [{"product_id": p} for p in names]
    skus = [{"sku_id": f"{p}{n}", "product_id": p} for p in names for n in range(3)]
    gaps = [
        {"store_id": s, "sku_id": sku["sku_id"], "safety": 2 + n % 3}
        for n, sku in enumerate(skus)
        for s in "ST"
    ]
    tables = world(
        {"size_run_min": 2},
        products=products,
        skus=skus,
        supply=[{"sku_id": sku["sku_id"], "units": n % 5} for n, sku in enumerate(skus)],
        stores=[{"store_id": s} for s in "ST"],
        store_stock=gaps,
    )
    problem = problem_from(tables)
    one, two = solve(problem), solve(problem, processes=2)
    assert one.summary["programs"] > 0
    assert one.allocations.equals(two.allocations)
    assert one.levels.equals(two.levels)


def test_a_solve_apart_gives_the_same_bytes_and_can_be_stopped() -> None:
    """A child process solves; asked to stop, it is killed and there is no plan."""
    problem = problem_from(world(order_lines=[line("1", 4)]))
    assert solve_in_worker(problem).allocations.equals(solve(problem).allocations)
    with pytest.raises(Stopped):
        solve_in_worker(problem, should_stop=lambda: True)


def test_faults_are_all_reported_at_once() -> None:
    """Semantic faults of several tables come together, with file, row, column and value."""
    tables = world(
        order_lines=[line("1", -1), line("1", 2, "K9", order_id="X")],
        supply=[{"sku_id": "K1", "units": 10**12 + 1}],
    )
    try:
        problem_from(tables)
    except InputFaults as error:
        places = [(f.file, f.row, f.column, f.value) for f in error.faults]
    assert places == [
        ("order_lines.csv", 2, "qty", "-1"),
        ("order_lines.csv", 3, "line_id", "1"),
        ("order_lines.csv", 3, "order_id", "X"),
        ("order_lines.csv", 3, "sku_id", "K9"),
        ("supply.csv", 2, "units", str(10**12 + 1)),
    ]
