"""Orders taken in: the customer's file, numbers, what is missing, prices, stock (P2, O1, O2)."""

import datetime as dt
from decimal import Decimal

import pytest

from domain.errors import NotAllowed, NotFound
from domain.orders.commands.approval import FinanceApprove, ReleaseDoubt
from domain.orders.commands.intake import Check, ChooseOffer, Place, SupplyInformation
from domain.orders.entries import Line
from domain.orders.refusals import OrderRefused
from domain.orders.vocabularies import OrderFulfilment
from domain.parties.customers import Contact, UpdateCustomer
from domain.pricing import CreatePricePlan, NewPrice, SetPrices
from domain.principals import SYSTEM
from domain.supply import ReceiptLine, ReceiveGoods
from persistence.tables import CustomerRow
from services.orders.place import place_order
from services.parties.customers import update_customer
from services.pricing import create_price_plan, set_prices
from services.supply import receive_goods
from tests.services.order_office import (
    Office,
    person,
)


async def test_a_new_customer_needs_a_file_before_its_first_order(office: Office) -> None:
    """P2: refused without; with contacts on file the order is taken in."""
    async with office.deps.unit_of_work(SYSTEM) as uow:
        uow.session.add(CustomerRow(code="N1", name="N", kind="EXPORT", currency="CNY", rank=9))
    with pytest.raises(OrderRefused, match="open its file"):
        await office.place("N1")
    assert await office.ask("SELECT count(*) FROM orders WHERE order_number LIKE 'SO%'") == [(0,)]
    async with office.deps.unit_of_work(person("SALES")) as uow:
        await update_customer(UpdateCustomer("N1", contacts=(Contact("Ms Chen"),)), uow)
    order = await office.place("N1")
    assert (await office.facts(order)).customer == "N1"


async def test_order_numbers_are_made_and_unique(office: Office) -> None:
    """O1: one is made from the day and a count; a number that is there is refused."""
    order = await office.place()
    assert (await office.facts(order)).number == f"SO20131129-{order:06d}"
    twice = Place("F1", "PHONE", order_number="O1")
    async with office.deps.unit_of_work(person("SALES")) as uow:
        with pytest.raises(OrderRefused, match="already"):
            await place_order(twice, uow)
    async with office.deps.unit_of_work(person("SALES")) as uow:
        with pytest.raises(NotFound):
            await place_order(Place("F9", "PHONE"), uow)
    async with office.deps.unit_of_work(person("WAREHOUSE")) as uow:
        with pytest.raises(NotAllowed):
            await place_order(twice, uow)


async def test_an_incomplete_order_is_kept_as_it_was_given(office: Office) -> None:
    """O1: what is missing is listed; its lines are kept as far as they go."""
    order = await office.place(lines=(Line(1, "TEE-40", None, None),), delivery_address=None)
    await office.do("ORDER_CLERK", order, Check())
    facts = await office.facts(order)
    assert facts.status == "NEEDS_INFO"
    assert [each.what for each in facts.missing] == ["DELIVERY_ADDRESS", "UNITS", "UNIT_PRICE"]
    lines = "SELECT units_ordered, amount FROM order_lines WHERE order_id = :order"
    assert await office.ask(lines, order=order) == [(None, None)]
    complete = SupplyInformation(
        (Line(1, "TEE-40", 3, Decimal("10.00")),), delivery_address="1 Nanjing Road"
    )
    await office.do("SALES", order, complete)
    await office.do("ORDER_CLERK", order, Check())
    assert await office.ask(lines, order=order) == [(3, Decimal("30.00"))]
    assert (await office.facts(order)).status == "UNDER_CHECK"


async def test_prices_are_checked_against_plan_and_past_orders(office: Office) -> None:
    """O2 P3: the plan of F1 says 9.00 today and 9.50 from tomorrow on; 10.00 is doubted."""
    today = dt.date(2013, 11, 29)
    async with office.deps.unit_of_work(person("PRODUCT")) as uow:
        await create_price_plan(CreatePricePlan("WINTER", "Winter", "CNY"), uow)
        now = NewPrice("TEE-40", Decimal("9.00"), today)
        later = NewPrice("TEE-40", Decimal("9.50"), today + dt.timedelta(days=1))
        await set_prices(SetPrices("WINTER", (now, later)), uow)
    async with office.deps.unit_of_work(person("SALES")) as uow:
        await update_customer(UpdateCustomer("F1", price_plan="WINTER"), uow)
    order = await office.place()
    await office.do("ORDER_CLERK", order, Check())
    (doubt,) = (await office.facts(order)).doubts
    assert str(doubt.message) == "Line 1, TEE-40: ordered at 10.00, the price plan says 9.00."
    assert await office.refused("FINANCE", order, FinanceApprove()) == ["DOUBT_OPEN"]
    await office.do("SALES_MANAGER", order, ReleaseDoubt(1, "last winter's price"))
    await office.do("FINANCE", order, FinanceApprove())


async def test_stock_is_checked_and_what_is_short_is_offered(office: Office) -> None:
    """O1: 12 arrive and are given away but for nothing; the region's own warehouse has 4."""
    async with office.deps.unit_of_work(SYSTEM) as uow:
        await receive_goods(ReceiveGoods("GR-A", "W-AIR", (ReceiptLine("TEE-40", 4),)), uow)
    order = await office.place(fulfilment=OrderFulfilment.FROM_STOCK)
    await office.check_and_approve(order)
    facts = await office.facts(order)
    assert facts.status == "AWAITING_CONFIRMATION"
    assert [(o.kind, o.units, o.warehouse) for o in facts.offers] == [
        ("TRANSFER", 4, "W-AIR"),
        ("BACKORDER", 10, None),
    ]
    for offer in (1, 2):
        await office.do("SALES", order, ChooseOffer(offer))
    assert [offer.units for offer in (await office.facts(order)).offers] == [4, 6]
