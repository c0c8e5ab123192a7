"""Departments set master data; each field is that of the role which the rules name (P7)."""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import strawberry

from domain.errors import InvalidInput
from domain.messages import msg
from domain.roles import Action
from gql.context import Info
from gql.limits import MAX_PAGE_SIZE
from gql.master_data.inputs import (
    CreditLimitSetInput,
    CustomerRankSetInput,
    GuaranteeQuotaSetInput,
    LaunchPlanUpdateInput,
    PaymentTermsSetInput,
    ProductRankSetInput,
    RegionReserveSetInput,
    SafetyStockSetInput,
    StoreTierSetInput,
)
from gql.master_data.types import MasterDataChange
from gql.mutations import KEY, REFUSALS, UserError, act_once
from gql.nodes import key_of
from gql.permissions import Needs
from persistence.unit_of_work import UnitOfWork
from services.funding import ConfirmFunds, FundsOf, confirm_funds
from services.master_data import (
    Entered,
    SetMasterData,
    UpdateLaunchPlan,
    WithdrawMasterData,
    set_master_data,
    update_launch_plan,
    withdraw_master_data,
)


@strawberry.type(description="What was entered, or every reason why nothing was.")
class MasterDataSetPayload:
    """The answer to each of these."""

    changes: list[MasterDataChange] = strawberry.field(
        description="The changes as entered, up to 200; `masterDataChanges` has them all."
    )
    change_count: int = strawberry.field(description="How many there are.")
    valid_from: dt.date | None = strawberry.field(description="The day from which they hold.")
    is_in_force: bool = strawberry.field(description="Whether they hold already.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.input(description="Planned changes to call off.")
class MasterDataWithdrawInput:
    """Which changes, and why."""

    ids: list[strawberry.ID] = strawberry.field(description="The changes' ids; one to 200.")
    reason: str = strawberry.field(description="Why; kept with the changes.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.type(description="What was called off, or every reason why nothing was.")
class MasterDataWithdrawPayload:
    """The answer to `masterDataWithdraw`."""

    changes: list[MasterDataChange] = strawberry.field(description="The changes, withdrawn.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.input(description="A customer whose funds are confirmed.")
class FundsOfInput:
    """Figures of one customer."""

    customer: str = strawberry.field(description="The customer, by code.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refused when its funds have another version by now."
    )


@strawberry.input(description="Funds to confirm.")
class FundsConfirmInput:
    """Whose figures are those of which day."""

    customers: list[FundsOfInput] | None = strawberry.field(
        default=None, description="Whose figures; none = everybody's."
    )
    day: dt.date | None = strawberry.field(
        default=None, description="The day of the figures; none = today."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.type(description="Whose funds were confirmed, or every reason why none were.")
class FundsConfirmPayload:
    """The answer to `fundsConfirm`."""

    customer_count: int = strawberry.field(description="How many customers' figures.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.type
class MasterDataMutations:
    """Root fields that change master data."""

    @strawberry.mutation(
        description="PRODUCT ranks products, in general or in a season's launch plan (P3, P7).",
        extensions=[Needs(Action.SET_LAUNCH_PLAN)],
    )
    async def product_rank_set(
        self,
        info: Info,
        input: Annotated[ProductRankSetInput, strawberry.argument(description="The ranks.")],
    ) -> MasterDataSetPayload:
        """Set ranks."""
        return await _set(info, input.as_command(), input.idempotency_key)

    @strawberry.mutation(
        description="PRODUCT puts a season's whole launch plan in place of the old one (P3, P7).",
        extensions=[Needs(Action.SET_LAUNCH_PLAN)],
    )
    async def launch_plan_update(
        self,
        info: Info,
        input: Annotated[LaunchPlanUpdateInput, strawberry.argument(description="The plan.")],
    ) -> MasterDataSetPayload:
        """Replace a plan."""
        command = UpdateLaunchPlan(
            input.season,
            tuple(each.new(each.rank, each.product) for each in input.ranks),
            input.valid_from,
            input.reason,
        )
        return await _enter(
            info,
            "launchPlanUpdate",
            command,
            input.idempotency_key,
            lambda uow: update_launch_plan(command, uow),
        )

    @strawberry.mutation(
        description="CHANNEL ranks franchisees; `customerRankProposal` computes what it could be.",
        extensions=[Needs(Action.SET_CUSTOMER_RANKS)],
    )
    async def customer_rank_set(
        self,
        info: Info,
        input: Annotated[CustomerRankSetInput, strawberry.argument(description="The ranks.")],
    ) -> MasterDataSetPayload:
        """Set ranks."""
        return await _set(info, input.as_command(), input.idempotency_key)

    @strawberry.mutation(
        description="PRODUCT or CHANNEL sets tiers of stores (P4, P7).",
        extensions=[Needs(Action.SET_CHANNEL_RANKS)],
    )
    async def store_tier_set(
        self,
        info: Info,
        input: Annotated[StoreTierSetInput, strawberry.argument(description="The tiers.")],
    ) -> MasterDataSetPayload:
        """Set tiers."""
        return await _set(info, input.as_command(), input.idempotency_key)

    @strawberry.mutation(
        description="FINANCE sets credit limits (F2, P7).",
        extensions=[Needs(Action.SET_CREDIT)],
    )
    async def credit_limit_set(
        self,
        info: Info,
        input: Annotated[CreditLimitSetInput, strawberry.argument(description="The limits.")],
    ) -> MasterDataSetPayload:
        """Set limits."""
        return await _set(info, input.as_command(), input.idempotency_key)

    @strawberry.mutation(
        description="FINANCE sets payment terms, which decide about credit (P2, F2).",
        extensions=[Needs(Action.SET_CREDIT)],
    )
    async def payment_terms_set(
        self,
        info: Info,
        input: Annotated[PaymentTermsSetInput, strawberry.argument(description="The terms.")],
    ) -> MasterDataSetPayload:
        """Set terms."""
        return await _set(info, input.as_command(), input.idempotency_key)

    @strawberry.mutation(
        description="FINANCE sets how much each salesperson may guarantee (F2, P7).",
        extensions=[Needs(Action.SET_GUARANTEE_QUOTAS)],
    )
    async def guarantee_quota_set(
        self,
        info: Info,
        input: Annotated[GuaranteeQuotaSetInput, strawberry.argument(description="The quotas.")],
    ) -> MasterDataSetPayload:
        """Set quotas."""
        return await _set(info, input.as_command(), input.idempotency_key)

    @strawberry.mutation(
        description="Planners set the safety stock of stores (P4).",
        extensions=[Needs(Action.SET_STOCK_TARGETS)],
    )
    async def safety_stock_set(
        self,
        info: Info,
        input: Annotated[SafetyStockSetInput, strawberry.argument(description="Safety stock.")],
    ) -> MasterDataSetPayload:
        """Set safety stock."""
        return await _set(info, input.as_command(), input.idempotency_key)

    @strawberry.mutation(
        description="Planners set the reserves of regions (P4).",
        extensions=[Needs(Action.SET_STOCK_TARGETS)],
    )
    async def region_reserve_set(
        self,
        info: Info,
        input: Annotated[RegionReserveSetInput, strawberry.argument(description="Reserves.")],
    ) -> MasterDataSetPayload:
        """Set reserves."""
        return await _set(info, input.as_command(), input.idempotency_key)

    @strawberry.mutation(
        description="Call planned values off before their day; each is for the department that "
        "sets it. What is in force is changed by a new value (P7).",
        extensions=[Needs(Action.VIEW_MASTER_DATA)],
    )
    async def master_data_withdraw(
        self,
        info: Info,
        input: Annotated[
            MasterDataWithdrawInput, strawberry.argument(description="Which changes, and why.")
        ],
    ) -> MasterDataWithdrawPayload:
        """Withdraw changes."""
        if len(input.ids) > MAX_PAGE_SIZE:
            raise InvalidInput(msg("lists.WITHDRAW_AT_ONCE", most=MAX_PAGE_SIZE), field="ids")
        command = WithdrawMasterData(
            tuple(key_of(each, "MasterDataChange", "ids") for each in input.ids), input.reason
        )

        async def act(uow: UnitOfWork) -> dict[str, Any]:
            return {"changes": list(await withdraw_master_data(command, uow))}

        outcome, refusals = await act_once(
            info, "masterDataWithdraw", input.idempotency_key, command, act
        )
        rows = await info.context.load.master_data_change.load_many(outcome.get("changes", []))
        return MasterDataWithdrawPayload(
            changes=[MasterDataChange.of(row) for row in rows], user_errors=refusals
        )

    @strawberry.mutation(
        description="FINANCE confirms that figures are those of a day; a run warns of old ones"
        " (A3).",
        extensions=[Needs(Action.CONFIRM_FUNDS)],
    )
    async def funds_confirm(
        self,
        info: Info,
        input: Annotated[FundsConfirmInput, strawberry.argument(description="Whose figures.")],
    ) -> FundsConfirmPayload:
        """Confirm funds."""
        named = input.customers
        command = ConfirmFunds(
            None
            if named is None
            else tuple(FundsOf(each.customer, each.expected_version) for each in named),
            input.day,
        )

        async def act(uow: UnitOfWork) -> dict[str, Any]:
            return {"customers": len(await confirm_funds(command, uow))}

        outcome, refusals = await act_once(
            info, "fundsConfirm", input.idempotency_key, command, act
        )
        return FundsConfirmPayload(customer_count=outcome.get("customers", 0), user_errors=refusals)


async def _set(info: Info, command: SetMasterData, key: str | None) -> MasterDataSetPayload:
    return await _enter(
        info, command.action, command, key, lambda uow: set_master_data(command, uow)
    )


async def _enter(
    info: Info,
    mutation: str,
    command: SetMasterData | UpdateLaunchPlan,
    key: str | None,
    use_case: Callable[[UnitOfWork], Awaitable[Entered]],
) -> MasterDataSetPayload:
    async def act(uow: UnitOfWork) -> dict[str, Any]:
        entered = await use_case(uow)
        return {
            "changes": list(entered.change_ids[:MAX_PAGE_SIZE]),
            "count": len(entered.change_ids),
            "validFrom": entered.valid_from.isoformat(),
            "inForce": entered.in_force,
        }

    outcome, refusals = await act_once(info, mutation, key, command, act)
    rows = await info.context.load.master_data_change.load_many(outcome.get("changes", []))
    valid_from = outcome.get("validFrom")
    return MasterDataSetPayload(
        changes=[MasterDataChange.of(row) for row in rows],
        change_count=outcome.get("count", 0),
        valid_from=None if valid_from is None else dt.date.fromisoformat(valid_from),
        is_in_force=outcome.get("inForce", False),
        user_errors=refusals,
    )
