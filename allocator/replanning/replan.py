"""The plan of edited tables from the plan of the base: the same bytes as a cold solve gives."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np

from allocator.limits import CutShort, SearchLimits
from allocator.plan import Plan, counts
from allocator.problem import Problem, problem_from
from allocator.references import Ints, Mask
from allocator.replanning.goods import stock_for_whole_packs
from allocator.replanning.later_stages import StageReplan
from allocator.replanning.patching import Patched, patched
from allocator.replanning.renumbering import stage_ends
from allocator.replanning.shipping import Before, ShippingReplan
from allocator.resources import FUNDS, KINDS, PICKS, SHARE, SUPPLY
from allocator.restart import Base
from allocator.solving import solve
from allocator.tables import Tables
from allocator.warehouses.assignment import Served, serve

# Of this many claims and more, to put them into another order takes longer than a cold solve where
# most franchisees can pay: what is solved then is mostly one pass.
MANY_CLAIMS = 50_000
ORDERING_LINES = (
    ("franchisees", "rank"),
    ("franchisees", "reserve_rank"),
    ("products", "launch_rank"),
)
# An edit that reaches more than one claim in this many is solved as a whole.
MOST_OF_ALL = 3
WHY_ALL = {SHARE: "a share cap is on", PICKS: "pick capacity joins all claims"}
MIXED = "several warehouses and packs of several sizes"


class Replanner:
    """What-ifs of one base plan; what they all ask of the base is found once."""

    def __init__(self, base: Plan) -> None:
        self.base = base

    @cached_property
    def before(self) -> Before | str:
        """The base as what-ifs need it, or why nothing of it can be taken over."""
        base, problem = self.base, self.base.problem
        if base.unproven or not base.summary["reproducible"]:
            return "the base is not proven"
        if not len(problem.claims):
            return "the base has no claims"
        if (rule := _rule_that_joins(problem)) is not None:
            return rule
        usable_stock = stock_for_whole_packs(problem)
        return MIXED if usable_stock is None else Before(base, usable_stock)

    def plan_of(
        self,
        tables: Tables,
        *,
        time_limit_s: float | None = None,
        deterministic_limit: float | None = None,
    ) -> Plan:
        """The plan of edited tables, solving only the claims that the edit can reach.

        Equal to a cold solve in every byte of allocations.csv and levels.csv. summary["restart"]
        says how many claims were solved, and, where that was all of them, why. The limits, as
        `solve` takes them: for what is solved as a whole. Raises InputFaults as a cold solve does.
        """
        began = time.monotonic()
        base = self.base
        limits = (time_limit_s, deterministic_limit)
        # Hashing leaves the interpreter alone, so it costs little time beside the rest.
        with ThreadPoolExecutor(1) as aside:
            tables.share_digests(base.problem.tables)
            fingerprint = aside.submit(tables.fingerprint)
            if (why := self._why_sooner_as_a_whole(tables)) is not None:
                return _whole(base, problem_from(tables), why, limits, take_over=False)
            found = patched(base.problem, tables)
            if found is None:
                why = "names or the range of goods were edited"
                return _whole(base, problem_from(tables), why, limits)
            edited = found.problem
            try:
                decided = self._decide(found)
            except CutShort:
                # Solved as a whole, the plan lists which levels are unproven.
                decided = "a search was cut short"
            if isinstance(decided, str):
                return _whole(base, edited, decided, limits)
            packs, wanted, solved = decided
            levels = time.monotonic() - began
            served = _serve(base, edited, packs, found.old)
            done = time.monotonic() - began
        summary: dict[str, Any] = {
            "method": "auto",
            **counts(edited, wanted),
            "levels_unproven": 0,
            "splits_proven": served.proven,
            "limits": {"seconds": None, "deterministic": None},
            "reproducible": True,
            "warnings": [warning.as_dict() for warning in edited.warnings],
            "fingerprint": fingerprint.result(),
            "seconds": {"levels": levels, "warehouses": done - levels},
            "restart": {"claims_solved": solved, "why_all": ""},
        }
        return Plan(edited, packs, wanted, served, {}, summary)

    def _why_sooner_as_a_whole(self, tables: Tables) -> str | None:
        """Why a cold solve takes less time than to put the base's claims into the new order."""
        before, base = self.before, self.base.problem.tables
        if tables.settings.launch_ties != base.settings.launch_ties:
            return "launch ties put all claims into another order"
        if isinstance(before, str) or len(self.base.packs) < MANY_CLAIMS:
            return None
        if 2 * int(before.short_of_funds.sum()) > len(before.short_of_funds):
            return None
        for table, column in ORDERING_LINES:
            was, now = getattr(base, table), getattr(tables, table)
            if was is not now and was.height == now.height and not was[column].equals(now[column]):
                return "many claims stand in another order, and most are paid for"
        return None

    def _decide(self, found: Patched) -> tuple[Ints, Ints, int] | str:
        """Packs and wishes of all claims and how many were solved, or why all have to be."""
        before, edited, old = self.before, found.problem, found.old
        if isinstance(before, str):
            return before
        if (rule := _rule_that_joins(edited)) is not None:
            return rule
        usable_stock = stock_for_whole_packs(edited)
        if usable_stock is None:
            return MIXED
        base, c = before.plan, edited.claims
        most = max(len(base.packs) // MOST_OF_ALL, 100)
        shipping = ShippingReplan(before, edited, usable_stock, old, most)
        shipping.run()
        if shipping.gave_up:
            return "the edit reaches most of the claims"
        packs, wanted = np.zeros(len(c), dtype=np.int64), c.wanted.astype(np.int64)
        packs[: shipping.n] = shipping.packs
        ships, reserves = edited.claim_of_line
        lines = np.flatnonzero(reserves >= 0)
        shipped, rest = ships[lines], reserves[lines]
        wanted[rest] = wanted[shipped] - packs[shipped] * c.pack[shipped]
        more, solved = shipping.more, shipping.solved
        ends = (*stage_ends(edited), *stage_ends(base.problem))
        for stage in (0, 1):
            now, then = slice(*ends[stage : stage + 2]), slice(*ends[stage + 3 : stage + 5])
            part = StageReplan(base, edited, now, then, old, found.old_stock)
            more = part.run(packs, wanted, before.left[stage], more)
            solved += part.solved
        return packs, wanted, solved


def _rule_that_joins(problem: Problem) -> str | None:
    """The limit beside goods and funds that is on, if any: it joins claims in ways of its own."""
    others = [kind for kind in problem.resources.binding if kind not in (SUPPLY, FUNDS)]
    return WHY_ALL.get(others[-1], KINDS[others[-1]].rule) if others else None


def _whole(
    base: Plan,
    edited: Problem,
    why: str,
    limits: tuple[float | None, float | None],
    *,
    take_over: bool = True,
) -> Plan:
    """Everything solved, but for what the solver itself can take over from the base."""
    before = Base(base.problem, base, edited) if take_over else None
    plan = solve(
        edited,
        base=before if before is not None and before.usable else None,
        time_limit_s=limits[0],
        deterministic_limit=limits[1],
    )
    plan.summary["restart"] = {"claims_solved": plan.summary["claims"], "why_all": why}
    return plan


def _serve(base: Plan, edited: Problem, packs: Ints, old: Ints | None) -> Served:
    """Warehouses again for the SKUs of which stock or claims differ; the others keep theirs."""
    limits = SearchLimits.starting_now(None)
    if len(edited.warehouses) <= 1:
        return serve(edited, packs, limits)
    before, c, b = base.problem, edited.claims, base.problem.claims
    numbers = np.arange(len(c)) if old is None else old
    known = numbers >= 0
    new = np.full(len(b), -1, dtype=np.int64)
    new[numbers[known]] = np.flatnonzero(known)
    differs: Mask = (edited.supply != before.supply).any(axis=0)
    differs[c.item[(packs != np.where(known, base.packs[numbers], 0))]] = True
    differs[c.item[known & (c.pack != b.pack[numbers])]] = True
    differs[b.item[(new < 0) & (base.packs > 0)]] = True
    # Equals are served by number: a SKU whose claims passed each other is served again.
    served = np.flatnonzero(packs > 0)
    served = served[np.argsort(c.item[served], kind="stable")]
    passed = numbers[served[1:]] < numbers[served[:-1]]
    differs[c.item[served[1:]][passed & (c.item[served[1:]] == c.item[served[:-1]])]] = True
    mine = differs[c.item]
    again = serve(edited, np.where(mine, packs, 0), limits)
    claims = new[base.served.claim]
    kept = (claims >= 0) & ~mine[claims]
    rows = np.concatenate(
        [
            np.stack([again.claim, again.warehouse, again.packs]),
            np.stack([claims, base.served.warehouse, base.served.packs])[:, kept],
        ],
        axis=1,
    )
    rows = rows[:, np.lexsort((rows[1], rows[0]))]
    return Served(rows[0], rows[1], rows[2], again.proven and base.served.proven)
