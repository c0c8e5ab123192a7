"""The policy, version by version."""

import datetime as dt
from typing import Annotated

import strawberry

from domain.policy.commands import SetRegionOrder, UpdatePolicy, WithdrawPolicy
from domain.roles import Action
from gql import contract
from gql.connections import listing
from gql.context import Info
from gql.language import reason_in_words
from gql.mutations import REFUSALS, UserError
from gql.nodes import Node, findable, found_by, global_id
from gql.permissions import Needs
from gql.scalars import Json
from persistence import policy as versions
from persistence.tables import PolicyRow
from services.policy import policy_at, set_region_order, update_policy, withdraw_policy


@strawberry.type(description="One version of the company's policy: days, amounts, lists (P7).")
class PolicyVersion(Node):
    """A version."""

    version: int = strawberry.field(description="Its number; counts all versions.")
    effective_from: dt.datetime = strawberry.field(description="From when it is in force.")
    settings: Json = strawberry.field(description="All settings by name.")
    created_by: str = strawberry.field(description="Who made it.")
    created_at: dt.datetime = strawberry.field(description="When.")
    because: strawberry.Private[str | None]
    reason: str | None = strawberry.field(
        resolver=reason_in_words, description="Why, where that was said."
    )

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
            because=row.reason,
        )


policy_by_version = found_by(PolicyVersion.of, lambda load: load.policy_version)


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

    policies = listing(
        PolicyVersion,
        "Every version of the policy, the newest first.",
        Action.VIEW_POLICY,
        versions.policies,
        versions.count_policies,
    )


_mutation = contract.answered_with(PolicyUpdatePayload, "policy", policy_by_version)


@strawberry.type
class PolicyMutations:
    """Root fields that change the policy."""

    policy_update = _mutation(UpdatePolicy, update_policy, "What to change.")
    region_order_set = _mutation(SetRegionOrder, set_region_order, "The order.")
    policy_withdraw = _mutation(WithdrawPolicy, withdraw_policy, "Which version.")


findable(PolicyVersion, Action.VIEW_POLICY, policy_by_version)
