"""What people do with milestones: estimate, close, reopen, skip, hand on, plan (M2, M4)."""

import datetime as dt
from typing import Annotated, Any

import strawberry

from domain.messages import Message
from domain.milestones.commands.closing import (
    BeginMilestone,
    CloseMilestone,
    HandOnMilestone,
    ReopenMilestone,
    SkipMilestone,
)
from domain.milestones.commands.estimates import (
    EstimateMilestone,
    RecordAnchors,
    RecordVendorDate,
)
from domain.milestones.state_machine import StepCommand
from domain.milestones.vocabularies import ContractTerm
from domain.roles import Action
from gql.acts import act_on_one
from gql.context import Info, RequestContext
from gql.input_changes import asked, given
from gql.milestones.inputs import (
    MilestoneAnchorsInput,
    MilestoneAnchorsPayload,
    MilestoneBeginInput,
    MilestoneCloseInput,
    MilestoneCloseManyInput,
    MilestoneCloseManyPayload,
    MilestoneEstimateInput,
    MilestoneHandOnInput,
    MilestonePayload,
    MilestonePlanBackwardInput,
    MilestonePlanBackwardPayload,
    MilestoneReasonInput,
    MilestoneRefused,
    MilestoneStartInput,
    MilestoneStartPayload,
    MilestoneStepRenameInput,
    MilestoneTemplateKeepInput,
    MilestoneTemplatePayload,
    MilestoneVendorDateInput,
    PlannedMilestone,
)
from gql.milestones.types import Milestone, milestone_by_key, milestones_of, template_by_key
from gql.mutations import act_once, user_error_of
from gql.nodes import global_id, key_of
from gql.parties.people import person_key_of
from gql.permissions import Needs
from persistence.unit_of_work import UnitOfWork
from services.milestones import templates
from services.milestones.commands import (
    ActOnMilestone,
    CloseManyMilestones,
    PlanBackward,
    RecordAnchorsOfOrder,
    act_on_milestone,
    close_many_milestones,
    plan_order_backward,
    record_anchors,
)
from services.milestones.order import FollowTemplate, start_another

WORK = Needs(Action.WORK_MILESTONES)


@strawberry.type
class MilestoneMutations:
    """Root fields that change milestones."""

    @strawberry.mutation(
        description="Give a step a day. What comes after follows; the first estimate and the "
        "baseline are kept.",
        extensions=[WORK],
    )
    async def milestone_estimate(
        self,
        info: Info,
        input: Annotated[MilestoneEstimateInput, strawberry.argument(description="Which step.")],
    ) -> MilestonePayload:
        """Estimate a step."""
        command = EstimateMilestone(
            given(input.estimated_on), given(input.event_on), input.confirm, input.reason
        )
        return await _one(info, "milestoneEstimate", input, command, input.expected_version)

    @strawberry.mutation(
        description="Close a step. Of two at once, the second is told who was first.",
        extensions=[WORK],
    )
    async def milestone_close(
        self,
        info: Info,
        input: Annotated[MilestoneCloseInput, strawberry.argument(description="Which step.")],
    ) -> MilestonePayload:
        """Close a step."""
        command = CloseMilestone(
            input.closed_on, input.closed_by, input.override, input.reason, asked(input.note)
        )
        return await _one(info, "milestoneClose", input, command, input.expected_version)

    @strawberry.mutation(
        description="Close what can be closed of a list, and tell of the rest why not.",
        extensions=[Needs(Action.CLOSE_MANY_MILESTONES)],
    )
    async def milestone_close_many(
        self,
        info: Info,
        input: Annotated[MilestoneCloseManyInput, strawberry.argument(description="Which steps.")],
    ) -> MilestoneCloseManyPayload:
        """Close many steps."""
        command = CloseManyMilestones(
            tuple(key_of(each, "Milestone", "ids") for each in input.ids),
            input.closed_on,
            input.closed_by,
        )

        async def act(uow: UnitOfWork) -> dict[str, Any]:
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

        outcome, errors = await act_once(
            info, "milestoneCloseMany", input.idempotency_key, command, act
        )
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

    @strawberry.mutation(
        description="Open a closed or skipped step again; its history stays.", extensions=[WORK]
    )
    async def milestone_reopen(
        self,
        info: Info,
        input: Annotated[MilestoneReasonInput, strawberry.argument(description="Which step.")],
    ) -> MilestonePayload:
        """Reopen a step."""
        command = ReopenMilestone(input.reason)
        return await _one(info, "milestoneReopen", input, command, input.expected_version)

    @strawberry.mutation(
        description="Leave out a step that the order does not need.", extensions=[WORK]
    )
    async def milestone_skip(
        self,
        info: Info,
        input: Annotated[MilestoneReasonInput, strawberry.argument(description="Which step.")],
    ) -> MilestonePayload:
        """Skip a step."""
        command = SkipMilestone(input.reason)
        return await _one(info, "milestoneSkip", input, command, input.expected_version)

    @strawberry.mutation(
        description="Work on a step begins, where its template keeps that.", extensions=[WORK]
    )
    async def milestone_begin(
        self,
        info: Info,
        input: Annotated[MilestoneBeginInput, strawberry.argument(description="Which step.")],
    ) -> MilestonePayload:
        """Begin a step."""
        command = BeginMilestone(input.started_at, asked(input.note))
        return await _one(info, "milestoneBegin", input, command)

    @strawberry.mutation(
        description="Give a step to a person, or back to the department.", extensions=[WORK]
    )
    async def milestone_hand_on(
        self,
        info: Info,
        input: Annotated[MilestoneHandOnInput, strawberry.argument(description="Which step.")],
    ) -> MilestonePayload:
        """Hand a step on."""
        person = await person_key_of(info.context, input.owner)
        return await _one(info, "milestoneHandOn", input, HandOnMilestone(person, input.reason))

    @strawberry.mutation(
        description="Write down a vendor's completion date. Its first one counts; another is kept "
        "beside it and raises a task for the salesperson.",
        extensions=[WORK],
    )
    async def milestone_vendor_date(
        self,
        info: Info,
        input: Annotated[MilestoneVendorDateInput, strawberry.argument(description="Which step.")],
    ) -> MilestonePayload:
        """Record a vendor's date."""
        command = RecordVendorDate(input.vendor, input.promised_on, input.reason)
        return await _one(info, "milestoneVendorDate", input, command)

    @strawberry.mutation(
        description="Put days of events and terms of the contract in force; estimates that hang "
        "on them follow.",
        extensions=[WORK],
    )
    async def milestone_anchors(
        self,
        info: Info,
        input: Annotated[MilestoneAnchorsInput, strawberry.argument(description="Which order.")],
    ) -> MilestoneAnchorsPayload:
        """Record anchors."""
        command = RecordAnchorsOfOrder(
            key_of(input.order_id, "Order", "orderId"),
            RecordAnchors(
                {each.event: each.on for each in input.events},
                {each.term: each.days for each in input.terms},
                input.reason,
            ),
        )

        async def act(uow: UnitOfWork) -> dict[str, Any]:
            return {"changed": await record_anchors(command, uow)}

        outcome, errors = await act_once(
            info, "milestoneAnchors", input.idempotency_key, command, act
        )
        return MilestoneAnchorsPayload(
            milestones=await _many(info.context, outcome.get("changed", [])), user_errors=errors
        )

    @strawberry.mutation(
        description="Give a confirmed order a further flow beside those that it follows (M6). "
        "Asked again for the same template, it answers with the steps that are there.",
        extensions=[WORK],
    )
    async def milestone_start(
        self,
        info: Info,
        input: Annotated[MilestoneStartInput, strawberry.argument(description="Which flow.")],
    ) -> MilestoneStartPayload:
        """Start another flow."""
        command = FollowTemplate(key_of(input.order_id, "Order", "orderId"), input.template)

        async def act(uow: UnitOfWork) -> dict[str, Any]:
            return {"begun": await start_another(command, uow)}

        outcome, errors = await act_once(
            info, "milestoneStart", input.idempotency_key, command, act
        )
        return MilestoneStartPayload(
            milestones=await _many(info.context, outcome.get("begun", [])), user_errors=errors
        )

    @strawberry.mutation(
        description="From the day something is wanted to the last day of each step before it.",
        extensions=[WORK],
    )
    async def milestone_plan_backward(
        self,
        info: Info,
        input: Annotated[
            MilestonePlanBackwardInput, strawberry.argument(description="What is wanted when.")
        ],
    ) -> MilestonePlanBackwardPayload:
        """Plan backward."""
        command = PlanBackward(
            key_of(input.order_id, "Order", "orderId"),
            input.wanted_on,
            input.step,
            apply=input.apply,
        )

        async def act(uow: UnitOfWork) -> dict[str, Any]:
            plan = await plan_order_backward(command, uow)
            steps = [
                [each.milestone_id, each.latest_on.isoformat(), each.feasible]
                for each in plan.steps
            ]
            return {"steps": steps, "missing": list(plan.missing_terms)}

        outcome, errors = await act_once(
            info, "milestonePlanBackward", input.idempotency_key, command, act
        )
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
            missing_terms=[ContractTerm[term.upper()] for term in outcome.get("missing", [])],
            user_errors=errors,
        )

    @strawberry.mutation(
        description="Add a company's own template, or its next version; every fault is told.",
        extensions=[Needs(Action.MANAGE_TEMPLATES)],
    )
    async def milestone_template_keep(
        self,
        info: Info,
        input: Annotated[
            MilestoneTemplateKeepInput, strawberry.argument(description="The template.")
        ],
    ) -> MilestoneTemplatePayload:
        """Keep a template."""
        command = templates.SaveTemplate(input.template, input.form.name)
        found, errors = await act_on_one(
            info,
            "milestoneTemplateKeep",
            input.idempotency_key,
            command,
            templates.save_template,
            template_by_key,
        )
        return MilestoneTemplatePayload(milestone_template=found, user_errors=errors)

    @strawberry.mutation(
        description="Give a step of a template other names, also on orders that have begun.",
        extensions=[Needs(Action.MANAGE_TEMPLATES)],
    )
    async def milestone_step_rename(
        self,
        info: Info,
        input: Annotated[MilestoneStepRenameInput, strawberry.argument(description="Which step.")],
    ) -> MilestoneTemplatePayload:
        """Rename a step."""
        command = templates.RenameStep(input.template, input.number, input.label_en, input.label_zh)
        found, errors = await act_on_one(
            info,
            "milestoneStepRename",
            input.idempotency_key,
            command,
            templates.rename_step,
            template_by_key,
        )
        return MilestoneTemplatePayload(milestone_template=found, user_errors=errors)


async def _one(
    info: Info, mutation: str, input: Any, command: StepCommand, expected_version: int | None = None
) -> MilestonePayload:
    wanted = ActOnMilestone(key_of(input.id, "Milestone", "id"), command, expected_version)
    found, errors = await act_on_one(
        info, mutation, input.idempotency_key, wanted, act_on_milestone, milestone_by_key
    )
    return MilestonePayload(milestone=found, user_errors=errors)


async def _many(context: RequestContext, keys: list[int]) -> list[Milestone]:
    rows = await context.load.milestone.load_many(keys)
    return await milestones_of(context, [row for row in rows if row is not None])
