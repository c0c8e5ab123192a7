"""Departments set master data: from a day on, versioned, all or nothing (P3, P4, P7)."""

import asyncio
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from domain.errors import FaultyItems, InvalidInput, NotAllowed, Stale
from domain.master_data.areas import Area
from domain.master_data.commands import (
    NewValue,
    ProductRank,
    ReplaceLaunchPlan,
)
from domain.policy.commands import UpdatePolicy
from domain.principals import SYSTEM
from domain.roles import Role
from domain.seasons import SellingSeason
from persistence.master_data.writing import values_on
from services.allocation.run import run_allocation
from services.bootstrap import Dependencies
from services.master_data import (
    Entered,
    apply_due,
    replace_launch_plan,
)
from services.policy import update_policy
from tests.clock import FixedClock
from tests.services.departments import TODAY, TOMORROW, put, rank_of, who
from tests.services.test_allocation import arrive, ask
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.usefixtures("tiny_company")


async def test_a_rank_from_today_counts_at_once(deps: Dependencies) -> None:
    """P7: CHANNEL ranks a franchisee; the column, the history and the audit log agree."""

    entered = await put(
        deps, Role.CHANNEL, Area.CUSTOMER_RANK, NewValue(("F2",), 5), reason="Fewer orders"
    )

    assert (entered.valid_from, entered.in_force) == (TODAY, True)
    assert await ask(deps, "SELECT code, rank, version FROM customers ORDER BY code") == [
        ("F1", 1, 1),
        ("F2", 5, 2),
    ]
    assert await ask(
        deps,
        "SELECT area, object, value, previous, version, area_version, entered_by, reason"
        " FROM master_data_changes",
    ) == [("CUSTOMER_RANK", "F2", 5, 2, 2, 1, "channel@example", "Fewer orders")]
    assert await ask(
        deps,
        "SELECT actor, action, object_type, before, after, reason FROM audit_log"
        " WHERE action = 'customerRankSet'",
    ) == [
        (
            "channel@example",
            "customerRankSet",
            "Customer",
            {"rank": 2},
            {"rank": 5, "validFrom": "2013-11-29"},
            "Fewer orders",
        )
    ]


async def test_what_is_effective_tomorrow_does_not_count_today(
    deps: Dependencies, clock: FixedClock
) -> None:
    """P7: a planned rank waits for its day, in Shanghai; then whoever comes first applies it."""
    await put(deps, Role.CHANNEL, Area.CUSTOMER_RANK, NewValue(("F2",), 5), valid_from=TOMORROW)

    assert await apply_due(deps) == 0
    assert await rank_of(deps, "F2") == 2
    clock.now = dt.datetime(2013, 11, 29, 15, 59, tzinfo=dt.UTC)
    assert await apply_due(deps) == 0
    clock.advance(dt.timedelta(minutes=1))
    assert await apply_due(deps) == 1
    assert await rank_of(deps, "F2") == 5
    assert await apply_due(deps) == 0
    assert await ask(
        deps, "SELECT actor, before FROM audit_log WHERE action = 'masterDataApply'"
    ) == [("SYSTEM", {"rank": 2})]


async def test_of_two_plans_each_holds_from_its_own_day(
    deps: Dependencies, clock: FixedClock
) -> None:
    """P7: entered out of order, in force in order; for one day the later entry wins."""
    days = [TODAY + dt.timedelta(days=offset) for offset in range(5)]
    for rank, day in ((40, days[4]), (20, days[2]), (21, days[2])):
        await put(deps, Role.CHANNEL, Area.CUSTOMER_RANK, NewValue(("F1",), rank), valid_from=day)

    seen = []
    for _ in days:
        await apply_due(deps)
        seen.append(await rank_of(deps, "F1"))
        clock.advance(dt.timedelta(days=1))

    assert seen == [1, 1, 21, 21, 40]
    assert await ask(
        deps, "SELECT value, previous FROM master_data_changes ORDER BY effective_from, id"
    ) == [(20, 1), (21, 20), (40, 21)]
    async with deps.unit_of_work(SYSTEM) as uow:
        found = [(await values_on(uow.session, Area.CUSTOMER_RANK, day))["F1"] for day in days]
    assert found == seen


async def test_what_was_overdue_comes_before_what_is_entered_today(
    deps: Dependencies, clock: FixedClock
) -> None:
    """P7: nobody swept overnight; today's entry still has the last word."""
    await put(deps, Role.CHANNEL, Area.CUSTOMER_RANK, NewValue(("F1",), 7), valid_from=TOMORROW)
    clock.advance(dt.timedelta(days=1))
    await put(deps, Role.CHANNEL, Area.CUSTOMER_RANK, NewValue(("F1",), 8))

    assert await rank_of(deps, "F1") == 8
    assert await apply_due(deps) == 0
    assert await ask(deps, "SELECT value, previous FROM master_data_changes ORDER BY id") == [
        (7, 1),
        (8, 7),
    ]


async def test_nothing_is_set_for_a_day_that_is_over(deps: Dependencies) -> None:
    """P7: runs have used what held yesterday."""
    with pytest.raises(InvalidInput, match="2013-11-28 is over"):
        await put(
            deps,
            Role.CHANNEL,
            Area.CUSTOMER_RANK,
            NewValue(("F1",), 2),
            valid_from=TODAY - dt.timedelta(days=1),
        )


async def test_two_changes_at_once_one_wins_and_the_other_is_refused(deps: Dependencies) -> None:
    """P7: both saw version 1; the second to come is refused with the version there is."""

    results = await asyncio.gather(
        *(
            put(deps, Role.CHANNEL, Area.CUSTOMER_RANK, NewValue(("F1",), rank, 1))
            for rank in (8, 9)
        ),
        return_exceptions=True,
    )

    refused = [each for each in results if isinstance(each, Stale)]
    entered = [each for each in results if isinstance(each, Entered)]
    assert len(refused) == len(entered) == 1
    assert (refused[0].expected, refused[0].actual) == (1, 2)
    assert len(await ask(deps, "SELECT 1 FROM master_data_changes")) == 1


async def test_a_plan_for_later_outdates_what_others_saw(deps: Dependencies) -> None:
    """P7: who did not know of tomorrow's rank when entering another is refused."""
    await put(deps, Role.CHANNEL, Area.CUSTOMER_RANK, NewValue(("F1",), 4, 1), valid_from=TOMORROW)
    with pytest.raises(Stale):
        await put(deps, Role.CHANNEL, Area.CUSTOMER_RANK, NewValue(("F1",), 5, 1))


async def test_a_list_with_three_faults_writes_nothing_and_reports_all(deps: Dependencies) -> None:
    """P7: an unknown customer, a rank of nought and a version long gone, each with its remedy."""
    with pytest.raises(FaultyItems) as refusal:
        await put(
            deps,
            Role.CHANNEL,
            Area.CUSTOMER_RANK,
            NewValue(("F1",), 3),
            NewValue(("F9",), 4),
            NewValue(("F2",), 0, 7),
        )
    assert [
        (fault.index, fault.field, fault.code, str(fault.remedy)) for fault in refusal.value.faults
    ] == [
        (1, "customer", "NOT_FOUND", "Correct the code, or enter the object first."),
        (2, "expectedVersion", "STALE_VERSION", "Read it again."),
        (2, "value", "INVALID_INPUT", "Take a value like that."),
    ]
    assert await ask(deps, "SELECT count(*) FROM master_data_changes") == [(0,)]
    assert await ask(deps, "SELECT rank, version FROM customers ORDER BY code") == [(1, 1), (2, 1)]


@pytest.mark.parametrize(
    ("area", "names", "value", "right"),
    [
        (Area.PRODUCT_RANK, ("TEE",), 3, {Role.PRODUCT}),
        (Area.SPRING_SUMMER_PLAN, ("TEE",), 3, {Role.PRODUCT}),
        (Area.CUSTOMER_RANK, ("F1",), 3, {Role.CHANNEL}),
        (Area.RESERVE_RANK, ("F1",), 3, {Role.CHANNEL}),
        (Area.STORE_TIER, ("S1",), "B", {Role.PRODUCT, Role.CHANNEL}),
        (Area.CREDIT_LIMIT, ("F1",), Decimal("12.50"), {Role.FINANCE}),
        (Area.PAYMENT_TERMS, ("F1",), "MONTHLY", {Role.FINANCE}),
        (Area.SAFETY_STOCK, ("S1", "TEE-40"), 9, {Role.PLANNING, Role.PRODUCT, Role.ADMIN}),
        (Area.REGION_RESERVE, ("airport", "TEE-40"), 9, {Role.PLANNING, Role.PRODUCT, Role.ADMIN}),
    ],
)
async def test_each_area_is_set_by_its_department_alone(
    deps: Dependencies, area: Area, names: tuple[str, ...], value: Any, right: set[Role]
) -> None:
    """P7: the role that the rules name may, every other role is refused and writes nothing."""
    for role in set(Role) - right:
        with pytest.raises(NotAllowed):
            await put(deps, role, area, NewValue(names, value))
    assert await ask(deps, "SELECT count(*) FROM master_data_changes") == [(0,)]
    for role in right:
        await put(deps, role, area, NewValue(names, value))
    async with deps.unit_of_work(SYSTEM) as uow:
        found = (await values_on(uow.session, area, TODAY))["/".join(names)]
    assert found == (str(value) if isinstance(value, Decimal) else value)


async def test_a_store_gets_safety_stock_of_a_sku_it_never_held(deps: Dependencies) -> None:
    """P4: the row is made with it; planned for tomorrow, the store lacks nothing today."""
    await ask(deps, "DELETE FROM store_stock WHERE safety_stock = 3 RETURNING store_id")

    change = NewValue(("S2", "TEE-40"), 6, 0)
    await put(deps, Role.PLANNING, Area.SAFETY_STOCK, change, valid_from=TOMORROW)

    question = (
        "SELECT safety_stock, units_on_hand, s.version FROM store_stock AS s"
        " JOIN stores ON id = store_id WHERE code = 'S2'"
    )
    assert await ask(deps, question) == [(0, 0, 1)]
    await put(deps, Role.PLANNING, Area.SAFETY_STOCK, NewValue(("S2", "TEE-40"), 4, 1))
    assert await ask(deps, question) == [(4, 0, 2)]


async def test_a_credit_limit_taken_away_leaves_the_policy_s(deps: Dependencies) -> None:
    """F2 P7: FINANCE clears the limit; amounts keep their two decimals in the history."""
    await put(deps, Role.FINANCE, Area.CREDIT_LIMIT, NewValue(("F1",), Decimal("250.5")))
    await put(deps, Role.FINANCE, Area.CREDIT_LIMIT, NewValue(("F1",), None))

    assert await ask(deps, "SELECT credit_limit FROM customers WHERE code = 'F1'") == [(None,)]
    assert await ask(deps, "SELECT value, previous FROM master_data_changes ORDER BY id") == [
        ("250.50", "0.00"),
        (None, "250.50"),
    ]


async def test_credit_waits_for_whoever_holds_the_customer_s_funds(deps: Dependencies) -> None:
    """F2: a run that has locked the funds row sees one credit limit until it has committed."""
    async with deps.unit_of_work(SYSTEM) as holder:
        await holder.session.execute(text("SELECT 1 FROM customer_funds FOR UPDATE"))
        change = asyncio.create_task(
            put(deps, Role.FINANCE, Area.CREDIT_LIMIT, NewValue(("F1",), Decimal(900)))
        )
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        async with asyncio.timeout(PATIENCE_S):
            while await holder.session.scalar(waiting) == 0:
                assert not change.done()
                await asyncio.sleep(0.02)
        assert not change.done()
    await change
    assert await ask(deps, "SELECT credit_limit FROM customers WHERE code = 'F1'") == [
        (Decimal("900.00"),)
    ]


async def test_a_season_s_plan_ranks_products_and_drops_what_it_leaves_out(
    deps: Dependencies,
) -> None:
    """P3: the plan of a season goes before the general rank; a product left out falls back."""
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(
            text(
                "INSERT INTO products (code, name, season, launch_rank)"
                " VALUES ('CAP', 'Cap', 'NON_SEASONAL', 2)"
            )
        )
    for ranks in ((("TEE", 2), ("CAP", 1)), (("CAP", 3),)):
        async with deps.unit_of_work(who(Role.PRODUCT)) as uow:
            plan = tuple(ProductRank(code, rank) for code, rank in ranks)
            await replace_launch_plan(ReplaceLaunchPlan(SellingSeason.SPRING_SUMMER, plan), uow)
    assert await ask(
        deps, "SELECT code, launch_rank, spring_summer_rank FROM products ORDER BY code"
    ) == [("CAP", 2, 3), ("TEE", 1, None)]
    with pytest.raises(NotAllowed):
        async with deps.unit_of_work(who(Role.CHANNEL)) as uow:
            await replace_launch_plan(ReplaceLaunchPlan(SellingSeason.SPRING_SUMMER, ()), uow)


async def test_a_run_reads_the_plan_of_the_policy_s_season(deps: Dependencies) -> None:
    """P3 A4: what the season's plan says is what the snapshot holds."""
    await put(deps, Role.PRODUCT, Area.SPRING_SUMMER_PLAN, NewValue(("TEE",), 8))
    await put(deps, Role.PRODUCT, Area.AUTUMN_WINTER_PLAN, NewValue(("TEE",), 9))

    assert await launch_ranks(deps, await arrive(deps)) == [8]

    async with deps.unit_of_work(SYSTEM) as uow:
        await update_policy(UpdatePolicy({"season": "AUTUMN_WINTER"}), uow)
        await uow.session.execute(text("UPDATE stock SET units_held = 0, units_reserved = 0"))
    async with deps.unit_of_work(SYSTEM) as uow:
        from domain.allocation import RequestAllocation
        from services.allocation.request import request_allocation

        second = await request_allocation(RequestAllocation(), uow)
    assert await launch_ranks(deps, second) == [9]


async def launch_ranks(deps: Dependencies, run_id: int) -> list[int]:
    """Run it, and read the launch ranks in the snapshot it kept."""
    from allocator import Tables

    await run_allocation(run_id, deps)
    [(kept,)] = await ask(deps, f"SELECT snapshot FROM allocation_runs WHERE id = {run_id}")
    return list(Tables.from_bytes(kept).products["launch_rank"])


async def test_a_run_keeps_the_versions_it_used(deps: Dependencies, clock: FixedClock) -> None:
    """P7: what is due is in force for the run though nobody swept; later changes leave it alone."""
    await put(deps, Role.CHANNEL, Area.CUSTOMER_RANK, NewValue(("F1",), 3))
    await put(
        deps,
        Role.FINANCE,
        Area.CREDIT_LIMIT,
        NewValue(("F2",), Decimal(30)),
        valid_from=TOMORROW,
    )
    clock.advance(dt.timedelta(days=1))
    run_id = await arrive(deps)
    await run_allocation(run_id, deps)

    kept = f"SELECT policy_version, versions FROM allocation_runs WHERE id = {run_id}"
    used = [(1, {"POLICY": 1, "CUSTOMER_RANK": 1, "CREDIT_LIMIT": 1})]
    assert await ask(deps, kept) == used
    # F2's credit of 30.00, in force since this morning, pays for its three units.
    assert await ask(deps, "SELECT units FROM allocation_lines WHERE claim = 'L:O2/0001'") == [(3,)]

    await put(deps, Role.FINANCE, Area.CREDIT_LIMIT, NewValue(("F2",), Decimal(40)))
    assert await ask(deps, kept) == used
    assert await ask(
        deps,
        "SELECT value FROM master_data_changes WHERE area = 'CREDIT_LIMIT' AND area_version <= 1",
    ) == [("30.00",)]


async def test_a_guarantor_s_quota_is_finance_s(deps: Dependencies) -> None:
    """F2 P7: FINANCE sets the quota of a salesperson, nobody else."""
    await ask(deps, "INSERT INTO people (subject, name) VALUES ('ann', 'Ann') RETURNING id")
    await put(deps, Role.FINANCE, Area.GUARANTEE_QUOTA, NewValue(("ann",), Decimal(500)))
    with pytest.raises(NotAllowed):
        await put(deps, Role.SALES, Area.GUARANTEE_QUOTA, NewValue(("ann",), Decimal(900)))
    quota = "SELECT guarantee_quota FROM people WHERE subject = 'ann'"
    assert await ask(deps, quota) == [(Decimal(500),)]
