"""What would change a claim's fate: searched among break points, shown only after a re-solve.

More of something need not help at once, nor always: with several prices in a level, more money can
buy a costlier set and leave a claim with less. So a search alone does not show that an amount is
the least. It is proven by its break points: what a plan takes of a resource is a sum of whole
packs, so a multiple of what all packs that take of it have in common, and the plan changes only
where there is enough for the next multiple. If every break point below the amount was solved and
none helps, nothing less does. Where they are more than a fixed number of solves, the amount is the
least found, and says so. Every answer is one that was solved, with the units it gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import gcd

import numpy as np
import polars as pl

from allocator.blocking import BlockingLine
from allocator.claim_by_id import find_claim
from allocator.claims import RESERVE, SHIP
from allocator.plan import Plan
from allocator.problem import Problem, claim_ids
from allocator.replanning.replan import Replanner
from allocator.resources import FUNDS, PICKS, SUPPLY
from allocator.tables import Tables

# Solves spent on the search for one kind of change, and on the proof that nothing less does.
MOST_SOLVES = 12
MOST_PROOFS = 12
# SKUs of an order or a size run of which more is tried.
MOST_SKUS = 6
MILLION = 1_000_000


@dataclass(frozen=True)
class CounterfactualChange:
    """What, how much, and what the claim gets then, verified by a solve of the changed problem.

    what: FUNDS (cents, with what makes good a debt beyond all limits), SUPPLY (pieces), UNBLOCK,
    CAPACITY (pieces) or SHARE_CAP (millionths).
    subject: the franchisee, SKU, warehouse or setting. gives: order units in all, `more` of them
    on top of what the plan gives; what a reservation's line ships more counts too.
    fills: whether the claim is then full to the last whole pack.
    proven_least: no smaller amount helps, or, where it fills, fills; else it is the least found.
    """

    what: str
    subject: str
    amount: int
    gives: int
    more: int
    fills: bool
    proven_least: bool


def what_would_change(
    problem: Problem,
    plan: Plan,
    claim: int,
    reasons: tuple[str, ...],
    blocking: tuple[BlockingLine, ...] = (),
) -> tuple[CounterfactualChange, ...]:
    """Verified changes: for each lever the least amount that helps, and the least that fills the
    claim; `proven_least` says whether that is proven or the least found.

    blocking: the lines that keep the claim's ship-complete order from shipping.
    """
    # No amount of anything fills a line that is no whole number of packs.
    if "PACK" in reasons or any("PACK" in line.reasons for line in blocking):
        return ()
    c, trial = problem.claims, _Trial(problem, plan, claim)
    changes: list[CounterfactualChange] = []
    if "BLOCKED" in reasons:
        changes += trial.once("UNBLOCK", trial.franchisee, 1)
    for_order = bool({"SHIP_COMPLETE", "MIN_VALUE", "COMMITTED", "SIZE_RUN"} & set(reasons))
    lacks = set(reasons).union(*(line.reasons for line in blocking))
    if "SUPPLY" in lacks or for_order:
        for sku, pieces in _skus_to_try(problem, claim, reasons, blocking):
            changes += trial.search("SUPPLY", problem.tables.skus["sku_id"][sku], pieces)
    if c.kind[claim] == SHIP and ("FUNDS" in lacks or for_order):
        changes += _with_more_funds(trial, blocking)
    if "CAPACITY" in lacks or ("COMMITTED" in reasons and problem.picks_are_limited):
        for warehouse in problem.warehouses:
            changes += trial.search("CAPACITY", warehouse, int(c.pack_pieces[claim]))
    if "SHARE_CAP" in lacks or ("COMMITTED" in reasons and problem.share_cap is not None):
        changes += trial.search("SHARE_CAP", "share_cap_ppm", 10_000)
    return tuple(changes)


def _skus_to_try(
    problem: Problem, claim: int, reasons: tuple[str, ...], blocking: tuple[BlockingLine, ...]
) -> list[tuple[int, int]]:
    """SKUs of which more may help, the claim's own first, with the pieces of a pack: also those of
    the other lines of its order, or the other sizes of its run, where a rule joins them."""
    c, claims = problem.claims, [claim]
    if {"SHIP_COMPLETE", "MIN_VALUE", "COMMITTED"} & set(reasons) and c.kind[claim] == SHIP:
        claims += problem.lines_of_order(int(c.order[claim]))
    elif "SIZE_RUN" in reasons:
        run = problem.size_runs.of_claim
        claims += np.flatnonzero(run == run[claim]).tolist()
    if blocking:
        short = {line.claim_id for line in blocking if "SUPPLY" in line.reasons}
        names = claim_ids(problem, np.array(claims)).to_list()
        claims = [one for one, name in zip(claims, names, strict=True) if name in short]
    found: dict[int, int] = {}
    for one in claims:
        for sku, pieces in problem.parts.of(int(c.item[one])):
            found.setdefault(sku, pieces * int(c.pack[one]))
    return list(found.items())[:MOST_SKUS]


def _with_more_funds(
    trial: _Trial, blocking: tuple[BlockingLine, ...]
) -> list[CounterfactualChange]:
    p, c, plan, claim = trial.problem, trial.problem.claims, trial.plan, trial.claim
    missing = max((line.missing_cents for line in blocking), default=0)
    if missing:
        # The order ships when its bill is met, and not before.
        return trial.search("FUNDS", trial.franchisee, missing, -trial.debt)
    step = int(c.pack[claim] * c.price[claim])
    if not step or blocking:
        return []
    outlet = int(c.outlet[claim])
    mine = np.flatnonzero((c.kind == SHIP) & (c.outlet == outlet))
    spent = int(p.resources.counted(FUNDS, mine, plan.packs[mine])[outlet])
    # What is left over already counts towards the next pack; a debt is made good first.
    left = (int(p.funds[outlet]) - spent) % step
    return trial.search("FUNDS", trial.franchisee, step, left - trial.debt)


class _Trial:
    """Solves edited problems and reads off one claim."""

    def __init__(self, problem: Problem, plan: Plan, claim: int) -> None:
        self.problem, self.plan, self.claim = problem, plan, claim
        self.replanner = Replanner(plan)
        c = problem.claims
        self.claim_id = str(claim_ids(problem, np.array([claim]))[0])
        self.had = int(plan.packs[claim] * c.pack[claim])
        self.full = int(plan.wanted[claim] // c.pack[claim] * c.pack[claim])
        people = problem.tables.franchisees["franchisee_id"]
        is_ours = c.kind[claim] <= RESERVE
        self.franchisee = people[int(c.outlet[claim])] if is_ours else ""
        self.debt = _debt(problem, int(c.outlet[claim])) if is_ours else 0

    def once(self, what: str, subject: str, amount: int) -> list[CounterfactualChange]:
        """The change if it helps."""
        gives = self._solve(what, subject, amount)
        return [self._change(what, subject, amount, gives, True)] if gives > self.had else []

    def search(
        self, what: str, subject: str, step: int, there: int = 0
    ) -> list[CounterfactualChange]:
        """The least amount that helps, and the least that fills: searched among the multiples of
        `step` less what is `there` already, then among all break points below."""
        found: list[CounterfactualChange] = []
        tried: dict[int, int] = {}
        searched: set[int] = set()

        def gives(amount: int) -> int:
            if amount not in tried:
                tried[amount] = self._solve(what, subject, amount)
            return tried[amount]

        def reaches(times: int, target: int) -> bool:
            searched.add(times)
            return gives(self._applied(what, times * step - there)) >= target

        low = 1
        for target in (self.had + 1, self.full):
            high = low
            while not reaches(high, target) and len(searched) < MOST_SOLVES:
                high *= 2
            if not reaches(high, target):
                break
            least = low
            while least < high and len(searched) < MOST_SOLVES:
                middle = (least + high) // 2
                if reaches(middle, target):
                    high = middle
                else:
                    least = middle + 1
            amount = self._applied(what, high * step - there)
            points = self._points_below(what, subject, amount, tried)
            if points is not None:
                amount = next((point for point in points if gives(point) >= target), amount)
            change = self._change(what, subject, amount, gives(amount), points is not None)
            if change not in found:
                found.append(change)
            if change.fills:
                break
            low = high
        return found

    def _applied(self, what: str, amount: int) -> int:
        """The amount as far as it can be applied: a share is at most the whole supply."""
        if what != "SHARE_CAP":
            return amount
        return min(amount, MILLION - (self.problem.tables.settings.share_cap_ppm or 0))

    def _points_below(
        self, what: str, subject: str, amount: int, tried: Mapping[int, int]
    ) -> list[int] | None:
        """The break points below an amount; None where too many of them are still to be solved."""
        points: list[int] = []
        for point in self._break_points(what, subject):
            if point >= amount:
                break
            points.append(point)
            if sum(one not in tried for one in points) > MOST_PROOFS:
                return None
        return points

    def _break_points(self, what: str, subject: str) -> Iterator[int]:
        """The amounts, ascending, at which a plan can become possible that was not before."""
        p, c, t = self.problem, self.problem.claims, self.problem.tables
        debt = 0
        if what == "SHARE_CAP":
            yield from self._where_a_cap_rises(t.settings.share_cap_ppm or 0)
            return
        if what == "FUNDS":
            outlet = int(c.outlet[self.claim])
            there, debt = int(p.funds[outlet]), self.debt
            takes = self._takes_of(FUNDS, outlet)
        elif what == "CAPACITY":
            there = (t.settings.pick_capacity or {}).get(subject, 0)
            takes = self._takes_of(PICKS, 0)
        else:
            sku = t.skus["sku_id"].to_list().index(subject)
            first = t.supply["warehouse_id"].min()
            at = p.warehouses.index(str(first)) if first is not None else None
            there = 0 if at is None else int(p.supply[at, sku])
            takes = [1] if p.share_cap is not None else self._takes_of(SUPPLY, sku)
        common = gcd(*takes) or 1
        point = debt + common - there % common
        while True:
            yield point
            point += common

    def _takes_of(self, kind: int, which: int) -> list[int]:
        """What packs of claims that can get something take of a resource."""
        able = np.flatnonzero(self.problem.most_packs > 0)
        rows = self.problem.resources.rows(kind, able)
        return [int(n) for n in np.unique(rows.amount[rows.which == which])]

    def _where_a_cap_rises(self, ppm: int) -> Iterator[int]:
        """Millionths on top of the setting at which the share of some SKU gains a piece."""
        totals = [n for n in self.problem.supply.sum(axis=0).tolist() if n]
        at = ppm
        while totals and at < MILLION:
            at = min(-(-(n * at // MILLION + 1) * MILLION // n) for n in totals)
            if at <= MILLION:
                yield at - ppm

    def _change(
        self, what: str, subject: str, amount: int, gives: int, is_proven: bool
    ) -> CounterfactualChange:
        more, fills = gives - self.had, gives >= self.full
        return CounterfactualChange(what, subject, amount, gives, more, fills, is_proven)

    def _solve(self, what: str, subject: str, amount: int) -> int:
        """What the claim gets in the changed problem; a reservation counts with its line."""
        plan = self.replanner.plan_of(edit(self.problem.tables, what, subject, amount))
        edited = plan.problem
        try:
            claim = find_claim(edited, plan, self.claim_id)
        except KeyError:
            return self.full  # a reservation that is no longer needed: its line shipped in full
        units = int(plan.packs[claim] * edited.claims.pack[claim])
        if edited.claims.kind[claim] == RESERVE:
            units += int(self.plan.wanted[self.claim] - plan.wanted[claim])
        return units


def _debt(problem: Problem, franchisee: int) -> int:
    """Cents by which a debt exceeds all limits; they pay for nothing."""
    row = problem.tables.franchisees.row(franchisee, named=True)
    money = row["balance_cents"] + row["credit_limit_cents"] + row["guarantee_cents"]
    return max(-int(money), 0)


def edit(tables: Tables, what: str, subject: str, amount: int) -> Tables:
    """The tables with one change more."""
    settings = tables.settings
    if what == "FUNDS":
        here = pl.col("franchisee_id") == subject
        column = pl.when(here).then(pl.col("balance_cents") + amount).otherwise("balance_cents")
        return replace(
            tables, franchisees=tables.franchisees.with_columns(column.alias("balance_cents"))
        )
    if what == "UNBLOCK":
        column = pl.when(pl.col("franchisee_id") == subject).then(0).otherwise("blocked")
        return replace(tables, franchisees=tables.franchisees.with_columns(column.alias("blocked")))
    if what == "SUPPLY":
        # To the warehouse that stands first; where there is none, a new one.
        first = tables.supply["warehouse_id"].min() or "W"
        row = pl.DataFrame(
            {"warehouse_id": [first], "sku_id": [subject], "units": [amount]},
            schema=tables.supply.schema,
        )
        return replace(tables, supply=pl.concat([tables.supply, row]))
    if what == "CAPACITY":
        limits = dict(settings.pick_capacity or {})
        limits[subject] = limits.get(subject, 0) + amount
        return replace(tables, settings=replace(settings, pick_capacity=limits))
    ppm = min((settings.share_cap_ppm or 0) + amount, MILLION)
    return replace(tables, settings=replace(settings, share_cap_ppm=ppm))
