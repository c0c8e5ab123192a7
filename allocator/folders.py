"""Solve a folder: read, solve in a process of its own where that is worth it, check, write."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.faults import Fault, InputFaults
from allocator.files import read_tables
from allocator.plan import PlanFiles, not_written, place_faults
from allocator.problem import problem_from
from allocator.solving import Method, solve, solve_in_worker
from allocator.verifier import verify

if TYPE_CHECKING:
    from allocator.certificate import Certificate
    from allocator.worker_pool import OnProgress

SOLVED, FAULTY, NOT_PROVEN = 0, 2, 3
# Below this many claims a process of its own costs more than it protects.
APART_FROM_CLAIMS = 20_000


@dataclass(frozen=True)
class SolveReport:
    """exit_status: 0 = solved and proven; 2 = the input or `out` has faults, nothing was written;
    3 = written, but some level is not proven, a limit was hit or the certificate does not hold.
    """

    exit_status: int
    faults: tuple[Fault, ...] = ()
    summary: dict[str, Any] = field(default_factory=dict)
    certificate: Certificate | None = None


def solve_folder(
    source: str | Path,
    out: str | Path,
    method: Method = "auto",
    processes: int = 1,
    time_limit_s: float | None = None,
    certify: bool = False,
    *,
    deterministic_limit: float | None = None,
    on_progress: OnProgress | None = None,
    on_proof: OnProgress | None = None,
) -> SolveReport:
    """Solve the files of a folder, or a workbook, and write the plan into another folder.

    time_limit_s: for the solve and, with `certify`, the proof together. on_progress, on_proof: how
    far the solve and the proof are, in levels.
    """
    began = time.monotonic()
    # Before the solve, which may take long: a plan that has no place is of no use.
    in_the_way = place_faults(out)
    try:
        problem = problem_from(read_tables(source))
    except InputFaults as error:
        return SolveReport(FAULTY, (*in_the_way, *error.faults))
    if in_the_way:
        return SolveReport(FAULTY, tuple(in_the_way))
    read = time.monotonic()
    is_long = method == "program" and len(problem.claims) >= APART_FROM_CLAIMS
    run = solve_in_worker if is_long else solve
    plan = run(
        problem,
        method=method,
        processes=processes,
        time_limit_s=time_limit_s,
        deterministic_limit=deterministic_limit,
        on_progress=on_progress,
    )
    certificate = None
    try:
        with PlanFiles(out) as files:
            wrong = verify(problem, plan, files.add_rows)
            if wrong:
                raise RuntimeError(
                    "The plan breaks its own rules, which is a defect: " + "; ".join(wrong)
                )
            if certify:
                from allocator.certificate import certify as prove

                left = None
                if time_limit_s is not None:
                    left = max(time_limit_s - time.monotonic() + read, 0.0)
                certificate = prove(problem, plan, time_limit_s=left, on_progress=on_proof)
                plan.summary["certified"] = certificate.holds
                plan.summary["certificate"] = asdict(certificate)
            plan.summary["seconds"]["read"] = read - began
            plan.summary["seconds"]["all"] = time.monotonic() - began
            files.finish(plan)
    except OSError as error:
        return SolveReport(FAULTY, (not_written(out, error),))
    proven = plan.summary["levels_unproven"] == 0 and plan.summary["splits_proven"]
    holds = certificate is None or certificate.holds
    status = SOLVED if proven and holds and plan.summary["reproducible"] else NOT_PROVEN
    return SolveReport(status, (), plan.summary, certificate)
