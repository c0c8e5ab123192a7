"""Production of an order by stage: what came, what was defective, and exceptions (O11)."""

import datetime as dt

from domain import limits
from domain.errors import InvalidInput, require_version
from domain.messages import msg
from domain.orders.clocks import PRODUCTION_COMPLETED
from domain.policy import Policy
from domain.production import RecordProgress, check_units
from domain.roles import Role
from domain.sentences import Label
from domain.unchanged import changed
from persistence.orders.locking import LockedOrder
from persistence.production import writing as production
from persistence.tables import ProductionStageRow
from persistence.unit_of_work import UnitOfWork
from services.clocks.of_orders import change_clocks_after
from services.commands import use_case
from services.production.orders import order_in_production, text_of
from services.tasks.raising import RaiseTask, raise_task

PRODUCTION_EXCEPTION = "PRODUCTION_EXCEPTION"
EXCEPTION_SOLVED = "PRODUCTION_EXCEPTION_SOLVED"
STAGE_COMPLETED = "PRODUCTION_STAGE_COMPLETED"
MOST_UNITS = 1_000_000_000


@use_case
async def record_progress(command: RecordProgress, uow: UnitOfWork) -> int:
    """Add a report to a stage. An exception goes to those concerned at once (O11).

    Raises WrongState before the order is confirmed and its production released (O5, O6).
    When the last stage is completed, the clocks of the quality check and of the final payment start
    (O12, O16).
    """
    stage = text_of(command.stage, "stage", 64, needed=True) or ""
    exception_text = changed(command.exception, None)
    exception = text_of(exception_text, "exception", limits.TEXT, needed=exception_text is not None)
    plan = text_of(command.emergency_plan, "emergencyPlan", limits.TEXT)
    if exception is not None and plan is None:
        raise InvalidInput(msg("production.EXCEPTION_NEEDS_PLAN"), field="emergencyPlan")
    order, policy, today = await order_in_production(uow, command.order_id)
    row = await production.stage_for_update(uow.session, order.id, order.customer_id, stage)
    require_version("production stage", command.expected_version, row.version)
    _add_units(command, row)
    if command.completed_on is not None and command.completed_on > today:
        raise InvalidInput(msg("values.DAY_TO_COME", day=command.completed_on), field="completedOn")
    row.label_en = text_of(changed(command.label_en, row.label_en), "labelEn", 200) or stage
    row.label_zh = text_of(changed(command.label_zh, row.label_zh), "labelZh", 200) or stage
    row.position = row.position if command.position is None else command.position
    row.planned_on = changed(command.planned_on, row.planned_on)
    was_completed = row.completed_on is not None
    row.completed_on = command.completed_on or row.completed_on
    row.version += 1
    await production.add_report(
        uow,
        row.id,
        units_delivered=command.units_delivered,
        units_defective=command.units_defective,
        completed_on=command.completed_on,
        exception=exception,
        emergency_plan=plan,
        note=text_of(command.note, "note", limits.TEXT),
    )
    if exception is not None and plan is not None:
        await _raise_exception(uow, order, row, policy, today, exception, plan)
    elif command.exception is None and row.exception is not None:
        row.exception = row.emergency_plan = None
        await _tell(uow, row, EXCEPTION_SOLVED)
    await uow.session.flush()
    if row.completed_on is not None and not was_completed:
        await _complete(uow, order, row)
    return row.id


def _add_units(command: RecordProgress, row: ProductionStageRow) -> None:
    planned = changed(command.units_planned, row.units_planned)
    for name, units in (
        ("unitsDelivered", command.units_delivered),
        ("unitsDefective", command.units_defective),
        ("unitsPlanned", planned or 0),
    ):
        if abs(units) > MOST_UNITS:
            raise InvalidInput(msg("production.UNITS_TOO_MANY", units=units), field=name)
    check_units(
        planned,
        command.units_delivered,
        command.units_defective,
        already=(row.units_delivered, row.units_defective),
    )
    row.units_planned = planned
    row.units_delivered += command.units_delivered
    row.units_defective += command.units_defective


async def _raise_exception(
    uow: UnitOfWork,
    order: LockedOrder,
    row: ProductionStageRow,
    policy: Policy,
    today: dt.date,
    exception: str,
    plan: str,
) -> None:
    known = (row.exception, row.emergency_plan) == (exception, plan)
    row.exception, row.emergency_plan = exception, plan
    if known:
        return
    await _tell(uow, row, PRODUCTION_EXCEPTION, exception=exception, plan=plan)
    for role in policy.schedule.exception_roles:
        title = msg(
            "tasks.PRODUCTION_EXCEPTION",
            order=order.order_number,
            stage=Label(row.label_en, row.label_zh),
        )
        await raise_task(
            uow,
            RaiseTask(
                PRODUCTION_EXCEPTION,
                title,
                role,
                today,
                order.salesperson_id if role == Role.SALES else None,
                order.id,
                order.customer_id,
                source=f"exception:{row.id}:{row.version}:{role}",
                details={"exception": exception, "emergencyPlan": plan},
            ),
        )


async def _complete(uow: UnitOfWork, order: LockedOrder, row: ProductionStageRow) -> None:
    await _tell(uow, row, STAGE_COMPLETED)
    stages = await production.stages_of_order(uow.session, order.id)
    if any(stage.completed_on is None for stage in stages):
        return
    await production.add_order_event(uow, order.id, order.customer_id, PRODUCTION_COMPLETED)
    await change_clocks_after(uow, order.id, PRODUCTION_COMPLETED)


async def _tell(
    uow: UnitOfWork,
    row: ProductionStageRow,
    kind: str,
    *,
    exception: str | None = None,
    plan: str | None = None,
) -> None:
    after = {"stage": row.label_en, "stageZh": row.label_zh}
    if plan is not None:
        after["emergencyPlan"] = plan
    await production.add_order_event(
        uow, row.order_id, row.customer_id, kind, reason=exception, after=after
    )
