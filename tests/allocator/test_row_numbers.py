"""Numbers of rows are 32 bits wide: what is made of several of them must not be."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from allocator import (
    InputFaults,
    Tables,
    fingerprint,
    input_faults,
    plan,
    problem_from,
    read_tables,
    references,
    solve,
    tables,
    write_plan,
)
from allocator.fast.greedy_pass import order_by
from allocator.faults import phrase
from allocator.levels import level_keys
from allocator.reasons import ConsumptionTimeline
from allocator.references import ROW, positions
from allocator.share_cap import OutletSkus
from allocator.sorting import sort_by_codes
from allocator.tables import TEXT
from tests.allocator.tables import tiny
from tests.allocator.worlds import line, world
from tests.extent import extent

FEW = settings(max_examples=extent(15, 300))
# The most that a row number can be.
LAST = references.MAX_ROWS - 1


def rows(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=ROW)


def test_level_keys_of_the_last_rows_are_ordered_as_tuples() -> None:
    """Four codes joined would need 97 bits; they are joined two by two."""
    rng = random.Random(1)
    tuples = [tuple(rng.choice([0, 1, LAST - 1, LAST]) for _ in range(4)) for _ in range(200)]
    codes = [rows(*column) for column in zip(*tuples, strict=True)]
    order, begins = sort_by_codes(codes, np.arange(200, dtype=ROW))
    right = sorted(range(200), key=lambda row: (tuples[row], row))
    assert order.tolist() == right
    changes = [tuples[a] != tuples[b] for a, b in itertools.pairwise(right)]
    assert begins.tolist() == [False, *changes]


def test_claims_are_ordered_by_the_last_skus_of_the_largest_table() -> None:
    codes = rows(*([LAST, 5, LAST, LAST - 1] * 300))
    order = order_by(codes, references.MAX_ROWS)
    assert order.tolist() == sorted(range(1200), key=lambda row: (codes[row], row))


def test_what_is_taken_of_the_last_sku_is_kept_apart_from_all_others() -> None:
    timeline = ConsumptionTimeline(
        rows(LAST, 0, LAST), rows(LAST, 0, 3), np.array([4, 9, 2]), LAST + 1
    )
    assert timeline.taken(rows(LAST, LAST, 0), rows(LAST, 3, LAST)).tolist() == [6, 2, 9]


def test_outlets_and_skus_at_the_bound_have_keys_of_their_own() -> None:
    capped = OutletSkus(references.MAX_ROWS, np.zeros(0, dtype=np.int64))
    key = capped.key(np.array([1, 0]), rows(LAST, LAST), rows(LAST, 7))
    wide = [(2 * LAST + 1) * references.MAX_ROWS + LAST, 2 * LAST * references.MAX_ROWS + 7]
    assert key.tolist() == wide


def test_references_are_row_numbers() -> None:
    found = positions(pl.Series(["b", "?", "a"]), pl.Series(["a", "b"]))
    assert (found.dtype, found.tolist()) == (np.dtype(ROW), [1, -1, 0])


def test_a_table_of_more_rows_than_numbers_allow_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(input_faults, "MAX_ROWS", 2)
    lines = [{"line_id": f"L{n}"} for n in range(3)]
    with pytest.raises(InputFaults) as caught:
        problem_from(read_tables(tiny(tmp_path, order_lines=lines)))
    (fault,) = caught.value.faults
    assert (fault.file, fault.value) == ("order_lines.csv", "3")
    assert fault.problem == phrase("files.TOO_MANY_ROWS", most=2)


def test_some_rows_are_sorted_by_their_places_among_them() -> None:
    """Equals stand as they came: rows 4 and 1 both have 7, and 4 comes first."""
    order, begins = sort_by_codes([rows(9, 7, 0, 1 << 20, 7)], rows(3, 4, 1, 0))
    assert order.tolist() == [1, 2, 3, 0]
    assert begins.tolist() == [False, False, True, True]


@pytest.mark.parametrize("places", [0, 1 << 20])
def test_pairs_are_ordered_whether_placed_or_sorted(
    places: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprint, "PLACES_PER_ROW", places)
    monkeypatch.setattr(fingerprint, "ROWS_AT_ONCE", 7)
    pairs = [(a, b) for a in range(5) for b in range(9) if (a + b) % 3]
    random.Random(2).shuffle(pairs)
    high, low = (rows(*column) for column in zip(*pairs, strict=True))
    order, repeats = fingerprint.order_of_codes(high, low)
    assert order is not None
    assert [pairs[row] for row in order.tolist()] == sorted(pairs)
    assert not repeats
    twice = np.append(high, high[3]), np.append(low, low[3])
    assert fingerprint.order_of_codes(*twice)[1]


TEXTS = st.sampled_from(["a", "b", "ä", "a1", "", "ab"])


@FEW
@given(
    st.lists(st.tuples(TEXTS, st.integers(1, 40)), max_size=12),
    st.lists(TEXTS, unique=True).map(sorted) | st.lists(TEXTS),
    st.integers(1, 60),
)
def test_a_reference_is_the_first_row_of_its_text(
    runs: list[tuple[str, int]], among: list[str], shown: int
) -> None:
    """Whether texts stand in runs or not, in the order of those they name or not."""
    texts = [text for text, times in runs for _ in range(times)]
    right = [among.index(text) if text in among else -1 for text in texts]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(references, "RUNS_SHOW_IN", shown)
        found = positions(pl.Series(texts, dtype=TEXT), pl.Series(among, dtype=TEXT))
    assert (found.dtype, found.tolist()) == (np.dtype(ROW), right)


@pytest.mark.parametrize(
    "left_out", [0, 1, 3, references.MOST_LEFT_OUT, references.MOST_LEFT_OUT + 1]
)
def test_references_that_leave_out_some_rows_are_found(left_out: int) -> None:
    among = [f"O{n:03}" for n in range(200)]
    gone = set(random.Random(left_out).sample(range(200), left_out))
    there = [row for row in range(200) if row not in gone]
    named: list[str | None] = [among[row] for row in there]
    assert positions(pl.Series(named), pl.Series(among)).tolist() == there
    # An empty cell and an unknown text are not taken for the row that stands beside them.
    named[7], named[9] = None, "O"
    right = [-1 if at in (7, 9) else row for at, row in enumerate(there)]
    assert positions(pl.Series(named), pl.Series(among)).tolist() == right


def stock(*cells: tuple[str | int | None, ...]) -> pl.DataFrame:
    columns = tables.COLUMNS["store_stock"]
    return pl.DataFrame(list(cells), schema=columns, orient="row")


STOCK = [("S2", "K", 1, 0, 1), ("S1", "Kä", 2, 0, 1), ("S1", "K", 3, 1, 300), ("S10", "K", 3, 1, 1)]
# References that repeat, empty cells, and empty texts beside them.
ODD_ROWS = [("S1", "K", 3, 0, None), ("S1", "K", 3, 0, 2), (None, "K", 1, 1, 1), ("", "K", 1, 1, 1)]


@pytest.mark.parametrize("pieces", [1, 2, 1 << 16])
@pytest.mark.parametrize("more", [[], ODD_ROWS])
def test_a_fingerprint_is_that_of_the_sorted_rows(
    pieces: int, more: list[tuple[str | int | None, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the order of the rows, and in whatever pieces they are hashed."""
    whole = world(store_stock=[], stores=[])
    right = replace(whole, store_stock=stock(*STOCK, *more)).fingerprint()
    monkeypatch.setattr(fingerprint, "ROWS_AT_ONCE", pieces)
    for seed in range(4):
        mixed = stock(*STOCK, *more).sample(fraction=1, shuffle=True, seed=seed)
        assert replace(whole, store_stock=mixed).fingerprint() == right


def test_any_two_contents_have_different_fingerprints() -> None:
    """Texts cut elsewhere, an empty cell for an empty text or a 0, a row twice, columns changed."""
    whole = world(store_stock=[], stores=[])
    first, *rest = STOCK
    others = [
        [*rest],
        [first, first, *rest],
        *([(*first[:at], cell, *first[at + 1 :]), *rest] for at, cell in CELLS),
    ]
    found = [replace(whole, store_stock=stock(*some)).fingerprint() for some in [STOCK, *others]]
    assert len(set(found)) == len(found)
    lines = [("L", "OK"), ("LO", "K"), ("LOK", ""), ("", "LOK")]
    cut = [world(order_lines=[line(a, 1) | {"order_id": b}]).fingerprint() for a, b in lines]
    assert len(set(cut)) == len(cut)


CELLS = [
    (0, "S1"), (0, "S"), (0, ""), (0, None), (1, "Kä"), (1, ""), (1, None),
    (2, 0), (2, None), (2, 255), (2, 256), (2, 1 << 16), (2, 1 << 32), (2, -1), (4, None),
]  # fmt: skip


@FEW
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), unique=True), st.randoms())
def test_a_fingerprint_is_the_same_before_and_behind_a_build(
    pairs: list[tuple[int, int]], mix: random.Random
) -> None:
    """What the build knows of texts saves looking them up, and says nothing of its own: the other
    tables may stand in any order and hold rows that nothing names."""
    stores, skus = ["S1", "S", "S10", "Sä", "R"], ["K9", "K", "K10", "J", "Kä"]
    mix.shuffle(stores)
    mix.shuffle(skus)
    found = world(
        stores=[{"store_id": store} for store in stores],
        skus=[{"sku_id": sku} for sku in skus],
        supply=[],
        store_stock=[{"store_id": stores[a], "sku_id": skus[b], "safety": a + b} for a, b in pairs],
    )
    right = replace(found).fingerprint()
    problem_from(found)
    assert found.fingerprint() == right
    # With its digest known nothing more is kept for it.
    problem_from(found)
    assert not found._orders
    assert not found._pairs


@pytest.mark.parametrize(
    ("stores", "skus"),
    [
        (["S", "S:1"], ["0", "2"]),  # a colon in an id: S:S:0, S:S:1:0, S:S:1:2, S:S:2
        (["S", "S-"], ["K"]),  # - stands before the colon: S:S-:K, S:S:K
        (["S", "S1", "S10"], ["K"]),  # and so does a digit: S:S10:K, S:S1:K, S:S:K
    ],
)
def test_equals_are_numbered_by_their_whole_id(stores: list[str], skus: list[str]) -> None:
    found = world(
        stores=[{"store_id": store} for store in stores],
        skus=[{"sku_id": sku} for sku in skus],
        supply=[],
        store_stock=[{"store_id": a, "sku_id": b, "safety": 1} for a in stores for b in skus],
    )
    ids = problem_from(found).claim_ids.to_list()
    assert ids == sorted(f"S:{store}:{sku}" for store in stores for sku in skus)


@FEW
@given(st.data())
def test_claims_are_numbered_by_level_key_and_id(data: st.DataObject) -> None:
    """Section 1: as tuples and as texts, whatever the ids look like."""
    some = data.draw
    ids = st.text("S1:-", min_size=1, max_size=3)
    stores = some(st.lists(ids, unique=True, min_size=1, max_size=5))
    regions = some(st.lists(ids, unique=True, min_size=1, max_size=3))
    skus = some(st.lists(ids, unique=True, min_size=1, max_size=4))
    products = some(st.lists(ids, unique=True, min_size=1, max_size=3))

    def one_of(choices: list[Any]) -> Any:
        return some(st.sampled_from(choices))

    def gaps(owner: str, owners: list[str], more: str) -> list[dict[str, Any]]:
        pairs = some(st.permutations([(a, b) for a in owners for b in skus]))
        assume(len({f"{a}:{b}" for a, b in pairs}) == len(pairs))
        return [{owner: a, "sku_id": b, more: some(st.integers(0, 1))} for a, b in pairs]

    tables = world(
        {
            "launch_ties": one_of(["STRICT", "SHARED"]),
            "region_order": {"SS": tuple(regions), "AW": tuple(reversed(regions))},
        },
        regions=[{"region_id": region} for region in regions],
        products=[
            {"product_id": p, "launch_rank": one_of([1, 2]), "season": one_of(["SS", "AW", "NS"])}
            for p in products
        ],
        skus=[{"sku_id": sku, "product_id": one_of(products)} for sku in skus],
        supply=[],
        stores=[
            {"store_id": store, "region_id": one_of(regions), "tier": one_of(["A", "B"])}
            for store in stores
        ],
        franchisees=[{"franchisee_id": f, "rank": one_of([1, 2])} for f in ("F", "G")],
        order_lines=[
            {"line_id": n, "sku_id": one_of(skus), "order_id": one_of(["O", "OG"]), "qty": 1}
            for n in some(st.permutations(stores))
        ],
        store_stock=gaps("store_id", stores, "safety"),
        region_reserves=gaps("region_id", regions, "target"),
    )
    problem = problem_from(tables)
    claims = np.arange(len(problem.claims))
    key = [tuple(json.loads(text)) for text in level_keys(problem, claims)]
    found = list(zip(key, problem.claim_ids.to_list(), strict=True))
    assert found == sorted(found)
    assert problem.claims.level.tolist() == [sorted(set(key)).index(one) for one in key]
    in_file = sorted(claims.tolist(), key=lambda claim: (key[claim][0], found[claim][1]))
    assert problem.claims.place[in_file].tolist() == claims.tolist()


def test_a_plan_written_in_pieces_is_the_whole_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = [{"store_id": f"S{n}"} for n in range(5)]
    stock = [{"store_id": f"S{n}", "safety": n + 1} for n in range(5)]
    supply = [{"warehouse_id": "W1", "units": 4}, {"warehouse_id": "W2", "units": 5}]
    wish = [{"qty": 8}]
    folder = tiny(
        tmp_path / "in", order_lines=wish, stores=stores, store_stock=stock, supply=supply
    )
    found = solve(problem_from(read_tables(folder)))
    assert found.splits > 0
    write_plan(found, tmp_path / "whole")
    monkeypatch.setattr(plan, "ROWS_AT_ONCE", 2)
    write_plan(found, tmp_path / "pieces")
    text = (tmp_path / "whole" / "allocations.csv").read_bytes()
    assert text == (tmp_path / "pieces" / "allocations.csv").read_bytes()
    assert text.count(b"\n") == 1 + found.allocations.height


def test_tables_are_kept_in_one_piece() -> None:
    """Else every row is looked for among the pieces."""
    settings = tables.Settings("SS", {"SS": (), "AW": ()}, ())
    one = pl.DataFrame({"region_id": ["R"], "name": [""]})
    assert Tables(settings, regions=pl.concat([one, one], rechunk=False)).regions.n_chunks() == 1


def test_ordinary_data_need_no_solver(tmp_path: Path) -> None:
    """Loading the solver takes longer, and more memory, than ten thousand claims."""
    code = (
        "import sys; from allocator import problem_from, read_tables, solve\n"
        "solve(problem_from(read_tables(sys.argv[1]))).allocations\n"
        "print([name for name in ('ortools', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tiny(tmp_path))],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
