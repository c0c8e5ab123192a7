"""A day is declared free or working: running time limits move with it at once, and audited (P6)."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from domain import limits
from domain.calendar import RemoveBusinessDay, SetBusinessDay
from domain.clocks.commands import FollowCalendar, last_day
from domain.errors import InvalidInput, NotFound
from domain.messages import Message, msg
from domain.milestones.commands.order import FollowCalendar as MoveSteps
from domain.milestones.state_machine import apply
from domain.orders.entries import Complaint, Review
from domain.orders.history import DUE_DAYS_MOVED
from domain.orders.order import Order
from domain.policy import Policy
from domain.working_time import WorkCalendar
from persistence.audit import record
from persistence.calendar import day_of, remove_day, save_day
from persistence.clocks import writing as clocks
from persistence.clocks.writing import LoadedClock
from persistence.master_data.writing import CALENDAR, count_change
from persistence.milestones.reading import load_milestones, orders_counting_from
from persistence.orders.locking import lock_orders
from persistence.orders.reading import load_orders, orders_due_from
from persistence.orders.writing import append_event, save
from persistence.tasks import writing as tasks
from persistence.unit_of_work import UnitOfWork
from services.calendar.business_days import EARLIEST, LATEST, work_calendar
from services.clocks.running import acting_on_clocks
from services.commands import row_of, use_case
from services.milestones.context import acting
from services.milestones.follow_ups import save as save_milestones
from services.policy import current_policy
from services.tasks.raising import CLOCK_SOURCE, move_tasks

AT_ONCE = 200
Due = TypeVar("Due", Review, Complaint)


@dataclass(frozen=True, slots=True)
class Moved:
    """How many time limits a changed day moved."""

    clocks: int = 0
    milestones: int = 0
    orders: int = 0


@dataclass(frozen=True)
class _Change:
    """A day whose work has changed, the calendar before and after it, and why."""

    day: dt.date
    before: WorkCalendar
    after: WorkCalendar
    because: str


@use_case
async def set_business_day(command: SetBusinessDay, uow: UnitOfWork) -> Moved:
    """Enter a day on which the company differs from its country, or change it.

    Every running time limit, review, complaint and unconfirmed estimate that counts over the day
    moves with it. Raises NotAllowed or InvalidInput.
    """
    if not EARLIEST <= command.day <= LATEST:
        raise InvalidInput(msg("calendar.DAY_RANGE", first=EARLIEST, last=LATEST), field="day")
    name = command.name.strip()
    if not 1 <= len(name) <= limits.NAME:
        raise InvalidInput(msg("calendar.NAME_LENGTH"), field="name")
    await count_change(uow, CALENDAR)
    seen = await _seen(uow, command.day)
    _, policy = await current_policy(uow)
    before = await work_calendar(uow, policy)
    await save_day(uow, command.day, command.is_working, name)
    because = msg(
        "calendar.DAY_IS_WORKING" if command.is_working else "calendar.DAY_IS_FREE",
        day=command.day,
        name=name,
    )
    moved = await _move(uow, policy, before, command.day, because.kept)
    await record(
        uow,
        row_of(command).name,
        "BusinessDay",
        command.day.isoformat(),
        before=seen,
        after={"isWorking": command.is_working, "name": name, "moved": _to_json(moved)},
    )
    return moved


@use_case
async def remove_business_day(command: RemoveBusinessDay, uow: UnitOfWork) -> Moved:
    """Let the country's calendar decide about a day again, and time limits move back.

    Raises NotAllowed or NotFound.
    """
    await count_change(uow, CALENDAR)
    day = command.day
    seen = await _seen(uow, day)
    if seen is None:
        raise NotFound("business day", day.isoformat(), field="day")
    _, policy = await current_policy(uow)
    before = await work_calendar(uow, policy)
    await remove_day(uow, day)
    moved = await _move(uow, policy, before, day, msg("calendar.DAY_AS_COUNTRY", day=day).kept)
    await record(
        uow,
        row_of(command).name,
        "BusinessDay",
        day.isoformat(),
        before=seen,
        after={"moved": _to_json(moved)},
    )
    return moved


async def _seen(uow: UnitOfWork, day: dt.date) -> dict[str, object] | None:
    row = await day_of(uow.session, day)
    return None if row is None else {"isWorking": row.is_working, "name": row.name}


def _to_json(moved: Moved) -> dict[str, int]:
    return {"clocks": moved.clocks, "milestones": moved.milestones, "orders": moved.orders}


async def _move(
    uow: UnitOfWork, policy: Policy, before: WorkCalendar, day: dt.date, because: str
) -> Moved:
    """Move what counts over the day, where its work has changed at all."""
    after = await work_calendar(uow, policy)
    if before.works_on(day) == after.works_on(day):
        return Moved()
    change = _Change(day, before, after, because)
    since, until = before.end_of_day(day - dt.timedelta(days=1)), before.end_of_day(day)
    stepping = await orders_counting_from(uow.session, day)
    due = await orders_due_from(uow.session, day)
    ticking = await clocks.orders_with_clocks_over(uow.session, since, until)
    moved = Moved()
    # Orders first and in the order of their keys, then what belongs to them, as everywhere.
    keys = sorted({*stepping, *due, *ticking})
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        await lock_orders(uow.session, some)
        orders = await _move_orders(uow, policy, [key for key in some if key in due], change)
        steps = await _move_steps(uow, policy, [key for key in some if key in stepping], change)
        moved = replace(moved, orders=moved.orders + orders, milestones=moved.milestones + steps)
    found = await clocks.running_clocks_over(uow.session, since, until)
    return replace(moved, clocks=await _move_clocks(uow, found, change))


async def _move_clocks(uow: UnitOfWork, found: Sequence[LoadedClock], change: _Change) -> int:
    """Let these clocks follow the calendar, and the tasks that stand for them; how many moved."""
    pauses = await clocks.pauses_of(uow.session, [each.key for each in found])
    at = acting_on_clocks(uow)
    because = Message.from_kept(change.because)
    changes = [
        (
            each,
            FollowCalendar(change.before, change.after, pauses[each.key], because).effect(
                each.facts, at
            ),
        )
        for each in found
    ]
    moved = {each.key: outcome.after for each, outcome in changes if outcome.events}
    await clocks.save_clocks(uow, changes)
    of_clocks = {f"{CLOCK_SOURCE}{key}": clock for key, clock in moved.items()}
    days = [
        (task, last_day(of_clocks[task.source].due_at, change.after))
        for task in await tasks.tasks_of_sources(uow.session, list(of_clocks))
        if task.source is not None and task.facts.ended_at is None
    ]
    await move_tasks(uow, days)
    return len(moved)


async def _move_steps(
    uow: UnitOfWork, policy: Policy, order_ids: Sequence[int], change: _Change
) -> int:
    """Let the unconfirmed estimates of these orders follow the calendar; how many moved."""
    found = await load_milestones(uow.session, order_ids, policy.zone)
    at = await acting(uow, policy, change.after)
    follow = MoveSteps(change.because)
    changes = [(each, apply(each.milestones, follow, at)) for each in found]
    await save_milestones(uow, changes)
    return sum(len(outcome.changed) for _, outcome in changes)


async def _move_orders(
    uow: UnitOfWork, policy: Policy, keys: Sequence[int], change: _Change
) -> int:
    """Move the last days of open reviews and complaints of these orders; how many orders."""
    moved = 0
    for key, order in (await load_orders(uow.session, keys, policy.zone)).items():
        facts = order.facts
        after: Order = replace(
            facts,
            reviews=_due_again(facts.reviews, lambda each: each.outcome is None, change),
            complaints=_due_again(facts.complaints, lambda each: each.closed_on is None, change),
        )
        if after == facts:
            continue
        await save(uow, key, order.customer_id, facts, after)
        await append_event(
            uow, key, order.customer_id, DUE_DAYS_MOVED, facts, after, change.because
        )
        moved += 1
    return moved


def _due_again(
    entries: tuple[Due, ...], is_open: Callable[[Due], bool], change: _Change
) -> tuple[Due, ...]:
    """The entries with the last days of the open ones as many working days off as before."""
    return tuple(
        replace(each, due_on=_later(each.opened_on, each.due_on, change)) if is_open(each) else each
        for each in entries
    )


def _later(start: dt.date, due_on: dt.date, change: _Change) -> dt.date:
    days = change.before.days.working_days_after(start, due_on)
    return change.after.days.add_working_days(start, days)
