"""One scarce resource, one size of pack: who gets how many, in closed form, many groups at once.

Why this is exact. Every pack takes the same from the resource, so T is the number of packs that
fit. Each claim's packs are worth less one by one, so the packs of highest worth never skip a
claim's earlier pack: taking the best n packs maximises G. Packs of equal worth at the edge may be
swapped without touching T or G; giving them to the lowest claim numbers first makes D largest.
"""

from __future__ import annotations

import numpy as np

from allocator.fairness import SCALE, packs_worth_at_least
from allocator.keys import Ints


def share_out(start: Ints, pack_pieces: Ints, wanted_pieces: Ints, most: Ints, room: Ints) -> Ints:
    """Packs per claim.

    Claims lie group by group, in ascending number; group i is start[i]:start[i + 1] and has packs
    for room[i], fewer than its claims could take together. All packs of a group are of one size.
    """
    groups = np.repeat(np.arange(len(room)), np.diff(start))
    first = start[:-1]

    def count(worth: Ints) -> Ints:
        reached = packs_worth_at_least(pack_pieces, wanted_pieces, worth[groups])
        return np.minimum(reached, most)

    # The edge: the highest worth at which at least `room` packs are worth that or more. All packs
    # that fit are worth at least 0, none is worth more than 20000 s.
    low = np.zeros(len(room), dtype=np.int64)
    high = 2 * SCALE * pack_pieces[first] + 1
    while True:
        active = high - low > 1
        if not active.any():
            break
        middle = (low + high) // 2
        enough = np.add.reduceat(count(middle), first) >= room
        low = np.where(active & enough, middle, low)
        high = np.where(active & ~enough, middle, high)
    above = count(low + 1)
    at_edge = count(low) - above
    left = room - np.add.reduceat(above, first)
    before = np.cumsum(at_edge) - at_edge
    before -= before[first][groups]
    return np.asarray(above + np.clip(left[groups] - before, 0, at_edge), dtype=np.int64)
