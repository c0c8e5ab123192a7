"""One scarce resource, packs of several kinds: choose how many of each kind.

Standard problem: bounded knapsack with two values. Method: dynamic programming by lists of labels
that none dominates (Nemhauser and Ullmann 1969), over the few numbers near the relaxed optimum (the
core: Pisinger 1997).

Packs that take the same from the resource and hold the same pieces are of one kind. Within a kind
only the number given matters for T, and the best n of it are those of highest worth, lowest claim
first among equals (`allocator.fast.equal_packs` says why). So a plan is a number per kind. A
ship-complete order is a kind of its own with one bundle: what all its lines take, here and later,
for the pieces and the worth of those here. Numbers are found by going through the kinds with labels
(taken, T, G): a label that takes no less than another and is worse in (T, G) can be dropped, for
whatever completes it completes the other. Equals are kept and compared by D at the end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

# More labels, or packs to choose among, than this are not worth Python's while: the program takes
# over. Packs seen are sorted only: of a kind none beyond what the resource holds is a choice.
MOST_LABELS = 20_000
MOST_PACKS = 3_000
MOST_PACKS_SEEN = 100_000


@dataclass(frozen=True)
class PackRow:
    """A claim in a single-resource choice: what one of its packs takes, holds and is worth."""

    claim: int
    takes: int
    pieces: int
    worth: Sequence[int]


@dataclass(frozen=True)
class Bundle:
    """A ship-complete order: its lines at this level in full, or nothing."""

    packs: Mapping[int, int]
    takes: int
    pieces: int
    worth: int


def choose(
    rows: Sequence[PackRow], available: int, bundles: Sequence[Bundle] = ()
) -> dict[int, int] | None:
    """Packs per claim with the best T, then G, then D; None when there are too many choices."""
    kinds = _kinds(rows, available)
    if kinds is None:
        return None
    kinds += [
        _PackKind(one.takes, one.pieces, [one.packs], [0, one.worth])
        for one in bundles
        if one.takes <= available
    ]
    # By what a piece takes, exactly: fractions of pieces below p differ by 1/p^2 at least. A bundle
    # without a piece at this level never pays.
    scale = max((kind.pieces for kind in kinds), default=1) ** 2 + 1
    kinds.sort(key=lambda k: k.takes * scale // k.pieces if k.pieces else 2**200)
    labels = _go_through(kinds, available)
    if labels is None:
        return None
    best = max((total, worth) for _, total, worth, _ in labels)
    plans = [
        _packs_per_claim(rows, bundles, kinds, numbers)
        for _, total, worth, numbers in labels
        if (total, worth) == best
    ]
    order = sorted({row.claim for row in rows} | {i for one in bundles for i in one.packs})
    return max(plans, key=lambda plan: [plan[claim] for claim in order])


# taken, total, worth, and the number chosen of each kind so far.
_Label = tuple[int, int, int, tuple[int, ...]]


def _go_through(kinds: Sequence[_PackKind], available: int) -> list[_Label] | None:
    """Labels of all plans that can be best."""
    ranges, least_total = _ranges(kinds, available)
    taken = total = worth = 0
    for kind, (low, high) in zip(kinds, ranges, strict=True):
        if low == high:  # settled: set aside before the search begins
            taken += low * kind.takes
            total += low * kind.pieces
            worth += kind.worth[low]
    open_ = [at for at, (low, high) in enumerate(ranges) if low < high]
    chosen = [kinds[at] for at in open_]
    # What the kinds still to come could take and give, the first ones first.
    takes = [0, *accumulate(one.takes * len(one.owners) for one in chosen)]
    pieces = [0, *accumulate(one.pieces * len(one.owners) for one in chosen)]
    labels: list[_Label] | None = [(taken, total, worth, ())]
    for number, at in enumerate(open_):
        follows = takes[-1] - takes[number + 1]
        labels = _grow(labels, kinds[at], ranges[at], available, follows, number == len(open_) - 1)
        if labels is None:
            return None
        labels = _worth_keeping(labels, chosen, number + 1, takes, pieces, available, least_total)
    place = {at: number for number, at in enumerate(open_)}
    return [
        (
            taken,
            total,
            worth,
            tuple(numbers[place[at]] if at in place else low for at, (low, _) in enumerate(ranges)),
        )
        for taken, total, worth, numbers in labels or ()
    ]


@dataclass(frozen=True)
class _PackKind:
    takes: int
    pieces: int
    owners: Sequence[int | Mapping[int, int]]  # whose pack is the n-th to give, or the bundle
    worth: list[int]  # running sums, worth[n] of n packs


def _kinds(rows: Sequence[PackRow], available: int) -> list[_PackKind] | None:
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for row in rows:
        packs = found.setdefault((row.takes, row.pieces), [])
        packs += [(-worth, row.claim) for worth in row.worth]
    kinds = []
    for (takes, pieces), packs in found.items():
        packs.sort()
        del packs[available // takes if takes else len(packs) :]
        worth = [0, *accumulate(-negative for negative, _ in packs)]
        kinds.append(_PackKind(takes, pieces, [claim for _, claim in packs], worth))
    return kinds if sum(len(kind.owners) for kind in kinds) <= MOST_PACKS else None


def _ranges(kinds: Sequence[_PackKind], available: int) -> tuple[list[tuple[int, int]], int]:
    """How far each kind's number can lie from the relaxed optimum, and a total that is reached.

    Kinds come by what a piece takes. Relaxed to fractions, the resource goes to the first kinds,
    down to a last one at ratio r. Filling whole packs in the same order reaches some total. A pack
    of a kind priced above r by d pieces' worth costs the relaxed total d, a pack less of one
    that is cheaper costs it likewise; so numbers farther off than (relaxed - reached) / d cannot
    reach the total, and every optimum lies in the ranges.
    """
    left, reached, relaxed, fractional = available, 0, 0, available
    last: _PackKind | None = None
    for kind in kinds:
        most = len(kind.owners)
        n = min(most, left // kind.takes) if kind.takes else most
        left -= n * kind.takes
        reached += n * kind.pieces
        if last is None:
            if kind.takes * most <= fractional:
                fractional -= kind.takes * most
                relaxed += kind.pieces * most
            else:
                last = kind
    # Everything times what a pack of the last kind takes, to stay in whole numbers.
    unit, price = (last.takes, last.pieces) if last else (1, 0)
    gap = (relaxed - reached) * unit + price * fractional
    ranges = []
    for kind in kinds:
        most = len(kind.owners)
        loss = kind.pieces * unit - price * kind.takes
        off = min(most, gap // abs(loss)) if loss else most
        ranges.append((most - off, most) if loss > 0 else (0, off))
    return ranges, reached


def _grow(
    labels: list[_Label] | None,
    kind: _PackKind,
    bounds: tuple[int, int],
    available: int,
    follows: int,
    is_last: bool,
) -> list[_Label] | None:
    """Every label with every number of this kind, without those that another makes needless.

    follows: what all kinds still to come could take.
    """
    grown: list[_Label] = []
    takes, pieces, worths = kind.takes, kind.pieces, kind.worth
    for taken, total, worth, numbers in labels or ():
        most = min(bounds[1], (available - taken) // takes) if takes else bounds[1]
        # The last kind takes all it can: more packs are more pieces. Any kind takes all when
        # whatever follows would still fit.
        takes_all = is_last or (
            most == len(kind.owners) and taken + most * takes + follows <= available
        )
        grown += [
            (taken + n * takes, total + n * pieces, worth + worths[n], (*numbers, n))
            for n in range(most if takes_all else bounds[0], most + 1)
        ]
        if len(grown) > MOST_LABELS:
            return None
    grown.sort(key=lambda label: (label[0], -label[1], -label[2]))
    kept, best_total, best_worth = [], -1, -1
    for label in grown:
        total, worth = label[1], label[2]
        if total > best_total or (total == best_total and worth >= best_worth):
            best_total, best_worth = total, worth
            kept.append(label)
    return kept


def _worth_keeping(
    labels: list[_Label],
    kinds: Sequence[_PackKind],
    number: int,
    takes: Sequence[int],
    pieces: Sequence[int],
    available: int,
    least_total: int,
) -> list[_Label]:
    """Labels that could, relaxed to fractions, still reach a total that is known to be reached.

    number: kinds done. takes, pieces: running sums over kinds.
    """
    kept = []
    for label in labels:
        left = available - label[0] + takes[number]
        full = bisect_right(takes, left, number) - 1
        possible = label[1] + pieces[full] - pieces[number]
        if full < len(kinds):
            possible += (left - takes[full]) * kinds[full].pieces // kinds[full].takes
        if possible >= least_total:
            kept.append(label)
    return kept


def _packs_per_claim(
    rows: Sequence[PackRow],
    bundles: Sequence[Bundle],
    kinds: Sequence[_PackKind],
    numbers: tuple[int, ...],
) -> dict[int, int]:
    packs = {row.claim: 0 for row in rows}
    packs.update((claim, 0) for one in bundles for claim in one.packs)
    for kind, n in zip(kinds, numbers, strict=True):
        for owner in kind.owners[:n]:
            if isinstance(owner, int):
                packs[owner] += 1
            else:
                packs.update(owner)
    return packs
