"""How the goods are shared out: problem in, plan out. Knows neither orders nor databases."""

from importlib import import_module
from typing import TYPE_CHECKING

from allocator.faults import Fault, InputFaults
from allocator.files import read_tables, write_tables
from allocator.folders import SolveReport, solve_folder
from allocator.plan import Plan, remove_unfinished, write_plan
from allocator.problem import Problem, problem_from
from allocator.solving import solve, solve_in_worker
from allocator.tables import Settings, Tables
from allocator.verifier import verify

if TYPE_CHECKING:
    from allocator.blocking import BlockingLine
    from allocator.certificate import Certificate, certify
    from allocator.counterfactuals import CounterfactualChange
    from allocator.explanations import Displaced, Explanation, FundsUsed, Winner, explain
    from allocator.fairness_metric import Fairness, Fill, GroupFairness, fairness
    from allocator.replanning.replan import Replanner
    from allocator.worker_pool import Died, OutOfTime, Stopped, WorkerPool

# Loaded when asked for: a small solve takes less time than these to load.
_LATER = {
    "BlockingLine": "allocator.blocking",
    "Certificate": "allocator.certificate",
    "CounterfactualChange": "allocator.counterfactuals",
    "Died": "allocator.worker_pool",
    "Displaced": "allocator.explanations",
    "Explanation": "allocator.explanations",
    "Fairness": "allocator.fairness_metric",
    "Fill": "allocator.fairness_metric",
    "FundsUsed": "allocator.explanations",
    "GroupFairness": "allocator.fairness_metric",
    "OutOfTime": "allocator.worker_pool",
    "Replanner": "allocator.replanning.replan",
    "Stopped": "allocator.worker_pool",
    "Winner": "allocator.explanations",
    "WorkerPool": "allocator.worker_pool",
    "certify": "allocator.certificate",
    "explain": "allocator.explanations",
    "fairness": "allocator.fairness_metric",
}

__all__ = [
    "BlockingLine",
    "Certificate",
    "CounterfactualChange",
    "Died",
    "Displaced",
    "Explanation",
    "Fairness",
    "Fault",
    "Fill",
    "FundsUsed",
    "GroupFairness",
    "InputFaults",
    "OutOfTime",
    "Plan",
    "Problem",
    "Replanner",
    "Settings",
    "SolveReport",
    "Stopped",
    "Tables",
    "Winner",
    "WorkerPool",
    "certify",
    "explain",
    "fairness",
    "problem_from",
    "read_tables",
    "remove_unfinished",
    "solve",
    "solve_folder",
    "solve_in_worker",
    "verify",
    "write_plan",
    "write_tables",
]


def __getattr__(name: str) -> object:
    home = _LATER.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(home), name)
    # The next look finds it without coming here.
    globals()[name] = found
    return found
