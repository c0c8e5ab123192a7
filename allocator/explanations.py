"""Why a claim got what it got, as data: level, rule, reasons, winners, and what would change it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.blocking import BlockingLine, blocking_lines
from allocator.claim_by_id import find_claim
from allocator.claims import LETTERS, REGION, RESERVE, SHIP, STORE
from allocator.counterfactuals import CounterfactualChange, what_would_change
from allocator.levels import Key, level_key
from allocator.plan import Plan
from allocator.problem import Problem, claim_ids
from allocator.references import Ints
from allocator.resources import FUNDS, KINDS, SUPPLY

# Which rule of the model puts a claim of each kind at its level.
RULES_OF_LEVEL = {
    SHIP: "FUNDED_ORDERS_BY_RANK_THEN_LAUNCH",
    RESERVE: "RESERVATIONS_BY_RESERVE_RANK_THEN_LAUNCH",
    STORE: "STORE_GAPS_BY_SEASON_REGION_LAUNCH_TIER",
    REGION: "REGION_RESERVES_AFTER_STORE_GAPS",
}
MOST_WINNERS = 50
MOST_BLOCKING = 50


@dataclass(frozen=True)
class Winner:
    """A claim that got pieces of the same SKU at the same level or before."""

    claim_id: str
    outlet: str
    level: Key
    position: int
    same_level: bool
    units: int
    pieces: int


@dataclass(frozen=True)
class FundsUsed:
    """Where the money of a shipped line comes from, in cents: the balance first, then the credit
    limit, then the guarantee; `before` is what earlier claims had used up."""

    before: int
    used: int
    from_balance: int
    from_credit: int
    from_guarantee: int


@dataclass(frozen=True)
class Displaced:
    """A claim of the same SKU, later or at the same level, that went short of what this one took:
    the SKU's pieces, a warehouse's picks, or the franchisee's funds or share."""

    claim_id: str
    outlet: str
    level: Key
    position: int
    missing: int


@dataclass(frozen=True)
class Explanation:
    """wanted, given: order units. For an unfilled claim reasons, winners and changes; for a claim
    that got something the supply, the funds and whom it displaced. `position`: the place of its
    level among those of the plan; `blocking`: of a ship-complete order that did not ship, the lines
    that keep it from it; `values`: what the rule looked at, in its order. `winners_pieces`
    counts all winners; `more_winners`, `more_blocking` and `more_displaced` count what the lists
    leave out."""

    claim_id: str
    kind: str
    outlet: str
    level: Key
    position: int
    rule: str
    values: tuple[tuple[str, int | str], ...]
    wanted: int
    given: int
    reasons: tuple[str, ...]
    winners: tuple[Winner, ...]
    more_winners: int
    winners_pieces: int
    blocking: tuple[BlockingLine, ...]
    more_blocking: int
    changes: tuple[CounterfactualChange, ...]
    supply: tuple[tuple[str, int], ...]
    funds: FundsUsed | None
    displaced: tuple[Displaced, ...]
    more_displaced: int


def explain(
    problem: Problem, plan: Plan, claim_id: str, *, counterfactuals: bool = True
) -> Explanation:
    """Explain one claim.

    counterfactuals: also search what would change it; every change shown was solved again.
    Raises KeyError for a claim that is not in the plan.
    """
    claim = find_claim(problem, plan, claim_id)
    c = problem.claims
    wanted, given = int(plan.wanted[claim]), int(plan.packs[claim] * c.pack[claim])
    kind = int(c.kind[claim])
    reason = plan.reasons.texts(np.array([claim]))[0]
    reasons = tuple(reason.split("|")) if reason else ()
    winners, more_winners, pieces = _winners(problem, plan, claim) if reasons else ((), 0, 0)
    displaced, more_displaced = _displaced(problem, plan, claim) if given else ((), 0)
    blocking = blocking_lines(problem, plan, claim) if "SHIP_COMPLETE" in reasons else ()
    changes = what_would_change(problem, plan, claim, reasons, blocking) if counterfactuals else ()
    return Explanation(
        claim_id=claim_id,
        kind=LETTERS[kind],
        outlet=outlet_of(problem, claim),
        level=level_key(problem, int(c.level[claim])),
        position=position_of(plan, claim),
        rule=RULES_OF_LEVEL[kind],
        values=_values(problem, claim),
        wanted=wanted,
        given=given,
        reasons=reasons,
        winners=winners,
        more_winners=more_winners,
        winners_pieces=pieces,
        blocking=blocking[:MOST_BLOCKING],
        more_blocking=max(len(blocking) - MOST_BLOCKING, 0),
        changes=changes if reasons else (),
        supply=_supply(problem, plan, claim),
        funds=_funds(problem, plan, claim) if kind == SHIP and given else None,
        displaced=displaced,
        more_displaced=more_displaced,
    )


def _rivals(problem: Problem, claim: int) -> tuple[Ints, Ints]:
    """Claims that take pieces of a SKU of this claim's, and how many pieces one pack takes."""
    product, resources = problem.item_product[problem.claims.item], problem.resources
    numbers = np.flatnonzero(product == product[claim])
    rows = resources.rows(SUPPLY, numbers)
    ours = np.isin(rows.which, [which for (_, which), _ in resources.of_unit(SUPPLY, claim)])
    pieces = np.zeros(len(numbers), dtype=np.int64)
    np.add.at(pieces, np.arange(len(numbers))[rows.owner], np.where(ours, rows.amount, 0))
    rivals = (pieces > 0) & (numbers != claim)
    return numbers[rivals], pieces[rivals]


def _winners(problem: Problem, plan: Plan, claim: int) -> tuple[tuple[Winner, ...], int, int]:
    numbers, pieces = _rivals(problem, claim)
    level = int(problem.claims.level[claim])
    rivals = (problem.claims.level[numbers] <= level) & (plan.packs[numbers] > 0)
    numbers, pieces = numbers[rivals], pieces[rivals] * plan.packs[numbers[rivals]]
    # The nearest level first: these are the ones it competed with.
    order = np.lexsort((numbers, -pieces, -problem.claims.level[numbers]))[:MOST_WINNERS]
    winners = tuple(
        Winner(
            _id(problem, int(numbers[at])),
            outlet_of(problem, int(numbers[at])),
            level_key(problem, int(problem.claims.level[numbers[at]])),
            position_of(plan, int(numbers[at])),
            int(problem.claims.level[numbers[at]]) == level,
            int(plan.packs[numbers[at]] * problem.claims.pack[numbers[at]]),
            int(pieces[at]),
        )
        for at in order.tolist()
    )
    return winners, len(numbers) - len(winners), int(pieces.sum())


def _displaced(problem: Problem, plan: Plan, claim: int) -> tuple[tuple[Displaced, ...], int]:
    c = problem.claims
    numbers, _ = _rivals(problem, claim)
    missing = plan.wanted[numbers] - plan.packs[numbers] * c.pack[numbers]
    later = (c.level[numbers] >= c.level[claim]) & (missing > 0)
    # What shipping left of a line is no rival of the line.
    later &= (
        (c.kind[numbers] > RESERVE)
        | (c.source[numbers] != c.source[claim])
        | (c.kind[claim] > RESERVE)
    )
    numbers, missing = numbers[later], missing[later]
    lacks = np.array(
        [
            not _shared(problem, claim, other).isdisjoint(reason.split("|"))
            for other, reason in zip(numbers.tolist(), plan.reasons.texts(numbers), strict=True)
        ],
        dtype=np.bool_,
    )
    numbers, missing = numbers[lacks], missing[lacks]
    shown = tuple(
        Displaced(
            _id(problem, int(i)),
            outlet_of(problem, int(i)),
            level_key(problem, int(c.level[i])),
            position_of(plan, int(i)),
            int(n),
        )
        for i, n in zip(numbers[:MOST_WINNERS], missing[:MOST_WINNERS], strict=True)
    )
    return shown, len(numbers) - len(shown)


def _shared(problem: Problem, claim: int, other: int) -> set[str]:
    """What both claims take, as a reason names it."""
    resources = problem.resources
    ours, theirs = (
        {resource for kind in resources.kinds for resource, _ in resources.of_unit(kind, one)}
        for one in (claim, other)
    )
    return {KINDS[kind].reason for kind, _ in ours & theirs}


def position_of(plan: Plan, claim: int) -> int:
    """The place of a claim's level among the levels that have claims; 0 is decided first."""
    c, level = plan.problem.claims, int(plan.problem.claims.level[claim])
    exists = (c.kind != RESERVE) | (plan.wanted > 0)
    first = int(plan.problem.level_start[level])
    return len(np.unique(c.level[:first][exists[:first]]))


def outlet_of(problem: Problem, claim: int) -> str:
    """The franchisee, store or region that claims."""
    t, kind = problem.tables, int(problem.claims.kind[claim])
    names = {
        SHIP: t.franchisees["franchisee_id"],
        RESERVE: t.franchisees["franchisee_id"],
        STORE: t.stores["store_id"],
        REGION: t.regions["region_id"],
    }
    return str(names[kind][int(problem.claims.outlet[claim])])


def _values(problem: Problem, claim: int) -> tuple[tuple[str, int | str], ...]:
    """What the rule of the level looked at, the first first."""
    c, t = problem.claims, problem.tables
    kind, outlet = int(c.kind[claim]), int(c.outlet[claim])
    product = int(problem.item_product[c.item[claim]])
    goods: list[tuple[str, int | str]] = [("launch", int(problem.product_launch[product]))]
    if t.settings.launch_ties != "SHARED":
        goods.append(("product", problem.product_ids[product]))
    if kind == SHIP:
        return (("rank", int(problem.ranks[outlet])), *goods)
    if kind == RESERVE:
        return (("reserve_rank", int(problem.reserve_ranks[outlet])), *goods)
    region = int(problem.store_region[outlet]) if kind == STORE else outlet
    found = (("season", str(problem.product_season[product])),)
    place = (("region", str(t.regions["region_id"][region])),)
    tier = (("tier", str(t.stores["tier"][outlet])),) if kind == STORE else ()
    return (*found, *place, *goods, *tier)


def _id(problem: Problem, claim: int) -> str:
    return str(claim_ids(problem, np.array([claim]))[0])


def _supply(problem: Problem, plan: Plan, claim: int) -> tuple[tuple[str, int], ...]:
    """(warehouse, order units) that serve the claim."""
    rows = np.flatnonzero(plan.served.claim == claim)
    pack = int(problem.claims.pack[claim])
    return tuple(
        (problem.warehouses[int(plan.served.warehouse[row])], int(plan.served.packs[row]) * pack)
        for row in rows
    )


def _funds(problem: Problem, plan: Plan, claim: int) -> FundsUsed:
    c, t = problem.claims, problem.tables
    outlet = int(c.outlet[claim])
    mine = np.flatnonzero((c.kind == SHIP) & (c.outlet == outlet) & (plan.packs > 0))
    cost = plan.packs[mine] * problem.resources.rows(FUNDS, mine).amount
    before = int(cost[mine < claim].sum())
    used = int(cost[mine == claim].sum())
    row = t.franchisees.row(outlet, named=True)
    # A debt eats into the credit and then the guarantee before anything is shipped.
    balance = max(row["balance_cents"], 0)
    debt = max(-row["balance_cents"], 0)
    credit = max(row["credit_limit_cents"] - debt, 0)
    guarantee = max(row["guarantee_cents"] - max(debt - row["credit_limit_cents"], 0), 0)
    shares = []
    start = before
    rest = used
    for pot in (balance, credit, guarantee):
        there = max(pot - start, 0)
        start = max(start - pot, 0)
        shares.append(min(there, rest))
        rest -= shares[-1]
    return FundsUsed(before, used, *shares)
