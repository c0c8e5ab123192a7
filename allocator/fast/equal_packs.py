"""One scarce resource, one size of pack: who gets how many, in closed form, many groups at once.

Why this is exact. Every pack takes the same from the resource, so T is the number of packs that
fit. Each claim's packs are worth less one by one, so the packs of highest worth never skip a
claim's earlier pack: taking the best n packs maximises G. Packs of equal worth at the edge may be
swapped without touching T or G; giving them to the lowest claim numbers first makes D largest.
"""

from __future__ import annotations

import numpy as np

from allocator.pack_worth import SCALE, pack_worth, packs_worth_at_least
from allocator.references import Ints

# This many packs are sorted sooner than the edge between them is found by halving.
PACKS_TO_SORT = 1 << 13


def share_out(
    start: Ints, pack_pieces: Ints, wanted_pieces: Ints, most: Ints, available: Ints
) -> Ints:
    """Packs per claim.

    Claims lie group by group, in ascending number; group i is start[i]:start[i + 1] and has packs
    for available[i], fewer than its claims could take together. All packs of a group are of one
    size.
    """
    groups = np.repeat(np.arange(len(available)), np.diff(start))
    first = start[:-1]
    most = np.minimum(most, available[groups])

    def count(worth: Ints) -> Ints:
        reached = packs_worth_at_least(pack_pieces, wanted_pieces, worth[groups])
        return np.minimum(reached, most)

    # The edge: the highest worth at which at least `available` packs are worth that or more. All
    # packs that fit are worth at least 0, none is worth more than 20000 s.
    low = np.zeros(len(available), dtype=np.int64)
    high = 2 * SCALE * pack_pieces[first] + 1
    at_low, at_high = most, np.zeros_like(most)
    # Halved until so few packs lie between that to sort them is quicker, or one worth is left.
    while int((at_low - at_high).sum()) > PACKS_TO_SORT and (high - low > 1).any():
        middle = (low + high) // 2
        in_middle = count(middle)
        enough = np.add.reduceat(in_middle, first) >= available
        low, high = np.where(enough, middle, low), np.where(enough, high, middle)
        at_low = np.where(enough[groups], in_middle, at_low)
        at_high = np.where(enough[groups], at_high, in_middle)
    if (high - low > 1).any():
        wanted = available - np.add.reduceat(at_high, first)
        low = _nth_worth(groups, first, pack_pieces, wanted_pieces, at_high, at_low, wanted)
    above = count(low + 1)
    at_edge = count(low) - above
    left = available - np.add.reduceat(above, first)
    before = np.cumsum(at_edge) - at_edge
    before -= before[first][groups]
    return np.asarray(above + np.clip(left[groups] - before, 0, at_edge), dtype=np.int64)


def _nth_worth(
    groups: Ints,
    first: Ints,
    pack_pieces: Ints,
    wanted_pieces: Ints,
    given: Ints,
    most: Ints,
    nth: Ints,
) -> Ints:
    """Of each group's packs behind those given, the worth of the nth when sorted by worth."""
    open_packs = most - given
    claim = np.repeat(np.arange(len(groups)), open_packs)
    pack = np.arange(1, len(claim) + 1) - (np.cumsum(open_packs) - open_packs - given)[claim]
    worth = pack_worth(pack_pieces[claim], wanted_pieces[claim], pack)
    # One number for both, group by group, the highest worth of each first.
    span = 2 * SCALE * int(pack_pieces.max()) + 1
    of_group = np.arange(len(nth)) * span
    # The last one is behind them all: there may be no pack.
    in_order = np.sort(np.append(of_group[groups[claim]] - worth, len(nth) * span))
    sizes = np.add.reduceat(open_packs, first)
    at = np.cumsum(sizes) - sizes + nth - 1
    # Where no pack fits, no worth is high enough.
    return np.where(nth > 0, of_group - in_order[np.maximum(at, 0)], span)
