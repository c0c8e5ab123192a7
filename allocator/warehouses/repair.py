"""Many groups changed together, each a little, so that picks end within their limits.

Standard problem: a neighbourhood of exponential size, searched by dynamic programming (Ahuja,
Ergun, Orlin and Punnen 2002).

The set of totals that changes of the groups looked at so far can reach is the bits of one number:
a window around the totals now, a coordinate per warehouse but one (what is picked in all does not
change). There is one such set per number of splits gained or lost on the way. A group shifts the
sets by each of its ways; the search ends with the first group that reaches a total within the
limits, with as many splits as are allowed. What leaves the window is dropped: what is found is
right, what is not found may exist.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.references import Ints

# Splits more or less than in the end, on the way there.
MOST_ASTRAY = 6


@dataclass(frozen=True)
class Options:
    """Other ways to serve a group: pieces and splits more than now; a row per way."""

    picks: Ints
    splits: Ints


def joint_change(
    options: list[Options], total: Ints, capacity: Ints, spare: int, radius: int
) -> dict[int, int] | None:
    """The row of each group that changes, so that the totals are within the capacities.

    spare: by how many splits the groups may have more than now in the end; may be negative.
    """
    # The last warehouse, or one that can pick more than all, needs no coordinate.
    n = len(total)
    dropped = max(range(n), key=lambda w: (capacity[w] - total[w], w))
    kept = [w for w in range(n) if w != dropped]
    window = _TotalsWindow(radius, len(kept))
    other, may_other = int(total[dropped]), int(capacity[dropped])
    goal = window.bits_where(total[kept], capacity[kept], other, may_other)
    near = []
    for k, one in enumerate(options):
        is_near = (np.abs(one.picks[:, kept]) <= 2 * radius).all(axis=1)
        rows = np.flatnonzero(is_near & (np.abs(one.splits) <= MOST_ASTRAY))
        near.append((len(rows), k, rows))
    low, high = min(spare, 0) - MOST_ASTRAY, max(spare, 0) + MOST_ASTRAY
    reached = {0: window.origin}
    steps: list[tuple[int, dict[int, int]]] = []
    # Those with many ways first: they are likeliest to end it.
    for _, k, rows in sorted(near, key=lambda one: (-one[0], one[1])):
        one = options[k]
        picks, splits = one.picks[rows][:, kept].tolist(), one.splits[rows].tolist()
        steps.append((k, reached))
        after = dict(reached)
        for change, more in zip(picks, splits, strict=True):
            shift = window.shift(change)
            for e, bits in reached.items():
                if low <= e + more <= high:
                    moved = bits << shift if shift >= 0 else bits >> -shift
                    after[e + more] = after.get(e + more, 0) | moved
        reached = {e: inside for e, bits in after.items() if (inside := bits & window.inside)}
        for e in sorted(reached):
            if e <= spare and reached[e] & goal:
                at = reached[e] & goal
                return _taken_back(options, kept, window, steps, e, (at & -at).bit_length() - 1)
    return None


def _taken_back(
    options: list[Options],
    kept: list[int],
    window: _TotalsWindow,
    steps: list[tuple[int, dict[int, int]]],
    e: int,
    at: int,
) -> dict[int, int]:
    """Which rows lead to a total, from the last group to the first."""
    found: dict[int, int] = {}
    for k, before in reversed(steps):
        if before.get(e, 0) >> at & 1:
            continue
        one = options[k]
        for row, (more, picks) in enumerate(
            zip(one.splits.tolist(), one.picks[:, kept].tolist(), strict=True)
        ):
            was = at - window.shift(picks)
            is_near = max(map(abs, picks)) <= 2 * window.radius
            if is_near and was >= 0 and before.get(e - more, 0) >> was & 1:
                found[k], e, at = row, e - more, was
                break
        else:
            raise AssertionError("a total that was reached has a way")
    return found


class _TotalsWindow:
    """Totals up to `radius` from now, in every coordinate."""

    def __init__(self, radius: int, n_coordinates: int) -> None:
        self.radius = radius
        # So wide that a shift of twice the radius does not run into the next row.
        self.width = 4 * radius + 1
        self.n = n_coordinates
        self.strides = [self.width**i for i in reversed(range(n_coordinates))]
        self.origin = 1 << sum(radius * s for s in self.strides)
        everywhere = np.zeros([self.width] * n_coordinates, dtype=np.bool_)
        everywhere[(slice(2 * radius + 1),) * n_coordinates] = True
        self.inside = _as_bits(everywhere)

    def shift(self, picks: list[int]) -> int:
        return sum(d * s for d, s in zip(picks, self.strides, strict=True))

    def bits_where(self, total: Ints, capacity: Ints, other: int, may_other: int) -> int:
        """The totals that are within the capacities."""
        change = np.indices((2 * self.radius + 1,) * self.n) - self.radius
        good = other - change.sum(axis=0) <= may_other
        for d, now, may in zip(change, total.tolist(), capacity.tolist(), strict=True):
            good &= d <= may - now
        found = np.zeros([self.width] * self.n, dtype=np.bool_)
        found[(slice(2 * self.radius + 1),) * self.n] = good
        return _as_bits(found)


def _as_bits(cells: np.ndarray) -> int:
    return int.from_bytes(np.packbits(cells.ravel(), bitorder="little").tobytes(), "little")
