"""A planner makes a scenario, has it run, and reads how it differs from its base (A10)."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import Any

from allocator import InputFaults, Stopped, Tables
from domain.errors import DomainError, InvalidInput, NotFound, WrongState, require_version
from domain.limits import NAME
from domain.messages import msg
from domain.money import check_amount
from domain.policy import Policy
from domain.principals import SYSTEM
from domain.scenarios import CreateScenario, Overrides, RunScenario
from persistence.allocation.runs import run_by_id
from persistence.audit import record
from persistence.outbox import add_to_outbox, ask_again
from persistence.parties.customers import currencies
from persistence.retry import is_passing
from persistence.scenarios import queries
from persistence.scenarios import writing as scenarios
from persistence.tables import AllocationRunRow, ScenarioRow
from persistence.unit_of_work import UnitOfWork
from services.allocation.failure import describe_failure
from services.allocation.snapshot import read_snapshot
from services.allocation.solving import SolverLimits
from services.bootstrap import Dependencies
from services.commands import row_of, use_case
from services.policy import current_policy, policy_at, policy_version
from services.scenarios.overriding import overridden
from services.scenarios.solving import compare_with_base
from services.solvers import kill_after_s, run_in_worker

SCENARIO_TOPIC = "scenario.run"
# Longer than a scenario takes; one that is merely slow is then solved twice, which does no harm.
ASK_AGAIN_AFTER = dt.timedelta(minutes=10)


@use_case
async def create_scenario(command: CreateScenario, uow: UnitOfWork) -> int:
    """Keep the base's snapshot with the planner's changes; nothing is solved yet.

    uow: one that sees one instant, since a base of today is read in it.
    Raises InvalidInput, or NotFound for an unknown run, customer, SKU or product.
    """
    if not 1 <= len(command.name.strip()) <= NAME:
        raise InvalidInput(msg("scenarios.NAME_LENGTH", most=NAME), field="name")
    overrides = command.overrides()
    of_customers = await currencies(uow.session, [*overrides.funds])
    for customer, currency in of_customers.items():
        check_amount(overrides.funds[customer], currency, "funds")
    tables, policy = await _base(command.base_run_id, uow)
    if command.base_run_id is not None:
        _check_shared_out(command.base_run_id, tables, overrides)
    fingerprint, snapshot = await asyncio.to_thread(_kept, tables, overrides, policy, of_customers)
    scenario_id = await scenarios.add_scenario(
        uow.session,
        ScenarioRow(
            name=command.name.strip(),
            base_run_id=command.base_run_id,
            base_fingerprint=fingerprint,
            base_snapshot=snapshot,
            overrides=overrides.to_body(),
            created_by=uow.actor,
            created_at=uow.now,
        ),
    )
    await record(uow, row_of(command).name, "Scenario", scenario_id, after=overrides.to_body())
    return scenario_id


@use_case
async def request_scenario_run(command: RunScenario, uow: UnitOfWork) -> int:
    """Hand a scenario to the worker; a scenario already waiting is left as it is.

    Raises NotFound or Stale.
    """
    key = command.scenario_id
    version = await queries.locked_version(uow.session, key)
    if version is None:
        raise NotFound("scenario", str(key), field="id")
    require_version("scenario", command.expected_version, version)
    if await scenarios.queue_scenario(uow.session, key):
        await add_to_outbox(uow.session, SCENARIO_TOPIC, {"scenario_id": key})
        await record(uow, row_of(command).name, "Scenario", key)
    return key


async def run_scenario(scenario_id: int, deps: Dependencies) -> None:
    """Solve base and scenario with the live solver and keep the comparison.

    Running it twice gives the same; only the scenario's own row is written.
    """
    async with deps.unit_of_work(SYSTEM) as uow:
        row = await scenarios.scenario_by_id(uow.session, scenario_id)
        if row is None:
            raise NotFound("scenario", str(scenario_id))
        policy = await _policy_of(row, uow)
        of_customers = await currencies(uow.session, [*row.overrides.get("funds", {})])
    comparison: dict[str, Any] | None = None
    error = None
    try:
        found: dict[str, Any] = await run_in_worker(
            compare_with_base,
            row.base_fingerprint,
            row.base_snapshot,
            row.overrides,
            policy.franchisee_order == "FUNDS",
            of_customers,
            SolverLimits(policy.solver_time_limit_s, policy.solver_deterministic_limit),
            time_limit_s=kill_after_s(policy.solver_time_limit_s),
            about=row.base_fingerprint,
        )
        comparison = {**found, "currency": policy.currency}
    except (DomainError, InputFaults) as refused:
        error = str(refused)[:2000]
    except Stopped:
        # This worker is about to end; the scenario waits for another one.
        raise
    except Exception as broken:
        if not is_passing(broken):
            await _finish(scenario_id, deps, None, describe_failure(broken))
        raise
    await _finish(scenario_id, deps, comparison, error)


async def requeue_waiting_scenarios(deps: Dependencies) -> int:
    """Ask again for every scenario that waits and was not asked for lately; how many."""
    async with deps.unit_of_work(SYSTEM) as uow:
        waiting = await scenarios.waiting_scenarios(uow.session)
        payloads = [{"scenario_id": scenario_id} for scenario_id in waiting]
        return await ask_again(uow.session, SCENARIO_TOPIC, payloads, ASK_AGAIN_AFTER)


async def _finish(
    scenario_id: int, deps: Dependencies, comparison: dict[str, Any] | None, error: str | None
) -> None:
    async with deps.unit_of_work(SYSTEM) as uow:
        await scenarios.finish_scenario(
            uow.session, scenario_id, uow.now, comparison=comparison, error=error
        )


async def _base(base_run_id: int | None, uow: UnitOfWork) -> tuple[Tables, Policy]:
    if base_run_id is None:
        version, policy = await current_policy(uow)
        return (await read_snapshot(uow, version, policy)).tables, policy
    run = await run_by_id(uow.session, base_run_id)
    if run is None:
        raise NotFound("allocation run", str(base_run_id), field="baseRunId")
    if run.snapshot is None:
        if run.fingerprint is not None:
            raise WrongState(msg("scenarios.NO_LONGER_KEPT", run=base_run_id))
        raise WrongState(msg("scenarios.NO_SNAPSHOT", run=base_run_id, status=run.status))
    return await asyncio.to_thread(Tables.from_bytes, run.snapshot), await _policy_of_run(run, uow)


def _check_shared_out(run_id: int, tables: Tables, overrides: Overrides) -> None:
    """A run reads the claims on the goods that it shares out, and of other goods at most a few."""
    unread = sorted(overrides.supply.keys() - set(tables.supply["sku_id"]))
    if unread:
        raise InvalidInput(
            msg("scenarios.NOT_SHARED_OUT", run=run_id, sku=unread[0]),
            field="supply",
        )


async def _policy_of(row: ScenarioRow, uow: UnitOfWork) -> Policy:
    """The policy that the scenario's base was read under."""
    if row.base_run_id is None:
        return (await policy_at(uow, row.created_at))[1]
    run = await run_by_id(uow.session, row.base_run_id)
    if run is None:
        raise NotFound("allocation run", str(row.base_run_id), field="baseRunId")
    return await _policy_of_run(run, uow)


async def _policy_of_run(run: AllocationRunRow, uow: UnitOfWork) -> Policy:
    if run.policy_version is None:
        raise WrongState(msg("scenarios.NO_POLICY", run=run.id, status=run.status))
    return await policy_version(uow, run.policy_version)


def _kept(
    tables: Tables, overrides: Overrides, policy: Policy, of_customers: Mapping[str, str]
) -> tuple[str, bytes]:
    """Fingerprint and bytes of a base on which the overrides can be applied; else it raises."""
    funds_rank = policy.franchisee_order == "FUNDS"
    overridden(tables, overrides, funds_rank=funds_rank, currencies=of_customers)
    return tables.fingerprint(), tables.to_bytes()
