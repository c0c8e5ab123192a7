"""What has been decided so far, and what that leaves."""

from __future__ import annotations

import numpy as np

from allocator.claims import RESERVE, STORE
from allocator.problem import Problem
from allocator.references import Ints
from allocator.resources import FUNDS, PICKS, SUPPLY


class State:
    """Packs given to the claims of the levels decided so far.

    packs: per claim. taken: of each kind of resource what they take, in all warehouses together;
    used, spent: of goods and of money. wanted, most: order units wished and packs possible per
    claim; those of reservations are known once shipping is decided. promised: packs that an order
    started still needs on later lines, as the last proof of completion had them. placed: packs for
    which places were found without a search, and what these leave of each warehouse. order_value,
    order_packs, order_seen: only of orders with a rule of their own; nobody asks for the others'.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.packs = np.zeros(len(problem.claims), dtype=np.int64)
        self.wanted = problem.claims.wanted.copy()
        self.most = problem.most_packs.copy()
        self.promised: dict[int, int] = {}
        self.placed: tuple[Ints, dict[tuple[int, int, int], int]] | None = None
        resources = problem.resources
        self.taken = {kind: resources.nothing(kind) for kind in resources.kinds}
        self.used, self.spent = self.taken[SUPPLY], self.taken[FUNDS]
        self.order_value = np.zeros(len(problem.minimum), dtype=np.int64)
        self.order_packs = np.zeros(len(problem.minimum), dtype=np.int64)
        self.order_seen = np.zeros(len(problem.minimum), dtype=np.bool_)
        self.any_rule = bool(problem.has_rule.any())

    @property
    def picked(self) -> int:
        """Pieces to be picked, in all warehouses together; 0 where picks are not limited."""
        return int(self.taken[PICKS][0]) if PICKS in self.taken else 0

    @property
    def wanted_pieces(self) -> Ints:
        return self.wanted * self.problem.claims.unit_pieces

    def decide(self, claims: Ints | slice, packs: Ints) -> None:
        """Take over what a level gave, or several levels in a row."""
        self.packs[claims] = packs
        for kind, taken in self.taken.items():
            self.problem.resources.count(kind, claims, packs, taken)
        if self.any_rule:
            n = self.problem.claims.first_of(RESERVE)
            if isinstance(claims, slice):
                lines = slice(claims.start, max(min(claims.stop, n), claims.start))
                self._ship(lines, packs[: lines.stop - lines.start])
            elif len(ships := np.flatnonzero(claims < n)):
                self._ship(claims[ships], packs[ships])

    def _ship(self, lines: Ints | slice, packs: Ints) -> None:
        """Count what orders with a rule of their own got by these lines."""
        c = self.problem.claims
        order, price, pack = c.order[lines], c.price[lines], c.pack[lines]
        ruled = np.flatnonzero(self.problem.has_rule[order])
        order, can_ship, packs = order[ruled], self.most[lines][ruled] > 0, packs[ruled]
        np.add.at(self.order_value, order, packs * pack[ruled] * price[ruled])
        np.add.at(self.order_packs, order, packs)
        self.order_seen[order[can_ship]] = True

    def order_decided(self, order: int) -> bool:
        """Whether a line of the order that could ship was decided: started then, or never."""
        return bool(self.order_seen[order])

    def end_shipping(self) -> None:
        """Reservations claim what shipping left of each line."""
        c = self.problem.claims
        first, end = c.first_of(RESERVE), c.first_of(STORE)
        shipped: Ints | slice = slice(0, first)
        # Mostly every line may reserve its rest, in the order in which it ships.
        if not np.array_equal(c.source[:first], c.source[first:end]):
            shipped = self.problem.claim_of_line[0][c.source[first:end]]
        pack, rest, most = c.pack[first:end], self.wanted[first:end], self.most[first:end]
        units = c.pack[shipped] * self.packs[shipped]
        rest -= units
        # Few rests hold a pack, and to divide takes long.
        some = np.flatnonzero(rest >= pack)
        most[:] = 0
        most[some] = rest[some] // pack[some]
