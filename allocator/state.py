"""What has been decided so far, and what that leaves."""

from __future__ import annotations

import numpy as np

from allocator.claims import RESERVE, SHIP
from allocator.keys import Ints
from allocator.parts import expand
from allocator.problem import Problem


class State:
    """Packs given to the claims of the levels decided so far.

    packs: per claim. wanted, most: order units wished and packs possible per claim; those of
    reservations are known once shipping is decided. promised: packs that an order begun still
    needs on later lines, as the last proof of completion had them.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.packs = np.zeros(len(problem.claims), dtype=np.int64)
        self.wanted = problem.claims.wanted.copy()
        self.most = problem.most_packs.copy()
        self.promised: dict[int, int] = {}
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
        c, given = self.problem.claims, packs > 0
        could_ship = claims[(c.kind[claims] == SHIP) & (self.most[claims] > 0)]
        self.order_seen[c.order[could_ship]] = True
        claims, packs = claims[given], packs[given]
        self.packs[claims] = packs
        item = c.item[claims]
        owner, sku, pieces = expand(self.problem, item)
        np.add.at(self.used, sku, pieces * (packs * c.pack[claims])[owner])
        kind = c.kind[claims]
        self.picked += int((packs * c.pack_pieces[claims])[kind != RESERVE].sum())
        ships = kind == SHIP
        lines = claims[ships]
        cost = packs[ships] * c.pack[lines] * c.price[lines]
        np.add.at(self.spent, c.outlet[lines], cost)
        np.add.at(self.order_value, c.order[lines], cost)
        np.add.at(self.order_packs, c.order[lines], packs[ships])
        if self.problem.share_cap is not None:
            self.problem.capped.add(self.outlet_pieces, claims, packs)

    def order_decided(self, order: int) -> bool:
        """Whether a line of the order that could ship was decided: begun then, or never."""
        return bool(self.order_seen[order])

    def end_shipping(self) -> None:
        """Reservations claim what shipping left of each line."""
        shipping, reserving = self.problem.claim_of_line
        lines = np.flatnonzero(reserving >= 0)
        claims, shipped = reserving[lines], shipping[lines]
        pack = self.problem.claims.pack
        self.wanted[claims] = self.wanted[shipped] - self.packs[shipped] * pack[shipped]
        self.most[claims] = self.wanted[claims] // pack[claims]
