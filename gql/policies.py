"""The policy, version by version, and the company's own business days."""

import datetime as dt
from typing import Annotated, Any

import strawberry

from domain import limits
from domain.errors import InvalidInput
from domain.roles import Action
from gql.connections import After, Before, Connection, First, Last, PageArguments, listed
from gql.context import Info, RequestContext
from gql.enums import SellingSeason
from gql.input_limits import at_most
from gql.mutations import KEY, REFUSALS, UserError, act_once
from gql.nodes import Node, findable, global_id
from gql.permissions import Needs
from gql.scalars import Json
from persistence import business_days
from persistence.master_data import queries
from persistence.tables import PolicyRow
from persistence.unit_of_work import UnitOfWork
from services.business_days import business_calendar, calendar_warnings
from services.calendar_changes import SetBusinessDay, remove_business_day, set_business_day
from services.policies import (
    SetRegionOrder,
    UpdatePolicy,
    WithdrawPolicy,
    policy_at,
    set_region_order,
    update_policy,
    withdraw_policy,
)

MOST_DAYS = 366


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


@strawberry.type(description="A day of the company's calendar (P6).")
class BusinessDay:
    """A day."""

    day: dt.date = strawberry.field(description="Which day.")
    is_working: bool = strawberry.field(description="Whether people work on it.")
    is_own: bool = strawberry.field(
        description="Whether the company says so, and not its country's calendar."
    )
    name: str | None = strawberry.field(description="What the company calls it.")


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


@strawberry.input(description="A day on which the company differs from its country.")
class BusinessDaySetInput:
    """A holiday, or a make-up day."""

    day: dt.date = strawberry.field(description="Which day.")
    is_working: bool = strawberry.field(description="True: a make-up day. False: a holiday.")
    name: str = strawberry.field(description="What it is called.", metadata=at_most(limits.NAME))
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A day about which the country's calendar decides again.")
class BusinessDayRemoveInput:
    """An entry to take away."""

    day: dt.date = strawberry.field(description="Which day.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.type(description="The day as it now stands, or why it was not changed.")
class BusinessDayPayload:
    """The answer to `businessDaySet` and `businessDayRemove`."""

    business_day: BusinessDay | None = strawberry.field(description="The day.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.type
class PolicyQueries:
    """Root fields about policy and calendar."""

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
            queries.policies,
            queries.count_policies,
            None,
            PageArguments(first, after, last, before),
            PolicyVersion.of,
        )
        return found

    @strawberry.field(
        description="The company's calendar, day by day; a year at most (P6).",
        extensions=[Needs(Action.VIEW_SELF)],
    )
    async def business_days(
        self,
        info: Info,
        first_day: Annotated[dt.date, strawberry.argument(description="The first day.")],
        last_day: Annotated[dt.date, strawberry.argument(description="The last day.")],
    ) -> list[BusinessDay]:
        """Days of a span."""
        count = (last_day - first_day).days + 1
        if not 1 <= count <= MOST_DAYS:
            raise InvalidInput(f"Ask for 1 to {MOST_DAYS} days.", field="lastDay")
        return await _days(info.context, first_day, last_day)

    @strawberry.field(
        description="What the calendar does not know though dates in use reach there, such as the "
        "make-up days of a year that are not announced yet (P6); empty where it knows all.",
        extensions=[Needs(Action.VIEW_CLOCKS)],
    )
    async def calendar_warnings(self, info: Info) -> list[str]:
        """Sentences for people."""
        policy = await info.context.api.policy()
        async with info.context.uow() as uow:
            return await calendar_warnings(uow, policy)


@strawberry.type
class PolicyMutations:
    """Root fields that change policy and calendar."""

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
            input.season.name,
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

    @strawberry.mutation(
        description="Enter a company holiday or a make-up day (P6).",
        extensions=[Needs(Action.KEEP_CALENDAR)],
    )
    async def business_day_set(
        self,
        info: Info,
        input: Annotated[BusinessDaySetInput, strawberry.argument(description="Which day.")],
    ) -> BusinessDayPayload:
        """Enter a day."""
        command = SetBusinessDay(input.day, input.is_working, input.name)

        async def act(uow: UnitOfWork) -> dict[str, Any]:
            await set_business_day(command, uow)
            return {"day": command.day.isoformat()}

        outcome, refusals = await act_once(
            info, "businessDaySet", input.idempotency_key, command, act
        )
        return await _day_payload(info.context, outcome, refusals)

    @strawberry.mutation(
        description="Let the country's calendar decide about a day again (P6).",
        extensions=[Needs(Action.KEEP_CALENDAR)],
    )
    async def business_day_remove(
        self,
        info: Info,
        input: Annotated[BusinessDayRemoveInput, strawberry.argument(description="Which day.")],
    ) -> BusinessDayPayload:
        """Take an entry away."""

        async def act(uow: UnitOfWork) -> dict[str, Any]:
            await remove_business_day(input.day, uow)
            return {"day": input.day.isoformat()}

        outcome, refusals = await act_once(
            info, "businessDayRemove", input.idempotency_key, input, act
        )
        return await _day_payload(info.context, outcome, refusals)


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


async def _day_payload(
    context: RequestContext, outcome: dict[str, Any], refusals: list[UserError]
) -> BusinessDayPayload:
    if "day" not in outcome:
        return BusinessDayPayload(business_day=None, user_errors=refusals)
    day = dt.date.fromisoformat(outcome["day"])
    [found] = await _days(context, day, day)
    return BusinessDayPayload(business_day=found, user_errors=refusals)


async def _days(context: RequestContext, first: dt.date, last: dt.date) -> list[BusinessDay]:
    _, policy = await context.today()
    async with context.uow() as uow:
        calendar = await business_calendar(uow, policy)
        own = await business_days.days_between(uow.session, first, last)
    days = [first + dt.timedelta(days=offset) for offset in range((last - first).days + 1)]
    return [
        BusinessDay(
            day=day,
            is_working=calendar.is_working_day(day),
            is_own=day in own,
            name=own[day].name if day in own else None,
        )
        for day in days
    ]


findable("PolicyVersion", Action.VIEW_POLICY, policy_by_version)
