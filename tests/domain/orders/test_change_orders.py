"""Change orders: lines added, dropped, swapped; address, terms, currency; their effect (O4)."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.messages import msg
from domain.orders import (
    intake,
    prices,
)
from domain.orders.commands.approval import ReleaseDoubt
from domain.orders.commands.changes import AgreeChange, NewLine, RequestChange, WithdrawChange
from domain.orders.commands.confirmation import Confirm, SendConfirmation
from domain.orders.commands.decision import Decide
from domain.orders.commands.deposits import RecordDeposit, RecordPickup, RecordStockIn
from domain.orders.commands.fulfilment import Ship
from domain.orders.commands.intake import ChooseOffer
from domain.orders.commands.production import ReleaseGate
from domain.orders.commands.review import GiveOpinion, OpenReview
from domain.orders.context import Goods
from domain.orders.entries import Line, LineChange
from domain.orders.refusals import OrderRefused
from domain.orders.vocabularies import OrderFulfilment
from domain.pricing import DatedPrice
from tests.domain.orders.desk import DONE, TEE, Desk, tees, with_terms

CAP = prices.Article("CAP", Decimal("4.00"), "CNY", pack=6)
# The one plan in US dollars has tees and no caps.
TEE_IN_USD = replace(TEE, plan_prices=(DatedPrice(Decimal("1.50"), dt.date(2013, 1, 1), None, 2),))


def two_lines() -> tuple[Line, ...]:
    return (*tees(), Line(2, "CAP", 6, Decimal("4.00")))


def confirmed(**placed: Any) -> Desk:
    """10 TEE-40 at 10.00 and 6 CAP at 4.00: 124.00."""
    desk = Desk(articles=(TEE, CAP), **{"lines": two_lines(), **placed})
    desk.confirm()
    return desk


def apply(desk: Desk) -> None:
    """Agreed to, its doubts answered, reviewed and accepted."""
    desk.do("SALES", AgreeChange("mail"))
    for doubt in desk.order.doubts_open_of(desk.order.changes[-1].no):
        desk.do("SALES_MANAGER", ReleaseDoubt(doubt.no, "agreed with the customer"))
    desk.do("PLANNING", OpenReview())
    desk.hear_everybody()
    desk.do("PLANNING", Decide("ACCEPTED"))


def sentences(desk: Desk, command: object, role: str = "SALES") -> str:
    """The words with which an act is refused."""
    with pytest.raises(OrderRefused) as refusal:
        desk.do(role, command)
    return str(refusal.value)


def ask(*lines: LineChange, **more: Any) -> RequestChange:
    given = {"articles": {each.sku: each for each in (TEE, CAP)}, **more}
    return RequestChange("wish", "SALES", lines=lines, **given)


def test_lines_are_added_dropped_and_swapped_in_one_change() -> None:
    """O4: 10 tees become 12 caps, the caps' line goes, 4 tees come: 12 x 4 + 4 x 10 = 88.00; the
    effect is known before anybody agrees. Another SKU is another line."""
    desk = confirmed()
    lines = (LineChange(1, units=12, sku="CAP"), LineChange(2, drop=True))
    desk.change(lines=lines, added=(NewLine("TEE-40", 4),))
    (change,) = desk.order.changes
    assert (change.cost_effect, change.new_total) == (Decimal("-36.00"), Decimal("88.00"))
    assert change.lines == (LineChange(1, drop=True), LineChange(2, drop=True))
    assert change.added == (
        Line(3, "CAP", 12, Decimal("4.00")),
        Line(4, "TEE-40", 4, Decimal("10.00")),
    )
    assert desk.order.total == Decimal("124.00")
    # At the plan's prices, in whole packs: nothing to doubt.
    assert desk.order.doubts == ()
    apply(desk)
    assert desk.order.lines == (
        Line(1, "TEE-40", 0, Decimal("10.00"), dropped_by=1),
        Line(2, "CAP", 0, Decimal("4.00"), dropped_by=1),
        Line(3, "CAP", 12, Decimal("4.00")),
        Line(4, "TEE-40", 4, Decimal("10.00")),
    )
    assert desk.order.total == Decimal("88.00")
    # What finance and sales approved was another content.
    assert desk.order.finance_approved_by is desk.order.approved_by is None


def test_no_units_of_a_line_are_none_of_it() -> None:
    """O4: 0 units drop it; a dropped line is changed no more, and its number is not used again."""
    desk = confirmed()
    desk.change(lines=(LineChange(2, units=0),))
    apply(desk)
    assert desk.order.lines[1].dropped_by == 1
    assert "dropped by change 1: add a new line" in sentences(desk, ask(LineChange(2, units=3)))
    desk.change(lines=(), added=(NewLine("CAP", 6),))
    assert [line.no for line in desk.order.changes[-1].added] == [3]


def test_what_is_given_out_bounds_what_is_dropped_swapped_and_lowered() -> None:
    """O4: every line is named with its units, shipped, being picked and reserved, and what can be
    done instead."""
    desk = confirmed()
    desk.goods = {1: Goods(shipped=2, held=4, reserved=1), 2: Goods(held=6)}
    drop = ask(LineChange(1, drop=True), LineChange(2, sku="TEE-40"))
    assert sentences(desk, drop) == (
        "Line 1 cannot be dropped: of its 10 units 2 are shipped, 4 being picked, 1 reserved."
        " Lower it to 7 units."
        " Line 2 cannot become TEE-40: of its 6 units 6 are being picked as CAP. Leave it as"
        " it is and add a line of TEE-40."
    )
    assert desk.refused("SALES", ask(LineChange(1, units=6))) == ["UNITS_GIVEN_OUT"]
    dearer = ask(LineChange(1, unit_price=Decimal(11)))
    assert desk.refused("SALES", dearer) == ["UNITS_SHIPPED"]
    desk.change(lines=(LineChange(1, units=7),))
    assert desk.order.changes[-1].cost_effect == Decimal("-30.00")


def test_what_was_given_out_since_is_seen_when_the_change_is_decided() -> None:
    """O4 A11: a run gave 6 caps after everybody had agreed to drop them."""
    desk = confirmed()
    desk.change(lines=(LineChange(2, drop=True),))
    desk.do("SALES", AgreeChange("mail"))
    desk.do("PLANNING", OpenReview())
    desk.hear_everybody()
    desk.goods = {2: Goods(held=6)}
    assert desk.refused("PLANNING", Decide("ACCEPTED")) == ["UNITS_GIVEN_OUT"]
    desk.do("PLANNING", Decide("REJECTED"))
    assert (desk.order.changes[-1].state, desk.order.lines) == ("REJECTED", two_lines())


def test_prices_of_a_change_are_doubted_before_its_review() -> None:
    """O2 O4: a tee at 9.00 and 5 caps of packs of 6 wait for the chain until it is called off."""
    desk = confirmed()
    off = {"lines": (LineChange(1, unit_price=Decimal(9)), LineChange(2, units=5))}
    desk.change(**off)
    assert [(each.code, each.change_no) for each in desk.order.doubts] == [
        ("PRICE_OFF_PLAN", 1),
        ("NOT_WHOLE_PACKS", 1),
    ]
    # They are no doubts about the order as it stands.
    assert desk.order.open_doubts == ()
    desk.do("SALES", AgreeChange("mail"))
    assert desk.refused("PLANNING", OpenReview()) == ["DOUBT_OPEN", "DOUBT_OPEN"]
    desk.do("SALES", WithdrawChange())
    assert {each.reason for each in desk.order.doubts} == {msg("orders.CHANGE_IS_OFF").kept}
    # Asked for again it is doubted again; once judged it is not.
    desk.change(**off)
    apply(desk)
    desk.change(lines=(LineChange(1, units=11),))
    assert desk.order.doubts_open_of(3) == ()


def test_a_change_of_address_and_terms() -> None:
    """O4 O6: the address voids no approval; under a letter of credit the gate asks for it."""
    desk = confirmed()
    desk.change(lines=(), delivery_address="2 Bund")
    assert desk.order.changes[-1].cost_effect == Decimal("0.00")
    apply(desk)
    assert desk.order.delivery_address == "2 Bund"
    assert desk.order.finance_approved_by is not None
    desk.change(lines=(), payment_terms="LC")
    apply(desk)
    assert (desk.order.payment_terms, desk.order.finance_approved_by) == ("LC", None)
    desk.approve()
    assert desk.refused("SALES_ADMIN", ReleaseGate()) == [
        "GATE_LC_RECEIVED",
        "GATE_LC_CHECKED",
        "GATE_LC_CHECKED",
    ]
    assert "must be one of" in sentences(desk, ask(payment_terms="BARTER"))


def test_another_currency_takes_every_price_from_its_plan() -> None:
    """O4: tees cost 1.50 USD by the plan; a cap's price must be named, and is doubted."""
    desk = confirmed()
    articles = {"TEE-40": TEE_IN_USD, "CAP": CAP}
    in_usd = {"currency": "USD", "articles": articles}
    assert sentences(desk, ask(**in_usd)) == (
        "Line 2, CAP: neither price plan nor list has a price in USD today; name one."
    )
    desk.change(lines=(LineChange(2, unit_price=Decimal("0.60")),), **in_usd)
    change = desk.order.changes[-1]
    # Two currencies have no difference.
    assert (change.cost_effect, change.new_total) == (None, Decimal("18.60"))
    assert [(each.line_no, each.code) for each in desk.order.doubts] == [(2, "CURRENCY")]
    apply(desk)
    assert (desk.order.currency, desk.order.total) == ("USD", Decimal("18.60"))
    assert [line.unit_price for line in desk.order.lines] == [Decimal("1.50"), Decimal("0.60")]
    assert desk.order.finance_approved_by is None


def test_an_account_goes_along_only_where_nothing_else_stands_in_it() -> None:
    """F1 O4: an order is paid from its customer's account, and that has one currency."""
    desk = confirmed()
    context = replace(desk.context("SALES"), account_currency="CNY")
    command = ask(LineChange(2, drop=True), currency="USD", articles={"TEE-40": TEE_IN_USD})
    after = command.effect(desk.order, context)
    assert after.changes[-1].new_total == Decimal("15.00")
    bound = replace(context, account_bonds=("has other orders",))
    with pytest.raises(OrderRefused, match="kept in CNY and has other orders: an order in USD"):
        command.effect(desk.order, bound)
    # Back into the account's own currency it always may.
    in_usd = replace(bound, account_currency="USD")
    assert command.effect(desk.order, in_usd).changes[-1].currency == "USD"


def test_money_in_the_old_currency_holds_the_order_in_it() -> None:
    """O4 F4: held units, shipped units, a deposit and a least value each say why."""
    desk = confirmed()
    desk.goods = {1: Goods(held=4), 2: Goods(shipped=6)}
    cap = LineChange(2, unit_price=Decimal(1))
    command = ask(cap, currency="USD", articles={"TEE-40": TEE_IN_USD, "CAP": CAP})
    assert desk.refused("SALES", command) == ["MONEY_HELD", "UNITS_SHIPPED"]
    assert sentences(desk, command).startswith(
        "Line 1: money is held in CNY for 4 units that are being picked; the currency can change"
        " once they are given back."
    )
    desk.goods = {}
    desk.order = replace(desk.order, deposit_paid=Decimal(30))
    assert desk.refused("SALES", command) == ["DEPOSIT_PAID"]
    desk.order = replace(desk.order, deposit_paid=Decimal(0))
    least = replace(desk.order, min_ship_value=Decimal(50))
    with pytest.raises(OrderRefused, match=r"ships for at least 50\.00 CNY: say for how much"):
        command.effect(least, desk.context("SALES"))


def test_a_deposit_taken_meanwhile_stops_the_change_of_currency() -> None:
    """O4 F4: what was checked at the request is checked again when the change is applied."""
    desk = Desk(customer=with_terms("TT_DEPOSIT"))
    desk.open_review()
    desk.accept()
    desk.change(lines=(), currency="USD", articles={"TEE-40": TEE_IN_USD})
    desk.do("SALES", AgreeChange("mail"))
    desk.do("PLANNING", OpenReview())
    desk.hear_everybody()
    desk.do("FINANCE", RecordDeposit(Decimal(30), "slip 1"))
    assert desk.refused("PLANNING", Decide("ACCEPTED")) == ["DEPOSIT_PAID"]


def test_a_customer_asks_for_itself_and_sets_no_prices() -> None:
    """O4 P1: it bears its own change; prices come from the plan, losses are ours to enter."""
    desk = confirmed()
    six = (LineChange(1, units=6),)
    for wrong in (
        {"lines": six, "loss": Decimal(5)},
        {"lines": six, "department": "SALES"},
        {"lines": (LineChange(1, unit_price=Decimal(1)),)},
        {"lines": (), "added": (NewLine("CAP", 6, Decimal(1)),)},
    ):
        command = RequestChange(**{"kind": "ORDER_CHANGE", "reason": "smaller", **wrong})
        assert desk.refused("CUSTOMER", command) == ["NOT_YOURS_TO_SAY"]
    desk.do("CUSTOMER", replace(ask(*six), department=None))
    assert desk.order.changes[-1].department == "CUSTOMER"
    desk.do("CUSTOMER", WithdrawChange())
    assert desk.refused("SALES", replace(ask(*six), department=None)) == ["UNKNOWN_WORD"]
    desk.change(lines=six)
    assert desk.refused("CUSTOMER", WithdrawChange()) == ["NOT_YOUR_CHANGE"]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (ask(LineChange(1)), "NOTHING_SAID"),
        (ask(LineChange(1, units=6), LineChange(1, units=7)), "LINE_TWICE"),
        (ask(LineChange(1, units=6, drop=True)), "BAD_LINE"),
        (ask(LineChange(1, units=-1)), "BAD_LINE"),
        (ask(LineChange(9, units=1)), "NO_SUCH_LINE"),
        (ask(LineChange(1, sku="TEA")), "NO_SUCH_SKU"),
        (ask(LineChange(1, unit_price=Decimal(-1))), "BAD_AMOUNT"),
        (ask(added=(NewLine("TEA", 1),)), "NO_SUCH_SKU"),
        (ask(added=(NewLine("CAP", 0),)), "BAD_LINE"),
        (ask(added=(NewLine("CAP", 6, Decimal(-1)),)), "BAD_AMOUNT"),
        (ask(added=tuple(NewLine("CAP", 6) for _ in range(999))), "TOO_MANY_LINES"),
        (ask(LineChange(1, drop=True), LineChange(2, drop=True)), "NOTHING_LEFT"),
        (ask(currency="usd"), "UNKNOWN_WORD"),
        (ask(), "NOTHING_SAID"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(command: object, code: str) -> None:
    """O4: with one clear reason; nothing is changed."""
    assert confirmed().refused("SALES", command) == [code]


def test_offers_for_a_line_that_a_change_touched_bind_nobody() -> None:
    """O1 O4: the customer drops the short line instead of choosing; the confirmation goes out."""
    lines = (*tees(), Line(2, "CAP", 6, Decimal("4.00")))
    stock = replace(TEE, units_free=10)
    desk = Desk(articles=(stock, CAP), lines=lines, fulfilment=OrderFulfilment.FROM_STOCK)
    desk.check()
    desk.approve()
    send = SendConfirmation(DONE)
    assert desk.refused("ORDER_CLERK", send) == ["OFFER_UNANSWERED"]
    desk.change(lines=(LineChange(2, drop=True),))
    # One thing at a time.
    assert desk.refused("SALES", ChooseOffer(1)) == ["CHANGE_OPEN"]
    desk.do("SALES", AgreeChange("mail"))
    desk.do("PLANNING", OpenReview())
    for role in desk.order.reviews[-1].required:
        desk.do(role, GiveOpinion(role, "FEASIBLE"))
    desk.do("PLANNING", Decide("ACCEPTED"))
    assert intake.current_offers(desk.order) == ()
    desk.approve()
    desk.do("ORDER_CLERK", send)


def test_a_pick_up_bounds_a_swap() -> None:
    """O4 O7: 4 of 10 units are picked up, nobody wrote of which line: 4 of them must stay."""
    desk = Desk(articles=(TEE, CAP), special=True)
    desk.open_review()
    desk.accept()
    desk.get_confirmation_back()
    desk.make_special()
    desk.do("ORDER_CLERK", Confirm())
    desk.do("WAREHOUSE", RecordStockIn(desk.today))
    desk.do("WAREHOUSE", RecordPickup(4, desk.today))
    swap = ask(LineChange(1, units=12, sku="CAP"))
    assert desk.refused("SALES", swap) == ["UNITS_GIVEN_OUT"]
    desk.do("SALES", ask(LineChange(1, units=4), added=(NewLine("CAP", 6),)))


def test_an_order_without_a_unit_is_neither_confirmed_nor_shipped() -> None:
    """O1: such an order of an import can only be called off."""
    desk = confirmed()
    desk.order = replace(desk.order, lines=())
    assert "NOTHING_ORDERED" in desk.refused("WAREHOUSE", Ship())
