"""Reasons: what was left of a resource when a claim came, found block by block."""

from pathlib import Path
from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from allocator import plan as plan_files
from allocator import problem_from, reasons, solve, write_plan
from allocator.reasons import Taken, leave_less
from allocator.resources import Rows
from tests.allocator.worlds import line, world

# resource, time, packs given, what a pack takes, whether the claim asks
CLAIMS = st.lists(
    st.tuples(
        st.integers(0, 2), st.integers(0, 4), st.integers(0, 3), st.integers(1, 4), st.booleans()
    ),
    max_size=30,
)


@given(
    CLAIMS,
    st.lists(st.integers(0, 12), min_size=3, max_size=3),
    st.booleans(),
    st.sampled_from([1, 2, 3, 100]),
)
def test_who_finds_less_left_than_needed(
    claims: list[tuple[int, int, int, int, bool]],
    available: list[int],
    by_level: bool,
    rows_at_once: int,
) -> None:
    """Section 4: what counts is what claims of the same and of earlier levels took, and the lines
    of orders that take early, wherever they stand."""
    if by_level:
        claims = sorted(claims, key=lambda claim: claim[1])
    resource, when, packs, each = (
        np.array([claim[k] for claim in claims], dtype=kind)
        for k, kind in ((0, np.int32), (1, np.int32), (2, np.int64), (3, np.int64))
    )
    takes = np.flatnonzero(packs).astype(np.int32)
    taken = Taken(takes, packs[takes], when, 5)
    asked = np.flatnonzero([claim[4] for claim in claims]).astype(np.int32)
    with patch.object(reasons, "ROWS_AT_ONCE", rows_at_once):
        found = leave_less(
            taken,
            np.array(available),
            lambda some: Rows(slice(None), resource[some], each[some]),
            asked,
        )
    assert found.tolist() == [
        available[r] - sum(n * take for of, at, n, take, _ in claims if of == r and at <= time)
        < wish
        for r, time, _, wish, asks in claims
        if asks
    ]


def test_the_same_bytes_in_whatever_pieces(tmp_path: Path) -> None:
    """A claim served from two warehouses has two rows; pieces end behind them, not between."""
    plan = solve(
        problem_from(
            world(
                supply=[
                    {"sku_id": "K1", "units": 2, "warehouse_id": "W2"},
                    {"sku_id": "K1", "units": 3},
                ],
                franchisees=[
                    {"franchisee_id": "F", "balance_cents": 10**6},
                    {"franchisee_id": "G"},
                ],
                order_lines=[line("1", 9)],
            )
        )
    )
    assert plan.splits == 1
    written = []
    for name, rows_at_once in (("whole", 1 << 16), ("pieces", 1), ("made", 2)):
        if name == "made":
            assert plan.allocations.height == plan.most_rows
        with patch.object(plan_files, "ROWS_AT_ONCE", rows_at_once):
            write_plan(plan, tmp_path / name)
        written.append((tmp_path / name / "allocations.csv").read_bytes())
    assert written[0] == written[1] == written[2]
    assert b",," in written[0]
