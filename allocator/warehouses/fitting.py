"""Several warehouses: how many packs their stock really holds, and whether a plan fits.

Standard problem: vector bin packing. Method: first fit decreasing (Johnson 1973).

Why this is exact. Packs of one size s fit into the warehouses if and only if they are at most the
sum of floor(stock / s). Packs of several sizes are fitted largest first, each size into as many
warehouses as needed: an assignment found so is an assignment. When none is found the product counts
as one that needs fitting, and the program decides.
"""

from __future__ import annotations

import numpy as np

from allocator.problem import Problem
from allocator.references import Ints, Mask
from allocator.resources import Resource
from allocator.state import State


def usable_stock_of(problem: Problem) -> Ints:
    """Pieces of each SKU that whole packs can use.

    With one warehouse, or packs of several sizes, all pieces: an upper bound in the latter case.
    """
    return np.asarray(usable_stock_by_warehouse(problem).sum(axis=0))


def usable_stock_by_warehouse(problem: Problem) -> Ints:
    """The same per warehouse: pieces [warehouse, SKU]."""
    if len(problem.warehouses) < 2:
        return problem.supply
    size = np.maximum(_only_pack_size(problem), 1)
    return np.asarray(problem.supply // size * size)


def _only_pack_size(problem: Problem) -> Ints:
    """The pieces per pack of a SKU's claims where all have the same, else 0."""
    c = problem.claims
    plain = np.flatnonzero((c.item < problem.n_skus) & (problem.most_packs > 0))
    sku, size = c.item[plain], c.pack_pieces[plain]
    low = np.full(problem.n_skus, np.iinfo(np.int64).max)
    high = np.zeros(problem.n_skus, dtype=np.int64)
    np.minimum.at(low, sku, size)
    np.maximum.at(high, sku, size)
    return np.where((low == high) & ~_in_prepacks(problem), high, 0)


def _in_prepacks(problem: Problem) -> Mask:
    found = np.zeros(problem.n_skus, dtype=np.bool_)
    found[problem.parts.sku[problem.n_skus :]] = True
    return found


def fits_into_warehouses(problem: Problem, state: State, needs_fitting: Mask) -> Mask:
    """Per product, whether its plan was found in one place but does not fit into several."""
    c, misfits = problem.claims, np.zeros_like(needs_fitting)
    if len(problem.warehouses) < 2:
        return misfits
    given = np.flatnonzero(state.packs > 0)
    product = problem.item_product[c.item[given]]
    mixed = (_only_pack_size(problem) == 0)[np.minimum(c.item[given], problem.n_skus - 1)]
    check = given[~needs_fitting[product] & (mixed | (c.item[given] >= problem.n_skus))]
    for claims in _split(problem.item_product[c.item[check]], check):
        if not _fits(problem, state, claims):
            misfits[problem.item_product[c.item[claims[0]]]] = True
    return misfits


def _split(keys: Ints, claims: Ints) -> list[Ints]:
    if not len(claims):
        return []
    order = np.argsort(keys, kind="stable")
    return np.split(claims[order], np.flatnonzero(np.diff(keys[order])) + 1)


def _fits(problem: Problem, state: State, claims: Ints) -> bool:
    """Whether the packs of these claims, largest first, find a place in the warehouses."""
    resources = problem.resources
    left: dict[tuple[int, Resource], int] = {}
    classes = resources.classes(state.packs, claims)
    for one, packs in sorted(classes.items(), key=lambda of: (-of[0].pieces, of[0])):
        rest = packs
        for w in range(len(problem.warehouses)):
            there = [
                left.setdefault((w, (kind, which)), int(resources.there[kind][w, which])) // n
                for (kind, which), n in one.rows
            ]
            here = min(rest, *there)
            for resource, n in one.rows:
                left[w, resource] -= here * n
            rest -= here
        if rest:
            return False
    return True


def meets_prepacks(problem: Problem) -> Mask:
    """Per item, whether claims on prepacks reach its product."""
    c = problem.claims
    none = problem.parts.are_skus_alone
    prepack = c.item[:0] if none else c.item[c.item >= problem.n_skus]
    product = np.zeros(max(len(problem.product_ids), 1), dtype=np.bool_)
    product[problem.item_product[prepack]] = True
    return product[problem.item_product]
