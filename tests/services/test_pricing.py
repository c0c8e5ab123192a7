"""What a SKU costs whom, and on which day (P3)."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from domain.errors import FaultyItems, InvalidInput, NotAllowed, NotFound, Stale
from domain.parties.customers import UpdateCustomer
from domain.pricing import CreatePricePlan, DatedPrice, NewPrice, SetPrices, price_on
from domain.principals import SYSTEM, Principal
from domain.roles import Role
from services.bootstrap import Dependencies
from services.parties.customers import update_customer
from services.pricing import create_price_plan, prices_at, set_prices
from tests.extent import extent
from tests.services.departments import TODAY, TOMORROW, who
from tests.services.test_allocation import ask

pytestmark = pytest.mark.usefixtures("tiny_company")

NEXT_WEEK = TODAY + dt.timedelta(days=7)


async def plan(deps: Dependencies, *prices: NewPrice, expected: int | None = None) -> None:
    async with deps.unit_of_work(who(Role.PRODUCT)) as uow:
        await set_prices(SetPrices("VIP", prices, "Spring sale", expected), uow)


async def with_plan(deps: Dependencies) -> None:
    """The tiny company, with F1 on a plan that has no prices yet."""
    async with deps.unit_of_work(who(Role.PRODUCT)) as uow:
        await create_price_plan(CreatePricePlan("VIP", "Good customers", "CNY"), uow)
    async with deps.unit_of_work(who(Role.SALES)) as uow:
        await update_customer(UpdateCustomer("F1", price_plan="VIP"), uow)


async def cost(deps: Dependencies, day: dt.date, customer: str = "F1") -> tuple[Decimal, bool]:
    async with deps.unit_of_work(SYSTEM) as uow:
        found = (await prices_at(uow, ["TEE-40"], day, customer=customer))["TEE-40"]
    return found.price, found.from_plan


async def test_a_plan_s_price_holds_from_its_day_and_for_its_customers(deps: Dependencies) -> None:
    """P3: 9.50 for F1 from today, 8 in the next days, list price for F2 and before."""
    await with_plan(deps)
    assert await cost(deps, TODAY) == (Decimal("10.000000"), False)
    await plan(
        deps,
        NewPrice("TEE-40", Decimal("9.5")),
        NewPrice("TEE-40", Decimal(8), TOMORROW, NEXT_WEEK),
    )
    after = NEXT_WEEK + dt.timedelta(days=1)
    assert [await cost(deps, day) for day in (TODAY, TOMORROW, NEXT_WEEK, after)] == [
        (Decimal("9.5"), True),
        (Decimal(8), True),
        (Decimal(8), True),
        (Decimal("9.5"), True),
    ]
    assert await cost(deps, TODAY - dt.timedelta(days=1)) == (Decimal(10), False)
    assert await cost(deps, TODAY, "F2") == (Decimal(10), False)


@settings(
    max_examples=extent(10, 125),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_the_database_finds_what_the_rule_says(
    deps: Dependencies, data: st.DataObject
) -> None:
    """P3: SQL and `domain.pricing` agree on any history."""
    offsets = st.integers(0, 6)
    entries = data.draw(st.lists(st.tuples(offsets, st.none() | offsets), max_size=6))
    history = [
        DatedPrice(
            Decimal(number + 1),
            TODAY + dt.timedelta(days=begin),
            None if length is None else TODAY + dt.timedelta(days=begin + length),
            number,
        )
        for number, (begin, length) in enumerate(entries)
    ]
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(text("DELETE FROM price_plan_prices"))
        known = await uow.session.scalar(text("SELECT count(*) FROM price_plans"))
    if not known:
        await with_plan(deps)
    for each in history:
        await plan(deps, NewPrice("TEE-40", each.price, each.valid_from, each.valid_to))
    for offset in range(15):
        day = TODAY + dt.timedelta(days=offset)
        expected = price_on(history, day)
        found, from_plan = await cost(deps, day)
        assert (found, from_plan) == (
            (Decimal(10), False) if expected is None else (expected.price, True)
        )


async def test_three_faults_are_reported_at_once_and_nothing_is_written(deps: Dependencies) -> None:
    """P3 P7: an unknown SKU, a price of seven decimals that ends before it begins, a past day."""
    await with_plan(deps)
    with pytest.raises(FaultyItems) as refusal:
        await plan(
            deps,
            NewPrice("TEE-40", Decimal(9)),
            NewPrice("TEE-99", Decimal(9)),
            NewPrice("TEE-40", Decimal("0.0000001"), NEXT_WEEK, TOMORROW),
            NewPrice("TEE-40", Decimal(9), TODAY - dt.timedelta(days=1)),
        )
    assert [(fault.index, fault.field) for fault in refusal.value.faults] == [
        (1, "sku"),
        (2, "price"),
        (2, "validTo"),
        (3, "validFrom"),
    ]
    assert await ask(deps, "SELECT count(*) FROM price_plan_prices") == [(0,)]


async def test_prices_are_product_s_and_of_the_version_that_was_seen(deps: Dependencies) -> None:
    """P7: other roles are refused; a plan changed since is refused."""
    await with_plan(deps)
    await plan(deps, NewPrice("TEE-40", Decimal(9)), expected=1)
    with pytest.raises(Stale):
        await plan(deps, NewPrice("TEE-40", Decimal(9)), expected=1)
    with pytest.raises(NotAllowed):
        async with deps.unit_of_work(who(Role.SALES)) as uow:
            await set_prices(SetPrices("VIP", (NewPrice("TEE-40", Decimal(1)),)), uow)


async def test_a_customer_sees_the_prices_of_its_own_plan_alone(deps: Dependencies) -> None:
    """P1 P3: row level security hides the plan that F2 is not on."""
    await with_plan(deps)
    await plan(deps, NewPrice("TEE-40", Decimal(9)))
    keys = dict(await ask(deps, "SELECT code, id FROM customers"))
    login = {
        code: Principal(code.lower(), frozenset({Role.CUSTOMER}), keys[code])
        for code in ("F1", "F2")
    }
    async with deps.unit_of_work(login["F1"]) as uow:
        assert (await prices_at(uow, ["TEE-40"], TODAY, customer="F1"))["TEE-40"].price == 9
    async with deps.unit_of_work(login["F2"]) as uow:
        assert (await prices_at(uow, ["TEE-40"], TODAY, customer="F2"))["TEE-40"].price == 10
        with pytest.raises(NotFound):
            await prices_at(uow, ["TEE-40"], TODAY, plan="VIP")
        with pytest.raises(NotFound):
            await prices_at(uow, ["TEE-40"], TODAY, customer="F1")


async def test_a_plan_in_another_currency_is_refused(deps: Dependencies) -> None:
    """P3: a customer's account has one currency."""
    await with_plan(deps)
    async with deps.unit_of_work(who(Role.PRODUCT)) as uow:
        await create_price_plan(CreatePricePlan("EU", "Europe", "EUR"), uow)
    with pytest.raises(InvalidInput, match="is in EUR"):
        async with deps.unit_of_work(who(Role.SALES)) as uow:
            await update_customer(UpdateCustomer("F1", price_plan="EU"), uow)
