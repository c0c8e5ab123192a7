"""Every figure of a run's report, on the tiny company, computed by hand."""

from decimal import Decimal

import pytest

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


async def test_a_report_shows_who_got_what(deps: Dependencies) -> None:
    """A9 K1: arrival, stages, customers, regions, tiers and refusals of the tiny company."""
    run_id = await committed(deps)
    async with deps.unit_of_work(SYSTEM) as uow:
        report = await report_run(run_id, uow)

    [arrived] = report.arrivals
    assert (arrived.receipt_number, arrived.warehouse) == ("GR-1", ("Central", "总仓"))
    assert (arrived.skus, arrived.units) == (1, 12)
    assert (report.claims, report.pieces, report.unproven_levels) == (6, 12, 0)
    assert report.stages == (
        FillRate("1", "1", "CNY", 7, 4, Decimal("70.00"), Decimal("40.00"), 2),
        FillRate("2", "2", "CNY", 3, 3, Decimal("30.00"), Decimal("30.00"), 1),
        FillRate("3", "3", "CNY", 9, 5, Decimal("90.00"), Decimal("50.00"), 3),
    )
    assert report.customers == (
        CustomerShare("F1", ("Franchisee F1", "加盟商F1"), 1, "CNY", 4, 4, 0, Decimal("40.00"), ()),
        CustomerShare(
            "F2", ("Franchisee F2", "加盟商F2"), 2, "CNY", 3, 0, 3, Decimal("0.00"), ("FUNDS",)
        ),
    )
    assert report.regions == (
        RegionShare("airport", ("Airport", "机场"), 1, 1, 5, 4),
        RegionShare("Shenzhen", ("Shenzhen", "深圳"), 3, 0, 0, 0),
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


async def test_only_committed_runs_have_a_report(deps: Dependencies) -> None:
    """A9: a queued run has given nothing yet."""
    run_id = await arrive(deps)
    async with deps.unit_of_work(SYSTEM) as uow:
        with pytest.raises(NotFound, match="committed allocation run"):
            await report_run(run_id, uow)
        with pytest.raises(InvalidInput, match="not by 'WEATHER'"):
            await kpis.fill_rates(uow, "WEATHER")
