"""Levels in whole arrays, where nothing but supply is scarce: every SKU runs out on its own.

Why this is exact. Claims that take pieces of one SKU only, and are bound by nothing else, decompose
by SKU: T, G and D of a level are sums (or orders) over SKUs that do not touch each other. Along one
SKU's levels everything is given until a level wants more than is left. That level is solved by
itself (`shares` for one size of pack, `mixed_packs` for several); what is left then may still hold
smaller packs of later levels, so the walk goes on until no claim's pack fits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from allocator.fairness import SCALE, pack_worth
from allocator.fast.classes import PackRow, choose
from allocator.fast.mixed_packs import share_mixed
from allocator.fast.shares import share_out
from allocator.keys import ROW, Ints, Mask

# Below so many packs, plain Python is quicker than an array.
FEW_PACKS = 64
# Solves one contested group by the program: (claims, room) -> packs.
HardGroup = Callable[[Ints, int], Ints]
# Packs of several sizes: up to so many, labels come first; up to so many, they come at all.
FEW_PACKS = 64
MOST_PACKS_FOR_LABELS = 4096


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
class _Queue:
    """Claims still to be settled, SKU by SKU, by number in each. at: their places in the answer."""

    at: Ints
    level: Ints
    sku: Ints
    pack_pieces: Ints
    most: Ints

    def only(self, rows: Ints | Mask | slice) -> _Queue:
        """Some of them, in the same order."""
        return _Queue(
            self.at[rows],
            self.level[rows],
            self.sku[rows],
            self.pack_pieces[rows],
            self.most[rows],
        )


def hand_out(wishes: Wishes, claims: Ints, most: Ints, left: Ints, hard_group: HardGroup) -> Ints:
    """Packs for `claims` (ascending; `most` runs parallel), given what is left of each SKU."""
    packs = np.zeros(len(claims), dtype=np.int64)
    queue = _queue(wishes, claims, most, left)
    left = left.copy()
    while len(queue.at):
        queue = _one_round(wishes, claims, left, hard_group, packs, queue)
    return packs


def _queue(wishes: Wishes, claims: Ints, most: Ints, left: Ints) -> _Queue:
    """The claims for which a pack is left, in the order in which they are settled."""
    sku, s = wishes.sku[claims], wishes.pack_pieces[claims]
    at = np.flatnonzero((most > 0) & (s <= left[sku]))
    at = at[order_by(sku[at], len(left))]
    return _Queue(at.astype(ROW), wishes.level[claims[at]], sku[at], s[at], most[at])


def _one_round(
    wishes: Wishes, claims: Ints, left: Ints, hard_group: HardGroup, packs: Ints, queue: _Queue
) -> _Queue:
    """Settle each SKU up to and including its first contested level; what remains to be settled."""
    sku, n = queue.sku, len(queue.at)
    # What follows is counted per group, the claims of one SKU at one level: there are far fewer.
    new_group = np.ones(n, dtype=np.bool_)
    np.not_equal(sku[1:], sku[:-1], out=new_group[1:])
    new_group[1:] |= queue.level[1:] != queue.level[:-1]
    first = np.flatnonzero(new_group)
    sizes = np.diff(first, append=n)
    demand = np.add.reduceat(queue.most * queue.pack_pieces, first)
    total, group_sku = np.cumsum(demand), sku[first]
    sku_first = np.flatnonzero(np.diff(group_sku, prepend=-1))
    before = (total - demand)[sku_first]
    used = total - np.repeat(before, np.diff(sku_first, append=len(first)))
    is_full = used <= left[group_sku]
    # Sums only grow along a SKU, so all groups after the first contested one are not full either.
    contested = ~is_full
    contested[1:] &= is_full[:-1] | (group_sku[1:] != group_sku[:-1])
    np.subtract.at(left, group_sku[is_full], demand[is_full])
    if not contested.any():
        packs[queue.at] = queue.most
        return queue.only(slice(0))
    full = np.repeat(is_full, sizes)
    packs[queue.at[full]] = queue.most[full]
    rows = queue.only(np.repeat(contested, sizes))
    start = np.concatenate([[0], np.cumsum(sizes[contested])])
    _settle_contested(wishes, claims, left, hard_group, packs, rows, start)
    taken = np.add.reduceat(packs[rows.at] * rows.pack_pieces, start[:-1])
    # One group of each SKU at most is contested.
    left[group_sku[contested]] -= taken
    rest = np.flatnonzero(np.repeat(~is_full & ~contested, sizes))
    return queue.only(rest[queue.pack_pieces[rest] <= left[sku[rest]]])


def _settle_contested(
    wishes: Wishes,
    claims: Ints,
    left: Ints,
    hard_group: HardGroup,
    packs: Ints,
    rows: _Queue,
    start: Ints,
) -> None:
    """Share out the groups of claims that begin at `start`, each of one SKU."""
    s, sizes = rows.pack_pieces, np.diff(start)
    smallest, largest = (ufunc.reduceat(s, start[:-1]) for ufunc in (np.minimum, np.maximum))
    one_size = smallest == largest
    there = left[rows.sku[start[:-1]]]
    if one_size.any():
        mine = rows.only(np.repeat(one_size, sizes))
        packs[mine.at] = share_out(
            np.concatenate([[0], np.cumsum(sizes[one_size])]),
            mine.pack_pieces,
            wishes.wanted_pieces[claims[mine.at]],
            mine.most,
            there[one_size] // smallest[one_size],
        )
    for group in np.flatnonzero(~one_size).tolist():
        here = slice(int(start[group]), int(start[group + 1]))
        at = rows.at[here]
        packs[at] = _several_sizes(
            wishes, claims[at], rows.most[here], int(there[group]), hard_group
        )


def _several_sizes(
    wishes: Wishes, claims: Ints, most: Ints, room: int, hard_group: HardGroup
) -> Ints:
    s, q = wishes.pack_pieces[claims], wishes.wanted_pieces[claims]
    # Labels are quickest for few packs, and need no common measure for sizes that lie far apart.
    fits = np.minimum(most, room // s)
    there = int(fits.sum())
    found = _by_labels(s, q, fits, room) if there <= FEW_PACKS else None
    if found is None:
        found = share_mixed(s, q, most, room)
    if found is None and FEW_PACKS < there <= MOST_PACKS_FOR_LABELS:
        found = _by_labels(s, q, fits, room)
    return hard_group(claims, room) if found is None else found


def _by_labels(s: Ints, q: Ints, most: Ints, room: int) -> Ints | None:
    rows = [
        PackRow(i, size, size, worths(size, wanted, packs))
        for i, (size, wanted, packs) in enumerate(
            zip(s.tolist(), q.tolist(), most.tolist(), strict=True)
        )
        if packs
    ]
    found = choose(rows, room)
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
