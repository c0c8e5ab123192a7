"""What the fast path takes over from a finished plan where a what-if is solved as a whole.

`allocator.replanning` decides which what-ifs are; this spares them whole ranks and products.

Why this is exact. A rank of stage 1 is a function of its own claims, its franchisees' funds and
what is left of its SKUs when its turn comes; a product in stages 2 and 3 is a function of its own
claims and what is left of its SKUs. Where all of that is as it was, so is the answer. What is left
of a SKU may differ as long as it covers, then and now, all that is wanted of it. With pick capacity
or warehouses that packs must be fitted into everything can reach everything, and nothing is taken
over.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from allocator.claims import RESERVE, STORE
from allocator.plan import Plan
from allocator.problem import Problem
from allocator.references import Ints, Mask
from allocator.resources import FUNDS, SHARE, SUPPLY
from allocator.state import State


class Base:
    """A plan of a base problem, as far as it can serve an edited one."""

    def __init__(self, base: Problem, plan: Plan, edited: Problem) -> None:
        self.base, self.plan, self.edited = base, plan, edited
        self.usable = (
            {*base.resources.binding, *edited.resources.binding} <= {SUPPLY, FUNDS, SHARE}
            and base.warehouses == edited.warehouses
            and base.size_run_min == edited.size_run_min
            and not plan.unproven
            and bool(plan.summary["reproducible"])
            and _same_rows(base, edited)
        )
        self._used = np.zeros(base.n_skus, dtype=np.int64)
        self._counted = 0

    @cached_property
    def old(self) -> Ints:
        """The base's number of every claim, -1 where it had none."""
        b, e = self.base.claims, self.edited.claims
        n_rows = 1 + max(int(b.source.max(initial=0)), int(e.source.max(initial=0)))
        number = np.full(4 * n_rows, -1, dtype=np.int64)
        number[b.kind.astype(np.int64) * n_rows + b.source] = np.arange(len(b))
        return np.asarray(number[e.kind.astype(np.int64) * n_rows + e.source])

    @cached_property
    def same(self) -> Mask:
        """Claims that are in every property what they were."""
        b, e, old = self.base, self.edited, self.old
        same = old >= 0
        at = np.maximum(old, 0)
        if not len(b.claims):
            return same
        for name in ("item", "outlet", "order", "wanted", "pack", "price"):
            same &= getattr(b.claims, name)[at] == getattr(e.claims, name)
        lines = np.flatnonzero(same & (e.claims.kind <= RESERVE))
        order, outlet = e.claims.order[lines], e.claims.outlet[lines]
        same[lines] &= b.ship_complete[order] == e.ship_complete[order]
        same[lines] &= b.minimum[order] == e.minimum[order]
        same[lines] &= b.blocked[outlet] == e.blocked[outlet]
        same[lines] &= (e.claims.kind[lines] == RESERVE) | (b.funds[outlet] == e.funds[outlet])
        if b.share_cap is not None or e.share_cap is not None:
            if b.share_cap is None or e.share_cap is None:
                return np.zeros_like(same)
            same &= (b.share_cap == e.share_cap)[np.minimum(e.claims.item, e.n_skus - 1)]
            same &= e.claims.item < e.n_skus
        return same

    def _stand_together(self, claims: Ints) -> bool:
        """Whether the claims follow each other, level by level, as they did."""
        old = self.old[claims]
        if not self.same[claims].all() or (np.diff(old) <= 0).any():
            return False
        b, e = self.base.claims.level, self.edited.claims.level
        return bool(((np.diff(b[old]) > 0) == (np.diff(e[claims]) > 0)).all())

    def rank(
        self, start: int, end: int, state: State, usable_stock: Ints, base_stock: Ints
    ) -> Ints | None:
        """The packs of a rank's claims, if the edit does not reach them."""
        claims = np.arange(start, end)
        if not self._stand_together(claims):
            return None
        old = self.old[claims]
        if int(old[-1] - old[0]) != end - start - 1 or not self._is_whole_rank(old):
            return None
        if not self._goods_are_as_they_were(claims, int(old[0]), state, usable_stock, base_stock):
            return None
        return self.plan.packs[old]

    def _is_whole_rank(self, old: Ints) -> bool:
        c, ranks = self.base.claims, self.base.ranks
        rank = ranks[c.outlet[old[0]]]
        before, behind = int(old[0]) - 1, int(old[-1]) + 1
        n = c.first_of(RESERVE)
        return (before < 0 or ranks[c.outlet[before]] != rank) and (
            behind >= n or ranks[c.outlet[behind]] != rank
        )

    def _goods_are_as_they_were(
        self, claims: Ints, first_old: int, state: State, usable_stock: Ints, base_stock: Ints
    ) -> bool:
        """What is left of each SKU is what it was, or covers all that is wanted both times."""
        e = self.edited
        if first_old < self._counted:
            self._used[:], self._counted = 0, 0
        behind = np.arange(self._counted, first_old)
        self._used += _pieces(self.base, behind, self.plan.packs[behind])
        self._counted = first_old
        wanted = _pieces(e, claims, e.most_packs[claims])
        now, then = usable_stock - state.used, base_stock - self._used
        concerned = wanted > 0
        enough = (now >= wanted) & (then >= wanted)
        return bool((~concerned | (now == then) | enough).all())

    def products(self, claims: Ints, state: State, usable_stock: Ints, base_stock: Ints) -> Mask:
        """Which of the claims (of one stage behind shipping) keep what they had."""
        b, e = self.base, self.edited
        old = self.old[claims]
        n_products = max(len(e.product_ids), 1)
        product = e.item_product[e.claims.item[claims]]
        reached = np.zeros(n_products, dtype=np.bool_)
        good = self.same[claims] & (state.wanted[claims] == self.plan.wanted[old])
        reached[product[~good]] = True
        # Claims that the base had and the edit has not, or of which the order changed.
        kind = b.claims.kind
        stage2 = e.claims.kind[claims[0]] == RESERVE
        stage = kind == RESERVE if stage2 else kind >= STORE
        there = np.flatnonzero(stage & (self.plan.wanted > 0))
        gone = np.ones(len(kind), dtype=np.bool_)
        gone[old[old >= 0]] = False
        reached[b.item_product[b.claims.item[there[gone[there]]]]] = True
        order = np.argsort(product, kind="stable")
        mine, before = order[1:], order[:-1]
        neighbours = product[mine] == product[before]
        steps_old = old[mine] - old[before]
        levels_old = np.diff(b.claims.level[np.maximum(old[order], 0)]) > 0
        levels_new = np.diff(e.claims.level[claims[order]]) > 0
        moved = neighbours & ((steps_old <= 0) | (levels_old != levels_new))
        reached[product[mine[moved]]] = True
        before_stage = np.flatnonzero(kind < RESERVE if stage2 else kind <= RESERVE)
        used = _pieces(b, before_stage, self.plan.packs[before_stage])
        differs = (usable_stock - state.used) != (base_stock - used)
        reached[e.item_product[: e.n_skus][differs]] = True
        if e.share_cap is not None:
            # What shipping gave an outlet counts too; products it gave otherwise are reached.
            shipped = np.flatnonzero(e.claims.kind == 0)
            was = np.where(self.old[shipped] >= 0, self.plan.packs[self.old[shipped]], -1)
            other = shipped[state.packs[shipped] != was]
            reached[e.item_product[e.claims.item[other]]] = True
        return ~reached[product]


def _same_rows(base: Problem, edited: Problem) -> bool:
    """Whether rows mean the same in both: ids stand where they stood."""
    keys = {
        "products": ["product_id"],
        "skus": ["sku_id", "product_id"],
        "franchisees": ["franchisee_id"],
        "orders": ["order_id", "franchisee_id"],
        "order_lines": ["line_id"],
        "stores": ["store_id"],
        "store_stock": ["store_id", "sku_id", "on_hand"],
        "region_reserves": ["region_id", "sku_id"],
        "regions": ["region_id"],
        "prepacks": ["prepack_id", "sku_id", "qty"],
    }
    for table, columns in keys.items():
        one, other = getattr(base.tables, table), getattr(edited.tables, table)
        if one is not other and not one.select(columns).equals(other.select(columns)):
            return False
    return True


def _pieces(problem: Problem, claims: Ints, packs: Ints) -> Ints:
    """The pieces of each SKU that these packs take."""
    return problem.resources.counted(SUPPLY, claims, packs)
