"""`python -m benchmarks worklist`: what a page of a work list costs, by how much is still to do.

Each size is a database of its own. Ten milestones are the same in all of them; they are on the
first page of every list, so that pages differ only in what lies behind them. Pages are asked for
in turn, size by size, each in a transaction of its own. Ratios are of the quickest, to the page
over ten: what else the machine does only ever adds time.
"""

import argparse
import asyncio
import datetime as dt
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import psycopg
from sqlalchemy import text

from domain.policy import Policy
from domain.principals import SYSTEM, Principal
from persistence.milestones.queries import MilestoneQuestion, milestones
from persistence.paging import PageRequest
from persistence.work_lists import Mine
from services.bootstrap import Dependencies, open_dependencies
from services.policy import install
from services.settings import Settings

TODAY = dt.date(2013, 11, 29)
SIZES = (10, 10_000, 100_000)
PAGE = PageRequest(10)
# Beyond this a page would depend on how much there is to do (M7).
HIGHEST_RATIO = 1.5

LISTS = {
    "mine": MilestoneQuestion(TODAY, 3, mine=Mine(["SALES", "SALES_MANAGER"], None)),
    "department": MilestoneQuestion(TODAY, 3, owner_role="SALES", open_only=True),
    "everybody": MilestoneQuestion(TODAY, 3, open_only=True),
    "overdue": MilestoneQuestion(TODAY, 3, owner_role="SALES", states=["OVERDUE"]),
    "due in a span": MilestoneQuestion(
        TODAY, 3, open_only=True, due_from=TODAY - dt.timedelta(days=9), due_to=TODAY
    ),
}

# As many as a company of that size may have: what a list reads must not hang on whose they are.
CUSTOMERS = 200

_CUSTOMERS = """
INSERT INTO customers (code, name, kind, currency, rank)
SELECT 'F' || n, 'F', 'FRANCHISEE', 'CNY', n FROM generate_series(1, :count) AS n
"""
_ORDERS = """
INSERT INTO orders (order_number, customer_id, status, placed_at, currency, total)
SELECT 'B-' || n, c.id, 'CONFIRMED', now(), 'CNY', 1
FROM generate_series(1, :count) AS n JOIN customers AS c ON c.rank = 1 + n % :customers
"""
# The first ten are of SALES and overdue by days; the others of their departments, and later.
_MILESTONES = """
INSERT INTO milestones (order_id, customer_id, step_id, owner_role, takes_closed, estimated_on,
  is_open)
SELECT order_id, customer_id, step_id, CASE WHEN n <= 10 THEN 'SALES' ELSE owner_role END,
  n <= 10 OR takes_closed,
  CAST(:today AS date) + CASE WHEN n <= 10 THEN -9 ELSE (n % 600)::int - 3 END,
  true
FROM (
  SELECT o.id AS order_id, o.customer_id, s.id AS step_id, s.owner_role, s.takes_closed,
    row_number() OVER (ORDER BY o.id, s.number) AS n
  FROM orders AS o CROSS JOIN milestone_steps AS s
  JOIN milestone_templates AS t ON t.id = s.template_id
  WHERE t.code = 'ORDER_MILESTONES'
) AS numbered WHERE n <= :size
"""


async def fill(deps: Dependencies, size: int) -> None:
    """This many open milestones, counted by the planner."""
    async with deps.unit_of_work(SYSTEM) as uow:
        await install(uow, "LIVE", Policy())
        await uow.session.execute(text(_CUSTOMERS), {"count": CUSTOMERS})
        many = {"count": -(-size // 17), "customers": CUSTOMERS}
        await uow.session.execute(text(_ORDERS), many)
        await uow.session.execute(text(_MILESTONES), {"size": size, "today": TODAY})
    owner = deps.databases.owner.for_libpq()
    with psycopg.connect(**owner, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE milestones")


async def page_s(deps: Dependencies, question: MilestoneQuestion) -> float:
    """How long one page takes a person of SALES, in seconds."""
    ann = Principal("ann", frozenset({"SALES"}))
    began = time.perf_counter()
    async with deps.unit_of_work(ann) as uow:
        page = await milestones(uow.session, question, PAGE)
    took = time.perf_counter() - began
    if len(page.rows) != PAGE.size:
        raise AssertionError(f"a page of {len(page.rows)} and not of {PAGE.size} rows")
    return took


async def measure(sizes: list[int], rounds: int) -> float:
    """Print a row per list; the highest ratio of all."""
    worst = 0.0
    async with AsyncExitStack() as stack:
        houses = []
        for size in sizes:
            home = stack.enter_context(tempfile.TemporaryDirectory(prefix="apportion-bench-"))
            settings = Settings(home=Path(home) / "home")
            deps = await stack.enter_async_context(open_dependencies(settings, purpose="command"))
            await fill(deps, size)
            houses.append(deps)
        for name, question in LISTS.items():
            took: list[list[float]] = [[] for _ in sizes]
            for number in range(rounds + 3):
                for place, deps in enumerate(houses):
                    seconds = await page_s(deps, question)
                    if number >= 3:  # the first ones open connections and warm caches
                        took[place].append(seconds)
            quickest = [min(each) for each in took]
            ratios = [each / quickest[0] for each in quickest]
            worst = max(worst, *ratios)
            shown = "".join(
                f" {s * 1000:>9.2f} {ratio:>6.2f}"
                for s, ratio in zip(quickest, ratios, strict=True)
            )
            print(f"{name:<14}{shown}", flush=True)
    return worst


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks worklist",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="10 and 10,000, ten rounds")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=100)
    chosen = parser.parse_args(arguments)
    if chosen.quick:
        chosen.sizes, chosen.rounds = list(SIZES[:2]), 10
    print(f"a page of {PAGE.size}, quickest of {chosen.rounds} rounds, ms and ratio to the first")
    print(" " * 14 + "".join(f" {size:>16,}" for size in chosen.sizes))
    worst = asyncio.run(measure(chosen.sizes, chosen.rounds))
    verdict = "within" if worst <= HIGHEST_RATIO else "beyond"
    print(f"highest ratio {worst:.2f}, {verdict} {HIGHEST_RATIO}")
    return 0 if worst <= HIGHEST_RATIO else 1
