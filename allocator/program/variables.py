"""The variables of one level's program, and the sums that rules ask of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from allocator.claims import RESERVE, SHIP, STORE
from allocator.keys import Ints, Mask
from allocator.problem import Problem
from allocator.program.large_sums import Term
from allocator.program.places import Pool, Warehouses
from allocator.state import State

Expression = Any  # ortools has no type information; an expression is linear in whole numbers
PackClass = tuple[int, int, bool]  # item, order units per pack, whether it is picked now


@dataclass
class Question:
    """Which claims to decide, and which later lines their orders need.

    here: claims of the level, ascending. later: shipping claims of orders that are begun, or may
    be begun here, at later levels. most: upper bounds on packs that are known to hold, if any.
    room, tangled: the fast path's pool, see `places.Pool`; None = goods lie in the warehouses.
    """

    here: list[int]
    later: list[int] = field(default_factory=list)
    most: Mapping[int, int] = field(default_factory=dict)
    room: Ints | None = None
    tangled: Mask | None = None

    def places(self, problem: Problem) -> Warehouses:
        """Where the goods lie that these claims take."""
        if self.room is None:
            return Warehouses(problem)
        return Pool(problem, self.room, self.tangled)


class Packs:
    """Packs given per claim: variables for the question's claims, numbers for earlier ones."""

    def __init__(
        self, model: cp_model.CpModel, problem: Problem, state: State, q: Question
    ) -> None:
        self.model, self.problem, self.state, self.question = model, problem, state, q
        self.places = q.places(problem)
        c = problem.claims
        self.claims = [*q.here, *q.later]
        self.most = {i: q.most.get(i, int(state.most[i])) for i in self.claims}
        self.given = {i: model.new_int_var(0, self.most[i], f"packs_{i}") for i in self.claims}
        self.orders = sorted({int(c.order[i]) for i in self.claims if c.kind[i] == SHIP})
        self.begun = {o: model.new_bool_var(f"begun_{o}") for o in self.orders if self.binds(o)}
        self.classes: dict[PackClass, list[int]] = defaultdict(list)
        for i in self.claims:
            if self.places.are_several(int(c.item[i])):
                self.classes[self.class_of(i)].append(i)
        self.taken: dict[tuple[PackClass, int], Expression] = {}
        if self.classes:
            self._take_from_warehouses()

    def binds(self, order: int) -> bool:
        """Whether the order has a rule of its own."""
        return bool(self.problem.ship_complete[order]) or bool(self.problem.minimum[order])

    def class_of(self, claim: int) -> PackClass:
        c = self.problem.claims
        return int(c.item[claim]), int(c.pack[claim]), bool(c.kind[claim] != RESERVE)

    def _take_from_warehouses(self) -> None:
        """Which warehouse serves earlier claims stays free: per kind of pack, not per claim."""
        earlier = self._earlier_packs()
        for one in sorted(set(self.classes) | set(earlier)):
            wanted = earlier.get(one, 0) + sum(self.most[i] for i in self.classes[one])
            for w in range(len(self.problem.warehouses)):
                most = min([wanted, *self._packs_in(w, one)])
                self.taken[one, w] = self.model.new_int_var(0, most, f"taken_{one}_{w}")
            given = [self.given[i] for i in self.classes[one]]
            served = [self.taken[one, w] for w in range(len(self.problem.warehouses))]
            self.model.add(sum(served) == sum(given) + earlier.get(one, 0))

    def _packs_in(self, warehouse: int, one: PackClass) -> Iterable[int]:
        item, pack, _ = one
        for sku, pieces in self.problem.parts_of(item):
            yield int(self.problem.supply[warehouse, sku]) // (pieces * pack)

    def _earlier_packs(self) -> dict[PackClass, int]:
        """Packs decided before, of all products that can matter here.

        Products share no SKU; only the pick capacity of a warehouse joins them.
        """
        c, p = self.problem.claims, self.problem
        served = self.state.packs > 0
        if not p.picks_are_limited:
            products = {int(p.item_product[one[0]]) for one in self.classes}
            served &= np.isin(p.item_product[c.item], list(products))
        found: dict[PackClass, int] = defaultdict(int)
        for i in np.flatnonzero(served).tolist():
            found[self.class_of(i)] += int(self.state.packs[i])
        return found

    def pieces_of_sku_from(self, place: int, sku: int) -> Expression:
        """Pieces of a SKU that leave a place for good, earlier levels included."""
        if not self.places.are_several(sku):
            return self._weighted(sku) + int(self.state.used[sku])
        terms = self._taken_from.get((place, sku), ())
        return _sum([taken for taken, _ in terms], [pieces for _, pieces in terms])

    @cached_property
    def _taken_from(self) -> dict[tuple[int, int], list[tuple[Any, int]]]:
        """Per warehouse and SKU what is taken there, with the pieces of one pack."""
        found = defaultdict(list)
        for (one, w), taken in self.taken.items():
            for sku, pieces in self.problem.parts_of(one[0]):
                found[w, sku].append((taken, pieces * one[1]))
        return found

    def pieces_picked_at(self, warehouse: int) -> Expression:
        """Pieces picked at a warehouse; what is reserved is not picked."""
        c = self.problem.claims
        if not self.taken:
            picked = [i for i in self.claims if c.kind[i] != RESERVE]
            pieces = [int(c.pack_pieces[i]) for i in picked]
            return _sum([self.given[i] for i in picked], pieces) + self.state.picked
        return sum(
            sum(pieces for _, pieces in self.problem.parts_of(one[0])) * one[1] * taken
            for (one, w), taken in self.taken.items()
            if w == warehouse and one[2]
        )

    def cents_of_franchisee(self, franchisee: int) -> list[Term]:
        """What a franchisee spends on these shipments."""
        return self._cents(self.shipments_of(franchisee))

    def cents_of_order(self, order: int) -> list[Term]:
        """What these lines of an order ship for."""
        return self._cents(self.lines_of(order))

    def pieces_for_outlet(self, is_store: bool, outlet: int, sku: int) -> Expression:
        """Pieces of a SKU that an outlet gets, shipped and reserved, earlier levels included."""
        c = self.problem.claims
        mine = {
            i
            for i, _ in self._takers.get(sku, ())
            if c.kind[i] <= STORE and (c.kind[i] == STORE) == is_store and c.outlet[i] == outlet
        }
        place = self.problem.capped.place(is_store, outlet, sku)
        return self._weighted(sku, mine) + int(self.state.outlet_pieces[place])

    def shipments_of(self, franchisee: int) -> list[int]:
        c = self.problem.claims
        return [i for i in self.claims if c.kind[i] == SHIP and c.outlet[i] == franchisee]

    def lines_of(self, order: int) -> list[int]:
        c = self.problem.claims
        return [i for i in self.claims if c.kind[i] == SHIP and c.order[i] == order]

    def skus(self) -> list[int]:
        """The SKUs that these claims can take."""
        items = {int(self.problem.claims.item[i]) for i in self.claims}
        items |= {one[0] for one, _ in self.taken}
        return sorted({sku for item in items for sku, _ in self.problem.parts_of(item)})

    @cached_property
    def _takers(self) -> dict[int, list[tuple[int, int]]]:
        """Per SKU the claims that take it, with the pieces of one pack."""
        c, found = self.problem.claims, defaultdict(list)
        for i in self.claims:
            for sku, pieces in self.problem.parts_of(int(c.item[i])):
                found[sku].append((i, pieces * int(c.pack[i])))
        return found

    def _weighted(self, sku: int, among: Container[int] | None = None) -> Expression:
        """Pieces of a SKU that these claims take, or those of them that are `among`."""
        takers = [one for one in self._takers.get(sku, ()) if among is None or one[0] in among]
        return _sum([self.given[i] for i, _ in takers], [weight for _, weight in takers])

    def _cents(self, claims: list[int]) -> list[Term]:
        """Per claim the price of a pack. A pack larger than its claim is never bought; only its
        price could leave int64."""
        c = self.problem.claims
        buyers = [i for i in claims if self.most[i]]
        return [Term(self.given[i], int(c.pack[i]) * int(c.price[i]), self.most[i]) for i in buyers]


def _sum(variables: list[Any], weights: list[int]) -> Expression:
    return cp_model.LinearExpr.weighted_sum(variables, weights)
