"""Hostile input gives the right answer or a clear fault: never a hang, an overflow or a trace."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from allocator.solving import Method
from tests.allocator.plans import faults_of, plan_of
from tests.allocator.referee import read_written
from tests.allocator.tables import tiny, write_folder
from tests.waiting import PATIENCE_S

MOST_PIECES = 20_000_000
MOST_CENTS = 9 * 10**14


# -- numbers at their limits ---------------------------------------------------------------------


def test_a_million_million_pieces_serve_the_largest_claim(tmp_path: Path) -> None:
    folder = tiny(
        tmp_path / "in",
        supply=[{"units": 10**12}] * 3,
        order_lines=[{"qty": MOST_PIECES, "price_cents": 0}],
        store_stock=[{"safety": MOST_PIECES, "pack": 7}],
        region_reserves=[{"target": MOST_PIECES}],
    )
    found = plan_of(folder)
    assert found.units == {
        "L:L": MOST_PIECES,
        "S:S:K": MOST_PIECES // 7 * 7,
        "G:R:K": MOST_PIECES,
    }
    # Every piece counts the floor of m/2000 for m = 1, 3, 5, ... 39,999,999: a thousand each of
    # 0, 1, 2, ... 19,999.
    assert found.levels[0] == ((1, 1, 1, "P"), MOST_PIECES, 1000 * sum(range(20_000)))


@pytest.mark.parametrize("packs", [(1, 1, 1), (1000, 1000, 1000), (2, 3, 7)])
def test_millions_of_pieces_are_shared_among_three_without_being_counted_one_by_one(
    packs: tuple[int, int, int], tmp_path: Path
) -> None:
    """A7: equal wishes of 20 million, 30 million there: everyone gets a third, to within a pack."""
    folder = tiny(
        tmp_path / "in",
        supply=[{"units": 30_000_000}],
        order_lines=[
            {"line_id": f"L{n}", "qty": MOST_PIECES, "pack": pack, "price_cents": 0}
            for n, pack in enumerate(packs)
        ],
    )
    command = [sys.executable, "-c", _SOLVE, str(folder), str(tmp_path / "out")]
    subprocess.run(command, check=True, timeout=PATIENCE_S)
    found = read_written(tmp_path / "out")
    assert found.levels[0][1] == sum(found.units[f"L:L{n}"] for n in range(3)) == 30_000_000
    assert all(abs(found.units[f"L:L{n}"] - 10_000_000) <= max(packs) for n in range(3))


def test_the_share_of_enormous_supply_does_not_overflow(tmp_path: Path) -> None:
    """10^13 pieces times 999,999 ppm is beyond int64; the share is still 9,999,990,000,000."""
    folder = tiny(
        tmp_path / "in",
        {"share_cap_ppm": 999_999},
        supply=[{"units": 10**12}] * 10,
        order_lines=[{"qty": 5}],
    )
    assert plan_of(folder).units == {"L:L": 5}


@pytest.mark.parametrize("method", ["auto", "program"])
def test_the_value_of_twelve_thousand_dear_lines_does_not_overflow(
    method: Method, tmp_path: Path
) -> None:
    """Their sum is beyond int64; money for three buys the first three."""
    purse = {"balance_cents": MOST_CENTS, "credit_limit_cents": MOST_CENTS}
    folder = tiny(
        tmp_path / "in",
        supply=[{"units": 10**12}],
        franchisees=[{**purse, "guarantee_cents": MOST_CENTS}],
        order_lines=[{"line_id": f"L{n:05d}", "price_cents": MOST_CENTS} for n in range(12_000)],
    )
    found = plan_of(folder, method=method)
    assert [c for c, units in found.units.items() if units and c[0] == "L"] == [
        "L:L00000",
        "L:L00001",
        "L:L00002",
    ]
    assert found.levels[0][1] == 3


def test_debts_and_guarantees_at_their_limits_leave_no_funds(tmp_path: Path) -> None:
    purse = {"balance_cents": -MOST_CENTS, "guarantee_cents": MOST_CENTS - 1}
    folder = tiny(tmp_path / "in", franchisees=[purse])
    assert plan_of(folder).units == {"L:L": 0, "R:L": 3}


@pytest.mark.parametrize(
    ("table", "row", "column"),
    [
        ("supply", {"units": 10**12 + 1}, "units"),
        ("supply", {"units": -1}, "units"),
        ("supply", {"units": 10**30}, "units"),
        ("order_lines", {"qty": MOST_PIECES + 1}, "qty"),
        ("order_lines", {"qty": -1}, "qty"),
        ("order_lines", {"pack": 0}, "pack"),
        ("order_lines", {"pack": -3}, "pack"),
        ("order_lines", {"price_cents": MOST_CENTS + 1}, "price_cents"),
        ("order_lines", {"price_cents": -1}, "price_cents"),
        ("skus", {"pack": 0}, "pack"),
        ("store_stock", {"safety": MOST_PIECES + 1}, "safety"),
        ("store_stock", {"pack": 0}, "pack"),
        ("store_stock", {"on_hand": -1}, "on_hand"),
        ("region_reserves", {"target": 10**18}, "target"),
        ("region_reserves", {"pack": 0}, "pack"),
        ("franchisees", {"balance_cents": -MOST_CENTS - 1}, "balance_cents"),
        ("franchisees", {"credit_limit_cents": -1}, "credit_limit_cents"),
        ("franchisees", {"blocked": 2}, "blocked"),
        ("orders", {"min_ship_value_cents": -1}, "min_ship_value_cents"),
        ("orders", {"ship_complete": "yes"}, "ship_complete"),
        ("products", {"season": "WINTER"}, "season"),
        ("stores", {"tier": "D"}, "tier"),
        ("stores", {"region_id": "nowhere"}, "region_id"),
        ("order_lines", {"sku_id": "K2"}, "sku_id"),
        ("order_lines", {"order_id": "O2"}, "order_id"),
    ],
)
def test_a_value_out_of_bounds_is_a_fault_with_its_place(
    table: str, row: dict[str, Any], column: str, tmp_path: Path
) -> None:
    changed: dict[str, Any] = {table: [row]}
    assert (f"{table}.csv", 2, column) in faults_of(tiny(tmp_path, **changed))


@pytest.mark.parametrize(
    "text", ["1.5", "1e3", "0x10", "1_000", "\uff13", "NaN", "-", "", "9" * 5000]
)
def test_what_is_no_whole_number_is_a_fault(text: str, tmp_path: Path) -> None:
    folder = tiny(tmp_path, supply=[{"units": text}])
    assert faults_of(folder) == {("supply.csv", 2, "units")}


def test_leading_zeros_however_many_change_nothing(tmp_path: Path) -> None:
    folder = tiny(tmp_path / "in", supply=[{"units": "0" * 5000 + "2"}])
    assert plan_of(folder).units == {"L:L": 2, "R:L": 0}


@pytest.mark.parametrize("method", ["auto", "program"])
@pytest.mark.parametrize("item", ["K", "X"])
@pytest.mark.parametrize("pack", [4, 20_000_001, 2**63 - 1])
def test_a_pack_larger_than_everything_gives_nothing(
    pack: int, item: str, method: Method, tmp_path: Path
) -> None:
    """However large and expensive it is: neither its pieces nor its price are ever in a sum."""
    lines = [
        {"line_id": "L", "sku_id": item, "qty": 3, "pack": pack, "price_cents": 3 * 10**14},
        {"line_id": "M", "qty": 3, "price_cents": 1},
    ]
    prepack = [{"prepack_id": "X", "qty": 2}] if item == "X" else []
    folder = tiny(
        tmp_path / "in",
        {"share_cap_ppm": 1_000_000},
        order_lines=lines,
        prepacks=prepack,
        franchisees=[{"balance_cents": 2}],
        orders=[{"min_ship_value_cents": 2}],
        store_stock=[{"safety": 3, "pack": pack}],
    )
    found = plan_of(folder, method=method)
    assert found.units == {"L:L": 0, "L:M": 2, "R:L": 0, "R:M": 1, "S:S:K": 0}
    assert {found.reasons[c] == {"PACK"} for c in ("L:L", "R:L", "S:S:K")} == {True}


# -- structure -----------------------------------------------------------------------------------


def test_no_table_at_all_is_an_empty_plan(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"region_order": {"SS": [], "AW": []}, "tiers": []}
    found = plan_of(write_folder(tmp_path / "in", {}, settings))
    assert (found.units, found.levels) == ({}, [])


def test_tables_without_rows_are_an_empty_plan(tmp_path: Path) -> None:
    names = ["regions", "products", "skus", "supply", "franchisees", "orders", "order_lines"]
    names += ["stores", "store_stock", "region_reserves", "prepacks"]
    settings: dict[str, Any] = {"region_order": {"SS": [], "AW": []}}
    found = plan_of(write_folder(tmp_path / "in", {name: [] for name in names}, settings))
    assert (found.units, found.levels) == ({}, [])


def test_an_order_without_lines_and_goods_without_supply(tmp_path: Path) -> None:
    folder = tiny(tmp_path / "in", supply=[], orders=[{}, {"order_id": "O2", "ship_complete": 1}])
    found = plan_of(folder)
    assert found.units == {"L:L": 0, "R:L": 0}
    assert found.reasons == {"L:L": {"SUPPLY"}, "R:L": {"SUPPLY"}}


PREPACKS = {
    "that holds itself": [{"prepack_id": "X", "sku_id": "X"}],
    "in a circle": [{"prepack_id": "X", "sku_id": "Y"}, {"prepack_id": "Y", "sku_id": "X"}],
    "nested": [{"prepack_id": "X", "sku_id": "Y"}, {"prepack_id": "Y", "sku_id": "K"}],
    "of two products": [
        {"prepack_id": "X", "sku_id": "K"},
        {"prepack_id": "X", "sku_id": "other"},
    ],
    "that repeats a SKU": [{"prepack_id": "X"}, {"prepack_id": "X"}],
    "named like a SKU": [{"prepack_id": "K", "sku_id": "other"}],
    "of unknown goods": [{"prepack_id": "X", "sku_id": "nothing"}],
    "of no pieces": [{"prepack_id": "X", "qty": 0}],
    "of less than nothing": [{"prepack_id": "X", "qty": -1}],
    "too large": [{"prepack_id": "X", "qty": MOST_PIECES + 1}],
}


@pytest.mark.parametrize("prepacks", PREPACKS.values(), ids=PREPACKS)
def test_a_prepack_that_makes_no_sense_is_a_fault(
    prepacks: list[dict[str, Any]], tmp_path: Path
) -> None:
    folder = tiny(
        tmp_path,
        products=[{}, {"product_id": "P2"}],
        skus=[{}, {"sku_id": "other", "product_id": "P2"}],
        prepacks=prepacks,
        order_lines=[{"sku_id": prepacks[0]["prepack_id"], "pack": 1, "price_cents": 1}],
    )
    assert "prepacks.csv" in {file for file, _, _ in faults_of(folder)}


def test_a_prepack_claim_counts_its_pieces_against_the_limit(tmp_path: Path) -> None:
    line = {"sku_id": "X", "qty": MOST_PIECES // 3 + 1, "pack": 1, "price_cents": 1}
    folder = tiny(tmp_path, prepacks=[{"qty": 3}], order_lines=[line])
    assert ("order_lines.csv", 2, "qty") in faults_of(folder)


REPEATED = {
    "regions": "region_id",
    "products": "product_id",
    "skus": "sku_id",
    "franchisees": "franchisee_id",
    "orders": "order_id",
    "order_lines": "line_id",
    "stores": "store_id",
    "store_stock": "store_id",
    "region_reserves": "region_id",
}


@pytest.mark.parametrize("table", REPEATED)
def test_a_repeated_key_is_a_fault_at_the_second_row(table: str, tmp_path: Path) -> None:
    changed: dict[str, Any] = {table: [{}, {}]}
    places = {(file, row) for file, row, _ in faults_of(tiny(tmp_path, **changed))}
    assert (f"{table}.csv", 3) in places


def test_every_fault_is_reported_at_once(tmp_path: Path) -> None:
    folder = tiny(
        tmp_path,
        {"share_cap_ppm": 0, "colour": "red"},
        supply=[{"units": -1}, {"units": "x"}],
        order_lines=[{"sku_id": "K2", "pack": 0}],
        stores=[{"tier": "Z"}],
    )
    assert faults_of(folder) >= {
        ("settings.json", 0, "share_cap_ppm"),
        ("settings.json", 0, "colour"),
        ("supply.csv", 2, "units"),
        ("supply.csv", 3, "units"),
        ("order_lines.csv", 2, "sku_id"),
        ("order_lines.csv", 2, "pack"),
    }


_SOLVE = """
import sys
from allocator import problem_from, read_tables, solve, write_plan
write_plan(solve(problem_from(read_tables(sys.argv[1]))), sys.argv[2])
"""
