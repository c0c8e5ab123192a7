"""J1: timers take all that is due, however much, and lose nothing when stopped in between."""

import asyncio
import datetime as dt

import asyncpg
import orjson
import pytest
from sqlalchemy import select, text

from domain.orders.transition import OrderCommand
from domain.principals import SYSTEM
from persistence.engine import connect
from persistence.events import CHANNEL
from persistence.milestones import due
from persistence.outbox import ask_again
from persistence.tables import TaskRow
from services.batches import Batch, in_batches
from services.bootstrap import Dependencies
from services.clocks.running import StartClock, record_breaches, start_clocks
from services.commands import OnOne
from services.milestones import due as due_milestones
from services.milestones.due import notify_of_due_milestones
from services.orders import deposit_expiry
from tests.clock import FixedClock
from tests.conftest import TestDatabase
from tests.statements import counting
from tests.waiting import PATIENCE_S
from tests.world import write_tiny_company

# Every step of every template, for both orders of the tiny company; overdue since yesterday.
OVERDUE = """
INSERT INTO milestones (order_id, customer_id, step_id, owner_role, takes_closed, estimated_on,
  is_open)
SELECT o.id, o.customer_id, s.id, s.owner_role, true, '2013-11-28', true
FROM orders AS o CROSS JOIN milestone_steps AS s
"""
UNANNOUNCED = "SELECT count(*) FROM milestones WHERE is_open AND told_state IS NULL"


async def overdue_steps(deps: Dependencies) -> int:
    """The tiny company with many steps that are overdue; how many."""
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(text(OVERDUE))
    return await number(deps, UNANNOUNCED)


async def number(deps: Dependencies, question: str) -> int:
    async with deps.unit_of_work(SYSTEM) as uow:
        return int(await uow.session.scalar(text(question)) or 0)


@pytest.mark.usefixtures("tiny_company")
async def test_all_that_is_overdue_is_announced_at_once_and_each_once(
    deps: Dependencies, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """J1 M7: in batches, until none is left; subscribers hear of each step."""
    steps = await overdue_steps(deps)
    monkeypatch.setattr(due_milestones, "MOST_AT_ONCE", 25)
    assert steps > 2 * 25
    heard: list[int] = []
    everybody = asyncio.Event()

    def hear(_connection: object, _pid: int, _channel: str, news: object) -> None:
        said = orjson.loads(str(news))
        if said["kind"] == "milestoneDue":
            heard.append(said["id"])
            if len(heard) == steps:
                everybody.set()

    listening: asyncpg.Connection = await connect(database.application, application_name="test")
    await listening.add_listener(CHANNEL, hear)
    assert await notify_of_due_milestones(deps) == steps
    assert await number(deps, UNANNOUNCED) == 0
    assert await notify_of_due_milestones(deps) == 0
    async with asyncio.timeout(PATIENCE_S):
        await everybody.wait()
    await listening.close()
    assert len(set(heard)) == steps == len(heard)


async def test_more_steps_take_no_more_statements(deps: Dependencies) -> None:
    """J1: a batch is one statement, whatever is in it."""
    with counting(deps.engine) as idle:
        await notify_of_due_milestones(deps)
    await write_tiny_company(deps)
    await overdue_steps(deps)
    await notify_of_due_milestones(deps)
    with counting(deps.engine) as nothing_left:
        await notify_of_due_milestones(deps)
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(text("UPDATE milestones SET told_state = NULL"))
    with counting(deps.engine) as all_due:
        await notify_of_due_milestones(deps)
    assert len(all_due) == len(nothing_left) > len(idle)


@pytest.mark.usefixtures("tiny_company")
async def test_a_timer_stopped_between_batches_goes_on_with_the_rest(
    deps: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """J1 J2: what was announced stays so, and is not announced again."""
    steps = await overdue_steps(deps)
    monkeypatch.setattr(due_milestones, "MOST_AT_ONCE", 25)
    batches = 0
    note = due.note_overdue

    async def killed_at_the_third(*arguments: object) -> due.Found:
        nonlocal batches
        batches += 1
        if batches == 3:
            raise asyncio.CancelledError
        return await note(*arguments)  # type: ignore[arg-type]  # handed on as they came

    with monkeypatch.context() as patch:
        patch.setattr(due, "note_overdue", killed_at_the_third)
        with pytest.raises(asyncio.CancelledError):
            await notify_of_due_milestones(deps)
    assert await number(deps, UNANNOUNCED) == steps - 50
    assert await notify_of_due_milestones(deps) == steps - 50


@pytest.mark.usefixtures("tiny_company")
async def test_a_timer_waits_for_nobody_who_holds_an_order(deps: Dependencies) -> None:
    """J1: its steps are announced the next time; those of the others at once."""
    steps = await overdue_steps(deps)
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(
            text("SELECT 1 FROM orders WHERE order_number = 'O1' FOR NO KEY UPDATE")
        )
        assert await notify_of_due_milestones(deps) == steps // 2
    assert await notify_of_due_milestones(deps) == steps // 2


async def start_calls(deps: Dependencies, cases: range) -> None:
    async with deps.unit_of_work(SYSTEM) as uow:
        await start_clocks(uow, [StartClock("FIRST_CHECK", "Call", str(case)) for case in cases])


@pytest.mark.usefixtures("tiny_company")
async def test_more_breaches_take_no_more_statements(deps: Dependencies, clock: FixedClock) -> None:
    """J1 O16: the tasks of a batch of clocks are raised together, each once."""
    counts = []
    for cases in (range(1), range(1, 41)):
        await start_calls(deps, cases)
        clock.advance(dt.timedelta(days=30))
        with counting(deps.engine) as statements:
            assert await record_breaches(deps) >= len(cases)
        counts.append(len(statements))
    assert counts[0] == counts[1]
    async with deps.unit_of_work(SYSTEM) as uow:
        rows = (await uow.session.scalars(select(TaskRow).order_by(TaskRow.id))).all()
        breaches = [row for row in rows if row.kind == "CLOCK_BREACH"]
        raised = await uow.session.scalar(
            text("SELECT count(*) FROM task_events WHERE kind = 'RAISED'")
        )
    assert len({row.source for row in breaches}) == len(breaches) >= 41
    assert raised == len(rows)
    assert await record_breaches(deps) == 0


async def test_batches_end_where_nothing_is_left(deps: Dependencies) -> None:
    """Each goes on where the one before it stopped."""
    seen = []

    async def take(_uow: object, after: int | None) -> Batch:
        seen.append(after)
        reached = (after or 0) + 2
        return Batch(2, None if reached == 6 else reached)

    assert await in_batches(deps, take) == 6
    assert seen == [None, 2, 4]


async def test_what_waits_is_asked_for_again_in_one_statement(deps: Dependencies) -> None:
    """J2: but not what was asked for a moment ago."""
    minute = dt.timedelta(minutes=1)
    payloads = [{"scenario_id": key} for key in range(1, 4)]
    async with deps.unit_of_work(SYSTEM) as uow:
        assert await ask_again(uow.session, "scenario.run", [], minute) == 0
        assert await ask_again(uow.session, "scenario.run", payloads[:2], minute) == 2
        assert await ask_again(uow.session, "scenario.run", payloads, minute) == 1
        found = await uow.session.execute(text("SELECT topic, payload FROM outbox ORDER BY id"))
        assert [tuple(row) for row in found] == [("scenario.run", each) for each in payloads]


@pytest.mark.usefixtures("tiny_company")
async def test_one_stubborn_deposit_does_not_hold_up_the_others(
    deps: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O7 J1: the others are settled; what went wrong is raised with the order's key."""
    tried = []

    async def three(*_: object) -> list[int]:
        return [1, 2, 3]

    async def settle(request: OnOne[OrderCommand], _uow: object) -> None:
        tried.append(request.key)
        if request.key == 1:
            raise ZeroDivisionError

    monkeypatch.setattr(deposit_expiry, "orders_awaiting_pickup", three)
    monkeypatch.setattr(deposit_expiry, "act_on_order", settle)
    with pytest.raises(ExceptionGroup, match="1 of 3 deposits") as raised:
        await deposit_expiry.settle_expired_deposits(deps)
    assert tried == [1, 2, 3]
    assert raised.value.exceptions[0].__notes__ == ["while the deposit of order 1 was settled"]
