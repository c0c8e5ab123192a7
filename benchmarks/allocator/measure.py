"""One measurement in a process of its own; prints JSON. Started by run.py."""

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from allocator import Plan, Tables, problem_from, read_tables, solve, write_plan
from benchmarks.allocator import figures, peers
from cli.memory import MEMORY_SETTINGS


def times(folder: Path, rounds: int) -> dict[str, Any]:
    """Seconds of every contender, warm, one round of all after the other."""
    claims = peers.Claims(folder)
    seconds: dict[str, list[float]] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        result = work()
        seconds.setdefault(name, []).append(time.perf_counter() - start)
        return result

    with tempfile.TemporaryDirectory() as out:
        for number in range(rounds + 1):
            timed("limit", lambda: (peers.read(folder), peers.sort(claims.keys)))
            loop = timed("loop", lambda: peers.sort_and_hand_out(claims))
            tables = timed("read", lambda: read_tables(folder))
            plan = timed("solve", partial(_build_and_solve, tables))
            timed("write", partial(write_plan, plan, out))
            if number == 0:  # the warm-up does not count
                seconds.clear()
        units, listed = read_plan(Path(out))
    best, plain = figures.levels_of(claims, units), figures.levels_of(claims, loop)
    wrong = sum(plain.get(key) != figure for key, figure in best.items())
    figures_agree = sorted(best.values()) == sorted(listed["figures"])
    if not figures_agree:
        raise AssertionError("levels.csv does not hold the figures of allocations.csv")
    return {
        "seconds": seconds,
        "levels": len(best),
        "loop_wrong": wrong,
        "proven": listed["proven"],
        "claims": len(units),
        "summary": listed["summary"],
    }


def _build_and_solve(tables: Tables) -> Plan:
    return solve(problem_from(tables))


def read_plan(out: Path) -> tuple[dict[str, int], dict[str, Any]]:
    """Order units per claim, and what the levels and the summary say."""
    rows = pl.read_csv(out / "allocations.csv").group_by("claim_id").agg(pl.sum("units"))
    with (out / "levels.csv").open(encoding="utf-8", newline="") as file:
        levels = list(csv.reader(file))[1:]
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    listed = {
        "figures": [(int(row[1]), int(row[2])) for row in levels],
        "proven": sum(row[3].lower() in ("1", "true") for row in levels),
        "summary": summary,
    }
    return dict(rows.iter_rows()), listed


def memory(folder: Path) -> dict[str, Any]:
    """Peak resident MiB of `apportion solve`, and of reading, solving and writing alone.

    peak_mib: the command itself, in a process of its own: it reads, solves, verifies and writes,
    and its libraries are counted. unverified_mib: without the command and without verifying, in
    this process, which has imported imports_mib.
    """
    before = _peak_mib()
    with tempfile.TemporaryDirectory() as out:
        write_plan(solve(problem_from(read_tables(folder))), Path(out))
        unverified = _peak_mib()
        # From a process that is still small: what it begins with would count as the command's.
        command = [sys.executable, "-m", "benchmarks.allocator.measure", "command", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {**json.loads(done.stdout), "unverified_mib": unverified, "imports_mib": before}


def command(folder: Path) -> dict[str, Any]:
    """Peak resident MiB of `apportion solve`, verifying included."""
    with tempfile.TemporaryDirectory() as out:
        solving = [sys.executable, "-m", "cli", "solve", str(folder), "--out", out, "--json"]
        # As from a shell: what the data frames have set for this process is not the command's.
        outside = {name: value for name, value in os.environ.items() if name not in MEMORY_SETTINGS}
        subprocess.run(solving, stdout=subprocess.DEVNULL, check=True, env=outside)
    return {"peak_mib": _peak_mib(resource.RUSAGE_CHILDREN)}


def program(folder: Path) -> dict[str, Any]:
    """Seconds of the program alone, level by level, and of the fast path after a warm-up."""
    problem = problem_from(read_tables(folder))
    start = time.perf_counter()
    solve(problem, method="program")
    alone = time.perf_counter() - start
    solve(problem)
    start = time.perf_counter()
    solve(problem)
    return {"program": alone, "auto": time.perf_counter() - start}


def _peak_mib(whose: int = resource.RUSAGE_SELF) -> float:
    peak = resource.getrusage(whose).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["times", "memory", "command", "program"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    found = {"memory": memory, "command": command, "program": program}.get(chosen.what)
    result = found(chosen.folder) if found else times(chosen.folder, chosen.rounds)
    print(json.dumps(result))
