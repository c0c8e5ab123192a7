"""Which lines keep an order with a rule of its own from shipping, and by what."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from allocator.plan import Plan
from allocator.problem import Problem, claim_ids
from allocator.reasons import taken_when
from allocator.references import Ints, Mask
from allocator.resources import FUNDS, KINDS, SUPPLY, Resource
from allocator.warehouses.assignment import Served


@dataclass(frozen=True)
class BlockingLine:
    """A line for whose whole quantity there was too little: PACK, SUPPLY, FUNDS, CAPACITY and
    SHARE_CAP as in a plan's reasons. missing: pieces that supply lacks for it, and cents that funds
    lack for the order up to and with it."""

    claim_id: str
    reasons: tuple[str, ...]
    missing_pieces: int
    missing_cents: int


def blocking_lines(problem: Problem, plan: Plan, claim: int) -> tuple[BlockingLine, ...]:
    """The lines that keep the claim's ship-complete order from shipping.

    Counted is what claims of its first line's level and of earlier ones took: an order takes all
    its goods when it begins. Empty where all lines would fit: then its level gives more without it.
    """
    return _Balance(problem, plan, int(problem.claims.order[claim])).blocking()


class _Balance:
    """What is left for an order when it would begin, line by line."""

    def __init__(self, problem: Problem, plan: Plan, order: int) -> None:
        self.problem = problem
        c, resources = problem.claims, problem.resources
        self.lines = problem.lines_of_order(order)
        first = int(c.level[self.lines[0]])
        counts = taken_when(problem, plan.packs) <= first
        self.left: dict[int, Ints] = {}
        for kind, there in resources.there.items():
            if KINDS[kind].in_warehouses:
                self.left[kind] = self._left_in_warehouses(kind, plan.served, counts)
            else:
                given = np.flatnonzero(counts)
                self.left[kind] = there - resources.counted(kind, given, plan.packs[given])
        # What earlier lines of the order itself would take.
        self.own: dict[Resource, int] = defaultdict(int)

    def _left_in_warehouses(self, kind: int, served: Served, counts: Mask) -> Ints:
        resources, left = self.problem.resources, self.problem.resources.there[kind].copy()
        rows = np.flatnonzero(counts[served.claim])
        for w, there in enumerate(left):
            mine = rows[served.warehouse[rows] == w]
            there -= resources.counted(kind, served.claim[mine], served.packs[mine])
        return left

    def blocking(self) -> tuple[BlockingLine, ...]:
        found = [self._of(line) for line in self.lines]
        return tuple(one for one in found if one.reasons)

    def _of(self, line: int) -> BlockingLine:
        p, c = self.problem, self.problem.claims
        wanted, pack = int(c.wanted[line]), int(c.pack[line])
        reasons = ["PACK"] if wanted % pack else []
        lacking = dict.fromkeys((SUPPLY, FUNDS), 0)
        for kind, of in enumerate(KINDS):
            for resource, unit in p.resources.of_unit(kind, line):
                self.own[resource] += unit * wanted
                lacks = self.own[resource] - self._there(resource, unit * pack)
                if lacks > 0 and wanted:
                    lacking[kind] = max(lacking.get(kind, 0), lacks)
                    if of.reason not in reasons:
                        reasons.append(of.reason)
        name = str(claim_ids(p, np.array([line]))[0])
        return BlockingLine(name, tuple(reasons), lacking[SUPPLY], lacking[FUNDS])

    def _there(self, resource: Resource, per_pack: int) -> int:
        """What is left for whole packs: of goods, as far as they lie together."""
        kind, which = resource
        if not KINDS[kind].in_warehouses:
            return int(self.left[kind][which])
        left = self.left[kind][:, which]
        if kind == SUPPLY:
            left = left // per_pack * per_pack
        return sum(left.tolist())
