"""Milestones of orders with their days, history and what they delay; and their templates."""

import datetime as dt
from dataclasses import fields
from functools import cache

import strawberry

from domain.milestones import days_late, expected_on, milestone_state
from domain.milestones.model import StepFacts, anchors_of
from domain.milestones.next_steps import Late, critical_next, late_steps
from domain.milestones.states import slip_days
from domain.milestones.steps import MilestoneStep
from domain.milestones.vocabularies import MilestoneChangeKind, MilestoneState
from domain.policy import Policy
from domain.roles import Action, Role, may
from gql import contract
from gql.context import Info, RequestContext
from gql.language import LocaleArgument, pick, reason_in_words
from gql.limits import SIZE
from gql.nodes import Node, findable, found_by, global_id, related
from gql.permissions import ForOurPeople, Needs
from gql.references import ORDER, OrderRef
from persistence.milestones.reading import facts_of, plan_of
from persistence.milestones.templates import step_of
from persistence.tables import (
    MilestoneEventRow,
    MilestoneRow,
    MilestoneStepRow,
    MilestoneTemplateRow,
    MilestoneVendorDateRow,
)

# Of a step's history a customer sees what became of it, not how we went about it.
_FOR_CUSTOMERS = frozenset(
    {
        MilestoneChangeKind.STARTED,
        MilestoneChangeKind.ESTIMATED,
        MilestoneChangeKind.PROJECTED,
        MilestoneChangeKind.CLOSED,
        MilestoneChangeKind.REOPENED,
        MilestoneChangeKind.SKIPPED,
    }
)


@strawberry.type(description="A change of a milestone (M4, O15).")
class MilestoneChange:
    """A line of a milestone's history."""

    at: dt.datetime = strawberry.field(description="When.")
    kind: MilestoneChangeKind = strawberry.field(description="What.")
    actor: str = strawberry.field(description="Who.")
    because: strawberry.Private[str | None]
    reason: str | None = strawberry.field(
        resolver=reason_in_words, description="Why, where it is known; not for customers."
    )
    estimated_before: dt.date | None = strawberry.field(description="The day it had before.")
    estimated_after: dt.date | None = strawberry.field(description="The day it got.")
    closed_on: dt.date | None = strawberry.field(description="The closed date it got.")

    @classmethod
    def of(cls, row: MilestoneEventRow, *, for_staff: bool) -> "MilestoneChange":
        """The change of a row; why it was changed is for our people."""
        before, after = row.before or {}, row.after or {}
        return cls(
            at=row.at,
            kind=row.kind,
            actor=row.actor,
            because=row.reason if for_staff else None,
            estimated_before=_day(before.get("estimatedOn") or before.get("eventOn")),
            estimated_after=_day(after.get("estimatedOn") or after.get("eventOn")),
            closed_on=_day(after.get("closedOn")),
        )


@strawberry.type(description="A day that a vendor gave for its completion (M2).")
class VendorDate:
    """A vendor's date, beside the first."""

    vendor: str = strawberry.field(description="Which vendor.")
    promised_on: dt.date = strawberry.field(description="The day it gave.")
    recorded_at: dt.datetime = strawberry.field(description="When it was written down.")
    recorded_by: str = strawberry.field(description="By whom.")

    @classmethod
    def of(cls, row: MilestoneVendorDateRow) -> "VendorDate":
        """The date of a row."""
        return cls(
            vendor=row.vendor,
            promised_on=row.promised_on,
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by,
        )


@strawberry.type(description="One step of an order: when it is expected, when it was closed (M1).")
@contract.shows(StepFacts)
class Milestone(Node):
    """A step of an order's flow."""

    row: strawberry.Private[MilestoneRow]
    step: strawberry.Private[MilestoneStepRow]
    number: int = strawberry.field(description="Its place in the flow, from 1.")
    code: str = strawberry.field(description="Its lasting name for programs.")
    owner_role: Role = strawberry.field(description="Who has to do it.")
    attendees: list[Role] = strawberry.field(
        description="Who else attends its calendar event (M3)."
    )
    estimated_on: dt.date | None = strawberry.field(description="The estimated day.")
    event_on: dt.date | None = strawberry.field(description="The day of its calendar event.")
    due_on: dt.date | None = strawberry.field(
        description="The day in force, by which state and lists go: the estimate, else the event, "
        "else what the rules give for a step that takes neither (10, 16)."
    )
    is_confirmed: bool = strawberry.field(
        description="Whether a person has confirmed the day; else it follows what it hangs on."
    )
    first_estimated_on: dt.date | None = strawberry.field(
        description="The first day that it was ever expected."
    )
    baseline_on: dt.date | None = strawberry.field(
        description="The day that was planned: first confirmed, or planned backward."
    )
    started_at: dt.datetime | None = strawberry.field(description="When work on it began.")
    closed_on: dt.date | None = strawberry.field(description="The day it was closed.")
    closed_at: dt.datetime | None = strawberry.field(description="When that was recorded.")
    takes_estimate: bool = strawberry.field(description="Whether it takes an estimated day.")
    takes_event: bool = strawberry.field(description="Whether it takes a calendar event.")
    takes_closed: bool = strawberry.field(description="Whether it takes a closed date.")
    waits_for: list[int] = strawberry.field(description="The numbers of its predecessors (M4).")
    document: str | None = strawberry.field(description="The paper that goes with it (M6).")
    state: MilestoneState = strawberry.field(description="Where it stands today.")
    days_late: int | None = strawberry.field(
        description="Days late; negative while days are left; null where no day is expected."
    )

    @classmethod
    def of(
        cls, row: MilestoneRow, step: MilestoneStepRow, today: dt.date, policy: Policy
    ) -> "Milestone":
        """The milestone of a row, as it stands today."""
        expected = expected_on(row.estimated_on, row.event_on, row.reckoned_on)
        state = milestone_state(
            expected,
            row.closed_on,
            row.skipped,
            today,
            policy.due_soon_days,
            takes_closed=row.takes_closed,
            baseline=row.baseline_on,
            waits=row.waits,
            is_open=row.is_open,
        )
        return cls(
            id=global_id("Milestone", row.id),
            row=row,
            step=step,
            number=step.number,
            code=step.code,
            owner_role=row.owner_role,
            attendees=[Role(role) for role in step.attendees],
            due_on=expected,
            is_confirmed=row.confirmed,
            takes_estimate=step.takes_estimate,
            takes_event=step.takes_event,
            takes_closed=step.takes_closed,
            waits_for=[int(number) for number in step.predecessors],
            document=step.document,
            state=state,
            days_late=days_late(
                expected,
                row.closed_on,
                today,
                takes_closed=row.takes_closed,
                baseline=row.baseline_on,
                waits=row.waits,
                is_open=row.is_open,
            ),
            **{name: getattr(row, name) for name in _facts_shown()},
        )

    @strawberry.field(description="Its name.")
    def label(self, info: Info, locale: LocaleArgument = None) -> str:
        """The name in a language."""
        return pick(info, locale, self.step.label_en, self.step.label_zh)

    order = related(OrderRef, "The order it is a step of.", ORDER.get, "order_id")

    @strawberry.field(description="The person who does it, where it was given to one.")
    async def owner(self, info: Info) -> str | None:
        """Its person."""
        if self.row.owner_person_id is None:
            return None
        person = await info.context.load.person.load(self.row.owner_person_id)
        return None if person is None else str(person.name)

    @strawberry.field(
        description="What vendors say now, beside the first date that never changes (step 9).",
        extensions=[ForOurPeople()],
    )
    async def vendors_new_date(self) -> dt.date | None:
        """The vendors' newest day."""
        return self.row.reported_on

    @strawberry.field(
        description="Days that its day is behind the baseline, else behind the first estimate."
    )
    async def slip_days(self, info: Info) -> int | None:
        """A customer could work out the vendors' date from ours."""
        row = self.row
        current = row.closed_on or expected_on(row.estimated_on, row.event_on)
        if _is_staff(info):
            current = row.reported_on or current
        return slip_days(row.first_estimated_on, row.baseline_on, current)

    @strawberry.field(
        description="Who closed it, by subject, or by the name that an import brought.",
        extensions=[ForOurPeople()],
    )
    async def closed_by(self) -> str | None:
        """A person of ours."""
        return self.row.closed_by

    @strawberry.field(description="A note.", extensions=[ForOurPeople()])
    async def note(self) -> str | None:
        """Free text of our people."""
        return self.row.note

    @strawberry.field(
        description="What changed of it, the oldest first: the newest 500; a customer reads what "
        "became of it.",
        metadata={SIZE: 5},
    )
    async def history(self, info: Info) -> list[MilestoneChange]:
        """Its whole history."""
        rows = await info.context.load.history_by_milestone.load(self.row.id)
        for_staff = _is_staff(info)
        return [
            MilestoneChange.of(row, for_staff=for_staff)
            for row in rows
            if for_staff or row.kind in _FOR_CUSTOMERS
        ]

    @strawberry.field(
        description="The days that vendors gave, the oldest first (step 9).",
        extensions=[Needs(Action.VIEW_PROGRESS)],
        metadata={SIZE: 2},
    )
    async def vendor_dates(self, info: Info) -> list[VendorDate]:
        """All vendors' dates."""
        rows = await info.context.load.vendor_dates_by_milestone.load(self.row.id)
        return [VendorDate.of(row) for row in rows]


@cache
def _facts_shown() -> frozenset[str]:
    """The facts of a step that the type shows under their own name, as they stand."""
    shown = {field.name for field in fields(Milestone) if field.init}
    return frozenset(shown & {field.name for field in fields(StepFacts)})


def _is_staff(info: Info) -> bool:
    return may(info.context.principal, Action.VIEW_ORDER_WORK)


@strawberry.type(description="What a late step does to another (M7).")
class MilestoneDelay:
    """One step that can no longer be done in time."""

    milestone: Milestone = strawberry.field(description="The step that is delayed.")
    expected_on: dt.date = strawberry.field(description="The day it was expected.")
    now_on: dt.date = strawberry.field(
        description="The day that is left if the late step is done today."
    )
    days: int = strawberry.field(description="How many days that is later.")


@strawberry.type(description="An overdue step and what it delays (M7).")
class LateMilestone:
    """A late step of an order."""

    milestone: Milestone = strawberry.field(description="The step.")
    days: int = strawberry.field(description="How many days it is late.")
    delays: list[MilestoneDelay] = strawberry.field(description="What it delays, by day.")


@strawberry.type(description="A step of a template (M1).")
class MilestoneTemplateStep:
    """One step that orders will get."""

    step: strawberry.Private[MilestoneStepRow]
    number: int = strawberry.field(description="Its place in the flow, from 1.")
    code: str = strawberry.field(description="Its lasting name for programs.")
    owner_role: Role = strawberry.field(description="Who has to do it.")
    attendees: list[Role] = strawberry.field(description="Who attends its calendar event.")
    waits_for: list[int] = strawberry.field(description="The numbers of its predecessors.")
    takes: list[str] = strawberry.field(
        description="The dates it takes: estimate, event, closed, start."
    )
    document: str | None = strawberry.field(description="The paper that goes with it.")
    days: int | None = strawberry.field(description="How long it usually takes.")

    @classmethod
    def of(cls, row: MilestoneStepRow) -> "MilestoneTemplateStep":
        """The step of a row."""
        takes = {
            "estimate": row.takes_estimate,
            "event": row.takes_event,
            "closed": row.takes_closed,
            "start": row.takes_start,
        }
        return cls(
            step=row,
            number=row.number,
            code=row.code,
            owner_role=row.owner_role,
            attendees=[Role(role) for role in row.attendees],
            waits_for=[int(number) for number in row.predecessors],
            takes=[name for name, taken in takes.items() if taken],
            document=row.document,
            days=row.days,
        )

    @strawberry.field(description="Its name.")
    def label(self, info: Info, locale: LocaleArgument = None) -> str:
        """The name in a language."""
        return pick(info, locale, self.step.label_en, self.step.label_zh)


@strawberry.type(description="A flow of steps that orders may follow (M1, M6).")
class MilestoneTemplate(Node):
    """A template in one version."""

    row: strawberry.Private[MilestoneTemplateRow]
    code: str = strawberry.field(description="Its lasting name for programs.")
    version: int = strawberry.field(description="Its version; orders keep theirs.")
    is_current: bool = strawberry.field(description="Whether new orders get it.")

    @classmethod
    def of(cls, row: MilestoneTemplateRow) -> "MilestoneTemplate":
        """The template of a row."""
        return cls(
            id=global_id("MilestoneTemplate", row.id),
            row=row,
            code=row.code,
            version=row.version,
            is_current=row.is_current,
        )

    @strawberry.field(description="Its name.")
    def name(self, info: Info, locale: LocaleArgument = None) -> str:
        """The name in a language."""
        return pick(info, locale, self.row.name, self.row.name_zh)

    @strawberry.field(description="Its steps in their order.", metadata={SIZE: 17})
    async def steps(self, info: Info) -> list[MilestoneTemplateStep]:
        """All its steps."""
        rows = await info.context.load.steps_by_template.load(self.row.id)
        return [MilestoneTemplateStep.of(row) for row in rows]


template_by_key = found_by(MilestoneTemplate.of, lambda load: load.milestone_template)


async def milestones_of(context: RequestContext, rows: list[MilestoneRow]) -> list[Milestone]:
    """Milestones of rows; the steps they stand for are looked up together."""
    today, policy = await context.today()
    steps = await context.load.milestone_step.load_many([row.step_id for row in rows])
    return [Milestone.of(row, step, today, policy) for row, step in zip(rows, steps, strict=True)]


async def milestone_by_key(context: RequestContext, key: int | None) -> Milestone | None:
    """The milestone of a key, where there is one that may be seen."""
    row = None if key is None else await context.load.milestone.load(key)
    return None if row is None else (await milestones_of(context, [row]))[0]


async def next_of(context: RequestContext, order_id: int) -> Milestone | None:
    """The order's critical next step (M7), over all flows it follows."""
    today, _ = await context.today()
    found = []
    for flow in await _flows(context, order_id):
        steps, dates = _read(flow)
        step = critical_next(steps, dates, today)
        if step is not None:
            found.append(next(each for each in flow if each.number == step.number))
    return min(
        found,
        key=lambda each: (each.due_on or dt.date.max, each.number),
        default=None,
    )


async def late_of(context: RequestContext, order_id: int) -> list[LateMilestone]:
    """The order's overdue steps, the latest first, with what each delays (M7)."""
    today, policy = await context.today()
    plans = {plan.template_id: plan for plan in await context.load.plans_by_order.load(order_id)}
    calendar = await context.load.work_calendar.load(policy)
    found = []
    for flow in await _flows(context, order_id):
        steps, dates = _read(flow)
        by_number = {each.number: each for each in flow}
        plan = plan_of(plans.get(flow[0].step.template_id))
        anchors = anchors_of(plan, policy.schedule.contract_terms)
        late = late_steps(steps, dates, anchors, calendar, today)
        found += [_late(each, by_number) for each in late]
    return found


def _late(late: Late, by_number: dict[int, Milestone]) -> LateMilestone:
    return LateMilestone(
        milestone=by_number[late.step.number],
        days=late.days,
        delays=[
            MilestoneDelay(
                milestone=by_number[delay.number],
                expected_on=delay.expected_on,
                now_on=delay.now_on,
                days=delay.days,
            )
            for delay in late.delays
        ],
    )


async def _flows(context: RequestContext, order_id: int) -> list[list[Milestone]]:
    """An order's milestones by template; none of an order that has ended."""
    rows = await context.load.milestones_by_order.load(order_id)
    flows: dict[int, list[Milestone]] = {}
    for each in await milestones_of(context, rows):
        flows.setdefault(each.step.template_id, []).append(each)
    return [flow for flow in flows.values() if any(each.row.is_open for each in flow)]


def _read(flow: list[Milestone]) -> tuple[list[MilestoneStep], dict[int, StepFacts]]:
    return [step_of(each.step) for each in flow], {each.number: facts_of(each.row) for each in flow}


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


findable(Milestone, Action.VIEW_MILESTONES, milestone_by_key)
findable(MilestoneTemplate, Action.VIEW_MILESTONES, template_by_key)
