"""One way for each of some groups, so that picks and splits are within their limits: all tried.

Standard problem: multiple-choice knapsack in several rows (Kellerer, Pferschy and Pisinger 2004,
chapter 11). Method: all totals, one of each kept.

Group by group, what those looked at so far pick and split in all is kept, each total once, with the
fewest splits. A total is dropped when the least that the groups behind it pick, or split, does not
fit on top, or when its ways cost more above the cheapest than they may. So what is found is right,
and what is not found does not exist; but where there would be too many totals, nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import prod

import numpy as np

from allocator.references import Ints

MOST_TOTALS = 50_000
MOST_TRIED = 2_000_000
# Totals are distinguished by one number below this.
MOST_KEY = 2**62


class ChoiceOutcome(Enum):
    """What is known where no choice is handed back."""

    IMPOSSIBLE = "impossible"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Menu:
    """Ways to serve a group: pieces picked per warehouse, splits, and how much each costs above
    than the group's cheapest; a row per way."""

    picks: Ints
    splits: Ints
    excess: Ints


def choose(
    menus: list[Menu], available: Ints, splits: int, excess: int
) -> list[int] | ChoiceOutcome:
    """The row of each menu.

    available: pieces that all together may pick per warehouse; splits: what they may have at most;
    excess: what the prices of their ways may sum up to.
    """
    order = sorted(range(len(menus)), key=lambda k: (len(menus[k].splits), k))
    least = np.zeros((len(menus) + 1, len(available) + 2), dtype=np.int64)
    tables = [np.column_stack([m.picks, m.splits, m.excess]) for m in menus]
    for at in reversed(range(len(order))):
        least[at] = least[at + 1] + tables[order[at]].min(axis=0)
    limit = np.array([*available.tolist(), splits, excess], dtype=np.int64)
    # What is picked in the last warehouse follows from the others.
    width = sum((t.max(axis=0) for t in tables), np.zeros(len(limit), dtype=np.int64)) + 1
    radix = width[: len(available) - 1].tolist()
    if prod(radix) >= MOST_KEY:
        return ChoiceOutcome.UNKNOWN
    totals = np.zeros((1, len(limit)), dtype=np.int64)
    trail: list[tuple[Ints, Ints]] = []
    for at, k in enumerate(order):
        table = tables[k]
        if len(totals) * len(table) > MOST_TRIED:
            return ChoiceOutcome.UNKNOWN
        tried = (totals[:, None, :] + table[None, :, :]).reshape(-1, len(limit))
        fits = np.flatnonzero((tried + least[at + 1] <= limit).all(axis=1))
        if not len(fits):
            return ChoiceOutcome.IMPOSSIBLE
        tried = tried[fits]
        key = np.zeros(len(tried), dtype=np.int64)
        for w, n in enumerate(radix):
            key = key * n + tried[:, w]
        by_key = np.lexsort((tried[:, len(available)], key))
        first = by_key[np.flatnonzero(np.diff(key[by_key], prepend=-1))]
        totals = tried[first]
        if len(totals) > MOST_TOTALS:
            return ChoiceOutcome.UNKNOWN
        trail.append((fits[first] // len(table), fits[first] % len(table)))
    chosen, row = [0] * len(menus), 0
    for k, (before, way) in zip(reversed(order), reversed(trail), strict=True):
        chosen[k], row = int(way[row]), int(before[row])
    return chosen
