"""The plan of edited tables from the plan of the base: the same bytes as a cold solve gives."""

from __future__ import annotations

import time
from functools import cached_property
from typing import Any

import numpy as np

from allocator.keys import Ints, Mask
from allocator.limits import Limits
from allocator.plan import Plan
from allocator.problem import Problem, problem_from
from allocator.replanning.gaps import claims_of_groups, reached_groups, solve_groups
from allocator.replanning.goods import room_for_whole_packs
from allocator.replanning.patching import patched
from allocator.replanning.shipping import Before, ShippingReplan
from allocator.solving import resolve
from allocator.tables import Tables
from allocator.warehouses import Served, serve

# An edit that reaches more than one claim in so many is solved as a whole.
MOST_OF_ALL = 3
MIXED = "several warehouses and packs of several sizes"


def replan(base: Plan, tables: Tables) -> Plan:
    """The plan of edited tables, solving only the claims that the edit can reach.

    Equal to a cold solve in every byte of allocations.csv and levels.csv. summary["restart"] says
    how many claims were solved, and, where that was all of them, why.
    Raises InputFaults as a cold solve does.
    """
    return Replanner(base).plan_of(tables)


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
        if problem.share_cap is not None:
            return "a share cap is on"
        room = room_for_whole_packs(problem)
        if problem.picks_are_limited:
            return "pick capacity joins all claims"
        return MIXED if room is None else Before(base, room)

    def plan_of(self, tables: Tables) -> Plan:
        """The plan of edited tables; see `replan`."""
        began = time.monotonic()
        base = self.base
        edited = patched(base.problem, tables)
        if edited is None:
            return _whole(base, problem_from(tables), "more than amounts was edited")
        if isinstance(self.before, str):
            return _whole(base, edited, self.before)
        room = room_for_whole_packs(edited)
        if edited.picks_are_limited:
            return _whole(base, edited, "pick capacity joins all claims")
        if room is None:
            return _whole(base, edited, MIXED)
        most = max(len(base.packs) // MOST_OF_ALL, 100)
        shipping = ShippingReplan(self.before, edited, room, most)
        shipping.run()
        if shipping.gave_up:
            return _whole(base, edited, "the edit reaches most of the claims")
        packs, wanted, solved = _behind_shipping(self.before, edited, shipping)
        levels = time.monotonic() - began
        served = _serve(base, edited, packs)
        tables.keep_digests(base.problem.tables)
        summary: dict[str, Any] = {
            "method": "auto",
            "claims": len(edited.claims),
            "levels": edited.n_levels,
            "levels_unproven": 0,
            "splits_proven": served.proven,
            "reproducible": True,
            "warnings": list(edited.warnings),
            "fingerprint": tables.fingerprint(),
            "seconds": {"levels": levels, "warehouses": time.monotonic() - began - levels},
            "restart": {"claims_solved": solved, "why_all": ""},
        }
        return Plan(edited, packs, wanted, served, {}, summary)


def _whole(base: Plan, edited: Problem, why: str) -> Plan:
    """Everything solved, but for what the solver itself can take over from the base."""
    plan = resolve(base.problem, base, edited)
    plan.summary["restart"] = {"claims_solved": len(edited.claims), "why_all": why}
    return plan


def _behind_shipping(
    before: Before, edited: Problem, shipping: ShippingReplan
) -> tuple[Ints, Ints, int]:
    """Packs and wishes of all claims, and how many claims were solved."""
    c, n, base = edited.claims, before.n, before.plan
    packs = base.packs.copy()
    packs[:n] = shipping.packs
    wanted = c.wanted.copy()
    ships, reserves = edited.claim_of_line
    lines = np.flatnonzero(reserves >= 0)
    shipped, rest = ships[lines], reserves[lines]
    wanted[rest] = c.wanted[shipped] - packs[shipped] * c.pack[shipped]
    left = before.left + shipping.more
    reached = reached_groups(base, edited, wanted, n, left, shipping.more)
    claims = claims_of_groups(edited, n, reached)
    if len(claims):
        skus = np.flatnonzero(reached)
        packs[claims] = solve_groups(edited, claims, wanted, skus, left[skus])
    return packs, wanted, shipping.solved + len(claims)


def _serve(base: Plan, edited: Problem, packs: Ints) -> Served:
    """Warehouses anew for the SKUs of which stock or packs differ; the others keep theirs."""
    limits = Limits.starting_now(None)
    if len(edited.warehouses) <= 1:
        return serve(edited, packs, limits)
    before, c = base.problem, edited.claims
    differs: Mask = (edited.supply != before.supply).any(axis=0)
    differs[c.item[(packs != base.packs) | (c.pack != before.claims.pack)]] = True
    mine = differs[c.item]
    anew = serve(edited, np.where(mine, packs, 0), limits)
    kept = ~mine[base.served.claim]
    rows = np.concatenate(
        [
            np.stack([anew.claim, anew.warehouse, anew.packs]),
            np.stack([base.served.claim, base.served.warehouse, base.served.packs])[:, kept],
        ],
        axis=1,
    )
    rows = rows[:, np.lexsort((rows[1], rows[0]))]
    return Served(rows[0], rows[1], rows[2], anew.proven and base.served.proven)
