"""Certify a plan: the program solves every level anew, with the plan's earlier levels held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from allocator.claims import SHIP
from allocator.limits import Limits
from allocator.plan import Plan
from allocator.problem import Problem
from allocator.state import State
from allocator.warehouses import serve


@dataclass(frozen=True)
class Certificate:
    """levels: how many there are. by_program: solved again by the program. filled: every claim got
    all it can take, which nothing can beat. open: searches that hit a limit. differences: where
    the program finds a better plan, or the plan is no plan at all."""

    levels: int
    by_program: int
    filled: int
    open: int
    differences: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.differences and not self.open


def certify(
    problem: Problem,
    plan: Plan,
    *,
    time_limit_s: float | None = None,
    deterministic_limit: float | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Certificate:
    """Prove a plan, however it was found, level by level: T, G, D and the splits."""
    from allocator.program.method import open_lines, take_over
    from allocator.program.solve import solve_level
    from allocator.program.variables import Question
    from allocator.verifier import verify

    limits = Limits.starting_now(time_limit_s, deterministic_limit)
    differences = list(verify(problem, plan))
    state = State(problem)
    c = problem.claims
    by_program = filled = open_ = 0
    shipping_ended = False
    for level in range(problem.n_levels if not differences else 0):
        here = np.arange(len(c))[problem.claims_of_level(level)]
        if not shipping_ended and c.kind[here[0]] != SHIP:
            state.end_shipping()
            shipping_ended = True
        planned = plan.packs[here]
        question = Question(here.tolist(), open_lines(problem, state, here))
        if (planned == state.most[here]).all() and not question.later:
            filled += 1
            state.decide(here, planned)
        else:
            by_program += 1
            answer = solve_level(problem, state, question, limits)
            found = np.array([answer.here[i] for i in here.tolist()], dtype=np.int64)
            open_ += not answer.proven
            if (found != planned).any() and answer.proven:
                at = int(here[np.argmax(found != planned)])
                differences.append(
                    f"claim {problem.claim_ids[at]}: {plan.packs[at]} packs, the program gives "
                    f"{answer.here[at]}"
                )
                break
            take_over(state, question, answer)
        if on_progress:
            on_progress(level + 1, problem.n_levels)
    if not differences and plan.splits:
        best = serve(problem, plan.packs, limits, by_program=True)
        splits = len(best.claim) - int((plan.packs > 0).sum())
        open_ += not best.proven
        if best.proven and splits != plan.splits:
            differences.append(f"{plan.splits} splits, the program needs {splits}")
    return Certificate(problem.n_levels, by_program, filled, open_, tuple(differences))
