"""After the last level: which warehouse serves whom, with the fewest claims split."""

from __future__ import annotations

from typing import Any

from ortools.sat.python import cp_model

from allocator.limits import SearchLimits
from allocator.program import cp_sat
from allocator.program.goals import BATCH_BELOW
from allocator.resources import Resource
from allocator.warehouses.loads import Available, Load, Where


def fewest_splits(
    loads: list[Load],
    available: Available,
    n_warehouses: int,
    limits: SearchLimits,
    at_least: int = 0,
    known: Where | None = None,
) -> tuple[Where, bool]:
    """Packs per warehouse for each load, so that the sum of warehouses used is least.

    The plan of the levels is held; an assignment exists, because each level proved it. at_least: a
    number of warehouses used, in all, that is known to be needed. known: an assignment to
    start from.
    """
    model = cp_model.CpModel()
    taken: list[list[Any]] = []
    used: list[Any] = []
    use: dict[tuple[int, Resource], list[tuple[Any, int]]] = {}
    for at, (packs, per_pack) in enumerate(loads):
        row = []
        for w in range(n_warehouses):
            most = min(
                [packs, *(available.get((w, r), packs * n) // n for r, n in per_pack.items() if n)]
            )
            here = model.new_int_var(0, max(most, 0), f"taken_{at}_{w}")
            uses = model.new_bool_var(f"uses_{at}_{w}")
            model.add(here <= most * uses)
            model.add(here >= uses)
            row.append(here)
            used.append(uses)
            for resource, n in per_pack.items():
                use.setdefault((w, resource), []).append((here, n))
        model.add(sum(row) == packs)
        model.add(sum(used[-n_warehouses:]) >= 1)
        taken.append(row)
    for key, terms in use.items():
        if key in available:
            variables, weights = [one for one, _ in terms], [n for _, n in terms]
            total = cp_model.LinearExpr.weighted_sum(variables, weights)
            model.add(total <= available[key])
    # A plan needs warehouses, whatever the limits.
    if known is None:
        values = _any_assignment(loads, available, n_warehouses, limits)
    else:
        values = [[one.get(w, 0) for w in range(n_warehouses)] for one in known]
    for row, numbers in zip(taken, values, strict=True):
        for one, number in zip(row, numbers, strict=True):
            model.add_hint(one, number)
    in_all = cp_model.LinearExpr.sum(used)
    model.add(in_all >= at_least)
    model.minimize(in_all)
    solver = cp_sat.new_solver(limits)
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE, cp_model.UNKNOWN):
        raise RuntimeError(f"No assignment to warehouses: {solver.status_name(status)}.")
    if status != cp_model.UNKNOWN:
        values = [[int(solver.value(one)) for one in row] for row in taken]
    proven = status == cp_model.OPTIMAL
    if not proven:
        limits.note_cut(solver.deterministic_time)
    else:
        model.add(in_all <= round(solver.objective_value))
        model.clear_hints()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        proven = _settle_ties(model, taken, loads, values, limits)
    return [{w: n for w, n in enumerate(row) if n} for row in values], proven


def _any_assignment(
    loads: list[Load], available: Available, n_warehouses: int, limits: SearchLimits
) -> list[list[int]]:
    """Packs per load and warehouse that fit, found for equal packs together."""
    kinds: dict[tuple[tuple[Resource, int], ...], list[int]] = {}
    for at, (_, per_pack) in enumerate(loads):
        kinds.setdefault(tuple(sorted(per_pack.items())), []).append(at)
    model = cp_model.CpModel()
    taken: dict[tuple[tuple[Resource, int], ...], list[Any]] = {}
    use: dict[tuple[int, Resource], list[tuple[Any, int]]] = {}
    for kind, members in kinds.items():
        wanted = sum(loads[at][0] for at in members)
        taken[kind] = [model.new_int_var(0, wanted, "") for _ in range(n_warehouses)]
        model.add(cp_model.LinearExpr.sum(taken[kind]) == wanted)
        for w, one in enumerate(taken[kind]):
            for resource, n in kind:
                use.setdefault((w, resource), []).append((one, n))
    for key, terms in use.items():
        if key in available:
            variables, weights = [one for one, _ in terms], [n for _, n in terms]
            model.add(cp_model.LinearExpr.weighted_sum(variables, weights) <= available[key])
    solver = cp_sat.new_solver(limits.for_any_plan())
    status = solver.solve(model)
    if status != cp_model.OPTIMAL:
        raise RuntimeError(f"No assignment to warehouses: {solver.status_name(status)}.")
    values = [[0] * n_warehouses for _ in loads]
    for kind, members in kinds.items():
        left = [int(solver.value(one)) for one in taken[kind]]
        for at in members:
            packs = loads[at][0]
            for w in range(n_warehouses):
                values[at][w] = min(packs, left[w])
                packs -= values[at][w]
                left[w] -= values[at][w]
    return values


def _settle_ties(
    model: cp_model.CpModel,
    taken: list[list[Any]],
    loads: list[Load],
    values: list[list[int]],
    limits: SearchLimits,
) -> bool:
    """Among equals, the first claim takes the most from the first warehouse, and so on: no solver
    has a choice left. False if a limit ended it before."""
    model.clear_objective()  # type: ignore[no-untyped-call]  # the library leaves it untyped
    flat = [(at, w) for at, row in enumerate(taken) for w in range(len(row) - 1)]
    while flat:
        batch: list[tuple[int, int]] = []
        size = 1
        while flat and (not batch or size * (loads[flat[0][0]][0] + 1) < BATCH_BELOW):
            size *= loads[flat[0][0]][0] + 1
            batch.append(flat.pop(0))
        weight, weights = 1, []
        for at, _ in reversed(batch):
            weights.append(weight)
            weight *= loads[at][0] + 1
        variables = [taken[at][w] for at, w in batch]
        model.maximize(cp_model.LinearExpr.weighted_sum(variables, weights[::-1]))
        solver = cp_sat.new_solver(limits)
        if solver.solve(model) != cp_model.OPTIMAL:
            limits.note_cut(solver.deterministic_time)
            return False
        for at, row in enumerate(taken):
            values[at] = [int(solver.value(one)) for one in row]
        for at, w in batch:
            model.add(taken[at][w] == values[at][w])
    return True
