"""One SKU, packs of several sizes: each way to share it out, the quickest first.

Standard problem: bounded knapsack (Kellerer, Pferschy and Pisinger 2004, chapter 7), each pack
worth its pieces (subset sum), with worths that fall pack by pack among equals.
"""

from __future__ import annotations

import numpy as np

from allocator.pack_worth import SCALE, pack_worth
from allocator.rare.mixed_packs import share_mixed
from allocator.rare.single_resource_dp import PackRow, choose
from allocator.references import Ints

# Below this many packs, plain Python is quicker than an array.
FEW_PACKS = 64
# Up to FEW_PACKS labels come first; up to this many, they come at all.
MOST_PACKS_FOR_LABELS = 4096


def share_one_sku(s: Ints, q: Ints, most: Ints, available: int) -> Ints | None:
    """Packs per claim with the best T, then G, then D; None where that takes a program.

    s: pieces of a pack. q: pieces wished. Claims ascend by number.
    """
    # Labels are quickest for few packs, and need no common measure for sizes that lie far apart.
    fits = np.minimum(most, available // s)
    there = int(fits.sum())
    found = _by_labels(s, q, fits, available) if there <= FEW_PACKS else None
    if found is None:
        found = share_mixed(s, q, most, available)
    if found is None and FEW_PACKS < there <= MOST_PACKS_FOR_LABELS:
        found = _by_labels(s, q, fits, available)
    return found


def _by_labels(s: Ints, q: Ints, most: Ints, available: int) -> Ints | None:
    rows = [
        PackRow(i, size, size, worths(size, wanted, packs))
        for i, (size, wanted, packs) in enumerate(
            zip(s.tolist(), q.tolist(), most.tolist(), strict=True)
        )
        if packs
    ]
    found = choose(rows, available)
    if found is None:
        return None
    return np.array([found.get(i, 0) for i in range(len(s))], dtype=np.int64)


def worths(pack_pieces: int, wanted_pieces: int, packs: int) -> list[int]:
    """What each of a claim's packs is worth, the first first."""
    s, q = pack_pieces, wanted_pieces
    if packs <= FEW_PACKS:
        return [SCALE * s * (2 * q - (2 * nth - 1) * s) // q for nth in range(1, packs + 1)]
    every = np.arange(1, packs + 1, dtype=np.int64)
    sizes, wishes = np.full_like(every, s), np.full_like(every, q)
    return [int(w) for w in pack_worth(sizes, wishes, every)]
