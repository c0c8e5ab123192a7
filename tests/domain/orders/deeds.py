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
from domain.orders.facts import CHANNELS, FULFILMENTS, IRREGULARITIES, Line, LineChange
from domain.orders.prices import Article
from domain.roles import Role
from tests.domain.orders.desk import MONDAY

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
        "fulfilment": st.sampled_from(FULFILMENTS),
        "special": st.booleans(),
        "spare_part": st.booleans(),
        "needs_logistics": st.booleans(),
        "irregularities": st.lists(st.sampled_from(IRREGULARITIES), unique=True).map(tuple),
        "required_on": maybe_dates,
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
            maybe_dates,
            fulfilment=st.none() | st.sampled_from(FULFILMENTS),
            special=st.none() | st.booleans(),
            irregularities=st.sampled_from([None, (), ("CUSTOM_DESIGN",), ("MOOD",)]),
            payment_terms=terms,
            currency=currencies,
            min_ship_value=st.none() | money,
            cleared=st.sampled_from([(), ("required_on",), ("lines",)]),
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
            st.sampled_from(["FEASIBLE", "FEASIBLE", *reviews.VERDICTS]),
        ),
        st.builds(reviews.StateMaterials, words),
        st.builds(reviews.SignMaterials, st.sampled_from(["ENGINEERING", "PURCHASING"])),
        st.builds(reviews.FileDrawing, words, words),
        st.builds(reviews.AskExtension, st.sampled_from(["EXTENDS", "INSISTS"])),
        st.builds(
            reviews.Decide,
            st.sampled_from(reviews.OUTCOMES),
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
            st.sampled_from(changes.CHANGE_KINDS),
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
        st.builds(gates.RecordGate, st.sampled_from(gates.GATE_ITEMS), roles, money),
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
