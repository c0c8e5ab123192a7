"""The policy, version by version."""

import datetime as dt
from typing import Annotated, Any

import strawberry

from domain.roles import Action
from domain.seasons import SellingSeason
from gql.connections import After, Before, Connection, First, Last, PageArguments, listed
from gql.context import Info, RequestContext
from gql.mutations import KEY, REFUSALS, UserError, act_once
from gql.nodes import Node, findable, global_id
from gql.permissions import Needs
from gql.scalars import Json
from persistence import policy as versions
from persistence.tables import PolicyRow
from persistence.unit_of_work import UnitOfWork
from services.policy import (
    SetRegionOrder,
    UpdatePolicy,
    WithdrawPolicy,
    policy_at,
    set_region_order,
    update_policy,
    withdraw_policy,
)


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
    """A change of policy."""

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


@strawberry.input(description="The order of regions in a season.")
class RegionOrderSetInput:
    """Regions, the first served first."""

    season: SellingSeason = strawberry.field(description="The season.")
    regions: list[str] = strawberry.field(description="Regions by code, the first served first.")
    valid_from: dt.date | None = strawberry.field(
        default=None, description="The first day on which it holds; none = at once."
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


@strawberry.input(description="A planned version to call off.")
class PolicyWithdrawInput:
    """Which version, and why."""

    version: int = strawberry.field(description="The version's number.")
    reason: str = strawberry.field(description="Why; kept with the version that says so.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


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


@strawberry.type
class PolicyMutations:
    """Root fields that change the policy."""

    @strawberry.mutation(
        description="ADMIN changes settings of the policy from a day on (P7).",
        extensions=[Needs(Action.CHANGE_POLICY)],
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

        async def act(uow: UnitOfWork) -> dict[str, Any]:
            return {"version": await update_policy(command, uow)}

        outcome, refusals = await act_once(
            info, "policyUpdate", input.idempotency_key, command, act
        )
        return await _policy_payload(info.context, outcome, refusals)

    @strawberry.mutation(
        description="PRODUCT or CHANNEL sets the order in which a season serves regions (P5, P7).",
        extensions=[Needs(Action.SET_CHANNEL_RANKS)],
    )
    async def region_order_set(
        self,
        info: Info,
        input: Annotated[RegionOrderSetInput, strawberry.argument(description="The order.")],
    ) -> PolicyUpdatePayload:
        """Set an order of regions."""
        command = SetRegionOrder(
            input.season,
            tuple(input.regions),
            input.valid_from,
            input.reason,
            input.expected_version,
        )

        async def act(uow: UnitOfWork) -> dict[str, Any]:
            return {"version": await set_region_order(command, uow)}

        outcome, refusals = await act_once(
            info, "regionOrderSet", input.idempotency_key, command, act
        )
        return await _policy_payload(info.context, outcome, refusals)

    @strawberry.mutation(
        description="Call a planned version off before its day: a new version takes its settings "
        "back, there and in later ones. ADMIN, and for an order of regions who sets it (P7).",
        extensions=[Needs(Action.VIEW_POLICY)],
    )
    async def policy_withdraw(
        self,
        info: Info,
        input: Annotated[PolicyWithdrawInput, strawberry.argument(description="Which version.")],
    ) -> PolicyUpdatePayload:
        """Withdraw a version."""
        command = WithdrawPolicy(input.version, input.reason)

        async def act(uow: UnitOfWork) -> dict[str, Any]:
            return {"version": await withdraw_policy(command, uow)}

        outcome, refusals = await act_once(
            info, "policyWithdraw", input.idempotency_key, command, act
        )
        return await _policy_payload(info.context, outcome, refusals)


async def policy_by_version(context: RequestContext, version: int) -> PolicyVersion | None:
    """A version of the policy, where it may be seen."""
    row = await context.load.policy_version.load(version)
    return None if row is None else PolicyVersion.of(row)


async def _policy_payload(
    context: RequestContext, outcome: dict[str, Any], refusals: list[UserError]
) -> PolicyUpdatePayload:
    version = outcome.get("version")
    policy = None if version is None else await policy_by_version(context, version)
    return PolicyUpdatePayload(policy=policy, user_errors=refusals)


findable(PolicyVersion, Action.VIEW_POLICY, policy_by_version)
