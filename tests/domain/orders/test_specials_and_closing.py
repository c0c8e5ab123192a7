"""Special orders with their deposits, and the end of an order (O7, O14)."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from domain.orders import deposits
from domain.orders.commands.changes import AgreeChange, RequestChange
from domain.orders.commands.confirmation import Confirm
from domain.orders.commands.decision import Decide
from domain.orders.commands.deposits import (
    RecordDeposit,
    RecordPickup,
    RecordStockIn,
    SettleDeposit,
    SignSpecial,
)
from domain.orders.commands.fulfilment import (
    AnswerComplaint,
    Cancel,
    Close,
    Deliver,
    OpenComplaint,
    Settle,
    Ship,
    SignReceipt,
)
from domain.orders.commands.review import OpenReview
from domain.orders.context import Goods
from domain.orders.deposits import deposit_state, settlement
from domain.orders.entries import LineChange
from domain.orders.vocabularies import OrderStatus
from domain.policy.orders import OrderPolicy
from tests.domain.orders.desk import Desk

STOCKED = dt.date(2014, 1, 6)


def special(policy: OrderPolicy | None = None, stocked: bool = True) -> Desk:
    desk = Desk(special=True, policy=policy)
    desk.open_review()
    desk.accept()
    desk.get_confirmation_back()
    if stocked:
        desk.make_special()
        desk.do("ORDER_CLERK", Confirm())
        desk.today = STOCKED
        desk.do("WAREHOUSE", RecordStockIn(STOCKED))
    return desk


def test_a_special_order_is_not_effective_without_signatures_and_deposit() -> None:
    """O7: sales manager, deputy general manager, and 30.00 of 100.00; 29.99 are not enough."""
    desk = special(stocked=False)
    yes = Confirm()
    assert desk.refused("ORDER_CLERK", yes) == ["SPECIAL_UNSIGNED", "DEPOSIT_MISSING"]
    desk.make_special("29.99")
    assert desk.refused("ORDER_CLERK", yes) == ["DEPOSIT_MISSING"]
    assert deposit_state(desk.order, desk.today, desk.policy) == "NOT_EFFECTIVE"
    desk.do("FINANCE", RecordDeposit(Decimal("0.01"), "slip 2"))
    desk.do("ORDER_CLERK", yes)
    assert deposit_state(desk.order, desk.today, desk.policy) == "HELD"


@pytest.mark.parametrize(
    ("day", "base", "forfeited", "offset", "penalised", "state"),
    [
        (7, "ORDER", "0.00", "30.00", False, "OFFSET_OPEN"),
        (8, "ORDER", "10.00", "20.00", False, "OFFSET_SUSPENDED"),
        (15, "ORDER", "10.00", "20.00", False, "OFFSET_SUSPENDED"),
        (16, "ORDER", "30.00", "0.00", True, "OFFSET_LAPSED"),
        (7, "DEPOSIT", "0.00", "30.00", False, "OFFSET_OPEN"),
        (15, "DEPOSIT", "3.00", "27.00", False, "OFFSET_SUSPENDED"),
        (16, "DEPOSIT", "9.00", "21.00", True, "OFFSET_LAPSED"),
    ],
)
def test_what_a_late_pick_up_costs(
    day: int, base: str, forfeited: str, offset: str, penalised: bool, state: str
) -> None:
    """O7: an order of 100.00 with 30.00 paid, all of it picked up `day` days after stock-in."""
    desk = special(OrderPolicy(forfeit_base=base))
    desk.later(day)
    assert deposit_state(desk.order, desk.today, desk.policy) == state
    terms = settlement(desk.order, desk.today, desk.policy)
    assert (terms.forfeited, terms.offset, terms.is_penalised) == (
        Decimal(forfeited),
        Decimal(offset),
        penalised,
    )
    desk.do("WAREHOUSE", RecordPickup(10, desk.today))
    assert desk.order.deposit_forfeited == Decimal(forfeited)
    assert deposit_state(desk.order, desk.today, desk.policy) == "SETTLED"


def test_only_the_last_unit_ends_the_pick_up() -> None:
    """O7: 9 within a week and the last on day 8 cost 10 %."""
    desk = special()
    desk.later(1)
    desk.do("WAREHOUSE", RecordPickup(9, desk.today))
    assert desk.refused("WAREHOUSE", RecordPickup(2, desk.today)) == ["TOO_MANY_UNITS"]
    assert desk.refused("WAREHOUSE", RecordPickup(1, STOCKED)) == ["BAD_DATE"]
    desk.later(7)
    desk.do("WAREHOUSE", RecordPickup(1, desk.today))
    assert desk.order.deposit_forfeited == Decimal("10.00")


def test_a_deposit_is_settled_unasked_when_day_fifteen_is_over() -> None:
    """O7: not on day 15, but on day 16; a later pick-up changes nothing any more."""
    desk = special()
    desk.later(15)
    settle = SettleDeposit()
    assert not deposits.has_lapsed(desk.order, desk.today, desk.policy)
    assert desk.refused("FINANCE", settle) == ["NOT_LAPSED"]
    desk.later(1)
    assert deposits.has_lapsed(desk.order, desk.today, desk.policy)
    desk.do("FINANCE", settle)
    assert desk.order.deposit_forfeited == Decimal("30.00")
    desk.later(1)
    desk.do("WAREHOUSE", RecordPickup(10, desk.today))
    assert (desk.order.picked_up_on, desk.order.deposit_forfeited) == (
        desk.today,
        Decimal("30.00"),
    )
    more = RecordDeposit(Decimal(1), "slip 2")
    assert desk.refused("FINANCE", more) == ["DEPOSIT_SETTLED"]


def test_nobody_loses_more_than_was_paid() -> None:
    """O7: 30 % of an order that grew to 200.00 are 60.00, but only 30.00 are there."""
    desk = special()
    bigger = replace(desk.order, lines=(replace(desk.order.lines[0], units=20),))
    assert settlement(bigger, STOCKED + dt.timedelta(days=16), desk.policy).forfeited == 30


def test_ordinary_orders_have_no_pick_up_clock() -> None:
    """O7: stock-in, pick-up and signatures are for special orders only."""
    desk = Desk()
    desk.confirm()
    for role, command in (
        ("WAREHOUSE", RecordStockIn(desk.today)),
        ("SALES_MANAGER", SignSpecial("SALES_MANAGER")),
    ):
        assert desk.refused(role, command) == ["NOT_SPECIAL"]
    early = special(stocked=False)
    early.make_special()
    early.do("ORDER_CLERK", Confirm())
    pick = RecordPickup(1, early.today)
    assert early.refused("WAREHOUSE", pick) == ["NOT_STOCKED_IN"]
    tomorrow = early.today + dt.timedelta(days=1)
    assert early.refused("WAREHOUSE", RecordStockIn(tomorrow)) == ["BAD_DATE"]


def delivered() -> Desk:
    desk = Desk()
    desk.confirm()
    desk.ship()
    desk.do("WAREHOUSE", Deliver())
    return desk


def test_an_order_is_shipped_when_nothing_is_left() -> None:
    """O14: 9 of 10 are not all."""
    desk = Desk()
    desk.confirm()
    desk.goods = {1: Goods(shipped=9)}
    assert desk.refused("WAREHOUSE", Ship()) == ["NOT_ALL_SHIPPED"]
    desk.ship()


def test_closing_needs_receipt_payment_and_peace() -> None:
    """O14: delivered, receipt signed, paid in full, no open complaint."""
    desk = delivered()
    desk.do("AFTER_SALES", OpenComplaint("a button is missing"))
    assert desk.refused("SALES_MANAGER", Close()) == [
        "RECEIPT_UNSIGNED",
        "NOT_PAID",
        "COMPLAINT_OPEN",
    ]
    desk.do("WAREHOUSE", SignReceipt())
    desk.do("FINANCE", Settle())
    assert desk.refused("SALES_MANAGER", Close()) == ["COMPLAINT_OPEN"]
    assert desk.order.complaints[0].due_on == dt.date(2013, 12, 3)
    assert desk.refused("AFTER_SALES", AnswerComplaint(2, "x")) == ["NO_SUCH_COMPLAINT"]
    desk.do("AFTER_SALES", AnswerComplaint(1, "a button was sent"))
    assert desk.refused("AFTER_SALES", AnswerComplaint(1, "x")) == ["ANSWERED_ALREADY"]
    assert desk.do("SALES_MANAGER", Close()).status == OrderStatus.CLOSED


def test_what_has_left_cannot_be_cancelled() -> None:
    """O14: an untouched order can, with a reason; one of which 1 unit left cannot."""
    desk = Desk()
    desk.confirm()
    assert desk.refused("SALES_MANAGER", Cancel("")) == ["REASON_MISSING"]
    desk.goods = {1: Goods(shipped=1)}
    assert desk.refused("SALES_MANAGER", Cancel("sorry")) == ["SHIPPED_IN_PART"]
    desk.goods = {}
    assert desk.do("SALES_MANAGER", Cancel("sorry")).status == OrderStatus.CANCELLED
    assert desk.refused("SALES_MANAGER", Cancel("again")) == ["WRONG_STATE"]


@pytest.mark.parametrize(("day", "forfeited"), [(0, "0.00"), (8, "10.00"), (16, "30.00")])
def test_shipping_a_special_order_is_its_pick_up(day: int, forfeited: str) -> None:
    """O7: 4 of 10 units were fetched, the others leave by our transport: settled by that day."""
    desk = special()
    desk.do("WAREHOUSE", RecordPickup(4, desk.today))
    desk.later(day)
    desk.ship()
    assert [(each.units, each.on) for each in desk.order.pickups] == [
        (4, STOCKED),
        (6, desk.today),
    ]
    assert desk.order.picked_up_on == desk.today
    assert desk.order.deposit_forfeited == Decimal(forfeited)
    assert deposit_state(desk.order, desk.today, desk.policy) == "SETTLED"
    desk.later(20)
    assert not deposits.has_lapsed(desk.order, desk.today, desk.policy)


def test_a_special_order_does_not_leave_past_its_stock_in() -> None:
    """O7: else the days of pick-up would never begin."""
    desk = special(stocked=False)
    desk.make_special()
    desk.do("ORDER_CLERK", Confirm())
    desk.goods = {1: Goods(shipped=10)}
    assert desk.refused("WAREHOUSE", Ship()) == ["NOT_STOCKED_IN"]


def test_a_special_order_is_closed_only_with_its_deposit_settled() -> None:
    """O7 O14: one that was shipped before its deposit was settled with it."""
    desk = special()
    desk.order = replace(
        desk.order, status="DELIVERED", receipt_signed_on=desk.today, settled_on=desk.today
    )
    assert desk.refused("SALES_MANAGER", Close()) == ["DEPOSIT_OPEN"]
    desk.do("WAREHOUSE", RecordPickup(10, desk.today))
    assert desk.do("SALES_MANAGER", Close()).status == OrderStatus.CLOSED


@pytest.mark.parametrize(
    ("day", "forfeited"), [(0, "0.00"), (7, "0.00"), (8, "10.00"), (15, "10.00"), (16, "30.00")]
)
def test_calling_off_what_waits_in_the_warehouse_costs_as_a_late_pick_up(
    day: int, forfeited: str
) -> None:
    """O7: whoever is late does not save the deposit by cancelling."""
    desk = special()
    desk.later(day)
    desk.do("SALES_MANAGER", Cancel("no longer wanted"))
    assert desk.order.deposit_forfeited == Decimal(forfeited)
    assert deposit_state(desk.order, desk.today, desk.policy) == "SETTLED"


def test_calling_off_before_stock_in_costs_nothing() -> None:
    """O7 O14: however late; an order without a deposit has none to settle."""
    desk = special(stocked=False)
    desk.make_special()
    desk.later(40)
    desk.do("SALES_MANAGER", Cancel("no longer wanted"))
    assert (desk.order.deposit_forfeited, desk.order.deposit_settled_on) == (
        Decimal("0.00"),
        desk.today,
    )
    unpaid = special(stocked=False)
    unpaid.do("SALES_MANAGER", Cancel("no longer wanted"))
    assert unpaid.order.deposit_settled_on is None


def test_cutting_what_is_not_fetched_ends_the_pick_up() -> None:
    """O4 O7: 4 of 10 are fetched on day 0; on day 8 the other 6 are cut: 10 % of 40.00 is lost."""
    desk = special()
    desk.do("WAREHOUSE", RecordPickup(4, desk.today))
    three = RequestChange("x", "SALES", lines=(LineChange(1, units=3),))
    assert desk.refused("SALES", three) == ["UNITS_GIVEN_OUT"]
    desk.later(8)
    desk.change(lines=(LineChange(1, units=4),))
    desk.do("SALES", AgreeChange("mail"))
    desk.do("PLANNING", OpenReview())
    desk.hear_everybody()
    desk.do("PLANNING", Decide("ACCEPTED"))
    assert (desk.order.picked_up_on, desk.order.deposit_forfeited) == (
        desk.today,
        Decimal("4.00"),
    )
