"""Two lists of sums that meet in the middle, each walked claim by claim within a budget of loss.

Standard problem: subset sum. Method: two lists (Horowitz and Sahni 1974); `odd_packs` says why what
they find is the best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from allocator.references import ROW, Ints

# A pack that loses this part of the budget is as good as free; a walk passes this many, or half.
FREE = 64
FREE_PASSED = 12


@dataclass(frozen=True)
class ClaimWindow:
    """The numbers -fewer .. more of packs that a claim may get beside the base; `loss` of each."""

    claim: int
    pieces: int
    fewer: int
    more: int
    loss: Sequence[int]


@dataclass(frozen=True)
class _Sums:
    """Sums of pieces, ascending, that some claims can make: the least loss of each, the number of
    the claim that came last, and the place in D among these sums (the more the better)."""

    pieces: Ints
    loss: Ints
    number: Ints
    place: Ints

    @staticmethod
    def nothing() -> _Sums:
        zero = np.zeros(1, dtype=np.int64)
        return _Sums(zero, zero, zero, zero)

    def and_then(
        self, window: ClaimWindow, budget: int, bounds: tuple[int, int], *, comes_first: bool
    ) -> _Sums:
        """With every number of one claim more, within a budget, the sums within `bounds`;
        `comes_first`: the claim in D, or it comes last."""
        numbers = np.arange(-window.fewer, window.more + 1)
        each = [self._with(window, number, budget, bounds) for number in numbers.tolist()]
        owner = np.repeat(numbers, [len(at) for at, _ in each])
        at = np.concatenate([at for at, _ in each])
        loss = np.concatenate([loss for _, loss in each])
        pieces = self.pieces[at] + owner * window.pieces
        more, before = owner + window.fewer, self.place[at].astype(np.int64)
        place = more * len(self.pieces) + before if comes_first else before * len(numbers) + more
        if not len(pieces):
            return _Sums(pieces, loss, owner, place)
        order = np.argsort(pieces, kind="stable")
        pieces, loss, place, owner = pieces[order], loss[order], place[order], owner[order]
        first = np.flatnonzero(np.diff(pieces, prepend=pieces[0] - 1))
        sizes = np.diff(first, append=len(pieces))
        least = np.repeat(np.minimum.reduceat(loss, first), sizes)
        place = np.where(loss == least, place, -1)
        kept = np.flatnonzero(place == np.repeat(np.maximum.reduceat(place, first), sizes))
        place = place[kept]
        ranked = np.empty(len(place), dtype=ROW)
        ranked[np.argsort(place)] = np.arange(len(place), dtype=ROW)
        # Tables of all claims are kept at once, so they are narrow.
        return _Sums(pieces[kept], loss[kept], owner[kept].astype(np.int16), ranked)

    def _with(
        self, window: ClaimWindow, number: int, budget: int, bounds: tuple[int, int]
    ) -> tuple[Ints, Ints]:
        """Which sums can be had with this number, and what they lose then."""
        low, high = (bound - number * window.pieces for bound in bounds)
        first, end = np.searchsorted(self.pieces, [low, high + 1])
        loss = self.loss[first:end] + window.loss[number + window.fewer]
        at = np.flatnonzero(loss <= budget)
        return at + first, loss[at]

    def find(self, pieces: Ints) -> tuple[Ints, Ints]:
        """Which of these sums are there, and where."""
        if not len(self.pieces):
            nowhere = np.zeros(0, dtype=np.int64)
            return nowhere, nowhere
        at = np.searchsorted(self.pieces, pieces)
        at[at == len(self.pieces)] = 0
        there = np.flatnonzero(self.pieces[at] == pieces)
        return there, at[there]


class TwoListWalk:
    """The numbers of a plan: the walk from both ends, and where it meets.

    steps: how many are left; below zero, the walk was cut short and knows nothing.
    """

    def __init__(
        self, windows: Sequence[ClaimWindow], target: int, budget: int, steps: int
    ) -> None:
        self.windows, self.target, self.budget, self.steps = windows, target, budget, steps
        # What other claims can put right again within the budget.
        more = [(w.pieces, np.diff(w.loss[w.fewer :])) for w in windows]
        fewer = [(w.pieces, -np.diff(w.loss[: w.fewer + 1])) for w in windows]
        self.bounds = target - _most_within(more, budget), target + _most_within(fewer, budget)

    def best(self) -> list[int] | None:
        """The numbers that make the target with the least loss, the first in D."""
        windows, n = self.windows, len(self.windows)
        if not n:
            return None if self.target else []
        up_to = self._up_to()
        earlier = self._walk(windows, up_to[:-1], comes_first=False)
        rest = [self.budget - loss - 1 for loss in reversed(up_to[1:])]
        later = self._walk(windows[::-1], rest, comes_first=True)
        least, best = self.budget, None
        # Where there is no table on one side, no plan passes what may be lost up to there.
        for at in range(n - len(later), 0 if self.steps < 0 else len(earlier)):
            met = self._meet(earlier[at], windows[at], later[n - 1 - at], least)
            if met is None:
                continue
            loss, number, before, behind = met
            numbers = [
                *_numbers_of(earlier[at::-1], windows[:at][::-1], before)[::-1],
                number,
                *_numbers_of(later[n - 1 - at :: -1], windows[at + 1 :], behind),
            ]
            if best is None or loss < least or numbers > best:
                least, best = loss, numbers
        return best

    def _up_to(self) -> list[int]:
        """What may be lost by none of the claims, the first, the first two, ..., falling.

        It falls evenly between two claims: no walk should pass many packs that lose next to
        nothing, for their sums double with each.
        """
        free = [sum(loss * FREE <= self.budget for loss in w.loss) - 1 for w in self.windows]
        passed = [0, *accumulate(free)]
        most = max(FREE_PASSED, -(-passed[-1] // 2))
        n = len(self.windows)
        last = max(at for at in range(n) if passed[at] <= most)
        first = min(last, next(at for at in range(n) if passed[-1] - passed[at + 1] <= most))
        return [
            self.budget * min(last + 1 - at, last + 1 - first) // (last + 1 - first)
            if at <= last
            else -1
            for at in range(n + 1)
        ]

    def _walk(
        self, windows: Sequence[ClaimWindow], budgets: Sequence[int], *, comes_first: bool
    ) -> list[_Sums]:
        """The sums of none of these claims, of the first, of the first two, ..., each within its
        budget; as far as budgets are not below zero."""
        found = [_Sums.nothing()]
        for window, budget in zip(windows, budgets[1:], strict=False):
            self.steps -= len(found[-1].pieces) * len(window.loss)
            if self.steps < 0 or budget < 0:
                break
            found.append(found[-1].and_then(window, budget, self.bounds, comes_first=comes_first))
        return found

    def _meet(
        self, earlier: _Sums, window: ClaimWindow, later: _Sums, least: int
    ) -> tuple[int, int, int, int] | None:
        """The loss, the claim's number, and places before and behind it, where these make the
        target and lose no more than `least`: the least loss, and of equals the first in D."""
        found: list[tuple[int, int, int, int, int]] = []
        for number, own in enumerate(window.loss, start=-window.fewer):
            wanted = self.target - number * window.pieces - earlier.pieces
            before, behind = later.find(wanted)
            loss = earlier.loss[before] + own + later.loss[behind]
            fits = np.flatnonzero(loss <= least)
            before, behind, loss = before[fits], behind[fits], loss[fits]
            if len(fits):
                at = np.lexsort((-earlier.place[before], loss))[0]
                rank = -int(earlier.place[before[at]])
                found.append((int(loss[at]), rank, -number, int(before[at]), int(behind[at])))
        if not found:
            return None
        least, _, negative, first, last = min(found)
        return least, -negative, int(earlier.pieces[first]), int(later.pieces[last])


def _numbers_of(sums: Sequence[_Sums], windows: Sequence[ClaimWindow], pieces: int) -> list[int]:
    """The number of each window that led to this sum; the last that was walked comes first."""
    numbers = []
    for known, window in zip(sums, windows, strict=False):
        at = int(np.searchsorted(known.pieces, pieces))
        numbers.append(int(known.number[at]))
        pieces -= numbers[-1] * window.pieces
    return numbers


def _most_within(packs: Sequence[tuple[int, Ints]], budget: int) -> int:
    """The most pieces of packs, given with what each loses, that lose no more than the budget; the
    last pack in part."""
    # Fractions of pieces below p differ by 1 / p^2 or more, so this orders them.
    scale = max((pieces for pieces, _ in packs), default=1) ** 2
    each = [(int(loss), pieces) for pieces, losses in packs for loss in losses.tolist()]
    each.sort(key=lambda pack: pack[0] * scale // pack[1])
    total = 0
    for loss, pieces in each:
        if loss > budget:
            return total + budget * pieces // loss
        budget -= loss
        total += pieces
    return total
