"""The variables of one level's program, and the sums that rules ask of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from ortools.sat.python import cp_model

from allocator.claims import SHIP
from allocator.problem import Problem
from allocator.program.large_sums import Term
from allocator.program.places import Pool, Warehouses
from allocator.references import Ints, Mask
from allocator.resources import KINDS, PackClass
from allocator.state import State

Expression = Any  # ortools has no type information; an expression is linear in whole numbers


class Use(NamedTuple):
    """What takes of one resource, and how much there is for it."""

    terms: list[Term]
    left: int


@dataclass
class Question:
    """Which claims to decide, and which later lines their orders need.

    here: claims of the level, ascending. later: shipping claims of orders that are started, or may
    be started here, at later levels. most: upper bounds on packs that are known to hold, if any.
    usable_stock, needs_fitting: the fast path's pool, see `places.Pool`; None = goods lie in the
    warehouses.
    """

    here: list[int]
    later: list[int] = field(default_factory=list)
    most: Mapping[int, int] = field(default_factory=dict)
    usable_stock: Ints | None = None
    needs_fitting: Mask | None = None

    def places(self, problem: Problem) -> Warehouses:
        """Where the goods lie that these claims take."""
        if self.usable_stock is None:
            return Warehouses(problem)
        return Pool(problem, self.usable_stock, self.needs_fitting)


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
        self.started = {
            o: model.new_bool_var(f"started_{o}") for o in self.orders if problem.has_rule[o]
        }
        self.classes: dict[PackClass, list[int]] = defaultdict(list)
        for i in self.claims:
            if self.places.are_several(int(c.item[i])):
                self.classes[problem.resources.class_of(i)].append(i)
        self.taken: dict[tuple[PackClass, int], Term] = {}
        if self.classes:
            self._take_from_warehouses()

    def _take_from_warehouses(self) -> None:
        """Which warehouse serves earlier claims stays free: per kind of pack, not per claim."""
        earlier = self._earlier_packs()
        for one in sorted(set(self.classes) | set(earlier)):
            wanted = earlier.get(one, 0) + sum(self.most[i] for i in self.classes[one])
            for w in range(len(self.problem.warehouses)):
                most = min(wanted, self.problem.resources.packs_in(w, one))
                taken = self.model.new_int_var(0, most, f"taken_{one.item}_{one.pack}_{w}")
                self.taken[one, w] = Term(taken, 1, most)
            given = [self.given[i] for i in self.classes[one]]
            served = [self.taken[one, w].variable for w in range(len(self.problem.warehouses))]
            self.model.add(sum(served) == sum(given) + earlier.get(one, 0))

    def _earlier_packs(self) -> dict[PackClass, int]:
        """Packs decided before, of all products that can matter here.

        Products share no SKU; only the pick capacity of a warehouse joins them.
        """
        c, p = self.problem.claims, self.problem
        served = self.state.packs > 0
        if not p.picks_are_limited:
            products = {int(p.item_product[one.item]) for one in self.classes}
            served &= np.isin(p.item_product[c.item], list(products))
        return p.resources.classes(self.state.packs, np.flatnonzero(served))

    def uses(self, kind: int) -> Iterator[Use]:
        """What takes of every resource of a kind, and what is left for it; in warehouses, earlier
        packs are among the takers."""
        for (place, which), terms in sorted(self._takers[kind].items()):
            if place < 0:
                left = self.places.total(kind, which) - int(self.state.taken[kind][which])
            else:
                left = int(self.problem.resources.there[kind][place, which])
            yield Use(terms, left)

    @cached_property
    def _takers(self) -> dict[int, dict[tuple[int, int], list[Term]]]:
        """Per kind, per warehouse (-1 = wherever goods lie) and resource what takes of it."""
        found: dict[int, dict[tuple[int, int], list[Term]]] = defaultdict(lambda: defaultdict(list))
        for (one, w), taken in self.taken.items():
            for (kind, which), n in one.rows:
                found[kind][w, which].append(Term(taken.variable, n, taken.most))
        for i in self.claims:
            in_one_place = not self.places.are_several(int(self.problem.claims.item[i]))
            for (kind, which), n in self.problem.resources.of_claim(i):
                if self.most[i] and (in_one_place or not KINDS[kind].in_warehouses):
                    found[kind][-1, which].append(self._term(i, n))
        return found

    def cents_of_order(self, order: int) -> list[Term]:
        """What these lines of an order ship for."""
        c = self.problem.claims
        lines = [i for i in self.lines_of(order) if self.most[i]]
        return [self._term(i, int(c.pack[i]) * int(c.price[i])) for i in lines]

    def lines_of(self, order: int) -> list[int]:
        c = self.problem.claims
        return [i for i in self.claims if c.kind[i] == SHIP and c.order[i] == order]

    def _term(self, claim: int, each: int) -> Term:
        return Term(self.given[claim], each, self.most[claim])
