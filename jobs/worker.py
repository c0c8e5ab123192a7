"""The worker process: actors, relay and sweeps on one event loop, until a signal stops it."""

import asyncio
import importlib
import logging
import os
import signal
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import dramatiq
import structlog
from dramatiq.asyncio import EventLoopThread, set_event_loop_thread

from jobs.actors import register
from jobs.brokers import broker_from
from jobs.relay import Relay
from jobs.sweeps import run_sweeps
from services.bootstrap import Dependencies, open_dependencies
from services.settings import Settings

# How long running jobs may go on after SIGTERM; what is not done then is done by another worker.
GRACE_S = 25.0
# A worker idles in steps of this: it is how long stopping may go unnoticed by its threads.
IDLE_MS = 250
# What the first job would otherwise have to load.
WARM_UP = ("services.allocation.run", "services.scenarios.use_cases")

_log = structlog.get_logger(__name__)


def run_worker(
    settings: Settings,
    *,
    threads: int = 2,
    ready_file: Path | None = None,
    parent: int | None = None,
) -> int:
    """Work until SIGTERM or SIGINT; the exit status. A second signal ends it at once.

    ready_file: written when jobs are taken. parent: the starting process, by its number as it
    knows it itself; the worker stops when that process is gone, or was before it looked.
    """
    stopping = threading.Event()
    with _signals(stopping), event_loop() as loop, _opened(loop, settings) as deps:
        broker = broker_from(settings.broker_url or deps.databases.application)
        register(broker, deps)
        worker = worker_of(broker, threads)
        with _running(loop, run_sweeps(deps), stopping), _running(
            loop, Relay(deps, broker).run(), stopping
        ):  # fmt: skip
            worker.start()
            try:
                _write_ready(ready_file)
                threading.Thread(target=_warm_up, daemon=True, name="warm-up").start()
                _wait(stopping, parent)
            finally:
                _log.info("worker stopping")
                worker.stop(timeout=int(GRACE_S * 1000))
                _stop_solving()
                broker.close()
    return 0


def worker_of(broker: dramatiq.Broker, threads: int) -> dramatiq.Worker:
    """Threads that work on what the broker has; not started yet.

    No more is taken than there are threads: what waits in one worker another could be doing.
    """
    worker = dramatiq.Worker(broker, worker_threads=threads, worker_timeout=IDLE_MS)
    worker.queue_prefetch = threads
    return worker


def _write_ready(ready_file: Path | None) -> None:
    _log.info("worker ready", pid=os.getpid())
    if ready_file is not None:
        # Moved when whole, so that whoever waits for it never reads half.
        draft = ready_file.with_suffix(".draft")
        draft.write_text(f"{os.getpid()}\n")
        draft.rename(ready_file)


def _warm_up() -> None:
    started = time.monotonic()
    # The solver's process first: it loads while this one does.
    from services.allocation.solving import find_plan
    from services.solvers import warm

    warm(find_plan)
    for module in WARM_UP:
        importlib.import_module(module)
    _log.info("worker warm", seconds=round(time.monotonic() - started, 2))


def _stop_solving() -> None:
    """What is still being solved after the grace is left to another worker."""
    from services.solvers import stop_all

    stop_all()


def _wait(stopping: threading.Event, parent: int | None) -> None:
    while parent is None or os.getppid() == parent:
        if stopping.wait(0.5):
            return
    _log.warning("the process that started this worker is gone")


@contextmanager
def _signals(stopping: threading.Event) -> Iterator[None]:
    """The first SIGTERM or SIGINT asks to stop, the second is obeyed as usual."""

    def ask(number: int, _frame: FrameType | None) -> None:
        stopping.set()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def event_loop() -> Iterator[EventLoopThread]:
    """The loop that async actors run on.

    What Dramatiq's AsyncIO middleware does, but before the broker exists: the dependencies that
    the actors are registered with live on this loop, and a middleware's failure would only be
    logged.
    """
    loop = EventLoopThread(logging.getLogger("dramatiq.asyncio"))
    loop.start(timeout=10)
    set_event_loop_thread(loop)
    try:
        yield loop
    finally:
        set_event_loop_thread(None)
        loop.stop()  # type: ignore[no-untyped-call]  # Dramatiq leaves it without types


@contextmanager
def _opened(loop: EventLoopThread, settings: Settings) -> Iterator[Dependencies]:
    opening: AbstractAsyncContextManager[Dependencies] = open_dependencies(
        settings, purpose="worker"
    )
    deps = loop.run_coroutine(opening.__aenter__())
    try:
        yield deps
    finally:
        loop.run_coroutine(opening.__aexit__(None, None, None))


@contextmanager
def _running(
    loop: EventLoopThread, work: Coroutine[Any, Any, None], stopping: threading.Event
) -> Iterator[None]:
    """Keep `work` going for as long as the block lasts; should it fail, the worker stops."""
    future = asyncio.run_coroutine_threadsafe(work, loop.loop)
    future.add_done_callback(lambda _: stopping.set())
    try:
        yield
    finally:
        if future.done():
            # Raises what broke it: the process then ends with a trace and a status that says so.
            future.result()
        future.cancel()
