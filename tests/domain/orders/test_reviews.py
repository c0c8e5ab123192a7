"""Reviews and change orders (O3, O4)."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from domain.errors import NotAllowed
from domain.orders.commands.approval import Approve, ReleaseDoubt
from domain.orders.commands.changes import AgreeChange, RequestChange, SignChange, WithdrawChange
from domain.orders.commands.confirmation import SendConfirmation
from domain.orders.commands.decision import AgreeConditions, Decide
from domain.orders.commands.fulfilment import Ship
from domain.orders.commands.intake import SupplyInformation
from domain.orders.commands.review import (
    AskExtension,
    FileDrawing,
    GiveOpinion,
    OpenReview,
    SignMaterials,
    StateMaterials,
)
from domain.orders.context import Goods
from domain.orders.entries import LineChange
from domain.orders.order import unapproved
from domain.orders.vocabularies import OrderChannel, OrderStatus, ReviewOutcome, ReviewVerdict
from tests.domain.orders.desk import DONE, WANTED, Desk, tees

CUSTOM = {"irregularities": ("CUSTOM_DESIGN",)}
LATER = dt.date(2014, 2, 20)


def non_regular() -> Desk:
    desk = Desk(**CUSTOM)
    desk.open_review()
    return desk


@pytest.mark.parametrize(
    ("order", "kind", "reviewers", "due"),
    [
        ({}, "REGULAR", ("PRODUCTION",), dt.date(2013, 12, 4)),
        (CUSTOM, "NON_REGULAR", ("ENGINEERING", "QUALITY", "PRODUCTION"), dt.date(2013, 12, 16)),
        (
            {**CUSTOM, "needs_logistics": True},
            "NON_REGULAR",
            ("ENGINEERING", "QUALITY", "PRODUCTION", "LOGISTICS"),
            dt.date(2013, 12, 16),
        ),
        ({"spare_part": True}, "SPARE_PART", ("PRODUCTION",), dt.date(2013, 12, 4)),
    ],
)
def test_who_reviews_and_by_when(
    order: dict[str, object], kind: str, reviewers: tuple[str, ...], due: dt.date
) -> None:
    """O3: 2 working days for a regular order, 10 for a new product; planning leads."""
    desk = Desk(**order)
    (review,) = desk.open_review().reviews
    assert (review.kind, review.required, review.due_on) == (kind, reviewers, due)
    assert review.lead == "PLANNING"


def test_the_ten_days_of_a_review_skip_new_year_and_count_make_up_days() -> None:
    """O3, P6: from Friday 24 January 2014 over Chinese New Year; Sunday 26 January and
    Saturday 8 February are worked, 31 January to 6 February are not."""
    desk = Desk(**CUSTOM, required_on=dt.date(2014, 4, 30))
    desk.today = dt.date(2014, 1, 24)
    (review,) = desk.open_review().reviews
    assert review.due_on == dt.date(2014, 2, 12)


def test_an_order_is_handed_over_for_review_only_when_approved() -> None:
    """O2: the sales supervisor or manager approves each order before hand-over."""
    desk = Desk()
    desk.check()
    assert desk.refused("PLANNING", OpenReview()) == ["NOT_APPROVED"]


def test_a_spoken_word_on_materials_does_not_count() -> None:
    """O3: written and signed by engineering and purchasing, or no acceptance."""
    desk = Desk()
    desk.open_review()
    desk.do("PRODUCTION", GiveOpinion("PRODUCTION", "FEASIBLE"))
    yes = Decide("ACCEPTED", production_promised_on=DONE)
    assert desk.refused("PLANNING", yes) == ["MATERIALS_UNSIGNED"]
    assert desk.refused("ENGINEERING", SignMaterials("ENGINEERING")) == ["STATEMENT_MISSING"]
    desk.do("PURCHASING", StateMaterials("Cotton is in stock."))
    desk.do("PURCHASING", SignMaterials("PURCHASING"))
    assert desk.refused("PLANNING", yes) == ["MATERIALS_UNSIGNED"]
    assert desk.refused("PURCHASING", SignMaterials("PURCHASING")) == ["SIGNED_ALREADY"]
    assert desk.refused("PURCHASING", SignMaterials("ENGINEERING")) == ["NOT_YOUR_ROLE"]
    assert desk.refused("QUALITY", SignMaterials("QUALITY")) == ["NOT_A_SIGNER"]
    assert desk.refused("PURCHASING", StateMaterials("No!")) == ["STATEMENT_SIGNED"]
    desk.do("ENGINEERING", SignMaterials("ENGINEERING"))
    assert desk.do("PLANNING", yes).status == OrderStatus.AWAITING_CONFIRMATION


def test_every_reviewer_speaks_before_the_decision() -> None:
    """O3: engineering, quality and production; each only for itself."""
    desk = non_regular()
    yes = Decide("ACCEPTED", production_promised_on=DONE)
    codes = desk.refused("GENERAL_MANAGER", yes)
    assert codes == ["OPINIONS_MISSING", "MATERIALS_UNSIGNED", "DRAWING_MISSING"]
    for_another = GiveOpinion("QUALITY", "FEASIBLE")
    assert desk.refused("PRODUCTION", for_another) == ["NOT_YOUR_ROLE"]
    unasked = GiveOpinion("LOGISTICS", "FEASIBLE")
    assert desk.refused("LOGISTICS", unasked) == ["NOT_A_REVIEWER"]
    assert desk.refused("QUALITY", GiveOpinion("QUALITY", "MAYBE")) == ["UNKNOWN_WORD"]


def test_a_non_regular_order_is_the_general_manager_s_with_a_confirmed_drawing() -> None:
    """O3: planning may not decide it; without the drawing nobody accepts it."""
    desk = non_regular()
    desk.hear_everybody()
    yes = Decide("ACCEPTED", production_promised_on=DONE)
    assert desk.refused("PLANNING", yes) == ["NOT_YOUR_DECISION"]
    assert desk.refused("GENERAL_MANAGER", yes) == ["DRAWING_MISSING"]
    assert desk.refused("ENGINEERING", FileDrawing("D-1", " ")) == ["PAPER_MISSING"]
    desk.do("ENGINEERING", FileDrawing("D-1", "letter of 3 December"))
    assert desk.do("GENERAL_MANAGER", yes).status == OrderStatus.AWAITING_CONFIRMATION


def test_a_regular_order_is_refused_only_by_the_leaders_after_asking_to_extend() -> None:
    """O3: planning cannot refuse; the general manager only when the customer insists."""
    desk = Desk()
    desk.open_review()
    desk.do("PRODUCTION", GiveOpinion("PRODUCTION", "NOT_FEASIBLE", "no machine free"))
    no = Decide("REJECTED")
    assert desk.refused("PLANNING", no) == ["NOT_YOUR_DECISION"]
    assert desk.refused("GENERAL_MANAGER", no) == ["EXTENSION_NOT_ASKED"]
    assert desk.refused("SALES", AskExtension("HUM")) == ["UNKNOWN_WORD"]
    desk.do("SALES", AskExtension("EXTENDS"))
    assert desk.refused("GENERAL_MANAGER", no) == ["EXTENSION_NOT_ASKED"]
    desk.do("SALES", AskExtension("INSISTS"))
    assert desk.do("DEPUTY_GM", no).status == OrderStatus.REJECTED
    assert desk.refused("SALES_MANAGER", Approve()) == ["WRONG_STATE"]


def test_an_opinion_against_it_makes_plain_acceptance_impossible() -> None:
    """O3: a department that says no is answered with a condition or a rejection."""
    desk = Desk()
    desk.open_review()
    desk.hear_everybody("CONDITIONAL")
    yes = Decide("ACCEPTED", production_promised_on=DONE)
    assert desk.refused("PLANNING", yes) == ["OPINION_AGAINST"]
    bare = Decide("ACCEPTED_WITH_CONDITIONS")
    assert desk.refused("PLANNING", bare) == ["CONDITIONS_MISSING"]


def test_a_date_after_the_wanted_one_is_a_condition() -> None:
    """O3: production's 20 February is after the 31 January wanted."""
    desk = Desk()
    desk.open_review()
    desk.hear_everybody()
    late = Decide("ACCEPTED", production_promised_on=LATER)
    assert desk.refused("PLANNING", late) == ["DATE_TOO_LATE"]
    assert desk.refused("PLANNING", Decide("ACCEPTED")) == ["DATE_MISSING"]
    past = Decide("ACCEPTED", production_promised_on=dt.date(2013, 12, 1))
    assert desk.refused("PLANNING", past) == ["DATE_PAST"]


def test_conditions_are_agreed_by_the_customer_in_writing() -> None:
    """O3: the new date of 20 February becomes what is wanted and promised."""
    desk = non_regular()
    desk.hear_everybody("CONDITIONAL")
    desk.do("ENGINEERING", FileDrawing("D-1", "letter of 3 December"))
    yes_but = Decide("ACCEPTED_WITH_CONDITIONS", new_date=LATER, solution="thinner cloth")
    assert desk.do("GENERAL_MANAGER", yes_but).status == "UNDER_REVIEW"
    spoken = AgreeConditions(agreed=True)
    assert desk.refused("SALES", spoken) == ["PAPER_MISSING"]
    desk.do("SALES", AgreeConditions(True, "fax of 5 December"))
    assert desk.order.status == OrderStatus.AWAITING_CONFIRMATION
    assert (desk.order.required_on, desk.order.production_promised_on) == (LATER, LATER)
    assert desk.refused("SALES", spoken) == ["NO_CONDITIONS"]


def test_a_customer_s_own_login_stands_for_the_paper() -> None:
    """O3 O4: what it says there is in writing, under its name; a no needs no paper."""
    desk = non_regular()
    desk.hear_everybody(ReviewVerdict.CONDITIONAL)
    desk.do("ENGINEERING", FileDrawing("D-1", "fax"))
    but = Decide(ReviewOutcome.ACCEPTED_WITH_CONDITIONS, solution="thinner cloth")
    desk.do("GENERAL_MANAGER", but)
    agreed = desk.do("CUSTOMER", AgreeConditions(True), name="n1")
    assert agreed.reviews[-1].agreement == "login n1"
    desk.change()
    changed = desk.do("CUSTOMER", AgreeChange(), name="n1")
    assert changed.changes[-1].agreement == "login n1"
    desk = non_regular()
    desk.hear_everybody(ReviewVerdict.CONDITIONAL)
    desk.do("ENGINEERING", FileDrawing("D-1", "fax"))
    desk.do("GENERAL_MANAGER", but)
    declined = desk.do("CUSTOMER", AgreeConditions(False), name="n1")
    assert declined.reviews[-1].agreement is None


def test_a_customer_that_does_not_agree_gets_another_look() -> None:
    """O3: back to the check, where it can be corrected and reviewed again."""
    desk = Desk()
    desk.open_review()
    desk.hear_everybody("CONDITIONAL")
    desk.do("PLANNING", Decide("ACCEPTED_WITH_CONDITIONS", new_date=LATER))
    assert desk.refused("PLANNING", OpenReview()) == ["WRONG_STATE"]
    assert desk.do("SALES", AgreeConditions(False)).status == OrderStatus.UNDER_CHECK
    assert desk.do("PLANNING", OpenReview()).reviews[-1].no == 2


def test_after_its_review_an_order_is_frozen() -> None:
    """O4: corrections are over; before the review there is nothing to change by a change order."""
    desk = Desk()
    desk.open_review()
    assert desk.refused("SALES", SupplyInformation(tees(12))) == ["WRONG_STATE"]
    desk.accept()
    assert desk.refused("SALES", SupplyInformation(tees(12))) == ["WRONG_STATE"]
    assert desk.refused("PLANNING", OpenReview()) == ["NO_CHANGE"]


def test_a_change_is_agreed_in_writing_reviewed_again_and_then_applied() -> None:
    """O4: 6 instead of 10 units cost 40.00 less; sales asked and bears a loss of 15.00."""
    desk = Desk()
    desk.confirm()
    (change,) = desk.change(loss=Decimal("15.00")).changes
    assert (change.cost_effect, change.loss, change.department) == (
        Decimal("-40.00"),
        Decimal("15.00"),
        "SALES",
    )
    assert desk.refused("PLANNING", OpenReview()) == ["CHANGE_NOT_AGREED"]
    assert desk.refused("SALES", AgreeChange(" ")) == ["PAPER_MISSING"]
    desk.do("SALES", AgreeChange("mail of 2 December"))
    assert desk.refused("SALES", AgreeChange("again")) == ["AGREED_ALREADY"]
    desk.do("PLANNING", OpenReview())
    assert desk.order.reviews[-1].required == ("ENGINEERING", "PRODUCTION")
    assert desk.refused("SALES", WithdrawChange()) == ["REVIEW_OPEN"]
    desk.hear_everybody()
    desk.do("PLANNING", Decide("ACCEPTED"))
    assert desk.order.status == OrderStatus.CONFIRMED
    assert (desk.order.total, desk.order.changes[-1].state) == (Decimal("60.00"), "APPLIED")
    # Another price than finance had approved: it approves again before production.
    assert desk.order.finance_approved_by is None


def test_a_change_shows_and_moves_the_dates() -> None:
    """O4: wanted 20 days later; production's date moves from 20 January to 9 February, and the
    customer's promised day with it."""
    desk = Desk()
    desk.confirm()
    (change,) = desk.change(lines=(), required_on=LATER).changes
    assert (change.days_effect, change.cost_effect) == (20, Decimal("0.00"))
    desk.do("SALES", AgreeChange("mail"))
    desk.do("PLANNING", OpenReview())
    desk.hear_everybody()
    moved = dt.date(2014, 2, 9)
    desk.do("PLANNING", Decide("ACCEPTED", production_promised_on=moved))
    assert (desk.order.required_on, desk.order.promised_on) == (LATER, moved)
    assert desk.order.finance_approved_by == "finance"


def test_a_change_before_the_confirmation_makes_it_go_out_again() -> None:
    """O4, O5: what was sent is void, and so are the approvals of another amount."""
    desk = Desk()
    desk.open_review()
    desk.accept()
    desk.do("ORDER_CLERK", SendConfirmation(DONE))
    desk.change()
    desk.do("SALES", AgreeChange("mail"))
    desk.do("PLANNING", OpenReview())
    desk.hear_everybody()
    desk.do("PLANNING", Decide("ACCEPTED"))
    assert desk.order.confirmation_sent_on is None
    assert desk.refused("ORDER_CLERK", SendConfirmation(DONE)) == [
        "FINANCE_NOT_APPROVED",
        "NOT_APPROVED",
    ]


def test_a_change_is_rejected_or_withdrawn_and_the_order_stays() -> None:
    """O4: 100.00 before and after."""
    desk = Desk()
    desk.confirm()
    desk.change()
    assert desk.refused("SALES", RequestChange("x", "SALES")) == ["CHANGE_OPEN"]
    desk.do("SALES", WithdrawChange())
    desk.change()
    desk.do("SALES", AgreeChange("mail"))
    desk.do("PLANNING", OpenReview())
    for role in ("ENGINEERING", "PRODUCTION"):
        desk.do(role, GiveOpinion(role, "NOT_FEASIBLE"))
    desk.do("PLANNING", Decide("REJECTED"))
    assert [change.state for change in desk.order.changes] == ["WITHDRAWN", "REJECTED"]
    assert (desk.order.status, desk.order.total) == (OrderStatus.CONFIRMED, Decimal("100.00"))


def test_units_given_out_cannot_be_changed_away() -> None:
    """O4: 7 are given and being picked; 6 are refused, and so is nothing at all."""
    desk = Desk()
    desk.confirm()
    desk.goods = {1: Goods(held=7)}
    six = RequestChange("x", "SALES", lines=(LineChange(1, units=6),))
    assert desk.refused("SALES", six) == ["UNITS_GIVEN_OUT"]
    desk.goods = {}
    none = RequestChange("x", "SALES", lines=(LineChange(1, units=0),))
    assert desk.refused("SALES", none) == ["NOTHING_LEFT"]
    nowhere = RequestChange("x", "SALES", lines=(LineChange(9),))
    assert desk.refused("SALES", nowhere) == ["NO_SUCH_LINE"]
    nameless = RequestChange("x", "NOBODY", required_on=WANTED)
    assert desk.refused("SALES", nameless) == ["UNKNOWN_WORD"]


def test_a_configuration_changes_only_by_a_request_that_both_managers_signed() -> None:
    """O4: a specification is no matter of an ordinary change."""
    desk = Desk()
    desk.confirm()
    red = (LineChange(1, specification="red collar"),)
    plain = RequestChange("fashion", "SALES", lines=red)
    assert desk.refused("SALES", plain) == ["CONFIGURATION_REQUEST_NEEDED"]
    desk.change(kind="CONFIGURATION", lines=red)
    desk.do("SALES", AgreeChange("mail"))
    assert desk.refused("PLANNING", OpenReview()) == ["CHANGE_UNSIGNED"]
    for role in ("SALES_MANAGER", "DEPUTY_GM"):
        desk.do(role, SignChange(role))
    desk.do("PLANNING", OpenReview())
    desk.hear_everybody()
    desk.do("PLANNING", Decide("ACCEPTED"))
    assert desk.order.lines[0].specification == "red collar"
    desk.change()
    assert desk.refused("SALES_MANAGER", SignChange("SALES_MANAGER")) == ["NOT_A_CONFIGURATION"]


def test_conditions_of_a_change_wait_for_the_customer_too() -> None:
    """O4: not agreed, the change is rejected; agreed, it is applied with its new date."""
    desk = Desk()
    desk.confirm()
    for agreed, state in ((False, "REJECTED"), (True, "APPLIED")):
        desk.change()
        desk.do("SALES", AgreeChange("mail"))
        desk.do("PLANNING", OpenReview())
        desk.hear_everybody("CONDITIONAL")
        desk.do("PLANNING", Decide("ACCEPTED_WITH_CONDITIONS", new_date=LATER))
        desk.do("SALES", AgreeConditions(agreed, "fax" if agreed else None))
        assert desk.order.changes[-1].state == state
    assert desk.order.production_promised_on == LATER


def test_only_those_asked_take_part() -> None:
    """P1: finance has no word in a review."""
    desk = Desk()
    desk.open_review()
    with pytest.raises(NotAllowed):
        desk.do("FINANCE", GiveOpinion("PRODUCTION", "FEASIBLE"))


def accept_change(desk: Desk, **decided: object) -> None:
    desk.do("SALES", AgreeChange("mail"))
    for doubt in desk.order.doubts_open_of(desk.order.changes[-1].no):
        desk.do("SALES_MANAGER", ReleaseDoubt(doubt.no, "agreed"))
    desk.do("PLANNING", OpenReview())
    desk.hear_everybody()
    desk.do("PLANNING", Decide("ACCEPTED", **decided))


@pytest.mark.parametrize("days", [-11, 20])
def test_the_promise_moves_only_with_production_s_written_date(days: int) -> None:
    """O4 O10: the customer wants it earlier or later; production's 20 January stands, and so does
    the promise."""
    desk = Desk()
    desk.confirm()
    desk.change(lines=(), required_on=WANTED + dt.timedelta(days=days))
    accept_change(desk)
    assert (desk.order.production_promised_on, desk.order.promised_on) == (DONE, DONE)
    assert desk.order.changes[-1].days_effect == 0


def test_an_earlier_wish_needs_an_earlier_date_of_production() -> None:
    """O3 O10: wanted on 10 January, production's 20 January stands: that is no acceptance."""
    desk = Desk()
    desk.confirm()
    early = dt.date(2014, 1, 10)
    desk.change(lines=(), required_on=early)
    desk.do("SALES", AgreeChange("mail"))
    desk.do("PLANNING", OpenReview())
    desk.hear_everybody()
    assert desk.refused("PLANNING", Decide("ACCEPTED")) == ["DATE_TOO_LATE"]
    desk.do("PLANNING", Decide("ACCEPTED", production_promised_on=early))
    assert (desk.order.production_promised_on, desk.order.promised_on) == (early, early)


def test_the_promise_keeps_its_distance_from_production_and_is_never_before_it() -> None:
    """O10: 5 days more than production's date, the customer keeps them; an order that had no
    date of production is promised for the new one at the earliest."""
    desk = Desk()
    desk.confirm()
    desk.order = replace(desk.order, promised_on=DONE + dt.timedelta(days=5))
    later = DONE + dt.timedelta(days=3)
    desk.change(lines=(), required_on=LATER)
    accept_change(desk, production_promised_on=later)
    assert (desk.order.promised_on, desk.order.changes[-1].days_effect) == (
        DONE + dt.timedelta(days=8),
        3,
    )
    bare = Desk()
    bare.confirm()
    bare.order = replace(bare.order, production_promised_on=None)
    bare.change(lines=(), required_on=LATER)
    accept_change(bare, production_promised_on=later)
    assert bare.order.promised_on == later


def test_a_change_of_price_voids_what_finance_approved_and_the_goods_wait() -> None:
    """O2 O4: 5 at 20.00 cost as much as 10 at 10.00, and are approved again before they leave."""
    desk = Desk()
    desk.confirm()
    desk.change(lines=(LineChange(1, units=5, unit_price=Decimal(20)),))
    accept_change(desk)
    desk.goods = {1: Goods(shipped=5)}
    assert desk.refused("WAREHOUSE", Ship()) == ["FINANCE_NOT_APPROVED", "NOT_APPROVED"]
    desk.approve()
    desk.do("WAREHOUSE", Ship())


def test_an_order_taken_over_was_approved_elsewhere_until_it_is_changed() -> None:
    """O2: an import brings no approvals; a changed price needs ours."""
    desk = Desk()
    desk.confirm()
    desk.order = replace(unapproved(desk.order), channel=OrderChannel.TAKEN_OVER)
    desk.ship()
    desk.order = replace(desk.order, status=OrderStatus.CONFIRMED)
    desk.goods = {}
    desk.do("SALES_SUPERVISOR", Approve())
    desk.change(lines=(LineChange(1, unit_price=Decimal(20)),))
    accept_change(desk)
    desk.goods = {1: Goods(shipped=10)}
    assert desk.refused("WAREHOUSE", Ship()) == ["FINANCE_NOT_APPROVED", "NOT_APPROVED"]


def test_what_has_left_keeps_its_price() -> None:
    """F1 O4: 3 units were debited at 10.00 each."""
    desk = Desk()
    desk.confirm()
    desk.goods = {1: Goods(shipped=3)}
    dearer = LineChange(1, unit_price=Decimal(11))
    ask = RequestChange("x", "SALES", lines=(dearer,))
    assert desk.refused("SALES", ask) == ["UNITS_SHIPPED"]
