"""Material purchases, production stages and inspections of an order (O11, O12)."""

import datetime as dt
from decimal import ROUND_HALF_EVEN, Decimal

from domain.errors import InvalidInput, WrongState
from domain.messages import msg
from domain.orders.vocabularies import OrderFulfilment
from domain.vocabulary import Vocabulary, word


class StageState(Vocabulary):
    """Where a stage of production stands."""

    RUNNING = word("Running", "进行中", "Under way.")
    EXCEPTION = word("Exception", "生产异常", "Something is in the way.")
    DONE = word("Done", "已完成")


class InspectionKind(Vocabulary):
    """Who inspects."""

    OWN = word("Our own inspector", "本公司验货")
    CUSTOMER = word("The customer's inspector", "客户验货", "The customer, or somebody of theirs.")
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
