"""Why a claim was not filled, by the definition: one pass over all claims, no search.

What counts as taken at a level is what claims of it and of earlier levels got, and all lines of
shipped ship-complete orders with a line among them: such an order takes its goods when it begins.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.claims import SHIP, STORE
from allocator.problem import Problem
from allocator.references import ROW, Ints, Mask
from allocator.resources import KINDS, Rows
from allocator.sorting import ROWS_AT_ONCE
from allocator.warehouses.assignment import Served

ORDER = tuple(kind.reason for kind in KINDS)
JOINED = 2 ** len(ORDER)
ALONE = ("BLOCKED", "SHIP_COMPLETE", "PACK", "MIN_VALUE", "SIZE_RUN", "COMMITTED", "CUT_SHORT")
# One bit each for those that join, then those that stand alone.
TEXTS = [
    *("|".join(name for bit, name in enumerate(ORDER) if n >> bit & 1) for n in range(JOINED)),
    *ALONE,
]
CODES = {name: JOINED + at for at, name in enumerate(ALONE)}
# They say that no plan does better; the others can be seen from what a plan leaves over.
NEED_A_PROOF = [CODES[name] for name in ("SHIP_COMPLETE", "MIN_VALUE", "SIZE_RUN", "COMMITTED")]


@dataclass(frozen=True)
class Reasons:
    """A code per claim into `TEXTS`; 0 = filled."""

    codes: NDArray[np.int8]

    def texts(self, numbers: Ints) -> pl.Series:
        """The reasons of these claims; null where one is filled."""
        texts = pl.Series("reason", [None, *TEXTS[1:]], dtype=pl.Enum(TEXTS[1:]))
        return texts.gather(self.codes[numbers])


def find_reasons(
    problem: Problem, packs: Ints, wanted: Ints, served: Served, unproven: Collection[int] = ()
) -> Reasons:
    """The reason of every claim, empty where it is filled.

    unproven: levels that a limit cut short. There only what the plan's own slack shows is known.
    """
    c = problem.claims
    codes = np.zeros(len(c), dtype=np.int8)
    short = np.empty(len(c), dtype=np.bool_)
    for some in _slices(len(c)):
        lacks, pack = wanted[some] - packs[some] * c.pack[some], c.pack[some]
        np.greater(lacks, 0, out=short[some])
        codes[some][short[some] & (lacks < pack)] = CODES["PACK"]
    open_ = np.flatnonzero(short).astype(ROW)
    kind, code = c.kind[open_], codes[open_]
    ships = kind == SHIP
    lines = open_[ships]
    of_line = code[ships]
    of_line[problem.ship_complete[c.order[lines]]] = CODES["SHIP_COMPLETE"]
    of_line[problem.blocked[c.outlet[lines]]] = CODES["BLOCKED"]
    code[ships] = of_line
    codes[open_] = code
    rest = open_[code == 0]
    if len(rest):
        codes[rest] = _of_the_rest(problem, packs, served, rest)
    if unproven:
        cut = _cut_short(problem, open_, unproven)
        codes[cut[np.isin(codes[cut], NEED_A_PROOF)]] = CODES["CUT_SHORT"]
    return Reasons(codes)


def _slices(n: int) -> Iterator[slice]:
    """What is computed on the way for some rows at a time is small beside what is kept."""
    return (slice(at, min(at + ROWS_AT_ONCE, n)) for at in range(0, n, ROWS_AT_ONCE))


def _cut_short(problem: Problem, open_: Ints, unproven: Collection[int]) -> Ints:
    """Claims of levels that were cut short, and lines of ship-complete orders with a line there."""
    c = problem.claims
    cut = np.isin(c.level[open_], list(unproven))
    lines = np.flatnonzero((c.kind == SHIP) & np.isin(c.level, list(unproven)))
    orders = np.zeros(len(problem.minimum), dtype=np.bool_)
    orders[c.order[lines]] = True
    ships = np.flatnonzero(c.kind[open_] == SHIP)
    order = c.order[open_[ships]]
    cut[ships] |= (orders & problem.ship_complete)[order]
    return np.asarray(open_[cut])


def _of_the_rest(problem: Problem, packs: Ints, served: Served, rest: Ints) -> NDArray[np.int8]:
    c = problem.claims
    when = taken_when(problem, packs)
    bits = np.zeros(len(rest), dtype=np.int8)
    for kind in range(len(KINDS)):
        lacks = _finds_no_pack(problem, kind, packs, served, when, rest)
        bits |= lacks.astype(np.int8) << kind
    none = np.flatnonzero(bits == 0)
    for claim, at in zip(rest[none].tolist(), none.tolist(), strict=True):
        kind = c.kind[claim]
        if kind == SHIP and problem.minimum[c.order[claim]] > 0:
            bits[at] = CODES["MIN_VALUE"]
        elif kind == STORE and problem.size_run_min is not None:
            bits[at] = CODES["SIZE_RUN"]
        else:
            bits[at] = CODES["COMMITTED"]
    return bits


def taken_when(problem: Problem, packs: Ints) -> Ints:
    """The level from which on a claim's packs count as taken."""
    c = problem.claims
    if not problem.ship_complete.any():
        return c.level
    lines = np.flatnonzero(c.kind == SHIP)
    lines = lines[problem.ship_complete[c.order[lines]]]
    when = c.level.copy()
    if len(lines):
        first = np.full(len(problem.minimum), np.iinfo(ROW).max, dtype=ROW)
        np.minimum.at(first, c.order[lines], c.level[lines])
        shipped = lines[packs[lines] > 0]
        when[shipped] = first[c.order[shipped]]
    return when


@dataclass(frozen=True)
class Taken:
    """Packs given that take of a kind of resource, ascending by claim. when: per claim of the
    problem, the level from which on its packs count; below n_levels."""

    claims: Ints
    packs: Ints
    when: Ints
    n_levels: int


RowsOf = Callable[[Ints], Rows]


def leave_less(taken: Taken, there: Ints, rows_of: RowsOf, asked: Ints) -> Mask:
    """For the claims asked for (ascending): whether what counts at their `when` or before leaves
    less of any of their resources than one pack takes.

    One block of those who take something after the other. What is left only falls, so who finds
    enough at a block's end had enough, and who finds too little at its start had too little. Only
    who asked in the very block in which their resource ran low needs a closer look.
    """
    takes, packs, when, order = taken.claims, taken.packs, taken.when, None
    if bool((when[1:] < when[:-1]).any()):
        # Claims come by level, but some orders take early.
        by_time = np.argsort(when[takes], kind="stable")
        takes, packs = takes[by_time], packs[by_time]
        order = np.argsort(when[asked], kind="stable")
        asked = asked[order]
    times, asked_at = when[takes], when[asked]
    less, left = np.empty(len(asked), dtype=np.bool_), there
    at = done = 0
    while done < len(asked):
        end, stop = at + ROWS_AT_ONCE, len(asked)
        if end < len(takes):
            # All of one time are in one block.
            end = int(np.searchsorted(times, times[end], side="right"))
            stop = int(np.searchsorted(asked_at, times[end - 1], side="right"))
        rows, some = rows_of(takes[at:end]), slice(done, stop)
        amount = rows.spread(packs[at:end]) * rows.amount
        before, left = left, left.copy()
        np.subtract.at(left, rows.which, amount)
        need = rows_of(asked[some])
        of, wish = need.which, need.amount
        short = np.asarray(left[of] < wish)
        unsure = np.flatnonzero(short & (before[of] >= wish))
        if len(unsure):
            of, wish = of[unsure], wish[unsure]
            concerned = np.zeros(len(left), dtype=np.bool_)
            concerned[of] = True
            here = np.flatnonzero(concerned[rows.which])
            then = rows.spread(times[at:end])[here]
            timeline = ConsumptionTimeline(rows.which[here], then, amount[here], taken.n_levels)
            until = need.spread(asked_at[some])[unsure]
            short[unsure] = before[of] - timeline.taken(of, until) < wish
        less[some] = need.owners(short, stop - done)
        at, done = end, stop
    if order is not None:
        less[order] = less.copy()
    return less


class ConsumptionTimeline:
    """What was taken of each resource up to a level, by one sort."""

    def __init__(self, resource: Ints, when: Ints, amount: Ints, n_levels: int) -> None:
        self.n_levels = n_levels
        key = resource.astype(np.int64) * n_levels + when
        order = np.argsort(key, kind="stable")
        self.keys = key[order]
        self.total = np.concatenate([[0], np.cumsum(amount[order])])

    def taken(self, resource: Ints, level: Ints) -> Ints:
        """The sum taken of a resource by claims that count at the level or before."""
        base = resource.astype(np.int64) * self.n_levels
        end = np.searchsorted(self.keys, base + level, side="right")
        return np.asarray(self.total[end] - self.total[np.searchsorted(self.keys, base)])


def _finds_no_pack(
    problem: Problem, kind: int, packs: Ints, served: Served, when: Ints, rest: Ints
) -> Mask:
    """Whether a pack finds too little of a kind of resource: in each of the warehouses, if these
    have their own."""
    resources = problem.resources
    if kind not in resources.there:
        return np.zeros(len(rest), dtype=np.bool_)

    def rows_of(claims: Ints) -> Rows:
        return resources.rows(kind, claims)

    there, nowhere = resources.there[kind], resources.takes(kind, rest)
    asked = resources.takers(kind, rest)
    nowhere, is_asked = nowhere.copy(), nowhere
    if not KINDS[kind].in_warehouses or len(there) == 1:
        # What is in one place is taken by the packs given, wherever they are served.
        claims = resources.takers(kind, np.flatnonzero(packs).astype(ROW))
        places = [(there.reshape(-1), claims, packs[claims])]
    else:
        takes = np.flatnonzero(resources.takes(kind, served.claim))
        takes = takes[np.argsort(served.claim[takes], kind="stable")]
        places = []
        for warehouse in range(len(there)):
            mine = takes[served.warehouse[takes] == warehouse]
            places.append((there[warehouse], served.claim[mine], served.packs[mine]))
    for left, claims, given in places:
        taken = Taken(claims, given, when, problem.n_levels)
        nowhere[is_asked] &= leave_less(taken, left, rows_of, asked)
    return nowhere
