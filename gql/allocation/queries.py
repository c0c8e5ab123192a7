"""Root fields about runs and reservations."""

import datetime as dt
from typing import Annotated

import strawberry

from domain.allocation import AllocationRunStatus, AllocationTrigger, ReservationStatus
from domain.roles import Action
from gql.allocation.types import AllocationRun, Reservation, run_by_key
from gql.connections import After, Before, Connection, First, Last, PageArguments, listed
from gql.context import Info
from gql.input_changes import Narrowing
from gql.nodes import key_of, optional_key
from gql.permissions import Needs
from gql.scalars import DateTimeRange, span
from gql.vocabularies import distinct
from persistence.allocation import queries


@strawberry.input(description="Which runs to list; what is left out or empty does not narrow.")
class AllocationRunFilter(Narrowing):
    """A question about runs."""

    status: list[AllocationRunStatus] | None = strawberry.field(
        default=None, description="Only those in one of these states."
    )
    trigger: list[AllocationTrigger] | None = strawberry.field(
        default=None, description="Only those with one of these triggers."
    )
    requested_between: DateTimeRange | None = strawberry.field(
        default=None, description="Only those asked for in this span."
    )


@strawberry.input(
    description="Which reservations to list; what is left out or empty does not narrow."
)
class ReservationFilter(Narrowing):
    """A question about reservations."""

    status: list[ReservationStatus] | None = strawberry.field(
        default=None, description="Only those in one of these states."
    )
    customer_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only this customer's."
    )
    order_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only this order's."
    )
    run_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only those that this run made."
    )
    expires_before: dt.datetime | None = strawberry.field(
        default=None, description="Only those that lapse before this."
    )


@strawberry.type
class AllocationQueries:
    """Root fields about allocation."""

    @strawberry.field(
        description="An allocation run; null when there is none of this id.",
        extensions=[Needs(Action.VIEW_ALLOCATION)],
    )
    async def allocation_run(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> AllocationRun | None:
        """One run."""
        return await run_by_key(info.context, key_of(id, "AllocationRun", "id"))

    @strawberry.field(
        description="Allocation runs, the newest first.",
        extensions=[Needs(Action.VIEW_ALLOCATION)],
    )
    async def allocation_runs(
        self,
        info: Info,
        filter: Annotated[
            AllocationRunFilter | None, strawberry.argument(description="Which ones.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[AllocationRun]:
        """A page of runs."""
        asked = filter or AllocationRunFilter()
        requested_from, requested_before = span(asked.requested_between)
        question = queries.RunQuestion(
            statuses=distinct(asked.status),
            triggers=distinct(asked.trigger),
            requested_from=requested_from,
            requested_before=requested_before,
        )
        found: Connection[AllocationRun] = await listed(
            info,
            queries.allocation_runs,
            queries.count_allocation_runs,
            question,
            PageArguments(first, after, last, before),
            AllocationRun.of,
        )
        return found

    @strawberry.field(
        description="Reservations, the newest first.",
        extensions=[Needs(Action.VIEW_RESERVATIONS)],
    )
    async def reservations(
        self,
        info: Info,
        filter: Annotated[
            ReservationFilter | None, strawberry.argument(description="Which ones.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Reservation]:
        """A page of reservations."""
        asked = filter or ReservationFilter()
        question = queries.ReservationQuestion(
            statuses=distinct(asked.status),
            customer_id=optional_key(asked.customer_id, "Customer", "customerId"),
            order_id=optional_key(asked.order_id, "Order", "orderId"),
            run_id=optional_key(asked.run_id, "AllocationRun", "runId"),
            expires_before=asked.expires_before,
        )
        found: Connection[Reservation] = await listed(
            info,
            queries.reservations,
            queries.count_reservations,
            question,
            PageArguments(first, after, last, before),
            Reservation.of,
        )
        return found
