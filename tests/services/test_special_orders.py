"""Special regional orders: deposit, offset, forfeit, penalty (O7)."""

import datetime as dt
from decimal import Decimal

import pytest

from domain.orders import closing, deposits
from domain.orders.policy import OrderPolicy
from domain.principals import SYSTEM
from domain.roles import Role
from services.orders.lapsing import settle_lapsed_deposits
from services.people import KeepPerson, keep_person
from tests.clock import FixedClock
from tests.services.order_office import Office, is_consistent, put_in_force


async def special_in_stock(office: Office) -> int:
    order = await office.place(special=True)
    await office.bring_to_confirmed(order, special=True)
    await office.do("WAREHOUSE", order, deposits.RecordStockIn(dt.date(2013, 11, 29)))
    return order


@pytest.mark.parametrize(
    ("base", "days", "forfeited", "offset", "penalties"),
    [
        ("ORDER", 7, "0", "30", []),
        ("ORDER", 8, "10", "20", []),
        ("ORDER", 15, "10", "20", []),
        ("ORDER", 16, "30", "0", [("SPECIAL_ORDER_NOT_PICKED_UP", "airport", Decimal("200.00"))]),
        ("DEPOSIT", 16, "9", "21", [("SPECIAL_ORDER_NOT_PICKED_UP", "airport", Decimal("200.00"))]),
    ],
)
async def test_a_special_order_picked_up_late_at_each_step(
    office: Office,
    clock: FixedClock,
    base: str,
    days: int,
    forfeited: str,
    offset: str,
    penalties: list[object],
) -> None:
    """O7: of an order of 100.00 with a deposit of 30.00; every step is a ledger entry."""
    await put_in_force(office, OrderPolicy(forfeit_base=base))
    order = await special_in_stock(office)
    clock.advance(dt.timedelta(days=days))
    pickup = deposits.RecordPickup(10, dt.date(2013, 11, 29) + dt.timedelta(days=days))
    await office.do("WAREHOUSE", order, pickup)
    sums = dict(
        await office.ask(
            "SELECT account, sum(amount) FROM ledger_postings JOIN ledger_transactions AS t"
            " ON t.id = transaction_id WHERE kind IN ('DEPOSIT', 'DEPOSIT_RELEASE', 'FORFEIT')"
            " GROUP BY account"
        )
    )
    assert sums.get("CUSTOMER_DEPOSITS") == 0
    assert sums.get("FORFEITS", Decimal(0)) == Decimal(forfeited)
    assert sums.get("CUSTOMER_FUNDS", Decimal(0)) == Decimal(offset)
    assert (
        await office.ask(
            "SELECT rule, code, amount FROM penalties JOIN regions ON regions.id = region_id"
        )
        == penalties
    )
    assert (await office.facts(order)).deposit_forfeited == Decimal(forfeited)
    assert await is_consistent(office)


async def test_the_timer_settles_what_nobody_picked_up(office: Office, clock: FixedClock) -> None:
    """O7 J1 P8: on day 15 nothing, on day 16 once, with the penalty on the region's manager."""
    async with office.deps.unit_of_work(SYSTEM) as uow:
        wang = KeepPerson("wang", "Wang", [Role.REGION_MANAGER], region="airport")
        await keep_person(wang, uow)
    order = await special_in_stock(office)
    clock.advance(dt.timedelta(days=15))
    assert await settle_lapsed_deposits(office.deps) == 0
    clock.advance(dt.timedelta(days=1))
    assert await settle_lapsed_deposits(office.deps) == 1
    assert await settle_lapsed_deposits(office.deps) == 0
    assert (await office.facts(order)).deposit_forfeited == Decimal("30.00")
    assert await office.ask(
        "SELECT rule, case_key, subject, amount, order_id FROM penalties"
        " JOIN people ON people.id = person_id"
    ) == [("SPECIAL_ORDER_NOT_PICKED_UP", f"SO20131129-{order:06d}", "wang", Decimal(200), order)]


async def test_a_special_order_cancelled_gets_its_deposit_back(office: Office) -> None:
    """O7 O14: 30.00 go from the deposits to the customer's funds; a slip counts once."""
    order = await office.place(special=True)
    await office.bring_to_confirmed(order, special=True)
    again = deposits.RecordDeposit(Decimal(5), f"slip for {order}")
    assert await office.refused("FINANCE", order, again) == ["SLIP_USED"]
    assert (await office.facts(order)).deposit_paid == Decimal(30)
    balance = (
        "SELECT balance FROM customer_funds JOIN customers ON id = customer_id WHERE code='F1'"
    )
    assert await office.ask(balance) == [(Decimal(50),)]
    await office.do("SALES_MANAGER", order, closing.Cancel("no longer wanted"))
    assert await office.ask(balance) == [(Decimal(80),)]
    # The order's confirmation closed step 1, its deposit 2 and 3; the rest is on no work list.
    skipped = "SELECT count(*) FROM milestones WHERE skipped AND NOT is_open"
    assert await office.ask(skipped) == [(14,)]
    assert await is_consistent(office)
