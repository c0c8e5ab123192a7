"""Random commands on an order, sensible and senseless ones alike, for property tests."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from hypothesis import strategies as st

from domain.orders.commands import TRANSITIONS
from domain.orders.commands.approval import ReleaseDoubt
from domain.orders.commands.changes import (
    AgreeChange,
    NewLine,
    RequestChange,
    SignChange,
)
from domain.orders.commands.confirmation import (
    ReturnConfirmation,
    SendBackConfirmation,
    SendConfirmation,
)
from domain.orders.commands.decision import AgreeConditions, Decide
from domain.orders.commands.deposits import (
    RecordDeposit,
    RecordPickup,
    RecordStockIn,
    SignSpecial,
)
from domain.orders.commands.fulfilment import (
    AnswerComplaint,
    Cancel,
    OpenComplaint,
)
from domain.orders.commands.intake import Check, ChooseOffer, SupplyInformation
from domain.orders.commands.production import (
    RecordGate,
    SignProductionOrder,
    SignWorkOrder,
)
from domain.orders.commands.review import (
    AskExtension,
    FileDrawing,
    GiveOpinion,
    SignMaterials,
    StateMaterials,
)
from domain.orders.entries import Line, LineChange
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
from tests.domain.orders.sample_commands import made

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
    st.builds(NewLine, skus, st.sampled_from([0, 4]), st.none() | money), max_size=1
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


def commands(articles: Mapping[str, Article]) -> st.SearchStrategy[object]:
    """Any command with any input."""
    tuned: dict[type, st.SearchStrategy[object]] = {
        Check: st.just(Check(articles)),
        SupplyInformation: st.builds(
            SupplyInformation,
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
        ChooseOffer: st.builds(ChooseOffer, numbers),
        ReleaseDoubt: st.builds(ReleaseDoubt, numbers, words, st.booleans()),
        GiveOpinion: st.builds(
            GiveOpinion,
            st.sampled_from(["PRODUCTION", "ENGINEERING", "QUALITY", "LOGISTICS"]),
            st.sampled_from(["FEASIBLE", "FEASIBLE", *ReviewVerdict]),
        ),
        StateMaterials: st.builds(StateMaterials, words),
        SignMaterials: st.builds(SignMaterials, st.sampled_from(["ENGINEERING", "PURCHASING"])),
        FileDrawing: st.builds(FileDrawing, words, words),
        AskExtension: st.builds(AskExtension, st.sampled_from(["EXTENDS", "INSISTS"])),
        Decide: st.builds(
            Decide,
            st.sampled_from(ReviewOutcome),
            maybe_dates,
            maybe_dates,
            st.none() | words,
        ),
        AgreeConditions: st.builds(AgreeConditions, st.booleans(), words),
        SendConfirmation: st.builds(SendConfirmation, dates),
        SendBackConfirmation: st.builds(SendBackConfirmation, words),
        ReturnConfirmation: st.builds(
            ReturnConfirmation, st.booleans(), st.just(True), st.just(True)
        ),
        SignProductionOrder: st.builds(SignProductionOrder, roles),
        SignWorkOrder: st.builds(SignWorkOrder, roles),
        RequestChange: st.builds(
            RequestChange,
            words,
            roles,
            st.sampled_from(ChangeKind),
            line_changes,
            new_lines,
            maybe_dates,
            loss=money,
            delivery_address=st.none() | words,
            payment_terms=terms,
            currency=currencies,
            min_ship_value=st.none() | money,
            articles=st.just(articles),
        ),
        AgreeChange: st.builds(AgreeChange, words),
        SignChange: st.builds(SignChange, st.sampled_from(["SALES_MANAGER", "DEPUTY_GM"])),
        RecordGate: st.builds(RecordGate, st.sampled_from(GateItem), roles, money),
        SignSpecial: st.builds(SignSpecial, st.sampled_from(["SALES_MANAGER", "DEPUTY_GM"])),
        RecordDeposit: st.builds(RecordDeposit, money, words),
        RecordStockIn: st.builds(RecordStockIn, dates),
        RecordPickup: st.builds(RecordPickup, st.sampled_from([1, 4, 10]), dates),
        OpenComplaint: st.builds(OpenComplaint, words),
        AnswerComplaint: st.builds(AnswerComplaint, numbers, words),
        Cancel: st.builds(Cancel, words),
    }
    plain = {row.kind: st.just(made(row.kind)) for row in TRANSITIONS.values()}
    return st.one_of(*(plain | tuned).values())


def tried(desk: Desk) -> Mapping[type, list[object]]:
    """For each command every input that could matter to this order: numbers, roles, days, words."""
    order, today = desk.order, desk.today
    days = [today, *(each.on for each in order.pickups), WANTED, WANTED + dt.timedelta(days=90)]
    numbered = range(1, 1 + max(len(order.offers), len(order.doubts), len(order.complaints), 1))
    by_role = (
        SignMaterials,
        SignProductionOrder,
        SignWorkOrder,
        SignChange,
        SignSpecial,
    )
    return {
        **{row.kind: [made(row.kind)] for row in TRANSITIONS.values()},
        Check: [Check(desk.articles)],
        SupplyInformation: [SupplyInformation(required_on=WANTED)],
        ChooseOffer: [ChooseOffer(no) for no in numbered],
        ReleaseDoubt: [ReleaseDoubt(no, "yes") for no in numbered],
        GiveOpinion: [GiveOpinion(role, ReviewVerdict.FEASIBLE) for role in Role],
        AskExtension: [AskExtension("EXTENDS")],
        Decide: [
            Decide(outcome, promised, new, solution)
            for outcome in ReviewOutcome
            for promised in (None, *days)
            for new, solution in ((None, None), (None, "yes"), (WANTED, None), (today, None))
        ],
        AgreeConditions: [AgreeConditions(each, "yes") for each in (True, False)],
        SendConfirmation: [SendConfirmation(day) for day in days],
        RequestChange: [
            RequestChange("yes", department, required_on=WANTED)
            # A customer's own login names no department.
            for department in ("SALES", None)
        ],
        AgreeChange: [AgreeChange("yes")],
        RecordGate: [
            RecordGate(item, role, order.total, "yes") for item in GateItem for role in Role
        ],
        RecordDeposit: [RecordDeposit(Decimal("1.00"), "slip")],
        RecordStockIn: [RecordStockIn(day) for day in days],
        RecordPickup: [RecordPickup(units, day) for units in (0, 1, 4, 10) for day in days],
        AnswerComplaint: [AnswerComplaint(no, "yes") for no in numbered],
        **{each: [each(role) for role in Role] for each in by_role},
    }
