"""A great many rows, taken some at a time, each time in a transaction of its own."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from domain.principals import SYSTEM
from persistence.retry import retrying
from persistence.unit_of_work import UnitOfWork
from services.bootstrap import Dependencies

# Enough that the round trips don't count, little enough that nobody waits for the locks.
MOST_AT_ONCE = 1_000


@dataclass(frozen=True)
class Batch:
    """What a transaction did; `after`: where the next one goes on, None when all was looked at."""

    done: int
    after: Any = None


async def in_batches(
    deps: Dependencies, take: Callable[[UnitOfWork, Any], Awaitable[Batch]]
) -> int:
    """Do all there is to do, batch after batch; how much was done.

    `take` gets what the batch before it gave as `after`, at first None. Who is stopped in between
    has done what it had done: the next call goes on with the rest.
    """
    done, after = 0, None
    while True:
        batch = Batch(0)
        async for attempt in retrying():
            with attempt:
                async with deps.unit_of_work(SYSTEM) as uow:
                    batch = await take(uow, after)
        done, after = done + batch.done, batch.after
        if after is None:
            return done
