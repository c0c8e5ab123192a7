"""Special regional orders: deposit, offset, forfeit, penalty (O7)."""

import asyncio
import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import text

from domain.orders.commands.decision import Decide
from domain.orders.commands.deposits import RecordDeposit, RecordPickup, RecordStockIn
from domain.orders.commands.fulfilment import Cancel
from domain.orders.commands.intake import Check
from domain.orders.commands.review import AskExtension
from domain.orders.refusals import OrderRefused
from domain.parties.people import AddPerson
from domain.policy.orders import OrderPolicy
from domain.principals import SYSTEM
from domain.roles import Role
from services.commands import OnOne
from services.orders.commands import act_on_order
from services.orders.deposit_expiry import settle_expired_deposits
from services.parties.people import add_person
from tests.clock import FixedClock
from tests.services.order_office import Office, give_goods, is_consistent, pay, person, put_in_force

TODAY = dt.date(2013, 11, 29)


async def special_in_stock(office: Office) -> int:
    order = await office.place(special=True)
    await office.bring_to_confirmed(order, special=True)
    await office.do("WAREHOUSE", order, RecordStockIn(dt.date(2013, 11, 29)))
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
    pickup = RecordPickup(10, dt.date(2013, 11, 29) + dt.timedelta(days=days))
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
        wang = AddPerson("wang", (Role.REGION_MANAGER,), region="airport")
        await add_person(wang, uow)
    order = await special_in_stock(office)
    clock.advance(dt.timedelta(days=15))
    assert await settle_expired_deposits(office.deps) == 0
    clock.advance(dt.timedelta(days=1))
    assert await settle_expired_deposits(office.deps) == 1
    assert await settle_expired_deposits(office.deps) == 0
    assert (await office.facts(order)).deposit_forfeited == Decimal("30.00")
    assert await office.ask(
        "SELECT rule, case_key, subject, amount, order_id FROM penalties"
        " JOIN people ON people.id = person_id"
    ) == [("SPECIAL_ORDER_NOT_PICKED_UP", f"SO20131129-{order:06d}", "wang", Decimal(200), order)]


async def test_a_special_order_cancelled_gets_its_deposit_back(office: Office) -> None:
    """O7 O14: 30.00 go from the deposits to the customer's funds; a slip counts once."""
    order = await office.place(special=True)
    await office.bring_to_confirmed(order, special=True)
    again = RecordDeposit(Decimal(5), f"slip for {order}")
    assert await office.refused("FINANCE", order, again) == ["SLIP_USED"]
    assert (await office.facts(order)).deposit_paid == Decimal(30)
    balance = (
        "SELECT balance FROM customer_funds JOIN customers ON id = customer_id WHERE code='F1'"
    )
    assert await office.ask(balance) == [(Decimal(50),)]
    await office.do("SALES_MANAGER", order, Cancel("no longer wanted"))
    assert await office.ask(balance) == [(Decimal(80),)]
    # The order's confirmation closed step 1, its deposit 2 and 3; the rest is on no work list.
    skipped = "SELECT count(*) FROM milestones WHERE skipped AND NOT is_open"
    assert await office.ask(skipped) == [(14,)]
    assert await is_consistent(office)


BALANCE = "SELECT balance FROM customer_funds JOIN customers ON id = customer_id WHERE code='F1'"
ACCOUNTS = (
    "SELECT account, sum(amount) FROM ledger_postings WHERE account IN"
    " ('CUSTOMER_DEPOSITS', 'FORFEITS') GROUP BY account ORDER BY account"
)


async def test_one_order_that_ended_does_not_stop_the_timer(
    office: Office, clock: FixedClock
) -> None:
    """O7 J1: one cancelled with an unsettled deposit, as before deposits were settled by it; one
    that is closed; the third is settled all the same."""
    orders = [await special_in_stock(office) for _ in range(3)]
    async with office.deps.unit_of_work(SYSTEM) as uow:
        for order, status in zip(orders, ("CANCELLED", "CLOSED"), strict=False):
            await uow.session.execute(
                text("UPDATE orders SET status = :status WHERE id = :order"),
                {"status": status, "order": order},
            )
    clock.advance(dt.timedelta(days=16))
    assert await settle_expired_deposits(office.deps) == 1
    assert (await office.facts(orders[2])).deposit_forfeited == Decimal("30.00")


async def test_an_order_called_off_while_the_timer_looks_is_left_alone(
    office: Office, clock: FixedClock
) -> None:
    """O7 J1: due when the timer asked, and called off while it waited for the order."""
    orders = [await special_in_stock(office) for _ in range(2)]
    clock.advance(dt.timedelta(days=16))
    async with office.deps.unit_of_work(person("SALES_MANAGER")) as uow:
        cancel = OnOne(orders[0], Cancel("no longer wanted"))
        await act_on_order(cancel, uow)
        sweep = asyncio.create_task(settle_expired_deposits(office.deps))
        while await office.ask("SELECT count(*) FROM pg_locks WHERE NOT granted") == [(0,)]:
            assert not sweep.done()
            await asyncio.sleep(0.02)
    assert await sweep == 1
    facts = [await office.facts(order) for order in orders]
    assert [each.status for each in facts] == ["CANCELLED", "CONFIRMED"]
    assert [each.deposit_forfeited for each in facts] == [Decimal(30), Decimal(30)]
    assert await is_consistent(office)


async def test_a_special_order_rejected_in_its_review_gets_its_deposit_back(
    office: Office,
) -> None:
    """O3 O7 O14: 30.00 go back to the customer's funds; no task and no clock runs on."""
    order = await office.place(special=True)
    await office.check_and_approve(order)
    await office.do("FINANCE", order, RecordDeposit(Decimal(30), "slip 1"))
    await office.review(order, "NOT_FEASIBLE")
    await office.do("SALES", order, AskExtension("INSISTS"))
    assert await office.ask(BALANCE) == [(Decimal(50),)]
    await office.do("GENERAL_MANAGER", order, Decide("REJECTED"))
    facts = await office.facts(order)
    assert (facts.status, facts.deposit_settled_on) == ("REJECTED", TODAY)
    assert await office.ask(BALANCE) == [(Decimal(80),)]
    assert await office.ask(ACCOUNTS) == [("CUSTOMER_DEPOSITS", Decimal(0))]
    assert await office.ask("SELECT code FROM clocks WHERE stopped_at IS NULL") == []
    assert await is_consistent(office)


@pytest.mark.parametrize(
    ("days", "forfeited", "penalties"), [(7, "0", 0), (8, "10", 0), (16, "30", 1)]
)
async def test_a_special_order_called_off_after_stock_in_pays_for_it(
    office: Office, clock: FixedClock, days: int, forfeited: str, penalties: int
) -> None:
    """O7 P8: as a pick-up on that day would; what is left goes back."""
    order = await special_in_stock(office)
    clock.advance(dt.timedelta(days=days))
    await office.do("SALES_MANAGER", order, Cancel("no longer wanted"))
    assert await office.ask(BALANCE) == [(Decimal(80) - Decimal(forfeited),)]
    sums = dict(await office.ask(ACCOUNTS))
    assert sums["CUSTOMER_DEPOSITS"] == 0
    assert sums.get("FORFEITS", Decimal(0)) == Decimal(forfeited)
    assert await office.ask("SELECT count(*) FROM penalties") == [(penalties,)]
    assert await is_consistent(office)


async def test_a_special_order_shipped_and_closed_keeps_no_deposit(
    office: Office, clock: FixedClock
) -> None:
    """O7 O14: shipped on the day of stock-in: all 30.00 offset the price, and on day 16 nothing is
    forfeited and nobody is fined."""
    order = await special_in_stock(office)
    await pay(office, order, 100)
    await give_goods(office, 40)
    await office.ship_and_close(order)
    assert await office.ask(ACCOUNTS) == [("CUSTOMER_DEPOSITS", Decimal(0))]
    # 50.00 and 100.00 paid, 40.00 held for O1, 100.00 debited, 30.00 offset.
    assert await office.ask(BALANCE) == [(Decimal(40),)]
    clock.advance(dt.timedelta(days=16))
    assert await settle_expired_deposits(office.deps) == 0
    assert await office.ask("SELECT count(*) FROM penalties") == [(0,)]
    assert (await office.facts(order)).status == "CLOSED"
    assert await is_consistent(office)


async def special_under_check(office: Office) -> int:
    order = await office.place(special=True)
    await office.do("ORDER_CLERK", order, Check())
    return order


async def test_one_slip_pays_the_deposits_of_two_orders_and_no_more(office: Office) -> None:
    """F1 O7: a slip of 60.00; 30.00 each, then nothing is left of it."""
    first, second, third = [await special_under_check(office) for _ in range(3)]
    await office.do("FINANCE", first, RecordDeposit(Decimal(30), "slip 1"))
    unsaid = RecordDeposit(Decimal(30), "slip 1")
    assert await office.refused("FINANCE", second, unsaid) == ["SLIP_USED"]
    half = RecordDeposit(Decimal(30), " slip 1", Decimal("59.99"))
    assert await office.refused("FINANCE", second, half) == ["SLIP_TOO_SMALL"]
    whole = RecordDeposit(Decimal(30), "slip 1", Decimal(60))
    await office.do("FINANCE", second, whole)
    assert await office.refused("FINANCE", third, whole) == ["SLIP_TOO_SMALL"]
    big = RecordDeposit(Decimal(1), "slip 1", Decimal(100))
    assert await office.refused("FINANCE", first, big) == ["SLIP_USED"]
    # A number that begins like it is another slip.
    await office.do("FINANCE", third, RecordDeposit(Decimal(30), "slip 11"))
    assert await office.ask(ACCOUNTS) == [("CUSTOMER_DEPOSITS", Decimal(90))]
    assert await is_consistent(office)


async def test_two_orders_do_not_share_a_cent_of_a_slip_at_once(office: Office) -> None:
    """F1 O7: 20.00 are left of a slip of 50.00; of two who take them at once one is refused."""
    first, *others = [await special_under_check(office) for _ in range(3)]
    await office.do("FINANCE", first, RecordDeposit(Decimal(30), "slip 1"))
    rest = RecordDeposit(Decimal(20), "slip 1", Decimal(50))
    answers = await asyncio.gather(
        *(office.do("FINANCE", order, rest) for order in others), return_exceptions=True
    )
    (refusal,) = [answer for answer in answers if answer is not None]
    assert isinstance(refusal, OrderRefused)
    assert (refusal.code, refusal.field) == ("SLIP_TOO_SMALL", "amount")
    assert await office.ask(ACCOUNTS) == [("CUSTOMER_DEPOSITS", Decimal(50))]
