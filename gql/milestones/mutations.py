"""Every command on milestones as a mutation: those of the table, in `domain/milestones`."""

import datetime as dt
from typing import Any

import strawberry

from domain.commands import Command, command_of
from domain.messages import Message
from domain.milestones.commands.closing import (
    BeginMilestone,
    CloseManyMilestones,
    CloseMilestone,
    HandOnMilestone,
    ReopenMilestone,
    SkipMilestone,
)
from domain.milestones.commands.estimates import (
    EstimateMilestone,
    PlanBackward,
    RecordAnchors,
    RecordVendorDate,
)
from domain.milestones.commands.order import FollowTemplate
from domain.milestones.commands.templates import RenameStep, SaveTemplate
from domain.milestones.vocabularies import ContractTerm
from gql import contract
from gql.context import Info, RequestContext
from gql.milestones.inputs import (
    VERSION,
    MilestoneIdInput,
    MilestoneReasonInput,
    MilestoneTemplateKeepInput,
)
from gql.milestones.payloads import (
    MilestoneAnchorsPayload,
    MilestoneCloseManyPayload,
    MilestonePayload,
    MilestonePlanBackwardPayload,
    MilestoneRefused,
    MilestoneStartPayload,
    MilestoneTemplatePayload,
    PlannedMilestone,
)
from gql.milestones.types import Milestone, milestone_by_key, milestones_of, template_by_key
from gql.mutations import carried_out, user_error_of
from gql.nodes import global_id, key_of
from persistence.unit_of_work import UnitOfWork
from services.commands import OnOne
from services.idempotency import Outcome
from services.milestones.commands import (
    act_on_milestone,
    close_many_milestones,
    plan_order_backward,
    record_anchors,
)
from services.milestones.order import start_another
from services.milestones.templates import rename_step, save_template


async def _act(info: Info, row: Command, data: Any) -> MilestonePayload:
    command = contract.command_from(row.kind, data)
    expected = getattr(data, "expected_version", None)
    request = OnOne(key_of(data.id, "Milestone", "id"), command, expected)
    outcome, errors = await carried_out(info, act_on_milestone, request, data.idempotency_key)
    found = await milestone_by_key(info.context, outcome.get("id"))
    return MilestonePayload(milestone=found, user_errors=errors)


async def _close_many(info: Info, row: Command, data: Any) -> MilestoneCloseManyPayload:
    async def close(command: CloseManyMilestones, uow: UnitOfWork) -> Outcome:
        closed, refused = await close_many_milestones(command, uow)
        kept = [
            {
                "id": each.milestone_id,
                "code": each.error.code,
                "message": each.error.message.to_json(),
                "field": each.error.field,
            }
            for each in refused
        ]
        return {"closed": closed, "refused": kept}

    command = contract.command_from(row.kind, data)
    outcome, errors = await carried_out(info, close, command, data.idempotency_key)
    return MilestoneCloseManyPayload(
        milestones=await _many(info.context, outcome.get("closed", [])),
        refused=[
            MilestoneRefused(
                milestone_id=global_id("Milestone", each["id"]),
                error=user_error_of(
                    each["code"], Message.from_json(each["message"]), each["field"]
                ),
            )
            for each in outcome.get("refused", [])
        ],
        user_errors=errors,
    )


async def _record_anchors(info: Info, row: Command, data: Any) -> MilestoneAnchorsPayload:
    async def record(command: RecordAnchors, uow: UnitOfWork) -> Outcome:
        return {"changed": await record_anchors(command, uow)}

    command = contract.command_from(row.kind, data)
    outcome, errors = await carried_out(info, record, command, data.idempotency_key)
    changed = await _many(info.context, outcome.get("changed", []))
    return MilestoneAnchorsPayload(milestones=changed, user_errors=errors)


async def _start(info: Info, row: Command, data: Any) -> MilestoneStartPayload:
    async def start(command: FollowTemplate, uow: UnitOfWork) -> Outcome:
        return {"begun": await start_another(command, uow)}

    command = contract.command_from(row.kind, data)
    outcome, errors = await carried_out(info, start, command, data.idempotency_key)
    begun = await _many(info.context, outcome.get("begun", []))
    return MilestoneStartPayload(milestones=begun, user_errors=errors)


async def _plan_backward(info: Info, row: Command, data: Any) -> MilestonePlanBackwardPayload:
    async def plan(command: PlanBackward, uow: UnitOfWork) -> Outcome:
        found = await plan_order_backward(command, uow)
        steps = [
            [each.milestone_id, each.latest_on.isoformat(), each.feasible] for each in found.steps
        ]
        return {"steps": steps, "missing": list(found.missing_terms)}

    command = contract.command_from(row.kind, data)
    outcome, errors = await carried_out(info, plan, command, data.idempotency_key)
    planned = outcome.get("steps", [])
    found = await _many(info.context, [each[0] for each in planned])
    return MilestonePlanBackwardPayload(
        steps=[
            PlannedMilestone(
                milestone=milestone,
                latest_on=dt.date.fromisoformat(each[1]),
                is_feasible=each[2],
            )
            for milestone, each in zip(found, planned, strict=True)
        ],
        missing_terms=[ContractTerm(term) for term in outcome.get("missing", [])],
        user_errors=errors,
    )


_rename = contract.answers_with(
    MilestoneTemplatePayload, "milestone_template", template_by_key, rename_step
)


async def _save_template(info: Info, row: Command, data: Any) -> MilestoneTemplatePayload:
    command = SaveTemplate(data.template, data.form.name)
    outcome, errors = await carried_out(info, save_template, command, data.idempotency_key)
    found = await template_by_key(info.context, outcome.get("id"))
    return MilestoneTemplatePayload(milestone_template=found, user_errors=errors)


async def _many(context: RequestContext, keys: list[int]) -> list[Milestone]:
    rows = await context.load.milestone.load_many(keys)
    return await milestones_of(context, [row for row in rows if row is not None])


def _rows(*kinds: type) -> list[Command]:
    return [command_of(kind) for kind in kinds]


# The last comes first in the schema.
@strawberry.type
@contract.mutations(_rows(RenameStep), MilestoneTemplatePayload, _rename, argument="Which step.")
@contract.mutations(
    _rows(SaveTemplate),
    MilestoneTemplatePayload,
    _save_template,
    argument="The template.",
    takes=MilestoneTemplateKeepInput,
)
@contract.mutations(
    _rows(PlanBackward),
    MilestonePlanBackwardPayload,
    _plan_backward,
    argument="What is wanted when.",
)
@contract.mutations(_rows(FollowTemplate), MilestoneStartPayload, _start, argument="Which flow.")
@contract.mutations(
    _rows(RecordAnchors), MilestoneAnchorsPayload, _record_anchors, argument="Which order."
)
@contract.mutations(
    _rows(BeginMilestone, HandOnMilestone, RecordVendorDate),
    MilestonePayload,
    _act,
    base=MilestoneIdInput,
    argument="Which step.",
)
@contract.mutations(
    _rows(ReopenMilestone, SkipMilestone),
    MilestonePayload,
    _act,
    takes=MilestoneReasonInput,
    argument="Which step.",
)
@contract.mutations(
    _rows(CloseManyMilestones), MilestoneCloseManyPayload, _close_many, argument="Which steps."
)
@contract.mutations(
    _rows(EstimateMilestone, CloseMilestone),
    MilestonePayload,
    _act,
    base=MilestoneIdInput,
    version=VERSION,
    argument="Which step.",
)
class MilestoneMutations:
    """Root fields that change milestones."""
