"""News for clients that listen; each is read again under the listener's own rights."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from domain.allocation import AllocationRunStatus
from domain.milestones.vocabularies import MilestoneState
from domain.roles import Action, Role, require
from gql.allocation.types import AllocationRun, run_by_key
from gql.context import Info
from gql.milestones.types import Milestone, milestone_by_key
from gql.nodes import key_of, optional_key
from gql.orders.queries import OrderId, OrderNumber
from gql.orders.types import Order, order_by_key
from persistence.events import ALLOCATION_RUN, MILESTONE_DUE, MISSED, ORDER

_ENDED = frozenset(
    {
        AllocationRunStatus.COMMITTED,
        AllocationRunStatus.DISCARDED,
        AllocationRunStatus.CANCELLED,
        AllocationRunStatus.FAILED,
    }
)


@strawberry.type(description="An order changed.")
class OrderChange:
    """News of an order."""

    order: Order = strawberry.field(description="The order as it is now.")


@strawberry.type(description="How far an allocation run is.")
class AllocationProgress:
    """News of a run."""

    run: AllocationRun = strawberry.field(description="The run as it is now.")
    status: AllocationRunStatus = strawberry.field(description="Where it stands.")
    levels_done: int | None = strawberry.field(
        default=None, description="Levels decided so far, while a long solve reports them."
    )
    levels: int | None = strawberry.field(
        default=None, description="Levels there are, while a long solve reports them."
    )


@strawberry.type(description="A milestone falls due.")
class MilestoneFallsDue:
    """News of a milestone."""

    milestone: Milestone = strawberry.field(description="The milestone as it is now.")
    state: MilestoneState = strawberry.field(description="DUE_SOON or OVERDUE.")


@strawberry.type(description="What can be listened to.")
class Subscription:
    """News over WebSocket or server-sent events."""

    @strawberry.subscription(
        description="Each change of an order; without an order, of any that you may see.",
        metadata={"action": Action.VIEW_ORDERS},
    )
    async def order_changed(
        self, info: Info, order_id: OrderId = None, order_number: OrderNumber = None
    ) -> AsyncGenerator[OrderChange, None]:
        """Changes of orders."""
        context = info.context
        require(context.principal, Action.VIEW_ORDERS)
        wanted = optional_key(order_id, "Order", "orderId")
        if wanted is None and order_number is not None:
            row = await context.load.order_by_number.load(order_number)
            if row is None:
                return
            wanted = row.id
        with context.api.deps.events.subscribe() as news:
            async for event in news:
                key = wanted if event.kind == MISSED else event.id
                if event.kind not in (ORDER, MISSED) or key is None:
                    continue
                if wanted is not None and key != wanted:
                    continue
                # Another customer's order does not even cost a look into the database.
                mine = context.principal.customer_id
                if mine is not None and event.customer_id not in (None, mine):
                    continue
                context.clear_cache()
                order = await order_by_key(context, key)
                if order is not None:
                    yield OrderChange(order=order)

    @strawberry.subscription(
        description="Each milestone that falls due soon or becomes overdue, once for each.",
        metadata={"action": Action.VIEW_MILESTONES},
    )
    async def milestone_due(
        self,
        info: Info,
        owner_role: Annotated[
            Role | None,
            strawberry.argument(description="Only those this role has to do."),
        ] = None,
    ) -> AsyncGenerator[MilestoneFallsDue, None]:
        """Milestones that fall due."""
        context = info.context
        require(context.principal, Action.VIEW_MILESTONES)
        mine = context.principal.customer_id
        with context.api.deps.events.subscribe() as news:
            async for event in news:
                if event.kind != MILESTONE_DUE or event.id is None:
                    continue
                if owner_role is not None and event.details.get("ownerRole") != owner_role:
                    continue
                if mine is not None and event.customer_id != mine:
                    continue
                context.clear_cache()
                milestone = await milestone_by_key(context, event.id)
                if milestone is not None:
                    yield MilestoneFallsDue(milestone=milestone, state=milestone.state)

    @strawberry.subscription(
        description="How far an allocation run is, from now until its end.",
        metadata={"action": Action.VIEW_ALLOCATION},
    )
    async def allocation_progress(
        self,
        info: Info,
        run_id: Annotated[strawberry.ID, strawberry.argument(description="The run's id.")],
    ) -> AsyncGenerator[AllocationProgress, None]:
        """Progress of a run."""
        context = info.context
        require(context.principal, Action.VIEW_ALLOCATION)
        wanted = key_of(run_id, "AllocationRun", "runId")
        sent = None
        # Listening begins before the first look, so that nothing falls between the two.
        with context.api.deps.events.subscribe() as news:
            while True:
                context.clear_cache()
                run = await run_by_key(context, wanted)
                if run is None:
                    return
                if run.status is not sent:
                    sent = run.status
                    yield AllocationProgress(run=run, status=run.status)
                if run.status in _ENDED:
                    return
                async for event in news:
                    if event.kind == MISSED:
                        break
                    if (event.kind, event.id) == (ALLOCATION_RUN, wanted):
                        if "levelsDone" not in event.details:
                            break
                        yield AllocationProgress(
                            run=run,
                            status=run.status,
                            levels_done=event.details["levelsDone"],
                            levels=event.details["levels"],
                        )
