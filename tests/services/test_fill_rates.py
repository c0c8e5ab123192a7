"""Fill rates over several runs: a wish counts once, by the day it was asked for (K1)."""

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import text

from domain.errors import InvalidInput
from domain.principals import SYSTEM
from domain.supply import ReceiptLine, ReceiveGoods
from services import kpis
from services.allocation.run import run_allocation
from services.bootstrap import Dependencies
from tests.clock import FixedClock
from tests.services.test_allocation import arrive

pytestmark = pytest.mark.usefixtures("tiny_company")


async def share_out(deps: Dependencies, number: str, units: int) -> int:
    run_id = await arrive(deps, ReceiveGoods(number, "C", (ReceiptLine("TEE-40", units),)))
    await run_allocation(run_id, deps)
    return run_id


async def fills(
    deps: Dependencies,
    group: str,
    *,
    run_id: int | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> list[tuple[str, int, int]]:
    """Key, units given and units wanted of every group, by key."""
    async with deps.unit_of_work(SYSTEM) as uow:
        found = await kpis.fill_rates(uow, group, run_id=run_id, since=since, until=until)
    return sorted((fill.key, fill.units_given, fill.units_wanted) for fill in found.rows)


async def test_a_line_counts_once_over_three_runs(deps: Dependencies, clock: FixedClock) -> None:
    """K1: a line of 4 is given 2, 1 and 1 by three runs: 4 of 4, where it was 4 of 7."""
    runs = []
    for number, units in enumerate((2, 1, 1)):
        runs.append(await share_out(deps, f"GR-{number}", units))
        clock.advance(dt.timedelta(days=1))
    assert [(await fills(deps, "STAGE", run_id=run_id))[0] for run_id in runs] == [
        ("1", 2, 7),
        ("1", 1, 5),
        ("1", 1, 4),
    ]
    assert await fills(deps, "CUSTOMER") == [("F1", 4, 4), ("F2", 0, 3)]
    assert await fills(deps, "STAGE") == [("1", 4, 7), ("2", 0, 3), ("3", 0, 9)]


async def test_the_rate_never_falls_as_goods_arrive(deps: Dependencies, clock: FixedClock) -> None:
    """K1: another run meets no new wishes, so it can only raise the rate."""
    rates = []
    for number in range(8):
        await share_out(deps, f"GR-{number}", 2)
        clock.advance(dt.timedelta(days=1))
        months = await fills(deps, "MONTH")
        rates.append(sum(given for _, given, _ in months) / sum(wish for _, _, wish in months))
    assert rates == sorted(rates)
    assert rates[-1] == 13 / 16


async def test_a_gap_is_one_wish_until_it_grows(deps: Dependencies, clock: FixedClock) -> None:
    """K1: a store lacks 8 on Monday and is given 5; 3 are sold; it lacks 6 on Wednesday, given 4.

    Both days: 9 of 11. Asked on Monday: 8 of 8. Asked on Wednesday: 1 of 3. It was 9 of 14.
    """
    monday = dt.date(2013, 12, 2)
    clock.now = dt.datetime(2013, 12, 2, 2, tzinfo=dt.UTC)
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(text("UPDATE orders SET status = 'CANCELLED'"))
        await uow.session.execute(text("DELETE FROM region_reserves"))
        await uow.session.execute(
            text("DELETE FROM store_stock WHERE store_id <> (SELECT min(id) FROM stores)")
        )
        await uow.session.execute(
            text("UPDATE store_stock SET safety_stock = 8, units_on_hand = 0")
        )
    await share_out(deps, "GR-MON", 5)
    clock.advance(dt.timedelta(days=2))
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(
            text("UPDATE store_stock SET units_on_hand = 2, units_in_transit = 0")
        )
    await share_out(deps, "GR-WED", 4)

    wednesday = monday + dt.timedelta(days=2)
    assert await fills(deps, "TIER") == [("A", 9, 11)]
    assert await fills(deps, "TIER", until=wednesday) == [("A", 8, 8)]
    assert await fills(deps, "TIER", since=wednesday) == [("A", 1, 3)]


async def test_a_gap_that_closes_by_itself_is_no_longer_wanted(
    deps: Dependencies, clock: FixedClock
) -> None:
    """K1: S2 lacked 3 and was given none; its target falls to 1, so 2 are withdrawn."""
    await share_out(deps, "GR-1", 12)
    clock.advance(dt.timedelta(days=1))
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(
            text("UPDATE store_stock SET safety_stock = 1 WHERE safety_stock = 3")
        )
    assert ("B", 0, 3) in await fills(deps, "TIER")
    await share_out(deps, "GR-2", 1)
    assert await fills(deps, "TIER") == [("A", 1, 1), ("B", 0, 1), ("RESERVE", 5, 5)]


async def test_a_reservation_gives_nothing_while_it_lives(deps: Dependencies) -> None:
    """K1: F2's 3 units are wanted once and not given; by stage they are reserved."""
    run_id = await share_out(deps, "GR-1", 12)
    assert await fills(deps, "REGION") == [("Shenzhen", 0, 6), ("airport", 9, 10)]
    assert await fills(deps, "REGION", run_id=run_id) == [("Shenzhen", 0, 6), ("airport", 9, 10)]
    assert await fills(deps, "STAGE") == [("1", 4, 7), ("2", 3, 3), ("3", 5, 9)]
    async with deps.unit_of_work(SYSTEM) as uow:
        months = await kpis.fill_rates(uow, "MONTH")
    assert [(fill.key, fill.value_rate) for fill in months.rows] == [("2013-11", Decimal("0.5625"))]


async def test_wishes_are_cut_by_the_day_they_were_asked_for(deps: Dependencies) -> None:
    """K1: orders of 1 November count on their day, the gaps on that of the run that found them."""
    await share_out(deps, "GR-1", 12)
    placed, day = dt.date(2013, 11, 1), dt.date(2013, 11, 29)
    next_day = dt.timedelta(days=1)
    assert await fills(deps, "STAGE", since=day, until=day + next_day) == [("3", 5, 9)]
    assert await fills(deps, "STAGE", since=placed, until=placed + next_day) == [
        ("1", 4, 7),
        ("2", 3, 3),
    ]
    assert await fills(deps, "STAGE", since=day + next_day) == []


async def test_a_run_and_days_do_not_go_together(deps: Dependencies) -> None:
    """K1: a run's figures are of its own moment."""
    run_id = await share_out(deps, "GR-1", 12)
    with pytest.raises(InvalidInput, match="not both"):
        await fills(deps, "STAGE", run_id=run_id, since=dt.date(2013, 11, 1))


async def test_groups_beyond_the_limit_are_counted(
    deps: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K1: of two customers the one with the larger demand is listed, and `left_out` is one."""
    monkeypatch.setattr(kpis, "MOST_ROWS", 1)
    async with deps.unit_of_work(SYSTEM) as uow:
        cut = await kpis.fill_rates(uow, "CUSTOMER")
        monkeypatch.undo()
        whole = await kpis.fill_rates(uow, "CUSTOMER")
        nothing = await kpis.fill_rates(uow, "CUSTOMER", since=dt.date(2014, 1, 1))
    assert ([fill.key for fill in cut.rows], cut.left_out) == (["F1"], 1)
    assert (len(whole.rows), whole.left_out) == (2, 0)
    assert (nothing.rows, nothing.left_out) == ((), 0)
