"""What a plan must respect: one function per business rule.

Each states its rule for the claims of one level and for the later lines that orders begun need.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ortools.sat.python import cp_model

from allocator.claims import STORE
from allocator.problem import Problem
from allocator.program.large_sums import keep_at_least, keep_at_most
from allocator.program.variables import Packs


def take_no_more_than_supply(model: cp_model.CpModel, problem: Problem, packs: Packs) -> None:
    """No warehouse gives more pieces of a SKU than it has."""
    for sku in packs.skus():
        for place, pieces in packs.places.of(sku):
            model.add(packs.pieces_of_sku_from(place, sku) <= pieces)


def spend_no_more_than_funds(model: cp_model.CpModel, problem: Problem, packs: Packs) -> None:
    """A franchisee's shipments cost no more than its funds. Reservations cost nothing."""
    for franchisee in sorted({int(problem.order_franchisee[o]) for o in packs.orders}):
        left = int(problem.funds[franchisee]) - int(packs.state.spent[franchisee])
        keep_at_most(model, packs.cents_of_franchisee(franchisee), left)


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
        begun = packs.begun[order]
        for claim in packs.lines_of(order):
            whole, rest = divmod(int(claims.wanted[claim]), int(claims.pack[claim]))
            model.add(packs.given[claim] == whole * begun)
            if rest:  # no number of packs fills this line
                model.add(begun == 0)
        if state.order_decided(order):
            model.add(begun == int(state.order_packs[order] > 0))


def ship_for_the_minimum_value_or_not_at_all(
    model: cp_model.CpModel, problem: Problem, packs: Packs
) -> None:
    """An order with a minimum ships for at least that value, or ships nothing."""
    for order in packs.orders:
        if not problem.minimum[order]:
            continue
        begun = packs.begun[order]
        if packs.state.order_packs[order] > 0:
            model.add(begun == 1)
        for claim in packs.lines_of(order):
            model.add(packs.given[claim] <= packs.most[claim] * begun)
        lacking = int(problem.minimum[order]) - int(packs.state.order_value[order])
        keep_at_least(model, packs.cents_of_order(order), lacking, begun)


def stay_within_share_cap(model: cp_model.CpModel, problem: Problem, packs: Packs) -> None:
    """No outlet gets more of a SKU than its share of the whole supply; reserves are not capped."""
    if problem.share_cap is None:
        return
    claims = problem.claims
    seen = {
        (bool(claims.kind[i] == STORE), int(claims.outlet[i]), sku)
        for i in packs.claims
        if claims.kind[i] <= STORE
        for sku, _ in problem.parts_of(int(claims.item[i]))
    }
    for is_store, outlet, sku in sorted(seen):
        pieces = packs.pieces_for_outlet(is_store, outlet, sku)
        model.add(pieces <= int(problem.share_cap[sku]))


def stay_within_pick_capacity(model: cp_model.CpModel, problem: Problem, packs: Packs) -> None:
    """A warehouse picks no more pieces than it can."""
    if problem.capacity is None:
        return
    for warehouse, limit in enumerate(problem.capacity.tolist()):
        # More than lies in a warehouse is never picked there. Where a limit does bind, nothing is
        # pooled: a pool could not tell at which warehouse a piece is picked.
        if limit < int(problem.supply[warehouse].sum()):
            model.add(packs.pieces_picked_at(warehouse) <= limit)


def show_enough_sizes(model: cp_model.CpModel, problem: Problem, packs: Packs) -> None:
    """A store that is given anything of a product shows at least k of its sizes afterwards."""
    if problem.size_run_min is None:
        return
    table = problem.shelf_table
    shelves: dict[int, list[int]] = {}
    for claim in packs.question.here:
        if table.of_claim[claim] >= 0:
            shelves.setdefault(int(table.of_claim[claim]), []).append(claim)
    for shelf, claims in sorted(shelves.items()):
        shown: list[Any] = []
        for claim in claims:
            if table.new_size[claim]:
                on_shelf = model.new_bool_var(f"shown_{claim}")
                model.add(packs.given[claim] >= on_shelf)
                shown.append(on_shelf)
        for claim in claims:
            served = model.new_bool_var(f"served_{claim}")
            model.add(packs.given[claim] <= packs.most[claim] * served)
            enough = sum(shown) + int(table.on_hand[shelf]) >= int(table.needed[shelf])
            model.add(enough).only_enforce_if(served)


Rule = Callable[[cp_model.CpModel, Problem, Packs], None]
RULES: tuple[Rule, ...] = (
    take_no_more_than_supply,
    spend_no_more_than_funds,
    ship_nothing_to_blocked_franchisees,
    ship_complete_orders_whole_or_not_at_all,
    ship_for_the_minimum_value_or_not_at_all,
    stay_within_share_cap,
    stay_within_pick_capacity,
    show_enough_sizes,
)
