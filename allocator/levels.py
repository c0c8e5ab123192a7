"""Level keys as the result shows them: tuples that are compared from left to right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from allocator.claims import REGION, RESERVE, SHIP, STORE
from allocator.references import Ints

if TYPE_CHECKING:
    from allocator.problem import Problem

Key = tuple[int | str, ...]


def level_keys(problem: Problem, claims: Ints) -> pl.Series:
    """The key of each of these claims' levels, as the text of a JSON array."""
    c = problem.claims
    kind, outlet = c.kind[claims], c.outlet[claims]
    product = problem.item_product[c.item[claims]]
    is_region = (kind == REGION).astype(np.int64)
    region, tier, rank = (np.zeros(len(claims), dtype=np.int64) for _ in range(3))
    for which, ranks in ((SHIP, problem.ranks), (RESERVE, problem.reserve_ranks)):
        rank[kind == which] = ranks[outlet[kind == which]]
    of_store, of_region = kind == STORE, kind == REGION
    region[of_store] = problem.store_region[outlet[of_store]]
    region[of_region] = outlet[of_region]
    tier[of_store] = problem.store_tier[outlet[of_store]]
    season = problem.product_season[product]
    run_season = problem.tables.settings.season
    is_free = season == "NS"
    own_season = np.where(is_free, run_season, season)
    for one, places in problem.region_place.items():
        mask = (own_season == one) & (kind >= STORE)
        region[mask] = places[region[mask]]
    texts = pl.Series(
        [json.dumps(p, ensure_ascii=False) for p in problem.product_ids], dtype=pl.String
    )
    frame = pl.DataFrame(
        {
            "stage": np.minimum(kind.astype(np.int64) + 1, 3),
            "kind": kind,
            "rank": rank,
            "free": is_free.astype(np.int64),
            "other": ((season != run_season) & ~is_free).astype(np.int64),
            "before": np.where(is_free, is_region, region),
            "behind": np.where(is_free, region, is_region),
            "launch": problem.product_launch[product],
            "tier": tier,
        }
    ).with_columns(product=texts.gather(product))
    goods = ["launch"] if problem.tables.settings.launch_ties == "SHARED" else ["launch", "product"]
    funded = pl.format("[{}]", pl.concat_str(["stage", "rank", *goods], separator=", "))
    gaps = ["stage", "free", "other", "before", "behind", *goods, "tier"]
    gap = pl.format("[{}]", pl.concat_str(gaps, separator=", "))
    key = pl.when(pl.col("kind") <= RESERVE).then(funded).otherwise(gap)
    return frame.select(key.alias("key")).to_series()


def level_key(problem: Problem, level: int) -> Key:
    """The key of one level."""
    first = np.array([problem.level_start[level]], dtype=np.int64)
    return tuple(json.loads(level_keys(problem, first)[0]))
