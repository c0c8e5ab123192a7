"""Departments set master data; each command is for the role that the rules name (P7)."""

import datetime as dt
from typing import Any

import strawberry

from domain.commands import Command, all_commands, command_of
from domain.funding import ConfirmFunds
from domain.master_data.commands import ReplaceLaunchPlan, SetValues, WithdrawValues
from gql import contract
from gql.context import Info, RequestContext
from gql.limits import MAX_PAGE_SIZE
from gql.master_data.types import MasterDataChange
from gql.mutations import REFUSALS, UserError, carried_out
from persistence.unit_of_work import UnitOfWork
from services.funding import confirm_funds
from services.idempotency import Outcome
from services.master_data import replace_launch_plan, set_master_data, withdraw_master_data


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


@strawberry.type(description="What was called off, or every reason why nothing was.")
class MasterDataWithdrawPayload:
    """The answer to `masterDataWithdraw`."""

    changes: list[MasterDataChange] = strawberry.field(description="The changes, withdrawn.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.type(description="Whose funds were confirmed, or every reason why none were.")
class FundsConfirmPayload:
    """The answer to `fundsConfirm`."""

    customer_count: int = strawberry.field(description="How many customers' figures.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


async def _set(info: Info, row: Command, data: Any) -> MasterDataSetPayload:
    async def enter(command: SetValues, uow: UnitOfWork) -> Outcome:
        if isinstance(command, ReplaceLaunchPlan):
            entered = await replace_launch_plan(command, uow)
        else:
            entered = await set_master_data(command, uow)
        return {
            "changes": list(entered.change_ids[:MAX_PAGE_SIZE]),
            "count": len(entered.change_ids),
            "validFrom": entered.valid_from.isoformat(),
            "inForce": entered.in_force,
        }

    command = contract.command_from(row.kind, data)
    outcome, errors = await carried_out(info, enter, command, data.idempotency_key)
    valid_from = outcome.get("validFrom")
    return MasterDataSetPayload(
        changes=await _changes(info.context, outcome),
        change_count=outcome.get("count", 0),
        valid_from=None if valid_from is None else dt.date.fromisoformat(valid_from),
        is_in_force=outcome.get("inForce", False),
        user_errors=errors,
    )


async def _withdraw(info: Info, row: Command, data: Any) -> MasterDataWithdrawPayload:
    async def withdraw(command: WithdrawValues, uow: UnitOfWork) -> Outcome:
        return {"changes": list(await withdraw_master_data(command, uow))}

    command = contract.command_from(row.kind, data)
    outcome, errors = await carried_out(info, withdraw, command, data.idempotency_key)
    return MasterDataWithdrawPayload(
        changes=await _changes(info.context, outcome), user_errors=errors
    )


async def _confirm_funds(info: Info, row: Command, data: Any) -> FundsConfirmPayload:
    async def confirm(command: ConfirmFunds, uow: UnitOfWork) -> Outcome:
        return {"customers": len(await confirm_funds(command, uow))}

    command = contract.command_from(row.kind, data)
    outcome, errors = await carried_out(info, confirm, command, data.idempotency_key)
    return FundsConfirmPayload(customer_count=outcome.get("customers", 0), user_errors=errors)


async def _changes(context: RequestContext, outcome: Outcome) -> list[MasterDataChange]:
    rows = await context.load.master_data_change.load_many(outcome.get("changes", []))
    return [MasterDataChange.of(row) for row in rows]


# The last comes first in the schema.
@strawberry.type
@contract.mutations(
    [command_of(ConfirmFunds)], FundsConfirmPayload, _confirm_funds, argument="Whose figures."
)
@contract.mutations(
    [command_of(WithdrawValues)],
    MasterDataWithdrawPayload,
    _withdraw,
    argument="Which changes, and why.",
)
@contract.mutations(
    [row for row in all_commands() if issubclass(row.kind, SetValues)],
    MasterDataSetPayload,
    _set,
    base=contract.shared_input(SetValues),
    argument="The values, from which day, and why.",
)
class MasterDataMutations:
    """Root fields that change master data."""
