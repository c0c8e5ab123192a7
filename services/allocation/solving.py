"""What is solved of a run, in a solver's process: its plan, and the plan that questions rest on.

Loads the allocator and nothing of the database, so that a process for it is small and soon there.
"""

from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from allocator import Explanation, Replanner, Tables, explain, problem_from, solve, verify
from allocator.worker_pool import OnProgress
from services.allocation.phases import peak_mib, reset_peak


@dataclass(frozen=True)
class FoundPlan:
    """A plan as it is written down.

    levels: as `Plan.levels`. lines: as `Plan.allocations`, each with the claim's level, what it
    wanted, its outlet and its item. seconds: how long what took. peak_mib: the most memory of the
    solver's process meanwhile.
    """

    levels: pl.DataFrame
    lines: pl.DataFrame
    claims: int
    pieces: int
    splits: int
    warnings: list[dict[str, Any]]
    seconds: dict[str, float]
    peak_mib: int


@dataclass(frozen=True)
class SolverLimits:
    """When a search ends unproven: see `allocator.solve`."""

    time_limit_s: float | None = None
    deterministic_limit: int | None = None


def find_plan(snapshot: bytes, limits: SolverLimits, *, on_progress: OnProgress) -> FoundPlan:
    """The plan of a snapshot, held against the verifier before anything rests on it."""
    reset_peak()
    problem = problem_from(Tables.from_bytes(snapshot))
    plan = solve(problem, **asdict(limits), on_progress=on_progress)
    faults = verify(problem, plan)
    if faults:
        raise ArithmeticError(f"the plan breaks its own rules: {'; '.join(faults[:3])}")
    claims = plan.claims
    return FoundPlan(
        levels=plan.levels,
        lines=plan.allocations.join(
            claims.select("claim_id", "level", "wanted", "outlet", "item"),
            on="claim_id",
            how="left",
        ),
        claims=claims.height,
        pieces=int(claims["pieces"].sum()),
        splits=plan.splits,
        warnings=plan.summary["warnings"],
        seconds=plan.summary["seconds"],
        peak_mib=peak_mib(),
    )


def explain_claim(
    fingerprint: str,
    snapshot: bytes,
    deterministic_limit: int | None,
    claim: str,
    counterfactuals: bool,
    *,
    on_progress: OnProgress,
) -> Explanation:
    """The explanation of a claim of a snapshot's plan; see `allocator.explain`.

    deterministic_limit: the one that the plan was found with.
    """
    limits = SolverLimits(deterministic_limit=deterministic_limit)
    plan = base_of(fingerprint, snapshot, limits, on_progress).base
    return explain(plan.problem, plan, claim, counterfactuals=counterfactuals)


# The last base, by its snapshot's fingerprint and the work allowed: whoever asks once asks again.
_bases: dict[tuple[str, int | None], Replanner] = {}


def base_of(
    fingerprint: str, snapshot: bytes, limits: SolverLimits, on_progress: OnProgress
) -> Replanner:
    """The plan of a snapshot as the base of what-ifs; that of the last one is still there.

    A plan that the clock cut short is not kept: another try may find a better one.
    """
    key = (fingerprint, limits.deterministic_limit)
    found = _bases.get(key)
    if found is None:
        _bases.clear()
        problem = problem_from(Tables.from_bytes(snapshot))
        found = Replanner(solve(problem, **asdict(limits), on_progress=on_progress))
        if found.base.summary["reproducible"]:
            _bases[key] = found
    return found
