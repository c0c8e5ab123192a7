"""`python -m benchmarks due`: what notifying of a great many due milestones on one day costs.

Such as the first morning after an import: all are overdue and no notice is out. Then the timer
comes by once, and once again with nothing left.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from sqlalchemy import text

from benchmarks.worklist.run import fill
from domain.principals import SYSTEM
from services.bootstrap import open_dependencies
from services.milestones.due import notify_of_due_milestones
from services.settings import Settings

# 7,500 orders of 17 steps.
STEPS = 127_500
# So long, the timer's own interval, for all of them.
MOST_S = 60.0


async def measure(steps: int) -> float:
    """Print what was notified and how long it took; the seconds of the first time."""
    with tempfile.TemporaryDirectory(prefix="apportion-bench-") as home:
        settings = Settings(home=Path(home) / "home")
        async with open_dependencies(settings, purpose="command") as deps:
            await fill(deps, steps)
            async with deps.unit_of_work(SYSTEM) as uow:
                await uow.session.execute(
                    text("UPDATE milestones SET estimated_on = '2013-11-01', takes_closed = true")
                )
            took = []
            for name in ("first time", "nothing left"):
                began = time.perf_counter()
                notified = await notify_of_due_milestones(deps)
                took.append(time.perf_counter() - began)
                print(f"{name:<14}{notified:>9,} steps {took[-1]:>8.2f} s", flush=True)
            return took[0]


def main(arguments: list[str]) -> int:
    """0 where the first time stays within the timer's interval."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks due",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--steps", type=int, default=STEPS)
    chosen = parser.parse_args(arguments)
    took = asyncio.run(measure(chosen.steps))
    verdict = "within" if took <= MOST_S else "beyond"
    print(f"{took:.1f} s, {verdict} {MOST_S:.0f} s")
    return 0 if took <= MOST_S else 1
