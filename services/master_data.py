"""Departments set master data from a day on; what is due comes into force (P7).

All changes of one call are taken, or none, and every fault is told at once. Each area is written
by one at a time; whose `expected_version` is no longer the object's, is told so.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import FaultyItems, InvalidInput, ItemFault, Stale
from domain.limits import TEXT
from domain.master_data import RULES, Area, Value, check_day, check_value, launch_plan_of
from domain.messages import msg, thing
from domain.policy import Policy
from domain.principals import SYSTEM
from domain.roles import require
from domain.seasons import SellingSeason
from persistence.master_data import writing as master_data
from persistence.parties import customers
from persistence.retry import retrying
from persistence.tables import MasterDataChangeRow
from persistence.unit_of_work import UnitOfWork
from services.bootstrap import Dependencies
from services.policy import current_policy, has_policy

MOST_CHANGES = 10_000
# What a credit limit and payment terms decide about is money: its row is locked first.
MONEY_AREAS = frozenset({Area.CREDIT_LIMIT, Area.PAYMENT_TERMS})


@dataclass(frozen=True)
class NewValue:
    """One object's value; the object by its code, or by two, such as store and SKU."""

    object: tuple[str, ...]
    value: Value
    expected_version: int | None = None


@dataclass(frozen=True)
class SetMasterData:
    """Values of one area from a day on; without a day, from today.

    action: what the audit log calls it.
    """

    area: Area
    changes: tuple[NewValue, ...]
    action: str
    valid_from: dt.date | None = None
    reason: str | None = None


@dataclass(frozen=True)
class UpdateLaunchPlan:
    """A season's whole plan: product -> rank. Products it leaves out lose their place in it."""

    season: SellingSeason
    ranks: tuple[NewValue, ...]
    valid_from: dt.date | None = None
    reason: str | None = None


@dataclass(frozen=True)
class WithdrawMasterData:
    """Planned changes to be called off, by their keys, and why."""

    change_ids: tuple[int, ...]
    reason: str | None = None


@dataclass(frozen=True)
class Entered:
    """What was entered: for which day, and whether it is in force already."""

    area: Area
    valid_from: dt.date
    in_force: bool
    change_ids: tuple[int, ...]


async def set_master_data(command: SetMasterData, uow: UnitOfWork) -> Entered:
    """Enter values; those valid from today are in force at once.

    Raises NotAllowed, InvalidInput, FaultyItems with every fault, or Stale.
    """
    area, rule = command.area, RULES[command.area]
    require(uow.principal, rule.action)
    _, policy = await current_policy(uow)
    today = policy.local_date(uow.now)
    valid_from = command.valid_from or today
    check_day(valid_from, today)
    reason = _checked_reason(command.reason)
    _check_size(command.changes)

    found = await master_data.keys_of(uow.session, area, [each.object for each in command.changes])
    faults = _faults(command, found, policy, await _currencies(command, policy, uow))
    keys = {
        position: _keys(change.object, found)
        for position, change in enumerate(command.changes)
        if all(code in known for code, known in zip(change.object, found, strict=True))
    }
    if area in MONEY_AREAS:
        await master_data.lock_funds_of(uow.session, sorted({a for a, _ in keys.values()}))
    await master_data.lock_area(uow, area)
    await master_data.apply_area(uow, area, today, "masterDataApply")
    versions = await master_data.lock_objects(uow.session, area, sorted(set(keys.values())))
    _check_versions(command, keys, versions, faults)

    last = await master_data.last_change(uow.session, area)
    entries = [
        (keys[position], "/".join(change.object), change.value, versions[keys[position]] + 1)
        for position, change in enumerate(command.changes)
    ]
    await master_data.add_changes(uow, area, entries, valid_from, reason)
    if valid_from <= today:
        await master_data.apply_area(uow, area, today, command.action)
    else:
        await master_data.count_objects(uow.session, area, list(keys.values()))
        await master_data.audit_planned(uow, area, last, command.action)
    ids = await master_data.changes_after(uow.session, area, last)
    return Entered(area, valid_from, valid_from <= today, tuple(ids))


async def update_launch_plan(command: UpdateLaunchPlan, uow: UnitOfWork) -> Entered:
    """Put a season's plan in place of the one that would hold from that day (P3).

    Raises what `set_master_data` raises.
    """
    if not SellingSeason.has(command.season):
        raise InvalidInput(msg("master.NO_SEASON", allowed=SellingSeason), field="season")
    area = launch_plan_of(command.season)
    require(uow.principal, RULES[area].action)
    _, policy = await current_policy(uow)
    valid_from = command.valid_from or policy.local_date(uow.now)
    # Before it is read: what another is adding to the plan must not stay in it unseen.
    await master_data.lock_area(uow, area)
    before = await master_data.values_on(uow.session, area, valid_from)
    listed = {each.object[0] for each in command.ranks}
    dropped = tuple(NewValue((code,), None) for code in before if code not in listed)
    return await set_master_data(
        SetMasterData(
            area,
            (*command.ranks, *dropped),
            "launchPlanUpdate",
            command.valid_from,
            command.reason,
        ),
        uow,
    )


async def withdraw_master_data(command: WithdrawMasterData, uow: UnitOfWork) -> tuple[int, ...]:
    """Call planned values off before their day; what else is planned stays. Their keys.

    They stay in the history as withdrawn. Each is for the department that sets its area. Raises
    NotAllowed, InvalidInput, or FaultyItems with every one that is no plan any more.
    """
    reason = _checked_reason(command.reason)
    if reason is None:
        raise InvalidInput(msg("master.WITHDRAWING_NEEDS_REASON"), field="reason")
    _check_size(command.change_ids)
    ids = list(dict.fromkeys(command.change_ids))
    _, policy = await current_policy(uow)
    today = policy.local_date(uow.now)
    areas = await master_data.areas_of_changes(uow.session, ids)
    for area in areas:
        require(uow.principal, RULES[area].action)
    keys_of_money = {key for area in MONEY_AREAS for key in areas.get(area, ())}
    if keys_of_money:
        await master_data.lock_funds_of(uow.session, sorted(keys_of_money))
    for area in areas:
        await master_data.lock_area(uow, area)
        # What is due today is no plan any more, whether or not a timer has come by.
        await master_data.apply_area(uow, area, today, "masterDataApply")
    rows = await master_data.changes_for_update(uow.session, ids)
    faults = [
        fault
        for index, key in enumerate(command.change_ids)
        if (fault := _not_planned(index, rows.get(key))) is not None
    ]
    if faults:
        raise FaultyItems(faults)
    for row in rows.values():
        row.withdrawn_at, row.withdrawn_by, row.withdraw_reason = uow.now, uow.actor, reason
    await uow.session.flush()
    for area in areas:
        mine = [row for row in rows.values() if row.area == area.value]
        keys = sorted({(row.key_a, row.key_b) for row in mine})
        await master_data.lock_objects(uow.session, area, keys)
        await master_data.count_objects(uow.session, area, keys)
        ids_of_area = [row.id for row in mine]
        await master_data.audit_withdrawn(uow, area, ids_of_area, "masterDataWithdraw")
    return tuple(ids)


def _not_planned(index: int, row: MasterDataChangeRow | None) -> ItemFault | None:
    if row is None:
        return ItemFault(
            index, "id", msg("master.NO_CHANGE"), msg("master.READ_PLANNED"), "NOT_FOUND"
        )
    if row.withdrawn_at is not None:
        told = msg("master.WITHDRAWN_FIRST", person=row.withdrawn_by, day=row.withdrawn_at.date())
        return ItemFault(index, "id", told, msg("master.LEAVE_IT_OUT"), "WRONG_STATE")
    if row.applied_at is not None:
        told = msg("master.HAS_HAD_VALUE", object=row.object, day=row.effective_from)
        return ItemFault(index, "id", told, msg("master.ENTER_ANOTHER"), "WRONG_STATE")
    return None


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
    keys_of_money = {key for area in MONEY_AREAS for key in due.get(area, ())}
    if keys_of_money:
        await master_data.lock_funds_of(uow.session, sorted(keys_of_money))
    applied = 0
    for area in sorted(due):
        await master_data.lock_area(uow, area)
        applied += await master_data.apply_area(uow, area, today, "masterDataApply")
    return applied


def _check_size(changes: Sequence[object]) -> None:
    if not 1 <= len(changes) <= MOST_CHANGES:
        raise InvalidInput(
            msg("master.LIST_LENGTH", most=MOST_CHANGES, items=len(changes)),
            field="changes",
        )


def _checked_reason(reason: str | None) -> str | None:
    said = (reason or "").strip() or None
    if said is not None and len(said) > TEXT:
        raise InvalidInput(msg("master.REASON_LENGTH", most=TEXT), field="reason")
    return said


async def _currencies(
    command: SetMasterData, policy: Policy, uow: UnitOfWork
) -> defaultdict[str, str]:
    """The currency of each object's amounts, by code: a customer's own, else the company's."""
    currencies: defaultdict[str, str] = defaultdict(lambda: policy.currency)
    if command.area is Area.CREDIT_LIMIT:
        codes = sorted({change.object[0] for change in command.changes})
        currencies.update(await customers.currencies(uow.session, codes))
    return currencies


def _faults(
    command: SetMasterData,
    found: Sequence[dict[str, int]],
    policy: Policy,
    currencies: defaultdict[str, str],
) -> list[ItemFault]:
    """Everything that can be told without looking at the objects themselves."""
    faults: list[ItemFault] = []
    things, first_at = RULES[command.area].things, dict[tuple[str, ...], int]()
    for index, change in enumerate(command.changes):
        for kind, code, known in zip(things, change.object, found, strict=True):
            if code not in known:
                faults.append(
                    ItemFault(
                        index,
                        kind.lower(),
                        msg("common.NOT_FOUND", what=thing(kind), key=code),
                        msg("master.CORRECT_OR_ENTER"),
                        "NOT_FOUND",
                    )
                )
        if change.object in first_at:
            faults.append(
                ItemFault(
                    index,
                    things[0].lower(),
                    msg(
                        "master.STANDS_IN_ITEM",
                        object="/".join(change.object),
                        item=first_at[change.object],
                    ),
                    msg("master.LEAVE_ONE_OUT"),
                )
            )
        first_at.setdefault(change.object, index)
        try:
            currency = currencies[change.object[0]]
            check_value(command.area, change.value, policy.tiers, currency)
        except InvalidInput as error:
            faults.append(ItemFault(index, "value", error.message, msg("master.TAKE_SUCH_A_VALUE")))
    return faults


def _keys(names: Sequence[str], found: Sequence[dict[str, int]]) -> master_data.Keys:
    keys = [known[code] for code, known in zip(names, found, strict=True)]
    return keys[0], keys[1] if len(keys) == 2 else 0


def _check_versions(
    command: SetMasterData,
    keys: dict[int, master_data.Keys],
    versions: dict[master_data.Keys, int],
    faults: list[ItemFault],
) -> None:
    """Raise FaultyItems with all that is wrong; Stale where that is all and it is one object."""
    stale = []
    for index, change in enumerate(command.changes):
        expected = change.expected_version
        if expected is None or index not in keys:
            continue
        actual = versions[keys[index]]
        if actual != expected:
            what = msg(
                "master.THING_NAMED",
                thing=thing(RULES[command.area].things[0]),
                object="/".join(change.object),
            )
            stale.append((index, Stale(what, expected, actual)))
    if len(command.changes) == 1 and stale and not faults:
        raise stale[0][1]
    told = faults + [
        ItemFault(index, "expectedVersion", error.message, msg("master.READ_AGAIN"), Stale.code)
        for index, error in stale
    ]
    if told:
        raise FaultyItems(told)
