"""The steps of imported orders: estimated, followed and watched as those of orders begun here."""

import datetime as dt
from pathlib import Path

from sqlalchemy import select

from domain.milestones.commands.closing import CloseMilestone
from domain.milestones.guards import waits
from domain.principals import SYSTEM, Principal
from persistence.milestones.reading import load_milestones
from persistence.tables import MilestoneRow
from services.bootstrap import Dependencies
from services.commands import OnOne
from services.milestones.commands import act_on_milestone
from services.policy import current_policy
from tests.clock import FixedClock
from tests.milestones import start_milestones
from tests.services.import_world import (
    ask,
    examine,
    load,
    replaced,
    with_row,
    write_company,
)


async def days_of(deps: Dependencies, order: str) -> dict[int, tuple[str | None, ...]]:
    """Of each step with a day: the one in force, the first, the baseline."""
    rows = await ask(
        deps,
        "SELECT number, least(due_on, closed_on)::text, first_estimated_on::text, baseline_on::text"
        " FROM milestones m JOIN orders o ON o.id = m.order_id"
        f" JOIN milestone_steps s ON s.id = m.step_id WHERE order_number = '{order}'"
        " AND first_estimated_on IS NOT NULL ORDER BY 1",
    )
    return {row[0]: tuple(row[1:]) for row in rows}


async def test_imported_orders_estimates_follow_their_anchors(
    deps: Dependencies, tmp_path: Path
) -> None:
    """M2: from the confirmation and the promised date on, as in an order that began here; a day
    that the input gives is confirmed and stays, and a slip moves what hangs on it."""
    await load(deps, examine(write_company(tmp_path / "tiny")))
    given, free = await days_of(deps, "O1"), await days_of(deps, "O2")
    # Confirmed on Sunday, 1 February, and on Monday; step 3's day came with the file.
    assert given[2] == ("2026-02-02", "2026-02-02", None)
    assert given[3] == ("2026-02-10", "2026-02-10", "2026-02-10")
    assert free[2] == ("2026-02-03", "2026-02-03", None)
    assert free[3] == ("2026-02-10", "2026-02-10", None)
    # Paid on the 12th, two days late: purchasing orders the day after.
    assert given[5] == ("2026-02-13", "2026-02-13", None)
    assert free[5] == ("2026-02-11", "2026-02-11", None)

    rows = await ask(
        deps,
        "SELECT m.id FROM milestones m JOIN orders o ON o.id = order_id JOIN milestone_steps s"
        " ON s.id = step_id WHERE order_number = 'O2' AND number = 2",
    )
    async with deps.unit_of_work(Principal("ann", frozenset({"SALES"}))) as uow:
        await act_on_milestone(OnOne(rows[0][0], CloseMilestone(dt.date(2026, 2, 9))), uow)
    slipped = await days_of(deps, "O2")
    assert slipped[3] == ("2026-02-16", "2026-02-10", None)
    assert slipped[5][1] == "2026-02-11"
    assert slipped[5][0] > "2026-02-16"


async def test_an_order_that_came_in_held_is_estimated_from_its_confirmation(
    deps: Dependencies, tmp_path: Path, clock: FixedClock
) -> None:
    """M2: it brought a step, and no confirmation; the customer's comes later."""
    held = replaced("orders", "O2,F2,2026-02-02,,OPEN", "O2,F2,2026-02-02,,HELD")
    steps = with_row("milestones", "O2,2,,,\nO2,3,,,")
    await load(deps, examine(write_company(tmp_path / "tiny", **held, **steps)))
    assert await days_of(deps, "O2") == {}
    clock.now = dt.datetime(2026, 3, 23, 9, tzinfo=dt.UTC)
    ((order,),) = await ask(deps, "SELECT id FROM orders WHERE order_number = 'O2'")
    async with deps.unit_of_work(SYSTEM) as uow:
        begun = await start_milestones(uow, order)
    assert len(begun) == 2
    assert await days_of(deps, "O2") == {
        2: ("2026-03-24", "2026-03-24", None),
        3: ("2026-03-31", "2026-03-31", None),
    }


async def test_imported_steps_are_reckoned_and_watched_as_the_rules_have_it(
    deps: Dependencies, clock: FixedClock
) -> None:
    """M7: SQL at the import and the domain say the same of 8, 10, 16 and 17 of every order."""
    clock.now = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    await load(deps, examine(Path(__file__).parents[2] / "examples" / "footwear"))
    async with deps.unit_of_work(SYSTEM) as uow:
        _, policy = await current_policy(uow)
        keys = list(await uow.session.scalars(select(MilestoneRow.order_id).distinct()))
        watched = reckoned = 0
        for loaded in await load_milestones(uow.session, sorted(keys), policy.zone):
            order = loaded.milestones
            arrived = order.order_status in ("DELIVERED", "CLOSED")
            for step in order.steps:
                known = order.facts[step.number]
                expected = waits(step, order.steps, order.facts, arrived=arrived)
                assert known.waits == expected, (order.order_number, step.number)
                watched += expected
            ten = order.facts[10]
            if ten.closed_on is None:
                before = order.facts[9].effective or order.facts[8].effective
                assert ten.expected == before
                reckoned += before is not None
        assert watched
        assert reckoned
