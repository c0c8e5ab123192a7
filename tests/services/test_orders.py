"""Orders taken through their life in the database (P2, O1-O7, O14, O15)."""

import asyncio
import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from domain.errors import NotAllowed, NotFound, Stale
from domain.funding import FundsAccount
from domain.orders import (
    gates,
)
from domain.orders.commands.approval import Approve, FinanceApprove, ReleaseDoubt
from domain.orders.commands.changes import AgreeChange, RequestChange
from domain.orders.commands.confirmation import Confirm, ReturnConfirmation, SendConfirmation
from domain.orders.commands.decision import AgreeConditions, Decide
from domain.orders.commands.deposits import RecordDeposit
from domain.orders.commands.fulfilment import Cancel, OpenComplaint, Ship
from domain.orders.commands.intake import Acknowledge, Check, ChooseOffer, Place, SupplyInformation
from domain.orders.commands.production import RecordGate, ReleaseGate
from domain.orders.commands.review import OpenReview
from domain.orders.facts import Line, LineChange
from domain.orders.refusals import OrderRefused
from domain.orders.vocabularies import OrderFulfilment
from domain.principals import SYSTEM
from persistence.orders.money import Movement, move_money
from persistence.tables import CustomerRow
from services.allocation.run import run_allocation
from services.commands import OnOne
from services.orders.commands import act_on_order
from services.orders.place import place_order
from services.parties.customers import Contact, UpdateCustomer, update_customer
from services.pricing import CreatePricePlan, NewPrice, SetPrices, create_price_plan, set_prices
from services.supply import ReceiptLine, ReceiveGoods, receive_goods
from tests.services.order_office import DONE, WANTED, Office, is_consistent, person


async def add_customer(office: Office, terms: str, kind: str = "FRANCHISEE") -> None:
    async with office.deps.unit_of_work(SYSTEM) as uow:
        uow.session.add(
            CustomerRow(
                code="N1", name="New", kind=kind, payment_terms=terms, currency="CNY", rank=9
            )
        )
    async with office.deps.unit_of_work(person("SALES")) as uow:
        await update_customer(UpdateCustomer("N1", contacts=(Contact("Ms Chen", "owner"),)), uow)


async def give_goods(office: Office, units: int) -> None:
    """Goods arrive, and a run shares them out."""
    async with office.deps.unit_of_work(SYSTEM) as uow:
        receipt = ReceiveGoods(f"GR-{units}", "C", (ReceiptLine("TEE-40", units),))
        run = (await receive_goods(receipt, uow)).run_id
    assert run is not None
    await run_allocation(run, office.deps)


async def pay(office: Office, order: int, amount: int) -> None:
    """The customer of an order pays."""
    paid = Movement(
        "RECEIPT",
        "slip 9",
        "paid",
        {FundsAccount.BANK: Decimal(-amount), FundsAccount.CUSTOMER_FUNDS: Decimal(amount)},
    )
    async with office.deps.unit_of_work(SYSTEM) as uow:
        await move_money(uow, (await office.standing(order)).customer_id, "CNY", paid)


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
    assert doubt.message == "Line 1, TEE-40: ordered at 10.00, the price plan says 9.00."
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


async def test_two_people_approving_at_once(office: Office) -> None:
    """O2: one wins; the other, who waited, is told who was first."""
    order = await office.place()
    await office.do("ORDER_CLERK", order, Check())
    answers = await asyncio.gather(
        *(office.do("SALES_SUPERVISOR", order, Approve(), name=name) for name in ("li", "wang")),
        return_exceptions=True,
    )
    (refusal,) = [answer for answer in answers if answer is not None]
    assert isinstance(refusal, OrderRefused)
    first = (await office.facts(order)).approved_by
    assert str(refusal) == f"{first} approved it on 2013-11-29."
    events = "SELECT count(*) FROM order_events WHERE order_id = :o AND kind = 'ORDER_APPROVE'"
    assert await office.ask(events, o=order) == [(1,)]


async def test_an_old_version_is_refused(office: Office) -> None:
    """O15: whoever read version 1 is told that it is 2 by now, and nothing happens."""
    order = await office.place()
    await office.do("ORDER_CLERK", order, Check(), expected=1)
    with pytest.raises(Stale, match="version 2, not 1"):
        await office.do("FINANCE", order, FinanceApprove(), expected=1)
    assert (await office.facts(order)).finance_approved_by is None
    with pytest.raises(NotFound):
        await office.do("FINANCE", 999, FinanceApprove())


@pytest.mark.parametrize(
    ("terms", "kind"),
    [
        ("PREPAID", "FRANCHISEE"),
        ("TT_DEPOSIT", "FRANCHISEE"),
        ("LC", "EXPORT"),
        ("OPEN_ACCOUNT", "DISTRIBUTOR"),
        ("DA", "EXPORT"),
        ("COD", "FRANCHISEE"),
        ("MONTHLY", "DISTRIBUTOR"),
    ],
)
async def test_an_order_of_each_payment_term_is_taken_from_first_call_to_closing(
    office: Office, terms: str, kind: str
) -> None:
    """O1-O6 O14: through its gate, production, goods, delivery; the history leads to the same."""
    await add_customer(office, terms, kind)
    order = await office.place("N1")
    await office.do("SALES", order, Acknowledge())
    await office.bring_to_confirmed(order)
    release = ReleaseGate()
    if terms == "TT_DEPOSIT":
        assert await office.refused("SALES_ADMIN", order, release) == ["GATE_DEPOSIT"]
        await office.do("FINANCE", order, RecordDeposit(Decimal(100), "slip 1"))
    if terms == "LC":
        letter = RecordGate("LC_RECEIVED", "DOCUMENT_CLERK", Decimal(100), "LC-1")
        await office.do("DOCUMENT_CLERK", order, letter)
        for role in ("SALES", "DOCUMENT_CLERK"):
            await office.do(role, order, RecordGate("LC_CHECKED", role))
    if terms in ("OPEN_ACCOUNT", "DA"):
        assert "GATE_CREDIT_APPROVED" in await office.refused("SALES_ADMIN", order, release)
        yes = RecordGate("CREDIT_APPROVED", "SALES_MANAGER")
        await office.do("SALES_MANAGER", order, yes)
    if kind == "EXPORT":
        for paper in gates.EXPORT_PAPERS:
            await office.do("SALES", order, RecordGate(paper, "SALES"))
        for role in ("SALES", "SALES_MANAGER", "SALES_ADMIN"):
            await office.do(role, order, RecordGate("EXPORT_SIGNED", role))
    await office.produce(order)
    if terms in ("PREPAID", "COD"):
        await pay(office, order, 100)
    await give_goods(office, 40)
    await office.ship_and_close(order)
    facts = await office.facts(order)
    assert facts.status == "CLOSED"
    assert await office.ask(
        "SELECT units_shipped, units_held FROM order_lines WHERE order_id = :o", o=order
    ) == [(10, 0)]
    assert await office.ask(
        "SELECT balance, held FROM customer_funds JOIN customers ON id = customer_id"
        " WHERE code = 'N1'"
    ) == [(Decimal(0 if terms in ("PREPAID", "TT_DEPOSIT", "COD") else -100), Decimal(0))]
    assert await office.ask(
        "SELECT count(*) FILTER (WHERE closed_on IS NOT NULL), count(*) FROM milestones"
        " WHERE order_id = :o",
        o=order,
    ) == [(10, 17)]
    assert await is_consistent(office)


async def test_a_non_regular_order_accepted_with_conditions(office: Office) -> None:
    """O3: a custom design, later and of thinner cloth; agreed to by fax, then confirmed."""
    order = await office.place(irregularities=("CUSTOM_DESIGN",))
    await office.check_and_approve(order)
    await office.review(order, "CONDITIONAL")
    later = dt.date(2014, 4, 20)
    but = Decide("ACCEPTED_WITH_CONDITIONS", new_date=later, solution="thinner cloth")
    await office.do("GENERAL_MANAGER", order, but)
    assert (await office.facts(order)).status == "UNDER_REVIEW"
    await office.do("SALES", order, AgreeConditions(True, "fax of 2 December"))
    await office.do("ORDER_CLERK", order, SendConfirmation(later))
    await office.do("ORDER_CLERK", order, ReturnConfirmation(True, True, True))
    await office.do("ORDER_CLERK", order, Confirm())
    facts = await office.facts(order)
    assert (facts.status, facts.promised_on, facts.required_on) == ("CONFIRMED", later, later)


async def test_an_order_changed_after_its_review(office: Office) -> None:
    """O4: 6 instead of 10 units; lines, total and papers follow; the loss is noted."""
    order = await office.place()
    await office.bring_to_confirmed(order)
    await office.produce(order)
    await office.do(
        "SALES",
        order,
        RequestChange("smaller shop", "SALES", lines=(LineChange(1, units=6),), loss=Decimal(15)),
    )
    await office.do("SALES", order, AgreeChange("mail"))
    await office.review(order)
    await office.do("PLANNING", order, Decide("ACCEPTED"))
    facts = await office.facts(order)
    assert (facts.status, facts.total, facts.work_started_on) == ("CONFIRMED", Decimal(60), None)
    assert await office.ask(
        "SELECT units_ordered, line.amount, total FROM order_lines AS line"
        " JOIN orders ON orders.id = order_id WHERE order_id = :o",
        o=order,
    ) == [(6, Decimal(60), Decimal(60))]
    assert await office.ask("SELECT department, loss, cost_effect FROM order_changes") == [
        ("SALES", Decimal(15), Decimal(-40))
    ]


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


async def test_an_imported_order_is_taken_over_with_its_first_act(office: Office) -> None:
    """O15: its history then begins with all that is known of it."""
    ((order,),) = await office.ask("SELECT id FROM orders WHERE order_number = 'O1'")
    await office.do("AFTER_SALES", order, OpenComplaint("a seam is open"))
    facts = await office.facts(order)
    assert (facts.channel, facts.status, len(facts.complaints)) == ("TAKEN_OVER", "CONFIRMED", 1)
    kinds = await office.ask(
        "SELECT kind, actor FROM order_events WHERE order_id = :o ORDER BY id", o=order
    )
    assert kinds == [("TAKEN_OVER", "after_sales"), ("COMPLAINT_OPEN", "after_sales")]


async def test_every_act_is_in_history_and_audit(office: Office) -> None:
    """O15: who, when, why, before and after."""
    order = await office.place()
    await office.do("ORDER_CLERK", order, Check())
    await office.do("SALES_MANAGER", order, Cancel("wrong customer"), name="zhou")
    (event,) = await office.ask(
        "SELECT actor, at, reason, before, after FROM order_events WHERE kind = 'ORDER_CANCEL'"
    )
    now = dt.datetime(2013, 11, 29, tzinfo=dt.UTC)
    assert event == (
        "zhou",
        now,
        "wrong customer",
        {"status": "UNDER_CHECK"},
        {"status": "CANCELLED"},
    )
    assert await office.ask(
        "SELECT action, actor, reason FROM audit_log WHERE object_type = 'Order'"
        " AND object_id = :o ORDER BY id DESC LIMIT 1",
        o=str(order),
    ) == [("orderCancel", "zhou", "wrong customer")]


async def test_a_refused_act_writes_nothing(office: Office) -> None:
    """O15: no event, no new version, no audit entry."""
    order = await office.place()
    before = await office.standing(order)
    assert await office.refused("PLANNING", order, OpenReview()) == ["WRONG_STATE"]
    with pytest.raises(NotAllowed):
        await office.do("CUSTOMER", order, Check())
    assert replace(before) == await office.standing(order)
    assert await office.ask("SELECT count(*) FROM order_events WHERE order_id = :o", o=order) == [
        (1,)
    ]
    assert WANTED > DONE


async def test_a_customer_sees_no_other_customer_s_life(office: Office) -> None:
    """P1: row level security stands under the new tables too."""
    from sqlalchemy import text

    from domain.principals import Principal

    order = await office.place("F1")
    await office.do("ORDER_CLERK", order, Check())
    ((f1,), (f2,)) = await office.ask("SELECT id FROM customers ORDER BY code")
    for customer, seen in ((f1, 1), (f2, 0)):
        login = Principal("login", frozenset({"CUSTOMER"}), customer)
        async with office.deps.unit_of_work(login) as uow:
            count = await uow.session.scalar(text("SELECT count(*) FROM order_lives"))
            assert count == seen
            assert await uow.session.scalar(text("SELECT count(*) FROM price_plans")) == 0
    async with office.deps.unit_of_work(person("FINANCE")) as uow:
        await act_on_order(OnOne(order, FinanceApprove()), uow)


async def test_time_limits_run_with_the_order_s_state(office: Office) -> None:
    """O16: first check, then missing information, then hand-over; ended with the order."""
    running = "SELECT code FROM clocks WHERE order_id = :o AND stopped_at IS NULL ORDER BY code"
    order = await office.place(delivery_address=None)
    assert await office.ask(running, o=order) == [("FIRST_CHECK",)]
    await office.do("ORDER_CLERK", order, Check())
    assert await office.ask(running, o=order) == [("MISSING_INFORMATION",)]
    told = SupplyInformation(delivery_address="1 Nanjing Road")
    await office.do("SALES", order, told)
    assert await office.ask(running, o=order) == [("FIRST_CHECK",)]
    await office.do("ORDER_CLERK", order, Check())
    assert await office.ask(running, o=order) == [("HANDOVER_TO_PLANNING",)]
    await office.do("SALES_MANAGER", order, Cancel("no longer wanted"))
    assert await office.ask(running, o=order) == []


async def test_an_order_from_stock_has_limits_of_its_own(office: Office) -> None:
    """O16: worked within hours, dispatched within days; no hand-over to planning."""
    running = "SELECT code FROM clocks WHERE order_id = :o AND stopped_at IS NULL ORDER BY code"
    order = await office.place(fulfilment=OrderFulfilment.FROM_STOCK)
    both = [("DISPATCH_FROM_STOCK",), ("ORDER_WORKED",)]
    assert await office.ask(running, o=order) == both
    await office.do("ORDER_CLERK", order, Check())
    assert await office.ask(running, o=order) == both
    await office.do("FINANCE", order, FinanceApprove())
    await office.do("SALES_SUPERVISOR", order, Approve())
    assert await office.ask(running, o=order) == [("DISPATCH_FROM_STOCK",)]


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
