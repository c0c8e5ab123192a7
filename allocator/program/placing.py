"""Whether packs given find warehouses at all: by kind of pack, without a goal."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from allocator.claims import RESERVE
from allocator.keys import Ints
from allocator.limits import Limits
from allocator.problem import Problem
from allocator.program import cp_sat


def is_placeable(problem: Problem, packs: Ints, limits: Limits) -> bool:
    """Whether the packs, per claim, fit into the warehouses within stock and pick capacity.

    False also where a limit ended the search before it was known.
    """
    c = problem.claims
    given = np.flatnonzero(packs > 0)
    kinds = np.stack([c.item[given], c.pack[given], c.kind[given] != RESERVE], axis=1)
    classes, of = np.unique(kinds, axis=0, return_inverse=True)
    count = np.zeros(len(classes), dtype=np.int64)
    np.add.at(count, of.ravel(), packs[given])
    model = cp_model.CpModel()
    stock: dict[tuple[int, int], list[tuple[Any, int]]] = defaultdict(list)
    picks: dict[int, list[tuple[Any, int]]] = defaultdict(list)
    for (item, pack, is_picked), wanted in zip(classes.tolist(), count.tolist(), strict=True):
        parts = [(sku, pieces * pack) for sku, pieces in problem.parts_of(item)]
        row = []
        for w in range(len(problem.warehouses)):
            most = min(wanted, *(int(problem.supply[w, sku]) // n for sku, n in parts))
            if not most:
                continue
            row.append(model.new_int_var(0, most, ""))
            for sku, n in parts:
                stock[w, sku].append((row[-1], n))
            if is_picked:
                picks[w].append((row[-1], sum(n for _, n in parts)))
        model.add(cp_model.LinearExpr.sum(row) == wanted)
    for (w, sku), terms in stock.items():
        model.add(_total(terms) <= int(problem.supply[w, sku]))
    if problem.capacity is not None:
        for w, terms in picks.items():
            if problem.capacity[w] < problem.supply[w].sum():
                model.add(_total(terms) <= int(problem.capacity[w]))
    return bool(cp_sat.new_solver(limits).solve(model) == cp_model.OPTIMAL)


def _total(terms: list[tuple[Any, int]]) -> Any:
    return cp_model.LinearExpr.weighted_sum([one for one, _ in terms], [n for _, n in terms])
