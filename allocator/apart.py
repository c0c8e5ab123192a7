"""Solves in processes of their own: they can be stopped, and may die without taking us along."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any

from allocator.plan import Plan
from allocator.problem import Problem, problem_from
from allocator.tables import Tables

POLL_S = 0.1
# So often at most a child tells how far it is: to tell must cost nothing beside the solve.
TELL_EVERY_S = 0.1
ATTEMPTS = 2

Tell = Callable[[int, int], None]


class Stopped(Exception):
    """The solve was stopped from outside; there is no plan."""


class OutOfTime(RuntimeError):
    """The solve did not end by its last moment; there is no plan."""


class Died(RuntimeError):
    """The process died twice, on its own account."""


class Children:
    """Processes that wait for work with the solver loaded. Each does one thing at a time.

    A new process needs about a second to load the solver, so those that have done their work are
    kept, `most_idle` of them, with whatever the work left in their modules.
    """

    def __init__(self, most_idle: int = 2) -> None:
        self._most_idle = most_idle
        self._lock = threading.Lock()
        self._idle: list[_Child] = []
        self._closed = False

    def warm(self, work: Callable[..., object]) -> None:
        """Have a child ready that has loaded the module of `work`; does not wait for it."""
        child = _Child()
        child.load(work)
        self._give_back(child)

    def do(
        self,
        work: Callable[..., Any],
        *arguments: Any,
        about: str = "",
        on_progress: Tell | None = None,
        should_stop: Callable[[], bool] | None = None,
        time_limit_s: float | None = None,
    ) -> Any:
        """What `work(*arguments, on_progress=...)` gives, done in a child; blocks.

        work: a function that pickle finds by its name. about: what the work leaves in its child;
        the next work about the same goes there if that child is free.
        A native solver can crash, and cannot be interrupted from inside. A child that dies is
        replaced once. should_stop is asked ten times a second; then, or when the time is over, the
        child is killed. Raises Stopped, OutOfTime, Died, or what the work raised.
        """
        last = None if time_limit_s is None else time.monotonic() + time_limit_s

        def check() -> None:
            if self._closed or (should_stop is not None and should_stop()):
                raise Stopped("The solve was stopped.")
            if last is not None and time.monotonic() > last:
                raise OutOfTime(f"The solve did not end within {time_limit_s:g} seconds.")

        for _ in range(ATTEMPTS):
            child = self._take(about)
            try:
                outcome = child.do(work, arguments, on_progress, check)
            except BaseException:
                child.end()
                raise
            if outcome is None:
                child.end()
                continue
            child.about = about or child.about
            self._give_back(child)
            kind, content = outcome
            if kind == "error":
                raise _restored(*content)
            return content
        raise Died("The solving process died twice; see its output for the reason.")

    def close(self) -> None:
        """Stop what is under way, and end all children."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for child in idle:
            child.end()

    def _take(self, about: str) -> _Child:
        """The free child that knows most of the matter, or a new one."""
        with self._lock:
            dead = [child for child in self._idle if not child.is_alive]
            self._idle = [child for child in self._idle if child.is_alive]
            # One that keeps nothing is taken before one that keeps something else.
            self._idle.sort(key=lambda child: (child.about == about, not child.about))
            child = self._idle.pop() if self._idle else None
        for gone in dead:
            gone.end()
        return child or _Child()

    def _give_back(self, child: _Child) -> None:
        with self._lock:
            keep = not self._closed and len(self._idle) < self._most_idle
            if keep:
                self._idle.append(child)
        if not keep:
            child.end()


class _Child:
    """One process. about: what its last work left in it."""

    def __init__(self) -> None:
        self.about = ""
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        # Ours closed, the child's death is the end of the pipe.
        theirs.close()

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    def load(self, work: Callable[..., object]) -> None:
        with suppress(OSError):
            self._pipe.send((work, None))

    def do(
        self,
        work: Callable[..., Any],
        arguments: tuple[Any, ...],
        on_progress: Tell | None,
        check: Callable[[], None],
    ) -> tuple[str, Any] | None:
        """What the work gave or raised; None when the child died of it."""
        try:
            self._pipe.send((work, arguments))
            while True:
                check()
                if not self._pipe.poll(POLL_S):
                    continue
                kind, content = self._pipe.recv()
                if kind != "progress":
                    return kind, content
                if on_progress:
                    on_progress(*content)
        except (EOFError, OSError):
            return None

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()


def solve_apart(
    problem: Problem,
    *,
    on_progress: Tell | None = None,
    should_stop: Callable[[], bool] | None = None,
    **options: Any,
) -> Plan:
    """`solve` in a child process; the same plan, to the byte. See `Children.do`."""
    children = Children()
    try:
        packs, wanted, served, unproven, summary = children.do(
            _solve,
            problem.tables.to_bytes(),
            options,
            on_progress=on_progress,
            should_stop=should_stop,
        )
    finally:
        children.close()
    summary["warnings"] = list(problem.warnings)
    return Plan(problem, packs, wanted, served, unproven, summary)


def _solve(data: bytes, options: dict[str, Any], *, on_progress: Tell) -> tuple[Any, ...]:
    from allocator.solving import solve

    problem = problem_from(Tables.from_bytes(data))
    plan = solve(problem, on_progress=on_progress, **options)
    return plan.packs, plan.wanted, plan.served, plan.unproven, plan.summary


def _serve(pipe: Connection) -> None:
    """A child's life: work after work, until nobody is there to ask for it."""
    depend_on_the_parent()
    with suppress(EOFError, OSError):
        while True:
            work, arguments = pipe.recv()
            if arguments is None:
                # Loaded by being received; the program's library is loaded by who needs it first.
                import allocator.program.method  # noqa: F401

                continue
            try:
                outcome = "answer", work(*arguments, on_progress=_Teller(pipe))
            except Exception as error:  # whatever it is belongs to the parent, who raises it
                error.add_note("In the solving process:\n" + traceback.format_exc())
                outcome = "error", (type(error), error.args, error.__dict__)
            pipe.send(outcome)


def depend_on_the_parent() -> None:
    """What each process that works for another begins with."""
    # Ctrl-C reaches all processes of a terminal; what it means is the parent's to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    """A parent that was killed leaves nobody to solve for."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


class _Teller:
    """Tells the parent how far the work is, from time to time."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._told = -TELL_EVERY_S

    def __call__(self, done: int, of: int) -> None:
        now = time.monotonic()
        if now - self._told >= TELL_EVERY_S:
            self._told = now
            self._pipe.send(("progress", (done, of)))


def _restored(kind: type[Exception], arguments: tuple[Any, ...], more: dict[str, Any]) -> Exception:
    """The error of a child. Many of ours are made from other arguments than they keep."""
    error: Exception = kind.__new__(kind, *arguments)
    error.__dict__.update(more)
    return error
