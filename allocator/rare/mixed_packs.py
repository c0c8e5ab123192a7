"""One SKU, packs of several sizes: who gets how many, however many packs there are.

Standard problem: bounded knapsack in one row. Method: dynamic programming over sums that stay near
a greedy base, by proximity (Steinitz 1913; Eisenbrand and Weismantel 2018).

Why this is exact. Put all packs into one order: by worth per piece, falling; among equals by claim
number, then by number of the pack. Fill what is available along it, up to the first pack that does
not fit: the *base*. `slack` pieces stay free, fewer than that pack has. All sizes are divided by
their greatest common divisor; d is the largest of them.

The best plan differs from the base by at most 2d - 1 packs (Eisenbrand and Weismantel 2018, for one
row). Say it has packs A more than the base and packs B fewer; no claim has both. Walk from the base
to it: while the sum so far is 0 or less add one of A, else take away one of B. The best plan holds
no fewer pieces than the base and no more than slack < d on top, so no sum leaves 1 - d .. d. Were a
sum to return, the steps between would add some A' and take away some B' of as many pieces. Undo
them: T stays. Every pack of the base is worth at least as much per piece as the pack that did not
fit, every other at most as much, so G does not fall. If G stays, all of A' and B' are worth the
same per piece, so B' are packs of claims up to the one that did not fit, and A' of claims from it
on: D rises. Hence a plan whose walk returns is not the best; the sums are all different, and there
are 2d numbers from 1 - d to d. It follows that A and B hold at most d x d pieces each.

So a plan is a number per size: how many packs more or fewer than the base. Within a size the best n
packs are the first n of the order. Numbers are found size by size; for each sum of pieces the best
choice so far is kept, by G, then by D. D of two choices is decided by the first claim whose packs
differ. What completes them is the same for both and belongs to other claims, so it changes neither
comparison.

Few numbers are looked at first. A pack of A loses something against the worth per piece of the
pack that did not fit, and so does a pack of B. A plan found that leaves no piece free says how much
the best can lose in all, and with that how far each number can be from the base.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from allocator.rare.greedy_base import (
    NEVER,
    SizeWindow,
    give_numbers,
    look_from_base,
)
from allocator.references import Ints, Mask

# More steps than this are left to the caller's other ways. A step is one sum with one number of one
# size, and a choice's numbers to look at should it tie: 2 to 30 ns.
MOST_STEPS = 200_000_000
MOST_IN_SIGHT = 20_000
FIRST_SIGHT = 2
# No choice leads to this sum; no claim comes so late.
NONE = -(2**62)


def share_mixed(pack_pieces: Ints, wanted_pieces: Ints, most: Ints, available: int) -> Ints | None:
    """Packs per claim with the best T, then G, then D; None when sizes are too large and many.

    Claims ascend by number. available: pieces there are.
    """
    most = np.minimum(most, available // pack_pieces)
    if int((most * pack_pieces).sum()) <= available:
        return most
    there = np.flatnonzero(most)
    chosen = _share(pack_pieces[there], wanted_pieces[there], most[there], available)
    if chosen is None:
        return None
    packs = np.zeros(len(most), dtype=np.int64)
    packs[there] = chosen
    return packs


def _share(s: Ints, q: Ints, most: Ints, available: int) -> Ints | None:
    base, edge, kinds = look_from_base(s, q, most, available)
    slack = edge.slack
    widest = max(kind.pieces for kind in kinds)
    limit = 2 * widest - 1
    sight = FIRST_SIGHT
    while True:
        seen = min(sight, limit)
        windows = [kind.window(kind.fewer.look(seen), kind.more.look(seen)) for kind in kinds]
        best = _best_numbers(windows, slack, widest)
        if best is None:
            return None
        if best.taken == slack:
            loss = edge.worth * slack * edge.unit - edge.pieces * best.gain
            most_packs = min(limit, MOST_IN_SIGHT + 1)
            needed = [
                (k.fewer.within(loss, most_packs), k.more.within(loss, most_packs)) for k in kinds
            ]
            if all(n <= sight for both in needed for n in both):
                break
            if max(max(both) for both in needed) > MOST_IN_SIGHT:
                return None
            best = _best_numbers(
                [k.window(*n) for k, n in zip(kinds, needed, strict=True)], slack, widest
            )
            if best is None:
                return None
            break
        if all(kind.is_seen(seen) for kind in kinds) or seen == limit:
            break
        sight *= 2
        if sight > MOST_IN_SIGHT:
            return None
    give_numbers(base, kinds, best.numbers)
    return base


@dataclass(frozen=True)
class _Choice:
    taken: int
    gain: int
    numbers: list[int]


@dataclass(frozen=True)
class _Choices:
    """The best choice for each sum of pieces from `low` on: what it gains, its number per size."""

    low: int
    gain: Ints
    numbers: Ints


def _best_numbers(windows: Sequence[SizeWindow], slack: int, widest: int) -> _Choice | None:
    """The best of all combinations of numbers; None when there are too many steps.

    The smallest windows come first, so that sums stay few; the last only has to meet 0 .. slack.
    """
    order = sorted(range(len(windows)), key=lambda i: windows[i].pieces * len(windows[i].gain))
    ordered = [windows[i] for i in order]
    ranges = _ranges(ordered, slack, widest)
    steps, sums = 0, 1
    for at, (window, (low, end)) in enumerate(zip(ordered, ranges, strict=True)):
        steps += min(sums, end - low) * len(window.gain) * (at + 1)
        sums = end - low
    if steps > MOST_STEPS:
        return None
    start = np.zeros((1, 0), dtype=np.int64)
    choices = _Choices(0, np.zeros(1, dtype=np.int64), start)
    for at, (low, end) in enumerate(ranges):
        choices = _grow(choices, ordered[: at + 1], low, end)
    best = int(np.flatnonzero(choices.gain != NONE)[-1])
    numbers = [0] * len(windows)
    for i, number in zip(order, choices.numbers[best].tolist(), strict=True):
        numbers[i] = number
    return _Choice(choices.low + best, int(choices.gain[best]), numbers)


def _ranges(windows: Sequence[SizeWindow], slack: int, widest: int) -> list[tuple[int, int]]:
    """After each window, the sums (from, to before) that can come about and still end well."""
    more = list(accumulate((w.pieces * w.more for w in windows), initial=0))
    fewer = list(accumulate((w.pieces * w.fewer for w in windows), initial=0))
    high = min(widest**2, more[-1], fewer[-1] + slack)
    low = min(widest**2, fewer[-1], more[-1])
    return [
        (
            -min(low, fewer[at], more[-1] - more[at]),
            min(high, more[at], slack + fewer[-1] - fewer[at]) + 1,
        )
        for at in range(1, len(windows) + 1)
    ]


def _grow(old: _Choices, windows: Sequence[SizeWindow], low: int, end: int) -> _Choices:
    """Every choice with every number of the last window; the best for each sum."""
    window = windows[-1]
    gain = np.full(end - low, NONE, dtype=np.int64)
    number = np.zeros(end - low, dtype=np.int64)

    def whole(sums: Ints, last: Ints) -> Ints:
        return np.column_stack([old.numbers[sums - last * window.pieces - old.low], last])

    for n, added in enumerate(window.gain, start=-window.fewer):
        lands = old.low + n * window.pieces
        first, behind = max(low, lands), min(end, lands + len(old.gain))
        if first >= behind:
            continue
        tried = old.gain[first - lands : behind - lands]
        tried = np.where(tried == NONE, NONE, tried + added)
        here = slice(first - low, behind - low)
        better = tried > gain[here]
        tied = np.flatnonzero((tried == gain[here]) & (tried != NONE))
        if len(tied):
            sums = first + tied
            mine = whole(sums, np.full_like(tied, n))
            better[tied] = _serves_earlier(windows, mine, whole(sums, number[here][tied]))
        gain[here][better] = tried[better]
        number[here][better] = n
    numbers = np.zeros((len(gain), len(windows)), dtype=np.int64)
    reached = np.flatnonzero(gain != NONE)
    numbers[reached] = whole(low + reached, number[reached])
    return _Choices(low, gain, numbers)


def _serves_earlier(windows: Sequence[SizeWindow], mine: Ints, theirs: Ints) -> Mask:
    """Whether a choice gives more packs to the first claim that two choices serve differently."""
    first = np.full(len(mine), NEVER, dtype=np.int64)
    wins = np.zeros(len(mine), dtype=np.bool_)
    for at, window in enumerate(windows):
        one, other = mine[:, at], theirs[:, at]
        owner = window.first_owner(one, other)
        wins = np.where(owner < first, one > other, wins)
        first = np.minimum(first, owner)
    return wins
