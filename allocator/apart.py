"""A solve in a process of its own: it can be stopped, and it may die without taking us along."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from allocator.plan import Plan
from allocator.problem import Problem, problem_from
from allocator.tables import Tables

POLL_S = 0.1
ATTEMPTS = 2


class Stopped(Exception):
    """The solve was stopped from outside; there is no plan."""


class Died(RuntimeError):
    """The process died twice, on its own account."""


def solve_apart(
    problem: Problem,
    *,
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    **options: Any,
) -> Plan:
    """`solve` in a child process; the same plan, to the byte.

    A native solver can crash, and cannot be interrupted from inside. A child that dies is replaced
    once. should_stop is asked ten times a second; then the child is killed and Stopped is raised.
    """
    data = problem.tables.to_bytes()
    for _ in range(ATTEMPTS):
        outcome = _attempt(data, options, on_progress, should_stop or (lambda: False))
        if outcome is not None:
            kind, content = outcome
            if kind == "error":
                raise content
            packs, wanted, served, unproven, summary = content
            summary["warnings"] = list(problem.warnings)
            return Plan(problem, packs, wanted, served, unproven, summary)
    raise Died("The solving process died twice; see its output for the reason.")


def _attempt(
    data: bytes,
    options: dict[str, Any],
    on_progress: Callable[[int, int], None] | None,
    should_stop: Callable[[], bool],
) -> tuple[str, Any] | None:
    """The child's answer, or None when it died without one."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_work, args=(theirs, options), daemon=True)
    child.start()
    theirs.close()
    try:
        ours.send_bytes(data)
        while True:
            if should_stop():
                raise Stopped("The solve was stopped.")
            if ours.poll(POLL_S):
                kind, content = ours.recv()
                if kind != "progress":
                    return kind, content
                if on_progress:
                    on_progress(*content)
            elif not child.is_alive() and not ours.poll():
                return None
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return None
    finally:
        child.kill()
        child.join()
        ours.close()


def _work(pipe: Connection, options: dict[str, Any]) -> None:
    from allocator.solving import solve

    try:
        problem = problem_from(Tables.from_bytes(pipe.recv_bytes()))
        plan = solve(
            problem, on_progress=lambda done, of: pipe.send(("progress", (done, of))), **options
        )
        content = (plan.packs, plan.wanted, plan.served, plan.unproven, plan.summary)
        pipe.send(("plan", content))
    except Exception as error:  # whatever it is belongs to the parent, who raises it
        pipe.send(("error", error))
