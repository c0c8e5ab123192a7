"""One level, exactly: split into parts that do not touch, each solved by the simplest exact means.

Why this is exact. A resource that all claims together, each at its upper bound, cannot exhaust
binds no plan; without it the claims fall into parts that share no scarce resource and no order with
a rule of its own. T, G and D of a level are sums (or orders) over such parts. A part without a
scarce resource is given all; one with a single scarce resource is a choice among packs
(`allocator.rare`); everything else is put to the program, with the later lines that its orders
need. Of several scarce resources money is held first, and goods only where the plan without regard
to them takes too many: a plan that is best under some rules and keeps the others is best under all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from allocator.claims import SHIP, STORE
from allocator.fast.level_parts import (
    ORDER,
    PLACES,
    SIZE_RUN,
    Bond,
    Part,
    PartOutcome,
    connected,
    together,
)
from allocator.fast.started_orders import StartedOrders
from allocator.limits import Report, SearchLimits
from allocator.problem import Problem
from allocator.rare import (
    MOST_PACKS_SEEN,
    Bundle,
    PackRow,
    choose_packs,
    share_by_sums,
    worths,
)
from allocator.references import Ints, Mask
from allocator.resources import FUNDS, SHARE, SUPPLY, Resource, Row
from allocator.state import State


class LevelSolver:
    """Solves levels, or parts of levels, on the state that earlier levels left.

    usable_stock: what is there of each SKU, in pieces that whole packs can use. needs_fitting: per
    product, whether its claims' packs must be fitted into several warehouses by the program.
    multi_sku: per item, whether its claims take from more than one SKU's stock, or need fitting.
    """

    def __init__(
        self,
        problem: Problem,
        state: State,
        usable_stock: Ints,
        needs_fitting: Mask,
        multi_sku: Mask,
        limits: SearchLimits,
        report: Report,
    ) -> None:
        self.problem, self.state, self.usable_stock, self.needs_fitting = (
            problem,
            state,
            usable_stock,
            needs_fitting,
        )
        self.multi_sku, self.limits, self.report = multi_sku, limits, report
        self.started = StartedOrders(problem, state, self.uses)
        resources = problem.resources
        self.there = {kind: resources.total(kind) for kind in resources.binding}
        self.there[SUPPLY] = usable_stock
        # What a level asks of each kind; all zero between the levels.
        self._demand = {kind: np.zeros(len(there)) for kind, there in self.there.items()}

    def solve(self, here: Ints, later: Sequence[int] = ()) -> Ints:
        """Decide the claims `here` (of one level, ascending); packs per claim.

        later: lines at later levels that undecided orders with a line here, or orders with a
        minimum started before, may need. The state's promises for those lines are renewed; the
        state is not otherwise changed.
        """
        behind = np.array(
            [i for i in later if self._is_bound(int(self.problem.claims.order[i]))], dtype=np.int64
        )
        for i in later:
            self.state.promised.pop(i, None)
        packs = np.zeros(len(here), dtype=np.int64)
        forced = self.started.is_coming[here]
        packs[forced] = self.state.most[here[forced]]
        bound, ahead = self._bounds(here), self._bounds(behind)
        bound[forced] = 0
        self._drop_infeasible_orders(here, bound, behind, ahead)
        if self.problem.size_run_min is not None:
            bound[self.problem.size_runs.infeasible(here, bound)] = 0
        unconstrained = self._unconstrained(here, bound, behind, ahead)
        packs[unconstrained] = bound[unconstrained]
        rest = np.flatnonzero((bound > 0) & ~unconstrained)
        if len(rest):
            most = dict(zip(here[rest].tolist(), bound[rest].tolist(), strict=True))
            after = dict(zip(behind.tolist(), ahead.tolist(), strict=True))
            found: dict[int, int] = {}
            level = int(self.problem.claims.level[here[0]])
            for outcome in self._solve_parts(most, after):
                found.update(outcome.packs)
                self.state.promised.update(outcome.promised)
                if outcome.lacking is not None:
                    # Levels are sums over parts: bounds add up to what other parts give, later.
                    slack = self.report.unproven.get(level, 0)
                    self.report.unproven[level] = slack + outcome.lacking
            packs[rest] = [found[i] for i in here[rest].tolist()]
        return packs

    def _is_bound(self, order: int) -> bool:
        """Whether the order has a rule of its own that it has not met yet."""
        p = self.problem
        met = self.state.order_value[order] >= p.minimum[order]
        return bool(p.ship_complete[order] or not met)

    # Bounds

    def _bounds(self, claims: Ints) -> Ints:
        """The most packs of each claim that what is left would allow to it alone."""
        bound: Ints = self.state.most[claims]
        for kind in self.there:
            rows = self.problem.resources.rows(kind, claims)
            rows.most_packs(self._left_of(kind, rows.which), bound)
        return bound

    def _left_of(self, kind: int, which: Ints) -> Ints:
        """What is left of these, beside what orders started still need."""
        taken, reserved = self.state.taken[kind], self.started.reserved[kind]
        return np.asarray(self.there[kind][which] - taken[which] - reserved[which])

    def _drop_infeasible_orders(self, here: Ints, bound: Ints, behind: Ints, ahead: Ints) -> None:
        """Orders that cannot meet their own rule at the upper bounds of their lines get nothing."""
        p, c, state = self.problem, self.problem.claims, self.state
        ships = np.flatnonzero((c.kind[here] == SHIP) & (bound > 0))
        if not len(ships):
            return
        order = c.order[here[ships]]
        ruled = ships[p.ship_complete[order] | (p.minimum[order] > state.order_value[order])]
        if not len(ruled):
            return
        place = {int(here[at]): (bound, at) for at in ruled.tolist()}
        place.update({i: (ahead, at) for at, i in enumerate(behind.tolist())})
        for one in sorted({int(c.order[i]) for i in place}):
            if state.order_packs[one] > 0:
                continue
            value, is_short = 0, False
            left = self._left((FUNDS, int(p.order_franchisee[one])))
            for i in p.lines_of_order(one):
                at = place.get(i)
                packs = int(at[0][at[1]]) if at else 0
                value += packs * int(c.pack[i]) * int(c.price[i])
                is_short |= packs * int(c.pack[i]) < int(c.wanted[i])
            is_short |= value > left
            if (is_short and p.ship_complete[one]) or value < int(p.minimum[one]):
                for i in p.lines_of_order(one):
                    if i in place:
                        bounds, at_ = place[i]
                        bounds[at_] = 0

    def _unconstrained(self, here: Ints, bound: Ints, behind: Ints, ahead: Ints) -> Mask:
        """Claims that nothing scarce concerns: they get their bound."""
        p, c, state = self.problem, self.problem.claims, self.state
        unconstrained = bound > 0
        unconstrained &= ~self.multi_sku[c.item[here]]
        if p.size_run_min is not None:
            unconstrained &= c.kind[here] != STORE
        lines = np.flatnonzero(c.kind[here] == SHIP)
        if len(lines):
            order = c.order[here[lines]]
            unconstrained[lines] &= ~p.ship_complete[order] & (
                p.minimum[order] <= state.order_value[order]
            )
        if not unconstrained.any():
            return unconstrained
        claims, wanted = np.concatenate([here, behind]), np.concatenate([bound, ahead])
        for kind, demand in self._demand.items():
            rows = p.resources.rows(kind, claims)
            # In float64: exact as far as anything is there, and beyond only "too much".
            np.add.at(demand, rows.which, rows.spread(wanted) * rows.amount.astype(np.float64))
            lacks = (demand[rows.which] > self._left_of(kind, rows.which)) & (rows.amount > 0)
            unconstrained &= ~rows.owners(lacks, len(claims))[: len(here)]
            demand[rows.which] = 0
        return unconstrained

    # Parts

    def uses(self, claim: int) -> tuple[Row, ...]:
        """The resources that one pack of the claim takes from, and how much."""
        rows = self.problem.resources.of_claim(claim)
        product = int(self.problem.item_product[self.problem.claims.item[claim]])
        if not self.needs_fitting[product]:
            return rows
        return (((PLACES, product), 1), *(row for row in rows if row[0][0] != SUPPLY))

    def _left(self, resource: Resource) -> int:
        """What is left of a resource; below zero = always scarce."""
        kind, which = resource
        if kind == PLACES:
            return -1
        taken, reserved = self.state.taken[kind][which], self.started.reserved[kind][which]
        return int(self.there[kind][which] - taken - reserved)

    def _solve_parts(self, most: dict[int, int], ahead: dict[int, int]) -> list[PartOutcome]:
        parts, takers = self._parts(most, ahead)
        return [
            self._solve_joint(part, takers, most, ahead)
            if len(part.scarce) > 1
            else self._solve_part(part, most, ahead)
            for part in parts
        ]

    def _solve_joint(
        self,
        part: Part,
        takers: dict[Bond, list[int]],
        most: dict[int, int],
        ahead: dict[int, int],
    ) -> PartOutcome:
        """A part of several scarce resources, of which only those are held that must be.

        Money comes first; goods that a plan without regard to them exceeds are held from then on.
        The best plan that regards only some resources and exceeds no other is the best.
        """
        held = {r for r in part.scarce if r[0] not in (SUPPLY, SHARE)}
        held = held or {r for r in part.scarce if r[0] == SUPPLY} or part.scarce
        known: dict[tuple[frozenset[int], frozenset[Resource]], PartOutcome] = {}
        while True:
            bonds = held | (part.bonds - part.scarce)
            outcomes = []
            for piece in connected(part.claims, takers, bonds, held):
                key = frozenset(piece.claims), frozenset(piece.scarce)
                if key not in known:
                    known[key] = self._solve_part(piece, most, ahead)
                outcomes.append(known[key])
            whole = together(outcomes)
            given = {**whole.promised, **whole.packs}
            over = {
                r
                for r in part.scarce - held
                if sum(self._takes(i, r) * given.get(i, 0) for i in takers[r]) > self._left(r)
            }
            if not over:
                return whole
            held |= over

    def _parts(
        self, most: dict[int, int], ahead: dict[int, int]
    ) -> tuple[list[Part], dict[Bond, list[int]]]:
        """The parts, and who takes from each resource."""
        c, p = self.problem.claims, self.problem
        demand: dict[Resource, int] = defaultdict(int)
        takers: dict[Bond, list[int]] = defaultdict(list)
        wanted: dict[int, int] = {i: n for b in (most, ahead) for i, n in b.items() if n > 0}
        for claim, bound in wanted.items():
            for resource, amount in self.uses(claim):
                demand[resource] += amount * bound
                takers[resource].append(claim)
        scarce = {r for r, amount in demand.items() if amount > self._left(r)}
        for claim in wanted:
            if c.kind[claim] == SHIP:
                order = int(c.order[claim])
                if self._is_bound(order):
                    takers[ORDER, order].append(claim)
            elif c.kind[claim] == STORE and p.size_run_min:
                product = int(p.item_product[c.item[claim]])
                takers[SIZE_RUN, int(c.outlet[claim]), product].append(claim)
        bonds = scarce | {r for r in takers if r[0] in (ORDER, SIZE_RUN)}
        return connected(wanted, takers, bonds, scarce), takers

    def _solve_part(self, part: Part, most: dict[int, int], ahead: dict[int, int]) -> PartOutcome:
        here = sorted(i for i in part.claims if i in most)
        later = {i: ahead[i] for i in part.claims if i in ahead}
        if not here:
            # Lines of orders started elsewhere that nothing here disturbs: the promise stands.
            return PartOutcome({}, later)
        has_size_run = any(r[0] == SIZE_RUN for r in part.bonds)
        if not part.scarce:
            # Everything fits: the most pieces, and every order and size run meets its own rule at
            # the bounds, else it would have been dropped.
            return PartOutcome({i: most[i] for i in here}, later)
        if len(part.scarce) == 1 and not has_size_run and min(part.scarce)[0] != PLACES:
            found = self._choose(part, most, ahead, min(part.scarce))
            if found is not None:
                c = self.problem.claims
                started = {int(c.order[i]) for i in here if found[i] and c.kind[i] == SHIP}
                return PartOutcome(
                    found, {i: n for i, n in later.items() if int(c.order[i]) in started}
                )
        return self._by_program(part, here, most, ahead)

    def _choose(
        self, part: Part, most: dict[int, int], ahead: dict[int, int], resource: Resource
    ) -> dict[int, int] | None:
        """A choice among packs and bundles; None where it is more than that, or too large."""
        p = self.problem
        bundled: dict[int, list[int]] = {}
        for _, order in (r for r in part.bonds if r[0] == ORDER):
            if not p.ship_complete[order]:
                return None
            bundled[order] = [i for i in p.lines_of_order(order) if i in most or i in ahead]
        inside = {i for lines in bundled.values() for i in lines}
        single = [i for i in part.claims if i not in inside]
        if sum(most[i] for i in single) > MOST_PACKS_SEEN:
            return None
        rows = [
            PackRow(i, self._takes(i, resource), *self._size_and_worths(i, most[i])) for i in single
        ]
        bundles = []
        for _, lines in sorted(bundled.items()):
            bounds = {i: most[i] if i in most else ahead[i] for i in lines}
            here = {i: n for i, n in bounds.items() if i in most}
            sizes = {i: self._size_and_worths(i, n) for i, n in here.items()}
            takes = sum(self._takes(i, resource) * n for i, n in bounds.items())
            pieces = sum(sizes[i][0] * n for i, n in here.items())
            bundles.append(Bundle(here, takes, pieces, sum(sum(w) for _, w in sizes.values())))
        found = choose_packs(rows, self._left(resource), bundles)
        return self._by_sums(single, most, resource) if found is None and not bundles else found

    def _by_sums(
        self, claims: Sequence[int], most: dict[int, int], resource: Resource
    ) -> dict[int, int] | None:
        """A choice among packs that take their pieces from the resource and nothing else."""
        c, here = self.problem.claims, np.array(sorted(claims), dtype=np.int64)
        s, left = c.pack_pieces[here], self._left(resource)
        if left < 0 or any(
            self._takes(i, resource) != n for i, n in zip(here.tolist(), s, strict=True)
        ):
            return None
        q = self.state.wanted[here] * c.unit_pieces[here]
        bound = np.array([most[i] for i in here.tolist()], dtype=np.int64)
        packs = share_by_sums(s, q, bound, left)
        return None if packs is None else dict(zip(here.tolist(), packs.tolist(), strict=True))

    def _takes(self, claim: int, resource: Resource) -> int:
        """What one pack of the claim takes of the resource."""
        return next((amount for one, amount in self.uses(claim) if one == resource), 0)

    def _size_and_worths(self, claim: int, packs: int) -> tuple[int, list[int]]:
        c = self.problem.claims
        size = int(c.pack_pieces[claim])
        q = int(self.state.wanted[claim]) * int(c.unit_pieces[claim])
        return size, worths(size, q, packs)

    def _by_program(
        self, part: Part, here: list[int], most: dict[int, int], ahead: dict[int, int]
    ) -> PartOutcome:
        from allocator.program.solve import solve_level
        from allocator.program.variables import Question

        self.report.by_program += len(here)
        self.report.programs += 1
        started = self.started.lines_that_take(part.scarce)
        later = sorted({*(i for i in part.claims if i in ahead), *started})
        bounds = {**{i: int(self.state.most[i]) for i in started}, **ahead, **most}
        question = Question(here, later, bounds, self.usable_stock, self.needs_fitting)
        answer = solve_level(self.problem, self.state, question, self.limits)
        given = sum(answer.here[i] * int(self.problem.claims.pack_pieces[i]) for i in here)
        lacking = None if answer.proven else answer.bound - given
        return PartOutcome(answer.here, answer.later, lacking)
