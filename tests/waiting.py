"""Waiting for another process: often looked, then less often, with an end."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

# Long past what a busy machine takes: only what will never come true is given up.
PATIENCE_S = 240.0

# Each look costs what is waited for some time, and a busy machine more of it.
FIRST_PAUSE_S, LONGEST_PAUSE_S, PAUSE_GROWTH = 0.01, 0.2, 1.25


def pauses() -> Iterator[float]:
    """Seconds from each look to the next, until patience ends."""
    give_up, pause_s = time.monotonic() + PATIENCE_S, FIRST_PAUSE_S
    while time.monotonic() < give_up:
        yield pause_s
        pause_s = min(LONGEST_PAUSE_S, pause_s * PAUSE_GROWTH)
    raise AssertionError(f"it did not come true within {PATIENCE_S:.0f} s")


def wait_until(true: Callable[[], bool]) -> None:
    """Look until it is true."""
    for pause_s in pauses():
        if true():
            return
        time.sleep(pause_s)


async def eventually(true: Callable[[], bool]) -> None:
    """Wait without holding up the event loop that is to make it true."""
    await asyncio.to_thread(wait_until, true)


async def until(found: Callable[[], Awaitable[Any]]) -> None:
    """Ask again and again, until what is found is true."""
    for pause_s in pauses():
        if await found():
            return
        await asyncio.sleep(pause_s)
