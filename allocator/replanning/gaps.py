"""Stages 2 and 3 of a what-if: SKU by SKU, only those that an edit reaches are solved.

Why this is exact. Behind stage 1 nothing but goods is scarce, so claims meet only on a SKU, or,
where ratio packs or size runs join SKUs, within a product. A group whose claims, wishes and stock
left are what they were has the base's answer. So has one of which only the stock left differs, if
it covers all wishes then and now: all of them are full.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from allocator.claims import REGION, RESERVE, STORE
from allocator.keys import Ints, Mask
from allocator.parts import expand
from allocator.plan import Plan
from allocator.problem import Problem, problem_from
from allocator.replanning.shipping import goods_tables, replace_supply
from allocator.solving import solve
from allocator.tables import Tables


def reached_groups(
    plan: Plan, edited: Problem, wanted: Ints, start: int, left: Ints, more: Ints
) -> Mask:
    """Per SKU, whether its claims behind stage 1 (from `start` on) have to be solved.

    left: pieces behind stage 1. more: by how much that differs from the base.
    """
    b, e = plan.problem.claims, edited.claims
    differs = wanted[start:] != plan.wanted[start:]
    if b is not e:
        differs |= b.pack[start:] != e.pack[start:]
    reached = np.zeros(edited.n_skus, dtype=np.bool_)
    owner, sku, pieces = expand(edited, e.item[start:])
    reached[sku[differs[owner]]] = True
    wish = np.zeros(edited.n_skus, dtype=np.int64)
    np.add.at(wish, sku, wanted[start:][owner] * pieces)
    # A group that differs is reached already: the others want now what they wanted.
    reached |= (more != 0) & ((left < wish) | (left - more < wish))
    before, after = plan.problem.tables.store_stock, edited.tables.store_stock
    if edited.size_run_min is not None and before is not after:
        other = (before["on_hand"] != after["on_hand"]) | (before["safety"] != after["safety"])
        reached[edited.keys.stock_sku[other.to_numpy()]] = True
    if len(edited.keys.prepack_ids) or edited.size_run_min is not None:
        product = edited.keys.sku_product
        whole = np.zeros(len(edited.product_ids), dtype=np.bool_)
        whole[product[reached]] = True
        reached = whole[product]
    return reached


def claims_of_groups(problem: Problem, start: int, reached: Mask) -> Ints:
    """The claims behind stage 1 that take one of these SKUs."""
    owner, sku, _ = expand(problem, problem.claims.item[start:])
    mine = np.zeros(len(problem.claims) - start, dtype=np.bool_)
    mine[owner[reached[sku]]] = True
    return start + np.flatnonzero(mine)


def solve_groups(problem: Problem, claims: Ints, wanted: Ints, skus: Ints, left: Ints) -> Ints:
    """Packs for these claims of stages 2 and 3, with so much left of these SKUs.

    Reservations come as lines of blocked franchisees: nothing ships, all of it may be reserved.
    """
    c, t = problem.claims, problem.tables
    reserves = claims[(c.kind[claims] == RESERVE) & (wanted[claims] > 0)]
    lines = t.order_lines[c.source[reserves]].with_columns(
        qty=pl.Series(wanted[reserves]),
        pack=pl.Series(c.pack[reserves]),
        price_cents=pl.lit(0, pl.Int64),
        reserve=pl.lit(1, pl.Int64),
    )
    is_mine = np.zeros(problem.n_skus, dtype=np.bool_)
    is_mine[skus] = True
    stock = np.flatnonzero(is_mine[problem.keys.stock_sku])
    targets = np.flatnonzero(is_mine[problem.keys.reserve_sku])
    tables = Tables(
        settings=replace(t.settings, pick_capacity=None, share_cap_ppm=None),
        regions=t.regions,
        order_lines=lines,
        orders=t.orders[np.unique(c.order[reserves])].with_columns(
            ship_complete=pl.lit(0, pl.Int64), min_ship_value_cents=pl.lit(0, pl.Int64)
        ),
        franchisees=t.franchisees[np.unique(c.outlet[reserves])].with_columns(
            blocked=pl.lit(1, pl.Int64)
        ),
        stores=t.stores,
        store_stock=t.store_stock[stock],
        region_reserves=t.region_reserves[targets],
        **goods_tables(problem, skus, reserves),
    )
    sub = replace_supply(problem_from(tables), left)
    found = solve(sub)
    number = np.zeros(len(c), dtype=np.int64)
    for kind, rows in ((STORE, stock), (REGION, targets)):
        mine = np.flatnonzero(sub.claims.kind == kind)
        whole = np.full(max(len(t.store_stock), len(t.region_reserves)), -1, dtype=np.int64)
        of_kind = claims[c.kind[claims] == kind]
        whole[c.source[of_kind]] = of_kind
        number[whole[rows[sub.claims.source[mine]]]] = found.packs[mine]
    mine = np.flatnonzero(sub.claims.kind == RESERVE)
    number[reserves[sub.claims.source[mine]]] = found.packs[mine]
    return np.asarray(number[claims])
