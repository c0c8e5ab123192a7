"""Claims: everything that wants goods, in the order in which it is served.

A claim is known by its number: claims are numbered level by level, and inside a level by ascending
claim id, so that "earlier" and "first among equals" are both plain comparisons of numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.references import Ints

SHIP, RESERVE, STORE, REGION = 0, 1, 2, 3
LETTERS = ("L", "R", "S", "G")
STAGES = (1, 2, 3, 3)
NUMBER_FIELDS = ("level", "place", "item", "outlet", "order", "source")
AMOUNT_FIELDS = ("wanted", "pack", "price")


@dataclass(frozen=True)
class Claims:
    """One array per property, indexed by claim number.

    kind: SHIP (an order line against funds), RESERVE (its rest), STORE or REGION (gaps).
    outlet: row of franchisees, stores or regions. order: row of orders, -1 for gaps.
    source: row of order_lines, store_stock or region_reserves.
    wanted: order units; for RESERVE the most it can want, its true wish is what shipping left.
    pack: order units per pack; pack_pieces: pieces per pack; price: cents per order unit.
    place: position in the order of the result file (stage, claim id).

    Numbers of rows and levels are 32 bits wide, which `references.MAX_ROWS` allows: half the
    memory. Make them 64 bits wide before multiplying them. Amounts are 64 bits wide.
    """

    kind: NDArray[np.int8]
    level: Ints
    item: Ints
    outlet: Ints
    order: Ints
    source: Ints
    wanted: Ints
    pack: Ints
    unit_pieces: Ints
    pack_pieces: Ints
    price: Ints
    place: Ints

    def __len__(self) -> int:
        return len(self.kind)

    def first_of(self, kind: int) -> int:
        """The number of the first claim of a stage's kind: SHIP, RESERVE, or STORE for all gaps."""
        # Of the same width as the array: else the search would widen all of it first.
        return int(np.searchsorted(self.kind, np.int8(kind)))

    @property
    def line(self) -> Ints:
        """Row of order_lines, -1 for gaps."""
        return np.where(self.kind <= RESERVE, self.source, -1)
