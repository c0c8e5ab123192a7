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

from allocator.claims import RESERVE, SHIP, STORE
from allocator.keys import ROW, Ints, Mask
from allocator.parts import expand
from allocator.problem import UNLIMITED, Problem
from allocator.tables import ROWS_AT_ONCE
from allocator.warehouses import Served

ORDER = ("SUPPLY", "FUNDS", "CAPACITY", "SHARE_CAP")
ALONE = ("BLOCKED", "SHIP_COMPLETE", "PACK", "MIN_VALUE", "SIZE_RUN", "COMMITTED", "CUT_SHORT")
# One bit each for those that join, then those that stand alone.
TEXTS = [
    *("|".join(name for bit, name in enumerate(ORDER) if n >> bit & 1) for n in range(16)),
    *ALONE,
]
CODES = {name: 16 + at for at, name in enumerate(ALONE)}
# They say that no plan does better; the others can be seen from what a plan leaves over.
NEED_A_PROOF = [CODES[name] for name in ("SHIP_COMPLETE", "MIN_VALUE", "SIZE_RUN", "COMMITTED")]


@dataclass(frozen=True)
class Reasons:
    """A code per claim into `TEXTS`; 0 = filled."""

    codes: NDArray[np.int8]

    def texts(self, numbers: Ints, none: str | None = "") -> pl.Series:
        """The reasons of these claims; `none` where one is filled."""
        texts = pl.Series("reason", [none, *TEXTS[1:]], dtype=pl.String)
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
    bits |= _no_pack_in_any_warehouse(problem, packs, served, when, rest).astype(np.int8)
    bits |= _no_funds_for_a_pack(problem, packs, when, rest).astype(np.int8) << 1
    bits |= _no_capacity_for_a_pack(problem, served, when, rest).astype(np.int8) << 2
    bits |= _a_pack_exceeds_the_share(problem, packs, when, rest).astype(np.int8) << 3
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
class _Use:
    """What claims take of resources of which each takes one.

    resource, when: per claim; `when` is below n_levels. room: what there is of each resource.
    takes: the claims that take something, ascending; amount: what claims take, 0 or more.
    """

    resource: Ints
    when: Ints
    n_levels: int
    room: Ints
    takes: Ints
    amount: Callable[[Ints], Ints]


def _leaves_less(use: _Use, asked: Ints, need: Ints) -> Mask:
    """For the claims asked for (ascending): whether those that count at their `when` or before
    leave less of their resource than they need.

    One block of those who take something after the other. What is left only falls, so who finds
    enough at a block's end had enough, and who finds too little at its start had too little. Only
    who asked in the very block in which their resource ran low needs a closer look.
    """
    takes, order = use.takes, None
    if bool((use.when[1:] < use.when[:-1]).any()):
        # Claims come by level, but some orders take early.
        takes = takes[np.argsort(use.when[takes], kind="stable")]
        order = np.argsort(use.when[asked], kind="stable")
        asked, need = asked[order], need[order]
    times, asked_at = use.when[takes], use.when[asked]
    less, left = np.empty(len(asked), dtype=np.bool_), use.room
    at = done = 0
    while done < len(asked):
        end, stop = at + ROWS_AT_ONCE, len(asked)
        if end < len(takes):
            # All of one time are in one block.
            end = int(np.searchsorted(times, times[end], side="right"))
            stop = int(np.searchsorted(asked_at, times[end - 1], side="right"))
        rows, then, some = takes[at:end], times[at:end], slice(done, stop)
        taken_from, amount = use.resource[rows], use.amount(rows)
        before, left = left, left.copy()
        np.subtract.at(left, taken_from, amount)
        of, wish = use.resource[asked[some]], need[some]
        short = np.asarray(left[of] < wish)
        unsure = np.flatnonzero(short & (before[of] >= wish))
        if len(unsure):
            of, wish = of[unsure], wish[unsure]
            concerned = np.zeros(len(left), dtype=np.bool_)
            concerned[of] = True
            here = np.flatnonzero(concerned[taken_from])
            ledger = Ledger(taken_from[here], then[here], amount[here], use.n_levels)
            short[unsure] = before[of] - ledger.taken(of, asked_at[some][unsure]) < wish
        less[some] = short
        at, done = end, stop
    if order is not None:
        less[order] = less.copy()
    return less


class Ledger:
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


def _no_pack_in_any_warehouse(
    problem: Problem, packs: Ints, served: Served, when: Ints, rest: Ints
) -> Mask:
    c, n_warehouses = problem.claims, len(problem.warehouses)
    if not n_warehouses:
        return np.ones(len(rest), dtype=np.bool_)
    if n_warehouses == 1 and not len(problem.keys.prepack_ids):

        def units(rows: Ints) -> Ints:
            return np.asarray(packs[rows] * c.pack[rows])

        takes = np.flatnonzero(packs).astype(ROW)
        use = _Use(c.item, when, problem.n_levels, problem.supply[0], takes, units)
        return _leaves_less(use, rest, c.pack[rest])
    owner, sku, pieces = expand(problem, c.item[served.claim])
    amount = pieces * (served.packs * c.pack[served.claim])[owner]
    resource = sku.astype(np.int64) * n_warehouses + served.warehouse[owner]
    ledger = Ledger(resource, when[served.claim][owner], amount, problem.n_levels)
    row, sku, pieces = expand(problem, c.item[rest])
    need, level = pieces * c.pack[rest][row], c.level[rest][row]
    nowhere = np.ones(len(rest), dtype=np.bool_)
    for w in range(n_warehouses):
        left = problem.supply[w, sku] - ledger.taken(sku.astype(np.int64) * n_warehouses + w, level)
        lacks = np.zeros(len(rest), dtype=np.bool_)
        lacks[row[left < need]] = True
        nowhere &= lacks
    return nowhere


def _no_funds_for_a_pack(problem: Problem, packs: Ints, when: Ints, rest: Ints) -> Mask:
    c = problem.claims
    n = c.first_of(RESERVE)
    short = np.zeros(len(rest), dtype=np.bool_)
    mine = np.flatnonzero(rest < n)
    claims = rest[mine]
    if not len(claims):
        return short

    def cost(rows: Ints) -> Ints:
        return np.asarray(packs[rows] * c.pack[rows] * c.price[rows])

    takes = np.flatnonzero(packs[:n]).astype(ROW)
    use = _Use(c.outlet[:n], when[:n], problem.n_levels, problem.funds, takes, cost)
    short[mine] = _leaves_less(use, claims, c.pack[claims] * c.price[claims])
    return short


def _no_capacity_for_a_pack(problem: Problem, served: Served, when: Ints, rest: Ints) -> Mask:
    c, limits = problem.claims, problem.capacity
    none = np.zeros(len(rest), dtype=np.bool_)
    if limits is None or (limits == UNLIMITED).any():
        return none
    picked = c.kind[served.claim] != RESERVE
    claim, w = served.claim[picked], served.warehouse[picked]
    amount = served.packs[picked] * c.pack_pieces[claim]
    ledger = Ledger(w, when[claim], amount, problem.n_levels)
    full: Mask = c.kind[rest] != RESERVE
    for warehouse, limit in enumerate(limits.tolist()):
        left = limit - ledger.taken(np.full(len(rest), warehouse), c.level[rest])
        full &= left < c.pack_pieces[rest]
    return full


def _a_pack_exceeds_the_share(problem: Problem, packs: Ints, when: Ints, rest: Ints) -> Mask:
    c, cap = problem.claims, problem.share_cap
    over = np.zeros(len(rest), dtype=np.bool_)
    if cap is None:
        return over

    def outlet_sku(claims: Ints, owner: Ints, sku: Ints) -> Ints:
        is_store = (c.kind[claims] == STORE).astype(np.int64)
        outlet = (c.outlet[claims].astype(np.int64) * 2 + is_store)[owner]
        return np.asarray(outlet * problem.n_skus + sku)

    capped = np.flatnonzero((c.kind <= STORE) & (packs > 0))
    owner, sku, pieces = expand(problem, c.item[capped])
    amount = pieces * (packs[capped] * c.pack[capped])[owner]
    resource = outlet_sku(capped, owner, sku)
    mine = np.flatnonzero(c.kind[rest] <= STORE)
    claims = rest[mine]
    row, sku_, pieces_ = expand(problem, c.item[claims])
    wanted = outlet_sku(claims, row, sku_)
    # Made dense, so that resource x level stays inside int64.
    codes = np.unique(np.concatenate([resource, wanted]), return_inverse=True)[1]
    n = len(resource)
    ledger = Ledger(codes[:n], when[capped][owner], amount, problem.n_levels)
    taken = ledger.taken(codes[n:], c.level[claims][row])
    exceeds = taken + pieces_ * c.pack[claims][row] > cap[sku_]
    over[mine[row[exceeds]]] = True
    return over
