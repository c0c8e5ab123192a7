"""Each key figure of the registry against one computed by hand; a figure without a test is none."""

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from itertools import groupby
from typing import TypeVar

import pytest
from sqlalchemy import text

from domain.kpis import KpiGroup
from domain.principals import SYSTEM
from persistence.kpis.registry import KpiCode
from services.allocation.run import run_allocation
from services.bootstrap import Dependencies
from services.kpis import key_figures
from tests.services.test_allocation import arrive

pytestmark = pytest.mark.usefixtures("tiny_company")

Test = TypeVar("Test", bound=Callable[..., object])
SHOWN: set[KpiCode] = set()
CYCLE = (
    KpiCode.ORDER_CYCLE_DAYS_MEAN,
    KpiCode.ORDER_CYCLE_DAYS_P50,
    KpiCode.ORDER_CYCLE_DAYS_P90,
)


def shows(*codes: KpiCode) -> Callable[[Test], Test]:
    """Marks the test that computes these figures by hand."""
    SHOWN.update(codes)
    return lambda test: test


def test_every_figure_has_a_test() -> None:
    """K1: mark it with `shows`."""
    assert set(KpiCode) == SHOWN


@pytest.mark.parametrize("code", KpiCode)
def test_a_formula_is_said_in_both_languages(code: KpiCode) -> None:
    """K2: neither is the other, and the Chinese is written with its own punctuation."""
    english, chinese = code.definition.formula
    assert english.isascii()
    assert not re.search("[,;:!?()] ?[\u4e00-\u9fff]|[\u4e00-\u9fff][,;:!?()]", chinese)
    assert len(re.findall("[\u4e00-\u9fff]", chinese)) > 10


def test_figures_of_a_source_stand_together() -> None:
    """Each source is read once, in the order of the registry."""
    sources = [code.definition.source for code in KpiCode]
    assert len([source for source, _ in groupby(sources)]) == len(set(sources))


@shows(KpiCode.FILL_RATE_UNITS, KpiCode.FILL_RATE_VALUE)
async def test_what_was_given_of_what_was_wanted(deps: Dependencies) -> None:
    """K1: 12 arrive for 16 wanted at 10.00: 9 are given, 3 are reserved and not given yet."""
    await run_allocation(await arrive(deps), deps)
    async with deps.unit_of_work(SYSTEM) as uow:
        months = await key_figures(uow, [KpiCode.FILL_RATE_UNITS, KpiCode.FILL_RATE_VALUE])
        regions = await key_figures(uow, [KpiCode.FILL_RATE_UNITS], KpiGroup.REGION)
    assert [(each.code, each.numerator, each.denominator) for each in months.rows] == [
        (KpiCode.FILL_RATE_UNITS, 9, 16),
        (KpiCode.FILL_RATE_VALUE, Decimal("90.00"), Decimal("160.00")),
    ]
    assert {each.value for each in months.rows} == {Decimal("0.5625")}
    assert [(each.key, each.label, each.value) for each in regions.rows] == [
        ("airport", "Airport", Decimal("0.9000")),
        ("Shenzhen", "Shenzhen", Decimal("0.0000")),
    ]


@shows(*CYCLE)
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
        found = await key_figures(uow, CYCLE)
        later = await key_figures(uow, CYCLE, since=dt.date(2013, 12, 1))
    assert later.rows == ()
    assert [(each.code, each.key, each.count, each.value) for each in found.rows] == [
        (KpiCode.ORDER_CYCLE_DAYS_MEAN, "2013-11", 2, Decimal("3.00")),
        (KpiCode.ORDER_CYCLE_DAYS_P50, "2013-11", 2, 2),
        (KpiCode.ORDER_CYCLE_DAYS_P90, "2013-11", 2, 4),
    ]


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
        found = await key_figures(uow, CYCLE)
    assert [each.value for each in found.rows] == [days, days, days]


@shows(KpiCode.MILESTONE_ON_TIME_RATE)
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
        [on_time] = (await key_figures(uow, [KpiCode.MILESTONE_ON_TIME_RATE])).rows
    assert (on_time.key, on_time.count, on_time.denominator, on_time.numerator) == (
        "2013-11",
        2,
        2,
        1,
    )
    assert on_time.value == Decimal("0.5000")
