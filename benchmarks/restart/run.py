"""`python -m benchmarks restart`: what a what-if costs beside a cold solve, edit by edit.

cold   build the problem of the edited tables and solve it
again  the same plan from the base's, solving what the edit reaches; bytes are compared
Both count the fingerprint of the input, which the plan's summary holds.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl

from allocator import Plan, Replanner, Tables, problem_from, read_tables, solve
from benchmarks.allocator.instances import PROFILES, write_instance

Edit = Callable[[Tables, random.Random], Tables]


def funds(tables: Tables, rng: random.Random) -> Tables:
    """A franchisee gains or loses a tenth of its balance."""
    return _scaled(tables, "franchisees", "balance_cents", rng, rng.choice([9, 11]))


def supply(tables: Tables, rng: random.Random) -> Tables:
    """A tenth more or less of a SKU."""
    return _scaled(tables, "supply", "units", rng, rng.choice([9, 11]))


def line(tables: Tables, rng: random.Random) -> Tables:
    """A line asks for twice as much."""
    return _scaled(tables, "order_lines", "qty", rng, 20)


def safety(tables: Tables, rng: random.Random) -> Tables:
    """A store's safety stock of a SKU doubles."""
    return _scaled(tables, "store_stock", "safety", rng, 20)


def reserve(tables: Tables, rng: random.Random) -> Tables:
    """A region's reserve of a SKU doubles."""
    return _scaled(tables, "region_reserves", "target", rng, 20)


def gap(tables: Tables, rng: random.Random) -> Tables:
    """A store that lacks nothing of a SKU wants three more: a claim comes."""
    frame = tables.store_stock
    full = frame.select(pl.arg_where(pl.col("safety") <= pl.col("on_hand"))).to_series()
    row = rng.choice(full.to_list() or range(frame.height))
    more = pl.col("on_hand") + 3
    return _with_cell(tables, "store_stock", "safety", row, more)


def exclude(tables: Tables, rng: random.Random) -> Tables:
    """A line is taken out."""
    frame = tables.order_lines
    row = rng.randrange(frame.height)
    return replace(tables, order_lines=pl.concat([frame[:row], frame[row + 1 :]]))


def add(tables: Tables, rng: random.Random) -> Tables:
    """A line comes, like one that is there."""
    frame = tables.order_lines
    new = frame[rng.randrange(frame.height)].with_columns(line_id=pl.col("line_id") + "-NEW")
    return replace(tables, order_lines=pl.concat([frame, new]))


def rank(tables: Tables, rng: random.Random) -> Tables:
    """A franchisee moves to another one's rank."""
    ranks = tables.franchisees["rank"].to_list()
    row = rng.randrange(len(ranks))
    return _with_cell(tables, "franchisees", "rank", row, pl.lit(rng.choice(ranks)))


def launch(tables: Tables, rng: random.Random) -> Tables:
    """A product moves to another place of the launch plan."""
    row = rng.randrange(tables.products.height)
    return _with_cell(tables, "products", "launch_rank", row, pl.lit(rng.randint(1, 20)))


def tier(tables: Tables, rng: random.Random) -> Tables:
    """A store moves to another tier."""
    row, tiers = rng.randrange(tables.stores.height), tables.settings.tiers
    other = [one for one in tiers if one != tables.stores["tier"][row]]
    return _with_cell(tables, "stores", "tier", row, pl.lit(rng.choice(other)))


def season(tables: Tables, rng: random.Random) -> Tables:
    """The run is for the other season."""
    other = "AW" if tables.settings.season == "SS" else "SS"
    return replace(tables, settings=replace(tables.settings, season=other))


def regions(tables: Tables, rng: random.Random) -> Tables:
    """Two neighbours in a season's region order change places."""
    one = rng.choice(["SS", "AW"])
    listed = list(tables.settings.region_order[one])
    at = rng.randrange(len(listed) - 1)
    listed[at : at + 2] = reversed(listed[at : at + 2])
    order = {**tables.settings.region_order, one: tuple(listed)}
    return replace(tables, settings=replace(tables.settings, region_order=order))


def ties(tables: Tables, rng: random.Random) -> Tables:
    """Products of one launch rank compete as equals, or no longer."""
    other = "SHARED" if tables.settings.launch_ties == "STRICT" else "STRICT"
    return replace(tables, settings=replace(tables.settings, launch_ties=other))


EDITS: dict[str, Edit] = {
    "funds": funds,
    "supply": supply,
    "line": line,
    "safety": safety,
    "reserve": reserve,
    "gap": gap,
    "exclude": exclude,
    "add": add,
    "rank": rank,
    "launch": launch,
    "tier": tier,
    "season": season,
    "regions": regions,
    "ties": ties,
}


def _with_cell(tables: Tables, table: str, column: str, row: int, value: pl.Expr) -> Tables:
    frame: pl.DataFrame = getattr(tables, table)
    is_it = pl.int_range(pl.len()) == row
    cell = pl.when(is_it).then(value).otherwise(column).alias(column)
    changed: dict[str, Any] = {table: frame.with_columns(cell)}
    return replace(tables, **changed)


def _scaled(tables: Tables, table: str, column: str, rng: random.Random, tenths: int) -> Tables:
    row = rng.randrange(getattr(tables, table).height)
    return _with_cell(tables, table, column, row, pl.col(column) * tenths // 10)


def same(warm: Plan, cold: Plan) -> bool:
    """Whether both plans write the same files."""
    return warm.allocations.equals(cold.allocations) and warm.levels.equals(cold.levels)


def measure(base: Plan, edit: Edit, rounds: int, seed: int) -> str:
    """One row of the table: medians, and what was solved."""
    rng, tables = random.Random(seed), base.problem.tables
    planner, cold_s, warm_s, solved = Replanner(base), [], [], []
    for number in range(rounds + 1):
        edited = edit(tables, rng)
        began = time.perf_counter()
        warm = planner.plan_of(edited)
        between = time.perf_counter()
        # Fresh tables: a cold solve knows nothing of what was hashed before.
        cold = solve(problem_from(replace(edited)))
        done = time.perf_counter()
        if not same(warm, cold):
            raise AssertionError("the what-if is not the cold solve's plan")
        if number:  # the first makes what all what-ifs of a base share
            warm_s.append(between - began)
            cold_s.append(done - between)
            solved.append(warm.summary["restart"]["claims_solved"])
    cold_median, warm_median = median(cold_s), median(warm_s)
    return (
        f"{cold_median:>8.3f} {warm_median:>8.3f} {cold_median / warm_median:>10.1f}"
        f" {median(solved):>14,.0f}"
    )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks restart",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="10k claims, ordinary, two rounds")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--profiles", nargs="+", choices=list(PROFILES), default=["ordinary"])
    parser.add_argument("--edits", nargs="+", choices=list(EDITS), default=list(EDITS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    if chosen.quick:
        chosen.sizes, chosen.profiles, chosen.rounds = [10_000], ["ordinary"], 2
    print(f"seed {chosen.seed}, medians of {chosen.rounds} rounds, one worker")
    print("claims    profile    edit     cold s  again s  cold/again  claims solved")
    with tempfile.TemporaryDirectory(prefix="apportion-bench-") as scratch:
        for profile in chosen.profiles:
            for claims in chosen.sizes:
                folder = Path(scratch) / f"{profile}-{claims}"
                write_instance(folder, claims, PROFILES[profile], chosen.seed)
                base = solve(problem_from(read_tables(folder)))
                for name in chosen.edits:
                    row = measure(base, EDITS[name], chosen.rounds, chosen.seed)
                    print(f"{claims:<9,} {profile:<9}  {name:<7} {row}", flush=True)
    return 0
