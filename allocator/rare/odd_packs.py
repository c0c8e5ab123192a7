"""One SKU, packs of many odd sizes: who gets how many, by sums that lose little.

Standard problem: subset sum with worths. Method: two lists that meet in the middle (Horowitz and
Sahni 1974), and sums as the bits of one number (Kellerer, Pferschy and Pisinger 2004, chapter 4).

Why this is exact. `mixed_packs` says what the base is, where it ends (the edge, with `slack` pieces
free) and what each pack more or fewer than the base loses against the worth per piece at the edge.
No loss is negative. Plans of the same number of pieces are worth the same but for what their packs
lose, so the best of them by G loses least.

First it is tried to leave no piece free; T cannot be more. What packs more and fewer add up to is
walked claim by claim within a budget of loss, from the first claim on and from the last claim back.
The more claims a walk has passed, the less it may have lost, which leaves few sums. Say the first i
claims may lose up to r(i), with r falling from the budget to below zero, and the claims behind them
less than the rest of the budget. In any plan within the budget there is a first i such that the
first i claims lose more than r(i). Then the claims before the i-th lose no more than they may, and
so do those behind it: there the walks meet. Each sum keeps the least loss that leads to it, and
among equals the numbers that come first in D: with others in their place the best plan would be
bettered. A plan found within the budget is the best, for whatever loses no more was looked at.
Where none is found, the budget grows.

Packs that lose nothing may be very many: claims that want one pack each, of whatever size, are all
worth the same per piece. Of their sums only whether each can be had matters, which is a bit of one
large number per claim. Among plans without loss D decides. Packs to take away belong to claims up
to the edge, packs to add to claims from it on. So a plan that takes nothing away from claims before
some claim comes before every plan that does: up to the first claim of which the other has less they
are equal. Hence few claims before the edge are looked at first, then more.

Where no plan leaves nothing free, the most pieces are found over all packs, again by the bits of
one number, and the same is done for this many pieces.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from allocator.rare.mixed_packs import Edge, PackSize, each_by_itself, fill_in_order
from allocator.references import ROW, Ints

# More than this is left to the caller's other ways. A step is one sum with one number of a claim,
# about 100 ns; a word, 64 sums with one number of a claim as bits, about 8 ns.
MOST_CLAIMS = 20_000
MOST_STEPS = 60_000_000
MOST_WORDS = 500_000_000
MOST_WORDS_KEPT = 60_000_000
MOST_PACKS_A_CLAIM = 4_000
# So much is spent before it is asked whether all pieces can be given at all.
FEW_STEPS = 10_000_000
# This many packs before the edge, and this many that lose least, are looked at first.
FIRST_PACKS = 4
FIRST_LOSSES = 16
# A pack that loses this part of the budget is as good as free; a walk passes this many, or half.
FREE = 64
FREE_PASSED = 12
# Losses are summed in int64; this one is none.
MOST_LOSS = 2**60


def share_odd(pack_pieces: Ints, wanted_pieces: Ints, most: Ints, available: int) -> Ints | None:
    """Packs per claim with the best T, then G, then D; None when there is too much to look at.

    Claims ascend by number. available: pieces there are.
    """
    most = np.minimum(most, available // pack_pieces)
    if int((most * pack_pieces).sum()) <= available:
        return most
    there = np.flatnonzero(most)
    if len(there) > MOST_CLAIMS:
        return None
    s, q, most_there = pack_pieces[there], wanted_pieces[there], most[there]
    base, edge = fill_in_order(s, q, most_there, available)
    kinds = each_by_itself(s, q, most_there, base, edge)
    numbers = _numbers(kinds, edge, edge.slack, FEW_STEPS)
    if numbers is None:
        total = _most_pieces(s // edge.unit, most_there, available // edge.unit)
        slack = edge.slack if total is None else total - int((base * s).sum()) // edge.unit
        numbers = _numbers(kinds, edge, slack, MOST_STEPS)
    if numbers is None:
        return None
    packs = np.zeros(len(most), dtype=np.int64)
    packs[there] = base + numbers
    return packs


def _numbers(kinds: Sequence[PackSize], edge: Edge, more: int, steps: int) -> Ints | None:
    """How many packs more each claim gets than in the base, so that they are `more` units in all
    and the best; None when this many steps do not show it, or there is no such plan."""
    found = _without_loss(kinds, edge.claim, more)
    if found is not None:
        return found
    for budget in _budgets(kinds):
        windows, is_all = _windows(kinds, budget)
        if windows is None:
            return None
        walk = _Walk(windows, more, budget, steps)
        best = walk.best()
        if best is not None:
            numbers = np.zeros(len(kinds), dtype=np.int64)
            numbers[[window.claim for window in windows]] = best
            return numbers
        steps = walk.steps
        if is_all or steps < 0:
            return None
    return None


def _most_pieces(s: Ints, most: Ints, available: int) -> int | None:
    """The most pieces that fit, by the bits of a number; None when these are too many."""
    parts = [
        part * size for size, n in zip(s.tolist(), most.tolist(), strict=True) for part in _parts(n)
    ]
    if len(parts) * available > MOST_WORDS * 64:
        return None
    sums, mask = 1, (1 << available + 1) - 1
    for part in parts:
        sums = (sums | sums << part) & mask
    return sums.bit_length() - 1


def _parts(n: int) -> Iterator[int]:
    """Numbers whose sums are all those from 0 to n."""
    part = 1
    while n > 0:
        yield min(part, n)
        n -= part
        part *= 2


# -- without loss --------------------------------------------------------------------------------


def _without_loss(kinds: Sequence[PackSize], edge_claim: int, more: int) -> Ints | None:
    """The first in D of the plans that lose nothing; None when there is none, or too many sums."""
    limit = MOST_PACKS_A_CLAIM
    fewer = [kind.fewer.within(0, limit) for kind in kinds[: edge_claim + 1]]
    added = [kind.more.within(0, limit) for kind in kinds[edge_claim:]]
    if max(*fewer, *added) == limit:
        return None
    # The number of packs that claims from here to the edge can be deprived of.
    behind = list(accumulate(reversed(fewer)))[::-1]
    sight, first = FIRST_PACKS, edge_claim + 1
    while first > 0:
        first = next((at for at, n in enumerate(behind) if n <= sight), edge_claim)
        core = [
            _Open(
                at,
                kinds[at].pieces,
                fewer[at] if at <= edge_claim else 0,
                added[at - edge_claim] if at >= edge_claim else 0,
            )
            for at in range(first, len(kinds))
        ]
        open_ = [one for one in core if one.fewer or one.more]
        taken = sum(one.fewer * one.pieces for one in open_)
        target = more + taken
        packs = sum(one.fewer + one.more for one in open_)
        if packs * target > MOST_WORDS * 64 or len(open_) * target > MOST_WORDS_KEPT * 64:
            return None
        found = _first_sum(open_, target)
        if found is not None:
            numbers = np.zeros(len(kinds), dtype=np.int64)
            for one, number in zip(open_, found, strict=True):
                numbers[one.claim] = number - one.fewer
            return numbers
        sight *= 2
    return None


@dataclass(frozen=True)
class _Open:
    """A claim that may get this many packs fewer or more than in the base."""

    claim: int
    pieces: int
    fewer: int
    more: int


def _first_sum(claims: Sequence[_Open], target: int) -> list[int] | None:
    """Packs of each claim, 0 .. fewer + more, that make the sum; the first in D, or None."""
    mask = (1 << target + 1) - 1
    sums = [1]  # of the last this many claims
    for one in reversed(claims):
        reached = sums[-1]
        for part in _parts(one.fewer + one.more):
            reached = (reached | reached << part * one.pieces) & mask
        sums.append(reached)
    if not sums.pop() >> target & 1:
        return None
    found = []
    for one, later in zip(claims, reversed(sums), strict=True):
        most = min(one.fewer + one.more, target // one.pieces)
        packs = next(n for n in range(most, -1, -1) if later >> target - n * one.pieces & 1)
        target -= packs * one.pieces
        found.append(packs)
    return found


# -- with loss -----------------------------------------------------------------------------------


def _budgets(kinds: Sequence[PackSize]) -> Iterator[int]:
    """Losses up to which to look: at first that of the few packs that lose least, then more."""
    queues = [queue for kind in kinds for queue in (kind.fewer, kind.more) if queue.look(1)]
    losses = sorted(loss for queue in queues if (loss := queue.loss[1]))
    in_all = [0, *accumulate(losses)]
    budget = losses[min(FIRST_LOSSES, len(losses)) - 1] if losses else 1
    while budget <= MOST_LOSS:
        yield budget
        budget += -(-budget // 4)
        # Where all that can be lost by less is less, nothing new comes up before the next loss.
        larger = bisect_left(losses, budget)
        if larger < len(losses) and in_all[larger] <= budget * 4 // 5:
            budget = losses[larger]


@dataclass(frozen=True)
class _Window:
    """The numbers -fewer .. more of packs that a claim may get beside the base; `loss` of each."""

    claim: int
    pieces: int
    fewer: int
    more: int
    loss: Sequence[int]


def _windows(kinds: Sequence[PackSize], budget: int) -> tuple[list[_Window] | None, bool]:
    """What each claim may get within the budget, None if that is too much; whether that is all."""
    windows, is_all, in_all = [], True, 0
    for claim, kind in enumerate(kinds):
        fewer = kind.fewer.within(budget, MOST_PACKS_A_CLAIM)
        more = kind.more.within(budget, MOST_PACKS_A_CLAIM)
        if max(fewer, more) == MOST_PACKS_A_CLAIM:
            return None, False
        is_all &= kind.fewer.look(fewer + 1) == fewer and kind.more.look(more + 1) == more
        in_all += kind.fewer.loss[fewer] + kind.more.loss[more]
        if fewer or more:
            loss = kind.fewer.loss[fewer:0:-1] + kind.more.loss[: more + 1]
            windows.append(_Window(claim, kind.pieces, fewer, more, loss))
    return windows, is_all and in_all <= budget


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
        self, window: _Window, budget: int, bounds: tuple[int, int], *, comes_first: bool
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
        self, window: _Window, number: int, budget: int, bounds: tuple[int, int]
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


class _Walk:
    """The numbers of a plan: the walk from both ends, and where it meets.

    steps: how many are left; below zero, the walk was cut short and knows nothing.
    """

    def __init__(self, windows: Sequence[_Window], target: int, budget: int, steps: int) -> None:
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
        self, windows: Sequence[_Window], budgets: Sequence[int], *, comes_first: bool
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
        self, earlier: _Sums, window: _Window, later: _Sums, least: int
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


def _numbers_of(sums: Sequence[_Sums], windows: Sequence[_Window], pieces: int) -> list[int]:
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
