"""What has been decided so far, and what that leaves."""

from __future__ import annotations

import numpy as np

from allocator.claims import RESERVE, STORE
from allocator.keys import Ints
from allocator.parts import taken
from allocator.problem import Problem


class State:
    """Packs given to the claims of the levels decided so far.

    packs: per claim. wanted, most: order units wished and packs possible per claim; those of
    reservations are known once shipping is decided. promised: packs that an order begun still
    needs on later lines, as the last proof of completion had them. placed: packs for which places
    were found without a search, and what these leave of each warehouse.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.packs = np.zeros(len(problem.claims), dtype=np.int64)
        self.wanted = problem.claims.wanted.copy()
        self.most = problem.most_packs.copy()
        self.promised: dict[int, int] = {}
        self.placed: tuple[Ints, dict[tuple[str, int, int], int]] | None = None
        self.spent = np.zeros(len(problem.funds), dtype=np.int64)
        self.used = np.zeros(problem.n_skus, dtype=np.int64)
        self.picked = 0
        self.order_value = np.zeros(len(problem.minimum), dtype=np.int64)
        self.order_packs = np.zeros(len(problem.minimum), dtype=np.int64)
        self.order_seen = np.zeros(len(problem.minimum), dtype=np.bool_)
        # Pieces per outlet and SKU (`problem.capped`); kept only where a share cap asks for them.
        capped = 0 if problem.share_cap is None else len(problem.capped.keys)
        self.outlet_pieces = np.zeros(capped, dtype=np.int64)

    @property
    def wanted_pieces(self) -> Ints:
        return self.wanted * self.problem.claims.unit_pieces

    def decide(self, claims: Ints, packs: Ints) -> None:
        """Take over what a level gave."""
        p, c = self.problem, self.problem.claims
        n = c.first_of(RESERVE)
        lines = claims[claims < n]
        self.order_seen[c.order[lines[self.most[lines] > 0]]] = True
        given = np.flatnonzero(packs > 0)
        claims, packs = claims[given], packs[given]
        self.packs[claims] = packs
        units = packs * c.pack[claims]
        np.add.at(self.used, *taken(p, c.item[claims], units))
        if p.capacity is not None:
            picked = c.kind[claims] != RESERVE
            self.picked += int((packs * c.pack_pieces[claims])[picked].sum())
        ships = np.flatnonzero(claims < n)
        if len(ships):
            lines = claims[ships]
            order, cost = c.order[lines], units[ships] * c.price[lines]
            np.add.at(self.spent, c.outlet[lines], cost)
            np.add.at(self.order_value, order, cost)
            np.add.at(self.order_packs, order, packs[ships])
        if self.problem.share_cap is not None:
            self.problem.capped.add(self.outlet_pieces, claims, packs)

    def order_decided(self, order: int) -> bool:
        """Whether a line of the order that could ship was decided: begun then, or never."""
        return bool(self.order_seen[order])

    def end_shipping(self) -> None:
        """Reservations claim what shipping left of each line."""
        c = self.problem.claims
        first, end = c.first_of(RESERVE), c.first_of(STORE)
        shipped: Ints | slice = slice(0, first)
        # Mostly every line may reserve its rest, in the order in which it ships.
        if not np.array_equal(c.source[:first], c.source[first:end]):
            shipped = self.problem.claim_of_line[0][c.source[first:end]]
        self.wanted[first:end] -= self.packs[shipped] * c.pack[shipped]
        self.most[first:end] = self.wanted[first:end] // c.pack[first:end]
