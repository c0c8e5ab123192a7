"""How the goods are shared out: problem in, plan out. Knows neither orders nor databases."""

from allocator.apart import Children, Died, OutOfTime, Stopped, solve_apart
from allocator.blocking import BlockingLine
from allocator.certificate import Certificate, certify
from allocator.counterfactuals import Change
from allocator.equity import Evenness, Fairness, Fill, fairness
from allocator.explanations import Displaced, Explanation, FundsUsed, Winner, explain
from allocator.faults import Fault, InputFaults
from allocator.files import read_tables, write_tables
from allocator.folders import SolveReport, solve_folder
from allocator.plan import Plan, remove_unfinished, write_plan
from allocator.problem import Problem, problem_from
from allocator.replanning.replan import Replanner
from allocator.solving import solve
from allocator.tables import Settings, Tables
from allocator.verifier import verify

__all__ = [
    "BlockingLine",
    "Certificate",
    "Change",
    "Children",
    "Died",
    "Displaced",
    "Evenness",
    "Explanation",
    "Fairness",
    "Fault",
    "Fill",
    "FundsUsed",
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
    "certify",
    "explain",
    "fairness",
    "problem_from",
    "read_tables",
    "remove_unfinished",
    "solve",
    "solve_apart",
    "solve_folder",
    "verify",
    "write_plan",
    "write_tables",
]
