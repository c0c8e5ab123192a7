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
from allocator.keys import Ints

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
        return np.argsort(codes * len(codes) + np.arange(len(codes)))
    return np.argsort(codes, kind="stable")


def hand_out(wishes: Wishes, claims: Ints, most: Ints, left: Ints, hard_group: HardGroup) -> Ints:
    """Packs for `claims` (ascending; `most` runs parallel), given what is left of each SKU."""
    packs = np.zeros(len(claims), dtype=np.int64)
    sku, s = wishes.sku[claims], wishes.pack_pieces[claims]
    at = np.flatnonzero((most > 0) & (s <= left[sku]))
    if not len(at):
        return packs
    at = at[order_by(sku[at], len(left))]
    left = left.copy()
    while len(at):
        at = _one_round(wishes, claims, most, left, hard_group, packs, at)
    return packs


def _one_round(
    wishes: Wishes,
    claims: Ints,
    most: Ints,
    left: Ints,
    hard_group: HardGroup,
    packs: Ints,
    at: Ints,
) -> Ints:
    """Settle each SKU up to and including its first contested level; what remains to be settled."""
    mine = claims[at]
    sku, s = wishes.sku[mine], wishes.pack_pieces[mine]
    demand = most[at] * s
    total = np.cumsum(demand)
    new_sku = np.ones(len(at), dtype=np.bool_)
    new_sku[1:] = sku[1:] != sku[:-1]
    new_group = new_sku.copy()
    new_group[1:] |= wishes.level[mine[1:]] != wishes.level[mine[:-1]]
    sku_first = np.flatnonzero(new_sku)
    before = np.repeat(total[sku_first] - demand[sku_first], np.diff([*sku_first, len(at)]))
    first = np.flatnonzero(new_group)
    end = np.append(first[1:], len(at))
    group_sku = sku[first]
    is_full = total[end - 1] - before[end - 1] <= left[group_sku]
    # Sums only grow along a SKU, so all groups after the first contested one are not full either.
    contested = ~is_full
    contested[1:] &= is_full[:-1] | (group_sku[1:] != group_sku[:-1])
    group_of = np.repeat(np.arange(len(first)), end - first)
    full = is_full[group_of]
    packs[at[full]] = most[at[full]]
    np.subtract.at(left, sku[full], demand[full])
    if contested.any():
        _settle_contested(wishes, claims, most, left, hard_group, packs, at, first, end, contested)
        taken = contested[group_of]
        np.subtract.at(left, sku[taken], packs[at[taken]] * s[taken])
        rest = ~full & ~taken
        return np.asarray(at[rest & (s <= left[sku])])
    return at[:0]


def _settle_contested(
    wishes: Wishes,
    claims: Ints,
    most: Ints,
    left: Ints,
    hard_group: HardGroup,
    packs: Ints,
    at: Ints,
    first: Ints,
    end: Ints,
    contested: Ints,
) -> None:
    s = wishes.pack_pieces[claims[at]]
    smallest, largest = np.minimum.reduceat(s, first), np.maximum.reduceat(s, first)
    one_size = contested & (smallest == largest)
    chosen = np.flatnonzero(one_size)
    if len(chosen):
        sizes = end[chosen] - first[chosen]
        start = np.concatenate([[0], np.cumsum(sizes)])
        rows = np.repeat(first[chosen] - start[:-1], sizes) + np.arange(start[-1])
        mine = claims[at[rows]]
        room = left[wishes.sku[claims[at[first[chosen]]]]] // smallest[chosen]
        packs[at[rows]] = share_out(
            start, wishes.pack_pieces[mine], wishes.wanted_pieces[mine], most[at[rows]], room
        )
    for group in np.flatnonzero(contested & ~one_size).tolist():
        rows = at[first[group] : end[group]]
        mine = claims[rows]
        there = int(left[wishes.sku[mine[0]]])
        packs[rows] = _several_sizes(wishes, mine, most[rows], there, hard_group)


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
