"""One well-formed act of each kind, by its name; what is refused is refused for the order."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from domain.orders.commands import TRANSITIONS
from domain.orders.commands.approval import Approve, FinanceApprove, ReleaseDoubt
from domain.orders.commands.changes import AgreeChange, RequestChange, SignChange, WithdrawChange
from domain.orders.commands.confirmation import (
    Confirm,
    ReturnConfirmation,
    SendBackConfirmation,
    SendConfirmation,
)
from domain.orders.commands.decision import AgreeConditions, Decide
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
from domain.orders.commands.intake import Acknowledge, Check, ChooseOffer, SupplyInformation
from domain.orders.commands.production import (
    RecordGate,
    ReleaseGate,
    SignProductionOrder,
    SignWorkOrder,
)
from domain.orders.commands.review import (
    AskExtension,
    FileDrawing,
    GiveOpinion,
    OpenReview,
    SignMaterials,
    StateMaterials,
)
from domain.orders.facts import Line, LineChange
from domain.orders.transition import transition_of

DAY = dt.date(2014, 3, 3)

_DEEDS: tuple[object, ...] = (
    Acknowledge(),
    Check(),
    SupplyInformation(lines=(Line(1, None, None, None),)),
    ChooseOffer(1),
    ReleaseDoubt(1, "yes"),
    FinanceApprove(),
    Approve(),
    OpenReview(),
    GiveOpinion("PRODUCTION", "FEASIBLE"),
    StateMaterials("all there"),
    SignMaterials("ENGINEERING"),
    FileDrawing("D", "fax"),
    AskExtension("INSISTS"),
    Decide("ACCEPTED", DAY),
    AgreeConditions(True, "fax"),
    SendConfirmation(DAY),
    SendBackConfirmation(),
    ReturnConfirmation(True, True, True),
    Confirm(),
    SignProductionOrder("PRODUCTION"),
    SignWorkOrder("PRODUCTION"),
    RequestChange("why", "SALES", lines=(LineChange(1, units=6),)),
    AgreeChange("mail"),
    SignChange("SALES_MANAGER"),
    WithdrawChange(),
    RecordGate("COST_SHEET", "SALES"),
    ReleaseGate(),
    SignSpecial("SALES_MANAGER"),
    RecordDeposit(Decimal(30), "slip 1"),
    RecordStockIn(dt.date(2013, 11, 29)),
    RecordPickup(1, dt.date(2013, 11, 29)),
    SettleDeposit(),
    Ship(),
    Deliver(),
    SignReceipt(),
    Settle(),
    OpenComplaint("torn"),
    AnswerComplaint(1, "sorry"),
    Close(),
    Cancel("no longer wanted"),
)
SAMPLES: Mapping[str, object] = {transition_of(deed).name: deed for deed in _DEEDS}
if set(SAMPLES) != set(TRANSITIONS):
    raise LookupError("an act without a sample")
