"""Every figure of a run's report and of the KPIs, on the tiny company, computed by hand."""

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import text

from domain.errors import InvalidInput, NotFound
from domain.principals import SYSTEM
from services import kpis
from services.allocation.report import CustomerShare, Refusal, RegionShare, report_run
from services.allocation.run import run_allocation
from services.bootstrap import Dependencies
from services.kpis import FillRate
from tests.services.test_allocation import arrive

pytestmark = pytest.mark.usefixtures("tiny_company")


async def committed(deps: Dependencies) -> int:
    run_id = await arrive(deps)
    await run_allocation(run_id, deps)
    return run_id


async def test_a_report_tells_who_got_what(deps: Dependencies) -> None:
    """A9 K1: arrival, stages, customers, regions, tiers and refusals of the tiny company."""
    run_id = await committed(deps)
    async with deps.unit_of_work(SYSTEM) as uow:
        report = await report_run(run_id, uow)

    [arrived] = report.arrivals
    assert (arrived.receipt_number, arrived.warehouse) == ("GR-1", "Central")
    assert (arrived.skus, arrived.units) == (1, 12)
    assert (report.claims, report.pieces, report.unproven_levels) == (6, 12, 0)
    assert report.stages == (
        FillRate("1", "1", "CNY", 7, 4, Decimal("70.00"), Decimal("40.00"), 2),
        FillRate("2", "2", "CNY", 3, 3, Decimal("30.00"), Decimal("30.00"), 1),
        FillRate("3", "3", "CNY", 9, 5, Decimal("90.00"), Decimal("50.00"), 3),
    )
    assert report.customers == (
        CustomerShare("F1", "Franchisee F1", 1, "CNY", 4, 4, 0, Decimal("40.00"), ()),
        CustomerShare("F2", "Franchisee F2", 2, "CNY", 3, 0, 3, Decimal("0.00"), ("FUNDS",)),
    )
    assert report.regions == (
        RegionShare("airport", "Airport", 1, 1, 5, 4),
        RegionShare("Shenzhen", "Shenzhen", 3, 0, 0, 0),
    )
    assert report.tiers == (
        FillRate("A", "A", "CNY", 1, 1, Decimal("10.00"), Decimal("10.00"), 1),
        FillRate("B", "B", "CNY", 3, 0, Decimal("30.00"), Decimal("0.00"), 1),
        FillRate("RESERVE", "RESERVE", "CNY", 5, 4, Decimal("50.00"), Decimal("40.00"), 1),
    )
    assert report.refusals == (
        Refusal(1, ("FUNDS",), 1, 3),
        Refusal(3, ("SUPPLY",), 2, 4),
    )


async def test_cycle_time_runs_from_placing_to_the_last_dispatch(deps: Dependencies) -> None:
    """K1: two orders of 2 and 4 days: mean 3, the median occurred, nine tenths within 4."""
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(text("UPDATE orders SET status = 'SHIPPED'"))
        await uow.session.execute(
            text(
                "INSERT INTO shipments (shipment_number, order_id, customer_id, status, shipped_at)"
                " SELECT 'S-' || order_number || day, id, customer_id, 'DISPATCHED',"
                "   placed_at + day * interval '1 day'"
                " FROM orders JOIN (VALUES ('O1', 1), ('O1', 2), ('O2', 4)) AS sent (number, day)"
                "   ON order_number = number"
            )
        )
        [cycle] = await kpis.cycle_times(uow)
        assert await kpis.cycle_times(uow, since=dt.date(2013, 12, 1)) == []
    assert cycle == kpis.CycleTime("2013-11", 2, Decimal("3.00"), 2, 4)


@pytest.mark.parametrize(
    ("placed", "shipped", "days"),
    [
        # Over the change of the clocks in Berlin a week has 169 hours.
        ("2013-10-24 10:00+02", "2013-10-31 10:00+01", 7),
        ("2013-10-24 23:59+02", "2013-10-25 00:01+02", 1),
        ("2013-10-24 00:01+02", "2013-10-24 23:59+02", 0),
    ],
)
async def test_a_cycle_is_a_difference_of_days(
    deps: Dependencies, placed: str, shipped: str, days: int
) -> None:
    """K1: in the policy's zone; it was 7.04 over a clock change."""
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(
            text('UPDATE policies SET body = body || \'{"time_zone": "Europe/Berlin"}\'::jsonb')
        )
        await uow.session.execute(
            text(
                "UPDATE orders SET status = 'SHIPPED', placed_at = CAST(:placed AS timestamptz)"
                " WHERE order_number = 'O1'"
            ),
            {"placed": dt.datetime.fromisoformat(placed)},
        )
        await uow.session.execute(
            text(
                "INSERT INTO shipments (shipment_number, order_id, customer_id, status, shipped_at)"
                " SELECT 'S-1', id, customer_id, 'DISPATCHED', CAST(:shipped AS timestamptz)"
                " FROM orders WHERE order_number = 'O1'"
            ),
            {"shipped": dt.datetime.fromisoformat(shipped)},
        )
        [cycle] = await kpis.cycle_times(uow)
    assert (cycle.days_mean, cycle.days_p50, cycle.days_p90) == (days, days, days)


async def test_on_time_counts_steps_that_had_an_expected_day(deps: Dependencies) -> None:
    """K1 M7: closed on the day is on time, a day later is late, without an estimate neither."""
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(
            text(
                "INSERT INTO milestones"
                " (order_id, customer_id, step_id, owner_role, estimated_on, closed_on, closed_by,"
                "  is_open)"
                " SELECT orders.id, customer_id, step.id, owner_role, estimated, closed, 'Li',"
                "  false"
                " FROM orders JOIN (VALUES (2, date '2013-11-05', date '2013-11-05'),"
                "   (3, date '2013-11-05', date '2013-11-06'), (5, NULL, date '2013-11-06'))"
                "   AS done (number, estimated, closed) ON order_number = 'O1'"
                " JOIN milestone_steps AS step ON step.number = done.number"
                " JOIN milestone_templates AS t ON t.id = step.template_id"
                "   AND t.code = 'ORDER_MILESTONES'"
            )
        )
        [on_time] = await kpis.milestones_on_time(uow)
    assert (on_time.month, on_time.closed, on_time.on_time) == ("2013-11", 2, 1)
    assert on_time.rate == Decimal("0.5000")


async def test_only_committed_runs_have_a_report(deps: Dependencies) -> None:
    """A9: a queued run has given nothing yet."""
    run_id = await arrive(deps)
    async with deps.unit_of_work(SYSTEM) as uow:
        with pytest.raises(NotFound, match="committed allocation run"):
            await report_run(run_id, uow)
        with pytest.raises(InvalidInput, match="not by 'WEATHER'"):
            await kpis.fill_rates(uow, "WEATHER")
