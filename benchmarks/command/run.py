"""`python -m benchmarks command`: whole processes, as a shell starts them.

apportion  `apportion solve`: reads and checks a folder, solves, verifies, writes rows with reasons
plain      the rule loop in Python alone: csv module, dictionaries, sorted lists
frames     the same loop, reading, sorting and writing by data frames, which it has to import

The loops hand out alike, check nothing and explain nothing; both miss the best plan on some levels
(`python -m benchmarks allocator` counts them). Contenders take turns. CPU is user and system time.
A ratio is the median over rounds of a contender's time to apportion's in the same round, so it
holds on a busy machine too. Instances are ordinary, with some orders to be shipped whole.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from cli.memory import MEMORY_SETTINGS

SIZES = [10_000, 100_000, 1_000_000]
SHIP_COMPLETE = 0.03
OURS, LOOPS = "apportion", ("plain", "frames")
MIB = 2**20 if sys.platform == "darwin" else 2**10


@dataclass(frozen=True)
class Cost:
    """What one process took."""

    cpu_s: float
    wall_s: float
    peak_mib: float


def cost_of(command: list[str]) -> Cost:
    """Run a command to its end; what it took."""
    # As from a shell: what data frames have set for this process is not the command's. Installed
    # modules are compiled once, not by every process: the round that does not count does it.
    unset = {*MEMORY_SETTINGS, "PYTHONDONTWRITEBYTECODE"}
    outside = {name: value for name, value in os.environ.items() if name not in unset}
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=outside)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / MIB)


def write_instance(folder: Path, claims: int, seed: int) -> Path:
    """Write an instance by another process: what this one has held counts as its children's."""
    command = [sys.executable, "-m", "benchmarks.allocator.instances", str(folder)]
    sizes = ["--claims", str(claims), "--seed", str(seed), "--ship-complete", str(SHIP_COMPLETE)]
    subprocess.run([*command, *sizes], check=True)
    return folder


def commands(folder: Path, out: Path) -> dict[str, list[str]]:
    """How each contender is started."""
    here = Path(__file__).parent
    return {
        OURS: [sys.executable, "-m", "cli", "solve", str(folder), "--out", str(out), "--json"],
        "plain": [sys.executable, str(here / "plain_loop.py"), str(folder), f"{out}-plain.csv"],
        "frames": [
            *(sys.executable, "-m", "benchmarks.command.frames_loop"),
            *(str(folder), f"{out}-frames.csv"),
        ],
    }


def measure(folder: Path, rounds: int) -> dict[str, list[Cost]]:
    """Every contender's costs, round by round; a first round that does not count."""
    out = folder.with_name(f"{folder.name}-out")
    found: dict[str, list[Cost]] = {}
    for number in range(rounds + 1):
        for name, command in commands(folder, out).items():
            cost = cost_of(command)
            if number:
                found.setdefault(name, []).append(cost)
    plain, frames = (Path(f"{out}-{name}.csv").read_bytes() for name in LOOPS)
    if plain != frames:
        raise AssertionError("the two loops do not hand out alike")
    return found


def row(claims: int, name: str, costs: list[Cost], ours: list[Cost]) -> str:
    """One line of the table."""
    cpu, wall = (
        median(
            getattr(one, what) / getattr(mine, what) for one, mine in zip(costs, ours, strict=True)
        )
        for what in ("cpu_s", "wall_s")
    )
    return (
        f"{claims:<10,} {name:<10} {median(one.cpu_s for one in costs):>7.3f}"
        f" {median(one.wall_s for one in costs):>7.3f} {max(one.peak_mib for one in costs):>9.0f}"
        f" {cpu:>10.2f} {wall:>11.2f}"
    )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks command",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    print(
        f"seed {chosen.seed}, {chosen.rounds} rounds, {SHIP_COMPLETE:.0%} of orders ship-complete"
    )
    print("claims     who          cpu s  wall s  peak MiB  cpu ratio  wall ratio")
    with tempfile.TemporaryDirectory(prefix="apportion-bench-") as scratch:
        for claims in chosen.sizes:
            folder = write_instance(Path(scratch) / str(claims), claims, chosen.seed)
            costs = measure(folder, chosen.rounds)
            for name, its in costs.items():
                print(row(claims, name, its, costs[OURS]), flush=True)
    return 0
