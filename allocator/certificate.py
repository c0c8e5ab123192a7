"""Certify a plan: the program solves every level again, with the plan's earlier levels held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from allocator.claims import SHIP
from allocator.levels import level_keys
from allocator.limits import SearchLimits
from allocator.plan import Plan, levels_with_claims
from allocator.problem import Problem
from allocator.state import State
from allocator.warehouses.assignment import serve


@dataclass(frozen=True)
class Certificate:
    """levels: how many there are, as in levels.csv. by_program: solved again by the program.
    filled: every claim got all it can take, which nothing can beat. open: searches that hit a
    limit; not_proven: the keys of levels with such a search. unseen: levels not looked at, after
    the time limit or a difference; they are all levels from the key `unseen_from` on. differences:
    where the program finds a better plan, proves what the plan calls unproven, or the plan is no
    plan at all."""

    levels: int
    by_program: int
    filled: int
    open: int
    not_proven: tuple[str, ...]
    unseen: int
    unseen_from: str | None
    differences: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.differences and not self.open and not self.unseen


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
    from allocator.program.solve import Answer, solve_level
    from allocator.program.variables import Question
    from allocator.verifier import verify

    limits = SearchLimits.starting_now(time_limit_s, deterministic_limit)
    differences = list(verify(problem, plan))
    state = State(problem)
    c = problem.claims
    by_program = filled = looked_at = 0
    not_proven: list[str] = []
    shipping_ended = False
    # Those of levels.csv: where all lines are full, there is nobody to reserve anything.
    levels = levels_with_claims(problem, plan.wanted).tolist()
    for level in levels if not differences else []:
        if limits.seconds_left() == 0:
            break
        looked_at += 1
        claims = problem.claims_of_level(level)
        here = np.arange(claims.start, claims.stop)
        if not shipping_ended and c.kind[here[0]] != SHIP:
            state.end_shipping()
            shipping_ended = True
        planned = plan.packs[here]
        question = Question(here.tolist(), open_lines(problem, state, here))
        is_open = False
        if (planned == state.most[here]).all() and not question.later:
            filled += 1
        else:
            by_program += 1
            answer = solve_level(problem, state, question, limits)
            found = np.array([answer.here[i] for i in here.tolist()], dtype=np.int64)
            is_open = not answer.proven
            if is_open:
                not_proven.append(_key(problem, level))
            if (found != planned).any() and not is_open:
                at = int(here[np.argmax(found != planned)])
                differences.append(
                    f"claim {problem.claim_ids[at]}: {plan.packs[at]} packs, the program gives "
                    f"{answer.here[at]}"
                )
                break
        if level in plan.unproven and not is_open:
            total = int((planned * c.pack_pieces[here]).sum())
            differences.append(
                f"level {_key(problem, level)}: bound {plan.unproven[level]}, "
                f"the program proves {total}"
            )
        # What the plan itself gives to later lines is a proof that its orders can be finished.
        later = {i: int(plan.packs[i]) for i in question.later if plan.packs[i]}
        held = Answer(dict(zip(here.tolist(), planned.tolist(), strict=True)), later, True, 0)
        take_over(state, question, held)
        if on_progress:
            on_progress(looked_at, len(levels))
    unseen, open_ = len(levels) - looked_at, len(not_proven)
    if not differences and not unseen and plan.splits:
        best = serve(problem, plan.packs, limits, by_program=True)
        splits = len(best.claim) - int((plan.packs > 0).sum())
        open_ += not best.proven
        if best.proven and splits != plan.splits:
            differences.append(f"{plan.splits} splits, the program needs {splits}")
    return Certificate(
        levels=len(levels),
        by_program=by_program,
        filled=filled,
        open=open_,
        not_proven=tuple(not_proven),
        unseen=unseen,
        unseen_from=_key(problem, levels[looked_at]) if unseen else None,
        differences=tuple(differences),
    )


def _key(problem: Problem, level: int) -> str:
    return str(level_keys(problem, problem.level_start[level : level + 1])[0])
