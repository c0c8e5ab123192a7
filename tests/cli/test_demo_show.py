"""What the demonstration prints, held against the tiny company's figures computed by hand."""

from decimal import Decimal
from io import StringIO

from rich.console import Console

from cli.demo import show
from domain.principals import SYSTEM
from persistence.queries.orders import orders_by_number
from services import kpis
from services.allocation.report import report_run
from services.bootstrap import Dependencies
from services.policies import current_policy
from services.timelines import TimelineReader, timelines_by_order
from tests.services.test_report import committed

REPORT = """
Allocation run 1, season SPRING_SUMMER
Goods receipt GR-1 at Central: 12 units of 1 SKUs.
6 claims in 6 levels, all proven optimal: 12 pieces given.

By stage
stage                     wanted     given      fill  value given
1 Funded franchisees           7         4    57.1 %    40.00 CNY
2 Reserved for payment         3         3   100.0 %    30.00 CNY
3 Own regions                  9         5    55.6 %    50.00 CNY

Franchisees: the 2 largest orders
rank  franchisee         ordered   shipped  reserved     value  why not more
1     F1 Franchisee F1         4         4         0     40.00
2     F2 Franchisee F2         3         0         3      0.00  FUNDS

Own regions, in the season's order
region           stores want     given      fill  reserve wants     given      fill
airport Airport            1         1   100.0 %              5         4    80.0 %
Shenzhen                   3         0     0.0 %              0         0

By store tier
tier                wanted     given      fill
stores of tier A         1         1   100.0 %
stores of tier B         3         0     0.0 %
reserves                 5         4    80.0 %

Not given, and why
stage    claims     units  because
1             1         3  funds are used up (FUNDS)
3             2         4  no stock left (SUPPLY)
"""

STORY = """
The story of order O2
when              what                          details                       who
2013-11-01        Order placed
2013-11-29 08:00  Goods reserved until payment  units 3, expires at 2013-12…  SYSTEM
"""


def printed(out: Console) -> str:
    file = out.file
    assert isinstance(file, StringIO)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def paper() -> Console:
    return Console(file=StringIO(), width=show.WIDTH, highlight=False)


async def test_the_report_prints_the_hand_computed_figures(deps: Dependencies) -> None:
    """A9 K1: by stage, franchisee, region and tier, and what was refused, in 100 columns."""
    run_id = await committed(deps)
    out = paper()
    async with deps.unit_of_work(SYSTEM) as uow:
        show.run_report(out, await report_run(run_id, uow))
    assert printed(out) == REPORT
    assert max(len(line) for line in printed(out).splitlines()) <= 100


async def test_the_story_of_an_order_is_told_by_time(deps: Dependencies) -> None:
    """O15 A5: placed, reserved, and until when."""
    await committed(deps)
    out = paper()
    async with deps.unit_of_work(SYSTEM) as uow:
        order = (await orders_by_number(uow.session, ["O2"]))["O2"]
        _, policy = await current_policy(uow)
        reader = TimelineReader(policy.zone, is_staff=True, sees_money=True)
        stories = await timelines_by_order(uow.session, [order.id], reader)
        show.timeline(out, "O2", stories[order.id], policy.zone)
    assert printed(out) == STORY


async def test_key_figures_are_printed_by_month(deps: Dependencies) -> None:
    """K1: 9 of 16 units wanted were given, each unit wanted counted once; 3 are reserved."""
    await committed(deps)
    out = paper()
    async with deps.unit_of_work(SYSTEM) as uow:
        fills = await kpis.fill_rates(uow, "MONTH")
        show.key_figures(
            out, fills, [kpis.CycleTime("2013-10", 2, Decimal(3), Decimal(3), Decimal("3.8"))], []
        )
    assert printed(out).splitlines()[-2:] == [
        "2013-10                            2       3         3.8",
        "2013-11  56.2 %       56.2 %",
    ]
