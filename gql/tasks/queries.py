"""Lists of tasks and clocks."""

from typing import Annotated

import strawberry

from domain.roles import Action, Role
from domain.tasks.vocabularies import TaskState
from gql.connections import After, Before, Connection, First, Last, PageArguments, listed, listing
from gql.context import Info
from gql.input_changes import Narrowing
from gql.milestones.queries import mine
from gql.nodes import optional_key
from gql.permissions import Needs
from gql.scalars import DateRange
from gql.tasks.types import Clock, Task
from persistence.clocks import queries as clock_queries
from persistence.tasks import queries


@strawberry.input(description="Which tasks to list; what is left out or empty does not narrow.")
class TaskFilter(Narrowing):
    """A question about tasks."""

    state: list[TaskState] | None = strawberry.field(
        default=None, description="Only those in one of these states; open ones where left out."
    )
    owner_role: Role | None = strawberry.field(
        default=None, description="Only those of this department."
    )
    mine: bool = strawberry.field(
        default=False,
        description="Only mine: those that are mine in person, and those of my roles that are "
        "nobody's in person.",
    )
    kind: str | None = strawberry.field(default=None, description="Only those of this rule.")
    order_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only those about this order."
    )
    due_between: DateRange | None = strawberry.field(
        default=None, description="Only those due in this span."
    )


@strawberry.input(description="Which clocks to list; what is left out or empty does not narrow.")
class ClockFilter(Narrowing):
    """A question about clocks."""

    is_running: bool | None = strawberry.field(
        default=None, description="Only those that run, or only those that were stopped."
    )
    is_breached: bool | None = strawberry.field(
        default=None, description="Only those whose time was over, or only the others."
    )
    owner_role: Role | None = strawberry.field(
        default=None, description="Only those of this department."
    )
    code: str | None = strawberry.field(default=None, description="Only those of this limit.")
    order_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only those of this order."
    )

    def question(self) -> clock_queries.ClockQuestion:
        """The question to the database."""
        return clock_queries.ClockQuestion(
            self.is_running,
            self.is_breached,
            self.owner_role,
            self.code,
            optional_key(self.order_id, "Order", "orderId"),
        )


@strawberry.type
class TaskQueries:
    """Root fields about tasks and clocks."""

    @strawberry.field(
        description="Tasks, the first due first.", extensions=[Needs(Action.VIEW_TASKS)]
    )
    async def tasks(
        self,
        info: Info,
        filter: Annotated[TaskFilter | None, strawberry.argument(description="Which ones.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Task]:
        """A page of tasks."""
        asked = filter or TaskFilter()
        today, _ = await info.context.today()
        due = asked.due_between or DateRange()
        states = [TaskState.OPEN] if asked.state is None else asked.state
        question = queries.TaskQuestion(
            today=today,
            states=[*states],
            owner_role=asked.owner_role,
            mine=await mine(info.context) if asked.mine else None,
            kind=asked.kind,
            order_id=optional_key(asked.order_id, "Order", "orderId"),
            due_from=due.from_,
            due_to=due.to,
        )
        found: Connection[Task] = await listed(
            info,
            queries.tasks,
            queries.count_tasks,
            question,
            PageArguments(first, after, last, before),
            lambda row: Task.of(row, today),
        )
        return found

    clocks = listing(
        Clock,
        "Time limits, the first due first.",
        Action.VIEW_CLOCKS,
        clock_queries.clocks,
        clock_queries.count_clocks,
        ClockFilter,
    )
