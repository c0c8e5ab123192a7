"""Asking for an allocation run, and calling one off."""

import strawberry

from domain.allocation import CancelAllocation, RequestAllocation
from gql import contract
from gql.allocation.types import AllocationRun, run_by_key
from gql.mutations import REFUSALS, UserError
from services.allocation.request import cancel_allocation, request_allocation


@strawberry.type(description="The queued run, or why there is none.")
class AllocationRequestPayload:
    """The answer to `allocationRequest`."""

    allocation_run: AllocationRun | None = strawberry.field(description="The run.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.type(description="The cancelled run, or why it was not cancelled.")
class AllocationCancelPayload:
    """The answer to `allocationCancel`."""

    allocation_run: AllocationRun | None = strawberry.field(description="The run.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


_allocation_request = contract.answered_with(AllocationRequestPayload, "allocation_run", run_by_key)
_allocation_cancel = contract.answered_with(AllocationCancelPayload, "allocation_run", run_by_key)


@strawberry.type
class AllocationMutations:
    """Root fields that change allocation."""

    allocation_request = _allocation_request(
        RequestAllocation, request_allocation, "How to ask.", may_be_left_out=True
    )
    allocation_cancel = _allocation_cancel(CancelAllocation, cancel_allocation, "Which run.")
