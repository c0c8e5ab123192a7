"""What a solver's process is given to do where tests want it to break or to take its time."""

from pathlib import Path
from typing import Any

import asyncpg

from allocator.worker_pool import OnProgress
from services.allocation import solving
from tests.waiting import wait_until


def break_a_rule(*_: Any, on_progress: OnProgress) -> None:
    raise ArithmeticError("the plan breaks its own rules")


def miss_a_key(*_: Any, on_progress: OnProgress) -> None:
    raise KeyError("/a/path")


def lose_the_socket(*_: Any, on_progress: OnProgress) -> None:
    raise ConnectionResetError("gone")


def lose_the_driver(*_: Any, on_progress: OnProgress) -> None:
    raise asyncpg.InternalClientError("unknown protocol state")


def solve_once_heard(
    heard_of: str, snapshot: bytes, limits: solving.SolverLimits, *, on_progress: OnProgress
) -> solving.FoundPlan:
    """Report two levels, and go on when the caller has heard of them and made that file."""
    on_progress(2, 6)
    wait_until(Path(heard_of).exists)
    return solving.find_plan(snapshot, limits, on_progress=lambda done, of: None)


def count_solves(*, on_progress: OnProgress) -> None:
    """From now on the process counts its solves; `solves` says how many."""
    solve = solving.solve

    def counted(*arguments: Any, **options: Any) -> Any:
        _solves.append(1)
        return solve(*arguments, **options)

    solving.solve = counted


def solves(*, on_progress: OnProgress) -> int:
    return len(_solves)


_solves: list[int] = []
