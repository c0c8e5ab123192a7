"""The policy, version by version."""

import datetime as dt
from typing import Annotated, Any

import strawberry

from domain.commands import Command, command_of
from domain.policy.commands import SetRegionOrder, UpdatePolicy, WithdrawPolicy
from domain.roles import Action
from gql import contract
from gql.connections import After, Before, Connection, First, Last, PageArguments, listed
from gql.context import Info, RequestContext
from gql.mutations import KEY, REFUSALS, UserError, carried_out
from gql.nodes import Node, findable, global_id
from gql.permissions import Needs
from gql.scalars import Json
from persistence import policy as versions
from persistence.tables import PolicyRow
from persistence.unit_of_work import UnitOfWork
from services.commands import UseCase
from services.idempotency import Outcome
from services.policy import policy_at, set_region_order, update_policy, withdraw_policy


@strawberry.type(description="One version of the company's policy: days, amounts, lists (P7).")
class PolicyVersion(Node):
    """A version."""

    version: int = strawberry.field(description="Its number; counts all versions.")
    effective_from: dt.datetime = strawberry.field(description="From when it is in force.")
    settings: Json = strawberry.field(description="All settings by name.")
    created_by: str = strawberry.field(description="Who made it.")
    created_at: dt.datetime = strawberry.field(description="When.")
    reason: str | None = strawberry.field(description="Why, where that was said.")

    @classmethod
    def of(cls, row: PolicyRow) -> "PolicyVersion":
        """The version of a row."""
        return cls(
            id=global_id("PolicyVersion", row.version),
            version=row.version,
            effective_from=row.effective_from,
            settings=Json(row.body),
            created_by=row.created_by,
            created_at=row.created_at,
            reason=row.reason,
        )


@strawberry.input(description="Settings to change.")
class PolicyUpdateInput:
    """A change of policy; by hand, because settings come as a document."""

    settings: Json = strawberry.field(
        description="Settings by name with their new values; the others stay."
    )
    valid_from: dt.date | None = strawberry.field(
        default=None, description="The first day on which they hold; none = at once."
    )
    reason: str | None = strawberry.field(default=None, description="Why; kept with the version.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refused when another version will be in force on that day."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.type(description="The policy's version, or why it was not changed.")
class PolicyUpdatePayload:
    """The answer to `policyUpdate`, `regionOrderSet` and `policyWithdraw`."""

    policy: PolicyVersion | None = strawberry.field(description="The version that now stands.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.type
class PolicyQueries:
    """Root fields about the policy."""

    @strawberry.field(
        description="The policy in force at an instant, past or to come.",
        extensions=[Needs(Action.VIEW_POLICY)],
    )
    async def policy(
        self,
        info: Info,
        at: Annotated[
            dt.datetime | None, strawberry.argument(description="When; none = now.")
        ] = None,
    ) -> PolicyVersion | None:
        """A version."""
        async with info.context.uow() as uow:
            try:
                version, _ = await policy_at(uow, at or uow.now)
            except LookupError:
                # Before the first version nothing was in force.
                return None
        return await policy_by_version(info.context, version)

    @strawberry.field(
        description="Every version of the policy, the newest first.",
        extensions=[Needs(Action.VIEW_POLICY)],
    )
    async def policies(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PolicyVersion]:
        """A page of versions."""
        found: Connection[PolicyVersion] = await listed(
            info,
            versions.policies,
            versions.count_policies,
            None,
            PageArguments(first, after, last, before),
            PolicyVersion.of,
        )
        return found


def _answers_with_version(use_case: UseCase[Any, int]) -> contract.Answer:
    """The version that now stands, by its number."""

    async def answer(info: Info, row: Command, data: Any) -> PolicyUpdatePayload:
        command = contract.command_from(row.kind, data)
        return await _changed(info, use_case, command, data.idempotency_key)

    return answer


@strawberry.type
class PolicyMutations:
    """Root fields that change the policy."""

    @strawberry.mutation(
        description=command_of(UpdatePolicy).description, extensions=[Needs(Action.CHANGE_POLICY)]
    )
    async def policy_update(
        self,
        info: Info,
        input: Annotated[PolicyUpdateInput, strawberry.argument(description="What to change.")],
    ) -> PolicyUpdatePayload:
        """Change the policy."""
        settings = input.settings if isinstance(input.settings, dict) else {}
        command = UpdatePolicy(
            {str(name): value for name, value in settings.items()},
            input.valid_from,
            input.reason,
            input.expected_version,
        )
        return await _changed(info, update_policy, command, input.idempotency_key)

    region_order_set = contract.mutation(
        SetRegionOrder,
        PolicyUpdatePayload,
        _answers_with_version(set_region_order),
        argument="The order.",
    )
    policy_withdraw = contract.mutation(
        WithdrawPolicy,
        PolicyUpdatePayload,
        _answers_with_version(withdraw_policy),
        argument="Which version.",
    )


async def _changed(
    info: Info, use_case: UseCase[Any, int], command: object, key: str | None
) -> PolicyUpdatePayload:
    async def change(asked: object, uow: UnitOfWork) -> Outcome:
        return {"version": await use_case(asked, uow)}

    outcome, refusals = await carried_out(info, change, command, key)
    version = outcome.get("version")
    policy = None if version is None else await policy_by_version(info.context, version)
    return PolicyUpdatePayload(policy=policy, user_errors=refusals)


async def policy_by_version(context: RequestContext, version: int) -> PolicyVersion | None:
    """A version of the policy, where it may be seen."""
    row = await context.load.policy_version.load(version)
    return None if row is None else PolicyVersion.of(row)


findable(PolicyVersion, Action.VIEW_POLICY, policy_by_version)
