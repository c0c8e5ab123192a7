"""Time limits of the order process: each breach is recorded once, with a task (O16)."""

import asyncio
import datetime as dt

import pytest
from sqlalchemy import select, text

from domain.clocks.commands import PauseClock, ResumeClock
from domain.clocks.definitions import NOTICE_TO_CUSTOMER
from domain.errors import InvalidInput, NotAllowed, WrongState
from domain.messages import Message
from domain.policy import Policy
from domain.principals import SYSTEM, Principal
from domain.tasks.commands import CompleteTask
from persistence.tables import ClockEventRow, ClockRow, OrderRow, TaskRow
from services.bootstrap import Dependencies
from services.clocks.running import (
    act_on_clock,
    drop_clocks,
    record_breaches,
    start_intake_clocks,
    stop_clock,
)
from services.commands import OnOne
from services.policy import change_policy
from services.tasks.commands import act_on_task
from tests.clock import FixedClock
from tests.clocks import start_clock
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.usefixtures("tiny_company")

SALES = Principal("ann", frozenset({"SALES"}))
BREACH = "CLOCK_BREACH"
WAREHOUSE = Principal("wu", frozenset({"WAREHOUSE"}))


def at(text: str) -> dt.datetime:
    """An instant of Shanghai's clock."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=Policy().zone).astimezone(dt.UTC)


async def order(uow) -> OrderRow:
    return await uow.session.scalar(select(OrderRow).where(OrderRow.order_number == "O1"))


async def start(deps: Dependencies, code: str, variant: str = "STANDARD") -> int:
    async with deps.unit_of_work(SYSTEM) as uow:
        found = await order(uow)
        return await start_clock(uow, code, found.id, found.customer_id, variant)


async def stop(deps: Dependencies, code: str) -> None:
    async with deps.unit_of_work(SYSTEM) as uow:
        await stop_clock(uow, code, "Order", str((await order(uow)).id))


async def clock_of(deps: Dependencies, clock_id: int) -> tuple[ClockRow, list[str]]:
    async with deps.unit_of_work(SYSTEM) as uow:
        row = await uow.session.get_one(ClockRow, clock_id)
        kinds = await uow.session.scalars(
            select(ClockEventRow.kind)
            .where(ClockEventRow.clock_id == clock_id)
            .order_by(ClockEventRow.id)
        )
        return row, list(kinds)


async def titles(deps: Dependencies) -> list[tuple[str, str, str]]:
    async with deps.unit_of_work(SYSTEM) as uow:
        found = await uow.session.execute(
            select(TaskRow.kind, TaskRow.owner_role, TaskRow.title).order_by(TaskRow.id)
        )
        return [(kind, role, str(Message.from_json(title))) for kind, role, title in found]


async def test_a_clock_across_the_new_year_is_breached_once(
    deps: Dependencies, clock: FixedClock
) -> None:
    """J1 O16 P6: two working days from the Thursday before 2014's holidays end after them.

    31 January to 6 February are holidays; Sunday 26 January and Saturday 8 February are worked.
    """
    clock.now = at("2014-01-29 16:00")
    clock_id = await start(deps, "PRODUCTION_PLAN")
    row, _ = await clock_of(deps, clock_id)
    assert row.due_at == at("2014-02-08 00:00")
    clock.now = at("2014-02-07 23:59")
    assert await record_breaches(deps) == 0
    clock.now = at("2014-02-08 09:00")
    found = await asyncio.gather(record_breaches(deps), record_breaches(deps))
    assert sum(found) == 1
    assert await record_breaches(deps) == 0
    row, kinds = await clock_of(deps, clock_id)
    assert row.breached_at == row.due_at
    assert kinds == ["STARTED", "BREACHED"]
    title = "O1: Production plan made is overdue since 2014-02-08 00:00"
    # The department that is late, and whoever answers for the order.
    assert await titles(deps) == [(BREACH, "PLANNING", title), (BREACH, "SALES", title)]


async def test_what_is_done_in_time_is_no_breach(deps: Dependencies, clock: FixedClock) -> None:
    """O16: stopped before its time; and one of a kind runs per order, however often begun."""
    clock_id = await start(deps, "FIRST_CHECK")
    assert await start(deps, "FIRST_CHECK") == clock_id
    await stop(deps, "FIRST_CHECK")
    clock.now = at("2014-01-01 00:00")
    assert await record_breaches(deps) == 0
    assert (await clock_of(deps, clock_id))[1] == ["STARTED", "STOPPED"]
    assert await start(deps, "FIRST_CHECK") != clock_id


async def test_what_is_done_too_late_is_a_breach_before_any_sweep(
    deps: Dependencies, clock: FixedClock
) -> None:
    """O16: stopping is no way around a breach."""
    clock_id = await start(deps, "ORDER_WORKED")
    clock.now = at("2013-11-29 17:00")
    await stop(deps, "ORDER_WORKED")
    row, kinds = await clock_of(deps, clock_id)
    assert row.breached_at == at("2013-11-29 14:00")
    assert kinds == ["STARTED", "BREACHED", "STOPPED"]


async def test_a_reminder_comes_before_the_breach(deps: Dependencies, clock: FixedClock) -> None:
    """O16: the final payment is reminded of on day 10 and breached on day 14, in working days."""
    clock_id = await start(deps, "FINAL_PAYMENT")
    for now, kinds in (
        ("2013-12-13 23:00", ["STARTED"]),
        ("2013-12-14 00:00", ["STARTED", "REMINDED"]),
        ("2013-12-20 00:00", ["STARTED", "REMINDED", "BREACHED"]),
    ):
        clock.now = at(now)
        await record_breaches(deps)
        assert (await clock_of(deps, clock_id))[1] == kinds
    assert [(kind, role) for kind, role, _ in await titles(deps)] == [
        ("CLOCK_REMINDER", "SALES"),
        (BREACH, "SALES"),
        (BREACH, "SALES_MANAGER"),
        (BREACH, "FINANCE"),
    ]


async def test_a_pause_keeps_what_was_left(deps: Dependencies, clock: FixedClock) -> None:
    """O16: with a reason, by the department it is held to, and not after its time."""
    clock_id = await start(deps, "MISSING_INFORMATION")
    async with deps.unit_of_work(SALES) as uow:
        with pytest.raises(InvalidInput, match="needs a reason"):
            await act_on_clock(OnOne(clock_id, PauseClock()), uow)
    async with deps.unit_of_work(WAREHOUSE) as uow:
        with pytest.raises(NotAllowed):
            await act_on_clock(OnOne(clock_id, PauseClock("no")), uow)
    async with deps.unit_of_work(SALES) as uow:
        await act_on_clock(OnOne(clock_id, PauseClock("the customer is on holiday")), uow)
    clock.now = at("2013-12-09 10:00")
    assert await record_breaches(deps) == 0
    async with deps.unit_of_work(SALES) as uow:
        await act_on_clock(OnOne(clock_id, ResumeClock()), uow)
    row, kinds = await clock_of(deps, clock_id)
    assert row.due_at == at("2013-12-12 00:00")
    assert kinds == ["STARTED", "PAUSED", "RESUMED"]
    clock.now = at("2013-12-12 00:00")
    async with deps.unit_of_work(SALES) as uow:
        with pytest.raises(WrongState, match="time is over"):
            await act_on_clock(OnOne(clock_id, PauseClock("again")), uow)


async def test_who_completes_a_task_waits_for_who_holds_its_clock(deps: Dependencies) -> None:
    """O16: all lock a time limit before the tasks about it; of two at once the second waits."""
    clock_id = await start(deps, NOTICE_TO_CUSTOMER)
    async with deps.unit_of_work(SYSTEM) as uow:
        task = await uow.session.scalar(select(TaskRow.id))
        key = str((await order(uow)).id)

    async def complete() -> None:
        async with deps.unit_of_work(SALES) as uow:
            await act_on_task(OnOne(task, CompleteTask()), uow)

    async with deps.unit_of_work(SYSTEM) as holder:
        await holder.session.execute(
            select(ClockRow.id).where(ClockRow.id == clock_id).with_for_update(key_share=True)
        )
        done = asyncio.create_task(complete())
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        async with asyncio.timeout(PATIENCE_S):
            while await holder.session.scalar(waiting) == 0:
                assert not done.done()
                await asyncio.sleep(0.02)
        await stop_clock(holder, NOTICE_TO_CUSTOMER, "Order", key)
    with pytest.raises(WrongState):
        await done
    assert (await clock_of(deps, clock_id))[1] == ["STARTED", "STOPPED"]


async def test_an_ended_order_has_no_running_clocks(deps: Dependencies) -> None:
    """O14 O16: they are dropped with the reason."""
    clock_id = await start(deps, "CONTRACT")
    async with deps.unit_of_work(SYSTEM) as uow:
        assert await drop_clocks(uow, (await order(uow)).id, "cancelled") == 1
    assert (await clock_of(deps, clock_id))[1] == ["STARTED", "DROPPED"]


@pytest.mark.parametrize(
    ("profile", "due"),
    [
        ("MADE_TO_ORDER", {"FIRST_CHECK": "2013-12-03 00:00"}),
        (
            "FROM_STOCK",
            {"ORDER_WORKED": "2013-11-29 14:00", "DISPATCH_FROM_STOCK": "2013-12-05 00:00"},
        ),
    ],
)
async def test_what_runs_when_an_order_comes_in(
    deps: Dependencies, profile: str, due: dict[str, str]
) -> None:
    """O16: made to order it is checked in a working day; from stock worked in four hours."""
    async with deps.unit_of_work(SYSTEM) as uow:
        found = await order(uow)
        await start_intake_clocks(uow, found.id, found.customer_id, profile)
        rows = (await uow.session.execute(select(ClockRow.code, ClockRow.due_at))).all()
        with pytest.raises(InvalidInput, match="profile is one of"):
            await start_intake_clocks(uow, found.id, found.customer_id, "BY_MOONLIGHT")
    assert dict(rows) == {code: at(ends) for code, ends in due.items()}


async def test_the_company_s_own_limit_is_used(deps: Dependencies) -> None:
    """O16 P7: limits are policy."""
    body = {"schedule": {"clocks": {"CONTRACT": {"limits": {"STANDARD": 3}}}}}
    async with deps.unit_of_work(SYSTEM) as uow:
        await change_policy(uow, Policy.from_body(body))
    row, _ = await clock_of(deps, await start(deps, "CONTRACT"))
    assert row.due_at == at("2013-12-05 00:00")
