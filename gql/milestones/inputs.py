"""What the mutations of milestones take and answer with."""

import datetime as dt
from enum import Enum

import strawberry

from domain import limits
from domain.milestones.vocabularies import AnchorEvent, ContractTerm
from gql.input_changes import changing
from gql.input_limits import at_most, between
from gql.milestones.types import Milestone, MilestoneTemplate
from gql.mutations import KEY, REFUSALS, UserError

VERSION = "Refused when the milestone has changed since this version."
WHICH = "The milestone's id."


@strawberry.enum(description="The form of a template's text.")
class TemplateForm(Enum):
    """Forms of templates."""

    TOML = strawberry.enum_value("TOML", description="TOML.")
    JSON = strawberry.enum_value("JSON", description="JSON.")


@strawberry.input(description="A day for a step.")
class MilestoneEstimateInput:
    """An estimate, the day of its event, or both."""

    id: strawberry.ID = strawberry.field(description=WHICH)
    estimated_on: dt.date | None = changing(
        "The estimated day; the calendar event goes with it.", null=None
    )
    event_on: dt.date | None = changing(
        "The day of the calendar event, where it is another.", null=None
    )
    confirm: bool = strawberry.field(
        default=True, description="Whether it is certain; else it goes on following its anchors."
    )
    reason: str | None = strawberry.field(default=None, description="Why.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A step that is done.")
class MilestoneCloseInput:
    """Which step, when and by whom."""

    id: strawberry.ID = strawberry.field(description=WHICH)
    closed_on: dt.date | None = strawberry.field(
        default=None, description="The day it was done, not in the future; today where left out."
    )
    closed_by: str | None = strawberry.field(
        default=None,
        description="Who did it: a person of the company, by subject; who asks where left out.",
        metadata=at_most(limits.NAME),
    )
    override: bool = strawberry.field(
        default=False, description="A manager closes it before those it waits for."
    )
    reason: str | None = strawberry.field(default=None, description="Why; needed to override.")
    note: str | None = changing("A note.", null="empty")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Steps that are done.")
class MilestoneCloseManyInput:
    """A list of steps, 200 at most."""

    ids: list[strawberry.ID] = strawberry.field(description="The milestones' ids.")
    closed_on: dt.date | None = strawberry.field(
        default=None, description="The day they were done; today where left out."
    )
    closed_by: str | None = strawberry.field(
        default=None,
        description="Who did them: a person of the company, by subject; who asks where left out.",
        metadata=at_most(limits.NAME),
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A step with a reason.")
class MilestoneReasonInput:
    """Which step, and why."""

    id: strawberry.ID = strawberry.field(description=WHICH)
    reason: str = strawberry.field(description="Why.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A step that work begins on.")
class MilestoneBeginInput:
    """Which step, and since when."""

    id: strawberry.ID = strawberry.field(description=WHICH)
    started_at: dt.datetime | None = strawberry.field(
        default=None, description="Since when; now where left out."
    )
    note: str | None = changing("A note.", null="empty")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A step for somebody else.")
class MilestoneHandOnInput:
    """Which step, and to whom."""

    id: strawberry.ID = strawberry.field(description=WHICH)
    owner: str | None = strawberry.field(
        default=None,
        description="A person's subject; the whole department where left out.",
        metadata=at_most(limits.NAME),
    )
    reason: str | None = strawberry.field(default=None, description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="The day on which a vendor says it will complete.")
class MilestoneVendorDateInput:
    """A vendor's date for step 9."""

    id: strawberry.ID = strawberry.field(description=WHICH)
    vendor: str = strawberry.field(description="Which vendor.", metadata=at_most(limits.NAME))
    promised_on: dt.date = strawberry.field(description="The day it gave.")
    reason: str | None = strawberry.field(default=None, description="Why it moved.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A day that estimates hang on.")
class AnchorDay:
    """An event and its day."""

    event: AnchorEvent = strawberry.field(description="Which event.")
    on: dt.date = strawberry.field(description="Its day, also one to come.")


@strawberry.input(description="A term of the contract.")
class TermDays:
    """A term and its days."""

    term: ContractTerm = strawberry.field(description="Which term.")
    days: int = strawberry.field(
        description="How many days.", metadata=between(0, limits.MOST_DAYS)
    )


@strawberry.input(description="What the estimates of an order hang on.")
class MilestoneAnchorsInput:
    """Days of events and terms of the contract."""

    order_id: strawberry.ID = strawberry.field(description="The order's id.")
    events: list[AnchorDay] = strawberry.field(default_factory=list, description="Days of events.")
    terms: list[TermDays] = strawberry.field(
        default_factory=list, description="Terms of the contract."
    )
    reason: str | None = strawberry.field(default=None, description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A further flow for an order.")
class MilestoneStartInput:
    """Which order, and which template."""

    order_id: strawberry.ID = strawberry.field(description="The order's id.")
    template: str = strawberry.field(description="The template's code, such as TRACKING_SHEET.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.type(description="The steps of the flow, or why it was not started.")
class MilestoneStartPayload:
    """The answer to `milestoneStart`."""

    milestones: list[Milestone] = strawberry.field(description="Its steps in their order.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.input(description="A wanted date to plan back from.")
class MilestonePlanBackwardInput:
    """Which step is wanted when."""

    order_id: strawberry.ID = strawberry.field(description="The order's id.")
    wanted_on: dt.date = strawberry.field(description="The day it is wanted.")
    step: str | None = strawberry.field(
        default=None, description="The code of the wanted step; the arrival where left out."
    )
    apply: bool = strawberry.field(
        default=False, description="Whether to keep it as the baseline, or only to show it."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A company's own template.")
class MilestoneTemplateKeepInput:
    """A template as text."""

    template: str = strawberry.field(description="Its text.", metadata=at_most(limits.LONGEST))
    form: TemplateForm = strawberry.field(
        default=TemplateForm.TOML, description="The form of the text."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Other names for a step of a template.")
class MilestoneStepRenameInput:
    """Which step, and its names."""

    template: str = strawberry.field(description="The template's code.")
    number: int = strawberry.field(description="The step's number.")
    label_en: str = strawberry.field(
        description="Its name in English.", metadata=at_most(limits.NAME)
    )
    label_zh: str = strawberry.field(
        description="Its name in Chinese.", metadata=at_most(limits.NAME)
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


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
