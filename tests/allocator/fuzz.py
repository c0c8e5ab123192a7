"""Hold the fast path, the program, the verifier and the second opinion against each other.

    python -m tests.allocator.fuzz --tiny 4500 --small 500 --seed 1 --jobs 2

Every instance comes from its seed alone. Any difference is printed with its seed, its folder is
kept, and the command ends with status 1. `--only tiny:1:77` runs one instance again.
"""

import argparse
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from allocator import problem_from, read_tables, solve, verify, write_plan
from allocator.solving import Method
from tests.allocator import brute_force
from tests.allocator.folder import read_world
from tests.allocator.instances import write_instance
from tests.allocator.referee import Referee, Written, read_written
from tests.allocator.second_solver import scip_in_place_of_cp_sat

METHODS: tuple[Method, ...] = ("auto", "program")
BRUTE_STEPS = {"tiny": 3_000_000, "started": 200_000, "medium": 200_000, "small": 100_000}


@dataclass
class Verdict:
    """What became of one instance."""

    name: str
    differences: list[str] = field(default_factory=list)
    brute: bool = False
    claims: int = 0
    levels: int = 0
    seconds: float = 0.0


def judge(
    folder: Path,
    out: Path,
    *,
    name: str = "",
    brute_steps: int = 0,
    methods: tuple[Method, ...] = METHODS,
    second_solver: bool = False,
) -> Verdict:
    """Solve a folder both ways and let everyone object."""
    started = time.monotonic()
    verdict = Verdict(name)
    try:
        verdict.differences += _differences(
            folder, out, verdict, brute_steps, methods, second_solver
        )
    except Exception as error:  # whatever breaks is itself the finding, and is reported
        trace = traceback.extract_tb(error.__traceback__)
        place = f"{Path(trace[-1].filename).name}:{trace[-1].lineno}"
        verdict.differences.append(f"broke at {place}: {type(error).__name__}: {error}")
    verdict.seconds = time.monotonic() - started
    return verdict


def _differences(
    folder: Path,
    out: Path,
    verdict: Verdict,
    brute_steps: int,
    methods: tuple[Method, ...],
    second_solver: bool,
) -> Iterator[str]:
    world = read_world(folder)
    plans: dict[str, Written] = {}
    files: dict[str, list[bytes]] = {}
    for method in methods:
        problem = problem_from(read_tables(folder))
        # A search ends after a fixed amount of work: what takes more shows as an unproven level.
        plan = solve(problem, method=method)
        write_plan(plan, out / method)
        yield from (f"{method}: verifier: {said}" for said in verify(problem, plan))
        plans[method] = read_written(out / method)
        files[method] = [(out / method / f).read_bytes() for f in ("allocations.csv", "levels.csv")]
        yield from (
            f"{method}: referee: {said}" for said in Referee(world, plans[method]).objections()
        )
        yield from (f"{method}: level {key} unproven" for key in plans[method].unproven)
    fast = plans[methods[0]]
    if len(methods) > 1:
        other = plans["program"]
        yield from _compare("auto and program", fast, other.units, other.levels, other.splits)
        if files["auto"] != files["program"]:
            yield "auto and program: the files differ"
    verdict.claims, verdict.levels = len(fast.parts), len(fast.levels)
    if second_solver:
        with scip_in_place_of_cp_sat():
            plan = solve(problem_from(read_tables(folder)), method="program")
        write_plan(plan, out / "scip")
        written = [(out / "scip" / f).read_bytes() for f in ("allocations.csv", "levels.csv")]
        if written != files[methods[0]]:
            yield f"{methods[0]} and the second solver: the files differ"
    if brute_steps:
        try:
            right = brute_force.solve(folder, steps=brute_steps)
        except brute_force.TooLarge:
            return
        verdict.brute = True
        for method in methods:
            named, found = f"{method} and brute force", plans[method]
            yield from _compare(named, found, right.units, right.levels, right.splits)


def _compare(
    named: str,
    plan: Written,
    units: dict[str, int],
    levels: list[tuple[tuple[object, ...], int, int]],
    splits: int,
) -> Iterator[str]:
    mine = plan.units
    odd = {
        c: (mine.get(c), units.get(c)) for c in mine.keys() | units if mine.get(c) != units.get(c)
    }
    if odd:
        yield f"{named}: units differ: {dict(sorted(odd.items())[:6])}"
    if plan.levels != levels:
        pairs = [p for p in zip(plan.levels, levels, strict=False) if p[0] != p[1]]
        yield f"{named}: {len(plan.levels)} and {len(levels)} levels, first odd {pairs[:1]}"
    if plan.splits != splits:
        yield f"{named}: {plan.splits} splits, {splits} are right"


@dataclass(frozen=True)
class Task:
    """One instance to make and judge; its folder stays in `keep` only if it is a finding."""

    size: str
    seed: str
    keep: Path
    methods: tuple[Method, ...] = METHODS
    second_solver: bool = False


def run_one(task: Task) -> Verdict:
    """Make one instance from its seed and judge it."""
    size, seed = task.size, task.seed
    name = f"{size}:{seed}"
    folder = task.keep / name.replace(":", "-")
    write_instance(folder / "in", size, seed)
    verdict = judge(
        folder / "in",
        folder / "out",
        name=name,
        brute_steps=BRUTE_STEPS[size],
        methods=task.methods,
        second_solver=task.second_solver,
    )
    if not verdict.differences:
        shutil.rmtree(folder)
    return verdict


def run(tasks: list[Task], jobs: int) -> Iterator[Verdict]:
    """The verdicts, in the order of the tasks."""
    if jobs == 1:
        yield from map(run_one, tasks)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(run_one, tasks, chunksize=4)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.allocator.fuzz", description=__doc__)
    parser.add_argument("--tiny", type=int, default=4500)
    parser.add_argument("--small", type=int, default=500)
    parser.add_argument("--medium", type=int, default=0, help="about 40 claims")
    parser.add_argument(
        "--started", type=int, default=0, help="orders over levels, complete with a minimum"
    )
    parser.add_argument("--from", dest="first", type=int, default=0, help="number to start at")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--no-program", action="store_true", help="fast path and brute force only")
    parser.add_argument("--second-solver", action="store_true", help="SCIP on every level too")
    parser.add_argument("--keep", type=Path, help="where folders of findings stay")
    parser.add_argument("--only", help="size:seed:number of one instance")
    chosen = parser.parse_args(arguments)
    keep = chosen.keep or Path(tempfile.mkdtemp(prefix="apportion-fuzz-"))
    say = sys.stdout.write
    methods = METHODS[:1] if chosen.no_program else METHODS
    if chosen.only:
        size, _, seed = chosen.only.partition(":")
        tasks = [Task(size, seed, keep, methods, chosen.second_solver)]
    else:
        counts = {name: getattr(chosen, name) for name in ("tiny", "started", "medium", "small")}
        say(f"seed {chosen.seed}: {', '.join(f'{n} {size}' for size, n in counts.items())}\n")
        tasks = [
            Task(size, f"{chosen.seed}:{n}", keep, methods, chosen.second_solver)
            for size, count in counts.items()
            for n in range(chosen.first, chosen.first + count)
        ]
    total = odd = brute = levels = 0
    started = time.monotonic()
    for verdict in run(tasks, chosen.jobs):
        total, brute, levels = total + 1, brute + verdict.brute, levels + verdict.levels
        if verdict.differences:
            odd += 1
            say(f"{verdict.name} ({verdict.claims} claims), folder {keep}\n")
            say("".join(f"    {said}\n" for said in verdict.differences[:8]))
        if verdict.seconds > 20:
            say(f"{verdict.name} took {verdict.seconds:.0f} s\n")
        if total % 250 == 0:
            say(f"{total} done, {odd} differ, {time.monotonic() - started:.0f} s\n")
        sys.stdout.flush()
    say(f"{total} instances, {levels} levels, {brute} also by brute force: {odd} differ\n")
    return 1 if odd else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
