"""A plan checked without any solver: every rule by its name, T and G counted again, and what the
plan says of itself (rows, reasons, proofs, summary) held against what it gives.

Whether a plan is *best* only the program can say (`certify`); whether it is *right* is plain
arithmetic, and runs on every result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from allocator.claims import RESERVE, SHIP, STAGES, STORE
from allocator.pack_worth import claim_worth
from allocator.plan import Plan, first_rows
from allocator.plan_reader import PlanRead, read_back
from allocator.problem import UNLIMITED, Problem
from allocator.reasons import TEXTS, Reasons, find_reasons
from allocator.references import ROW, Ints, Mask
from allocator.sorting import ROWS_AT_ONCE
from allocator.warehouses.assignment import Served


def verify(
    problem: Problem, plan: Plan, on_rows: Callable[[bytes], object] | None = None
) -> list[str]:
    """Everything that is wrong with a plan, as sentences; empty when it is sound.

    on_rows: called with the rows as they are read back, as lines of the file: who writes them then
    writes what was verified.
    """
    # The plan finds its reasons when its rows are made; those it had before are not to be trusted.
    has_reasons = "reasons" in vars(plan)
    # Arrays are worked on outside the interpreter, so two things at a time take less time.
    with ThreadPoolExecutor(1) as aside:
        # What has no need of the reasons.
        others = aside.submit(lambda: (plan.levels, plan.in_file_order, plan.first_row))
        _ = plan.reasons
        others.result()
    read, faults = read_back(problem, plan, on_rows)
    if read is None:
        return faults
    looks = [partial(rule, problem, read) for rule in RULES]
    looks += [partial(look, problem, read, plan) for look in WHAT_IT_SAYS]
    with ThreadPoolExecutor(2) as pool:
        for found in pool.map(lambda look: list(look()), looks):
            faults += found
    is_its_own = read.packs is plan.packs and read.wanted is plan.wanted and not faults
    if has_reasons or not is_its_own:
        served = Served(read.claim, read.warehouse, read.row_packs, proven=True)
        right = find_reasons(problem, read.packs, read.wanted, served, plan.unproven)
    else:
        right = plan.reasons
    return [*faults, *_every_shortfall_has_its_reason(problem, read, plan, right)]


def give_no_more_than_wanted(problem: Problem, read: PlanRead) -> Iterator[str]:
    """No claim gets more than it wants; the last incomplete pack is never given."""
    c = problem.claims
    for i in np.flatnonzero(read.packs * c.pack > read.wanted).tolist():
        yield f"claim {problem.claim_ids[i]}: {read.packs[i] * c.pack[i]} of {read.wanted[i]}"


def take_no_more_than_supply(problem: Problem, read: PlanRead) -> Iterator[str]:
    """No warehouse gives more pieces of a SKU than it has."""
    c = problem.claims
    taken = np.zeros_like(problem.supply)
    for w in range(len(problem.warehouses)):
        rows = np.flatnonzero(read.warehouse == w)
        for at in range(0, len(rows), ROWS_AT_ONCE):
            some = rows[at : at + ROWS_AT_ONCE]
            claim = read.claim[some]
            units = read.row_packs[some] * c.pack[claim]
            sku, pieces = problem.parts.taken(c.item[claim], units)
            np.add.at(taken[w], sku, pieces)
    for w, i in zip(*np.nonzero(taken > problem.supply), strict=True):
        name = problem.tables.skus["sku_id"][int(i)]
        yield f"{problem.warehouses[w]}, {name}: {taken[w, i]} of {problem.supply[w, i]} pieces"


def spend_no_more_than_funds(problem: Problem, read: PlanRead) -> Iterator[str]:
    """A franchisee's shipments cost no more than its funds."""
    c = problem.claims
    lines = np.flatnonzero((c.kind == SHIP) & (read.packs > 0))
    # In float64 the sum is exact as far as funds go, and beyond them only "too much".
    cost = read.packs[lines] * c.pack[lines] * c.price[lines]
    spent = np.bincount(c.outlet[lines], weights=cost, minlength=len(problem.funds))
    for f in np.flatnonzero(spent > problem.funds):
        name = problem.tables.franchisees["franchisee_id"][int(f)]
        yield f"franchisee {name}: {int(spent[f])} of {problem.funds[f]} cents"


def ship_nothing_to_blocked_franchisees(problem: Problem, read: PlanRead) -> Iterator[str]:
    """A blocked franchisee is shipped nothing, whatever the price."""
    c = problem.claims
    lines = np.flatnonzero((c.kind == SHIP) & (read.packs > 0))
    for i in lines[problem.blocked[c.outlet[lines]]]:
        yield f"claim {problem.claim_ids[i]}: its franchisee is blocked"


def ship_complete_orders_whole_or_not_at_all(problem: Problem, read: PlanRead) -> Iterator[str]:
    """Every line of a ship-complete order ships in full, or none ships anything."""
    c = problem.claims
    lines = np.flatnonzero(c.kind == SHIP)
    lines = lines[problem.ship_complete[c.order[lines]]]
    order = c.order[lines]
    started = np.zeros(len(problem.minimum), dtype=np.bool_)
    started[order[read.packs[lines] > 0]] = True
    short = started[order] & (read.packs[lines] * c.pack[lines] < read.wanted[lines])
    for i in lines[short]:
        yield f"claim {problem.claim_ids[i]}: its order ships complete, it does not"


def ship_for_the_minimum_value_or_not_at_all(problem: Problem, read: PlanRead) -> Iterator[str]:
    """An order with a minimum ships for at least that value, or ships nothing."""
    c = problem.claims
    lines = np.flatnonzero((c.kind == SHIP) & (read.packs > 0))
    order = c.order[lines]
    cost = read.packs[lines] * c.pack[lines] * c.price[lines]
    value = np.bincount(order, weights=cost, minlength=len(problem.minimum))
    started = np.bincount(order, minlength=len(problem.minimum)) > 0
    for o in np.flatnonzero(started & (value < problem.minimum)):
        name = problem.tables.orders["order_id"][int(o)]
        yield f"order {name}: ships for {int(value[o])}, its minimum is {problem.minimum[o]}"


def stay_within_share_cap(problem: Problem, read: PlanRead) -> Iterator[str]:
    """No outlet gets more of a SKU than its share; reserves are not capped."""
    c, cap = problem.claims, problem.share_cap
    if cap is None:
        return
    claims = np.flatnonzero((c.kind <= STORE) & (read.packs > 0))
    owner, sku, pieces = problem.parts.expand(c.item[claims])
    is_store = c.kind[claims] == STORE
    outlet = (c.outlet[claims].astype(np.int64) * 2 + is_store)[owner]
    key = outlet * problem.n_skus + sku
    which, code = np.unique(key, return_inverse=True)
    total = np.zeros(len(which), dtype=np.int64)
    np.add.at(total, code, pieces * (read.packs[claims] * c.pack[claims])[owner])
    for at in np.flatnonzero(total > cap[which % max(problem.n_skus, 1)]):
        name = problem.tables.skus["sku_id"][int(which[at] % problem.n_skus)]
        yield f"an outlet gets {total[at]} pieces of {name}, over its share"


def stay_within_pick_capacity(problem: Problem, read: PlanRead) -> Iterator[str]:
    """A warehouse picks no more pieces than it can; what is reserved is not picked."""
    c, limits = problem.claims, problem.capacity
    if limits is None:
        return
    picked = c.kind[read.claim] != RESERVE
    total = np.zeros(len(limits), dtype=np.int64)
    pieces = read.row_packs[picked] * c.pack_pieces[read.claim[picked]]
    np.add.at(total, read.warehouse[picked], pieces)
    for w in np.flatnonzero((limits < UNLIMITED) & (total > limits)):
        yield f"{problem.warehouses[w]}: {total[w]} picks of {limits[w]}"


def show_enough_sizes(problem: Problem, read: PlanRead) -> Iterator[str]:
    """A store that is given anything of a product shows at least k of its sizes afterwards."""
    if problem.size_run_min is None:
        return
    stock, refs = problem.tables.store_stock, problem.references
    if not stock.height:
        return
    n_products = max(len(problem.product_ids), 1)
    run = refs.stock_store.astype(np.int64) * n_products + refs.sku_product[refs.stock_sku]
    which, code = np.unique(run, return_inverse=True)
    c = problem.claims
    gaps = np.flatnonzero(c.kind == STORE)
    served: Mask = np.zeros(stock.height, dtype=np.bool_)
    served[c.source[gaps]] = read.packs[gaps] > 0
    can_come: Mask = np.zeros(stock.height, dtype=np.bool_)
    can_come[c.source[gaps]] = problem.most_packs[gaps] > 0
    on_hand = stock["on_hand"].to_numpy() > 0
    could = np.bincount(code, weights=on_hand | can_come)
    shown = np.bincount(code, weights=on_hand | served)
    anything = np.bincount(code, weights=served) > 0
    for at in np.flatnonzero(anything & (shown < np.minimum(problem.size_run_min, could))):
        store, product = divmod(int(which[at]), n_products)
        name = problem.tables.stores["store_id"][store]
        yield f"store {name}: shows {int(shown[at])} sizes of {problem.product_ids[product]}"


RULES = (
    give_no_more_than_wanted,
    take_no_more_than_supply,
    spend_no_more_than_funds,
    ship_nothing_to_blocked_franchisees,
    ship_complete_orders_whole_or_not_at_all,
    ship_for_the_minimum_value_or_not_at_all,
    stay_within_share_cap,
    stay_within_pick_capacity,
    show_enough_sizes,
)


def _levels_are_counted_right(problem: Problem, read: PlanRead, plan: Plan) -> Iterator[str]:
    """T and G of every level are what the packs given add up to; bounds bound."""
    c = problem.claims
    has_claims = np.zeros(problem.n_levels, dtype=np.bool_)
    has_claims[c.level[(c.kind != RESERVE) | (read.wanted > 0)]] = True
    levels = np.flatnonzero(has_claims)
    if len(levels) != plan.levels.height:
        yield f"{plan.levels.height} levels are listed, there are {len(levels)}"
        return
    if not len(levels):
        return
    total, worth = _count(problem, read)
    if not plan.level_texts.gather(levels).equals(plan.levels["key"]):
        yield "the levels' keys differ"
    firsts = c.kind[problem.level_start[levels]]
    proven, bound = np.ones(problem.n_levels, dtype=np.bool_), total.copy()
    for level, limit in plan.unproven.items():
        proven[level], bound[level] = False, limit
    for name, counted in (
        ("total", total[levels]),
        ("fairness", worth[levels]),
        ("stage", np.array(STAGES, dtype=np.int64)[firsts]),
        ("proven", proven[levels]),
        ("bound", bound[levels]),
    ):
        listed = plan.levels[name].to_numpy()
        for row in np.flatnonzero(listed != counted):
            key = plan.levels["key"][int(row)]
            yield f"level {key}: {name} is {counted[row]}, listed as {listed[row]}"
    for level, limit in sorted(plan.unproven.items()):
        here = problem.claims_of_level(level)
        most = int((read.wanted[here] // c.pack[here] * c.pack_pieces[here]).sum())
        if not total[level] <= limit <= most:
            yield f"level {level}: its bound {limit} is not within {total[level]} .. {most}"


def _count(problem: Problem, read: PlanRead) -> tuple[Ints, Ints]:
    """T and G of every level."""
    c = problem.claims
    total = np.zeros(problem.n_levels, dtype=np.int64)
    worth = np.zeros(problem.n_levels, dtype=np.int64)
    for at in range(0, len(c), ROWS_AT_ONCE):
        some = at + np.flatnonzero(read.packs[at : at + ROWS_AT_ONCE])
        s, k, level = c.pack_pieces[some], read.packs[some], c.level[some]
        np.add.at(total, level, s * k)
        np.add.at(worth, level, claim_worth(s, read.wanted[some] * c.unit_pieces[some], k))
    return total, worth


def _rows_are_the_plan(problem: Problem, read: PlanRead, plan: Plan) -> Iterator[str]:
    """The rows say what the plan's packs and warehouses say, in the order of the file."""
    served = plan.served
    if not np.array_equal(read.packs, plan.packs):
        yield "claims and allocations disagree about the units given"
    in_order = _are_in_order(problem, read)
    if not in_order:
        yield "the rows are not sorted by stage, claim and warehouse, or one is repeated"
    mine = (read.claim, read.warehouse, read.row_packs)
    if not in_order:
        order = np.lexsort((read.warehouse, read.claim))
        mine = (mine[0][order], mine[1][order], mine[2][order])
    # So sorted, a claim's rows stand together: to sort by claims is to count.
    to = _places_by_claim(mine[0], len(problem.claims))
    for rows, theirs in zip(mine, (served.claim, served.warehouse, served.packs), strict=True):
        sorted_rows = np.empty_like(rows)
        sorted_rows[to] = rows
        if not np.array_equal(sorted_rows, theirs):
            yield "rows and warehouses disagree about who serves whom"
            break
    for row in read.odd_stages[:20]:
        yield f"claim {plan.allocations['claim_id'][row]}: stage {plan.allocations['stage'][row]}"


def _are_in_order(problem: Problem, read: PlanRead) -> bool:
    """Whether the rows ascend by the claims' place in the file, those of one by warehouse."""
    place, last, done = problem.claims.place, (-1, -1), 0
    for at in range(0, len(read.listed), ROWS_AT_ONCE):
        some = slice(at, at + ROWS_AT_ONCE)
        gives = read.gives[some]
        n = int(np.count_nonzero(gives))
        warehouse = np.full(len(gives), -1, dtype=ROW)
        warehouse[gives] = read.warehouse[done : done + n]
        rows = place[read.listed[some]]
        later = (rows[1:] > rows[:-1]) | (
            (rows[1:] == rows[:-1]) & (warehouse[1:] > warehouse[:-1])
        )
        first = (int(rows[0]), int(warehouse[0]))
        if first <= last or not later.all():
            return False
        last, done = (int(rows[-1]), int(warehouse[-1])), done + n
    return True


def _places_by_claim(claim: Ints, n_claims: int) -> Ints:
    """Where each row comes when they are sorted by claim, those of one claim as they stand."""
    place = first_rows(claim, n_claims)[claim]
    again = np.flatnonzero(claim[1:] == claim[:-1]) + 1
    if len(again):
        rows = np.arange(len(claim), dtype=ROW)
        begins = rows.copy()
        begins[again] = 0
        place += rows - np.maximum.accumulate(begins)
    return place


def _every_shortfall_has_its_reason(
    problem: Problem, read: PlanRead, plan: Plan, reasons: Reasons
) -> Iterator[str]:
    """A claim has a reason exactly when it is not filled, and it is the one of the definition."""
    c = problem.claims
    short = read.packs * c.pack < read.wanted
    right = reasons.codes[read.listed]
    odd = (short[read.listed] == (read.reason == 0)) | (read.reason != right)
    for row in np.flatnonzero(odd)[:20].tolist():
        claim, _, units, reason = plan.allocations.row(row)[1:]
        of = f"{units} of {read.wanted[read.listed[row]]}"
        yield f"claim {claim}: {of}, reason {reason!r}, not {TEXTS[right[row]]!r}"


def _summary_is_true(problem: Problem, read: PlanRead, plan: Plan) -> Iterator[str]:
    """The summary names this input, and as many open proofs as there are."""
    for name, right in (
        ("fingerprint", problem.tables.fingerprint()),
        ("levels_unproven", len(plan.unproven)),
        ("splits_proven", plan.served.proven),
    ):
        if plan.summary[name] != right:
            yield f"summary: {name} is {right}, given as {plan.summary[name]}"


WHAT_IT_SAYS = (
    _levels_are_counted_right,
    _rows_are_the_plan,
    _summary_is_true,
)
