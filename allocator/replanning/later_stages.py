"""Stages 2 and 3 of a what-if: SKU by SKU, only those that an edit reaches are solved.

Why this is exact. Behind stage 1 nothing but goods is scarce, so claims meet only on a SKU, or,
where ratio packs or size runs join SKUs, within a product. A group of a stage whose claims, their
order by levels and ids, wishes and stock left are what they were has the base's answer. So has one
of which only the order or the stock left differs, if it covers all wishes then and now: all of them
are full.
"""

from __future__ import annotations

import numpy as np

from allocator.claims import RESERVE
from allocator.fast.greedy_pass import order_by
from allocator.plan import Plan
from allocator.problem import Problem
from allocator.references import Ints, Mask
from allocator.replanning.goods import pieces_by_sku
from allocator.replanning.slicing import solve_reservations, solve_some
from allocator.resources import SUPPLY


class StageReplan:
    """Decides the claims of stage 2, or of stage 3.

    now, then: where the stage lies in the edited problem and in the base. old: per claim of the
    edited problem its number in the base, -1 = none; None where all kept theirs. old_stock: the
    same for the rows of store_stock. solved: how many claims were solved again.
    """

    def __init__(
        self,
        base: Plan,
        edited: Problem,
        now: slice,
        then: slice,
        old: Ints | None,
        old_stock: Ints | None,
    ) -> None:
        self.base, self.edited, self.now, self.then = base, edited, now, then
        self.old, self.old_stock = (None if old is None else old[now]), old_stock
        self.solved = 0

    def run(self, packs: Ints, wanted: Ints, left: Ints, more: Ints) -> Ints:
        """Put the stage's packs into `packs`; by how much more of each SKU is left behind it.

        wanted: wishes of all claims. left: pieces of each SKU that the base had left before the
        stage; more: by how much more it is now.
        """
        before = self.base.packs
        if self.old is None:
            packs[self.now] = before[self.then]
        else:
            packs[self.now] = np.where(self.old >= 0, before[self.old], 0)
        reached, gone = self._reached(wanted, left, more)
        if not reached.any():
            return more
        every = self._claims_of(reached)
        old = every if self.old is None else self.old[every - self.now.start]
        freed = self._pieces_of_base(old[old >= 0]) + self._pieces_of_base(gone)
        packs[every] = 0
        claims = every[wanted[every] > 0]
        self.solved = len(claims)
        if len(claims):
            there = np.where(reached, left + more, 0)
            packs[claims] = self._solve(claims, wanted, there)
        return np.asarray(more + freed - pieces_by_sku(self.edited, claims, packs[claims]))

    def _solve(self, claims: Ints, wanted: Ints, left: Ints) -> Ints:
        if self.edited.claims.kind[claims[0]] == RESERVE:
            return solve_reservations(self.edited, claims, wanted[claims], left)
        return solve_some(self.edited, claims, left)

    def _pieces_of_base(self, claims: Ints) -> Ints:
        return pieces_by_sku(self.base.problem, claims, self.base.packs[claims])

    def _claims_of(self, reached: Mask) -> Ints:
        """The claims that take one of these SKUs."""
        rows = self.edited.resources.rows(SUPPLY, self.now)
        mine = rows.owners(reached[rows.which], self.now.stop - self.now.start)
        return np.asarray(self.now.start + np.flatnonzero(mine))

    def _reached(self, wanted: Ints, left: Ints, more: Ints) -> tuple[Mask, Ints]:
        """Per SKU, whether its claims have to be solved; the base's claims that are gone."""
        base, e = self.base, self.edited
        b, here, was = base.problem.claims, self.now, base.wanted
        rows, n = e.resources.rows(SUPPLY, here), here.stop - here.start
        owner, sku = np.arange(n)[rows.owner], rows.which
        reached = np.zeros(e.n_skus, dtype=np.bool_)
        gone = np.zeros(0, dtype=np.int64)
        if self.old is None:
            differs = wanted[here] != was[self.then]
            if b is not e.claims:
                differs |= b.pack[self.then] != e.claims.pack[here]
        else:
            known = self.old >= 0
            differs = wanted[here] != np.where(known, was[self.old], 0)
            differs |= (b.pack[self.old] != e.claims.pack[here]) & known & (wanted[here] > 0)
            is_gone = np.ones(self.then.stop - self.then.start, dtype=np.bool_)
            is_gone[self.old[known] - self.then.start] = False
            gone = self.then.start + np.flatnonzero(is_gone)
            gone = gone[was[gone] > 0]
            reached[base.problem.resources.rows(SUPPLY, gone).which] = True
        reached[sku[differs[owner]]] = True
        wish = np.zeros(e.n_skus, dtype=np.int64)
        # A pack may be larger than the wish: what is wished is counted unit by unit.
        np.add.at(wish, sku, wanted[here][owner] * (rows.amount // e.claims.pack[here][owner]))
        # A group that differs in its wishes is reached already: the others want what they wanted.
        scarce = (left + more < wish) | (left < wish)
        other = more != 0
        if self.old is not None:
            other |= self._overtaken(owner, sku, wanted)
        reached |= other & scarce
        if e.claims.kind[here.start : here.stop].max(initial=0) > RESERVE:
            reached |= self._other_size_runs()
        if not e.parts.are_skus_alone or e.size_run_min is not None:
            product = e.references.sku_product
            whole = np.zeros(len(e.product_ids), dtype=np.bool_)
            whole[product[reached]] = True
            reached = whole[product]
        return reached, gone

    def _overtaken(self, owner: Ints, sku: Ints, wanted: Ints) -> Mask:
        """Per SKU, whether claims stand otherwise to each other than they did.

        Where ratio packs or size runs join SKUs, claims are compared product by product.
        """
        e, b = self.edited, self.base.problem.claims
        assert self.old is not None  # noqa: S101 - asked only where claims were renumbered
        found = np.zeros(e.n_skus, dtype=np.bool_)
        steps = np.diff(self.old)
        level, was = e.claims.level[self.now], b.level
        if self._stands_still(steps, level):
            return found
        joined = not e.parts.are_skus_alone or e.size_run_min is not None
        group = e.references.sku_product[sku] if joined else sku
        some = np.flatnonzero((self.old[owner] >= 0) & (wanted[self.now][owner] > 0))
        order = some[order_by(group[some], max(e.n_skus, 1))]
        mine, before = owner[order[1:]], owner[order[:-1]]
        old, old_before = self.old[mine], self.old[before]
        moved = (level[mine] != level[before]) != (was[old] != was[old_before])
        moved |= old < old_before
        moved &= group[order[1:]] == group[order[:-1]]
        groups = np.zeros(max(e.n_skus, len(e.product_ids)), dtype=np.bool_)
        groups[group[order[1:][moved]]] = True
        return np.asarray(groups[e.references.sku_product] if joined else groups[: e.n_skus])

    def _stands_still(self, steps: Ints, level: Ints) -> bool:
        if not (steps == 1).all():
            return False
        was = self.base.problem.claims.level[self.then]
        return len(was) == len(level) and bool((np.diff(level) == np.diff(was)).all())

    def _other_size_runs(self) -> Mask:
        """SKUs that size runs join with what was edited."""
        e, b = self.edited, self.base.problem
        found = np.zeros(e.n_skus, dtype=np.bool_)
        if e.size_run_min != b.size_run_min:
            found[:] = True
        before, after = b.tables.store_stock, e.tables.store_stock
        if e.size_run_min is None or before is after:
            return found
        old = np.arange(after.height) if self.old_stock is None else self.old_stock
        known = old >= 0
        gone = np.ones(before.height, dtype=np.bool_)
        gone[old[known]] = False
        found[b.references.stock_sku[gone]] = True
        other = ~known
        for name in ("on_hand", "safety"):
            other[known] |= before[name].to_numpy()[old[known]] != after[name].to_numpy()[known]
        found[e.references.stock_sku[other]] = True
        return found
