"""A contested SKU whose packs are too many and too odd in size: put to the program by itself."""

from __future__ import annotations

import numpy as np

from allocator.fast.cores import Report
from allocator.fast.timeline import HardGroup
from allocator.keys import Ints
from allocator.limits import Limits
from allocator.problem import Problem
from allocator.state import State


def hard_group_by_program(
    problem: Problem, state: State, room: Ints, limits: Limits, report: Report
) -> HardGroup:
    """Solves one SKU at one level, with no rule but supply, given the room that is left."""

    def solve(claims: Ints, left: int) -> Ints:
        from allocator.program.rules import take_no_more_than_supply
        from allocator.program.solve import solve_level
        from allocator.program.variables import Question

        sku = int(problem.claims.item[claims[0]])
        there = room.copy()
        there[sku] = int(state.used[sku]) + left
        report.by_program += len(claims)
        report.programs += 1
        question = Question(claims.tolist(), room=there)
        answer = solve_level(problem, state, question, limits, (take_no_more_than_supply,))
        if not answer.proven:
            level = int(problem.claims.level[claims[0]])
            given = sum(n * int(problem.claims.pack_pieces[i]) for i, n in answer.here.items())
            report.unproven[level] = report.unproven.get(level, 0) + answer.bound - given
        return np.array([answer.here[i] for i in claims.tolist()], dtype=np.int64)

    return solve
