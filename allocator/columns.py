"""Columns of the tables as arrays, with something in the place of empty cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Whole = NDArray[np.signedinteger[Any]]


def known_or(values: pl.Series, empty: int) -> Whole:
    """The numbers, with this one for empty cells."""
    n_empty = values.null_count()
    if not n_empty:
        return values.to_numpy()
    # Optional columns are mostly empty from end to end. To fill even a few cells wakes all threads
    # of the data frames, which costs a small instance more than its solve.
    return (
        np.full(n_empty, empty) if n_empty == values.len() else values.fill_null(empty).to_numpy()
    )


def reserve_ranks(franchisees: pl.DataFrame) -> Whole:
    """The rank of each franchisee for reservations: its own, else the one it ships by."""
    own, rank = franchisees["reserve_rank"], franchisees["rank"].to_numpy()
    if own.null_count() == own.len():
        return rank
    return np.where(own.is_null().to_numpy(), rank, known_or(own, 0))
