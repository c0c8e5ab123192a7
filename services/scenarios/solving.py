"""A scenario and its base, solved and compared in a solver's process."""

from dataclasses import asdict
from typing import Any

from allocator.worker_pool import OnProgress
from domain.scenarios import Overrides
from services.allocation.solving import SolverLimits, base_of
from services.scenarios.comparison import compare
from services.scenarios.overriding import overridden


def compare_with_base(
    fingerprint: str,
    snapshot: bytes,
    overrides: dict[str, Any],
    funds_rank: bool,
    currencies: dict[str, str],
    limits: SolverLimits,
    *,
    on_progress: OnProgress,
) -> dict[str, Any]:
    """The comparison of a snapshot's plan with that of the changed snapshot; see `compare`.

    currencies: of the customers whose funds are changed. limits: for each of the two.
    """
    base = base_of(fingerprint, snapshot, limits, on_progress)
    tables = base.base.problem.tables
    changed = overridden(
        tables, Overrides.from_body(overrides), funds_rank=funds_rank, currencies=currencies
    )
    plan = base.plan_of(changed, **asdict(limits))
    return compare((tables, base.base), (changed, plan))
