"""This process's solvers: workers that solve while the event loop answers, and can be stopped."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from allocator import WorkerPool
from allocator.worker_pool import OnProgress

# One per process: what a worker has loaded and found serves whoever asks next.
_workers = WorkerPool()

# A solver looks at its limit between searches, and reads and verifies besides. Killed after:
KILL_FACTOR = 2
KILL_GRACE_S = 60.0


async def run_in_worker(
    work: Callable[..., Any],
    *arguments: Any,
    time_limit_s: float,
    about: str = "",
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Any:
    """`work` done in a worker; see `allocator.WorkerPool.do`. Cancelled, it kills the worker."""
    given_up = threading.Event()
    try:
        return await asyncio.to_thread(
            _workers.do,
            work,
            *arguments,
            about=about,
            on_progress=on_progress,
            should_stop=lambda: given_up.is_set() or should_stop(),
            time_limit_s=time_limit_s,
        )
    finally:
        given_up.set()


def kill_after_s(solver_time_limit_s: float) -> float:
    """Seconds after which a solve of this limit is killed."""
    return KILL_FACTOR * solver_time_limit_s + KILL_GRACE_S


def warm(work: Callable[..., object]) -> None:
    """Have a worker ready for `work`."""
    _workers.warm(work)


def stop_all() -> None:
    """End all workers for good: this process is about to end."""
    _workers.close()
