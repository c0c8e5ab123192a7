"""What every claim takes of what can run out: one table for all who count it.

A kind of resource is one entry of `KINDS`: which claims take of it, which one of its kind each
takes, how much an order unit takes, and how much there is. Program, fast path, reasons,
explanations and what-ifs read claims' rows (resource, amount per pack) from here; a rule that
limits one more kind is written here, again in `verifier` (which counts for itself, on purpose), and
has its reason's words in the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np

from allocator.claims import REGION, RESERVE, SHIP, STORE, Claims
from allocator.parts import Parts
from allocator.references import Ints, Mask
from allocator.share_cap import OutletSkus, outlet_skus
from allocator.tables import Tables

SUPPLY, FUNDS, PICKS, SHARE = range(4)
Resource = tuple[int, int]  # its kind, and which one of the kind
Row = tuple[Resource, int]  # a resource, and what one pack takes of it
# A pack larger than any claim may cost more than int64 holds; it is never given.
MOST_PER_PACK = 2**62


@dataclass(frozen=True, eq=False)
class ResourceKind:
    """What can run out.

    reason: how a plan names its lack. rule: the function of `verifier` that checks it. claims: the
    kinds of claims that take of it. by_part: whether each SKU of a ratio pack takes its own, by its
    pieces. in_warehouses: whether each warehouse has its own, so that a pack takes all it needs in
    one of them; how much depends on the claim's item and kind alone. of_outlet: whether only claims
    of one outlet take of the same one. which: of which one a claim takes (claims, SKUs of their
    items). per_unit: how much an order unit takes, where it is not `by_part`. there: how much there
    is of each, [warehouse, which] or [which]; None where nothing is limited. can_bind: whether it
    can keep any claim from anything.
    """

    reason: str
    rule: str
    claims: tuple[int, ...]
    which: Callable[[Resources, Any, Any], Any]
    there: Callable[[Resources], Ints | None]
    per_unit: Callable[[Resources, Any], Any] | None = None
    in_warehouses: bool = False
    of_outlet: bool = False
    can_bind: Callable[[Resources], bool] = lambda of: True

    @property
    def by_part(self) -> bool:
        return self.per_unit is None


def _of_each_outlet_and_sku(of: Resources) -> Ints | None:
    return (
        None
        if of.problem.share_cap is None
        else np.asarray(of.problem.share_cap[of.outlet_skus.sku])
    )


def _are_picks_limited(of: Resources) -> bool:
    """Whether some warehouse can pick less than it holds."""
    return of.problem.capacity is not None and bool(
        (of.problem.capacity < of.problem.supply.sum(axis=1)).any()
    )


# In the order in which a plan joins their reasons.
KINDS = (
    ResourceKind(
        reason="SUPPLY",
        rule="take_no_more_than_supply",
        claims=(SHIP, RESERVE, STORE, REGION),
        which=lambda of, claims, sku: sku,
        there=lambda of: of.problem.supply,
        in_warehouses=True,
    ),
    ResourceKind(
        reason="FUNDS",
        rule="spend_no_more_than_funds",
        claims=(SHIP,),
        which=lambda of, claims, sku: of.claims.outlet[claims],
        per_unit=lambda of, claims: of.claims.price[claims],
        there=lambda of: of.problem.funds,
        of_outlet=True,
    ),
    ResourceKind(
        reason="CAPACITY",
        rule="stay_within_pick_capacity",
        claims=(SHIP, STORE, REGION),
        which=lambda of, claims, sku: np.zeros_like(of.claims.item[claims]),
        per_unit=lambda of, claims: of.claims.unit_pieces[claims],
        there=lambda of: None if of.problem.capacity is None else of.problem.capacity[:, None],
        in_warehouses=True,
        can_bind=_are_picks_limited,
    ),
    ResourceKind(
        reason="SHARE_CAP",
        rule="stay_within_share_cap",
        claims=(SHIP, RESERVE, STORE),
        which=lambda of, claims, sku: of.outlet_skus.places(of.claims, claims, sku),
        there=_of_each_outlet_and_sku,
        of_outlet=True,
    ),
)


@dataclass(frozen=True)
class Rows:
    """What packs of some claims take, a row per claim and resource of one kind.

    owner: per row the place of its claim among those asked for, ascending; a slice where each of
    these has one. which, amount: of which one, and how much a pack takes, 0 included.
    """

    owner: Ints | slice
    which: Ints
    amount: Ints

    def spread(self, values: Ints) -> Ints:
        """Values of the claims asked for, row by row."""
        return values[self.owner]

    def owners(self, is_so: Mask, n: int) -> Mask:
        """Of the `n` claims asked for, those of which it is so in any row."""
        found = np.zeros(n, dtype=np.bool_)
        if isinstance(self.owner, slice):
            found[self.owner] = is_so
        else:
            found[self.owner[is_so]] = True
        return found

    def most_packs(self, left: Ints, bound: Ints) -> None:
        """Lower the claims' bounds to the packs for which so much, per row, is enough."""
        takes = self.amount > 0
        there = np.maximum(left, 0) // np.maximum(self.amount, 1)
        if isinstance(self.owner, slice):
            mine = bound[self.owner]
            np.minimum(mine, there, out=mine, where=takes)
        else:
            np.minimum.at(bound, self.owner[takes], there[takes])


class PackClass(NamedTuple):
    """Packs that are alike in every warehouse. rows: what one takes there."""

    item: int
    pack: int
    rows: tuple[Row, ...]

    @property
    def pieces(self) -> int:
        return sum(amount for (kind, _), amount in self.rows if kind == SUPPLY)


class Source(Protocol):
    """A problem (`allocator.problem.Problem`), as far as kinds ask it what there is."""

    @property
    def tables(self) -> Tables: ...
    @property
    def claims(self) -> Claims: ...
    @property
    def parts(self) -> Parts: ...
    @property
    def supply(self) -> Ints: ...
    @property
    def funds(self) -> Ints: ...
    @property
    def capacity(self) -> Ints | None: ...
    @property
    def share_cap(self) -> Ints | None: ...
    @property
    def store_region(self) -> Ints: ...


class Resources:
    """The rows of a problem's claims.

    there: of each kind that is limited at all, how much there is. kinds: these; binding: those that
    can keep any claim from anything.
    """

    problem: Source
    claims: Claims
    parts: Parts

    def __init__(self, problem: Source) -> None:
        self.problem, self.claims, self.parts = problem, problem.claims, problem.parts
        limits = {kind: one.there(self) for kind, one in enumerate(KINDS)}
        self.there = {kind: there for kind, there in limits.items() if there is not None}
        self.kinds = tuple(self.there)
        self.binding = tuple(kind for kind in self.kinds if KINDS[kind].can_bind(self))
        self._known: dict[int, tuple[Row, ...]] = {}
        self._totals: dict[int, Ints] = {}

    @cached_property
    def outlet_skus(self) -> OutletSkus:
        """Whom a share cap counts for; see `allocator.share_cap`."""
        return outlet_skus(self.claims, self.parts)

    @cached_property
    def _may_overflow(self) -> bool:
        c = self.claims
        return int(c.pack.max(initial=0)) * int(c.price.max(initial=0)) > MOST_PER_PACK

    def total(self, kind: int) -> Ints:
        """How much there is of each, in all warehouses together."""
        if kind not in self._totals:
            there = self.there[kind]
            of_all = there.sum(axis=0) if KINDS[kind].in_warehouses else there
            self._totals[kind] = np.asarray(of_all)
        return self._totals[kind]

    def nothing(self, kind: int) -> Ints:
        """Of each zero, to count up."""
        return np.zeros(self.there[kind].shape[-1], dtype=np.int64)

    def takes(self, kind: int, claims: Ints | slice) -> Mask:
        """Which of these claims take of the kind."""
        if len(KINDS[kind].claims) == REGION + 1:
            return np.broadcast_to(np.True_, self.claims.kind[claims].shape)
        which = np.zeros(REGION + 1, dtype=np.bool_)
        which[list(KINDS[kind].claims)] = True
        return which[self.claims.kind[claims]]

    def takers(self, kind: int, claims: Ints) -> Ints:
        """Those of these claims that take of the kind."""
        if len(KINDS[kind].claims) == REGION + 1:
            return claims
        return claims[_where(self.takes(kind, claims))]

    def rows(self, kind: int, claims: Ints | slice) -> Rows:
        """What one pack of each of these claims takes of the kind."""
        c, what = self.claims, KINDS[kind]
        taking: Ints | slice = slice(None)
        asked = len(c.kind[claims])
        if len(what.claims) < REGION + 1:
            taking = _where(self.takes(kind, claims))
            claims = _some(claims, taking)
        if what.per_unit is not None:
            units = what.per_unit(self, claims)
            return Rows(taking, what.which(self, claims, None), self._per_pack(units, claims))
        if self.parts.are_skus_alone:
            return Rows(taking, what.which(self, claims, c.item[claims]), c.pack[claims])
        numbers = np.arange(len(c))[claims] if isinstance(claims, slice) else claims
        part, sku, pieces = self.parts.expand(c.item[numbers])
        owner = np.arange(asked)[taking][part]
        numbers = numbers[part]
        return Rows(owner, what.which(self, numbers, sku), pieces * c.pack[numbers])

    def _per_pack(self, units: Ints, claims: Ints | slice) -> Ints:
        pack = self.claims.pack[claims]
        if self._may_overflow:
            units = np.minimum(units, MOST_PER_PACK // np.maximum(pack, 1))
        return np.multiply(units, pack, dtype=np.int64)

    def of_claim(self, claim: int) -> tuple[Row, ...]:
        """What one pack of a claim takes of the kinds that can bind; nothing that is free."""
        known = self._known.get(claim)
        if known is None:
            known = self._known[claim] = tuple(self._of_claim(claim))
        return known

    def _of_claim(self, claim: int) -> Iterator[Row]:
        pack = int(self.claims.pack[claim])
        for kind in self.binding:
            for resource, unit in self.of_unit(kind, claim):
                yield resource, unit * pack

    def of_unit(self, kind: int, claim: int) -> list[Row]:
        """What one order unit of a claim takes of a kind; nothing that is free."""
        c, what = self.claims, KINDS[kind]
        if kind not in self.there or c.kind[claim] not in what.claims:
            return []
        if what.per_unit is None:
            units = self.parts.of(int(c.item[claim]))
        else:
            units = [(0, int(what.per_unit(self, claim)))]
        return [((kind, int(what.which(self, claim, sku))), n) for sku, n in units if n]

    def class_of(self, claim: int) -> PackClass:
        """What the warehouses see of a claim's packs."""
        c = self.claims
        rows = tuple(row for row in self.of_claim(claim) if KINDS[row[0][0]].in_warehouses)
        return PackClass(int(c.item[claim]), int(c.pack[claim]), rows)

    def packs_in(self, warehouse: int, one: PackClass) -> int:
        """The most such packs that a warehouse alone could give."""
        return min(int(self.there[kind][warehouse, which]) // n for (kind, which), n in one.rows)

    def classes(self, packs: Ints, among: Ints) -> dict[PackClass, int]:
        """Packs given to these claims, alike ones together."""
        c, given = self.claims, among[packs[among] > 0]
        alike = np.stack([c.item[given], c.pack[given], c.kind[given]], axis=1)
        _, first, of = np.unique(alike, axis=0, return_index=True, return_inverse=True)
        count = np.zeros(len(first), dtype=np.int64)
        np.add.at(count, of.ravel(), packs[given])
        found: dict[PackClass, int] = {}
        for claim, n in zip(given[first].tolist(), count.tolist(), strict=True):
            one = self.class_of(claim)
            found[one] = found.get(one, 0) + n
        return dict(sorted(found.items()))

    @cached_property
    def others(self) -> tuple[int, ...]:
        """The kinds that can bind, beside those that the fast path's passes know by themselves."""
        return tuple(kind for kind in self.binding if kind not in (SUPPLY, FUNDS, PICKS))

    @cached_property
    def of_outlets(self) -> tuple[int, ...]:
        """Those that one outlet's claims share among themselves."""
        return tuple(kind for kind in self.others if KINDS[kind].of_outlet)

    @cached_property
    def join_franchisees(self) -> bool:
        """Whether shipments of several franchisees take of the same, beside goods and picks."""
        return any(SHIP in KINDS[kind].claims and not KINDS[kind].of_outlet for kind in self.others)

    def exceed(self, kind: int, claims: Ints, packs: Ints, taken: Ints) -> Mask:
        """Which of these claims take of a resource of which their packs, on top of what is taken,
        take more than there is."""
        rows = self.rows(kind, claims)
        known, of = np.unique(rows.which, return_inverse=True)
        takes = rows.spread(packs) * rows.amount
        wanted = np.bincount(of, weights=takes, minlength=len(known))
        over = wanted > self.total(kind)[known] - taken[known]
        return rows.owners(over[of], len(claims))

    def count(self, kind: int, claims: Ints | slice, packs: Ints, into: Ints) -> None:
        """Add what these packs take of each to `into`."""
        rows = self.rows(kind, claims)
        np.add.at(into, rows.which, rows.spread(packs) * rows.amount)

    def counted(self, kind: int, claims: Ints, packs: Ints) -> Ints:
        """What these packs take of each."""
        some, found = np.flatnonzero(packs), self.nothing(kind)
        self.count(kind, claims[some], packs[some], found)
        return found


def _where(mask: Mask) -> Ints | slice:
    """Where it is so: as a slice, if these follow each other."""
    first, n = int(np.argmax(mask)) if len(mask) else 0, int(np.count_nonzero(mask))
    if bool(mask[first : first + n].all()):
        return slice(first, first + n)
    return np.flatnonzero(mask)


def _some(claims: Ints | slice, taking: Ints | slice) -> Ints | slice:
    if isinstance(claims, slice):
        start = claims.start or 0
        if isinstance(taking, slice):
            return slice(start + taking.start, start + taking.stop)
        return taking + start
    return claims[taking]
