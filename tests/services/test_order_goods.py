"""An order's goods and money: who competes, what goes back, what a price does (F1-F4, O14)."""

from decimal import Decimal

from domain.orders.commands.approval import Approve, FinanceApprove, ReleaseDoubt
from domain.orders.commands.changes import AgreeChange, RequestChange
from domain.orders.commands.decision import Decide
from domain.orders.commands.fulfilment import Cancel, Ship
from domain.orders.commands.review import OpenReview
from domain.orders.entries import LineChange
from services.allocation.run import run_allocation
from tests.services.order_office import (
    DONE,
    Office,
    add_customer,
    give_goods,
    is_consistent,
    pay,
)


async def test_a_change_that_wants_more_asks_for_a_run(office: Office) -> None:
    """A2 O4: 40 came, 10 were given; the two more find free goods at once."""
    await add_customer(office, "MONTHLY", "DISTRIBUTOR")
    order = await office.place("N1")
    await office.bring_to_confirmed(order)
    await give_goods(office, 40)
    more = RequestChange("opens soon", "SALES", lines=(LineChange(1, units=12),))
    await office.do("SALES", order, more)
    await office.do("SALES", order, AgreeChange("mail"))
    await office.review(order)
    await office.do("PLANNING", order, Decide("ACCEPTED"))
    triggers = "SELECT trigger FROM allocation_runs ORDER BY id"
    assert await office.ask(triggers) == [("GOODS_RECEIPT",), ("ORDER",)]


async def test_only_confirmed_orders_compete_for_goods(office: Office) -> None:
    """F3: an order that waits for its confirmation gets nothing, though it could pay."""
    await add_customer(office, "MONTHLY", "DISTRIBUTOR")
    order = await office.place("N1")
    await office.check_and_approve(order)
    await office.review(order)
    await office.do("PLANNING", order, Decide("ACCEPTED", production_promised_on=DONE))
    await give_goods(office, 40)
    held = "SELECT units_held FROM order_lines WHERE order_id = :o"
    assert await office.ask(held, o=order) == [(0,)]
    await office.confirm(order)
    await give_goods(office, 41)
    assert await office.ask(held, o=order) == [(10,)]


async def test_cancelling_gives_back_stock_funds_and_deposit(office: Office) -> None:
    """O14: F1's order of 4 held 40.00; afterwards nothing is held and the goods go round again."""
    await give_goods(office, 12)
    (order,) = (row[0] for row in await office.ask("SELECT id FROM orders WHERE order_number='O1'"))
    await office.do("SALES_MANAGER", order, Cancel("shop burnt down"))
    assert (await office.facts(order)).status == "CANCELLED"
    assert await office.ask("SELECT units_held, units_reserved FROM stock") == [(5, 3)]
    assert await office.ask(
        "SELECT balance, held FROM customer_funds JOIN customers ON id = customer_id"
        " WHERE code = 'F1'"
    ) == [(Decimal("50.00"), Decimal("0.00"))]
    ledger = await office.ask(
        "SELECT kind, account, amount FROM ledger_postings JOIN ledger_transactions AS t"
        " ON t.id = transaction_id WHERE kind LIKE 'HOLD%' ORDER BY ledger_postings.id"
    )
    assert ledger == [
        ("HOLD", "CUSTOMER_FUNDS", Decimal("-40.00")),
        ("HOLD", "CUSTOMER_HOLDS", Decimal("40.00")),
        ("HOLD_RELEASE", "CUSTOMER_HOLDS", Decimal("-40.00")),
        ("HOLD_RELEASE", "CUSTOMER_FUNDS", Decimal("40.00")),
    ]
    assert await office.ask("SELECT trigger FROM allocation_runs ORDER BY id") == [
        ("GOODS_RECEIPT",),
        ("RELEASE",),
    ]
    assert await is_consistent(office)


async def test_cancelling_releases_reservations_too(office: Office) -> None:
    """O14 A5: F2's 3 reserved units are free again."""
    await give_goods(office, 12)
    (order,) = (row[0] for row in await office.ask("SELECT id FROM orders WHERE order_number='O2'"))
    await office.do("GENERAL_MANAGER", order, Cancel("closed down"))
    assert await office.ask("SELECT status FROM reservations") == [("RELEASED",)]
    assert await office.ask("SELECT units_held, units_reserved FROM stock") == [(9, 0)]
    assert await is_consistent(office)


async def change_price(office: Office, order: int, price: str) -> None:
    """All the way from the request to its acceptance."""
    line = LineChange(1, unit_price=Decimal(price))
    ask = RequestChange("cotton", "SALES", lines=(line,))
    await office.do("SALES", order, ask)
    await office.do("SALES", order, AgreeChange("mail"))
    # O2: neither what the list says nor what F1 paid last.
    assert await office.refused("PLANNING", order, OpenReview()) == ["DOUBT_OPEN"] * 2
    for doubt in (await office.facts(order)).doubts_open_of(1):
        await office.do("SALES_MANAGER", order, ReleaseDoubt(doubt.no, "cotton"))
    await office.review(order)
    await office.do("PLANNING", order, Decide("ACCEPTED"))


async def confirmed_and_held(office: Office) -> int:
    """An order of F1 that holds 100.00 beside the 40.00 of O1; 10.00 are left."""
    order = await office.place()
    await office.bring_to_confirmed(order)
    await pay(office, order, 100)
    await give_goods(office, 40)
    assert await office.ask(FUNDS_OF_F1) == [(Decimal(10), Decimal(140))]
    return order


FUNDS_OF_F1 = (
    "SELECT balance, held FROM customer_funds JOIN customers ON id = customer_id WHERE code = 'F1'"
)
HELD = "SELECT units_held FROM order_lines WHERE order_id = :o"


async def test_a_price_rise_never_lets_held_goods_overdraw_the_customer(office: Office) -> None:
    """F1 O2 O4: 10 units were held at 10.00 each; at 50.00 they go round again, and F1's 110.00
    reach for two."""
    order = await confirmed_and_held(office)
    await change_price(office, order, "50.00")
    assert await office.ask(HELD, o=order) == [(0,)]
    assert await office.ask(FUNDS_OF_F1) == [(Decimal(110), Decimal(40))]
    assert await is_consistent(office)
    ((run, trigger),) = await office.ask(
        "SELECT id, trigger FROM allocation_runs ORDER BY id DESC LIMIT 1"
    )
    assert trigger == "RELEASE"
    await run_allocation(run, office.deps)
    assert await office.ask(HELD, o=order) == [(2,)]
    assert await office.ask(FUNDS_OF_F1) == [(Decimal(10), Decimal(140))]
    assert await office.refused("WAREHOUSE", order, Ship()) == [
        "FINANCE_NOT_APPROVED",
        "NOT_APPROVED",
        "NOT_ALL_SHIPPED",
    ]
    assert await is_consistent(office)


async def test_a_lower_price_keeps_what_is_held(office: Office) -> None:
    """F1 F4 O4: the hold of 100.00 covers 80.00; the debit is the new price, once approved."""
    order = await confirmed_and_held(office)
    await change_price(office, order, "8.00")
    assert await office.ask(HELD, o=order) == [(10,)]
    assert await office.refused("WAREHOUSE", order, Ship()) == [
        "FINANCE_NOT_APPROVED",
        "NOT_APPROVED",
    ]
    await office.do("FINANCE", order, FinanceApprove())
    await office.do("SALES_MANAGER", order, Approve())
    await office.do("WAREHOUSE", order, Ship())
    assert await office.ask(FUNDS_OF_F1) == [(Decimal(30), Decimal(40))]
    assert await is_consistent(office)
