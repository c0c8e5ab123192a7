"""Departments set master data from a day on; what is due comes into force (P7).

All changes of one call are taken, or none, and every fault is reported at once. Each area is
written by one at a time.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.master_data.areas import RULES, Area
from domain.master_data.commands import NewValue, ReplaceLaunchPlan, SetValues, WithdrawValues
from domain.master_data.guards import (
    Entry,
    all_are_planned,
    check_count,
    check_withdrawn_count,
    checked_reason,
    item_faults,
    reason_for_withdrawing,
    refuse_faults,
)
from domain.master_data.values import check_day
from domain.policy import Policy
from domain.principals import SYSTEM
from domain.roles import require
from persistence.master_data import writing as master_data
from persistence.parties import customers
from persistence.retry import retrying
from persistence.tables import MasterDataChangeRow
from persistence.unit_of_work import UnitOfWork
from services.bootstrap import Dependencies
from services.commands import row_of, use_case
from services.policy import current_policy, has_policy

# What a credit limit and payment terms decide about is money: its row is locked first.
MONEY_AREAS = frozenset({Area.CREDIT_LIMIT, Area.PAYMENT_TERMS})
# What the audit log calls what comes into force by itself.
APPLY = "masterDataApply"


@dataclass(frozen=True)
class Entered:
    """What was entered: for which day, and whether it is in force already."""

    area: Area
    valid_from: dt.date
    in_force: bool
    change_ids: tuple[int, ...]


@use_case
async def set_master_data(command: SetValues, uow: UnitOfWork) -> Entered:
    """Enter values; those valid from today are in force at once.

    Raises NotAllowed, InvalidInput, FaultyItems with every fault, or Stale.
    """
    _, policy = await current_policy(uow)
    return await _enter(command, command.new_values(), policy, uow)


@use_case
async def replace_launch_plan(command: ReplaceLaunchPlan, uow: UnitOfWork) -> Entered:
    """Put a season's plan in place of the one that would hold from that day (P3).

    Raises what `set_master_data` raises.
    """
    _, policy = await current_policy(uow)
    valid_from = command.valid_from or policy.local_date(uow.now)
    # Before it is read: what another is adding to the plan must not stay in it unseen.
    await master_data.lock_area(uow, command.area)
    planned = await master_data.values_on(uow.session, command.area, valid_from)
    return await _enter(command, command.in_place_of(planned), policy, uow)


async def _enter(
    command: SetValues, values: Sequence[NewValue], policy: Policy, uow: UnitOfWork
) -> Entered:
    area, action = command.area, row_of(command).name
    today = policy.local_date(uow.now)
    valid_from = command.valid_from or today
    check_day(valid_from, today)
    reason = checked_reason(command.reason)
    check_count(values)

    known = await master_data.keys_of(uow.session, area, [each.object for each in values])
    currencies = await _currencies(area, values, policy, uow)
    faults = item_faults(area, values, known, policy.tiers, currencies)
    keys = {
        index: _keys(new.object, known)
        for index, new in enumerate(values)
        if all(code in codes for code, codes in zip(new.object, known, strict=True))
    }
    if area in MONEY_AREAS:
        await master_data.lock_funds_of(uow.session, sorted({a for a, _ in keys.values()}))
    await master_data.lock_area(uow, area)
    await master_data.apply_area(uow, area, today, APPLY)
    versions = await master_data.lock_objects(uow.session, area, sorted(set(keys.values())))
    refuse_faults(area, values, {index: versions[key] for index, key in keys.items()}, faults)

    last = await master_data.last_change(uow.session, area)
    entries = [
        (keys[index], "/".join(new.object), new.value, versions[keys[index]] + 1)
        for index, new in enumerate(values)
    ]
    await master_data.add_changes(uow, area, entries, valid_from, reason)
    if valid_from <= today:
        await master_data.apply_area(uow, area, today, action)
    else:
        await master_data.count_objects(uow.session, area, list(keys.values()))
        await master_data.audit_planned(uow, area, last, action)
    ids = await master_data.changes_after(uow.session, area, last)
    return Entered(area, valid_from, valid_from <= today, tuple(ids))


@use_case
async def withdraw_master_data(command: WithdrawValues, uow: UnitOfWork) -> tuple[int, ...]:
    """Call planned values off before their day; what else is planned stays. Their keys.

    They stay in the history as withdrawn. Each is for the department that sets its area. Raises
    NotAllowed, InvalidInput, or FaultyItems with every one that is no plan any more.
    """
    reason = reason_for_withdrawing(command.reason)
    check_withdrawn_count(command.change_ids)
    ids = list(dict.fromkeys(command.change_ids))
    _, policy = await current_policy(uow)
    today = policy.local_date(uow.now)
    areas = await master_data.areas_of_changes(uow.session, ids)
    for area in areas:
        require(uow.principal, RULES[area].action)
    await _lock_money(areas, uow)
    for area in areas:
        await master_data.lock_area(uow, area)
        # What is due today is no plan any more, whether or not a timer has come by.
        await master_data.apply_area(uow, area, today, APPLY)
    rows = await master_data.changes_for_update(uow.session, ids)
    all_are_planned(command.change_ids, {key: _entry(row) for key, row in rows.items()})
    for row in rows.values():
        row.withdrawn_at, row.withdrawn_by, row.withdraw_reason = uow.now, uow.actor, reason
    await uow.session.flush()
    for area in areas:
        mine = [row for row in rows.values() if row.area == area.value]
        keys = sorted({(row.key_a, row.key_b) for row in mine})
        await master_data.lock_objects(uow.session, area, keys)
        await master_data.count_objects(uow.session, area, keys)
        ids_of_area = [row.id for row in mine]
        await master_data.audit_withdrawn(uow, area, ids_of_area, row_of(command).name)
    return tuple(ids)


def _entry(row: MasterDataChangeRow) -> Entry:
    return Entry(
        row.object,
        row.effective_from,
        row.applied_at is not None,
        row.withdrawn_by,
        None if row.withdrawn_at is None else row.withdrawn_at.date(),
    )


async def apply_due(deps: Dependencies) -> int:
    """Put in force every value whose day has come; how many. May be called at any time by anyone.

    Runs call it before they read, so that no run depends on when a timer comes by.
    """
    applied = 0
    async for attempt in retrying():
        with attempt:
            async with deps.unit_of_work(SYSTEM) as uow:
                applied = await apply_due_changes(uow)
    return applied


async def apply_due_changes(uow: UnitOfWork) -> int:
    """The same within a transaction of the caller's; how many changes came into force."""
    if not await has_policy(uow):
        return 0
    _, policy = await current_policy(uow)
    today = policy.local_date(uow.now)
    due = await master_data.due_areas(uow.session, today)
    await _lock_money(due, uow)
    applied = 0
    for area in sorted(due):
        await master_data.lock_area(uow, area)
        applied += await master_data.apply_area(uow, area, today, APPLY)
    return applied


async def _lock_money(areas: Mapping[Area, Sequence[int]], uow: UnitOfWork) -> None:
    """Lock the funds of the customers whose credit or terms are among these areas' objects."""
    keys = {key for area in MONEY_AREAS for key in areas.get(area, ())}
    if keys:
        await master_data.lock_funds_of(uow.session, sorted(keys))


async def _currencies(
    area: Area, values: Sequence[NewValue], policy: Policy, uow: UnitOfWork
) -> defaultdict[str, str]:
    """The currency of each object's amounts, by code: a customer's own, else the company's."""
    currencies: defaultdict[str, str] = defaultdict(lambda: policy.currency)
    if area is Area.CREDIT_LIMIT:
        codes = sorted({new.object[0] for new in values})
        currencies.update(await customers.currencies(uow.session, codes))
    return currencies


def _keys(names: Sequence[str], known: Sequence[Mapping[str, int]]) -> master_data.Keys:
    keys = [codes[code] for code, codes in zip(names, known, strict=True)]
    return keys[0], keys[1] if len(keys) == 2 else 0
