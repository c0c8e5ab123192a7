"""A day declared free or working moves running time limits at once, and audited (P6, O16)."""

import asyncio
import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select, update

from domain import limits
from domain.calendar import RemoveBusinessDay, SetBusinessDay, announced_until
from domain.clocks.commands import PauseClock, ResumeClock
from domain.clocks.definitions import AFTER_SALES_ANSWER, DEPOSIT, ORDER_WORKED
from domain.messages import Message
from domain.orders.commands.fulfilment import OpenComplaint
from domain.orders.commands.review import OpenReview
from domain.principals import SYSTEM, Principal
from persistence.tables import (
    AuditRow,
    ClockEventRow,
    ClockRow,
    MilestoneEventRow,
    MilestoneRow,
    OrderRow,
)
from services.bootstrap import Dependencies
from services.calendar.business_days import calendar_warnings
from services.calendar.changes import Moved, remove_business_day, set_business_day
from services.clocks.running import (
    act_on_clock,
    record_breaches,
)
from services.commands import OnOne
from services.health import examine
from services.policy import current_policy
from tests.clock import FixedClock
from tests.clocks import start_clock
from tests.milestones import start_milestones
from tests.services.order_office import Office

pytestmark = pytest.mark.usefixtures("tiny_company")

PLANNER = Principal("pan", frozenset({"PLANNING"}))
FINANCE = Principal("zhao", frozenset({"FINANCE"}))
# The clock stands on Friday, 29 November 2013.
SATURDAY, MONDAY, TUESDAY = (dt.date(2013, 11, 30), dt.date(2013, 12, 2), dt.date(2013, 12, 3))


@pytest.fixture
async def order(deps: Dependencies) -> OrderRow:
    async with deps.unit_of_work(SYSTEM) as uow:
        found = await uow.session.scalar(select(OrderRow).where(OrderRow.order_number == "O1"))
    assert found is not None
    return found


async def do(deps: Dependencies, who: Principal, act: Any, command: Any) -> Any:
    async with deps.unit_of_work(who) as uow:
        return await act(command, uow)


async def declare(deps: Dependencies, day: dt.date, is_working: bool) -> Moved:
    return await do(deps, PLANNER, set_business_day, SetBusinessDay(day, is_working, "so"))


async def start(deps: Dependencies, order: OrderRow, code: str) -> int:
    async with deps.unit_of_work(SYSTEM) as uow:
        return await start_clock(uow, code, order.id, order.customer_id)


async def due(deps: Dependencies, clock: int) -> str:
    """The last day, or the minute, in Shanghai."""
    async with deps.unit_of_work(SYSTEM) as uow:
        row = await uow.session.get_one(ClockRow, clock)
        shanghai = dt.timezone(dt.timedelta(hours=8))
        at = row.due_at.astimezone(shanghai)
    if at.time() == dt.time():
        return str((at - dt.timedelta(days=1)).date())
    return f"{at:%Y-%m-%d %H:%M}"


async def events_of(deps: Dependencies, clock: int) -> list[tuple[str, str | None]]:
    async with deps.unit_of_work(SYSTEM) as uow:
        found = await uow.session.execute(
            select(ClockEventRow.kind, ClockEventRow.reason)
            .where(ClockEventRow.clock_id == clock)
            .order_by(ClockEventRow.id)
        )
        return [(row.kind, row.reason) for row in found]


async def test_a_running_time_limit_moves_with_a_day(deps: Dependencies, order: OrderRow) -> None:
    """O16 P6: seven working days from Friday; a free Monday is one more, a worked Saturday one
    less; the same said again changes nothing; taken back, it is as it was."""
    clock = await start(deps, order, DEPOSIT)
    assert await due(deps, clock) == "2013-12-10"
    assert await declare(deps, MONDAY, False) == Moved(clocks=1)
    assert await due(deps, clock) == "2013-12-11"
    assert await declare(deps, MONDAY, False) == Moved()
    assert await declare(deps, SATURDAY, True) == Moved(clocks=1)
    assert await due(deps, clock) == "2013-12-10"
    assert await do(deps, PLANNER, remove_business_day, RemoveBusinessDay(MONDAY)) == Moved(
        clocks=1
    )
    assert await due(deps, clock) == "2013-12-09"
    assert await do(deps, PLANNER, remove_business_day, RemoveBusinessDay(SATURDAY)) == Moved(
        clocks=1
    )
    assert await due(deps, clock) == "2013-12-10"
    # Days before its beginning and after its end are nothing to it.
    for day in (dt.date(2013, 11, 29), dt.date(2013, 12, 11)):
        assert await declare(deps, day, False) == Moved()
    moves = [reason for kind, reason in await events_of(deps, clock) if kind == "MOVED"]
    assert (
        str(Message.from_kept(moves[0]))
        == "2013-12-02 is free: so; due 2013-12-11 instead of 2013-12-10"
    )
    assert len(moves) == 4
    async with deps.unit_of_work(SYSTEM) as uow:
        found = await uow.session.execute(
            select(AuditRow.actor, AuditRow.after)
            .where(AuditRow.action == "businessDaySet")
            .order_by(AuditRow.id)
        )
        assert [(row.actor, row.after["moved"]["clocks"]) for row in found][:3] == [
            ("pan", 1),
            ("pan", 0),
            ("pan", 1),
        ]


async def test_a_day_s_longest_name_is_kept_whole(deps: Dependencies, order: OrderRow) -> None:
    """P6 O16: also where each of its characters takes six in JSON, which is the most."""
    name = "\x01" * limits.NAME
    clock = await start(deps, order, DEPOSIT)
    await do(deps, PLANNER, set_business_day, SetBusinessDay(MONDAY, False, name))
    (_, reason) = (await events_of(deps, clock))[-1]
    assert reason is not None
    assert len(reason) <= limits.TEXT
    assert name in str(Message.from_kept(reason))


async def test_working_hours_move_and_plain_hours_do_not(
    deps: Dependencies, order: OrderRow, clock: FixedClock
) -> None:
    """O16: four working hours from four in the afternoon of Friday end on Monday; twenty-four
    hours are over when they are over."""
    clock.advance(dt.timedelta(hours=8))
    worked = await start(deps, order, ORDER_WORKED)
    answered = await start(deps, order, AFTER_SALES_ANSWER)
    before = await due(deps, answered)
    assert await due(deps, worked) == "2013-12-02 11:00"
    assert await declare(deps, MONDAY, False) == Moved(clocks=1)
    assert await due(deps, worked) == "2013-12-03 11:00"
    assert await due(deps, answered) == before


async def test_days_on_which_a_clock_stood_still_move_nothing(
    deps: Dependencies, order: OrderRow, clock: FixedClock
) -> None:
    """O16: paused from Monday to Wednesday; whether Tuesday was worked is nothing to it, neither
    while it stands nor afterwards, but a free Thursday is."""
    key = await start(deps, order, DEPOSIT)
    clock.advance(dt.timedelta(days=3))
    await do(deps, FINANCE, act_on_clock, OnOne(key, PauseClock("the bank is closed")))
    await declare(deps, TUESDAY, False)
    clock.advance(dt.timedelta(days=2))
    await do(deps, FINANCE, act_on_clock, OnOne(key, ResumeClock()))
    # Six days were left on Monday: 5, 6, 9, 10, 11, 12 December.
    assert await due(deps, key) == "2013-12-12"
    await do(deps, PLANNER, remove_business_day, RemoveBusinessDay(TUESDAY))
    assert await due(deps, key) == "2013-12-12"
    await declare(deps, dt.date(2013, 12, 5), False)
    assert await due(deps, key) == "2013-12-13"


async def test_a_breach_stays_and_one_that_is_nigh_moves_away(
    deps: Dependencies, order: OrderRow, clock: FixedClock
) -> None:
    """O16: declared free on its last day, it is not over that night; a breach that was noted is."""
    key = await start(deps, order, DEPOSIT)
    clock.advance(dt.timedelta(days=11))
    assert await declare(deps, dt.date(2013, 12, 10), False) == Moved(clocks=1)
    clock.advance(dt.timedelta(days=1))
    assert await record_breaches(deps) == 0
    clock.advance(dt.timedelta(days=1))
    assert await record_breaches(deps) == 1
    assert await declare(deps, dt.date(2013, 12, 9), False) == Moved()
    assert await due(deps, key) == "2013-12-11"


async def test_estimates_that_count_working_days_follow(
    deps: Dependencies, order: OrderRow
) -> None:
    """M2 P6: step 2 is the next working day; confirmed, it follows nothing any more."""
    async with deps.unit_of_work(SYSTEM) as uow:
        keys = await start_milestones(uow, order.id)
        numbers = dict(enumerate(keys, start=1))

    async def day(number: int) -> dt.date | None:
        async with deps.unit_of_work(SYSTEM) as uow:
            return (await uow.session.get_one(MilestoneRow, numbers[number])).estimated_on

    assert await day(2) == MONDAY
    moved = await declare(deps, MONDAY, False)
    assert (moved.clocks, moved.orders) == (0, 0)
    assert moved.milestones >= 1
    assert await day(2) == TUESDAY
    async with deps.unit_of_work(SYSTEM) as uow:
        history = await uow.session.scalars(
            select(MilestoneEventRow.reason)
            .where(MilestoneEventRow.milestone_id == numbers[2])
            .order_by(MilestoneEventRow.id)
        )
        assert str(Message.from_kept(history.all()[-1] or "")) == "2013-12-02 is free: so"
        await uow.session.execute(
            update(MilestoneRow).where(MilestoneRow.id == numbers[2]).values(confirmed=True)
        )
    await do(deps, PLANNER, remove_business_day, RemoveBusinessDay(MONDAY))
    assert await day(2) == TUESDAY


async def test_reviews_and_complaints_get_another_last_day(deps: Dependencies) -> None:
    """P6 O3 O13 O15: two working days from Friday; the clock of the review, its task and the
    order's history say the same."""
    office = Office(deps)
    order = await office.place()
    await office.check_and_approve(order)
    await office.do("PLANNING", order, OpenReview())
    assert (await office.facts(order)).reviews[0].due_on == TUESDAY
    (clock,) = await office.ask("SELECT id FROM clocks WHERE code = 'REVIEW'")
    moved = await declare(deps, MONDAY, False)
    assert moved.orders == 1
    wednesday = dt.date(2013, 12, 4)
    # Its history replays to the same.
    assert (await office.facts(order)).reviews[0].due_on == wednesday
    assert await due(deps, clock[0]) == str(wednesday)
    other = await office.place()
    await office.bring_to_confirmed(other)
    await office.do("AFTER_SALES", other, OpenComplaint("torn"))
    before = (await office.facts(other)).complaints[0].due_on
    await do(deps, PLANNER, remove_business_day, RemoveBusinessDay(MONDAY))
    assert (await office.facts(other)).complaints[0].due_on < before
    assert (await office.facts(order)).reviews[0].due_on == TUESDAY


async def test_two_days_declared_at_once_both_count(deps: Dependencies, order: OrderRow) -> None:
    """P6: the second waits for the first, and counts with it."""
    clock = await start(deps, order, DEPOSIT)
    await asyncio.gather(declare(deps, MONDAY, False), declare(deps, TUESDAY, False))
    assert await due(deps, clock) == "2013-12-12"


async def test_a_calendar_that_ends_before_the_dates_in_use_is_reported(
    deps: Dependencies, order: OrderRow, clock: FixedClock
) -> None:
    """P6: not on the last day that is announced, but once a time limit reaches beyond it; the
    doctor reports it too, and the year's make-up days, once entered, settle it."""
    known = announced_until("CN")
    assert known is not None

    async def warnings() -> list[str]:
        async with deps.unit_of_work(SYSTEM) as uow:
            _, policy = await current_policy(uow)
            return [str(each) for each in await calendar_warnings(uow, policy)]

    async def doctor() -> list[tuple[bool, str]]:
        found = await examine(deps)
        return [(each.good, str(each.said)) for each in found if each.what == "calendar"]

    clock.now = dt.datetime(known.year, 12, 31, 4, tzinfo=dt.UTC)
    assert await warnings() == []
    assert await doctor() == [(True, "known as far as dates in use reach")]
    key = await start(deps, order, DEPOSIT)
    end, following = await due(deps, key), known.year + 1
    assert await warnings() == [
        f"The calendar of CN knows make-up days up to {known}, and dates in use reach to {end}:"
        f" enter the make-up days and holidays of {following} (businessDaySet), or install a newer"
        " `holidays`."
    ]
    ((good, said),) = await doctor()
    assert good
    assert said.startswith("warning: The calendar of CN")
    await declare(deps, dt.date(following, 5, 9), True)
    assert await warnings() == []
