"""What the mutations of milestones answer with."""

import datetime as dt

import strawberry

from domain.milestones.vocabularies import ContractTerm
from gql.milestones.types import Milestone, MilestoneTemplate
from gql.mutations import REFUSALS, UserError


@strawberry.type(description="The milestone as it is now, or why nothing was done.")
class MilestonePayload:
    """The answer of the mutations of one milestone."""

    milestone: Milestone | None = strawberry.field(description="The milestone.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.type(description="A step of the list that was not closed.")
class MilestoneRefused:
    """One refusal of many."""

    milestone_id: strawberry.ID = strawberry.field(description="Which one.")
    error: UserError = strawberry.field(description="Why not.")


@strawberry.type(description="What was closed of a list, and what was not.")
class MilestoneCloseManyPayload:
    """The answer to `milestoneCloseMany`."""

    milestones: list[Milestone] = strawberry.field(description="Those that were closed.")
    refused: list[MilestoneRefused] = strawberry.field(description="Those that were not.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.type(description="The milestones that moved or closed, or why nothing was done.")
class MilestoneAnchorsPayload:
    """The answer to `milestoneAnchors`."""

    milestones: list[Milestone] = strawberry.field(description="Those that changed.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.type(description="The steps of the flow, or why it was not started.")
class MilestoneStartPayload:
    """The answer to `milestoneStart`."""

    milestones: list[Milestone] = strawberry.field(description="Its steps in their order.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.type(description="The last day of one step.")
class PlannedMilestone:
    """A line of a backward plan."""

    milestone: Milestone = strawberry.field(description="The step.")
    latest_on: dt.date = strawberry.field(description="The last day for it.")
    is_feasible: bool = strawberry.field(description="Whether that day is still to come.")


@strawberry.type(description="The last day of each step, or why there is no plan.")
class MilestonePlanBackwardPayload:
    """The answer to `milestonePlanBackward`."""

    steps: list[PlannedMilestone] = strawberry.field(description="The first due first.")
    missing_terms: list[ContractTerm] = strawberry.field(
        description="Terms that the contract does not name; they took no time."
    )
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.type(description="The template as it is now, or why nothing was done.")
class MilestoneTemplatePayload:
    """The answer of the mutations of templates."""

    milestone_template: MilestoneTemplate | None = strawberry.field(description="The template.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)
