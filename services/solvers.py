"""This process's solvers: children that solve while the event loop answers, and can be stopped."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from allocator import Children

# One per process: what a child has loaded and found serves whoever asks next.
_children = Children()

# A solver looks at its limit between searches, and reads and verifies besides. Killed after:
LAST_MOMENT_FACTOR = 2
LAST_MOMENT_MORE_S = 60.0


async def apart(
    work: Callable[..., Any],
    *arguments: Any,
    time_limit_s: float,
    about: str = "",
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Any:
    """`work` done in a child; see `allocator.Children.do`. Cancelled, it kills the child."""
    given_up = threading.Event()
    try:
        return await asyncio.to_thread(
            _children.do,
            work,
            *arguments,
            about=about,
            on_progress=on_progress,
            should_stop=lambda: given_up.is_set() or should_stop(),
            time_limit_s=time_limit_s,
        )
    finally:
        given_up.set()


def last_moment(solver_time_limit_s: float) -> float:
    """Seconds after which a solve of this limit is killed."""
    return LAST_MOMENT_FACTOR * solver_time_limit_s + LAST_MOMENT_MORE_S


def warm(work: Callable[..., object]) -> None:
    """Have a child ready for `work`."""
    _children.warm(work)


def stop_all() -> None:
    """End all children for good: this process is about to end."""
    _children.close()
