"""Work lists of milestones, how much each department has to do, and the templates."""

import datetime as dt
from typing import Annotated

import strawberry

from domain.milestones.vocabularies import MilestoneState
from domain.roles import Action, Role
from gql.connections import After, Before, Connection, First, Last, PageArguments, listed
from gql.context import Info, RequestContext
from gql.input_changes import Narrowing
from gql.milestones.types import Milestone, MilestoneTemplate
from gql.nodes import optional_key
from gql.permissions import Needs
from gql.scalars import DateRange
from gql.vocabularies import distinct
from persistence.milestones import queries
from persistence.milestones.templates import current_templates
from persistence.parties.keys import person_key
from persistence.tables import MilestoneStepRow
from persistence.work_lists import Mine


@strawberry.input(
    description="Which milestones to list; what is left out or empty does not narrow."
)
class MilestoneFilter(Narrowing):
    """A question about milestones."""

    owner_role: Role | None = strawberry.field(
        default=None, description="Only those this role has to do."
    )
    state: list[MilestoneState] | None = strawberry.field(
        default=None, description="Only those in one of these states today."
    )
    due_between: DateRange | None = strawberry.field(
        default=None, description="Only those expected in this span."
    )
    order_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only those of this order."
    )
    customer_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only those of this customer's orders."
    )
    mine: bool = strawberry.field(
        default=False,
        description="Only my open steps: those that are mine in person, and those of my roles "
        "that are nobody's in person.",
    )
    is_open: bool = strawberry.field(
        default=False, description="Only those that are still to be done."
    )


@strawberry.type(description="How much a department has to do.")
class MilestoneLoad:
    """A line of the overview by department."""

    owner_role: Role = strawberry.field(description="The department.")
    open: int = strawberry.field(description="Its open steps.")
    overdue: int = strawberry.field(description="Those whose day has passed.")
    due_this_week: int = strawberry.field(description="Those due until Sunday, from today on.")


@strawberry.type
class MilestoneQueries:
    """Root fields about milestones."""

    @strawberry.field(
        description="Milestones, the first due first; those without a day come last.",
        extensions=[Needs(Action.VIEW_MILESTONES)],
    )
    async def milestones(
        self,
        info: Info,
        filter: Annotated[
            MilestoneFilter | None, strawberry.argument(description="Which ones.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Milestone]:
        """A page of milestones."""
        asked = filter or MilestoneFilter()
        today, policy = await info.context.today()
        due = asked.due_between or DateRange()
        question = queries.MilestoneQuestion(
            today=today,
            due_soon_days=policy.due_soon_days,
            owner_role=asked.owner_role,
            mine=await mine(info.context) if asked.mine else None,
            open_only=asked.is_open,
            states=distinct(asked.state),
            due_from=due.from_,
            due_to=due.to,
            order_id=optional_key(asked.order_id, "Order", "orderId"),
            customer_id=optional_key(asked.customer_id, "Customer", "customerId"),
        )
        steps = await _all_steps(info.context)
        found: Connection[Milestone] = await listed(
            info,
            queries.milestones,
            queries.count_milestones,
            question,
            PageArguments(first, after, last, before),
            lambda row: Milestone.of(row, steps[row.step_id], today, policy),
        )
        return found

    @strawberry.field(
        description="Open, overdue and due-this-week steps by department, the most overdue first.",
        extensions=[Needs(Action.VIEW_TASKS)],
    )
    async def milestone_load(self, info: Info) -> list[MilestoneLoad]:
        """The overview by department."""
        today, _ = await info.context.today()
        async with info.context.uow() as uow:
            found = await queries.load_by_role(uow.session, today, _sunday(today))
        return [
            MilestoneLoad(
                owner_role=Role(each.owner_role),
                open=each.open,
                overdue=each.overdue,
                due_this_week=each.due_this_week,
            )
            for each in found
        ]

    @strawberry.field(
        description="The templates that new orders may follow.",
        extensions=[Needs(Action.VIEW_MILESTONES)],
    )
    async def milestone_templates(self, info: Info) -> list[MilestoneTemplate]:
        """All current templates."""
        async with info.context.uow() as uow:
            rows = await current_templates(uow.session)
        return [MilestoneTemplate.of(row) for row in rows]


async def mine(context: RequestContext) -> Mine:
    """Who asks for what is theirs."""
    principal = context.principal
    async with context.uow() as uow:
        person = await person_key(uow.session, principal.subject)
    return Mine(sorted(principal.roles), person)


def _sunday(today: dt.date) -> dt.date:
    """The last day of the week."""
    return today + dt.timedelta(days=6 - today.weekday())


async def _all_steps(context: RequestContext) -> dict[int, MilestoneStepRow]:
    async with context.uow() as uow:
        return await queries.all_steps(uow.session)
