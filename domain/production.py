"""Material purchases, production stages and inspections of an order (O11, O12)."""

import datetime as dt
from decimal import ROUND_HALF_EVEN, Decimal

from domain.commands import changing, command, described
from domain.errors import InvalidInput, WrongState
from domain.limits import CODE, MOST_MONEY, NAME, UNIT, Range, Text
from domain.messages import msg
from domain.orders.vocabularies import OrderFulfilment
from domain.roles import Action
from domain.unchanged import UNCHANGED, Unchanged
from domain.vocabulary import Vocabulary, word


class StageState(Vocabulary):
    """Where a stage of production stands."""

    RUNNING = word("Running", "进行中", "Under way.")
    EXCEPTION = word("Exception", "生产异常", "Something is in the way.")
    DONE = word("Done", "已完成")


class InspectionKind(Vocabulary):
    """Who inspects."""

    OWN = word("Our own inspector", "本公司验货")
    CUSTOMER = word("The customer's inspector", "客户验货", "The customer, or a person of theirs.")
    THIRD_PARTY = word("A third party", "第三方验货", "A third party; booked two weeks ahead.")


class InspectionResult(Vocabulary):
    """What came out of an inspection."""

    BOOKED = word("Booked", "已预约", "Still to be held.")
    PASSED = word("Passed", "合格")
    FAILED = word("Failed", "不合格", "Failed; corrected the same day.")
    CANCELLED = word("Cancelled", "已取消", "Called off.")


_RATE = Decimal("0.0001")


def check_released(
    order: str, fulfilment: str, gate_released_on: dt.date | None, work_started_on: dt.date | None
) -> None:
    """What is made to order is made once its gate is released and its work order signed (O5, O6).

    Raises WrongState. Goods from stock have neither; an order that an import brought had them
    elsewhere, and is not asked about.
    """
    if fulfilment != OrderFulfilment.MADE_TO_ORDER:
        return
    if gate_released_on is None:
        raise WrongState(msg("production.NOT_RELEASED", order=order))
    if work_started_on is None:
        raise WrongState(msg("production.NOT_SIGNED", order=order))


def defect_rate(delivered: int, defective: int) -> Decimal | None:
    """Defective units of those delivered; empty, not an error, when nothing was (O11)."""
    if delivered == 0:
        return None
    return (Decimal(defective) / delivered).quantize(_RATE, ROUND_HALF_EVEN)


def stage_days_late(
    planned_on: dt.date | None, completed_on: dt.date | None, today: dt.date
) -> int | None:
    """Days a stage is or was late; 0 while it is in time, None where no day is planned."""
    if planned_on is None:
        return None
    return max(0, ((completed_on or today) - planned_on).days)


def countdown(
    planned_on: dt.date | None, completed_on: dt.date | None, today: dt.date
) -> int | None:
    """Days left to the planned day, negative when it has passed; None when done or unplanned."""
    if planned_on is None or completed_on is not None:
        return None
    return (planned_on - today).days


def stage_state(exception: str | None, completed_on: dt.date | None) -> StageState:
    """Whether a stage runs, has an exception, or is done."""
    if completed_on is not None:
        return StageState.DONE
    return StageState.RUNNING if exception is None else StageState.EXCEPTION


def check_units(
    planned: int | None, delivered: int, defective: int, *, already: tuple[int, int]
) -> None:
    """What a report adds can be: nothing negative, no more defective than delivered in all."""
    total_delivered, total_defective = already[0] + delivered, already[1] + defective
    if total_delivered < 0 or total_defective < 0:
        raise InvalidInput(msg("production.CORRECTION_TOO_LARGE"), field="unitsDelivered")
    if total_defective > total_delivered:
        raise InvalidInput(
            msg("production.MORE_DEFECTIVE", defective=total_defective, delivered=total_delivered),
            field="unitsDefective",
        )
    if planned is not None and planned < 1:
        raise InvalidInput(msg("production.STAGE_OF_ONE"), field="unitsPlanned")


def check_booking(
    kind: InspectionKind, planned_on: dt.date, today: dt.date, days_ahead: int, reason: str | None
) -> None:
    """Inspections are booked a week ahead, a third party's two; later needs a reason (O12)."""
    if planned_on < today:
        raise InvalidInput(msg("production.PLANNED_PAST", planned_on=planned_on), field="plannedOn")
    if (planned_on - today).days < days_ahead and not (reason or "").strip():
        earliest = today + dt.timedelta(days=days_ahead)
        raise InvalidInput(
            msg("production.BOOKED_AHEAD", kind=kind, days=days_ahead, earliest=earliest),
            field="plannedOn",
        )


def check_result(
    result: InspectionResult, inspected_on: dt.date, today: dt.date, was: InspectionResult
) -> None:
    """A result is PASSED or FAILED, of a day that has come, for an inspection still to be held."""
    if was != InspectionResult.BOOKED:
        raise WrongState(msg("production.INSPECTION_OVER", result=was))
    if result not in (InspectionResult.PASSED, InspectionResult.FAILED):
        raise InvalidInput(msg("production.PASSES_OR_FAILS"), field="result")
    if inspected_on > today:
        raise InvalidInput(msg("values.DAY_TO_COME", day=inspected_on), field="inspectedOn")


def corrective_action_due(failed_on: dt.date) -> dt.date:
    """A failed lot gets its corrective action the same day (O12)."""
    return failed_on


_VERSION = "Refused when the object has changed since this version."
_ORDER = "The order's id."
_QUANTITY = Range(0, MOST_MONEY)


@command(
    "materialPurchaseRecord",
    Action.RECORD_PURCHASES,
    title=("Record a material purchase", "登记原材料采购"),
    history=("Material purchase recorded", "已登记原材料采购"),
    input_description="Where a material of an order stands; what is left out stays.",
)
class RecordPurchase:
    """Record where a material of an order stands with a supplier."""

    order_id: int = described(_ORDER, id_of="Order")
    material: str = described("What.", limit=Text(NAME))
    supplier: str | None = described(
        "From whom; none while nobody is chosen.", default=None, limit=Text(NAME)
    )
    unit: str | Unchanged | None = changing(
        "Counted in what.", null="empty", default=UNCHANGED, limit=Text(UNIT)
    )
    needed: Decimal | None = changing(
        "How much is needed.", null=None, default=None, limit=_QUANTITY
    )
    ordered: Decimal | None = changing(
        "How much is ordered.", null=None, default=None, limit=_QUANTITY
    )
    received: Decimal | None = changing(
        "How much has come.", null=None, default=None, limit=_QUANTITY
    )
    needed_on: dt.date | Unchanged | None = changing(
        "When it is needed.", null="undated", default=UNCHANGED
    )
    ordered_on: dt.date | Unchanged | None = changing(
        "When it was ordered; the supplier confirms within two weeks.",
        null="not ordered",
        default=UNCHANGED,
    )
    confirmed_on: dt.date | Unchanged | None = changing(
        "When the supplier confirmed it.", null="not confirmed", default=UNCHANGED
    )
    expected_on: dt.date | Unchanged | None = changing(
        "When it is expected.", null="undated", default=UNCHANGED
    )
    received_on: dt.date | Unchanged | None = changing(
        "When the last of it came.", null="not received", default=UNCHANGED
    )
    note: str | Unchanged | None = changing("A note.", null="empty", default=UNCHANGED)
    expected_version: int | None = described(_VERSION, default=None)


@command(
    "productionProgressRecord",
    Action.RECORD_PRODUCTION,
    title=("Report progress of production", "登记生产进度"),
    history=("Progress of production reported", "已登记生产进度"),
    input_description="News of a stage of production; what is left out stays.",
)
class RecordProgress:
    """Report how far a stage of production is. An exception goes to sales, the supervisor of
    customer service and the marketing director at once.

    units may be negative, to take back what was reported wrongly. exception: with the plan for the
    customer.
    """

    order_id: int = described(_ORDER, id_of="Order")
    stage: str = described("The stage's lasting name; a new one is added.", limit=Text(CODE))
    label_en: str | Unchanged | None = changing(
        "Its name in English.",
        null="the lasting name again",
        default=UNCHANGED,
        limit=Text(NAME),
    )
    label_zh: str | Unchanged | None = changing(
        "Its name in Chinese.",
        null="the lasting name again",
        default=UNCHANGED,
        limit=Text(NAME),
    )
    position: int | None = changing("Its place among the stages.", null=None, default=None)
    units_planned: int | Unchanged | None = changing(
        "Units planned.", null="unplanned", default=UNCHANGED
    )
    units_delivered: int = described(
        "Units since the last report; negative takes some back.", default=0
    )
    units_defective: int = described("Defective units among them.", default=0)
    planned_on: dt.date | Unchanged | None = changing(
        "The day it is to be complete.", null="unplanned", default=UNCHANGED
    )
    completed_on: dt.date | None = changing("The day it was completed.", null=None, default=None)
    exception: str | Unchanged | None = changing(
        "What is in the way.", null="solved", default=UNCHANGED
    )
    emergency_plan: str | None = described(
        "What the customer reads of it; needed with an exception.", default=None
    )
    note: str | None = described("A note of this report.", default=None)
    expected_version: int | None = described(_VERSION, default=None)


@command(
    "inspectionBook",
    Action.BOOK_INSPECTIONS,
    title=("Book an inspection", "预约验货"),
    history=("Inspection booked", "已预约验货"),
    input_description="An inspector who is to come.",
)
class BookInspection:
    """Book an inspection."""

    order_id: int = described(_ORDER, id_of="Order")
    kind: InspectionKind = described("Who inspects.")
    planned_on: dt.date = described("The day; a week ahead, for a third party two.")
    lot: str | None = described("Which lot.", default=None, limit=Text(CODE))
    inspector: str | None = described("The inspector.", default=None, limit=Text(NAME))
    reason: str | None = described("Why it is booked later than that.", default=None)
    note: str | None = described("A note.", default=None)


@command(
    "inspectionRecord",
    Action.RECORD_INSPECTIONS,
    title=("Record an inspection", "登记验货结果"),
    history=("Inspection recorded", "已登记验货结果"),
    input_description="What came out of an inspection, or what is done about a failure.",
)
class RecordInspection:
    """Record what came out of an inspection, or its corrective action.

    Without a result, only the corrective action is recorded.
    """

    inspection_id: int = described("The inspection's id.", name="id", id_of="Inspection")
    result: InspectionResult | None = described("PASSED, FAILED or CANCELLED.", default=None)
    inspected_on: dt.date | None = described(
        "The day it was held; today where left out.", default=None
    )
    inspector: str | Unchanged | None = changing(
        "The inspector.", null="unknown", default=UNCHANGED, limit=Text(NAME)
    )
    corrective_action: str | None = described("What is done about a failure.", default=None)
    note: str | Unchanged | None = changing("A note.", null="empty", default=UNCHANGED)
    expected_version: int | None = described(_VERSION, default=None)
