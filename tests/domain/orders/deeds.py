"""Random acts on an order, sensible and senseless ones alike, for property tests."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from hypothesis import strategies as st

from domain.orders import (
    changes,
    closing,
    confirmation,
    corrections,
    deposits,
    gates,
    intake,
    prices,
    reviews,
)
from domain.orders.facts import Line, LineChange
from domain.orders.intake import CHANNELS
from domain.orders.prices import Article
from domain.orders.vocabularies import (
    ChangeKind,
    GateItem,
    Irregularity,
    OrderFulfilment,
    ReviewOutcome,
    ReviewVerdict,
)
from domain.roles import Role
from domain.unchanged import UNCHANGED
from tests.domain.orders.desk import MONDAY, WANTED, Desk

roles = st.sampled_from(sorted(Role))
numbers = st.integers(1, 3)
words = st.sampled_from(["", "yes", "because"])
money = st.sampled_from([Decimal("0.00"), Decimal("10.00"), Decimal("30.00"), Decimal("100.00")])
dates = st.integers(-3, 90).map(lambda days: MONDAY + dt.timedelta(days=days))
maybe_dates = st.none() | dates
line = st.builds(
    Line,
    numbers,
    st.sampled_from([None, "TEE-40", "TEE-40", "TEA"]),
    st.sampled_from([None, 4, 10, 10]),
    st.sampled_from([None, Decimal(8), Decimal(10), Decimal(10)]),
)
lines = st.lists(line, min_size=1, max_size=2, unique_by=lambda each: each.no).map(tuple)
skus = st.sampled_from(["TEE-40", "TEE-42", "TEA"])
line_changes = st.lists(
    st.builds(
        LineChange,
        numbers,
        st.sampled_from([None, 0, 4, 20]),
        st.none() | money,
        sku=st.none() | skus,
        drop=st.sampled_from([False, False, True]),
    ),
    max_size=2,
).map(tuple)
new_lines = st.lists(
    st.builds(changes.NewLine, skus, st.sampled_from([0, 4]), st.none() | money), max_size=1
).map(tuple)
currencies = st.sampled_from([None, None, "CNY", "USD", "usd"])
terms = st.sampled_from([None, None, "MONTHLY", "LC", "BARTER"])

placed = st.fixed_dictionaries(
    {},
    optional={
        "lines": lines,
        "channel": st.sampled_from(CHANNELS),
        "fulfilment": st.sampled_from(OrderFulfilment),
        "special": st.booleans(),
        "spare_part": st.booleans(),
        "needs_logistics": st.booleans(),
        "irregularities": st.lists(st.sampled_from(Irregularity), unique=True).map(tuple),
        # Orders wanted before they are placed are no orders.
        "required_on": st.none() | dates.filter(lambda day: day >= MONDAY),
        "stated_total": st.none() | money,
    },
)


def acts(articles: Mapping[str, Article]) -> st.SearchStrategy[object]:
    """Any act with any input."""
    return st.one_of(
        st.just(intake.Acknowledge()),
        st.just(intake.Check(articles)),
        st.builds(
            corrections.SupplyInformation,
            st.none() | lines,
            st.just(UNCHANGED) | maybe_dates,
            fulfilment=st.none() | st.sampled_from(OrderFulfilment),
            special=st.none() | st.booleans(),
            irregularities=st.sampled_from([None, (), ("CUSTOM_DESIGN",), ("MOOD",)]),
            payment_terms=terms,
            currency=currencies,
            min_ship_value=st.none() | money,
            customer_po=st.sampled_from([UNCHANGED, None, "PO 1"]),
            articles=st.just(articles),
        ),
        st.builds(intake.ChooseOffer, numbers),
        st.builds(prices.ReleaseDoubt, numbers, words, st.booleans()),
        st.just(prices.FinanceApprove()),
        st.just(prices.Approve()),
        st.just(reviews.OpenReview()),
        st.builds(
            reviews.GiveOpinion,
            st.sampled_from(["PRODUCTION", "ENGINEERING", "QUALITY", "LOGISTICS"]),
            st.sampled_from(["FEASIBLE", "FEASIBLE", *ReviewVerdict]),
        ),
        st.builds(reviews.StateMaterials, words),
        st.builds(reviews.SignMaterials, st.sampled_from(["ENGINEERING", "PURCHASING"])),
        st.builds(reviews.FileDrawing, words, words),
        st.builds(reviews.AskExtension, st.sampled_from(["EXTENDS", "INSISTS"])),
        st.builds(
            reviews.Decide,
            st.sampled_from(ReviewOutcome),
            maybe_dates,
            maybe_dates,
            st.none() | words,
        ),
        st.builds(reviews.AgreeConditions, st.booleans(), words),
        st.builds(confirmation.SendConfirmation, dates),
        st.builds(confirmation.SendBackConfirmation, words),
        st.builds(confirmation.ReturnConfirmation, st.booleans(), st.just(True), st.just(True)),
        st.just(confirmation.Confirm()),
        st.builds(confirmation.SignProductionOrder, roles),
        st.builds(confirmation.SignWorkOrder, roles),
        st.builds(
            changes.RequestChange,
            st.sampled_from(ChangeKind),
            words,
            roles,
            line_changes,
            maybe_dates,
            money,
            new_lines,
            delivery_address=st.none() | words,
            payment_terms=terms,
            currency=currencies,
            min_ship_value=st.none() | money,
            articles=st.just(articles),
        ),
        st.builds(changes.AgreeChange, words),
        st.builds(changes.SignChange, st.sampled_from(["SALES_MANAGER", "DEPUTY_GM"])),
        st.just(changes.WithdrawChange()),
        st.builds(gates.RecordGate, st.sampled_from(GateItem), roles, money),
        st.just(gates.ReleaseGate()),
        st.builds(deposits.SignSpecial, st.sampled_from(["SALES_MANAGER", "DEPUTY_GM"])),
        st.builds(deposits.RecordDeposit, money, words),
        st.builds(deposits.RecordStockIn, dates),
        st.builds(deposits.RecordPickup, st.sampled_from([1, 4, 10]), dates),
        st.just(deposits.SettleDeposit()),
        st.just(closing.Ship()),
        st.just(closing.Deliver()),
        st.just(closing.SignReceipt()),
        st.just(closing.Settle()),
        st.builds(closing.OpenComplaint, words),
        st.builds(closing.AnswerComplaint, numbers, words),
        st.just(closing.Close()),
        st.builds(closing.Cancel, words),
    )


def tried(desk: Desk) -> Mapping[type, list[object]]:
    """For each act every input that could matter to this order: numbers, roles, days, words."""
    order, today = desk.order, desk.today
    days = [today, *(each.on for each in order.pickups), WANTED, WANTED + dt.timedelta(days=90)]
    numbered = range(1, 1 + max(len(order.offers), len(order.doubts), len(order.complaints), 1))
    by_role = (
        reviews.SignMaterials,
        confirmation.SignProductionOrder,
        confirmation.SignWorkOrder,
        changes.SignChange,
        deposits.SignSpecial,
    )
    return {
        intake.Acknowledge: [intake.Acknowledge()],
        intake.Check: [intake.Check(desk.articles)],
        corrections.SupplyInformation: [corrections.SupplyInformation(required_on=WANTED)],
        intake.ChooseOffer: [intake.ChooseOffer(no) for no in numbered],
        prices.ReleaseDoubt: [prices.ReleaseDoubt(no, "yes") for no in numbered],
        prices.FinanceApprove: [prices.FinanceApprove()],
        prices.Approve: [prices.Approve()],
        reviews.OpenReview: [reviews.OpenReview()],
        reviews.GiveOpinion: [reviews.GiveOpinion(role, ReviewVerdict.FEASIBLE) for role in Role],
        reviews.StateMaterials: [reviews.StateMaterials("yes")],
        reviews.FileDrawing: [reviews.FileDrawing("D", "yes")],
        reviews.AskExtension: [reviews.AskExtension("EXTENDS")],
        reviews.Decide: [
            reviews.Decide(outcome, promised, new, solution)
            for outcome in ReviewOutcome
            for promised in (None, *days)
            for new, solution in ((None, None), (None, "yes"), (WANTED, None), (today, None))
        ],
        reviews.AgreeConditions: [reviews.AgreeConditions(each, "yes") for each in (True, False)],
        confirmation.SendConfirmation: [confirmation.SendConfirmation(day) for day in days],
        confirmation.SendBackConfirmation: [confirmation.SendBackConfirmation()],
        confirmation.ReturnConfirmation: [confirmation.ReturnConfirmation(True, True, True)],
        confirmation.Confirm: [confirmation.Confirm()],
        changes.RequestChange: [
            changes.RequestChange(ChangeKind.ORDER_CHANGE, "yes", department, (), WANTED)
            # A customer's own login names no department.
            for department in ("SALES", None)
        ],
        changes.AgreeChange: [changes.AgreeChange("yes")],
        changes.WithdrawChange: [changes.WithdrawChange()],
        gates.RecordGate: [
            gates.RecordGate(item, role, order.total, "yes") for item in GateItem for role in Role
        ],
        gates.ReleaseGate: [gates.ReleaseGate()],
        deposits.RecordDeposit: [deposits.RecordDeposit(Decimal("1.00"), "slip")],
        deposits.RecordStockIn: [deposits.RecordStockIn(day) for day in days],
        deposits.RecordPickup: [
            deposits.RecordPickup(units, day) for units in (0, 1, 4, 10) for day in days
        ],
        deposits.SettleDeposit: [deposits.SettleDeposit()],
        closing.Ship: [closing.Ship()],
        closing.Deliver: [closing.Deliver()],
        closing.SignReceipt: [closing.SignReceipt()],
        closing.Settle: [closing.Settle()],
        closing.OpenComplaint: [closing.OpenComplaint("yes")],
        closing.AnswerComplaint: [closing.AnswerComplaint(no, "yes") for no in numbered],
        closing.Close: [closing.Close()],
        closing.Cancel: [closing.Cancel("yes")],
        **{each: [each(role) for role in Role] for each in by_role},
    }
