"""Tasks that rules raise, move and end: one by one as many at once (M5, A1)."""

import datetime as dt
from dataclasses import asdict

import pytest
from sqlalchemy import select

from domain.messages import literal
from domain.policy import Policy
from domain.principals import SYSTEM
from domain.tasks.commands import EndTask
from domain.tasks.vocabularies import TaskChangeKind
from persistence.tables import TaskEventRow
from persistence.tasks.writing import tasks_of_sources
from services.bootstrap import Dependencies
from services.tasks.raising import (
    RaiseTask,
    acting_on_tasks,
    end_tasks,
    raise_or_move_task,
    raise_tasks,
)
from tests.clock import FixedClock

pytestmark = pytest.mark.usefixtures("tiny_company")

DAY = dt.date(2013, 12, 2)
CASES = ["case:1", "case:2"]


def call(case: str, day: dt.date = DAY) -> RaiseTask:
    return RaiseTask("CALL", literal("Call"), "SALES", day, source=case)


async def kinds(deps: Dependencies) -> list[TaskChangeKind]:
    async with deps.unit_of_work(SYSTEM) as uow:
        return list(await uow.session.scalars(select(TaskEventRow.kind).order_by(TaskEventRow.id)))


@pytest.mark.parametrize(("done", "note"), [(True, None), (False, "called off")])
async def test_many_end_as_one_does(deps: Dependencies, done: bool, note: str | None) -> None:
    """M5: the statement that ends tasks of cases gives what the rule gives for each."""
    async with deps.unit_of_work(SYSTEM) as uow:
        assert await raise_tasks(uow, [call(case) for case in CASES]) == 2
        before = await tasks_of_sources(uow.session, CASES)
        at = acting_on_tasks(uow, Policy())
        assert await end_tasks(uow, [*CASES, "case:3"], done=done, note=note) == 2
        after = await tasks_of_sources(uow.session, CASES)
        expected = [EndTask(done, note).effect(each.facts, at).after for each in before]
    assert [asdict(each.facts) for each in after] == [asdict(each) for each in expected]
    ended = TaskChangeKind.DONE if done else TaskChangeKind.DROPPED
    assert (await kinds(deps))[2:] == [ended, ended]
    async with deps.unit_of_work(SYSTEM) as uow:
        assert await end_tasks(uow, CASES, done=True) == 0


async def test_a_rule_s_task_moves_with_what_it_hangs_on(
    deps: Dependencies, clock: FixedClock
) -> None:
    """M5: raised once, moved with its day, raised again once dropped, left alone if done."""
    later = DAY + dt.timedelta(days=7)
    for day in (DAY, DAY, later):
        async with deps.unit_of_work(SYSTEM) as uow:
            await raise_or_move_task(uow, call("case:1", day))
    assert await kinds(deps) == [TaskChangeKind.RAISED, TaskChangeKind.MOVED]
    async with deps.unit_of_work(SYSTEM) as uow:
        await end_tasks(uow, ["case:1"], done=False, note="left out")
    async with deps.unit_of_work(SYSTEM) as uow:
        await raise_or_move_task(uow, call("case:1", DAY))
        (task,) = await tasks_of_sources(uow.session, ["case:1"])
        await end_tasks(uow, ["case:1"], done=True)
    assert (task.facts.due_on, task.facts.ended_at, task.facts.version) == (DAY, None, 4)
    async with deps.unit_of_work(SYSTEM) as uow:
        await raise_or_move_task(uow, call("case:1", later))
        (task,) = await tasks_of_sources(uow.session, ["case:1"])
    assert (task.facts.due_on, task.facts.done) == (DAY, True)
