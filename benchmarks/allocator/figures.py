"""Pieces and fairness per level of a plan: shows on how many levels the rule loop is wrong."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from benchmarks.allocator.peers import GAP_KEY, Claims

Levels = dict[tuple[object, ...], tuple[int, int]]


def levels_of(claims: Claims, units: Mapping[str, int]) -> Levels:
    """Level key -> (T, G) of a plan given as order units per claim."""
    given = pl.DataFrame({"claim": list(units), "units": list(units.values())})
    lines = claims.lines.with_columns(claim="L:" + pl.col("line_id"), stage=pl.lit(1))
    lines = lines.join(given, "claim", how="left").with_columns(pl.col("units").fill_null(0))
    rests = lines.with_columns(
        claim="R:" + pl.col("line_id"), stage=pl.lit(2), qty=pl.col("qty") - pl.col("units")
    )
    rests = rests.filter(pl.col("qty") > 0).drop("units").join(given, "claim")
    columns = ["stage", "rank", "launch_rank", "product"]
    found: Levels = {}
    for frame, key in ((lines, columns), (rests, columns)):
        found.update(_totals(frame, key, "qty"))
    gaps = claims.gaps.join(given, "claim").with_columns(stage=pl.lit(3))
    found.update(_totals(gaps, ["stage", *GAP_KEY], "gap"))
    return found


def _totals(frame: pl.DataFrame, key: list[str], want: str) -> Levels:
    numbers = frame.select(want, "pack", "units").to_numpy().astype(np.int64)
    fair = fairness(numbers[:, 0], numbers[:, 1], numbers[:, 2])
    totals = (
        frame.with_columns(fair=pl.Series(fair)).group_by(key).agg(pl.sum("units"), pl.sum("fair"))
    )
    return {tuple(row[:-2]): (row[-2], row[-1]) for row in totals.iter_rows()}


def fairness(want: np.ndarray, pack: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Sum of g(1..k) per claim; every term is floored by itself, so they are added one by one."""
    packs = units // pack
    total = np.zeros(len(want), np.int64)
    for j in range(1, int(packs.max(initial=0)) + 1):
        on = packs >= j
        s, q = pack[on], want[on]
        total[on] += 10000 * s * (2 * q - (2 * j - 1) * s) // q
    return total
