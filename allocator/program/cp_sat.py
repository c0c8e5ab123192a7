"""The solver of all programs, in one place: a program is stated once, whoever solves it."""

from __future__ import annotations

from typing import Any

from ortools.sat.python import cp_model

from allocator.limits import SearchLimits


def new_solver(limits: SearchLimits) -> Any:
    """CP-SAT as its answers repeat: one worker, a fixed seed, always a limit in deterministic time.

    Four and more workers have corrupted the heap; without the second linearization level the
    relaxation is too weak for fairness; symmetry and probing cost more than they gain here.
    """
    solver = cp_model.CpSolver()
    settings = solver.parameters
    settings.num_workers = 1
    settings.random_seed = limits.seed
    settings.linearization_level = 2
    settings.symmetry_level = 0
    settings.cp_model_probing_level = 0
    # Its own handler would end this search alone and keep the signal from everyone else: the levels
    # behind would be solved as if nobody had asked to stop.
    settings.catch_sigint_signal = False
    settings.max_deterministic_time = limits.work
    left = limits.seconds_left()
    if left is not None:
        settings.max_time_in_seconds = left
    return solver
