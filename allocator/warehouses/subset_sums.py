"""Which picks per warehouse the claims of one SKU can make, with how few splits.

Standard problem: subset sum, for several warehouses at once. Method: dynamic programming, sums as
the bits of one number (Kellerer, Pferschy and Pisinger 2004, chapter 4).

A claim that is served whole adds its pieces to one warehouse; this many warehouses, this many
shifts of a set of sums. The set is the bits of one large number, a coordinate per warehouse but the
last, whose share is what remains. A claim split over t warehouses costs t - 1 splits and adds every
way to share its packs among them. `within[s]` is what at most s splits reach, claim by claim, so
one reached sum is taken apart again from the last claim to the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from allocator.references import Ints, Mask

# Packs of each claim, and the pieces of one of its packs.
Sizes = list[tuple[int, int]]


class Sums:
    """Sums per warehouse that claims can be shared out to, none above its bound.

    The last warehouse has no coordinate, and no bound here.
    """

    def __init__(self, sizes: Sizes, bounds: list[int]) -> None:
        self.sizes, self.bounds = sizes, bounds
        self.total = sum(packs * size for packs, size in sizes)
        most = max((packs * size for packs, size in sizes), default=0)
        # Behind every coordinate lies space for one claim more, so that no sum runs into the next.
        self.shape = [b + 1 + min(b, most) for b in bounds[:-1]]
        behind = [int(np.prod(self.shape[w + 1 :])) for w in range(len(self.shape))]
        self.strides = [*behind, 0]
        self.within: list[list[int]] = []

    @staticmethod
    def cells(sizes: Sizes, bounds: list[int]) -> int:
        most = max((packs * size for packs, size in sizes), default=0)
        n = 1
        for b in bounds[:-1]:
            n *= b + 1 + min(b, most)
        return n

    @cached_property
    def _mask(self) -> int:
        inside = np.zeros(self.shape, dtype=np.bool_)
        inside[tuple(slice(b + 1) for b in self.bounds[:-1])] = True
        return int.from_bytes(np.packbits(inside.ravel(), bitorder="little").tobytes(), "little")

    def reached(self, splits: int) -> int:
        """The bits of what at most this many splits reach."""
        while len(self.within) <= splits:
            self._add_layer()
        return self.within[splits][-1]

    def _add_layer(self) -> None:
        s = len(self.within)
        row = [1]
        for i, (packs, size) in enumerate(self.sizes):
            bits = 0
            for w, b in enumerate(self.bounds):
                if packs * size <= b:
                    bits |= row[i] << packs * size * self.strides[w]
            for extra in range(1, min(s, packs - 1, len(self.bounds) - 1) + 1):
                before = self.within[s - extra][i]
                for chosen in combinations(range(len(self.bounds)), extra + 1):
                    bits |= self._shared(before, packs, size, chosen)
            row.append(bits & self._mask)
        self.within.append(row)

    def _shared(self, before: int, packs: int, size: int, among: tuple[int, ...]) -> int:
        """Every way to share out a claim among these warehouses (or fewer of them)."""
        first, *rest = among
        bits, stride = 0, size * self.strides[first]
        if len(rest) > 1:
            for here in range(min(packs, self.bounds[first] // size) + 1):
                bits |= self._shared(before << here * stride, packs - here, size, tuple(rest))
            return bits
        # From as many as the second may have to as many as the first may: every step is one shift.
        low = max(packs - self.bounds[rest[0]] // size, 0)
        high = min(packs, self.bounds[first] // size)
        if low > high:
            return 0
        step = stride - size * self.strides[rest[0]]
        bits = before << low * stride + (packs - low) * size * self.strides[rest[0]]
        done, wanted = 1, high - low + 1
        while done < wanted:
            more = min(done, wanted - done)
            bits |= bits << more * step
            done += more
        return bits

    @cached_property
    def _reached_at_last(self) -> int:
        bits = 1
        for packs, size in self.sizes:
            bits = self._shared(bits, packs, size, tuple(range(len(self.bounds)))) & self._mask
        return bits

    def grid(self, splits: int | None) -> Mask:
        """The same as an array, a dimension per warehouse but the last. None: with any splits."""
        bits = self._reached_at_last if splits is None else self.reached(splits)
        cells = int(np.prod(self.shape))
        flat = np.frombuffer(bits.to_bytes(cells // 8 + 1, "little"), dtype=np.uint8)
        full = np.unpackbits(flat, count=cells, bitorder="little").reshape(self.shape)
        return full[tuple(slice(b + 1) for b in self.bounds[:-1])].astype(np.bool_)

    def taken_apart(self, sums: list[int], splits: int) -> list[list[int]]:
        """Packs per claim and warehouse that make these sums with at most this many splits."""
        at = sum(n * stride for n, stride in zip(sums, self.strides, strict=True))
        left, found = list(sums), []
        for i in reversed(range(len(self.sizes))):
            packs, size = self.sizes[i]
            for shares in self._ways(packs, splits):
                cost = sum(n > 0 for n in shares) - 1
                rest = [a - n * size for a, n in zip(left, shares, strict=True)]
                if min(rest) < 0:
                    continue
                into = at - sum(n * size * t for n, t in zip(shares, self.strides, strict=True))
                if self.within[splits - cost][i] >> into & 1:
                    break
            else:
                raise AssertionError("a sum that was reached has a way")
            found.append(list(shares))
            at, left, splits = into, rest, splits - cost
        return found[::-1]

    def _ways(self, packs: int, splits: int) -> Iterator[tuple[int, ...]]:
        """How a claim may be shared out: the fewest splits first, the first warehouse first."""
        n = len(self.bounds)
        for extra in range(min(splits, packs - 1, n - 1) + 1):
            for chosen in combinations(range(n), extra + 1):
                for cuts in combinations(range(packs - 1, 0, -1), extra):
                    edges = [packs, *cuts, 0]
                    shares = [0] * n
                    for w, a, b in zip(chosen, edges, edges[1:], strict=False):
                        shares[w] = a - b
                    yield tuple(shares)


@dataclass
class Claimed:
    """The claims of one SKU that may move: what is picked of them per warehouse, and how.

    stock: what they may take of each warehouse, in the same pieces as the sizes.
    """

    picked: Sizes
    kept: Sizes
    stock: list[int]

    def __post_init__(self) -> None:
        bound = sum(packs * size for packs, size in self.picked)
        self.picks = Sums(self.picked, [min(s, bound) for s in self.stock])
        bound = sum(packs * size for packs, size in self.kept)
        self.keeps = Sums(self.kept, [min(s, bound) for s in self.stock])
        self._grids: dict[int, Mask] = {}
        self._fits: dict[int | None, Mask] = {}

    def _room_for_kept(self, splits: int | None) -> Mask:
        """Per sums of picks, whether what is not picked finds space beside them."""
        if splits in self._fits:
            return self._fits[splits]
        keeps, picks = self.keeps, self.picks
        grid = keeps.grid(splits)
        place = np.indices(grid.shape).sum(axis=0) if grid.ndim else np.zeros((), np.int64)
        most = np.where(grid, place, -1)
        for axis in range(most.ndim):
            most = np.maximum.accumulate(most, axis=axis)
        # With picks x `stock - x` is left; the last warehouse takes what the others do not.
        shape = [b + 1 for b in picks.bounds[:-1]]
        index = [
            np.minimum(s - np.arange(n), b)
            for s, n, b in zip(self.stock[:-1], shape, keeps.bounds[:-1], strict=True)
        ]
        others = most[np.ix_(*index)]
        x = np.indices(shape).sum(axis=0)
        last = picks.total - x
        fits: Mask = (last >= 0) & (last <= self.stock[-1]) & (others >= 0)
        fits &= keeps.total - others <= self.stock[-1] - last
        self._fits[splits] = fits
        return fits

    def grid(self, splits: int) -> Mask:
        """Which sums of picks at most this many splits make."""
        if splits not in self._grids:
            found = self.picks.grid(splits) & self._room_for_kept(0)
            for of_kept in range(1, splits + 1) if self.kept else ():
                found = found | (self.picks.grid(splits - of_kept) & self._room_for_kept(of_kept))
            self._grids[splits] = found
        return self._grids[splits]

    @cached_property
    def at_last(self) -> Mask:
        """Which sums of picks any number of splits makes."""
        loose = Claimed(_by_size(self.picked), _by_size(self.kept), self.stock)
        picks, available = loose.picks.grid(None), loose._room_for_kept(None)
        return np.logical_and(picks, available, dtype=np.bool_)

    def points(self, splits: int) -> Ints:
        """The same as rows: pieces picked per warehouse."""
        return self.rows_of(self.grid(splits))

    def rows_of(self, grid: Mask) -> Ints:
        """Each sum of picks that is set, as a row with all warehouses."""
        found = np.argwhere(grid)
        return np.column_stack([found, self.picks.total - found.sum(axis=1)]).astype(np.int64)

    def shares(self, picks: list[int], splits: int) -> tuple[list[list[int]], list[list[int]]]:
        """Packs per claim and warehouse, picked and kept, that make these picks."""
        at = tuple(picks[:-1])
        for of_kept in range(splits + 1):
            if self._room_for_kept(of_kept)[at] and self.picks.grid(splits - of_kept)[at]:
                break
        else:
            raise AssertionError("picks that were reached have a way")
        picked = self.picks.taken_apart(picks, splits - of_kept)
        available = [s - x for s, x in zip(self.stock, picks, strict=True)]
        sums = np.argwhere(self.keeps.grid(of_kept))
        last = self.keeps.total - sums.sum(axis=1)
        fits = (sums <= np.array(available[:-1], dtype=np.int64)).all(axis=1)
        fits &= (last <= available[-1]) & (last >= 0)
        first = int(np.flatnonzero(fits)[0])
        into = [*sums[first].tolist(), int(last[first])]
        return picked, self.keeps.taken_apart(into, of_kept)


def _by_size(sizes: Sizes) -> Sizes:
    """All packs of one size as one claim."""
    packs: dict[int, int] = {}
    for n, size in sizes:
        packs[size] = packs.get(size, 0) + n
    return [(n, size) for size, n in sorted(packs.items())]
