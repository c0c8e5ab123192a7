"""Work in processes of its own: it can be stopped, and may die without taking us along."""

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

POLL_S = 0.1
# A worker reports its progress this often at most: that must cost nothing beside the solve.
REPORT_EVERY_S = 0.1
ATTEMPTS = 2

OnProgress = Callable[[int, int], None]


class Stopped(Exception):
    """The solve was stopped from outside; there is no plan."""


class OutOfTime(RuntimeError):
    """The work did not end within its time limit; there is no plan."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The solve did not end within {seconds:g} seconds.")
        self.seconds = seconds


class Died(RuntimeError):
    """The process died twice, on its own account."""


class WorkerPool:
    """Processes that wait for work with the solver loaded. Each does one thing at a time.

    A new process needs about a second to load the solver, so those that have done their work are
    kept, `most_idle` of them, with whatever the work left in their modules.
    """

    def __init__(self, most_idle: int = 2) -> None:
        self._most_idle = most_idle
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._closed = False

    def warm(self, work: Callable[..., object]) -> None:
        """Have a worker ready that has loaded the module of `work`; does not wait for it."""
        worker = _Worker()
        worker.load(work)
        self._give_back(worker)

    def do(
        self,
        work: Callable[..., Any],
        *arguments: Any,
        about: str = "",
        on_progress: OnProgress | None = None,
        should_stop: Callable[[], bool] | None = None,
        time_limit_s: float | None = None,
    ) -> Any:
        """What `work(*arguments, on_progress=...)` gives, done in a worker; blocks.

        work: a function that pickle finds by its name. about: what the work leaves in its worker;
        the next work about the same goes there if that worker is free.
        A native solver can crash, and cannot be interrupted from inside. A worker that dies is
        replaced once. should_stop is asked ten times a second; then, or when the time is over, the
        worker is killed. Raises Stopped, OutOfTime, Died, or what the work raised.
        """
        started = time.monotonic()

        def check() -> None:
            if self._closed or (should_stop is not None and should_stop()):
                raise Stopped("The solve was stopped.")
            if time_limit_s is not None and time.monotonic() > started + time_limit_s:
                raise OutOfTime(time_limit_s)

        for _ in range(ATTEMPTS):
            worker = self._take(about)
            try:
                outcome = worker.do(work, arguments, on_progress, check)
            except BaseException:
                worker.end()
                raise
            if outcome is None:
                worker.end()
                continue
            worker.about = about or worker.about
            self._give_back(worker)
            kind, content = outcome
            if kind == "error":
                raise _restored(*content)
            return content
        raise Died("The solving process died twice; see its output for the reason.")

    def close(self) -> None:
        """Stop what is under way, and end all workers."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.end()

    def _take(self, about: str) -> _Worker:
        """The free worker that knows most of the matter, or a new one."""
        with self._lock:
            dead = [worker for worker in self._idle if not worker.is_alive]
            self._idle = [worker for worker in self._idle if worker.is_alive]
            # One that keeps nothing is taken before one that keeps something else.
            self._idle.sort(key=lambda worker: (worker.about == about, not worker.about))
            worker = self._idle.pop() if self._idle else None
        for gone in dead:
            gone.end()
        return worker or _Worker()

    def _give_back(self, worker: _Worker) -> None:
        with self._lock:
            keep = not self._closed and len(self._idle) < self._most_idle
            if keep:
                self._idle.append(worker)
        if not keep:
            worker.end()


class _Worker:
    """One process. about: what its last work left in it."""

    def __init__(self) -> None:
        self.about = ""
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        # Ours closed, the worker's end is the end of the pipe.
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
        on_progress: OnProgress | None,
        check: Callable[[], None],
    ) -> tuple[str, Any] | None:
        """What the work gave or raised; None when the worker died of it."""
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


def _serve(pipe: Connection) -> None:
    """What a worker does: work after work, until the parent ends."""
    depend_on_the_parent()
    with suppress(EOFError, OSError):
        while True:
            work, arguments = pipe.recv()
            if arguments is None:
                # Loaded by being received; the program's library is loaded by who needs it first.
                import allocator.program.method  # noqa: F401

                continue
            try:
                outcome = "answer", work(*arguments, on_progress=_ProgressReport(pipe))
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


class _ProgressReport:
    """Reports to the parent how far the work is, from time to time."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._reported = -REPORT_EVERY_S

    def __call__(self, done: int, of: int) -> None:
        now = time.monotonic()
        if now - self._reported >= REPORT_EVERY_S:
            self._reported = now
            self._pipe.send(("progress", (done, of)))


def _restored(kind: type[Exception], arguments: tuple[Any, ...], more: dict[str, Any]) -> Exception:
    """The error of a worker. Many of ours are made from other arguments than they keep."""
    error: Exception = kind.__new__(kind, *arguments)
    error.__dict__.update(more)
    return error
