"""`python -m benchmarks allocator`: the table of the allocator's speed, memory and exactness.

limit  read the CSV files with polars and sort one number per claim: nothing can be faster
loop   "sort and hand out", what order systems do; wrong on the levels counted beside it
ours   read + build and solve + write; the ratio to the limit counts build and solve
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.allocator.instances import PROFILES, write_instance

SIZES = [10_000, 100_000, 1_000_000]
PROGRAM_CLAIMS = [200, 1_000]
COLUMNS = (
    "claims    profile    limit s   loop s   read s  solve s  write s  solve/limit  loop/solve"
    "  peak MiB       levels       proven  loop wrong  by program"
)


def measure(what: str, folder: Path, *options: str) -> dict[str, Any]:
    """A measurement in a fresh process, so that none inherits another's memory or caches."""
    command = [sys.executable, "-m", "benchmarks.allocator.measure", what, str(folder), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{what} of {folder.name} failed:\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def line(claims: int, profile: str, times: dict[str, Any], peak_mib: float) -> str:
    """One row of the table, from medians."""
    seconds = {name: median(rounds) for name, rounds in times["seconds"].items()}
    by_program = times["summary"].get("claims_by_program")
    share = "-" if by_program is None else f"{by_program / max(1, times['claims']):.4%}"
    return (
        f"{claims:<9,} {profile:<9} {seconds['limit']:>8.3f} {seconds['loop']:>8.3f}"
        f" {seconds['read']:>8.3f} {seconds['solve']:>8.3f} {seconds['write']:>8.3f}"
        f" {seconds['solve'] / seconds['limit']:>12.2f} {seconds['loop'] / seconds['solve']:>11.2f}"
        f" {peak_mib:>9.0f} {times['levels']:>12,} {times['proven']:>12,}"
        f" {times['loop_wrong']:>11,} {share:>11}"
    )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks allocator",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="10k claims, ordinary, two rounds")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--profiles", nargs="+", choices=list(PROFILES), default=list(PROFILES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    if chosen.quick:
        chosen.sizes, chosen.profiles, chosen.rounds = [10_000], ["ordinary"], 2

    print(f"seed {chosen.seed}, medians of {chosen.rounds} warm rounds, one worker")
    print(COLUMNS)
    with tempfile.TemporaryDirectory(prefix="apportion-bench-") as scratch:
        for profile in chosen.profiles:
            for claims in chosen.sizes:
                folder = Path(scratch) / f"{profile}-{claims}"
                write_instance(folder, claims, PROFILES[profile], chosen.seed)
                times = measure("times", folder, "--rounds", str(chosen.rounds))
                peak = measure("memory", folder)["peak_mib"]
                print(line(claims, profile, times, peak), flush=True)
        print("\nthe program alone, every level, beside the fast path")
        for claims in PROGRAM_CLAIMS[: 1 if chosen.quick else None]:
            folder = Path(scratch) / f"program-{claims}"
            write_instance(folder, claims, PROFILES["ordinary"], chosen.seed)
            alone = measure("program", folder)
            print(
                f"{claims:<9,} program {alone['program']:.2f} s, ours {alone['auto']:.4f} s,"
                f" {alone['program'] / alone['auto']:,.0f} times"
            )
    return 0
