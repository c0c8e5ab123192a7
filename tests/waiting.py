"""Waiting for another process: often looked, with an end."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

# Long past what a busy machine takes: only what will never come true is given up.
PATIENCE_S = 240.0


def wait_until(true: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < give_up, "it did not come true in time"
        time.sleep(0.02)


async def eventually(true: Callable[[], bool]) -> None:
    """Wait without holding up the event loop that is to make it true."""
    await asyncio.to_thread(wait_until, true)


async def until(found: Callable[[], Awaitable[Any]]) -> None:
    """Ask again and again, until what is found is true."""
    give_up = asyncio.get_running_loop().time() + PATIENCE_S
    while not await found():
        assert asyncio.get_running_loop().time() < give_up, "it did not come true in time"
        await asyncio.sleep(0.01)
