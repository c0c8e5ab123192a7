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
    were found without a search, and what these leave of each warehouse. order_value, order_packs,
    order_seen: only of orders with a rule of their own; nobody asks for the others'.
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
        self._has_rule = problem.ship_complete | (problem.minimum > 0)
        self.any_rule = bool(self._has_rule.any())
        # Pieces per outlet and SKU (`problem.capped`); kept only where a share cap asks for them.
        capped = 0 if problem.share_cap is None else len(problem.capped.keys)
        self.outlet_pieces = np.zeros(capped, dtype=np.int64)

    @property
    def wanted_pieces(self) -> Ints:
        return self.wanted * self.problem.claims.unit_pieces

    def decide(self, claims: Ints | slice, packs: Ints) -> None:
        """Take over what a level gave, or several levels in a row."""
        p, c = self.problem, self.problem.claims
        self.packs[claims] = packs
        units = packs * c.pack[claims]
        np.add.at(self.used, *taken(p, c.item[claims], units))
        if p.capacity is not None:
            picked = c.kind[claims] != RESERVE
            self.picked += int((packs * c.pack_pieces[claims])[picked].sum())
        if p.share_cap is not None:
            numbers = np.arange(len(c))[claims] if isinstance(claims, slice) else claims
            p.capped.add(self.outlet_pieces, numbers, packs)
        n = c.first_of(RESERVE)
        if isinstance(claims, slice):
            lines = slice(claims.start, max(min(claims.stop, n), claims.start))
            self._ship(lines, packs[: lines.stop - lines.start], units[: lines.stop - lines.start])
        elif len(ships := np.flatnonzero(claims < n)):
            self._ship(claims[ships], packs[ships], units[ships])

    def _ship(self, lines: Ints | slice, packs: Ints, units: Ints) -> None:
        """Count what lines cost, and what orders with a rule of their own got by them."""
        c = self.problem.claims
        cost = units * c.price[lines]
        np.add.at(self.spent, c.outlet[lines], cost)
        if self.any_rule:
            order = c.order[lines]
            ruled = np.flatnonzero(self._has_rule[order])
            order, can_ship = order[ruled], self.most[lines][ruled] > 0
            np.add.at(self.order_value, order, cost[ruled])
            np.add.at(self.order_packs, order, packs[ruled])
            self.order_seen[order[can_ship]] = True

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
        pack, rest, most = c.pack[first:end], self.wanted[first:end], self.most[first:end]
        units = c.pack[shipped] * self.packs[shipped]
        rest -= units
        # Few rests hold a pack, and to divide takes long.
        some = np.flatnonzero(rest >= pack)
        most[:] = 0
        most[some] = rest[some] // pack[some]
