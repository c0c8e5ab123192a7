"""Taking orders in, checking and approving them (P2, O1, O2)."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from domain.errors import NotAllowed
from domain.orders import intake, prices
from domain.orders.commands.approval import Approve, FinanceApprove, ReleaseDoubt
from domain.orders.commands.confirmation import SendConfirmation
from domain.orders.commands.intake import Acknowledge, ChooseOffer, SupplyInformation
from domain.orders.entries import Line
from domain.orders.refusals import OrderRefused
from domain.orders.vocabularies import OrderFulfilment, OrderStatus
from domain.policy.orders import OrderPolicy
from domain.pricing import DatedPrice
from tests.domain.orders.desk import F1, TEE, WANTED, Desk, tees


def test_a_new_customer_has_a_file_before_its_first_order() -> None:
    """P2: without file and without past orders, no order; a customer we know needs none."""
    stranger = replace(F1, has_file=False)
    with pytest.raises(OrderRefused, match="open its file") as refusal:
        Desk(customer=stranger)
    assert (refusal.value.code, refusal.value.rule) == ("CUSTOMER_FILE_MISSING", "P2")
    assert Desk(customer=replace(stranger, past_orders=1)).order.status == OrderStatus.RECEIVED


@pytest.mark.parametrize("word", ["channel", "urgency", "fulfilment"])
def test_an_order_is_taken_in_by_known_words_only(word: str) -> None:
    """O1: nine channels, three urgencies, two ways to fulfil it."""
    with pytest.raises(OrderRefused, match="must be one of"):
        Desk(**{word: "PIGEON"})


def test_an_incomplete_order_needs_information_line_by_line() -> None:
    """O1: never rejected silently; the list says what is missing, head first."""
    desk = Desk(
        lines=(Line(1, "TEE-40", None, Decimal(10)), Line(2, None, 4, None)),
        required_on=None,
        delivery_address=None,
    )
    assert desk.check().status == OrderStatus.NEEDS_INFO
    assert [(each.line_no, each.what) for each in desk.order.missing] == [
        (0, "REQUIRED_ON"),
        (0, "DELIVERY_ADDRESS"),
        (1, "UNITS"),
        (2, "SKU"),
        (2, "UNIT_PRICE"),
    ]
    desk.do("ORDER_CLERK", SupplyInformation(tees(), WANTED, "1 Nanjing Road"))
    assert desk.order.status == OrderStatus.RECEIVED
    assert desk.check().status == OrderStatus.UNDER_CHECK
    assert desk.order.missing == ()


def test_an_unknown_product_and_an_order_without_lines_need_information() -> None:
    """O1: the customer is asked which product is meant, and what it wants at all."""
    assert [each.what for each in Desk(lines=()).check().missing] == ["LINES"]
    other = Desk(lines=(Line(1, "TEA", 1, Decimal(1)),))
    assert [each.what for each in other.check().missing] == ["SKU_UNKNOWN"]


def test_the_customer_s_own_total_is_held_against_ours() -> None:
    """O1: 10 at 10.00 make 100.00; a total of 99.00 is asked back, 100.00 passes."""
    desk = Desk(stated_total=Decimal("99.00"))
    (missing,) = desk.check().missing
    assert str(missing.message) == "The customer's total is 99.00, the lines make 100.00."
    desk.do("ORDER_CLERK", SupplyInformation(stated_total=Decimal("100.00")))
    assert desk.check().status == OrderStatus.UNDER_CHECK


def test_supplying_nothing_and_two_lines_of_one_number_are_refused() -> None:
    """O1: a refusal has a name."""
    desk = Desk()
    assert desk.refused("SALES", SupplyInformation()) == ["NOTHING_SAID"]
    twice = (*tees(), *tees())
    assert desk.refused("SALES", SupplyInformation(twice)) == ["LINE_TWICE"]


def test_receipt_is_acknowledged_once() -> None:
    """O1: the customer is notified that the order is here, and by whom is remembered."""
    desk = Desk()
    desk.do("SALES", Acknowledge(), name="wang")
    assert desk.order.acknowledged_by == "wang"
    assert desk.refused("SALES", Acknowledge()) == ["ACKNOWLEDGED_ALREADY"]


def test_short_stock_is_met_with_transfer_substitute_and_backorder() -> None:
    """O1: 6 of 10 are free; the other warehouse has 3, a blue one 9: 4 are offered each way."""
    short = replace(
        TEE,
        units_free=6,
        elsewhere=(("W-AIR", 3),),
        substitutes=(("TEE-40-BLUE", 9),),
        expected_on=dt.date(2013, 12, 20),
    )
    blue = replace(TEE, sku="TEE-40-BLUE", units_free=9)
    desk = Desk(articles=(short, blue), fulfilment=OrderFulfilment.FROM_STOCK)
    assert [(o.kind, o.units, o.warehouse or o.sku) for o in desk.check().offers] == [
        ("TRANSFER", 3, "W-AIR"),
        ("SUBSTITUTE", 4, "TEE-40-BLUE"),
        ("BACKORDER", 4, None),
    ]
    desk.do("SALES", ChooseOffer(2))
    assert desk.order.status == OrderStatus.RECEIVED
    assert [(line.no, line.sku, line.units) for line in desk.order.lines] == [
        (1, "TEE-40", 6),
        (2, "TEE-40-BLUE", 4),
    ]
    assert desk.check().status == OrderStatus.UNDER_CHECK
    assert intake.unanswered_offers(desk.order) == {}
    assert desk.refused("SALES", ChooseOffer(3)) == ["NO_SUCH_OFFER"]


def test_a_short_line_is_settled_by_one_offer_or_several() -> None:
    """O1: 4 are short; 3 come from the other warehouse, the backorder is for the last one."""
    short = replace(TEE, units_free=6, elsewhere=(("W-AIR", 3),))
    desk = Desk(articles=(short,), fulfilment=OrderFulfilment.FROM_STOCK)
    desk.check()
    desk.approve()
    out = SendConfirmation(WANTED)
    assert desk.refused("SALES", out) == ["OFFER_UNANSWERED"]
    desk.do("SALES", ChooseOffer(1))
    assert intake.unanswered_offers(desk.order) == {1: 1}
    assert desk.do("SALES", ChooseOffer(2)).offers[1].units == 1
    assert desk.refused("SALES", ChooseOffer(2)) == ["OFFER_ANSWERED"]
    desk.do("SALES", out)


def test_stock_is_shared_by_the_lines_of_an_order_and_not_promised_twice() -> None:
    """O1: two lines of 6 over 10 free units: the second is 2 short."""
    lines = tuple(Line(no, "TEE-40", 6, Decimal(10)) for no in (1, 2))
    desk = Desk(
        lines=lines, articles=(replace(TEE, units_free=10),), fulfilment=OrderFulfilment.FROM_STOCK
    )
    assert [(o.line_no, o.kind, o.units) for o in desk.check().offers] == [(2, "BACKORDER", 2)]


@pytest.mark.parametrize(
    ("price", "on_plan", "doubts"),
    [
        ("10.00", dt.date(2013, 1, 1), []),
        ("9.99", dt.date(2013, 1, 1), ["PRICE_OFF_PLAN"]),
        ("10.00", dt.date(2013, 12, 3), ["PLAN_NOT_VALID"]),
    ],
)
def test_a_price_off_the_plan_or_its_validity_is_doubted(
    price: str, on_plan: dt.date, doubts: list[str]
) -> None:
    """O2: the plan says 10.00 from its first day on; the order is of 2 December."""
    article = replace(TEE, plan_prices=(DatedPrice(Decimal(10), on_plan, None, 1),))
    desk = Desk(lines=tees(price=price), articles=(article,))
    assert [doubt.code for doubt in desk.check().doubts] == doubts


def test_without_a_plan_the_list_price_counts_and_past_orders_always() -> None:
    """O2: same list price, but last time it was 9.50 and of thick cotton, in packs of 4."""
    past = prices.PastOrder(Decimal("9.50"), "thick", dt.date(2013, 11, 1))
    article = replace(TEE, plan_prices=(), last=past, pack=4)
    desk = Desk(articles=(article,))
    assert [doubt.code for doubt in desk.check().doubts] == [
        "PRICE_OFF_LAST_ORDER",
        "SPECIFICATION_DIFFERS",
        "NOT_WHOLE_PACKS",
    ]
    dearer = Desk(lines=tees(price="11"), articles=(article,)).check()
    assert dearer.doubts[0].code == "PRICE_OFF_PLAN"


def test_a_price_the_plan_has_changed_since_the_last_order_is_no_doubt() -> None:
    """O2: 9.50 was right in 2012, when the plan said so."""
    past = prices.PastOrder(Decimal("9.50"), None, dt.date(2012, 11, 1))
    assert Desk(articles=(replace(TEE, last=past),)).check().doubts == ()


def test_a_doubt_goes_up_the_chain_and_blocks_until_released() -> None:
    """O2: sales manager, then sales supervisor, then general manager; approvals wait."""
    desk = Desk(lines=tees(price="8.00"))
    desk.check()
    assert desk.refused("FINANCE", FinanceApprove()) == ["DOUBT_OPEN"]
    assert desk.refused("SALES_SUPERVISOR", Approve()) == ["DOUBT_OPEN"]
    desk.do("SALES_MANAGER", ReleaseDoubt(1, "too low for me", escalate=True))
    assert desk.order.doubts[0].level == 1
    assert desk.refused("SALES_MANAGER", ReleaseDoubt(1, "fine")) == ["NOT_YOUR_ROLE"]
    desk.do("SALES_SUPERVISOR", ReleaseDoubt(1, "higher", escalate=True))
    last = ReleaseDoubt(1, "higher still", escalate=True)
    assert desk.refused("GENERAL_MANAGER", last) == ["END_OF_CHAIN"]
    assert desk.refused("GENERAL_MANAGER", ReleaseDoubt(1, " ")) == ["REASON_MISSING"]
    desk.do("GENERAL_MANAGER", ReleaseDoubt(1, "a promised favour"))
    assert desk.order.doubts[0].released_as == "GENERAL_MANAGER"
    assert desk.refused("GENERAL_MANAGER", ReleaseDoubt(1, "x")) == ["DOUBT_RELEASED"]
    desk.approve()


def test_a_corrected_price_dissolves_its_doubt_and_a_judged_one_stays_judged() -> None:
    """O2: 8.00 is doubted, corrected to 10.00 it is not; a released 9.00 is not asked again."""
    desk = Desk(lines=tees(price="8.00"))
    desk.check()
    desk.do("SALES", SupplyInformation(tees()))
    desk.check()
    assert desk.order.open_doubts == ()
    desk.do("SALES", SupplyInformation(tees(price="9.00")))
    desk.check()
    desk.do("SALES_MANAGER", ReleaseDoubt(2, "season's end"))
    desk.do("SALES", SupplyInformation(delivery_address="2 Nanjing Road"))
    desk.check()
    assert desk.order.open_doubts == ()
    assert len(desk.order.doubts) == 2


def test_a_company_may_tolerate_small_differences() -> None:
    """O2: within 5 per cent, 9.50 for 10.00 is no doubt, 9.49 is."""
    policy = OrderPolicy(price_tolerance_percent=Decimal(5))
    assert Desk(lines=tees(price="9.50"), policy=policy).check().doubts == ()
    assert len(Desk(lines=tees(price="9.49"), policy=policy).check().doubts) == 1


def test_corrected_content_needs_new_approvals() -> None:
    """O2: what was approved was another order."""
    desk = Desk()
    desk.check()
    desk.approve()
    desk.do("SALES", SupplyInformation(tees(12)))
    assert (desk.order.finance_approved_by, desk.order.approved_by) == (None, None)


def test_who_comes_second_is_shown_who_was_first() -> None:
    """O2: two supervisors at once; the second's refusal names the first."""
    desk = Desk()
    desk.check()
    desk.do("SALES_SUPERVISOR", Approve(), name="li")
    with pytest.raises(OrderRefused, match="li approved it on 2013-12-02"):
        desk.do("SALES_MANAGER", Approve())


def test_only_finance_approves_prices() -> None:
    """O2, P1: a salesperson may not approve what he sells."""
    desk = Desk()
    desk.check()
    with pytest.raises(NotAllowed, match="approve prices"):
        desk.do("SALES", FinanceApprove())
    with pytest.raises(NotAllowed, match="approve orders"):
        desk.do("SALES", Approve())


def test_an_order_from_stock_goes_from_approval_to_confirmation() -> None:
    """O3: what is not produced is not reviewed."""
    desk = Desk(articles=(replace(TEE, units_free=10),), fulfilment=OrderFulfilment.FROM_STOCK)
    desk.check()
    assert desk.approve().status == "AWAITING_CONFIRMATION"
