"""What is solved of a run, in a solver's process: its plan, and the plan that questions rest on.

Loads the allocator and nothing of the database, so that a process for it is small and soon there.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from allocator import Explanation, Replanner, Tables, explain, problem_from, solve, verify

Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class FoundPlan:
    """A plan as it is written down.

    levels: as `Plan.levels`. lines: as `Plan.allocations`, each with the claim's level and what it
    wanted. seconds: how long what took.
    """

    levels: pl.DataFrame
    lines: pl.DataFrame
    claims: int
    pieces: int
    splits: int
    warnings: list[str]
    seconds: dict[str, float]


def find_plan(snapshot: bytes, time_limit_s: float, *, on_progress: Tell) -> FoundPlan:
    """The plan of a snapshot, held against the verifier before anything rests on it."""
    problem = problem_from(Tables.from_bytes(snapshot))
    plan = solve(problem, time_limit_s=time_limit_s, on_progress=on_progress)
    faults = verify(problem, plan)
    if faults:
        raise ArithmeticError(f"the plan breaks its own rules: {'; '.join(faults[:3])}")
    claims = plan.claims
    return FoundPlan(
        levels=plan.levels,
        lines=plan.allocations.join(
            claims.select("claim_id", "level", "wanted"), on="claim_id", how="left"
        ),
        claims=claims.height,
        pieces=int(claims["pieces"].sum()),
        splits=plan.splits,
        warnings=plan.summary["warnings"],
        seconds=plan.summary["seconds"],
    )


def explain_claim(
    fingerprint: str, snapshot: bytes, claim: str, counterfactuals: bool, *, on_progress: Tell
) -> Explanation:
    """The explanation of a claim of a snapshot's plan; see `allocator.explain`."""
    plan = base_of(fingerprint, snapshot, None, on_progress).base
    return explain(plan.problem, plan, claim, counterfactuals=counterfactuals)


# The last base, by its snapshot's fingerprint: whoever asks once asks again.
_bases: dict[str, Replanner] = {}


def base_of(
    fingerprint: str, snapshot: bytes, time_limit_s: float | None, on_progress: Tell
) -> Replanner:
    """The plan of a snapshot as the base of what-ifs; that of the last one is still there.

    A plan that a limit cut short is not kept: another try may find a better one.
    """
    found = _bases.get(fingerprint)
    if found is None:
        _bases.clear()
        problem = problem_from(Tables.from_bytes(snapshot))
        found = Replanner(solve(problem, time_limit_s=time_limit_s, on_progress=on_progress))
        if found.base.summary["reproducible"]:
            _bases[fingerprint] = found
    return found
