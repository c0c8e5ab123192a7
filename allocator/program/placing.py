"""Whether packs given find warehouses at all: by kind of pack, without a goal."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from allocator.limits import SearchLimits
from allocator.problem import Problem
from allocator.program import cp_sat
from allocator.references import Ints
from allocator.resources import Resource


def is_placeable(problem: Problem, packs: Ints, limits: SearchLimits) -> bool:
    """Whether the packs, per claim, fit into the warehouses within stock and pick capacity.

    False also where a limit ended the search before it was known.
    """
    resources = problem.resources
    model = cp_model.CpModel()
    uses: dict[tuple[int, Resource], list[tuple[Any, int]]] = defaultdict(list)
    for one, wanted in resources.classes(packs, np.flatnonzero(packs > 0)).items():
        row = []
        for w in range(len(problem.warehouses)):
            most = min(wanted, resources.packs_in(w, one))
            if not most:
                continue
            row.append(model.new_int_var(0, most, ""))
            for resource, n in one.rows:
                uses[w, resource].append((row[-1], n))
        model.add(cp_model.LinearExpr.sum(row) == wanted)
    for (w, (kind, which)), terms in uses.items():
        total = cp_model.LinearExpr.weighted_sum([one for one, _ in terms], [n for _, n in terms])
        model.add(total <= int(resources.there[kind][w, which]))
    return bool(cp_sat.new_solver(limits).solve(model) == cp_model.OPTIMAL)
