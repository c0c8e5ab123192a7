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

from allocator.rare.greedy_base import Edge, PackSize, each_by_itself, fill_in_order
from allocator.rare.two_lists import ClaimWindow, TwoListWalk
from allocator.references import Ints

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
        walk = TwoListWalk(windows, more, budget, steps)
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


def _windows(kinds: Sequence[PackSize], budget: int) -> tuple[list[ClaimWindow] | None, bool]:
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
            windows.append(ClaimWindow(claim, kind.pieces, fewer, more, loss))
    return windows, is_all and in_all <= budget
