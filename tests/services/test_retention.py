"""Plans, snapshots and the audit log are kept as long as policy says, and no longer (A9, P7)."""

import datetime as dt

import psycopg
import pytest
from sqlalchemy import text

from domain.errors import InvalidInput, WrongState
from domain.messages import msg
from domain.policy import Policy
from domain.principals import SYSTEM
from persistence.invariants import check_invariants
from services.allocation.explanation import line_to_explain
from services.allocation.order_outcome import order_outcome
from services.allocation.retention import prune_by_policy
from services.allocation.run import run_allocation
from services.bootstrap import Dependencies
from tests.clock import FixedClock
from tests.conftest import TestDatabase
from tests.services.plans import plan_of
from tests.services.test_allocation import arrive, ask

pytestmark = pytest.mark.usefixtures("tiny_company")


async def shared_out(deps: Dependencies) -> int:
    run_id = await arrive(deps)
    await run_allocation(run_id, deps)
    # Runs are dated by the database's clock.
    await ask(
        deps,
        "UPDATE allocation_runs SET requested_at = committed_at RETURNING id",
    )
    return run_id


async def test_a_plan_goes_when_its_days_are_over(deps: Dependencies, clock: FixedClock) -> None:
    """A9: first what it was decided on, a year later its lines; what it caused stays."""
    run_id = await shared_out(deps)
    async with deps.unit_of_work(SYSTEM) as uow:
        await line_to_explain(run_id, "L:O2/0001", uow)

    clock.advance(dt.timedelta(days=364))
    assert await prune_by_policy(deps) == 0
    clock.advance(dt.timedelta(days=2))
    assert await prune_by_policy(deps) == 1
    assert await prune_by_policy(deps) == 0
    async with deps.unit_of_work(SYSTEM) as uow:
        with pytest.raises(WrongState, match="no longer kept"):
            await line_to_explain(run_id, "L:O2/0001", uow)
    assert len(await plan_of(deps, run_id)) == 6
    # The order's lines are still listed, each with why no more is known.
    [line] = (await order_outcome("O2", deps)).lines
    gone = msg("allocation.SNAPSHOT_GONE", run=run_id)
    assert (line.reserved, [claim.explanation for claim in line.claims]) == (3, [gone, gone])

    clock.advance(dt.timedelta(days=365))
    # Four lines that give something, refused claims and levels in a part each.
    assert await prune_by_policy(deps) == 6
    assert await plan_of(deps, run_id) == []
    assert await ask(deps, "SELECT count(*), sum(units) FROM shipment_lines") == [(3, 9)]
    assert await ask(deps, "SELECT status, summary->>'pieces' FROM allocation_runs") == [
        ("COMMITTED", "12")
    ]
    async with deps.unit_of_work(SYSTEM, one_instant=True) as uow:
        assert [found for found in await check_invariants(uow.session) if found.broken] == []


async def test_a_run_that_is_made_keeps_its_snapshot(deps: Dependencies, clock: FixedClock) -> None:
    """J2: however old, as long as it is open."""
    await shared_out(deps)
    await ask(
        deps,
        "UPDATE allocation_runs SET status = 'SOLVING', committed_at = NULL RETURNING id",
    )
    clock.advance(dt.timedelta(days=400))
    assert await prune_by_policy(deps) == 0


async def test_the_audit_log_goes_by_its_own_door_alone(
    deps: Dependencies, clock: FixedClock, database: TestDatabase
) -> None:
    """P7: what is beyond its days, ten years by default, and never what is younger than a year."""
    await shared_out(deps)
    [(entries,)] = await ask(deps, "SELECT count(*) FROM audit_log")
    assert entries >= 2
    with psycopg.connect(**database.application.for_libpq()) as connection:
        connection.execute("SELECT set_config('app.scope', 'all', true)")
        connection.execute("SELECT set_config('app.pruning', 'audit_log', true)")
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="are history"):
            connection.execute("DELETE FROM audit_log")
        connection.rollback()
    # The clock of the tests stands in 2013, so all is older than a year for the database.
    clock.advance(dt.timedelta(days=3649))
    await prune_by_policy(deps)
    assert await ask(deps, "SELECT count(*) FROM audit_log") == [(entries,)]
    clock.advance(dt.timedelta(days=2))
    await prune_by_policy(deps)
    assert await ask(deps, "SELECT count(*) FROM audit_log") == [(0,)]
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(
            text(
                "INSERT INTO audit_log (at, actor, action, object_type, object_id)"
                " VALUES (now() - interval '364 days', 'a', 'b', 'c', 'd')"
            )
        )
    clock.advance(dt.timedelta(days=36_500))
    await prune_by_policy(deps)
    assert await ask(deps, "SELECT count(*) FROM audit_log") == [(1,)]


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"plans_kept_days": 29}, "plans_kept_days"),
        ({"snapshots_kept_days": 0}, "snapshots_kept_days"),
        ({"audit_kept_days": 364}, "audit_kept_days"),
        ({"audit_kept_days": 36_501}, "audit_kept_days"),
        ({"plans_kept_days": 100, "snapshots_kept_days": 101}, "snapshots_kept_days"),
    ],
)
def test_days_that_cannot_be_are_refused(settings: dict[str, int], field: str) -> None:
    """P7: with the setting's name."""
    with pytest.raises(InvalidInput) as refused:
        Policy.from_body(settings)
    assert refused.value.field == field
