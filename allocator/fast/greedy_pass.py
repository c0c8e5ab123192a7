"""Levels in whole arrays, where nothing but supply is scarce: every SKU runs out on its own.

Why this is exact. Claims that take pieces of one SKU only, and are bound by nothing else, decompose
by SKU: T, G and D of a level are sums (or orders) over SKUs that do not touch each other. Along one
SKU's levels everything is given until a level wants more than is left. That level is solved by
itself (`equal_packs` for one size of pack, `allocator.rare` for several); what is left then may
still hold smaller packs of later levels, so the walk goes on until no claim's pack fits. What a
SKU's claims may take, summed along its queue, only grows; so the first claim that does not fit is
found by a search, and its level is the contested one. A claim of that level whose pack is larger
than what is left gets nothing in any plan, and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.fast.equal_packs import share_out
from allocator.rare import HardGroup, share_one_sku
from allocator.references import Ints


@dataclass(frozen=True)
class Wishes:
    """Arrays by claim number; `level` ascends. sku: the only SKU each takes pieces of."""

    level: Ints
    sku: Ints
    pack_pieces: Ints
    wanted_pieces: Ints


def order_by(codes: Ints, n_codes: int) -> Ints:
    """A stable order by small numbers, by radix sort where they fit into 16 bits."""
    if n_codes <= 1 << 16:
        return np.argsort(codes.astype(np.uint16), kind="stable")
    if n_codes * max(len(codes), 1) < 2**62:
        return np.argsort(codes.astype(np.int64) * len(codes) + np.arange(len(codes)))
    return np.argsort(codes, kind="stable")


@dataclass(frozen=True)
class Queues:
    """Claims by SKU, by number in each: those of `sku[i]` are `at[start[i]:start[i + 1]]`.

    at: places in the claims that are handed out to. Every SKU has a claim.
    """

    at: Ints
    start: Ints
    sku: Ints


@dataclass(frozen=True)
class Shortage:
    """Per SKU: the first claim of the first level that could not be given in full, and the pieces
    that were left for it; `NO_CLAIM` where all were full."""

    first: Ints
    left: Ints


NO_CLAIM = np.iinfo(np.int64).max


def queue_up(sku: Ints, n_skus: int) -> Queues:
    """Claims, given by their SKUs, queued SKU by SKU."""
    return queues_of(order_by(sku, n_skus), np.bincount(sku, minlength=1))


def queues_of(at: Ints, sizes: Ints, sku: Ints | None = None) -> Queues:
    """Queues of these sizes, of SKU 0 and so on, or of the SKUs named; empty ones are left out."""
    there = np.flatnonzero(sizes)
    start = np.zeros(len(there) + 1, dtype=np.int64)
    np.cumsum(sizes[there], out=start[1:])
    return Queues(at, start, there if sku is None else sku[there])


def ranges(first: Ints, end: Ints) -> Ints:
    """The numbers from first[0] up to end[0], then from first[1] up to end[1], and so on."""
    sizes = end - first
    ends = np.cumsum(sizes)
    found = np.arange(ends[-1] if len(ends) else 0)
    found += np.repeat(first - ends + sizes, sizes)
    return found


def hand_out(
    wishes: Wishes,
    claims: Ints | slice,
    most: Ints,
    left: Ints,
    hard_group: HardGroup,
    queues: Queues,
    shortage: Shortage | None = None,
) -> Ints:
    """Packs for `claims` (`most` and what is queued run parallel), given what is left of each SKU.

    shortage: where to note how far the goods reach, of every SKU that is queued.
    """
    walk = _GreedyPass(wishes, claims, most, left.copy(), hard_group)
    if shortage is not None:
        shortage.first[queues.sku] = NO_CLAIM
    return walk.run(queues, shortage)


class _GreedyPass:
    """Settles queues of claims, SKU by SKU in whole arrays."""

    def __init__(
        self,
        wishes: Wishes,
        claims: Ints | slice,
        most: Ints,
        left: Ints,
        hard_group: HardGroup,
    ) -> None:
        self.claims, self.most, self.left, self.hard_group = claims, most, left, hard_group
        self.level, self.pack_pieces = wishes.level[claims], wishes.pack_pieces[claims]
        self.wishes = wishes
        # As if all were full; what is not is taken off again.
        self.packs: Ints = most.copy()

    def run(self, queues: Queues, shortage: Shortage | None) -> Ints:
        while len(queues.at):
            queues = self._one_round(queues, shortage)
            self.packs[queues.at] = self.most[queues.at]
            shortage = None
        return self.packs

    def _one_round(self, queues: Queues, shortage: Shortage | None) -> Queues:
        """Settle each SKU up to and including its first contested level; what may remain."""
        at, start, end = queues.at, queues.start[:-1], queues.start[1:]
        sums = self._sums(at)
        before = sums[start]
        # The first claim that does not fit any more; what is left may be less than nothing.
        reach = np.searchsorted(sums, before + self.left[queues.sku], side="right") - 1
        np.maximum(reach, start, out=reach)
        short = np.flatnonzero(reach < end)
        sku, reach, low, high = queues.sku[short], reach[short], start[short], end[short]
        first, behind = self._level_around(at, low, reach, high)
        full_to = end.copy()
        full_to[short] = first
        self.left[queues.sku] -= sums[full_to] - before
        if not len(short):
            return queues_of(at[:0], short, sku)
        if shortage is not None:
            shortage.first[sku] = self._numbers(at[first])
            shortage.left[sku] = self.left[sku]
        self.packs[at[ranges(first, high)]] = 0
        self._settle_contested(at, sku, first, behind)
        some = np.flatnonzero((self.left[sku] > 0) & (behind < high))
        return self._that_fit(at, sku[some], behind[some], high[some])

    def _sums(self, at: Ints) -> Ints:
        """What the claims before each one in the queues may take, all together."""
        sums = np.zeros(len(at) + 1, dtype=np.int64)
        # `clip` never clips here; it spares the buffer that the default mode fills first.
        np.take(self.most * self.pack_pieces, at, out=sums[1:], mode="clip")
        return np.cumsum(sums, out=sums)

    def _numbers(self, at: Ints) -> Ints:
        return at + self.claims.start if isinstance(self.claims, slice) else self.claims[at]

    def _level_around(self, at: Ints, low: Ints, inside: Ints, high: Ints) -> tuple[Ints, Ints]:
        """Where, from `low` to `high`, the level of the claim `inside` begins and ends."""
        level = self.level[at[inside]].astype(np.int64)
        wanted = np.concatenate([level, level + 1])
        low, high = np.concatenate([low, inside]), np.concatenate([inside, high])
        while (low < high).any():
            middle = (low + high) >> 1
            # A search that has ended stands at its end, and may stand behind the last claim.
            is_before = self.level[np.take(at, middle, mode="clip")] < wanted
            is_before &= low < high
            low = np.where(is_before, middle + 1, low)
            high = np.where(is_before, high, middle)
        return low[: len(level)], low[len(level) :]

    def _that_fit(self, at: Ints, sku: Ints, first: Ints, end: Ints) -> Queues:
        """Of each SKU, the claims from `first` up to `end` for which a pack is left."""
        of = np.repeat(np.arange(len(sku)), end - first)
        at = at[ranges(first, end)]
        fits = (self.most[at] > 0) & (self.pack_pieces[at] <= self.left[sku][of])
        return queues_of(at[fits], np.bincount(of[fits], minlength=len(sku)), sku)

    def _settle_contested(self, at: Ints, sku: Ints, first: Ints, end: Ints) -> None:
        """Share out what is left of each SKU at the level where it runs short."""
        groups = self._that_fit(at, sku, first, end)
        if not len(groups.at):
            return
        start, sizes = groups.start[:-1], np.diff(groups.start)
        s, most = self.pack_pieces[groups.at], self.most[groups.at]
        packs: Ints = most.copy()
        smallest, largest = (ufunc.reduceat(s, start) for ufunc in (np.minimum, np.maximum))
        available = self.left[groups.sku]
        # Without the packs that are too large it may be enough after all.
        is_short = np.add.reduceat(most * s, start) > available
        one_size = is_short & (smallest == largest)
        if one_size.any():
            mine = np.repeat(one_size, sizes)
            packs[mine] = share_out(
                np.concatenate([[0], np.cumsum(sizes[one_size])]),
                s[mine],
                self.wishes.wanted_pieces[self._numbers(groups.at[mine])],
                most[mine],
                available[one_size] // smallest[one_size],
            )
        for group in np.flatnonzero(is_short & ~one_size).tolist():
            here = slice(int(groups.start[group]), int(groups.start[group + 1]))
            claims, there = self._numbers(groups.at[here]), int(available[group])
            q = self.wishes.wanted_pieces[claims]
            found = share_one_sku(s[here], q, most[here], there)
            packs[here] = self.hard_group(claims, there) if found is None else found
        self.packs[groups.at] = packs
        self.left[groups.sku] -= np.add.reduceat(packs * s, start)
