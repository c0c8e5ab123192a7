"""Numbers of rows are 32 bits wide: what is made of several of them must not be."""

from __future__ import annotations

import hashlib
import itertools
import random
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from allocator import (
    InputFaults,
    Tables,
    keys,
    plan,
    problem_from,
    read_tables,
    solve,
    tables,
    write_plan,
)
from allocator.caps import Capped
from allocator.claims import sort_by_codes
from allocator.fast.timeline import order_by
from allocator.keys import ROW, positions
from allocator.reasons import Ledger
from tests.allocator.tables import tiny

# The most that a row number can be.
LAST = keys.MAX_ROWS - 1


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
    order = order_by(codes, keys.MAX_ROWS)
    assert order.tolist() == sorted(range(1200), key=lambda row: (codes[row], row))


def test_what_is_taken_of_the_last_sku_is_told_apart_from_all_others() -> None:
    ledger = Ledger(rows(LAST, 0, LAST), rows(LAST, 0, 3), np.array([4, 9, 2]), LAST + 1)
    assert ledger.taken(rows(LAST, LAST, 0), rows(LAST, 3, LAST)).tolist() == [6, 2, 9]


def test_outlets_and_skus_at_the_bound_have_keys_of_their_own(tmp_path: Path) -> None:
    problem = problem_from(read_tables(tiny(tmp_path)))
    problem = replace(problem, supply=np.broadcast_to(np.int64(0), (1, keys.MAX_ROWS)))
    capped = Capped(problem, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    key = capped.key(np.array([1, 0]), rows(LAST, LAST), rows(LAST, 7))
    wide = [(2 * LAST + 1) * keys.MAX_ROWS + LAST, 2 * LAST * keys.MAX_ROWS + 7]
    assert key.tolist() == wide


def test_references_are_row_numbers() -> None:
    found = positions(pl.Series(["b", "?", "a"]), pl.Series(["a", "b"]))
    assert (found.dtype, found.tolist()) == (np.dtype(ROW), [1, -1, 0])


def test_a_table_of_more_rows_than_numbers_allow_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "MAX_ROWS", 2)
    lines = [{"line_id": f"L{n}"} for n in range(3)]
    with pytest.raises(InputFaults) as caught:
        problem_from(read_tables(tiny(tmp_path, order_lines=lines)))
    (fault,) = caught.value.faults
    assert (fault.file, fault.value) == ("order_lines.csv", "3")
    assert fault.problem == "has more than 2 rows."


@pytest.mark.parametrize("pieces", [1, 2, 1 << 16])
def test_a_fingerprint_is_that_of_the_sorted_rows(
    pieces: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the order of the rows, and in whatever pieces they are hashed."""
    monkeypatch.setattr(tables, "ROWS_AT_ONCE", pieces)
    columns = list(tables.COLUMNS["store_stock"])
    stock = [("S2", "K", 1, 0, 1), ("S1", "Kä", 2, 0, 1), ("S1", "K", 3, 1, 1)]
    for more in ([], [("S1", "K", 2, 7, 1), ("S1", "K", 3, 0, 1)]):
        frame = pl.DataFrame([*stock, *more], schema=columns, orient="row")
        buffer = BytesIO()
        frame.sort(columns).write_csv(buffer, quote_style="necessary")
        right = hashlib.sha256(buffer.getvalue()).digest()
        assert tables._digest(frame) == right
        assert tables._digest(frame.reverse()) == right


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
