"""One well-formed command of each kind, by its name; what is refused is refused for the order."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import MISSING, fields
from decimal import Decimal
from typing import get_type_hints

from domain.orders.commands import TRANSITIONS
from domain.orders.commands.changes import AgreeChange, RequestChange, SignChange
from domain.orders.commands.decision import AgreeConditions, Decide
from domain.orders.commands.deposits import RecordDeposit, RecordPickup, RecordStockIn, SignSpecial
from domain.orders.commands.intake import SupplyInformation
from domain.orders.commands.production import RecordGate, SignProductionOrder, SignWorkOrder
from domain.orders.commands.review import AskExtension, GiveOpinion, SignMaterials
from domain.orders.entries import Line, LineChange
from domain.orders.transition import OrderCommand
from domain.vocabulary import Vocabulary

DAY = dt.date(2014, 3, 3)
BEFORE = dt.date(2013, 11, 29)

_PLAIN = {str: "yes", int: 1, bool: True, Decimal: Decimal(30), dt.date: DAY}


def made(kind: type[OrderCommand]) -> OrderCommand:
    """A command of this kind with what it must have, made from the types of its fields."""
    hints, given = get_type_hints(kind), {}
    for field in fields(kind):  # type: ignore[arg-type]  # every command is a data class
        if field.default is MISSING and field.default_factory is MISSING:
            of = hints[field.name]
            is_word = isinstance(of, type) and issubclass(of, Vocabulary)
            given[field.name] = next(iter(of)) if is_word else _PLAIN[of]
    return kind(**given)


# Where the first word or any day would not do.
_CHOSEN: tuple[OrderCommand, ...] = (
    SupplyInformation(lines=(Line(1, None, None, None),)),
    GiveOpinion("PRODUCTION", "FEASIBLE"),
    SignMaterials("ENGINEERING"),
    AskExtension("INSISTS"),
    Decide("ACCEPTED", DAY),
    AgreeConditions(True, "fax"),
    SignProductionOrder("PRODUCTION"),
    SignWorkOrder("PRODUCTION"),
    RequestChange("why", "SALES", lines=(LineChange(1, units=6),)),
    AgreeChange("mail"),
    SignChange("SALES_MANAGER"),
    RecordGate("COST_SHEET", "SALES"),
    SignSpecial("SALES_MANAGER"),
    RecordDeposit(Decimal(30), "slip 1"),
    RecordStockIn(BEFORE),
    RecordPickup(1, BEFORE),
)
_BY_KIND = {type(each): each for each in _CHOSEN}
SAMPLES: Mapping[str, OrderCommand] = {
    row.name: _BY_KIND.get(row.kind) or made(row.kind) for row in TRANSITIONS.values()
}
