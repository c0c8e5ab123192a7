"""Which lines keep an order with a rule of its own from shipping, and by what."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from allocator.claims import RESERVE, SHIP, STORE
from allocator.keys import Mask
from allocator.parts import expand
from allocator.plan import Plan
from allocator.problem import UNLIMITED, Problem, claim_ids
from allocator.reasons import taken_when


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
    return _Ledger(problem, plan, int(problem.claims.order[claim])).blocking()


class _Ledger:
    """What is left for an order when it would begin, line by line."""

    def __init__(self, problem: Problem, plan: Plan, order: int) -> None:
        self.problem, self.plan = problem, plan
        c = problem.claims
        self.lines = problem.lines_of_order(order)
        first = int(c.level[self.lines[0]])
        served = plan.served
        self.counts: Mask = taken_when(problem, plan.packs) <= first
        rows = np.flatnonzero(self.counts[served.claim])
        claim = served.claim[rows]
        row, sku, pieces = expand(problem, c.item[claim])
        self.left = problem.supply.copy()
        amount = pieces * (served.packs[rows] * c.pack[claim])[row]
        np.subtract.at(self.left, (served.warehouse[rows][row], sku), amount)
        is_picked = c.kind[claim] != RESERVE
        self.picks = UNLIMITED
        if problem.capacity is not None and (problem.capacity < UNLIMITED).all():
            picked = (served.packs[rows] * c.pack_pieces[claim])[is_picked].sum()
            self.picks = int(problem.capacity.sum() - picked)
        self.franchisee = int(problem.order_franchisee[order])
        paid = np.flatnonzero(self.counts & (c.kind == SHIP) & (c.outlet == self.franchisee))
        spent = int((plan.packs[paid] * c.pack[paid] * c.price[paid]).sum())
        self.cents = int(problem.funds[self.franchisee]) - spent
        # Pieces that earlier lines of the order itself would take.
        self.own: dict[int, int] = defaultdict(int)

    def blocking(self) -> tuple[BlockingLine, ...]:
        found = [self._of(line) for line in self.lines]
        return tuple(one for one in found if one.reasons)

    def _of(self, line: int) -> BlockingLine:
        p, c = self.problem, self.problem.claims
        wanted, pack = int(c.wanted[line]), int(c.pack[line])
        parts = [(sku, n * wanted) for sku, n in p.parts_of(int(c.item[line]))]
        pieces = sum(n for _, n in parts)
        self.cents -= wanted * int(c.price[line])
        lacking = max([0, *(n - self._left(sku, n // wanted * pack) for sku, n in parts if n)])
        reasons = {
            "PACK": wanted % pack > 0,
            "SUPPLY": lacking > 0,
            "FUNDS": self.cents < 0 and c.price[line] > 0 and wanted > 0,
            "CAPACITY": self.picks < pieces,
            "SHARE_CAP": any(self._share_left(line, sku) < n for sku, n in parts),
        }
        for sku, n in parts:
            self.own[sku] += n
        self.picks -= pieces if self.picks < UNLIMITED else 0
        return BlockingLine(
            str(claim_ids(p, np.array([line]))[0]),
            tuple(name for name, blocks in reasons.items() if blocks),
            lacking,
            max(-self.cents, 0) if reasons["FUNDS"] else 0,
        )

    def _left(self, sku: int, pack: int) -> int:
        """Pieces of a SKU that whole packs can still take."""
        return int((self.left[:, sku] // pack * pack).sum()) - self.own[sku]

    def _share_left(self, line: int, sku: int) -> int:
        p, c = self.problem, self.problem.claims
        if p.share_cap is None:
            return UNLIMITED
        mine = np.flatnonzero(
            self.counts & (c.kind < STORE) & (c.outlet == self.franchisee) & (self.plan.packs > 0)
        )
        row, of, pieces = expand(p, c.item[mine])
        of_sku = of == sku
        claims = mine[row[of_sku]]
        taken = int((pieces[of_sku] * self.plan.packs[claims] * c.pack[claims]).sum())
        return int(p.share_cap[sku]) - taken - self.own[sku]
