"""Inspections: booked ahead, held, and what is done about a failure the same day (O12)."""

from domain import limits
from domain.clocks.definitions import CORRECTIVE_ACTION
from domain.errors import InvalidInput, NotFound, WrongState, require_version
from domain.messages import msg
from domain.orders.clocks import INSPECTION_FAILED, INSPECTION_PASSED
from domain.production import (
    BookInspection,
    InspectionKind,
    InspectionResult,
    RecordInspection,
    check_booking,
    check_result,
    corrective_action_due,
)
from domain.roles import Role
from domain.unchanged import changed
from persistence.orders.locking import LockedOrder
from persistence.production import writing as production
from persistence.tables import InspectionRow
from persistence.unit_of_work import UnitOfWork
from services.clocks.of_orders import change_clocks_after
from services.clocks.running import StartClock, start_clocks, stop_clock
from services.commands import use_case
from services.production.orders import confirmed_order, order_being_made, text_of
from services.tasks.raising import RaiseTask, end_tasks, raise_task

CORRECTIVE_ACTION_TASK = "CORRECTIVE_ACTION"
INSPECTION = "Inspection"
_SOURCE = "corrective-action:"


@use_case
async def book_inspection(command: BookInspection, uow: UnitOfWork) -> int:
    """Book an inspection a week ahead, a third party's two weeks; later only with a reason.

    An order can be booked for once it is confirmed, before its production begins too: the inspector
    is asked weeks ahead.
    """
    if not InspectionKind.has(command.kind):
        raise InvalidInput(msg("production.KIND", allowed=InspectionKind), field="kind")
    order, policy, today = await confirmed_order(uow, command.order_id)
    days = policy.schedule.inspection_booking_days[command.kind]
    check_booking(command.kind, command.planned_on, today, days, command.reason)
    late = (command.planned_on - today).days < days
    row = InspectionRow(
        order_id=order.id,
        customer_id=order.customer_id,
        kind=command.kind,
        lot=text_of(command.lot, "lot", 64) or "",
        inspector=text_of(command.inspector, "inspector", 200),
        planned_on=command.planned_on,
        booked_at=uow.now,
        booked_by=uow.actor,
        late_booking_reason=text_of(command.reason, "reason", limits.TEXT) if late else None,
        result=InspectionResult.BOOKED,
        note=text_of(command.note, "note", limits.TEXT),
        version=1,
    )
    uow.session.add(row)
    await uow.session.flush()
    return row.id


@use_case
async def record_inspection(command: RecordInspection, uow: UnitOfWork) -> int:
    """Record what came out. Passed: goods leave in a working day. Failed: corrected the same day.

    The clocks of the quality check, of the correction and of the dispatch follow (O16).
    """
    row = await production.inspection_for_update(uow.session, command.inspection_id)
    if row is None:
        raise NotFound("inspection", str(command.inspection_id), field="id")
    require_version("inspection", command.expected_version, row.version)
    order, _, today = await order_being_made(uow, row.order_id)
    action = text_of(command.corrective_action, "correctiveAction", limits.TEXT)
    if command.result is None and action is None:
        raise InvalidInput(msg("production.GIVE_RESULT"), field="result")
    if command.result == InspectionResult.CANCELLED:
        if row.result != InspectionResult.BOOKED:
            raise WrongState(msg("production.INSPECTION_IS", result=row.result))
        row.result = InspectionResult.CANCELLED
    elif command.result is not None:
        inspected_on = command.inspected_on or today
        check_result(command.result, inspected_on, today, row.result)
        row.result, row.inspected_on = command.result, inspected_on
        row.recorded_at, row.recorded_by = uow.now, uow.actor
        await _follow(uow, order, row)
    if action is not None:
        await _correct(uow, row, action)
    row.inspector = text_of(changed(command.inspector, row.inspector), "inspector", 200)
    row.note = text_of(changed(command.note, row.note), "note", limits.TEXT)
    row.version += 1
    await uow.session.flush()
    return row.id


async def _follow(uow: UnitOfWork, order: LockedOrder, row: InspectionRow) -> None:
    if row.result == InspectionResult.PASSED:
        await change_clocks_after(uow, order.id, INSPECTION_PASSED)
        return
    await change_clocks_after(uow, order.id, INSPECTION_FAILED)
    # Each failed lot has a correction of its own.
    own = StartClock(
        CORRECTIVE_ACTION,
        INSPECTION,
        str(row.id),
        order_id=order.id,
        customer_id=order.customer_id,
    )
    await start_clocks(uow, [own])
    title = (
        msg("tasks.CORRECTIVE_ACTION_LOT", order=order.order_number, lot=row.lot)
        if row.lot
        else msg("tasks.CORRECTIVE_ACTION", order=order.order_number)
    )
    await raise_task(
        uow,
        RaiseTask(
            CORRECTIVE_ACTION_TASK,
            title,
            Role.QUALITY.value,
            corrective_action_due(row.inspected_on or row.planned_on),
            order_id=order.id,
            customer_id=order.customer_id,
            source=f"{_SOURCE}{row.id}",
            details={"inspection": row.id, "lot": row.lot},
        ),
    )


async def _correct(uow: UnitOfWork, row: InspectionRow, action: str) -> None:
    if row.result != InspectionResult.FAILED:
        raise WrongState(msg("production.ONLY_FAILED"))
    row.corrective_action, row.corrected_at = action, uow.now
    await stop_clock(uow, CORRECTIVE_ACTION, INSPECTION, str(row.id), reason=action)
    await end_tasks(uow, [f"{_SOURCE}{row.id}"], done=True)
