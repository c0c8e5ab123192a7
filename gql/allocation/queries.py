"""Root fields about runs and reservations."""

import datetime as dt
from typing import Annotated

import strawberry

from domain.allocation import AllocationRunStatus, AllocationTrigger, ReservationStatus
from domain.roles import Action
from gql.allocation.types import AllocationRun, Reservation, run_by_key
from gql.connections import listing
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

    def question(self) -> queries.RunQuestion:
        """The question to the database."""
        requested_from, requested_before = span(self.requested_between)
        return queries.RunQuestion(
            statuses=distinct(self.status),
            triggers=distinct(self.trigger),
            requested_from=requested_from,
            requested_before=requested_before,
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

    def question(self) -> queries.ReservationQuestion:
        """The question to the database."""
        return queries.ReservationQuestion(
            statuses=distinct(self.status),
            customer_id=optional_key(self.customer_id, "Customer", "customerId"),
            order_id=optional_key(self.order_id, "Order", "orderId"),
            run_id=optional_key(self.run_id, "AllocationRun", "runId"),
            expires_before=self.expires_before,
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

    allocation_runs = listing(
        AllocationRun,
        "Allocation runs, the newest first.",
        Action.VIEW_ALLOCATION,
        queries.allocation_runs,
        queries.count_allocation_runs,
        AllocationRunFilter,
    )
    reservations = listing(
        Reservation,
        "Reservations, the newest first.",
        Action.VIEW_RESERVATIONS,
        queries.reservations,
        queries.count_reservations,
        ReservationFilter,
    )
