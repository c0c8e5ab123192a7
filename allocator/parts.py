"""Items taken apart: what a SKU or a ratio pack consists of, for many claims at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocator.references import Ints

if TYPE_CHECKING:
    from allocator.problem import Problem


def expand(problem: Problem, items: Ints) -> tuple[Ints, Ints, Ints]:
    """(row of items, SKU, pieces of a unit) for every part of every item."""
    if not len(problem.references.prepack_ids):
        return np.arange(len(items)), items, np.broadcast_to(np.int64(1), items.shape)
    start, end = problem.part_start[items], problem.part_start[items + 1]
    count = end - start
    owner = np.repeat(np.arange(len(items)), count)
    offset = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    part = start[owner] + offset
    return owner, problem.part_sku[part], problem.part_pieces[part]


def taken(problem: Problem, items: Ints, units: Ints) -> tuple[Ints, Ints]:
    """(SKU, pieces) that this many order units of each item take; a SKU may stand there often."""
    if not len(problem.references.prepack_ids):
        return items, units
    owner, sku, pieces = expand(problem, items)
    return sku, pieces * units[owner]
