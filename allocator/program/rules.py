"""What a plan must respect: one function per business rule, and one for all limited resources.

Each states its rule for the claims of one level and for the later lines that orders started need.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ortools.sat.python import cp_model

from allocator.problem import Problem
from allocator.program.large_sums import bound_above, bound_below
from allocator.program.variables import Packs
from allocator.resources import KINDS

Rule = Callable[[cp_model.CpModel, Problem, Packs], None]


def take_no_more_than_there_is(kind: int) -> Rule:
    """The rule that no more is taken of a kind of resource than there is; see `resources`."""

    def rule(model: cp_model.CpModel, problem: Problem, packs: Packs) -> None:
        for terms, left in packs.uses(kind):
            bound_above(model, terms, left)

    rule.__name__ = KINDS[kind].rule
    return rule


def ship_nothing_to_blocked_franchisees(
    model: cp_model.CpModel, problem: Problem, packs: Packs
) -> None:
    """A blocked franchisee is shipped nothing, whatever the price; it may reserve."""
    for order in packs.orders:
        if problem.blocked[problem.order_franchisee[order]]:
            for claim in packs.lines_of(order):
                model.add(packs.given[claim] == 0)


def ship_complete_orders_whole_or_not_at_all(
    model: cp_model.CpModel, problem: Problem, packs: Packs
) -> None:
    """Every line of a ship-complete order ships in full, or none ships anything."""
    claims, state = problem.claims, packs.state
    for order in packs.orders:
        if not problem.ship_complete[order]:
            continue
        started = packs.started[order]
        for claim in packs.lines_of(order):
            whole, rest = divmod(int(claims.wanted[claim]), int(claims.pack[claim]))
            model.add(packs.given[claim] == whole * started)
            if rest:  # no number of packs fills this line
                model.add(started == 0)
        if state.order_decided(order):
            model.add(started == int(state.order_packs[order] > 0))


def ship_for_the_minimum_value_or_not_at_all(
    model: cp_model.CpModel, problem: Problem, packs: Packs
) -> None:
    """An order with a minimum ships for at least that value, or ships nothing."""
    for order in packs.orders:
        if not problem.minimum[order]:
            continue
        started = packs.started[order]
        if packs.state.order_packs[order] > 0:
            model.add(started == 1)
        for claim in packs.lines_of(order):
            model.add(packs.given[claim] <= packs.most[claim] * started)
        lacking = int(problem.minimum[order]) - int(packs.state.order_value[order])
        bound_below(model, packs.cents_of_order(order), lacking, started)


def show_enough_sizes(model: cp_model.CpModel, problem: Problem, packs: Packs) -> None:
    """A store that is given anything of a product shows at least k of its sizes afterwards."""
    if problem.size_run_min is None:
        return
    table = problem.size_runs
    runs: dict[int, list[int]] = {}
    for claim in packs.question.here:
        if table.of_claim[claim] >= 0:
            runs.setdefault(int(table.of_claim[claim]), []).append(claim)
    for run, claims in sorted(runs.items()):
        shown: list[Any] = []
        for claim in claims:
            if table.new_size[claim]:
                is_shown = model.new_bool_var(f"shown_{claim}")
                model.add(packs.given[claim] >= is_shown)
                shown.append(is_shown)
        for claim in claims:
            served = model.new_bool_var(f"served_{claim}")
            model.add(packs.given[claim] <= packs.most[claim] * served)
            enough = sum(shown) + int(table.on_hand[run]) >= int(table.needed[run])
            model.add(enough).only_enforce_if(served)


RULES: tuple[Rule, ...] = (
    *(take_no_more_than_there_is(kind) for kind in range(len(KINDS))),
    ship_nothing_to_blocked_franchisees,
    ship_complete_orders_whole_or_not_at_all,
    ship_for_the_minimum_value_or_not_at_all,
    show_enough_sizes,
)
