"""The policy changes from a day on; so does the calendar (P5, P6, P7)."""

import asyncio
import datetime as dt
from typing import Any

import pytest

from domain.calendar import RemoveBusinessDay, SetBusinessDay
from domain.errors import InvalidInput, NotAllowed, NotFound, Stale, WrongState
from domain.messages import msg
from domain.policy import Policy
from domain.policy.commands import SetRegionOrder, UpdatePolicy, WithdrawPolicy
from domain.principals import SYSTEM
from domain.roles import Role
from services.bootstrap import Dependencies
from services.calendar.business_days import business_calendar
from services.calendar.changes import remove_business_day, set_business_day
from services.policy import (
    current_policy,
    policy_at,
    set_region_order,
    update_policy,
    withdraw_policy,
)
from tests.clock import FixedClock
from tests.services.departments import TODAY, TOMORROW, who
from tests.services.test_allocation import ask

pytestmark = pytest.mark.usefixtures("tiny_company")


async def change(
    deps: Dependencies,
    *,
    valid_from: dt.date | None = None,
    expected: int | None = None,
    **settings: Any,
) -> int:
    async with deps.unit_of_work(who(Role.ADMIN)) as uow:
        return await update_policy(UpdatePolicy(settings, valid_from, "why", expected), uow)


async def days_at(deps: Dependencies, *instants: dt.datetime) -> list[int]:
    async with deps.unit_of_work(SYSTEM) as uow:
        return [(await policy_at(uow, instant))[1].reservation_days for instant in instants]


async def test_a_setting_holds_from_its_day_in_the_company_s_time_zone(
    deps: Dependencies, clock: FixedClock
) -> None:
    """P7: 30 November begins in Shanghai at 16:00 UTC of the 29th."""
    assert await change(deps, valid_from=TOMORROW, reservation_days=10) == 2
    midnight = dt.datetime(2013, 11, 29, 16, tzinfo=dt.UTC)
    assert await days_at(deps, clock.now, midnight - dt.timedelta(seconds=1), midnight) == [
        15,
        15,
        10,
    ]
    assert await ask(
        deps, "SELECT actor, before, after, reason FROM audit_log WHERE action = 'policyUpdate'"
    ) == [
        (
            "admin@example",
            {"reservation_days": 15},
            {"reservation_days": 10, "validFrom": "2013-11-29T16:00:00+00:00"},
            "why",
        )
    ]


async def test_what_changes_today_still_holds_when_a_planned_version_begins(
    deps: Dependencies, clock: FixedClock
) -> None:
    """P7: the winter season is planned for tomorrow; today's 10 days outlive midnight."""
    await change(deps, valid_from=TOMORROW, season="AUTUMN_WINTER")
    await change(deps, reservation_days=10)
    async with deps.unit_of_work(SYSTEM) as uow:
        _, today = await current_policy(uow)
    clock.advance(dt.timedelta(days=1))
    async with deps.unit_of_work(SYSTEM) as uow:
        version, tomorrow = await current_policy(uow)
    assert (today.season, today.reservation_days) == ("SPRING_SUMMER", 10)
    assert (version, tomorrow.season, tomorrow.reservation_days) == (4, "AUTUMN_WINTER", 10)


async def test_two_changes_of_one_version_one_wins(deps: Dependencies) -> None:
    """P7: the other hears the version there is."""
    results = await asyncio.gather(
        *(change(deps, expected=1, reservation_days=days) for days in (10, 11)),
        return_exceptions=True,
    )
    assert sorted(str(type(each).__name__) for each in results) == ["Stale", "int"]
    [stale] = [each for each in results if isinstance(each, Stale)]
    assert (stale.expected, stale.actual) == (1, 2)


async def test_the_same_again_makes_no_version(deps: Dependencies) -> None:
    assert await change(deps, reservation_days=15) == 1
    assert await ask(deps, "SELECT count(*) FROM policies") == [(1,)]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"reservation_days": -1},
        {"reservation_dys": 1},
        {"region_order": 5},
        {"time_zone": 5},
        {"calendar_country": "XX"},
        {"rank_criteria": ["MOON"]},
        {"penalty_amounts": {"DEMAND_PLAN_LATE": "-1"}},
    ],
)
async def test_a_setting_that_cannot_be_is_refused(
    deps: Dependencies, changes: dict[str, Any]
) -> None:
    """P7: nothing is written."""
    with pytest.raises(InvalidInput):
        await change(deps, **changes)
    assert await ask(deps, "SELECT count(*) FROM policies") == [(1,)]


async def test_only_admin_changes_the_policy(deps: Dependencies) -> None:
    """P7: no other role, not even the general manager."""
    for role in set(Role) - {Role.ADMIN}:
        with pytest.raises(NotAllowed):
            async with deps.unit_of_work(who(role)) as uow:
                await update_policy(UpdatePolicy({"reservation_days": 1}), uow)


async def test_channel_sets_a_season_s_order_of_regions(deps: Dependencies) -> None:
    """P5 P7: the other season's order stays."""
    async with deps.unit_of_work(who(Role.CHANNEL)) as uow:
        version = await set_region_order(
            SetRegionOrder("SPRING_SUMMER", ("Shenzhen", "airport")), uow
        )
    async with deps.unit_of_work(SYSTEM) as uow:
        found, policy = await current_policy(uow)
    assert (version, found) == (2, 2)
    assert policy.region_order["SPRING_SUMMER"] == ("Shenzhen", "airport")
    assert policy.region_order["AUTUMN_WINTER"] == Policy().region_order["AUTUMN_WINTER"]
    with pytest.raises(NotAllowed):
        async with deps.unit_of_work(who(Role.ADMIN)) as uow:
            await set_region_order(SetRegionOrder("SPRING_SUMMER", ("airport",)), uow)


async def test_the_company_s_own_days_win_over_china_s_calendar(deps: Dependencies) -> None:
    """P6: a company holiday on a Friday, a make-up day on the Saturday after."""
    saturday = TOMORROW
    for day, is_working in ((TODAY, False), (saturday, True)):
        async with deps.unit_of_work(who(Role.PLANNING)) as uow:
            await set_business_day(SetBusinessDay(day, is_working, "Founder's day"), uow)
    async with deps.unit_of_work(SYSTEM) as uow:
        calendar = await business_calendar(uow, Policy())
    assert [calendar.is_working_day(day) for day in (TODAY, saturday)] == [False, True]
    assert calendar.next_working_day(TODAY) == saturday
    assert calendar.add_working_days(TODAY - dt.timedelta(days=1), 2) == dt.date(2013, 12, 2)

    async with deps.unit_of_work(who(Role.PLANNING)) as uow:
        await remove_business_day(RemoveBusinessDay(TODAY), uow)
    async with deps.unit_of_work(SYSTEM) as uow:
        assert (await business_calendar(uow, Policy())).is_working_day(TODAY)
    with pytest.raises(NotFound):
        async with deps.unit_of_work(who(Role.PLANNING)) as uow:
            await remove_business_day(RemoveBusinessDay(TODAY), uow)
    assert await ask(deps, "SELECT version FROM master_data_areas WHERE area = 'CALENDAR'") == [
        (3,)
    ]


async def withdraw(deps: Dependencies, version: int, role: Role = Role.ADMIN) -> int:
    async with deps.unit_of_work(who(role)) as uow:
        return await withdraw_policy(WithdrawPolicy(version, "no longer wanted"), uow)


def day(number: int) -> dt.datetime:
    """The first instant of that day of December in Shanghai."""
    return dt.datetime(2013, 12, number, tzinfo=Policy().zone)


async def test_a_planned_version_is_withdrawn_before_its_day(deps: Dependencies) -> None:
    """P7: nothing is overwritten; what was planned on top of it, and what changed today, stays."""
    await change(deps, valid_from=day(2).date(), reservation_days=10)
    await change(deps, valid_from=day(4).date(), season="AUTUMN_WINTER")
    await change(deps, due_soon_days=9)
    assert await days_at(deps, day(1), day(2), day(5)) == [15, 10, 10]

    before = await ask(deps, "SELECT version, body FROM policies ORDER BY version")
    await withdraw(deps, 2)

    assert await days_at(deps, day(1), day(2), day(5)) == [15, 15, 15]
    async with deps.unit_of_work(SYSTEM) as uow:
        later = (await policy_at(uow, day(5)))[1]
    assert (later.season, later.due_soon_days) == ("AUTUMN_WINTER", 9)
    after = await ask(deps, "SELECT version, body FROM policies ORDER BY version")
    assert after[: len(before)] == before
    assert await ask(
        deps,
        "SELECT actor, before, after, reason FROM audit_log WHERE action = 'policyWithdraw'",
    ) == [
        (
            "admin@example",
            {"reservation_days": 10},
            {"reservation_days": 15, "validFrom": "2013-12-01T16:00:00+00:00"},
            msg("policy.WITHDRAWS", version=2, reason="no longer wanted").kept,
        )
    ]
    with pytest.raises(WrongState, match="Nothing of version 2"):
        await withdraw(deps, 2)


async def test_of_two_plans_for_one_day_the_other_one_stays(deps: Dependencies) -> None:
    """P7: an earlier decision for the same day holds again; a later one is not touched."""
    for days in (10, 11, 12):
        await change(deps, valid_from=day(2).date(), reservation_days=days)
    with pytest.raises(WrongState, match="Nothing of version 3"):
        await withdraw(deps, 3)
    await withdraw(deps, 4)
    assert await days_at(deps, day(2)) == [11]
    await withdraw(deps, 3)
    assert await days_at(deps, day(2)) == [10]
    await withdraw(deps, 2)
    assert await days_at(deps, day(2)) == [15]


async def test_a_withdrawn_setting_is_what_it_has_become_meanwhile(deps: Dependencies) -> None:
    """P7: changed today to 20, it is 20 on the day of the plan that is called off."""
    await change(deps, valid_from=day(2).date(), reservation_days=10)
    await change(deps, reservation_days=20)
    assert await days_at(deps, day(1), day(2)) == [20, 10]
    await withdraw(deps, 2)
    assert await days_at(deps, day(1), day(2)) == [20, 20]


async def test_who_may_set_it_withdraws_it_and_only_before_its_day(
    deps: Dependencies, clock: FixedClock
) -> None:
    """P7: a planned order of regions is CHANNEL's to call off, other settings are ADMIN's."""
    async with deps.unit_of_work(who(Role.CHANNEL)) as uow:
        order = SetRegionOrder("SPRING_SUMMER", ("Shenzhen", "airport"), day(2).date())
        regions = await set_region_order(order, uow)
    days = await change(deps, valid_from=day(3).date(), reservation_days=10)
    with pytest.raises(NotAllowed):
        await withdraw(deps, regions, Role.SALES)
    with pytest.raises(NotAllowed):
        await withdraw(deps, days, Role.CHANNEL)
    await withdraw(deps, regions, Role.CHANNEL)
    async with deps.unit_of_work(SYSTEM) as uow:
        assert (await policy_at(uow, day(9)))[1].region_order == Policy().region_order
        with pytest.raises(InvalidInput, match="needs a reason"):
            await withdraw_policy(WithdrawPolicy(days, " "), uow)
    with pytest.raises(NotFound):
        await withdraw(deps, 99)
    clock.now = day(3)
    with pytest.raises(WrongState, match="in force already"):
        await withdraw(deps, days)
