"""Confirmation and its roll-over, papers of production, release by payment terms (O5, O6)."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from domain.calendar import BusinessCalendar
from domain.orders import gates
from domain.orders.commands.approval import Approve, FinanceApprove
from domain.orders.commands.changes import AgreeChange
from domain.orders.commands.confirmation import (
    Confirm,
    ReturnConfirmation,
    SendBackConfirmation,
    SendConfirmation,
)
from domain.orders.commands.decision import Decide
from domain.orders.commands.deposits import RecordDeposit
from domain.orders.commands.intake import ChooseOffer
from domain.orders.commands.production import (
    RecordGate,
    ReleaseGate,
    SignProductionOrder,
    SignWorkOrder,
)
from domain.orders.commands.review import OpenReview
from domain.orders.confirmation import promised_today, rolled_over
from domain.orders.history import replayed
from domain.orders.vocabularies import OrderFulfilment, OrderStatus
from domain.policy.orders import OrderPolicy
from tests.domain.orders.desk import DONE, F1, Desk, export, tees, with_terms

SENT = dt.date(2013, 12, 2)


def awaiting(**order: object) -> Desk:
    desk = Desk(**order)
    desk.open_review()
    desk.accept()
    return desk


@pytest.mark.parametrize(
    ("back_on", "promised"),
    [
        (dt.date(2013, 12, 2), dt.date(2014, 1, 20)),
        (dt.date(2013, 12, 3), dt.date(2014, 1, 21)),
        (dt.date(2013, 12, 6), dt.date(2014, 1, 24)),
        (dt.date(2013, 12, 8), dt.date(2014, 1, 24)),
        (dt.date(2013, 12, 9), dt.date(2014, 1, 25)),
    ],
)
def test_each_working_day_without_confirmation_moves_the_date_by_a_day(
    back_on: dt.date, promised: dt.date
) -> None:
    """O5: sent on Monday; back on Friday is 4 days late, the weekend counts nothing."""
    desk = awaiting()
    desk.do("ORDER_CLERK", SendConfirmation(DONE))
    desk.today = back_on
    assert promised_today(desk.order, back_on, BusinessCalendar()) == promised
    desk.do("ORDER_CLERK", ReturnConfirmation(True, True, True))
    assert desk.order.promised_on == promised
    assert promised_today(desk.order, dt.date(2014, 1, 1), BusinessCalendar()) == promised


def test_new_year_s_days_off_move_nothing_and_make_up_days_do() -> None:
    """O5, P6: sent on Thursday 30 January 2014, back on Saturday 8 February: 7 and 8 February are
    worked, so two days."""
    first, sent, back = dt.date(2014, 3, 1), dt.date(2014, 1, 30), dt.date(2014, 2, 8)
    assert rolled_over(first, sent, back, BusinessCalendar()) == dt.date(2014, 3, 3)


def test_what_comes_back_unsigned_must_come_again() -> None:
    """O5: signature, stamp and special remarks are looked at; the date moves on meanwhile."""
    desk = awaiting()
    back = ReturnConfirmation(True, True, True)
    assert desk.refused("ORDER_CLERK", back) == ["NOT_SENT"]
    desk.do("ORDER_CLERK", SendConfirmation(DONE))
    desk.do("ORDER_CLERK", ReturnConfirmation(True, False, False))
    assert desk.order.confirmation_defects == ("STAMP", "SPECIAL_REMARKS")
    assert desk.refused("ORDER_CLERK", Confirm()) == ["CONFIRMATION_NOT_BACK"]
    desk.later(1)
    desk.do("ORDER_CLERK", back)
    assert desk.order.promised_on == DONE + dt.timedelta(days=1)
    assert desk.refused("ORDER_CLERK", back) == ["BACK_ALREADY"]
    assert desk.do("ORDER_CLERK", Confirm()).status == OrderStatus.CONFIRMED


def test_what_our_look_at_the_confirmation_takes_is_not_the_customer_s_delay() -> None:
    """O5: sent back on Tuesday, a day late; looked at on Friday, the promise moves by one day."""
    desk = awaiting()
    back = SendBackConfirmation("blue thread")
    assert desk.refused("CUSTOMER", back) == ["NOT_SENT"]
    desk.do("ORDER_CLERK", SendConfirmation(DONE))
    desk.later(1)
    desk.do("CUSTOMER", back, name="n1")
    assert desk.order.confirmation_sent_back_by == "n1"
    assert desk.refused("CUSTOMER", back) == ["SENT_BACK_ALREADY"]
    desk.later(3)
    promised = DONE + dt.timedelta(days=1)
    assert promised_today(desk.order, desk.today, BusinessCalendar()) == promised
    desk.do("ORDER_CLERK", ReturnConfirmation(True, True, True))
    assert desk.order.promised_on == promised


def test_sent_back_with_a_defect_was_not_back() -> None:
    """O5: it must come again, and every day until then counts."""
    desk = awaiting()
    desk.do("ORDER_CLERK", SendConfirmation(DONE))
    desk.do("CUSTOMER", SendBackConfirmation())
    desk.later(1)
    desk.do("ORDER_CLERK", ReturnConfirmation(True, False, True))
    assert desk.order.confirmation_sent_back_on is None
    desk.later(1)
    desk.do("CUSTOMER", SendBackConfirmation())
    desk.do("ORDER_CLERK", ReturnConfirmation(True, True, True))
    assert desk.order.promised_on == DONE + dt.timedelta(days=2)


def test_remarks_have_a_bound() -> None:
    """O5: a text that does not fit is refused, with the field at fault."""
    desk = awaiting()
    desk.do("ORDER_CLERK", SendConfirmation(DONE))
    long = SendBackConfirmation("x" * 2_001)
    assert desk.refused("CUSTOMER", long) == ["TEXT_TOO_LONG"]


def test_the_customer_is_never_promised_an_earlier_day_than_production_s() -> None:
    """O5, O10: production says 20 January; 19 is refused, 25 is the clerk's to give."""
    desk = awaiting()
    early = SendConfirmation(dt.date(2014, 1, 19))
    assert desk.refused("ORDER_CLERK", early) == ["BEFORE_PRODUCTION"]
    past = SendConfirmation(dt.date(2013, 12, 1))
    assert desk.refused("ORDER_CLERK", past) == ["DATE_PAST"]
    desk.do("ORDER_CLERK", SendConfirmation(dt.date(2014, 1, 25)))
    assert desk.order.production_promised_on == DONE
    again = SendConfirmation(DONE)
    assert desk.refused("ORDER_CLERK", again) == ["SENT_ALREADY"]


def test_production_order_and_work_order_are_signed_one_after_the_other() -> None:
    """O5: SALES_ADMIN and production; then the five departments; then work starts."""
    desk = Desk()
    desk.confirm()
    by = SignProductionOrder
    assert desk.refused("SALES_ADMIN", by("SALES_ADMIN")) == ["GATE_CLOSED"]
    desk.do("SALES_ADMIN", ReleaseGate())
    desk.do("SALES_ADMIN", by("SALES_ADMIN"))
    work = SignWorkOrder
    assert desk.refused("PLANNING", work("PLANNING")) == ["PRODUCTION_NOT_ORDERED"]
    desk.do("PRODUCTION", by("PRODUCTION"))
    assert desk.order.production_ordered_on == SENT
    five = ("SALES", "PLANNING", "ENGINEERING", "WAREHOUSE", "PRODUCTION")
    for role in five:
        assert desk.order.work_started_on is None
        desk.do(role, work(role))
    assert desk.order.work_started_on == SENT
    assert desk.refused("FINANCE", work("FINANCE")) == ["NOT_A_SIGNER"]


def test_a_change_makes_the_papers_of_production_be_signed_again() -> None:
    """O4, O5: the production order of 10 units is void once there are 6."""

    desk = Desk()
    desk.confirm()
    desk.do("SALES_ADMIN", ReleaseGate())
    for role in ("SALES_ADMIN", "PRODUCTION"):
        desk.do(role, SignProductionOrder(role))
    desk.change()
    desk.do("SALES", AgreeChange("mail"))
    desk.do("PLANNING", OpenReview())
    desk.hear_everybody()
    desk.do("PLANNING", Decide("ACCEPTED"))
    assert desk.order.production_ordered_on is None
    assert desk.refused("SALES_ADMIN", ReleaseGate()) == [
        "FINANCE_NOT_APPROVED",
        "NOT_APPROVED",
    ]
    desk.do("FINANCE", FinanceApprove())
    desk.do("SALES_MANAGER", Approve())
    desk.do("SALES_ADMIN", ReleaseGate())
    for role in ("SALES_ADMIN", "PRODUCTION"):
        desk.do(role, SignProductionOrder(role))
    assert desk.order.production_ordered_on == SENT


@pytest.mark.parametrize("terms", ["PREPAID", "COD", "MONTHLY"])
def test_terms_that_ask_nothing_release_at_once(terms: str) -> None:
    """O6: prepaid, on delivery and monthly have no gate of their own."""
    desk = Desk(customer=with_terms(terms))
    desk.confirm()
    assert gates.requirements(desk.order, desk.context("FINANCE")) == ()
    assert desk.do("SALES_ADMIN", ReleaseGate()).gate_released_on == SENT
    assert desk.refused("SALES_ADMIN", ReleaseGate()) == ["RELEASED_ALREADY"]


def test_a_deposit_by_transfer_is_there_before_production() -> None:
    """O6: TT_DEPOSIT asks 30 % of 100.00; 20.00 are not enough, 10.00 more are."""
    desk = Desk(customer=with_terms("TT_DEPOSIT"))
    desk.confirm()
    desk.do("FINANCE", RecordDeposit(Decimal(20), "slip 1"))
    assert desk.refused("SALES_ADMIN", ReleaseGate()) == ["GATE_DEPOSIT"]
    (owed,) = gates.requirements(desk.order, desk.context("FINANCE"))
    assert str(owed.message) == "The deposit: 20.00 CNY of 30.00 CNY received."
    desk.do("FINANCE", RecordDeposit(Decimal(10), "slip 2"))
    desk.do("SALES_ADMIN", ReleaseGate())


def test_a_deposit_is_money_with_a_slip_and_only_where_one_is_asked() -> None:
    """O6: no deposit on MONTHLY terms; none of nothing; none without its slip."""
    monthly = Desk(customer=with_terms("MONTHLY"))
    monthly.confirm()
    slip = RecordDeposit(Decimal(10), "slip 1")
    assert monthly.refused("FINANCE", slip) == ["NO_DEPOSIT"]
    desk = Desk(customer=with_terms("TT_DEPOSIT"))
    desk.confirm()
    assert desk.refused("FINANCE", RecordDeposit(Decimal(0), "x")) == ["BAD_AMOUNT"]
    assert desk.refused("FINANCE", RecordDeposit(Decimal(1), "")) == ["PAPER_MISSING"]


def test_a_letter_of_credit_is_checked_twice_and_amended_when_faulty() -> None:
    """O6: by salesperson and document clerk, a month before delivery on 20 January."""
    desk = Desk(customer=with_terms("LC"))
    desk.confirm()
    owed = gates.requirements(desk.order, desk.context("FINANCE"))
    assert [(each.code, each.due_on) for each in owed] == [
        ("LC_RECEIVED", dt.date(2013, 12, 21)),
        ("LC_CHECKED:SALES", dt.date(2013, 12, 21)),
        ("LC_CHECKED:DOCUMENT_CLERK", dt.date(2013, 12, 21)),
    ]
    check = RecordGate("LC_CHECKED", "SALES")
    assert desk.refused("SALES", check) == ["NO_LETTER"]
    desk.gate("LC_RECEIVED", "DOCUMENT_CLERK", amount=Decimal(90), reference="LC-1")
    assert desk.refused("SALES", check) == ["LETTER_TOO_SMALL"]
    amend = RecordGate("LC_AMENDMENT_ASKED", "SALES")
    assert desk.refused("SALES", amend) == ["NO_FAULT"]
    desk.gate("LC_FAULT", "SALES", note="covers 90.00 of 100.00")
    desk.do("SALES", amend)
    assert desk.refused("SALES_ADMIN", ReleaseGate()) == [
        "GATE_LC_RECEIVED",
        "GATE_LC_CHECKED",
        "GATE_LC_CHECKED",
    ]
    desk.gate("LC_RECEIVED", "DOCUMENT_CLERK", amount=Decimal(100), reference="LC-1/A")
    desk.do("SALES", check)
    assert desk.refused("SALES_ADMIN", ReleaseGate()) == ["GATE_LC_CHECKED"]
    desk.gate("LC_CHECKED", "DOCUMENT_CLERK")
    desk.do("SALES_ADMIN", ReleaseGate())


def test_checks_of_a_letter_that_turned_out_faulty_count_no_more() -> None:
    """O6: the amended letter is checked by both again."""
    desk = Desk(customer=with_terms("LC"))
    desk.confirm()
    desk.gate("LC_RECEIVED", "DOCUMENT_CLERK", amount=Decimal(100))
    desk.gate("LC_CHECKED", "SALES")
    desk.gate("LC_FAULT", "DOCUMENT_CLERK", note="wrong port")
    desk.gate("LC_AMENDMENT_ASKED", "DOCUMENT_CLERK")
    desk.gate("LC_RECEIVED", "DOCUMENT_CLERK", amount=Decimal(100))
    desk.gate("LC_CHECKED", "DOCUMENT_CLERK")
    assert desk.refused("SALES_ADMIN", ReleaseGate()) == ["GATE_LC_CHECKED"]


@pytest.mark.parametrize("terms", ["OPEN_ACCOUNT", "DA"])
def test_delivery_on_credit_needs_the_manager(terms: str) -> None:
    """O6: nobody else approves, and no other terms ask for it."""
    desk = Desk(customer=with_terms(terms))
    desk.confirm()
    assert desk.refused("SALES_ADMIN", ReleaseGate()) == ["GATE_CREDIT_APPROVED"]
    by_sales = RecordGate("CREDIT_APPROVED", "SALES")
    assert desk.refused("SALES", by_sales) == ["NOT_A_SIGNER"]
    desk.gate("CREDIT_APPROVED", "SALES_MANAGER")
    desk.do("SALES_ADMIN", ReleaseGate())
    prepaid = Desk()
    prepaid.confirm()
    unasked = RecordGate("CREDIT_APPROVED", "SALES_MANAGER")
    assert prepaid.refused("SALES_MANAGER", unasked) == ["NOT_ASKED_FOR"]


@pytest.mark.parametrize(
    ("order", "amount", "general_manager"),
    [
        ({}, Decimal(500_000), False),
        ({}, Decimal(100), True),
        ({"prepayment": True}, Decimal(500_000), True),
        ({"commission": True}, Decimal(500_000), True),
    ],
)
def test_an_export_order_is_signed_on_its_papers(
    order: dict[str, object], amount: Decimal, general_manager: bool
) -> None:
    """O6: costs, order, contract; then salesperson, department manager, administration; the general
    manager too for large amounts, prepayments and commissions."""
    policy = OrderPolicy(export_large_amount=amount)
    desk = Desk(customer=export("PREPAID"), policy=policy, **order)
    desk.confirm()
    first = RecordGate("EXPORT_SIGNED", "SALES")
    assert desk.refused("SALES", first) == ["PAPER_MISSING"]
    for paper in gates.EXPORT_PAPERS:
        desk.gate(paper, "SALES")
    for role in ("SALES", "SALES_MANAGER", "SALES_ADMIN"):
        desk.gate("EXPORT_SIGNED", role)
    if general_manager:
        assert desk.refused("SALES_ADMIN", ReleaseGate()) == ["GATE_EXPORT_SIGNED"]
        desk.gate("EXPORT_SIGNED", "GENERAL_MANAGER")
    desk.do("SALES_ADMIN", ReleaseGate())


def test_production_is_not_released_from_under_a_customer_s_stock_order() -> None:
    """O6: what ships from stock has no production to release."""
    from tests.domain.orders.desk import TEE

    desk = Desk(fulfilment=OrderFulfilment.FROM_STOCK, articles=(TEE,), customer=F1)
    desk.check()
    desk.approve()
    for offer in desk.order.offers:
        desk.do("SALES", ChooseOffer(offer.no))
    desk.get_confirmation_back()
    desk.do("ORDER_CLERK", Confirm())
    assert desk.refused("SALES_ADMIN", ReleaseGate()) == ["NOT_PRODUCED"]


def test_a_history_that_is_older_than_a_fact_replays() -> None:
    """O15: an order placed before we kept when its confirmation was sent back."""
    desk = awaiting()
    desk.do("ORDER_CLERK", SendConfirmation(DONE))
    desk.do("CUSTOMER", SendBackConfirmation("blue thread"))
    first, *later = desk.events
    new = ("confirmation_sent_back_on", "confirmation_sent_back_by", "confirmation_remarks")
    older = {name: value for name, value in first.after.items() if name not in new}
    assert replayed([replace(first, after=older), *later]) == desk.order


@pytest.mark.parametrize(
    ("rates", "price", "general_manager"),
    [
        # Nobody knows what it is worth: it counts as large.
        ({}, "10.00", True),
        ({"USD": Decimal("7.12")}, "10.00", False),
        # USD 70,000.00 are CNY 498,400.00; USD 71,000.00 are CNY 505,520.00.
        ({"USD": Decimal("7.12")}, "7000.00", False),
        ({"USD": Decimal("7.12")}, "7100.00", True),
    ],
)
def test_a_large_amount_is_large_in_the_company_s_money(
    rates: dict[str, Decimal], price: str, general_manager: bool
) -> None:
    """O6: an export order of 10 units in US dollars; 500,000 yuan are large."""
    american = replace(export("PREPAID"), currency="USD")
    policy = OrderPolicy(exchange_rates=rates)
    desk = Desk(customer=american, policy=policy, lines=tees(10, price))
    signers = gates.export_signers(desk.order, desk.context("SALES"))
    assert ("GENERAL_MANAGER" in signers) is general_manager
