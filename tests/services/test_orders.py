"""Orders taken through their process in the database (O1-O7, O14-O16)."""

import asyncio
import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from domain.errors import NotAllowed, NotFound, Stale
from domain.orders import gates
from domain.orders.commands.approval import Approve, FinanceApprove
from domain.orders.commands.changes import AgreeChange, RequestChange
from domain.orders.commands.confirmation import Confirm, ReturnConfirmation, SendConfirmation
from domain.orders.commands.decision import AgreeConditions, Decide
from domain.orders.commands.deposits import RecordDeposit
from domain.orders.commands.fulfilment import Cancel, OpenComplaint
from domain.orders.commands.intake import Acknowledge, Check, SupplyInformation
from domain.orders.commands.production import RecordGate, ReleaseGate
from domain.orders.commands.review import OpenReview
from domain.orders.entries import LineChange
from domain.orders.refusals import OrderRefused
from domain.orders.vocabularies import OrderFulfilment
from services.commands import OnOne
from services.orders.commands import act_on_order
from tests.services.order_office import (
    DONE,
    WANTED,
    Office,
    add_customer,
    give_goods,
    is_consistent,
    pay,
    person,
)


async def test_two_people_approving_at_once(office: Office) -> None:
    """O2: one wins; the other, who waited, is shown who was first."""
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
    """O15: whoever read version 1 is shown that it is 2 by now, and nothing happens."""
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
    before = await office.loaded(order)
    assert await office.refused("PLANNING", order, OpenReview()) == ["WRONG_STATE"]
    with pytest.raises(NotAllowed):
        await office.do("CUSTOMER", order, Check())
    assert replace(before) == await office.loaded(order)
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
    information = SupplyInformation(delivery_address="1 Nanjing Road")
    await office.do("SALES", order, information)
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
