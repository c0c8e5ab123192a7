"""Asking for an allocation run, and calling one off."""

from dataclasses import dataclass
from typing import Annotated, Any

import strawberry

from domain.roles import Action
from gql.allocation.types import AllocationRun, run_by_key
from gql.context import Info
from gql.mutations import KEY, REFUSALS, UserError, act_once
from gql.nodes import key_of
from gql.permissions import Needs
from persistence.unit_of_work import UnitOfWork
from services.allocation.request import cancel_allocation, request_allocation


@dataclass(frozen=True)
class RequestAllocation:
    """Ask for a run over all free goods that are wanted, so nothing more is said."""


@dataclass(frozen=True)
class CancelAllocation:
    """Call off a run."""

    run_id: int


@strawberry.input(description="A run asked for.")
class AllocationRequestInput:
    """A run that is asked for takes all free goods that open claims want."""

    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A run called off.")
class AllocationCancelInput:
    """A run that no worker has begun."""

    id: strawberry.ID = strawberry.field(description="The run's id.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


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


@strawberry.type
class AllocationMutations:
    """Root fields that change allocation."""

    @strawberry.mutation(
        description="Queue an allocation run; follow it with `allocationProgress`.",
        extensions=[Needs(Action.REQUEST_ALLOCATION)],
    )
    async def allocation_request(
        self,
        info: Info,
        input: Annotated[
            AllocationRequestInput | None, strawberry.argument(description="How to ask.")
        ] = None,
    ) -> AllocationRequestPayload:
        """Queue a run."""

        async def act(uow: UnitOfWork) -> dict[str, Any]:
            return {"run": await request_allocation(uow)}

        key = None if input is None else input.idempotency_key
        outcome, refusals = await act_once(info, "allocationRequest", key, RequestAllocation(), act)
        return AllocationRequestPayload(
            allocation_run=await run_by_key(info.context, outcome.get("run")),
            user_errors=refusals,
        )

    @strawberry.mutation(
        description="Call off a run that waits or is being solved; it then writes nothing.",
        extensions=[Needs(Action.CANCEL_ALLOCATION)],
    )
    async def allocation_cancel(
        self,
        info: Info,
        input: Annotated[AllocationCancelInput, strawberry.argument(description="Which run.")],
    ) -> AllocationCancelPayload:
        """Cancel a run."""
        command = CancelAllocation(key_of(input.id, "AllocationRun", "id"))

        async def act(uow: UnitOfWork) -> dict[str, Any]:
            await cancel_allocation(command.run_id, uow)
            return {"run": command.run_id}

        outcome, refusals = await act_once(
            info, "allocationCancel", input.idempotency_key, command, act
        )
        return AllocationCancelPayload(
            allocation_run=await run_by_key(info.context, outcome.get("run")),
            user_errors=refusals,
        )
