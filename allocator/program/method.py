"""The whole problem, level by level, by nothing but the program."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from allocator.claims import SHIP
from allocator.limits import LevelNotes, SearchLimits
from allocator.problem import Problem
from allocator.program.solve import Answer, solve_level
from allocator.program.variables import Question
from allocator.references import Ints
from allocator.state import State


def open_lines(problem: Problem, state: State, here: Ints) -> list[int]:
    """Later lines that bear on this level: of orders with a rule of their own that have a line
    here or are started and not finished. They lie within one rank, so the search is short."""
    c = problem.claims
    ships = here[c.kind[here] == SHIP]
    if not len(ships):
        return []
    touched = set(np.unique(c.order[ships]).tolist()) | {
        int(c.order[claim]) for claim in state.promised
    }
    last = int(here[-1])
    return [
        line
        for order in sorted(touched)
        if problem.has_rule[order]
        for line in problem.lines_of_order(order)
        if line > last
    ]


def solve_by_program(
    problem: Problem, limits: SearchLimits, on_level: Callable[[int], None]
) -> tuple[State, LevelNotes]:
    """Every level in turn; each holds what the earlier ones gave."""
    state, notes = State(problem), LevelNotes({})
    shipping_ended = False
    for level in range(problem.n_levels):
        here = np.arange(len(problem.claims))[problem.claims_of_level(level)]
        if not shipping_ended and problem.claims.kind[here[0]] != SHIP:
            state.end_shipping()
            shipping_ended = True
        question = Question(here.tolist(), open_lines(problem, state, here))
        answer = solve_level(problem, state, question, limits)
        take_over(state, question, answer)
        if not answer.proven:
            notes.unproven[level] = answer.bound
        on_level(level)
    if not shipping_ended:
        state.end_shipping()
    return state, notes


def take_over(state: State, question: Question, answer: Answer) -> None:
    """Fix the level; remember what orders started still need."""
    packs = np.array([answer.here[claim] for claim in question.here], dtype=np.int64)
    state.decide(np.array(question.here, dtype=np.int64), packs)
    for claim in (*question.here, *question.later):
        state.promised.pop(claim, None)
    state.promised.update(answer.later)
