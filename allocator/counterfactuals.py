"""What would change a claim's fate: searched among break points, shown only after a re-solve.

More of something need not help at once, nor always: with several prices in a level, more money can
buy a dearer set and leave a claim with less. So the amounts tried are those at which something can
change (multiples of what a pack takes), the search stops at a fixed number of solves, and an answer
is one that was solved, with the units it gives.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from allocator.claims import RESERVE, SHIP
from allocator.plan import Plan
from allocator.problem import Problem, claim_ids
from allocator.replanning.replan import Replanner
from allocator.tables import Tables

# Solves spent on one kind of change.
MOST_SOLVES = 12


@dataclass(frozen=True)
class Change:
    """What, how much, and what the claim gets then, verified by a solve of the changed problem.

    what: FUNDS (cents), SUPPLY (pieces), UNBLOCK, CAPACITY (pieces) or SHARE_CAP (millionths).
    subject: the franchisee, SKU, warehouse or setting. gives: order units in all, `more` of them
    on top of what the plan gives. fills: whether the claim is then full to the last whole pack.
    """

    what: str
    subject: str
    amount: int
    gives: int
    more: int
    fills: bool


def what_would_change(
    problem: Problem, plan: Plan, claim: int, reasons: tuple[str, ...]
) -> tuple[Change, ...]:
    """Verified changes: for each lever the least amount found that helps, and the least found that
    fills the claim."""
    if "PACK" in reasons:
        return ()
    c = problem.claims
    trial = _Trial(problem, plan, claim)
    changes: list[Change] = []
    kind = int(c.kind[claim])
    if "BLOCKED" in reasons:
        changes += trial.once("UNBLOCK", trial.franchisee, 1)
    for_order = bool({"SHIP_COMPLETE", "MIN_VALUE", "COMMITTED", "SIZE_RUN"} & set(reasons))
    if "SUPPLY" in reasons or for_order:
        for sku, pieces in problem.parts_of(int(c.item[claim])):
            name = problem.tables.skus["sku_id"][sku]
            changes += trial.search("SUPPLY", name, pieces * int(c.pack[claim]))
    if kind == SHIP and c.price[claim] and ("FUNDS" in reasons or for_order):
        outlet = int(c.outlet[claim])
        mine = np.flatnonzero((c.kind == SHIP) & (c.outlet == outlet))
        spent = int((plan.packs[mine] * c.pack[mine] * c.price[mine]).sum())
        step = int(c.pack[claim] * c.price[claim])
        # What is left over already counts towards the next pack.
        left = (int(problem.funds[outlet]) - spent) % step
        changes += trial.search("FUNDS", trial.franchisee, step, left)
    if "CAPACITY" in reasons:
        for warehouse in problem.warehouses:
            changes += trial.search("CAPACITY", warehouse, int(c.pack_pieces[claim]))
    if "SHARE_CAP" in reasons:
        changes += trial.search("SHARE_CAP", "share_cap_ppm", 10_000)
    return tuple(changes)


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

    def once(self, what: str, subject: str, amount: int) -> list[Change]:
        """The change if it helps."""
        gives = self._solve(what, subject, amount)
        return [self._change(what, subject, amount, gives)] if gives > self.had else []

    def search(self, what: str, subject: str, step: int, there: int = 0) -> list[Change]:
        """The least multiple of `step` found that helps, and the least found that fills, both less
        what is `there` already."""
        found: list[Change] = []
        spent = 0
        tried: dict[int, int] = {}

        def gives(times: int) -> int:
            nonlocal spent
            if times not in tried:
                spent += 1
                tried[times] = self._solve(what, subject, times * step - there)
            return tried[times]

        low = 1
        for target in (self.had + 1, self.full):
            high = low
            while gives(high) < target and spent < MOST_SOLVES:
                high *= 2
            if tried[high] < target:
                break
            least = low
            while least < high and spent < MOST_SOLVES:
                middle = (least + high) // 2
                if gives(middle) >= target:
                    high = middle
                else:
                    least = middle + 1
            change = self._change(what, subject, high * step - there, tried[high])
            if change not in found:
                found.append(change)
            if change.fills:
                break
            low = high
        return found

    def _change(self, what: str, subject: str, amount: int, gives: int) -> Change:
        return Change(what, subject, amount, gives, gives - self.had, gives >= self.full)

    def _solve(self, what: str, subject: str, amount: int) -> int:
        """What the claim gets in the changed problem; a reservation counts with its line."""
        from allocator.explanations import find_claim

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


def edit(tables: Tables, what: str, subject: str, amount: int) -> Tables:
    """The tables with one change more."""
    settings = tables.settings
    if what == "FUNDS":
        here = pl.col("franchisee_id") == subject
        # A debt beyond all limits counts as no funds: it is made good first.
        money = pl.col("balance_cents") + pl.col("credit_limit_cents") + pl.col("guarantee_cents")
        more = amount + pl.max_horizontal(-money, pl.lit(0))
        column = pl.when(here).then(pl.col("balance_cents") + more).otherwise("balance_cents")
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
    ppm = min((settings.share_cap_ppm or 0) + amount, 1_000_000)
    return replace(tables, settings=replace(settings, share_cap_ppm=ppm))
