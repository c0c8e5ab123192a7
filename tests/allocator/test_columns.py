"""Columns of the tables as arrays: empty cells are filled, all of them or some."""

import polars as pl
import pytest

from allocator.columns import known_or, reserve_ranks


@pytest.mark.parametrize(
    ("cells", "filled"),
    [([1, 2], [1, 2]), ([1, None], [1, 7]), ([None, None], [7, 7]), ([], [])],
)
def test_empty_cells_get_the_number_named(cells: list[int | None], filled: list[int]) -> None:
    assert known_or(pl.Series(cells, dtype=pl.Int64), 7).tolist() == filled


@pytest.mark.parametrize(
    ("own", "ranks"), [([None, None], [3, 4]), ([9, None], [9, 4]), ([9, 8], [9, 8])]
)
def test_a_franchisee_reserves_by_its_own_rank_or_the_one_it_ships_by(
    own: list[int | None], ranks: list[int]
) -> None:
    people = pl.DataFrame({"rank": [3, 4], "reserve_rank": pl.Series(own, dtype=pl.Int64)})
    assert reserve_ranks(people).tolist() == ranks
