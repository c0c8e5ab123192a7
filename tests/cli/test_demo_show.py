"""What the demonstration prints, held against the tiny company's figures computed by hand."""

from dataclasses import replace
from decimal import Decimal
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from cli.demo import show
from cli.language import Speaker
from cli.story import story
from cli.tables import WIDTH
from domain.principals import SYSTEM
from persistence.kpis.registry import KpiCode
from persistence.orders.queries import orders_by_number
from services import kpis
from services.allocation.report import report_run
from services.bootstrap import Dependencies
from services.policy import current_policy
from services.stock import FreeGoods, FreeStock, free_goods
from services.timeline.reading import TimelineReader, timelines_by_order
from tests.services.test_report import committed

pytestmark = pytest.mark.usefixtures("tiny_company")

REPORT = """
Allocation run 1, season SPRING_SUMMER (Spring and summer)
Goods receipt GR-1 at Central: 12 units of 1 SKUs.
6 claims in 6 levels, all proven optimal: 12 pieces given.

By stage
stage                            wanted  given     fill  value given
1 Funded franchisees FUNDED           7      4   57.1 %    40.00 CNY
2 Reserved for payment RESERVED       3      3  100.0 %    30.00 CNY
3 Own regions OWN_REGIONS             9      5   55.6 %    50.00 CNY

Customers, in rank order
rank  customer          ordered  shipped  reserved  value shipped  why not more
   1  F1 Franchisee F1        4        4         0          40.00
   2  F2 Franchisee F2        3        0         3           0.00  funds are used up
What is reserved is kept until 2013-12-15 00:00; unpaid, it is then shared out again.

Own regions, in the season's order
region           stores want  given     fill  reserve wants  given    fill
airport Airport            1      1  100.0 %              5      4  80.0 %
Shenzhen                   3      0    0.0 %              0      0

By store tier
tier                 wanted  given     fill
stores of tier A          1      1  100.0 %
stores of tier B          3      0    0.0 %
reserves of regions       5      4   80.0 %

Not given, and why
stage                 claims  units  because
1 Funded franchisees       1      3  funds are used up (FUNDS)
3 Own regions              2      4  no stock left (SUPPLY)

Given to nobody, and where it lies
Nothing is left.
Warning: Funds were never confirmed of F1, F2: FINANCE confirms them daily.
"""

STORY = """
The story of order O2
when              what                          details                                       who
2013-11-01        Order placed
2013-11-29 08:00  Goods reserved until payment  units 3, expires at 2013-12-15 00:00,         SYSTEM
                                                allocation run 1, notified Channel
                                                department
"""
ENGLISH, CHINESE = Speaker("en"), Speaker("zh")


def printed(out: Console) -> str:
    file = out.file
    assert isinstance(file, StringIO)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def paper(width: int = WIDTH) -> Console:
    return Console(file=StringIO(), width=width, highlight=False)


async def report_on(deps: Dependencies, run_id: int, out: Console, say: Speaker) -> None:
    async with deps.unit_of_work(SYSTEM) as uow:
        _, policy = await current_policy(uow)
        until = uow.now.astimezone(policy.zone).replace(month=12, day=15, hour=0)
        show.run_report(
            out,
            await report_run(run_id, uow),
            await free_goods(uow, most=20),
            until,
            say,
        )


async def test_the_report_prints_the_hand_computed_figures(deps: Dependencies) -> None:
    """A9 K1: by stage, customer, region and tier, what was refused and why, in 100 columns."""
    out = paper()
    await report_on(deps, await committed(deps), out, ENGLISH)
    assert printed(out) == REPORT


@pytest.mark.parametrize("say", [ENGLISH, CHINESE], ids=["en", "zh"])
@pytest.mark.parametrize("width", [80, 100, 140])
async def test_nothing_is_cut_at_any_width(deps: Dependencies, width: int, say: Speaker) -> None:
    """All figures stand there whole, no line is too wide, none ends in dots."""
    run_id = await committed(deps)
    out = paper(width)
    await report_on(deps, run_id, out, say)
    text = printed(out)
    assert max(map(cell_len, text.splitlines())) <= width
    assert "…" not in text
    worth = say("40.00 CNY", "40.00元")
    for figure in (
        "57.1 %",
        worth,
        "2013-12-15 00:00",
        "100.0 %",
        "80.0 %",
    ):
        assert figure in text


async def test_in_chinese_the_columns_stand_in_line(deps: Dependencies) -> None:
    """P2: warehouses and customers by their Chinese names; the figures of a column in one cell."""
    out = paper()
    await report_on(deps, await committed(deps), out, CHINESE)
    lines = printed(out).splitlines()
    assert "收货单 GR-1，总仓：1个SKU共12件。" in lines
    stages = [line for line in lines if line[:2] in ("1 ", "2 ", "3 ") and "元" in line]
    assert [line.split()[1] for line in stages] == ["有款加盟商", "占用锁定待打款", "直营及联营"]
    assert len({cell_len(line) for line in stages}) == 1
    [unfunded] = [line for line in lines if "F2 加盟商F2" in line]
    assert unfunded.split() == [
        "2", "F2", "加盟商F2", "3", "0", "3", "0.00", "资金及信用余额不足",
    ]  # fmt: skip


async def test_where_the_goods_not_given_lie(deps: Dependencies) -> None:
    """Free units of the central warehouses, the most first; the rest is counted."""
    out = paper()
    free = FreeGoods(
        9,
        3,
        (
            FreeStock("C", ("Central", "总仓"), "TEE-40", ("Tee", "T恤"), 5),
            FreeStock("C", ("Central", "总仓"), "TEE-41", ("Tee", "T恤"), 3),
        ),
    )
    run_id = await committed(deps)
    async with deps.unit_of_work(SYSTEM) as uow:
        show.run_report(out, await report_run(run_id, uow), free, None, ENGLISH)
    assert printed(out).splitlines()[-6:] == [
        "Given to nobody, and where it lies",
        "warehouse  SKU     product  units free",
        "C Central  TEE-40  Tee               5",
        "C Central  TEE-41  Tee               3",
        "and 1 more SKUs; 9 units in all, listed by the API's `stock(filter: {onlyFree: true})`",
        "Warning: Funds were never confirmed of F1, F2: FINANCE confirms them daily.",
    ]


async def test_the_story_of_an_order_is_listed_by_time(deps: Dependencies) -> None:
    """O15 A5: placed, reserved, and until when: the end of a reservation is not cut."""
    await committed(deps)
    out = paper()
    async with deps.unit_of_work(SYSTEM) as uow:
        order = (await orders_by_number(uow.session, ["O2"]))["O2"]
        _, policy = await current_policy(uow)
        reader = TimelineReader(policy.zone, is_staff=True, sees_money=True)
        stories = await timelines_by_order(uow.session, [order.id], reader)
        story(out, "O2", stories[order.id], policy.zone, ENGLISH)
    assert printed(out) == STORY


async def test_key_figures_are_printed_by_month(deps: Dependencies) -> None:
    """K1: 9 of 16 units wanted were given, each unit wanted counted once; 3 are reserved."""
    await committed(deps)
    out = paper()
    async with deps.unit_of_work(SYSTEM) as uow:
        found = (await kpis.key_figures(uow)).rows
    cycles = [
        replace(found[0], code=code, key="2013-10", value=Decimal(days), count=2)
        for code, days in (
            (KpiCode.ORDER_CYCLE_DAYS_P50, 2),
            (KpiCode.ORDER_CYCLE_DAYS_P90, 4),
        )
    ]
    show.key_figures(out, [*found, *cycles], ENGLISH)
    rows = [line.split() for line in printed(out).splitlines()[-2:]]
    assert rows == [["2013-10", "2", "2", "4"], ["2013-11", "56.2", "%", "56.2", "%"]]
