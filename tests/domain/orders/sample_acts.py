"""One well-formed act of each kind, by its name; what is refused is refused for the order."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

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
from domain.orders.transitions import BY_DEED

DAY = dt.date(2014, 3, 3)

_DEEDS: tuple[object, ...] = (
    intake.Acknowledge(),
    intake.Check(),
    corrections.SupplyInformation(lines=(Line(1, None, None, None),)),
    intake.ChooseOffer(1),
    prices.ReleaseDoubt(1, "yes"),
    prices.FinanceApprove(),
    prices.Approve(),
    reviews.OpenReview(),
    reviews.GiveOpinion("PRODUCTION", "FEASIBLE"),
    reviews.StateMaterials("all there"),
    reviews.SignMaterials("ENGINEERING"),
    reviews.FileDrawing("D", "fax"),
    reviews.AskExtension("INSISTS"),
    reviews.Decide("ACCEPTED", DAY),
    reviews.AgreeConditions(True, "fax"),
    confirmation.SendConfirmation(DAY),
    confirmation.SendBackConfirmation(),
    confirmation.ReturnConfirmation(True, True, True),
    confirmation.Confirm(),
    confirmation.SignProductionOrder("PRODUCTION"),
    confirmation.SignWorkOrder("PRODUCTION"),
    changes.RequestChange("ORDER_CHANGE", "why", "SALES", (LineChange(1, units=6),)),
    changes.AgreeChange("mail"),
    changes.SignChange("SALES_MANAGER"),
    changes.WithdrawChange(),
    gates.RecordGate("COST_SHEET", "SALES"),
    gates.ReleaseGate(),
    deposits.SignSpecial("SALES_MANAGER"),
    deposits.RecordDeposit(Decimal(30), "slip 1"),
    deposits.RecordStockIn(dt.date(2013, 11, 29)),
    deposits.RecordPickup(1, dt.date(2013, 11, 29)),
    deposits.SettleDeposit(),
    closing.Ship(),
    closing.Deliver(),
    closing.SignReceipt(),
    closing.Settle(),
    closing.OpenComplaint("torn"),
    closing.AnswerComplaint(1, "sorry"),
    closing.Close(),
    closing.Cancel("no longer wanted"),
)
SAMPLES: Mapping[str, object] = {BY_DEED[type(deed)].name: deed for deed in _DEEDS}
if set(SAMPLES) != {each.name for each in BY_DEED.values()}:
    raise LookupError("an act without a sample")
